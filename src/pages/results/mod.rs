//! The published figures of a survey: a sentence that states the finding, the figure, and everything behind it.
//!
//! | file | part of the page |
//! |---|---|
//! | [`headline`] | a card for each indicator |
//! | [`finding`] | the sentences |
//! | [`counties`] | counties, with the tile map |
//! | [`groups`] | modes, people, the wave before, other readings |
//! | [`sections`] | domains and categories with their questions |
//! | [`departments`] | the questions by plan indicator |
//! | [`composition`] | the sample beside the census |
//! | [`method`] | evidence, quality, method, downloads |
//! | [`figure`] | the frame of a chart and its table |
//! | [`number`] | the one place where figures are rounded |

mod composition;
mod counties;
mod departments;
mod figure;
mod finding;
mod groups;
mod headline;
mod method;
pub mod number;
mod sections;
mod sheet;

use maud::{Markup, html};

use crate::locale::text;
use crate::pages::layout::{self, Head, Reader};
use crate::pages::title;
use crate::questionnaire::Text;
use crate::release::figures::{Figures, IndicatorFigures};
use sheet::Sheet;

/// The results page of one wave.
/// `public_url` is the URL of the site, without a slash at the end.
pub fn page(reader: impl Into<Reader>, public_url: &str, figures: &Figures) -> Markup {
    let reader = reader.into();
    let language = reader.language;
    let sheet = Sheet::new(language, figures);
    let headlines: Vec<&IndicatorFigures> = headlines(figures).collect();
    let findings: Vec<String> = headlines
        .iter()
        .map(|headline| finding::sentence(&sheet, headline))
        .collect();
    let finding = findings.join(&sheet.say("space"));
    let path = format!("/results/{}", figures.survey);
    let title = sheet.own(&figures.title);
    layout::page(
        reader,
        &Head {
            title,
            description: &finding,
            path: &path,
        },
        html! {
            article.results {
                nav.crumbs aria-label=(sheet.say("crumbs")) { a href=(reader.link("/results")) { (text(language, "home.results")) } " › " (figures.wave) }
                h1.title { (title::title(title)) }
                p.soft { (sheet.own(&figures.agency)) " · " (period(&sheet)) }
                (warnings(&sheet))
                div.headlines { @for headline in &headlines { (headline::card(&sheet, headline)) } }
                (facts(&sheet, &headlines))
                (contents(&sheet, &headlines))
                @for headline in &headlines { (section(&sheet, headline)) }
                (groups::references(&sheet))
                (method::evidence(&sheet))
                (departments::tables(&sheet))
                (composition::section(&sheet, &headlines))
                (method::method(&sheet, &headlines))
                (method::take_away(&sheet, &headlines, public_url))
            }
        },
    )
}

/// What a reader must know before any number.
fn warnings(sheet: &Sheet<'_>) -> Markup {
    html! {
        @if sheet.figures.demonstration { p.trial role="note" { (sheet.say("demonstration")) } }
        @if sheet.figures.population_unverified { p.trial role="note" { (sheet.say("unverified")) } }
    }
}

fn contents(sheet: &Sheet<'_>, headlines: &[&IndicatorFigures]) -> Markup {
    let figures = sheet.figures;
    let composed = figures
        .weighting
        .as_ref()
        .is_some_and(|weighting| !weighting.composition.is_empty());
    html! {
        nav.contents aria-label=(sheet.say("contents")) {
            @for headline in headlines { a href={ "#" (headline.code) } { (sheet.own(&headline.title)) } }
            @if figures.evidence.is_some() { a href="#evidence" { (sheet.say("evidence_table")) } }
            @if !figures.by_plan_indicator.is_empty() { a href="#departments" { (sheet.say("by_department")) } }
            @if composed { a href="#composition" { (sheet.say("composition")) } }
            a href="#method" { (sheet.say("method")) }
            a href="#download" { (sheet.say("download")) }
        }
    }
}

/// Everything behind one headline.
fn section(sheet: &Sheet<'_>, indicator: &IndicatorFigures) -> Markup {
    html! {
        section.indicator id=(indicator.code) {
            h2.title { (title::title(sheet.own(&indicator.title))) }
            @if !indicator.note.is_empty() { p.soft { (sheet.own(&indicator.note)) } }
            @for table in indicator.domains.iter().filter(|table| table.dimension == "county" && table.rows.len() > 1) {
                (counties::section(sheet, indicator, table))
            }
            (sections::sections(sheet, indicator))
            (groups::trend(sheet, indicator))
            (groups::modes(sheet, indicator))
            (groups::people(sheet, indicator))
        }
    }
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

fn period(sheet: &Sheet<'_>) -> String {
    let (opens, closes) = &sheet.figures.period;
    sheet.fill(
        "from_to",
        &[
            ("lower", &number::day(sheet.language, opens)),
            ("upper", &number::day(sheet.language, closes)),
        ],
    )
}

/// How many, how asked, when, how precise: four short facts.
fn facts(sheet: &Sheet<'_>, headlines: &[&IndicatorFigures]) -> Markup {
    let figures = sheet.figures;
    let precise = headlines
        .iter()
        .find(|headline| !finding::suppressed(&headline.whole) && headline.whole.upper.is_finite());
    html! {
        dl.facts {
            div {
                dt { (sheet.say("fact_n")) } dd { (number::count(figures.n)) }
                dd.soft { (sheet.fill("fact_received", &[("n", &number::count(figures.n_received))])) }
            }
            @if !figures.n_by_mode.is_empty() {
                div {
                    dt { (sheet.say("fact_mode")) }
                    @for (mode, n) in sheet.modes() { dd.line { (sheet.say(&format!("mode_{mode}"))) " " span { (number::count(n)) } } }
                }
            }
            @if let Some(headline) = precise {
                div {
                    @let (size, unit) = finding::margin(sheet, headline);
                    dt { (sheet.say("fact_margin")) } dd { (size) " " span.unit { (unit) } }
                    dd.soft { (sheet.fill("fact_level", &[("title", sheet.own(&headline.title))])) }
                }
            }
            @if let Some(weighting) = &figures.weighting {
                div {
                    dt { (sheet.say("fact_effective")) } dd { (number::plain(weighting.n_effective, 0)) }
                    dd.soft { (sheet.fill("fact_deff", &[("deff", &number::fixed(weighting.kish_deff, 2))])) }
                }
            }
        }
    }
}

/// The page of all published results.
pub fn index(reader: impl Into<Reader>, published: &[&Figures]) -> Markup {
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
                @if published.is_empty() { p.soft { (text(language, "home.none_published")) } }
                (cards(reader, published, |link| html! { h2.title { (link) } }))
            }
        },
    )
}

/// One card for each survey: the findings and a link to the page. `heading` makes the heading of a
/// card, of the level that the page needs.
pub fn cards(reader: Reader, published: &[&Figures], heading: impl Fn(Markup) -> Markup) -> Markup {
    html! {
        ul.cards {
            @for figures in published {
                @let sheet = Sheet::new(reader.language, figures);
                @let address = reader.link(&format!("/results/{}", figures.survey));
                li.card {
                    p.eyebrow { (figures.wave) }
                    (heading(html! { a href=(address) { (title::title(sheet.own(&figures.title))) } }))
                    @for headline in headlines(figures) { (headline::brief(&sheet, headline)) }
                }
            }
        }
    }
}

/// The page of a survey without figures so far.
pub fn none_yet(reader: Reader, survey: &str, title: &Text) -> Markup {
    let language = reader.language;
    let title = title.get(language.code());
    layout::page(
        reader,
        &Head {
            title,
            description: title,
            path: &format!("/results/{survey}"),
        },
        html! { div.narrow { h1.title { (title::title(title)) } p { (text(language, "results.none_yet")) } } },
    )
}
