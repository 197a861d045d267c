//! The public pages of a release: the main page, and the page with groups of people and questions.
//! They are made of public figures and the imprint alone, so they are the same bytes each time.

use maud::{Markup, html};

use super::headline::{self, headlines};
use super::view::View;
use super::{channels, number};
use super::{
    composition, counties, departments, evidence, finding, glance, history, method, pairs, parts,
    people, quotation, references, robustness, sections, trend, wording,
};
use crate::locale::{Language, text};
use crate::pages::layout::{self, Head, Reader};
use crate::pages::title::title;
use crate::release::figures::{Figures, IndicatorFigures};
use crate::release::imprint::Imprint;

/// The main page of a release. `json_ld` is the description of the data set for search engines, as
/// JSON; empty for none.
pub fn release(reader: Reader, imprint: &Imprint, figures: &Figures, json_ld: &str) -> Markup {
    let view = View::of_release(reader, imprint, figures);
    let headlines: Vec<&IndicatorFigures> = headlines(figures).collect();
    let findings: Vec<String> = headlines
        .iter()
        .map(|headline| finding::sentence(&view, headline))
        .collect();
    let head = Head {
        title: &page_title(&view, &headlines),
        description: &findings.join(&view.text("space")),
        path: &imprint.path(&figures.survey),
    };
    let address = imprint.address(&figures.survey);
    let more = html! {
        (links(&view, imprint, &address))
        meta property="og:image" content=(view.file(&format!("{address}/card.png")));
        meta property="og:image:width" content="1200";
        meta property="og:image:height" content="630";
        meta property="og:image:alt" content=(head.title);
        @for kind in [("text/csv", "csv"), ("application/json", "json")] {
            link rel="alternate" type=(kind.0)
                href=(view.file(&format!("{address}/figures.{}", kind.1)));
        }
        @if !json_ld.is_empty() { (layout::data_block("application/ld+json", json_ld)) }
    };
    let body = main_page(&view, imprint, &headlines);
    layout::page_with(reader, &head, &more, &body)
}

/// The second page of a release: groups of people, every question, who answered.
pub fn release_groups(reader: Reader, imprint: &Imprint, figures: &Figures) -> Markup {
    let view = View::of_release(reader, imprint, figures);
    let headlines: Vec<&IndicatorFigures> = headlines(figures).collect();
    // The figures of both pages have one numbering, since the number is their address.
    let _main = main_page(&view, imprint, &headlines);
    let title = view.word_with(
        "groups_title",
        &[("title", view.translated(&figures.title))],
    );
    let head = Head {
        title: &title,
        description: &title,
        path: &format!("{}/groups", imprint.path(&figures.survey)),
    };
    let address = format!("{}/groups", imprint.address(&figures.survey));
    let body = groups_page(&view, imprint, &headlines);
    layout::page_with(reader, &head, &links(&view, imprint, &address), &body)
}

/// Both pages with the figures that they draw, in the order of their numbers.
pub(super) fn drawn<'a>(
    language: Language,
    imprint: &'a Imprint,
    figures: &'a Figures,
) -> View<'a> {
    let view = View::of_release(language.into(), imprint, figures);
    let headlines: Vec<&IndicatorFigures> = headlines(figures).collect();
    let _main = main_page(&view, imprint, &headlines);
    let _groups = groups_page(&view, imprint, &headlines);
    view
}

/// The finding of the first headline; the title of the survey if there is none.
pub(super) fn page_title(view: &View<'_>, headlines: &[&IndicatorFigures]) -> String {
    headlines.first().map_or_else(
        || view.translated(&view.figures.title).to_owned(),
        |headline| finding::title(view, headline),
    )
}

/// What both pages have in their heads. The style of the state is empty until a revision takes the
/// place of the release; then it shows the notice at the top.
fn links(view: &View<'_>, imprint: &Imprint, address: &str) -> Markup {
    let path = imprint.path(&view.figures.survey);
    html! {
        link rel="stylesheet" href={ (path) "/status.css" };
        link rel="canonical" href=(view.file(address));
        meta property="og:url" content=(view.file(address));
    }
}

/// The way back, and the notice of a revision. The notice is on every release and hidden by the
/// stylesheet.
fn top(view: &View<'_>, imprint: &Imprint, is_groups: bool) -> Markup {
    let figures = view.figures;
    let survey = view.link(&format!("/results/{}", figures.survey));
    let number = imprint.number.to_string();
    let words = view.word_with("release_number", &[("n", &number)]);
    html! {
        p.superseded role="note" { a href=(survey) { (view.word("superseded")) } }
        nav.crumbs aria-label=(view.text("crumbs")) {
            a href=(view.link("/results")) { (text(view.language, "home.results")) }
            " › " a href=(survey) { (figures.wave) }
            " › "
            @if is_groups {
                a href=(view.link(&imprint.path(&figures.survey))) { (words) }
                " › " (view.text("by_people"))
            } @else {
                (words)
            }
        }
    }
}

/// What a reader must know before any number.
fn warnings(view: &View<'_>, imprint: &Imprint) -> Markup {
    let figures = view.figures;
    let is_first_year = !figures.demonstration && !has_wave_before(figures);
    html! {
        @if !imprint.reason.is_empty() {
            p.trial role="note" {
                (view.word_with("revised", &[("reason", &imprint.reason)]))
            }
        }
        @if figures.demonstration { p.trial role="note" { (view.text("demonstration")) } }
        @if is_first_year { p.trial role="note" { (view.word("first_year")) } }
        @if figures.population_unverified { p.trial role="note" { (view.text("unverified")) } }
    }
}

fn has_wave_before(figures: &Figures) -> bool {
    let mut indicators = figures.indicators.iter();
    indicators.any(|indicator| indicator.trend.len() > 1)
}

fn main_page(view: &View<'_>, imprint: &Imprint, headlines: &[&IndicatorFigures]) -> Markup {
    let figures = view.figures;
    let finding = page_title(view, headlines);
    let name = view.translated(&figures.title);
    html! {
        article.results.release {
            (top(view, imprint, false))
            p.eyebrow { (name) }
            h1.title aria-label=(finding) { (title(&finding)) }
            div.headlines { @for headline in headlines { (headline::card(view, headline)) } }
            (glance::facts(view, imprint, headlines))
            (warnings(view, imprint))
            (history::notes(view))
            (contents(view, headlines))
            @for headline in headlines { (indicator(view, headline)) }
            (pairs::section(view))
            (references::section(view))
            (evidence::section(view))
            (departments::section(view))
            (wording::section(view, headlines))
            (method::section(view, headlines))
            (quotation::section(view, imprint, headlines))
        }
    }
}

/// Links to the parts of the page, and to the second page.
fn contents(view: &View<'_>, headlines: &[&IndicatorFigures]) -> Markup {
    let figures = view.figures;
    let groups = view.release_path().map(|path| format!("{path}/groups"));
    html! {
        nav.contents aria-label=(view.text("contents")) {
            @for headline in headlines {
                a href={ "#" (headline.code) } { (view.translated(&headline.title)) }
            }
            @if let Some(groups) = groups { a href=(view.link(&groups)) { (view.word("groups")) } }
            @if figures.evidence.is_some() {
                a href="#evidence" { (view.text("evidence_table")) }
            }
            @if !figures.by_plan_indicator.is_empty() {
                a href="#departments" { (view.text("by_department")) }
            }
            a href="#method" { (view.text("method")) }
            a href="#quote" { (view.word("quote")) }
        }
    }
}

/// One indicator on the main page.
fn indicator(view: &View<'_>, indicator: &IndicatorFigures) -> Markup {
    let name = view.translated(&indicator.title);
    let tables = indicator.domains.iter();
    let counties = tables.filter(|table| table.dimension == "county" && table.rows.len() > 1);
    html! {
        section.indicator id=(indicator.code) {
            h2.title aria-label=(name) { (title(name)) }
            @if !indicator.note.is_empty() { p.soft { (view.translated(&indicator.note)) } }
            @for table in counties { (counties::section(view, indicator, table)) }
            (sections::sections(view, indicator))
            (trend::section(view, indicator))
            (parts::section(view, indicator))
            (robustness::section(view, indicator))
            (channels::section(view, indicator))
        }
    }
}

fn groups_page(view: &View<'_>, imprint: &Imprint, headlines: &[&IndicatorFigures]) -> Markup {
    let figures = view.figures;
    let name = view.translated(&figures.title);
    html! {
        article.results.release {
            (top(view, imprint, true))
            p.eyebrow { (name) }
            h1 { (view.word("groups")) }
            p.soft {
                (view.word_with("groups_note", &[
                    ("n", &number::count(figures.n)),
                ]))
            }
            (warnings(view, imprint))
            @for headline in headlines {
                @let name = view.translated(&headline.title);
                section.indicator id=(headline.code) {
                    h2.title aria-label=(name) { (title(name)) }
                    (people::section(view, headline))
                    (sections::questions(view, headline))
                }
            }
            (composition::section(view, headlines))
        }
    }
}
