//! The tables of estimates: headlines, counties, groups, sections and items, waves, other choices.

use super::sheet::{Cell, Sheet};
use crate::disclosure::Disclosed;
use crate::estimation::{Estimate, comparison};
use crate::locale::{Language, text};
use crate::release::figures::{Figures, IndicatorFigures};
use crate::release::marker::Marker;
use crate::release::public_lines::{Measure, Measured, PublicLine, public_lines};
use crate::survey::plan::IndicatorKind;

/// All tables, some of them perhaps without rows.
pub(super) fn sheets(figures: &Figures, language: Language) -> Vec<Sheet> {
    let lines = public_lines(figures);
    let of = |code, wanted: &dyn Fn(&str) -> bool, headings: &[&'static str]| {
        let chosen = lines.iter().filter(|line| wanted(line.line.dimension));
        let rows = chosen.map(|line| row(line, headings, language)).collect();
        Sheet::of_table(language, code, headings, rows)
    };
    let is_place = |dimension: &str| matches!(dimension, "county" | "area" | "zone");
    let is_own = |dimension: &str| {
        let own = ["", "wave", "part", "without", "sensitivity", "dont_know"];
        own.contains(&dimension) || matches!(dimension, "section" | "item")
    };
    let by = [
        "indicator",
        "dimension",
        "group",
        "estimate_note",
        "lower_note",
        "upper_note",
        "unit",
        "n_note",
        "verdict_note",
    ];
    vec![
        headlines(figures, &lines, language),
        changes(figures, language),
        of("counties", &|own| is_place(own), &by),
        of("domains", &|own| own == "section", &by),
        of("items", &|own| own == "item", &by),
        departments(figures, language),
        of("groups", &|own| !is_place(own) && !is_own(own), &by),
        answers(figures, language),
        of("trend", &|own| own == "wave", &by),
        of("parts", &|own| matches!(own, "part" | "without"), &by),
        of(
            "sensitivity",
            &|own| matches!(own, "sensitivity" | "dont_know"),
            &by,
        ),
    ]
}

/// The cells of a line under these headings.
fn row(line: &PublicLine<'_>, headings: &[&str], language: Language) -> Vec<Cell> {
    let code = language.code();
    let cell = |heading: &&str| match *heading {
        "indicator" => Cell::text(line.indicator.title.get(code)),
        "dimension" => Cell::text(line.line.dimension_title.get(code)),
        "group" => Cell::text(line.line.label.get(code)),
        "estimate_note" => Cell::Measured(line.measure(Measure::Estimate)),
        "lower_note" => Cell::Measured(line.measure(Measure::Lower)),
        "upper_note" => Cell::Measured(line.measure(Measure::Upper)),
        "n_note" => Cell::Measured(line.measure(Measure::N)),
        "unit" => Cell::text(line.unit().get(code)),
        "target" => Cell::text(line.target().get(code)),
        _ => Cell::text(verdict(line.line.estimate, language)),
    };
    headings.iter().map(cell).collect()
}

/// The words for a verdict; empty without one.
fn verdict(estimate: &Disclosed, language: Language) -> String {
    let found = estimate.verdict().map(crate::release::tables::verdict);
    found.map_or_else(String::new, |word| {
        text(language, &format!("results.verdict_{word}"))
    })
}

/// The headlines with their targets.
fn headlines(figures: &Figures, lines: &[PublicLine<'_>], language: Language) -> Sheet {
    let headings = [
        "indicator",
        "estimate_note",
        "lower_note",
        "upper_note",
        "unit",
        "target",
        "verdict_note",
        "n_note",
    ];
    let chosen = lines.iter().filter(|line| line.line.dimension.is_empty());
    let rows = chosen.map(|line| row(line, &headings, language)).collect();
    let sheet = Sheet::of_table(language, "headlines", &headings, rows);
    sheet.about(language, figures.title.get(language.code()))
}

/// The changes from the wave before.
fn changes(figures: &Figures, language: Language) -> Sheet {
    let headings = [
        "indicator",
        "previous",
        "change",
        "change_lower",
        "change_upper",
        "change_unit",
        "significance_note",
    ];
    let indicators = figures.indicators.iter();
    let rows = indicators.filter_map(|indicator| {
        let change = indicator.change.as_ref()?;
        let mut row = vec![
            Cell::text(indicator.title.get(language.code())),
            Cell::text(change.previous.as_str()),
        ];
        row.extend(difference(indicator, &change.difference, language));
        Some(row)
    });
    Sheet::of_table(language, "changes", &headings, rows.collect())
}

/// A difference, its bounds, their unit, and whether it is significant.
fn difference(
    indicator: &IndicatorFigures,
    change: &comparison::Change,
    language: Language,
) -> Vec<Cell> {
    let (size, decimals, unit) = match indicator.kind {
        IndicatorKind::Mean => (1.0, 2, indicator.unit.get(language.code()).to_owned()),
        IndicatorKind::Share | IndicatorKind::Ratio => (100.0, 1, text(language, "results.points")),
    };
    let number = |value: f64| Cell::Measured(Measured::rounded(value * size, decimals));
    let direction = match change.direction {
        comparison::Direction::Risen => "risen",
        comparison::Direction::Fallen => "fallen",
        comparison::Direction::Unchanged => "unchanged",
    };
    vec![
        number(change.difference),
        number(change.lower),
        number(change.upper),
        Cell::text(unit),
        Cell::text(text(language, &format!("report.{direction}"))),
    ]
}

/// The answers to each question in percent of the valid ones.
fn answers(figures: &Figures, language: Language) -> Sheet {
    let code = language.code();
    let mut seen: Vec<&str> = Vec::new();
    let mut rows = Vec::new();
    let sections = figures.indicators.iter();
    let sections = sections.flat_map(|indicator| &indicator.sections);
    for item in sections.flat_map(|section| &section.items) {
        if seen.contains(&item.code.as_str()) {
            continue;
        }
        seen.push(&item.code);
        rows.extend(item.distribution.iter().map(|(_, label, share)| {
            vec![
                Cell::text(item.text.get(code)),
                Cell::text(label.get(code)),
                Cell::Measured(Measured::percent(*share)),
            ]
        }));
    }
    Sheet::of_table(language, "answers", &["item", "answer", "share"], rows)
}

/// The questions by indicator of the city plan, with the units that answer for it.
fn departments(figures: &Figures, language: Language) -> Sheet {
    let code = language.code();
    let headings = [
        "plan_number",
        "plan_indicator",
        "lead",
        "item",
        "estimate_note",
        "lower_note",
        "upper_note",
    ];
    let rows = figures.by_plan_indicator.iter().flat_map(|own| {
        own.items.iter().map(|item| {
            let percent = |value: fn(&Estimate) -> f64| {
                let shown = item.estimate.shown().map(value);
                let marker = Marker::of_estimate(&item.estimate);
                Cell::Measured(match (shown, marker) {
                    (Some(value), _) => Measured::percent(value),
                    (None, marker) => Measured::Marked(marker.unwrap_or(Marker::NotAvailable)),
                })
            };
            vec![
                Cell::exact(f64::from(own.number)),
                Cell::text(own.name.get(code)),
                Cell::text(own.lead.get(code)),
                Cell::text(item.text.get(code)),
                percent(|estimate| estimate.estimate),
                percent(|estimate| estimate.lower),
                percent(|estimate| estimate.upper),
            ]
        })
    });
    Sheet::of_table(language, "departments", &headings, rows.collect())
}
