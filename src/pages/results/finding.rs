//! The findings in sentences: the figure, its verdict, its change.

use super::number;
use super::view::{View, wave};
use crate::release::figures::{
    ChangeConclusion, Estimate, IndicatorFigures, Presentation, Verdict,
};
use crate::survey::plan::{IndicatorKind, Target};

/// Whether the estimate must not be shown.
pub fn suppressed(estimate: &Estimate) -> bool {
    estimate.presentation == Presentation::Suppress
}

/// The finding in one or two sentences: the figure, the verdict with its reason, the change.
pub fn sentence(view: &View<'_>, indicator: &IndicatorFigures) -> String {
    let title = view.translated(&indicator.title);
    let whole = &indicator.whole;
    if suppressed(whole) {
        return view.text_with("sentence_suppressed", &[("title", title)]);
    }
    let value = headline_value(view, indicator);
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
pub fn headline_value(view: &View<'_>, indicator: &IndicatorFigures) -> String {
    let whole = &indicator.whole;
    let decimals = number::decimals(
        indicator.kind,
        whole.estimate,
        number::target_line(indicator.target),
        1,
    );
    view.with_unit(indicator, whole.estimate, decimals)
}

/// The verdict with its reason; `None` for an indicator without target.
fn verdict_clause(view: &View<'_>, indicator: &IndicatorFigures) -> Option<String> {
    let verdict = indicator.whole.verdict?;
    Some(match (indicator.target, verdict) {
        (Some(Target::AtLeast(line)), Verdict::Suppressed) => {
            let line = number::threshold(indicator.kind, line);
            let least = indicator
                .minimum_sample
                .filter(|least| view.figures.n < *least);
            match least {
                Some(least) => view.text_with(
                    "too_few_for_target",
                    &[
                        ("line", &line),
                        ("n", &number::count(view.figures.n)),
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
    let (lower, upper) = indicator.whole.decision?;
    let line = number::target_line(indicator.target)?;
    let shown = |bound: f64| {
        number::value(
            indicator.kind,
            bound,
            number::decimals(indicator.kind, bound, Some(line), 1),
        )
    };
    let key = match indicator.whole.verdict? {
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

/// The change since the previous wave; `None` without one, or if it must not be shown.
pub fn change_clause(view: &View<'_>, indicator: &IndicatorFigures) -> Option<String> {
    let change = indicator
        .change
        .as_ref()
        .filter(|_| change_is_shown(indicator))?;
    let key = match change.conclusion {
        ChangeConclusion::Rose => "rose",
        ChangeConclusion::Fell => "fell",
        ChangeConclusion::NoSignificantChange => "steady",
    };
    let size = number::amount(
        view.language,
        indicator.kind,
        view.translated(&indicator.unit),
        change.difference.abs(),
    );
    Some(view.text_with(key, &[("wave", wave(&change.previous)), ("size", &size)]))
}

/// Whether the change may be shown. If one of the two waves is suppressed, the difference would
/// reveal it.
pub fn change_is_shown(indicator: &IndicatorFigures) -> bool {
    let known = indicator.change.as_ref().is_some_and(|change| {
        change.difference.is_finite() && change.std_error.is_finite() && change.p_value.is_finite()
    });
    known
        && !suppressed(&indicator.whole)
        && indicator
            .trend
            .iter()
            .rev()
            .take(2)
            .all(|(_, estimate)| !suppressed(estimate))
}

/// The margin of error, half the width of the interval: its size and its unit.
pub fn margin(view: &View<'_>, indicator: &IndicatorFigures) -> (String, String) {
    let half = (indicator.whole.upper - indicator.whole.lower) / 2.0;
    let unit = match indicator.kind {
        IndicatorKind::Share | IndicatorKind::Ratio => view.text("points"),
        IndicatorKind::Mean => view.translated(&indicator.unit).to_owned(),
    };
    let size = number::signed(indicator.kind, half);
    (format!("±{}", size.trim_start_matches('+')), unit)
}
