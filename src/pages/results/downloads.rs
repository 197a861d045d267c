//! Downloads, a paragraph for the press, how to cite the figures and how to check them.

use maud::{Markup, html};

use super::press;
use super::view::View;
use crate::release::figures::{Figures, IndicatorFigures};

/// The section. `public_url` is the URL of the site, without a slash at the end.
pub fn section(view: &View<'_>, headlines: &[&IndicatorFigures], public_url: &str) -> Markup {
    let figures = view.figures;
    let path = format!("/results/{}", figures.survey);
    let address = format!("{public_url}{path}");
    let citation = [
        ("agency", view.translated(&figures.agency)),
        ("title", view.translated(&figures.title)),
        ("wave", &figures.wave),
        ("address", &address),
        ("software", &figures.software),
    ];
    html! {
        section.plain #download {
            h2 { (view.text("download")) }
            p {
                a.button href={ (path) ".csv" } download { (view.text("download_csv")) } " "
                a.button.quiet href={ (path) ".json" } { (view.text("download_json")) }
            }
            p.soft { (view.text("download_note")) " " (view.text("download_wechat")) }
            h3 { (view.text("press")) }
            blockquote.press {
                @if figures.demonstration { p { strong { (view.text("press_demonstration")) } } }
                p { (press::paragraph(view, headlines)) }
            }
            h3 { (view.text("cite")) }
            p { (view.text_with("cite_text", &citation)) }
            details.fold {
                summary { span.name { (view.text("check")) } }
                p.soft { (view.text("check_note")) }
                dl.hashes {
                    @for (name, hash) in sources(figures) { dt { (name) } dd { code { (hash) } } }
                }
            }
        }
    }
}

/// The files that the figures follow from, each with its SHA-256, the newest questionnaire version, and
/// the version of minyi.
pub fn sources(figures: &Figures) -> impl Iterator<Item = (&str, &str)> {
    let sources = [
        ("plan.toml", &figures.plan_hash),
        ("population.csv", &figures.population_hash),
        ("frame.csv", &figures.frame_hash),
        ("questionnaire version", &figures.questionnaire_hash),
        ("minyi", &figures.software),
    ];
    let sources = sources
        .into_iter()
        .map(|(name, hash)| (name, hash.as_str()));
    // A survey without a sampling frame has no frame.csv.
    sources.filter(|(name, hash)| *name != "frame.csv" || !hash.is_empty())
}
