//! What could change a figure: other choices, "don't know", and how far an input must move until the
//! verdict changes.

use maud::{Markup, html};

use super::comparison::{Comparison, Style, comparison};
use super::figure::basis_of;
use super::number;
use super::view::View;
use crate::disclosure::Disclosed;
use crate::estimation::Verdict;
use crate::estimation::sensitivity::{Fabrication, MarginTipping};
use crate::release::figures::{IndicatorFigures, OtherChoice};

/// The figure; nothing for an indicator without other choices.
pub fn section(view: &View<'_>, indicator: &IndicatorFigures) -> Markup {
    if indicator.sensitivity.is_empty() {
        return html! {};
    }
    let label = |choice: &OtherChoice| view.text(&format!("choice_{}", choice.code));
    let choices = indicator.sensitivity.iter();
    let rows: Vec<(String, &Disclosed)> = choices
        .map(|choice| (label(choice), &choice.estimate))
        .collect();
    let headline = finding(view, indicator);
    let mut notes: Vec<String> = dont_know(view, indicator).into_iter().collect();
    notes.extend(tipping(view, indicator));
    // The counts are too small to be told to everyone.
    notes.extend(flagged(view).filter(|_| !view.is_public()));
    let style = Style::points(rows.iter().map(|(_, estimate)| *estimate));
    let (topic, column) = (view.text("robustness"), view.text("choice"));
    let basis = basis_of(view, indicator, "reading_choices");
    let compared = Comparison::of_rows(topic, column, headline, notes, style, rows).on(basis);
    let compared = Comparison {
        is_narrow: true,
        ..compared
    };
    comparison(view, indicator, compared)
}

/// Under which choices the verdict is another; without a verdict, how far the choices lie apart.
pub fn finding(view: &View<'_>, indicator: &IndicatorFigures) -> String {
    let verdict = indicator.whole.verdict();
    let judged = verdict.filter(|verdict| *verdict != Verdict::Suppressed);
    let choices = indicator.sensitivity.iter();
    let Some(verdict) = judged else {
        let shown = choices.filter_map(|choice| choice.estimate.shown());
        let shown: Vec<f64> = shown.map(|estimate| estimate.estimate).collect();
        let lowest = shown.iter().copied().fold(f64::INFINITY, f64::min);
        let highest = shown.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let range = [
            ("lower", view.with_unit(indicator, lowest, 1)),
            ("upper", view.with_unit(indicator, highest, 1)),
        ];
        let range = range
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        return view.text_with("choices_range", &range);
    };
    let others: Vec<String> = choices
        .filter(|choice| choice.estimate.verdict().is_some_and(|own| own != verdict))
        .map(|choice| view.text(&format!("choice_{}", choice.code)))
        .collect();
    let words = view.text(&format!("verdict_{}", number::verdict_key(verdict)));
    if others.is_empty() {
        return view.text_with("choices_hold", &[("verdict", &words)]);
    }
    let others: Vec<&str> = others.iter().map(String::as_str).collect();
    let values = [
        ("verdict", words.as_str()),
        ("choices", &view.list(&others)),
    ];
    view.text_with("choices_change", &values)
}

/// The share of "don't know", and the figure if all of them were against or for.
fn dont_know(view: &View<'_>, indicator: &IndicatorFigures) -> Option<String> {
    let dont_know = indicator.dont_know.as_ref()?;
    let line = number::target_line(indicator.target);
    let shown = |figure: &Disclosed| number::shown(indicator.kind, figure, line, 1);
    let values = [
        (
            "share",
            number::shown(indicator.kind, &dont_know.share, None, 1),
        ),
        ("lower", shown(&dont_know.all_against)),
        ("upper", shown(&dont_know.all_for)),
    ];
    let values = values
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    Some(view.text_with("dont_know_bounds", &values))
}

/// How many questionnaires that count have a flag, by flag; nothing if none has.
fn flagged(view: &View<'_>) -> Option<String> {
    let counts = view.figures.n_by_flag.iter();
    let counts: Vec<String> = counts
        .map(|(flag, n)| view.text_with(&format!("flag_{flag}"), &[("n", &number::count(*n))]))
        .collect();
    let counts: Vec<&str> = counts.iter().map(String::as_str).collect();
    let list = view.list(&counts);
    (!counts.is_empty()).then(|| view.text_with("flagged", &[("list", &list)]))
}

/// How far an input must move until the verdict changes.
fn tipping(view: &View<'_>, indicator: &IndicatorFigures) -> Vec<String> {
    let Some((tipping, group)) = &indicator.tipping else {
        return Vec::new();
    };
    let mut sentences = vec![match &tipping.margin {
        Some(margin) => margin_sentence(view, margin, view.translated(group)),
        None => view.text("tipping_no_margin"),
    }];
    sentences.extend(
        tipping
            .fabrication
            .iter()
            .map(|fabrication| fabrication_sentence(view, fabrication)),
    );
    sentences
}

fn margin_sentence(view: &View<'_>, margin: &MarginTipping, group: &str) -> String {
    let percent = |share: f64| format!("{}%", number::fixed(share * 100.0, 1));
    let verdict = format!("verdict_{}", number::verdict_key(margin.verdict));
    let values = [
        ("group", group.to_owned()),
        ("share", percent(margin.share)),
        ("tipping", percent(margin.tipping_share)),
        ("verdict", view.text(&verdict)),
    ];
    let values = values
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    view.text_with("tipping_margin", &values)
}

fn fabrication_sentence(view: &View<'_>, fabrication: &Fabrication) -> String {
    let count = |forms: Option<u64>| forms.map(number::count);
    match (count(fabrication.published), count(fabrication.pooled)) {
        (Some(forms), _) => view.text_with("tipping_forms", &[("n", &forms)]),
        (None, Some(pooled)) => view.text_with("tipping_no_forms", &[("n", &pooled)]),
        (None, None) => view.text("tipping_never"),
    }
}
