//! What a reader sees on the first two screens of a phone beside the figures: which county, who
//! answered, since when, until when, whether it may be quoted.

use maud::{Markup, html};

use super::counties;
use super::number;
use super::view::View;
use crate::release::figures::IndicatorFigures;
use crate::release::imprint::Imprint;

/// The facts.
pub fn facts(view: &View<'_>, imprint: &Imprint, headlines: &[&IndicatorFigures]) -> Markup {
    let figures = view.figures;
    let updated = figures.updated.parse::<jiff::Timestamp>().ok();
    let updated = updated.map(|moment| number::day_of(moment.as_microsecond()));
    let as_of = updated.map(|day| {
        let day = number::day(view.language, &day);
        view.word_with("as_of", &[("day", &day)])
    });
    let county = headlines
        .iter()
        .find_map(|indicator| Some((indicator, counties::first_finding(view, indicator)?)));
    html! {
        dl.glance {
            @if let Some((indicator, finding)) = county {
                div {
                    dt { (view.word("which_county")) }
                    dd {
                        (finding) " "
                        a href={ "#" (indicator.code) } { (view.word("all_counties")) }
                    }
                }
            }
            div { dt { (view.word("who_answered")) } dd { (who(view)) } }
            div {
                dt { (view.word("published")) }
                dd {
                    (number::moment(view.language, imprint.published_at))
                    (as_of.unwrap_or_default())
                }
            }
            div { dt { (view.word("next")) } dd { (next(view, imprint)) } }
            div {
                dt { (view.word("may_quote")) }
                dd {
                    (view.word(match figures.demonstration {
                        true => "may_quote_not",
                        false => "may_quote_yes",
                    }))
                    " " a href="#quote" { (view.word("quote")) }
                }
            }
        }
    }
}

/// How many answered, by mode, and on whom the figure rests.
fn who(view: &View<'_>) -> String {
    let figures = view.figures;
    let modes = view.modes().into_iter().map(|(mode, n)| {
        let name = view.text(&format!("mode_{mode}"));
        view.word_with("mode_share", &[("mode", &name), ("n", &number::count(n))])
    });
    let modes: Vec<String> = modes.collect();
    let modes: Vec<&str> = modes.iter().map(String::as_str).collect();
    let n = number::count(figures.n);
    let mut words = view.word_with("who_text", &[("n", &n), ("modes", &view.list(&modes))]);
    let weighting = figures.weighting.as_ref();
    if weighting.is_some_and(|weighting| weighting.is_sampled_alone) {
        let n = number::count(figures.n_sampled);
        words.push_str(&view.word_with("who_sampled", &[("n", &n)]));
    }
    words
}

/// When the next release comes.
fn next(view: &View<'_>, imprint: &Imprint) -> Markup {
    let calendar = view.link("/calendar");
    html! {
        @match imprint.next {
            Some(next) => (number::moment(view.language, next)),
            None => (view.word("next_unknown")),
        }
        " " a href=(calendar) { (view.word("calendar")) }
    }
}
