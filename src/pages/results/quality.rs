//! The quality report of a release as a page.

use maud::{Markup, html};

use super::view::View;
use crate::locale::text;
use crate::pages::layout::{self, Head, Reader};
use crate::release::figures::Figures;
use crate::release::imprint::Imprint;
use crate::release::quality_report::{QualityLine, QualityReport, QualitySection};

/// The page, at `quality` below the release's path.
pub fn quality(
    reader: impl Into<Reader>,
    imprint: &Imprint,
    figures: &Figures,
    report: &QualityReport,
) -> Markup {
    let reader = reader.into();
    let view = View::new(reader.language, figures);
    let path = imprint.path(&figures.survey);
    let title = text(reader.language, "quality_report.title");
    let name = view.translated(&figures.title);
    let own = format!("{path}/quality");
    let head = Head {
        title: &title,
        description: name,
        path: &own,
    };
    let body = html! {
        article.results {
            nav.crumbs aria-label=(view.text("crumbs")) {
                a href=(reader.link(&path)) { (name) }
            }
            h1.title { (title) }
            p.soft { (text(reader.language, "quality_report.lead")) }
            p { a href={ (path) "/quality.json" } { (text(reader.language, "quality_report.json")) } }
            @for own in &report.sections { (section(&view, own)) }
        }
    };
    layout::page(reader, &head, body)
}

fn section(view: &View<'_>, section: &QualitySection) -> Markup {
    let words = |key: &str| text(view.language, &format!("quality_report.{key}"));
    let title = view.translated(&section.title);
    html! {
        section.plain id=(section.code) {
            h2 { (title) }
            div.scroll tabindex="0" role="region" aria-label=(title) {
                table {
                    caption { (title) }
                    thead {
                        tr {
                            th scope="col" { (words("head_point")) }
                            th scope="col" { (words("head_value")) }
                            th scope="col" { (words("head_note")) }
                        }
                    }
                    tbody { @for own in &section.lines { (line(view, own)) } }
                }
            }
        }
    }
}

fn line(view: &View<'_>, line: &QualityLine) -> Markup {
    html! {
        tr {
            th scope="row" { (view.respondent_text(&line.label)) }
            td {
                (line.value.text(view.language))
                @if !line.unit.is_empty() { " " (view.translated(&line.unit)) }
            }
            td { (view.translated(&line.note)) }
        }
    }
}
