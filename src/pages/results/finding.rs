//! The findings in sentences: the figure, its verdict, its change.

use super::number;
use super::view::{View, wave};
use crate::estimation::comparison::Direction;
use crate::estimation::{Estimate, Verdict};
use crate::release::figures::IndicatorFigures;
use crate::survey::plan::{IndicatorKind, Target};

/// The finding in one or two sentences: the figure, the verdict with its reason, the change.
pub fn sentence(view: &View<'_>, indicator: &IndicatorFigures) -> String {
    let title = view.translated(&indicator.title);
    let Some(whole) = indicator.whole.shown() else {
        return view.text_with("sentence_suppressed", &[("title", title)]);
    };
    let value = value_with_unit(view, indicator, whole);
    let mut sentence = view.text_with("sentence", &[("title", title), ("value", &value)]);
    let verdict = verdict_clause(view, indicator);
    let change = change_clause(view, indicator);
    for clause in [verdict, change].into_iter().flatten() {
        sentence.push_str(&view.text("then"));
        sentence.push_str(&clause);
    }
    sentence.push_str(&view.text("stop"));
    sentence
}

/// The estimate with its unit, and enough decimals that it lies on the right side of its target.
pub fn value_with_unit(
    view: &View<'_>,
    indicator: &IndicatorFigures,
    estimate: &Estimate,
) -> String {
    let line = number::target_line(indicator.target);
    let decimals = number::decimals(indicator.kind, estimate.estimate, line, 1);
    view.with_unit(indicator, estimate.estimate, decimals)
}

/// The verdict with its reason; `None` for an indicator without target.
fn verdict_clause(view: &View<'_>, indicator: &IndicatorFigures) -> Option<String> {
    let verdict = indicator.whole.verdict()?;
    Some(match (indicator.target, verdict) {
        (Some(Target::AtLeast(line)), Verdict::Suppressed) => {
            let line = number::threshold(indicator.kind, line);
            let least = indicator
                .minimum_sample
                .filter(|least| view.figures.n < *least);
            let least_sampled = view.figures.minimum_sampled;
            let least_sampled = least_sampled.filter(|least| view.figures.n_sampled < *least);
            match least {
                None if let Some(least) = least_sampled => view.text_with(
                    "too_few_sampled",
                    &[
                        ("line", &line),
                        ("n", &view.count(view.figures.n_sampled)),
                        ("least", &number::count(least)),
                    ],
                ),
                Some(least) => view.text_with(
                    "too_few_for_target",
                    &[
                        ("line", &line),
                        ("n", &view.count(view.figures.n)),
                        ("least", &number::count(least)),
                    ],
                ),
                None => view.text_with("unjudged_target", &[("line", &line)]),
            }
        }
        (Some(Target::AtLeast(line)), verdict) => {
            let key = match verdict {
                Verdict::Met => "target_met",
                Verdict::NotMet => "target_not_met",
                Verdict::Inconclusive | Verdict::Suppressed => "target_open",
            };
            let target = number::threshold(indicator.kind, line);
            let reason = reason(view, indicator).map_or_else(String::new, |reason| {
                view.text_with("in_brackets", &[("words", &reason)])
            });
            format!("{}{reason}", view.text_with(key, &[("line", &target)]))
        }
        (_, Verdict::Met) => view.text("below_met"),
        (_, Verdict::NotMet) => view.text("below_not_met"),
        (_, Verdict::Inconclusive) => view.text("below_open"),
        (_, Verdict::Suppressed) => view.text("unjudged"),
    })
}

/// The bound that decided the verdict, beside the target.
pub fn reason(view: &View<'_>, indicator: &IndicatorFigures) -> Option<String> {
    let whole = indicator.whole.shown()?;
    let (lower, upper) = (whole.decision_lower?, whole.decision_upper?);
    let line = number::target_line(indicator.target)?;
    let shown = |bound: f64| {
        number::value(
            indicator.kind,
            bound,
            number::decimals(indicator.kind, bound, Some(line), 1),
        )
    };
    let key = match whole.verdict? {
        Verdict::Met => "reason_met",
        Verdict::NotMet => "reason_not_met",
        Verdict::Inconclusive => "reason_open",
        Verdict::Suppressed => return None,
    };
    Some(view.text_with(
        key,
        &[
            ("lower", &shown(lower)),
            ("upper", &shown(upper)),
            ("line", &number::threshold(indicator.kind, line)),
        ],
    ))
}

/// The change since the previous wave; `None` without one, or if one of the two is suppressed.
pub fn change_clause(view: &View<'_>, indicator: &IndicatorFigures) -> Option<String> {
    let change = indicator.change.as_ref()?;
    let key = match change.difference.direction {
        Direction::Risen => "rose",
        Direction::Fallen => "fell",
        Direction::Unchanged => "steady",
    };
    let size = view.amount(indicator, change.difference.difference.abs());
    Some(view.text_with(key, &[("wave", wave(&change.previous)), ("size", &size)]))
}

/// The margin of error, half the width of the interval: its size and its unit.
pub fn margin(
    view: &View<'_>,
    indicator: &IndicatorFigures,
    estimate: &Estimate,
) -> (String, String) {
    let half = (estimate.upper - estimate.lower) / 2.0;
    let unit = match indicator.kind {
        IndicatorKind::Share | IndicatorKind::Ratio => view.text("points"),
        IndicatorKind::Mean => view.translated(&indicator.unit).to_owned(),
    };
    let size = view.signed(indicator, half);
    (format!("±{}", size.trim_start_matches('+')), unit)
}

/// The finding as the title of a page: active, with the trend, in at most 15 words. The verdict is
/// left out if there is no room for it.
pub fn title(view: &View<'_>, indicator: &IndicatorFigures) -> String {
    let name = view.translated(&indicator.title);
    let Some(whole) = indicator.whole.shown() else {
        return view.word_with("title_suppressed", &[("title", name)]);
    };
    let line = number::target_line(indicator.target);
    let decimals = number::decimals(indicator.kind, whole.estimate, line, 1);
    let value = number::value(indicator.kind, whole.estimate, decimals);
    let direction = indicator
        .change
        .as_ref()
        .map(|change| change.difference.direction);
    let key = match direction {
        Some(Direction::Risen) => "title_rose",
        Some(Direction::Fallen) => "title_fell",
        Some(Direction::Unchanged) => "title_steady",
        None => "title_first",
    };
    let start = view.word_with(key, &[("title", name), ("value", &value)]);
    let full = [start.as_str(), &title_verdict(view, indicator)].concat();
    match full.split_whitespace().count() <= MOST_WORDS {
        true => full,
        false => start,
    }
}

/// Most words of a title in a language that has spaces between words.
const MOST_WORDS: usize = 15;

/// The verdict as the end of a title; empty without a target.
fn title_verdict(view: &View<'_>, indicator: &IndicatorFigures) -> String {
    let Some(verdict) = indicator.whole.verdict() else {
        return String::new();
    };
    let verdict = number::verdict_key(verdict);
    match indicator.target {
        Some(Target::AtLeast(line)) => {
            let line = number::threshold(indicator.kind, line);
            view.word_with(&format!("title_target_{verdict}"), &[("line", &line)])
        }
        Some(Target::BelowPreviousWave) => view.word(&format!("title_below_{verdict}")),
        None => String::new(),
    }
}
