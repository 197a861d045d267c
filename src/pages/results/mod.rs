//! The published figures of a survey: a sentence that states the finding, the figure, and everything behind it.

mod indicator;
mod method;
pub mod number;

use maud::{Markup, html};

use crate::locale::{Language, text, text_with};
use crate::pages::layout::{self, Head};
use crate::questionnaire::Text;
use crate::release::figures::{Figures, IndicatorFigures};

/// The results page of one wave.
pub fn page(language: Language, figures: &Figures) -> Markup {
    let own = language.code();
    let headlines: Vec<&IndicatorFigures> = headlines(figures).collect();
    let finding = headlines
        .first()
        .map(|first| indicator::sentence(language, first))
        .unwrap_or_default();
    let path = format!("/results/{}", figures.survey);
    let title = figures.title.get(own);
    layout::page(
        language,
        &Head {
            title,
            description: &finding,
            path: &path,
        },
        html! {
            article.results {
                p.soft { (figures.agency.get(own)) " · " (figures.wave) }
                h1 { (title) }
                @if figures.demonstration { p.trial { (text(language, "results.demonstration")) } }
                @if figures.population_unverified { p.trial { (text(language, "results.unverified")) } }
                div.headlines {
                    @for headline in &headlines { (indicator::headline(language, headline)) }
                }
                (facts(language, figures))
                nav.contents aria-label=(text(language, "results.contents")) {
                    @for headline in &headlines { a href={ "#" (headline.code) } { (headline.title.get(own)) } }
                    a href="#method" { (text(language, "results.method")) }
                    a href="#download" { (text(language, "results.download")) }
                }
                @for headline in &headlines { (indicator::section(language, headline, figures)) }
                (indicator::references(language, figures))
                (method::evidence(language, figures))
                (method::by_plan_indicator(language, figures))
                (method::composition(language, figures))
                (method::method(language, figures))
                (method::download(language, figures))
            }
        },
    )
}

/// The indicators that are judged, or all if none is.
fn headlines(figures: &Figures) -> impl Iterator<Item = &IndicatorFigures> {
    let judged = figures.indicators.iter().any(is_headline);
    figures
        .indicators
        .iter()
        .filter(move |indicator| !judged || is_headline(indicator))
}

fn is_headline(indicator: &IndicatorFigures) -> bool {
    indicator.number.is_some()
}

/// Who was asked, when, how many, how precise: four short facts.
fn facts(language: Language, figures: &Figures) -> Markup {
    let modes = figures.n_by_mode.iter().map(|(mode, n)| {
        format!(
            "{} {}",
            text(language, &format!("results.mode_{mode}")),
            number::count(*n)
        )
    });
    let modes: Vec<String> = modes.collect();
    let (opens, closes) = &figures.period;
    let n = number::count(figures.n);
    html! {
        dl.quick {
            div { dt { (text(language, "results.fact_n")) } dd { (n) } dd.soft { (modes.join(" · ")) } }
            div { dt { (text(language, "results.fact_when")) } dd { (opens) } dd.soft { (text_with(language, "home.until", &[("day", closes)])) } }
            @if let Some(first) = figures.indicators.first() {
                @let whole = &first.whole;
                div {
                    dt { (text(language, "results.fact_margin")) }
                    dd { "±" (number::difference(language, first.kind, (whole.upper - whole.lower) / 2.0).trim_start_matches('+')) }
                    dd.soft { (text(language, "results.fact_level")) }
                }
                div {
                    dt { (text(language, "results.fact_deff")) }
                    dd { (whole.design_effect.map_or_else(|| "—".to_owned(), |deff| number::fixed(deff, 2))) }
                    dd.soft {
                        @if let Some(n) = whole.n_effective { (text_with(language, "results.fact_effective", &[("n", &number::fixed(n, 0))])) }
                    }
                }
            }
        }
    }
}

/// The page of all published results.
pub fn index(language: Language, published: &[&Figures]) -> Markup {
    let title = text(language, "home.results");
    layout::page(
        language,
        &Head {
            title: &title,
            description: &title,
            path: "/results",
        },
        html! {
            h1 { (title) }
            @if published.is_empty() { p.soft { (text(language, "home.none_published")) } }
            (cards(language, published))
        },
    )
}

/// One card for each survey: what was found, and the way to the page.
pub fn cards(language: Language, published: &[&Figures]) -> Markup {
    html! {
        ul.cards {
            @for figures in published {
                @let address = layout::link(&format!("/results/{}", figures.survey), language);
                li.card {
                    h3 { a href=(address) { (figures.title.get(language.code())) } }
                    @for headline in headlines(figures) { (indicator::brief(language, headline)) }
                }
            }
        }
    }
}

/// The page of a survey without figures so far.
pub fn none_yet(language: Language, survey: &str, title: &Text) -> Markup {
    let title = title.get(language.code());
    layout::page(
        language,
        &Head {
            title,
            description: title,
            path: &format!("/results/{survey}"),
        },
        html! { div.narrow { h1 { (title) } p { (text(language, "results.none_yet")) } } },
    )
}
