//! A paragraph about the results that a newspaper can print unchanged.

use super::finding::{margin, sentence};
use super::number;
use super::view::View;
use crate::release::figures::IndicatorFigures;
use crate::survey::plan::IndicatorKind;

/// The paragraph: who publishes, the findings, when and how the survey was done, how precise it is.
pub fn paragraph(view: &View<'_>, headlines: &[&IndicatorFigures]) -> String {
    let figures = view.figures;
    let start = [
        ("agency", view.translated(&figures.agency)),
        ("title", view.translated(&figures.title)),
    ];
    let mut sentences = vec![view.text_with("press_start", &start)];
    sentences.extend(headlines.iter().map(|indicator| sentence(view, indicator)));
    sentences.push(fieldwork(view));
    sentences.extend(precision(view, headlines));
    sentences.join(&view.text("space"))
}

/// When the survey was done, with how many questionnaires by mode, and whether they are weighted.
fn fieldwork(view: &View<'_>) -> String {
    let figures = view.figures;
    let modes = view.modes().into_iter().map(|(mode, n)| {
        let name = view.text(&format!("mode_{mode}"));
        let count = view.count(n);
        view.text_with("mode_count", &[("mode", &name), ("n", &count)])
    });
    let modes: Vec<String> = modes.collect();
    let modes: Vec<&str> = modes.iter().map(String::as_str).collect();
    let key = match figures.weighting {
        Some(_) => "press_weighted",
        None => "press_plain",
    };
    view.text_with(
        key,
        &[
            ("opens", &number::day(view.language, &figures.period.0)),
            ("closes", &number::day(view.language, &figures.period.1)),
            ("n", &view.count(figures.n)),
            ("modes", &view.list(&modes)),
        ],
    )
}

/// The margin of error of the first share or ratio that is published.
fn precision(view: &View<'_>, headlines: &[&IndicatorFigures]) -> Option<String> {
    let (indicator, whole) = headlines
        .iter()
        .filter(|indicator| indicator.kind != IndicatorKind::Mean)
        .filter_map(|indicator| Some((indicator, indicator.whole.shown()?)))
        .find(|(_, whole)| whole.upper.is_finite())?;
    let (size, unit) = margin(view, indicator, whole);
    let margin = format!("{size} {unit}");
    Some(view.text_with("press_margin", &[("margin", &margin)]))
}
