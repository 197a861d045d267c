//! What was held after review, and what that changes.

use super::line::{QualityLine, QualityValue};
use crate::locale::{every_language, rule_name};
use crate::release::figures::{Figures, IndicatorFigures};
use crate::release::public_lines::Measured;
use crate::release::scenarios::WITH_HELD;
use crate::survey::plan::IndicatorKind;

/// How many responses are held, by rule; what the figures would be with them. Nothing if none is held, or
/// so few that their number is not published.
pub(super) fn held(figures: &Figures) -> Vec<QualityLine> {
    let by_rule = figures.held.iter().map(|(rule, n)| {
        let id = if rule.is_empty() { "by_person" } else { rule };
        let name = every_language(|language| rule_name(language, rule));
        let value = QualityValue::Measured(Measured::count(*n));
        let line = QualityLine::about("held", (id, &name), value);
        line.in_unit("questionnaires").noted("held")
    });
    let effects = figures.indicators.iter().flat_map(effect);
    by_rule.chain(effects).collect()
}

fn effect(indicator: &IndicatorFigures) -> Vec<QualityLine> {
    let mut choices = indicator.sensitivity.iter();
    let headline = choices.find(|choice| choice.code == WITH_HELD);
    let headline = headline.map(|choice| ("with_held", &choice.estimate));
    let parts = indicator.parts.as_ref();
    let volunteers = parts.and_then(|parts| parts.volunteer_with_held.as_ref());
    let volunteers = volunteers.map(|own| ("volunteers_with_held", own));
    let lines = headline.into_iter().chain(volunteers);
    let lines = lines.filter_map(|(key, estimate)| {
        let value = estimate.shown()?.estimate;
        let name = (indicator.code.as_str(), &indicator.title);
        let is_mean = indicator.kind == IndicatorKind::Mean;
        let measured = match is_mean {
            true => Measured::rounded(value, 2),
            false => Measured::percent(value),
        };
        let line = QualityLine::about(key, name, QualityValue::Measured(measured));
        Some(match is_mean {
            true => line,
            false => line.in_unit("percent"),
        })
    });
    lines.collect()
}
