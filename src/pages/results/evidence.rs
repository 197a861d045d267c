//! The products that prove a missed target of 100 %.

use maud::{Markup, html};

use super::number;
use super::view::View;
use crate::pages::title::title;
use crate::release::figures::Evidence;

/// Most rows on the page. The rest is counted.
const MOST_ROWS: usize = 500;

/// Most rows that are shown without unfolding them.
const MOST_OPEN: usize = 30;

/// The section; nothing for a survey that lists no evidence.
pub fn section(view: &View<'_>) -> Markup {
    let Some(evidence) = &view.figures.evidence else {
        return html! {};
    };
    let name = view.translated(&evidence.title);
    html! {
        section.plain #evidence {
            h2.title aria-label=(name) { (title(name)) }
            @if view.is_public() { p.soft { (view.word("evidence_reviewed")) } }
            @if evidence.rows.is_empty() {
                p { (view.text("no_evidence")) }
            } @else {
                (rows(view, evidence))
            }
        }
    }
}

fn rows(view: &View<'_>, evidence: &Evidence) -> Markup {
    let title = view.translated(&evidence.title);
    let count = evidence.rows.len().to_string();
    let most = number::count(u64::try_from(MOST_ROWS).unwrap_or(0));
    html! {
        p { (view.text_with("evidence_count", &[("n", &count)])) }
        details.fold open[evidence.rows.len() <= MOST_OPEN] {
            summary { span.name { (view.text("evidence_table")) } span.soft { (count) } }
            div.scroll tabindex="0" role="region" aria-label=(title) {
                table.words {
                    caption { (title) }
                    thead {
                        tr {
                            @for column in &evidence.columns {
                                th scope="col" { (view.translated(column)) }
                            }
                        }
                    }
                    tbody {
                        @for row in evidence.rows.iter().take(MOST_ROWS) {
                            tr { @for cell in row { td { (view.respondent_text(cell)) } } }
                        }
                    }
                }
            }
            @if evidence.rows.len() > MOST_ROWS {
                p.soft { (view.text_with("evidence_more", &[("n", &most)])) }
            }
        }
    }
}
