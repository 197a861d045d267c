//! The results page of one wave.

use maud::{Markup, html};

use super::headline::{self, headlines};
use super::view::View;
use super::{
    channels, composition, counties, departments, downloads, evidence, finding, history, method,
    number, parts, people, references, robustness, sections, trend,
};
use crate::locale::{Language, text};
use crate::pages::layout::{self, Head, Reader};
use crate::pages::title::title;
use crate::release::figures::{Figures, IndicatorFigures};
use crate::release::imprint::Imprint;

/// The results page of one wave. `public_url` is the URL of the site, without a slash at the end.
pub fn page(reader: impl Into<Reader>, public_url: &str, figures: &Figures) -> Markup {
    let reader = reader.into();
    let view = View::new(reader.language, figures);
    let headlines: Vec<&IndicatorFigures> = headlines(figures).collect();
    let findings: Vec<String> = headlines
        .iter()
        .map(|headline| finding::sentence(&view, headline))
        .collect();
    let name = view.translated(&figures.title);
    let head = Head {
        title: name,
        description: &findings.join(&view.text("space")),
        path: &format!("/results/{}", figures.survey),
    };
    let body = content(reader, &view, &headlines, public_url);
    layout::page(reader, &head, body)
}

/// The findings in one text.
pub fn finding_of(language: Language, imprint: &Imprint, figures: &Figures) -> String {
    let view = View::of_release(language.into(), imprint, figures);
    let findings: Vec<String> = headlines(figures)
        .map(|headline| finding::sentence(&view, headline))
        .collect();
    findings.join(&view.text("space"))
}

/// The figures without the frame of a public page, for a page of the office.
pub fn article(reader: Reader, public_url: &str, figures: &Figures) -> Markup {
    let view = View::new(reader.language, figures);
    let headlines: Vec<&IndicatorFigures> = headlines(figures).collect();
    content(reader, &view, &headlines, public_url)
}

fn content(
    reader: Reader,
    view: &View<'_>,
    headlines: &[&IndicatorFigures],
    public_url: &str,
) -> Markup {
    let figures = view.figures;
    let name = view.translated(&figures.title);
    html! {
        article.results {
            nav.crumbs aria-label=(view.text("crumbs")) {
                a href=(reader.link("/results")) { (text(reader.language, "home.results")) }
                " › " (figures.wave)
            }
            h1.title aria-label=(name) { (title(name)) }
            p.soft { (view.translated(&figures.agency)) " · " (period(view)) }
            (warnings(view))
            div.headlines { @for headline in headlines { (headline::card(view, headline)) } }
            (facts(view, headlines))
            (history::notes(view))
            (contents(view, headlines))
            @for headline in headlines { (indicator(view, headline)) }
            (references::section(view))
            (evidence::section(view))
            (departments::section(view))
            (composition::section(view, headlines))
            (method::section(view, headlines))
            (downloads::section(view, headlines, public_url))
        }
    }
}

/// What a reader must know before any number.
fn warnings(view: &View<'_>) -> Markup {
    let figures = view.figures;
    html! {
        @if figures.demonstration { p.trial role="note" { (view.text("demonstration")) } }
        @if figures.population_unverified { p.trial role="note" { (view.text("unverified")) } }
    }
}

/// Links to the parts of the page.
fn contents(view: &View<'_>, headlines: &[&IndicatorFigures]) -> Markup {
    let figures = view.figures;
    let weighting = figures.weighting.as_ref();
    let has_composition = weighting.is_some_and(|weighting| !weighting.composition.is_empty());
    html! {
        nav.contents aria-label=(view.text("contents")) {
            @for headline in headlines {
                a href={ "#" (headline.code) } { (view.translated(&headline.title)) }
            }
            @if figures.evidence.is_some() {
                a href="#evidence" { (view.text("evidence_table")) }
            }
            @if !figures.by_plan_indicator.is_empty() {
                a href="#departments" { (view.text("by_department")) }
            }
            @if has_composition { a href="#composition" { (view.text("composition")) } }
            a href="#method" { (view.text("method")) }
            a href="#download" { (view.text("download")) }
        }
    }
}

/// Everything about one indicator.
fn indicator(view: &View<'_>, indicator: &IndicatorFigures) -> Markup {
    let name = view.translated(&indicator.title);
    let tables = indicator.domains.iter();
    let counties = tables.filter(|table| table.dimension == "county" && table.rows.len() > 1);
    html! {
        section.indicator id=(indicator.code) {
            h2.title aria-label=(name) { (title(name)) }
            @if !indicator.note.is_empty() { p.soft { (view.translated(&indicator.note)) } }
            (channels::section(view, indicator))
            (parts::section(view, indicator))
            (robustness::section(view, indicator))
            @for table in counties { (counties::section(view, indicator, table)) }
            (sections::sections(view, indicator))
            (sections::questions(view, indicator))
            (trend::section(view, indicator))
            (people::section(view, indicator))
        }
    }
}

fn period(view: &View<'_>) -> String {
    let (opens, closes) = &view.figures.period;
    let days = [
        ("lower", &number::day(view.language, opens)),
        ("upper", &number::day(view.language, closes)),
    ];
    view.text_with("from_to", &days.map(|(name, day)| (name, day.as_str())))
}

/// How many questionnaires, which modes, how precise.
fn facts(view: &View<'_>, headlines: &[&IndicatorFigures]) -> Markup {
    let figures = view.figures;
    let received = number::count(figures.n_received);
    let precise = headlines
        .iter()
        .filter_map(|headline| Some((headline, headline.whole.shown()?)))
        .find(|(_, estimate)| estimate.upper.is_finite());
    html! {
        dl.facts {
            div {
                dt { (view.text("fact_n")) } dd { (number::count(figures.n)) }
                dd.soft { (view.text_with("fact_received", &[("n", &received)])) }
            }
            @if figures.indicators.iter().any(|indicator| indicator.parts.is_some()) {
                div {
                    dt { (view.text("fact_part")) }
                    dd.line {
                        (view.text("part_sampled")) " " span { (number::count(figures.n_sampled)) }
                    }
                    dd.line {
                        (view.text("part_volunteer")) " "
                        span { (number::count(figures.n.saturating_sub(figures.n_sampled))) }
                    }
                }
            } @else if !figures.n_by_mode.is_empty() {
                div {
                    dt { (view.text("fact_mode")) }
                    @for (mode, n) in view.modes() {
                        dd.line {
                            (view.text(&format!("mode_{mode}"))) " " span { (number::count(n)) }
                        }
                    }
                }
            }
            @if let Some((headline, estimate)) = precise {
                div {
                    @let (size, unit) = finding::margin(view, headline, estimate);
                    @let title = view.translated(&headline.title);
                    dt { (view.text("fact_margin")) } dd { (size) " " span.unit { (unit) } }
                    dd.soft { (view.text_with("fact_level", &[("title", title)])) }
                }
            }
            @if let Some(weighting) = &figures.weighting {
                div {
                    @let deff = number::fixed(weighting.kish_deff, 2);
                    dt { (view.text("fact_effective")) }
                    dd { (number::plain(weighting.n_effective, 0)) }
                    dd.soft { (view.text_with("fact_deff", &[("deff", &deff)])) }
                }
            }
        }
    }
}
