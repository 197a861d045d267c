//! Sampling error, measurement, processing, confidentiality.

use super::held::held;
use super::line::{QualityLine, QualityValue, exact};
use crate::disclosure::Disclosed;
use crate::estimation::comparison;
use crate::locale::{every_language, in_every_language, text};
use crate::questionnaire::Text;
use crate::release::figures::{Figures, IndicatorFigures};
use crate::release::labels::margin_names;
use crate::release::marker::Marker;
use crate::release::public_lines::{Measure, Measured, PublicLine, as_number, public_lines};
use crate::survey::plan::IndicatorKind;

/// The precision of every headline.
pub(super) fn sampling_error(figures: &Figures) -> Vec<QualityLine> {
    let lines = public_lines(figures);
    let headlines = lines.iter().filter(|line| line.line.dimension.is_empty());
    headlines.flat_map(precision).collect()
}

fn precision(line: &PublicLine<'_>) -> Vec<QualityLine> {
    let measures = [
        Measure::Estimate,
        Measure::StdError,
        Measure::Lower,
        Measure::Upper,
        Measure::DesignEffect,
        Measure::EffectiveN,
        Measure::Df,
    ];
    let name = (line.indicator.code.as_str(), &line.indicator.title);
    let of_measure = measures.iter().map(|measure| {
        let value = QualityValue::Measured(line.measure(*measure));
        let own = QualityLine::about(measure.code(), name, value);
        match measure {
            Measure::Estimate | Measure::Lower | Measure::Upper => QualityLine {
                unit: line.unit(),
                ..own
            },
            Measure::StdError if line.is_share => own.in_unit("points"),
            Measure::StdError => QualityLine {
                unit: line.unit(),
                ..own
            },
            Measure::DesignEffect => own.noted("design_effect"),
            _ => own,
        }
    });
    of_measure.collect()
}

/// How the way of asking moves the figures: modes, volunteers, channels, address blocks.
pub(super) fn measurement(figures: &Figures) -> Vec<QualityLine> {
    let mut lines = Vec::new();
    for (mode, n) in &figures.n_by_mode {
        let name = in_every_language(&format!("results.mode_{mode}"));
        let value = QualityValue::Measured(Measured::count(*n));
        lines.push(QualityLine::about("mode", (mode, &name), value).in_unit("questionnaires"));
    }
    for indicator in &figures.indicators {
        lines.extend(parts(indicator));
        let channels = u64::try_from(indicator.channels.len()).unwrap_or(u64::MAX);
        if indicator.parts.is_some() {
            let name = (indicator.code.as_str(), &indicator.title);
            lines.push(QualityLine::about("channels", name, exact(channels)).noted("channels"));
        }
    }
    if lines
        .iter()
        .all(|line| !line.code.starts_with("difference"))
    {
        lines.push(QualityLine::new("mode_effect", QualityValue::NotKnown).noted("mode_effect"));
    }
    lines
}

/// Volunteers against the sampled, with the test.
fn parts(indicator: &IndicatorFigures) -> Vec<QualityLine> {
    let Some(parts) = &indicator.parts else {
        return Vec::new();
    };
    let name = (indicator.code.as_str(), &indicator.title);
    let of = |key: &str, estimate: &Disclosed| {
        let value = match estimate.shown() {
            Some(found) => amount(indicator, found.estimate),
            None => {
                let marker = Marker::of_estimate(estimate).unwrap_or(Marker::NotAvailable);
                Measured::Marked(marker)
            }
        };
        let own = QualityLine::about(key, name, QualityValue::Measured(value));
        match indicator.kind {
            IndicatorKind::Mean => QualityLine {
                unit: indicator.unit.clone(),
                ..own
            },
            IndicatorKind::Share | IndicatorKind::Ratio => own.in_unit("percent"),
        }
    };
    let mut lines = vec![
        of("sampled", &parts.sampled),
        of("volunteer", &parts.volunteer),
    ];
    let Some(difference) = &parts.difference else {
        lines.push(QualityLine::about(
            "difference",
            name,
            QualityValue::NotKnown,
        ));
        return lines;
    };
    lines.extend(test(indicator, difference));
    lines
}

/// A difference with its bounds and P.
fn test(indicator: &IndicatorFigures, change: &comparison::Change) -> Vec<QualityLine> {
    let name = (indicator.code.as_str(), &indicator.title);
    let of = |key: &str, value: f64| {
        let value = QualityValue::Measured(amount(indicator, value));
        let own = QualityLine::about(key, name, value);
        match indicator.kind {
            IndicatorKind::Mean => QualityLine {
                unit: indicator.unit.clone(),
                ..own
            },
            IndicatorKind::Share | IndicatorKind::Ratio => own.in_unit("points"),
        }
    };
    let p = QualityValue::Measured(Measured::rounded(change.p_value, 3));
    vec![
        of("difference", change.difference),
        of("difference_lower", change.lower),
        of("difference_upper", change.upper),
        QualityLine::about("difference_p", name, p).noted("difference_p"),
    ]
}

/// A value of the indicator as published: percent with one decimal, or a mean with two.
fn amount(indicator: &IndicatorFigures, value: f64) -> Measured {
    match indicator.kind {
        IndicatorKind::Mean => Measured::rounded(value, 2),
        IndicatorKind::Share | IndicatorKind::Ratio => Measured::percent(value),
    }
}

/// What was left out, and how far weighting went.
pub(super) fn processing(figures: &Figures) -> Vec<QualityLine> {
    let mut lines = Vec::new();
    for (place, (reason, n)) in (1_u32..).zip(&figures.exclusions) {
        let value = QualityValue::Measured(Measured::count(*n));
        let id = place.to_string();
        let line = QualityLine::about("excluded", (&id, reason), value);
        lines.push(line.in_unit("questionnaires"));
    }
    lines.extend(held(figures));
    let excluded = figures.n_received.saturating_sub(figures.n);
    if figures.n_received > 0 {
        let share = as_number(excluded) / as_number(figures.n_received);
        lines.push(QualityLine::percent("excluded_share", share));
    }
    for (flag, n) in &figures.n_by_flag {
        let name = in_every_language(&format!("report.flag_{flag}"));
        let value = QualityValue::Measured(Measured::count(*n));
        let line = QualityLine::about("flagged", (flag, &name), value);
        lines.push(line.in_unit("questionnaires").noted("flagged"));
    }
    lines.push(QualityLine::new("imputation", QualityValue::Text(none())).noted("imputation"));
    match &figures.weighting {
        None => {
            let words = in_every_language("quality_report.not_weighted");
            lines.push(QualityLine::new("weighting", QualityValue::Text(words)));
        }
        Some(weighting) => {
            let number = |code: &str, value: f64, decimals: usize| {
                let value = QualityValue::Measured(Measured::rounded(value, decimals));
                QualityLine::new(code, value)
            };
            let words = every_language(|language| margin_names(&weighting.rake, language));
            lines.push(QualityLine::new("margins", QualityValue::Text(words)));
            lines.push(QualityLine::things("sweeps", u64::from(weighting.sweeps)));
            lines.push(number("misfit", weighting.max_misfit * 100.0, 4).in_unit("percent"));
            lines.push(number("kish_deff", weighting.kish_deff, 2));
            let effective = QualityValue::Measured(Measured::people(weighting.n_effective));
            lines.push(QualityLine::new("kish_n_effective", effective).in_unit("questionnaires"));
            lines.push(number("min_g", weighting.g_range.0, 2).noted("g"));
            lines.push(number("max_g", weighting.g_range.1, 2).noted("g"));
            if let Some(share) = weighting.sampled_share {
                lines.push(QualityLine::percent("sampled_share", share));
            }
        }
    }
    let software = QualityValue::Text(every_language(|_| format!("minyi {}", figures.software)));
    lines.push(QualityLine::new("software", software));
    lines
}

fn none() -> Text {
    every_language(|language| text(language, "quality_report.none"))
}

/// How many estimates are not shown, and why.
pub(super) fn confidentiality(figures: &Figures) -> Vec<QualityLine> {
    let lines = public_lines(figures);
    let of = |marker: Marker| {
        let suppressed = lines
            .iter()
            .filter(|line| Marker::of_estimate(line.line.estimate) == Some(marker));
        u64::try_from(suppressed.count()).unwrap_or(u64::MAX)
    };
    let all = u64::try_from(lines.len()).unwrap_or(u64::MAX);
    vec![
        QualityLine::things("estimates", all),
        QualityLine::things("confidential", of(Marker::Confidential)),
        QualityLine::things("unreliable", of(Marker::Unreliable)),
        QualityLine::new(
            "rounding",
            QualityValue::Text(in_every_language("quality_report.rounding_rule")),
        ),
    ]
}
