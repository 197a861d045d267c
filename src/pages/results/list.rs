//! The list of all results, and the page of a survey without figures.

use maud::{Markup, html};

use crate::locale::text;
use crate::pages::layout::{self, Head, Reader};
use crate::pages::title::title;
use crate::questionnaire::Text;

/// A release as a card shows it.
pub struct Card<'a> {
    /// Its path, such as `/results/satisfaction-2026`.
    pub path: String,
    /// Title of the questionnaire.
    pub title: &'a str,
    /// Wave, such as `2026`.
    pub wave: &'a str,
    /// The finding.
    pub finding: &'a str,
}

/// The list of the latest releases.
pub fn index(reader: impl Into<Reader>, releases: &[Card<'_>]) -> Markup {
    let reader = reader.into();
    let language = reader.language;
    let title = text(language, "home.results");
    layout::page(
        reader,
        &Head {
            title: &title,
            description: &title,
            path: "/results",
        },
        html! {
            article.results {
                h1 { (title) }
                @if releases.is_empty() { p.soft { (text(language, "home.none_published")) } }
                (cards(reader, releases, |link| html! { h2.title { (link) } }))
            }
        },
    )
}

/// One card for each release. `heading` makes the heading of a card, of the level that the page needs.
pub fn cards(reader: Reader, releases: &[Card<'_>], heading: impl Fn(Markup) -> Markup) -> Markup {
    html! {
        ul.cards {
            @for release in releases {
                @let address = reader.link(&release.path);
                li.card {
                    p.eyebrow { (release.wave) }
                    (heading(html! {
                        a href=(address) aria-label=(release.title) { (title(release.title)) }
                    }))
                    p { (release.finding) }
                }
            }
        }
    }
}

/// Why a survey has no figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absence {
    /// There are too few responses so far.
    FewResponses,
    /// They cannot be computed: the plan or the database is at fault.
    NotComputed,
    /// The plan is not the one that was fixed before the responses came in.
    OtherPlan,
}

impl Absence {
    /// The key of the text that says so.
    pub fn key(self) -> &'static str {
        match self {
            Absence::FewResponses => "results.none_yet",
            Absence::NotComputed => "results.not_computed",
            Absence::OtherPlan => "results.other_plan",
        }
    }
}

/// The page of a survey without figures.
pub fn none_yet(reader: Reader, survey: &str, name: &Text, why: Absence) -> Markup {
    let language = reader.language;
    let name = name.get(language.code());
    layout::page(
        reader,
        &Head {
            title: name,
            description: name,
            path: &format!("/results/{survey}"),
        },
        html! {
            div.narrow {
                h1.title aria-label=(name) { (title(name)) }
                p { (text(language, why.key())) }
            }
        },
    )
}
