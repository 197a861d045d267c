//! Relevance, coverage and non-response.

use super::line::{QualityLine, QualityValue, said, same};
use crate::locale::in_every_language;
use crate::release::dispositions::GroupRates;
use crate::release::figures::{Figures, ItemFigures};
use crate::release::marker::Marker;
use crate::release::public_lines::{Measured, as_number, target};

/// Who asks, and which promises the figures answer.
pub(super) fn relevance(figures: &Figures) -> Vec<QualityLine> {
    let mut lines = vec![
        QualityLine::new("agency", QualityValue::Text(figures.agency.clone())),
        QualityLine::new("survey", QualityValue::Text(figures.title.clone())),
    ];
    for indicator in &figures.indicators {
        let words = target(indicator);
        if !words.is_empty() {
            let name = (indicator.code.as_str(), &indicator.title);
            lines.push(QualityLine::about(
                "target",
                name,
                QualityValue::Text(words),
            ));
        }
    }
    let status = match figures.demonstration {
        true => "status_demonstration",
        false => "status_approved",
    };
    let status = in_every_language(&format!("quality_report.{status}"));
    lines.push(QualityLine::new("status", QualityValue::Text(status)));
    lines.push(QualityLine::new("user_needs", QualityValue::NotKnown).noted("user_needs"));
    lines
}

/// How far frame and sample cover the population.
pub(super) fn coverage(figures: &Figures) -> Vec<QualityLine> {
    let mut lines = Vec::new();
    match figures.coverage {
        Some(coverage) => {
            lines.push(QualityLine::things("psus_drawn", coverage.drawn));
            lines.push(QualityLine::things("psus_reached", coverage.reached));
            if coverage.drawn > 0 {
                let share = as_number(coverage.reached) / as_number(coverage.drawn);
                lines.push(QualityLine::percent("psus_share", share).noted("psus_share"));
            }
            lines.push(QualityLine::people("n_sampled", figures.n_sampled));
        }
        None => {
            lines.push(QualityLine::new("psus_drawn", QualityValue::NotKnown).noted("no_frame"));
        }
    }
    lines.push(QualityLine::new("under_coverage", QualityValue::NotKnown).noted("under_coverage"));
    lines.push(QualityLine::new("over_coverage", QualityValue::NotKnown).noted("over_coverage"));
    for (place, source) in (1_u32..).zip(&figures.population_sources) {
        let mut line = QualityLine::new("population_source", said(source));
        line.code = format!("population_source:{place}");
        lines.push(line);
    }
    let state = match figures.population_unverified {
        true => "population_unverified",
        false => "population_verified",
    };
    let state = in_every_language(&format!("quality_report.{state}"));
    lines.push(QualityLine::new(
        "population_state",
        QualityValue::Text(state),
    ));
    lines
}

/// What is known of those who did not answer.
pub(super) fn unit_non_response(figures: &Figures) -> Vec<QualityLine> {
    let mut lines = Vec::new();
    if figures.issued > 0 {
        lines.push(QualityLine::things("issued", figures.issued));
    }
    lines.push(QualityLine::people("received", figures.n_received));
    lines.push(QualityLine::people("valid", figures.n));
    if let Some(share) = figures.valid_share() {
        lines.push(QualityLine::percent("valid_share", share));
    }
    if let Some(coverage) = figures.coverage {
        let empty = coverage.drawn.saturating_sub(coverage.reached);
        lines.push(QualityLine::things("psus_empty", empty));
    }
    lines.extend(outcome_rates(&figures.outcome_rates));
    lines
}

/// The rates of the whole that are published, by their AAPOR names.
const PUBLISHED: [&str; 10] = [
    "RR1", "RR2", "RR3", "RR4", "RR5", "RR6", "COOP1", "COOP2", "REF1", "CON1",
];

/// Fewest issued cases of a part whose rate is published.
const FEWEST_CASES: u64 = 10;

/// Outcome rates, as far as visits are recorded.
fn outcome_rates(groups: &[GroupRates]) -> Vec<QualityLine> {
    let published = groups.iter().filter(|own| own.issued >= FEWEST_CASES);
    let Some(whole) = published.clone().find(|own| own.dimension.is_empty()) else {
        let unknown = QualityLine::new("response_rate", QualityValue::NotKnown);
        return vec![unknown.noted("response_rate")];
    };
    let cases = QualityValue::Measured(Measured::count(whole.issued));
    let mut lines = vec![
        QualityLine::new("cases_issued", cases).in_unit("cases"),
        QualityLine::things("psus_with_visits", whole.psus),
        QualityLine::things("psus_without_visits", whole.unknown_psus).noted("psus_without_visits"),
    ];
    let weightings = |own: &GroupRates| {
        let rates = &own.rates;
        [
            ("unweighted", rates.unweighted.clone()),
            ("weighted", rates.weighted.clone()),
        ]
    };
    for (weighting, outcomes) in weightings(whole) {
        let key = format!("rate_{weighting}");
        let line = |name: &str, share: f64| {
            let value = QualityValue::Measured(Measured::percent(share));
            QualityLine::about(&key, (name, &same(name)), value).in_unit("percent")
        };
        let rates = outcomes.rates.named().into_iter();
        let rates = rates.filter(|(name, _)| PUBLISHED.contains(name));
        lines.extend(rates.map(|(name, rate)| line(name, rate)));
        lines.push(line("e", outcomes.e).noted("eligibility"));
    }
    for own in published.filter(|own| !own.dimension.is_empty()) {
        for (weighting, outcomes) in weightings(own) {
            let value = QualityValue::Measured(Measured::percent(outcomes.rates.rr1));
            let id = format!("{}:{}", own.dimension, own.category);
            let key = format!("rr1_{weighting}");
            let line = QualityLine::about(&key, (&id, &own.label), value);
            lines.push(line.in_unit("percent"));
        }
    }
    lines
}

/// "Don't know" and the like for each question.
pub(super) fn item_non_response(figures: &Figures) -> Vec<QualityLine> {
    let indicators = figures.indicators.iter();
    let sections = indicators.flat_map(|indicator| &indicator.sections);
    let mut items: Vec<&ItemFigures> = Vec::new();
    for item in sections.flat_map(|section| &section.items) {
        if !items.iter().any(|known| known.code == item.code) {
            items.push(item);
        }
    }
    let mut lines: Vec<QualityLine> = items.iter().map(|item| of_item(item)).collect();
    for indicator in &figures.indicators {
        if let Some(dont_know) = &indicator.dont_know {
            let share = match (
                dont_know.share.shown(),
                Marker::of_estimate(&dont_know.share),
            ) {
                (Some(estimate), _) => Measured::percent(estimate.estimate),
                (None, marker) => Measured::Marked(marker.unwrap_or(Marker::NotAvailable)),
            };
            let name = (indicator.code.as_str(), &indicator.title);
            let value = QualityValue::Measured(share);
            lines.push(QualityLine::about("dont_know", name, value).in_unit("percent"));
        }
    }
    lines
}

/// Answers that say nothing, as a share of all answers to the question.
fn of_item(item: &ItemFigures) -> QualityLine {
    let share = match (item.estimate.shown(), Marker::of_estimate(&item.estimate)) {
        (Some(estimate), _) if estimate.n + item.n_missing > 0 => {
            let all = as_number(estimate.n.saturating_add(item.n_missing));
            Measured::percent(as_number(item.n_missing) / all)
        }
        (_, marker) => Measured::Marked(marker.unwrap_or(Marker::NotAvailable)),
    };
    let mut line = QualityLine::about(
        "item",
        (&item.code, &item.text),
        QualityValue::Measured(share),
    );
    line = line.in_unit("percent");
    if item.text.is_empty() {
        line.label = same(&item.code);
    }
    line
}
