//! The release calendar: what is published when, twelve months ahead.

use maud::{Markup, html};

use super::number;
use crate::locale::{Language, text, text_with};
use crate::pages::layout::{self, Head, Reader};
use crate::questionnaire::Text;
use crate::release::imprint::path_of;

/// One line of the calendar.
#[derive(Debug, Clone)]
pub struct CalendarLine<'a> {
    /// The survey, such as `satisfaction-2026`.
    pub survey: &'a str,
    /// Title of the questionnaire.
    pub title: &'a Text,
    /// When it is or was published, microseconds UTC.
    pub at: i64,
    /// What is certain of it.
    pub status: CalendarStatus,
    /// Dates that were announced before and do not hold any more, the oldest first.
    pub changes: Vec<CalendarChange<'a>>,
}

/// A date that does not hold any more.
#[derive(Debug, Clone, Copy)]
pub struct CalendarChange<'a> {
    /// The date, microseconds UTC.
    pub was: i64,
    /// Why it changed.
    pub reason: &'a str,
}

/// What is certain of a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CalendarStatus {
    /// The month is planned; the day will be announced four weeks before.
    Planned,
    /// Day and time are announced.
    Announced,
    /// It was published, as the release of that number.
    Published(u32),
    /// It will not be published.
    Cancelled,
}

impl CalendarStatus {
    /// The stable word for it, as a key of texts.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            CalendarStatus::Planned => "planned",
            CalendarStatus::Announced => "announced",
            CalendarStatus::Published(_) => "published",
            CalendarStatus::Cancelled => "cancelled",
        }
    }
}

/// `/calendar`. The lines stay in their order.
pub fn calendar(reader: Reader, lines: &[CalendarLine<'_>]) -> Markup {
    let language = reader.language;
    let word = |key: &str| text(language, &format!("release_page.{key}"));
    let name = word("calendar");
    let head = Head {
        title: &name,
        description: &word("calendar_note"),
        path: "/calendar",
    };
    let columns = [
        "calendar_when",
        "calendar_what",
        "status",
        "calendar_changes",
    ];
    let body = html! {
        article.results {
            h1 { (name) }
            p.soft { (word("calendar_note")) }
            @if lines.is_empty() {
                p { (word("calendar_none")) }
            } @else {
                div.scroll tabindex="0" role="region" aria-label=(name) {
                    table.words.calendar {
                        caption { (word("calendar_caption")) }
                        thead {
                            tr { @for column in columns { th scope="col" { (word(column)) } } }
                        }
                        tbody { @for line in lines { (row(reader, line)) } }
                    }
                }
            }
        }
    };
    layout::page(reader, &head, body)
}

fn row(reader: Reader, line: &CalendarLine<'_>) -> Markup {
    let language = reader.language;
    let path = match line.status {
        CalendarStatus::Published(number) => path_of(line.survey, number),
        _ => format!("/results/{}", line.survey),
    };
    let status = line.status.word();
    html! {
        tr.{ (status) } {
            th scope="row" { (when(language, line)) }
            td { a href=(reader.link(&path)) { (line.title.get(language.code())) } }
            td { (text(language, &format!("release_page.calendar_{status}"))) }
            td {
                @for change in &line.changes {
                    @let was = number::moment(language, change.was);
                    @let values = [("was", was.as_str()), ("reason", change.reason)];
                    p { (text_with(language, "release_page.calendar_moved", &values)) }
                }
            }
        }
    }
}

/// The month of a planned date; else day and time.
fn when(language: Language, line: &CalendarLine<'_>) -> String {
    if line.status != CalendarStatus::Planned {
        return number::moment(language, line.at);
    }
    let day = number::day_of(line.at);
    let mut parts = day.split('-');
    let (year, month) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
    let month = month.trim_start_matches('0');
    let month = text(language, &format!("results.month_{month}"));
    text_with(
        language,
        "release_page.month",
        &[("year", year), ("month", &month)],
    )
}
