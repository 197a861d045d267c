//! The list of all releases, and the page of a survey before its first.

use maud::{Markup, html};

use super::number;
use crate::locale::{text, text_with};
use crate::pages::layout::{self, Head, Reader};
use crate::pages::title::title;
use crate::questionnaire::Text;
use crate::release::imprint::path_of;

/// One survey (one wave) in the list of releases.
#[derive(Debug, Clone)]
pub struct ArchiveEntry<'a> {
    /// `satisfaction-2026`.
    pub survey: &'a str,
    /// Title of the questionnaire.
    pub title: &'a Text,
    /// Wave, such as `2026`.
    pub wave: &'a str,
    /// Its releases, the newest first; empty before the first.
    pub releases: Vec<ArchiveRelease<'a>>,
    /// The finding of the newest release; empty before the first.
    pub finding: &'a str,
    /// When its next release is published, microseconds UTC; `None` if nothing is announced.
    pub next: Option<i64>,
}

/// One release in the list.
#[derive(Debug, Clone, Copy)]
pub struct ArchiveRelease<'a> {
    /// Number within the survey, from 1.
    pub number: u32,
    /// When it was published, microseconds UTC.
    pub published_at: i64,
    /// Why it took the place of the release before; empty for the first.
    pub reason: &'a str,
}

/// `/results`: the newest release of each survey, every release before, what is announced. The
/// entries stay in their order.
pub fn archive(reader: Reader, entries: &[ArchiveEntry<'_>]) -> Markup {
    let language = reader.language;
    let name = text(language, "home.results");
    let word = |key: &str| text(language, &format!("release_page.{key}"));
    let (published, open): (Vec<_>, Vec<_>) =
        entries.iter().partition(|entry| !entry.releases.is_empty());
    let head = Head {
        title: &name,
        description: &name,
        path: "/results",
    };
    let body = html! {
        article.results {
            h1 { (name) }
            p.soft {
                (word("archive_note")) " "
                a href=(reader.link("/calendar")) { (word("calendar")) }
            }
            @if published.is_empty() { p { (word("archive_none")) } }
            ul.cards { @for entry in &published { (released(reader, entry)) } }
            @if !open.is_empty() {
                section.plain #open {
                    h2 { (word("archive_open")) }
                    ul.announced { @for entry in &open { (announced(reader, entry)) } }
                }
            }
        }
    };
    layout::page(reader, &head, body)
}

/// The card of a survey with releases.
fn released(reader: Reader, entry: &ArchiveEntry<'_>) -> Markup {
    let language = reader.language;
    let name = entry.title.get(language.code());
    let address = reader.link(&format!("/results/{}", entry.survey));
    html! {
        li.card {
            p.eyebrow { (entry.wave) }
            h2.title { a href=(address) aria-label=(name) { (title(name)) } }
            p { (entry.finding) }
            ol.releases reversed {
                @for release in &entry.releases { (release_line(reader, entry.survey, release)) }
            }
            (next_line(reader, entry.next))
        }
    }
}

/// One release with its time and its reason.
fn release_line(reader: Reader, survey: &str, release: &ArchiveRelease<'_>) -> Markup {
    let language = reader.language;
    let address = reader.link(&path_of(survey, release.number));
    let number = release.number.to_string();
    let words = text_with(language, "release_page.release_number", &[("n", &number)]);
    html! {
        li value=(number) {
            a href=(address) { (words) } " "
            span.soft { (number::moment(language, release.published_at)) }
            @if !release.reason.is_empty() {
                span.soft.reason {
                    (text_with(language, "release_page.revised", &[("reason", release.reason)]))
                }
            }
        }
    }
}

fn next_line(reader: Reader, next: Option<i64>) -> Markup {
    let language = reader.language;
    html! {
        @if let Some(next) = next {
            @let moment = number::moment(language, next);
            p.next { (text_with(language, "release_page.next_text", &[("moment", &moment)])) }
        }
    }
}

/// A survey without releases.
fn announced(reader: Reader, entry: &ArchiveEntry<'_>) -> Markup {
    let address = reader.link(&format!("/results/{}", entry.survey));
    html! {
        li {
            a href=(address) { (entry.title.get(reader.language.code())) }
            (next_line(reader, entry.next))
        }
    }
}

/// A survey that has no release yet.
#[derive(Debug, Clone)]
pub struct Awaited<'a> {
    /// `satisfaction-2026`.
    pub survey: &'a str,
    /// Title of the questionnaire.
    pub title: &'a Text,
    /// The agency that asks.
    pub agency: &'a Text,
    /// First and last day of collection, `YYYY-MM-DD`; `None` if they are not fixed.
    pub period: Option<(&'a str, &'a str)>,
    /// Whether answers are accepted now.
    pub is_open: bool,
    /// When the first release is published, microseconds UTC; `None` if nothing is announced.
    pub next: Option<i64>,
}

/// `/results/{survey}` before the first release: who asks, until when, when the figure comes. It
/// shows no number of answers.
pub fn not_yet(reader: Reader, awaited: &Awaited<'_>) -> Markup {
    let language = reader.language;
    let name = awaited.title.get(language.code());
    let word = |key: &str| text(language, &format!("release_page.{key}"));
    let next = awaited.next.map(|next| number::moment(language, next));
    let path = format!("/results/{}", awaited.survey);
    let head = Head {
        title: name,
        description: &word("not_yet"),
        path: &path,
    };
    let body = html! {
        div.narrow {
            p.eyebrow { (text(language, "home.results")) }
            h1.title aria-label=(name) { (title(name)) }
            p.lead { (word("not_yet")) }
            dl.glance {
                div { dt { (word("who_asks")) } dd { (awaited.agency.get(language.code())) } }
                @if let Some((opens, closes)) = awaited.period {
                    @let opens = number::day(language, opens);
                    @let closes = number::day(language, closes);
                    @let days = [("lower", opens.as_str()), ("upper", &closes)];
                    div {
                        dt { (word("until_when")) }
                        dd { (text_with(language, "results.from_to", &days)) }
                    }
                }
                div {
                    dt { (word("figure_comes")) }
                    dd {
                        (next.unwrap_or_else(|| word("next_unknown"))) " "
                        a href=(reader.link("/calendar")) { (word("calendar")) }
                    }
                }
            }
            @if awaited.is_open {
                @let questionnaire = reader.link(&format!("/s/{}", awaited.survey));
                p { a.button href=(questionnaire) { (word("answer_now")) } }
            }
            p.soft { (word("not_yet_why")) }
        }
    };
    layout::page(reader, &head, body)
}
