//! The first page: what is open, what came in today, what needs attention.

use std::collections::BTreeMap;

use maud::{Markup, html};

use crate::locale::text_with;
use crate::pages::office::frame::{Frame, local_time};
use crate::pages::results::Absence;
use crate::questionnaire::Text;
use crate::staff::Role;

/// What the page shows to those who see fieldwork.
pub struct Overview {
    /// The surveys.
    pub surveys: Vec<OpenSurvey>,
    /// What needs attention.
    pub attention: Vec<Attention>,
    /// Free bytes of the disk of a SQLite database.
    pub free: Option<u64>,
    /// When the last backup was made, microseconds UTC.
    pub backup: Option<i64>,
}

/// A survey.
pub struct OpenSurvey {
    /// `satisfaction-2026`.
    pub id: String,
    /// Its title.
    pub title: Text,
    /// First day.
    pub opens: String,
    /// Last day.
    pub closes: String,
    /// Whether it takes responses: `not_yet`, `open`, `closed`.
    pub state: &'static str,
    /// Stored responses by mode.
    pub by_mode: Vec<(String, u64)>,
    /// Responses of today by area code and mode.
    pub today: BTreeMap<(String, String), u64>,
    /// Names of areas by code.
    pub area_names: BTreeMap<String, Text>,
}

/// Something that needs attention.
pub enum Attention {
    /// A survey has responses but no figures.
    NoFigures(String, Absence),
    /// A mistake in a survey folder, as `file:line: what; cure`.
    Folder(String),
    /// Few bytes are free.
    Disk(u64),
    /// The last backup is old, or there is none.
    Backup(Option<i64>),
    /// Responses cannot be stored now.
    NotReady,
}

/// The page. Without an overview it greets the person and says where the role's pages are.
#[must_use]
pub fn page(frame: Frame<'_>, overview: Option<&Overview>) -> Markup {
    let say = |key: &str| frame.text(&format!("office.{key}"));
    let body = html! {
        h1 { (say("home")) }
        @match overview {
            None => p { (say(&format!("home_{}", frame.role.as_str()))) }
            Some(overview) => {
                (attention(&frame, overview))
                @for survey in &overview.surveys { (survey_section(&frame, survey)) }
                h2 { (say("machine")) }
                ul {
                    @if let Some(free) = overview.free {
                        li { (text_with(frame.language(), "office.disk_free", &[("gb", &gigabytes(free))])) }
                    }
                    li { (backup(&frame, overview.backup)) }
                }
            }
        }
    };
    frame.page(&say("home"), body)
}

fn gigabytes(bytes: u64) -> String {
    format!("{}.{}", bytes / 1_000_000_000, bytes / 100_000_000 % 10)
}

fn backup(frame: &Frame<'_>, made: Option<i64>) -> String {
    match made {
        Some(made) => text_with(
            frame.language(),
            "office.backup_made",
            &[("time", &local_time(made))],
        ),
        None => frame.text("office.backup_none"),
    }
}

fn attention(frame: &Frame<'_>, overview: &Overview) -> Markup {
    html! {
        @if overview.attention.is_empty() {
            p.well { (frame.text("office.attention_none")) }
        } @else {
            section.attention {
                h2 { (frame.text("office.attention")) }
                ul { @for item in &overview.attention { li { (match item {
                    Attention::NoFigures(survey, why) => {
                        let why = frame.text(why.key());
                        text_with(frame.language(), "office.attention_figures", &[("survey", survey), ("why", &why)])
                    }
                    Attention::Folder(line) => {
                        text_with(frame.language(), "running.folder", &[("mistake", line)])
                    }
                    Attention::Disk(free) => {
                        text_with(frame.language(), "office.attention_disk", &[("gb", &gigabytes(*free))])
                    }
                    Attention::Backup(made) => backup(frame, *made),
                    Attention::NotReady => frame.text("office.attention_store"),
                }) } } }
            }
        }
    }
}

fn survey_section(frame: &Frame<'_>, survey: &OpenSurvey) -> Markup {
    let say = |key: &str| frame.text(&format!("office.{key}"));
    let title = survey.title.get(frame.language().code());
    let total: u64 = survey.by_mode.iter().map(|(_, n)| n).sum();
    let today: u64 = survey.today.values().sum();
    let days = [
        ("opens", survey.opens.as_str()),
        ("closes", survey.closes.as_str()),
    ];
    html! {
        section.survey {
            h2 { (title) }
            p.soft {
                (survey.id) " · " (say(&format!("fieldwork_{}", survey.state))) " · "
                (text_with(frame.language(), "office.days", &days))
            }
            p.counts {
                strong { (today) } " " (say("today")) " · " strong { (total) } " " (say("in_all"))
                @for (mode, n) in &survey.by_mode { " · " (mode_name(frame, mode)) " " (n) }
            }
            @if !survey.today.is_empty() { (today_table(frame, survey)) }
            (links(frame, survey))
        }
    }
}

fn mode_name(frame: &Frame<'_>, mode: &str) -> String {
    frame.text(&format!("office.mode_{mode}"))
}

/// Today's responses by area and mode, each total with a bar.
fn today_table(frame: &Frame<'_>, survey: &OpenSurvey) -> Markup {
    let say = |key: &str| frame.text(&format!("office.{key}"));
    let mut modes: Vec<&str> = survey.today.keys().map(|(_, mode)| mode.as_str()).collect();
    modes.sort_unstable();
    modes.dedup();
    let mut areas: BTreeMap<&str, u64> = BTreeMap::new();
    for ((area, _), n) in &survey.today {
        *areas.entry(area).or_insert(0) += n;
    }
    let most = areas.values().copied().max().unwrap_or(1).max(1);
    let name = |code: &str| {
        let known = survey.area_names.get(code);
        known.map_or_else(
            || say("area_unknown"),
            |name| name.get(frame.language().code()).to_owned(),
        )
    };
    html! {
        div.scroll tabindex="0" role="region" aria-label=(say("today_table")) { table.today {
            caption { (say("today_table")) }
            thead { tr {
                th scope="col" { (say("area")) }
                @for mode in &modes { th.number scope="col" { (mode_name(frame, mode)) } }
                th.number scope="col" { (say("total")) }
                th scope="col" { span.hidden { (say("bar")) } }
            } }
            tbody { @for (area, total) in &areas { tr {
                th scope="row" { (name(area)) }
                @for mode in &modes {
                    @let key = ((*area).to_owned(), (*mode).to_owned());
                    td.number { (survey.today.get(&key).copied().unwrap_or(0)) }
                }
                td.number { (total) }
                td.bar { svg width="120" height="12" viewBox="0 0 120 12" aria-hidden="true" {
                    rect class="bar" x="0" y="1" height="10" width=(total * 120 / most) {}
                } }
            } } }
        } }
    }
}

/// What the role may do with a survey.
fn links(frame: &Frame<'_>, survey: &OpenSurvey) -> Markup {
    const PAGES: [(&str, &str, &[Role]); 8] = [
        (
            "",
            "survey_page",
            &[Role::Statistician, Role::Publisher, Role::Supervisor],
        ),
        (
            "/fieldwork",
            "fieldwork",
            &[Role::Statistician, Role::Publisher, Role::Supervisor],
        ),
        (
            "/figures",
            "figures",
            &[Role::Statistician, Role::Publisher],
        ),
        (
            "/quality",
            "quality",
            &[Role::Statistician, Role::Publisher, Role::Supervisor],
        ),
        ("/download", "download", &[Role::Statistician]),
        ("/paper", "paper", &[Role::Statistician, Role::Supervisor]),
        ("/visits", "visits", &[Role::Statistician, Role::Supervisor]),
        (
            "/back-checks",
            "back_checks",
            &[Role::Statistician, Role::Supervisor],
        ),
    ];
    html! {
        p.links { @for (end, key, roles) in PAGES {
            @if roles.contains(&frame.role) {
                a href=(frame.reader.link(&format!("/office/{}{end}", survey.id))) {
                    (frame.text(&format!("office.{key}")))
                    span.hidden { " " (survey.id) }
                }
            }
        } }
    }
}
