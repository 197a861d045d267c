//! Timeliness, comparability over time, revisions, accessibility.

use std::collections::BTreeMap;

use super::line::{QualityLine, QualityValue, exact, said};
use crate::locale::in_every_language;
use crate::release::figures::Figures;
use crate::release::history::day;
use crate::release::imprint::Imprint;
use crate::release::marker::Marker;
use crate::release::moment::{days_between, rfc3339};
use crate::release::public_lines::{Measure, Measured, public_lines};

/// From the last day of collection to the release.
pub(super) fn timeliness(figures: &Figures, imprint: &Imprint) -> Vec<QualityLine> {
    let published = day(imprint.published_at);
    let days = match days_between(&figures.period.1, &published) {
        // No decimals, and a zero is a zero: a count of days.
        Some(days) => QualityValue::Measured(Measured::rounded(whole(days), 0)),
        None => QualityValue::NotKnown,
    };
    let next = match imprint.next {
        Some(next) => said(&day(next)),
        None => QualityValue::NotKnown,
    };
    vec![
        QualityLine::new("first_day", said(&figures.period.0)),
        QualityLine::new("last_day", said(&figures.period.1)),
        QualityLine::new("newest_response", said(&figures.updated)),
        QualityLine::new("published", said(&rfc3339(imprint.published_at))),
        QualityLine::new("time_lag", days)
            .in_unit("days")
            .noted("time_lag"),
        QualityLine::new("punctuality", QualityValue::NotKnown).noted("punctuality"),
        QualityLine::new("next", next),
    ]
}

/// A count of days as a number.
fn whole(days: i64) -> f64 {
    f64::from(i32::try_from(days).unwrap_or(i32::MAX))
}

/// What breaks a comparison with other waves.
pub(super) fn comparability(figures: &Figures) -> Vec<QualityLine> {
    let count = |n: usize| exact(u64::try_from(n).unwrap_or(u64::MAX));
    let mut lines = vec![
        QualityLine::new("wordings", count(figures.wordings.len().max(1))).noted("wordings"),
        QualityLine::new("plans", count(figures.earlier_plans.len())).noted("plans"),
    ];
    for wording in figures.wordings.iter().skip(1) {
        let mut line = QualityLine::new("wording_break", said(&wording.reasons.join("; ")));
        line.code = format!("wording_break:{}", wording.hash);
        lines.push(line);
    }
    for plan in &figures.earlier_plans {
        let mut line = QualityLine::new("plan_break", said(&plan.reason));
        line.code = format!("plan_break:{}", plan.until);
        lines.push(line);
    }
    for indicator in &figures.indicators {
        let waves = indicator.trend.len().max(1);
        let name = (indicator.code.as_str(), &indicator.title);
        lines.push(QualityLine::about("waves", name, count(waves)));
    }
    lines
}

/// How far a revision moved the figures.
pub(super) fn revisions(
    figures: &Figures,
    imprint: &Imprint,
    before: Option<&Figures>,
) -> Vec<QualityLine> {
    let mut lines = vec![QualityLine::things("number", u64::from(imprint.number))];
    if imprint.number <= 1 {
        let words = in_every_language("quality_report.first_release");
        lines.push(QualityLine::new("revision", QualityValue::Text(words)));
        return lines;
    }
    lines.push(match imprint.reason.is_empty() {
        true => QualityLine::new("reason", QualityValue::NotKnown),
        false => QualityLine::new("reason", said(&imprint.reason)),
    });
    let Some(before) = before else {
        lines.push(QualityLine::new("revised", QualityValue::NotKnown).noted("no_before"));
        return lines;
    };
    let old = values(before);
    let lines_now = public_lines(figures);
    let (mut compared, mut revised) = (0_u64, 0_u64);
    for line in &lines_now {
        let key = key_of(line.line.indicator, line.line.dimension, line.line.level);
        let now = line.measure(Measure::Estimate);
        let Some(then) = old.get(&key) else {
            continue;
        };
        compared += 1;
        revised += u64::from(*then != now);
        if line.line.dimension.is_empty() {
            let value = match (now.value(), then.value()) {
                (Some(now), Some(then)) => Measured::rounded(now - then, 2),
                _ => Measured::Marked(
                    now.marker()
                        .or(then.marker())
                        .unwrap_or(Marker::NotAvailable),
                ),
            };
            let name = (line.indicator.code.as_str(), &line.indicator.title);
            let own = QualityLine::about("revised_by", name, QualityValue::Measured(value));
            lines.push(match line.is_share {
                true => own.in_unit("points"),
                false => QualityLine {
                    unit: line.unit(),
                    ..own
                },
            });
        }
    }
    lines.push(QualityLine::things("compared", compared));
    lines.push(QualityLine::things("revised", revised));
    lines
}

type Key = (String, String, String);

fn key_of(indicator: &str, dimension: &str, level: &str) -> Key {
    (indicator.to_owned(), dimension.to_owned(), level.to_owned())
}

/// The published estimates of a release by their place.
fn values(figures: &Figures) -> BTreeMap<Key, Measured> {
    let lines = public_lines(figures);
    let pairs = lines.iter().map(|line| {
        let key = key_of(line.line.indicator, line.line.dimension, line.line.level);
        (key, line.measure(Measure::Estimate))
    });
    pairs.collect()
}

/// Where the release and its files are.
pub(super) fn accessibility(figures: &Figures, imprint: &Imprint) -> Vec<QualityLine> {
    let formats = in_every_language("quality_report.formats_list");
    vec![
        QualityLine::new("address", said(&imprint.address(&figures.survey))),
        QualityLine::new("formats", QualityValue::Text(formats)),
    ]
}
