//! Cards of the latest releases, and why a survey has no figures.

use maud::{Markup, html};

use crate::pages::layout::Reader;
use crate::pages::title::title;

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

/// One card for each release. `heading` makes the heading of a card, of the level that the page needs.
pub fn release_cards(
    reader: Reader,
    releases: &[Card<'_>],
    heading: impl Fn(Markup) -> Markup,
) -> Markup {
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
