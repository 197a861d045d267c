//! The questions behind the figures, as they were asked.

use maud::{Markup, html};

use super::view::View;
use crate::release::figures::IndicatorFigures;

/// All questions of the headline indicators, by section; nothing if there are none.
pub fn section(view: &View<'_>, headlines: &[&IndicatorFigures]) -> Markup {
    let sections = || headlines.iter().flat_map(|headline| &headline.sections);
    if sections().all(|section| section.items.is_empty()) {
        return html! {};
    }
    let mut told: Vec<&str> = Vec::new();
    let lists: Vec<(&str, Vec<(&str, &str)>)> = sections()
        .map(|section| {
            // Two indicators may rest on the same questions.
            let items = section.items.iter();
            let items: Vec<(&str, &str)> = items
                .filter(|item| !told.contains(&item.code.as_str()))
                .map(|item| (item.code.as_str(), view.translated(&item.text)))
                .collect();
            told.extend(items.iter().map(|(code, _)| *code));
            (view.translated(&section.title), items)
        })
        .collect();
    html! {
        section.plain #questions {
            h2 { (view.word("questions")) }
            p.soft { (view.word("questions_note")) }
            @for (title, items) in lists.iter().filter(|(_, items)| !items.is_empty()) {
                details.fold {
                    summary {
                        span.name { (title) }
                        span.soft {
                            (view.text_with("questions", &[("n", &items.len().to_string())]))
                        }
                    }
                    ul.asked { @for (code, text) in items { li { (text) " " code { (code) } } } }
                }
            }
        }
    }
}
