//! Who answered, what was left out, and how answers were weighted.

use super::sheet::{Cell, Sheet};
use crate::locale::{Language, text};
use crate::release::figures::Figures;
use crate::release::labels::margin_names;
use crate::release::public_lines::{Measured, as_number};

/// The tables, some of them perhaps without rows.
pub(super) fn sheets(figures: &Figures, language: Language) -> Vec<Sheet> {
    vec![
        responses(figures, language),
        evidence(figures, language),
        composition(figures, language),
        method(figures, language),
    ]
}

/// Responses received, left out, and counted by mode.
fn responses(figures: &Figures, language: Language) -> Sheet {
    let words = |key: &str| text(language, &format!("release_files.{key}"));
    let line = |what: String, n: u64| vec![Cell::text(what), Cell::Measured(Measured::count(n))];
    let named = |key: &str, value: &str, filled: &str| {
        crate::locale::text_with(
            language,
            &format!("release_files.{key}"),
            &[(value, filled)],
        )
    };
    let mut rows = vec![line(words("received"), figures.n_received)];
    let code = language.code();
    let exclusions = figures.exclusions.iter();
    rows.extend(
        exclusions.map(|(reason, n)| line(named("excluded", "reason", reason.get(code)), *n)),
    );
    rows.push(line(words("valid"), figures.n));
    if figures.coverage.is_some() {
        rows.push(line(words("valid_sampled"), figures.n_sampled));
    }
    let modes = figures.n_by_mode.iter();
    rows.extend(modes.map(|(mode, n)| {
        let mode = text(language, &format!("results.mode_{mode}"));
        line(named("valid_mode", "mode", &mode), *n)
    }));
    Sheet::of_table(language, "responses", &["content", "n_note"], rows)
}

/// The sample after weighting beside the population.
fn composition(figures: &Figures, language: Language) -> Sheet {
    let code = language.code();
    let weighting = figures.weighting.iter();
    let rows = weighting.flat_map(|own| &own.composition).map(|row| {
        vec![
            Cell::text(row.dimension.get(code)),
            Cell::text(row.category.get(code)),
            Cell::Measured(Measured::percent(row.weighted)),
            Cell::Measured(Measured::percent(row.population)),
        ]
    });
    let headings = ["dimension", "group", "weighted", "population"];
    Sheet::of_table(language, "composition", &headings, rows.collect())
}

/// How the figures were made.
fn method(figures: &Figures, language: Language) -> Sheet {
    let words = |key: &str| text(language, &format!("release_files.{key}"));
    let row = |key: &str, cell: Cell| vec![Cell::text(words(key)), cell];
    let mut rows = Vec::new();
    if let Some(coverage) = figures.coverage {
        rows.push(row("psus_drawn", Cell::exact(as_number(coverage.drawn))));
        rows.push(row(
            "psus_reached",
            Cell::exact(as_number(coverage.reached)),
        ));
    }
    if let Some(weighting) = &figures.weighting {
        let number = |value, decimals| Cell::Measured(Measured::rounded(value, decimals));
        rows.push(row(
            "weight_margins",
            Cell::text(margin_names(&weighting.rake, language)),
        ));
        rows.push(row(
            "weight_sweeps",
            Cell::exact(f64::from(weighting.sweeps)),
        ));
        rows.push(row("weight_deff", number(weighting.kish_deff, 2)));
        let effective = Cell::Measured(Measured::people(weighting.n_effective));
        rows.push(row("weight_n_effective", effective));
        rows.push(row("weight_min_g", number(weighting.g_range.0, 2)));
        rows.push(row("weight_max_g", number(weighting.g_range.1, 2)));
        if let Some(share) = weighting.sampled_share {
            rows.push(row(
                "weight_sampled",
                Cell::Measured(Measured::percent(share)),
            ));
        }
    }
    let variance = match figures.weighting {
        Some(_) => "method_variance",
        None => "method_variance_plain",
    };
    for (key, topic) in [
        ("method_variance", variance),
        ("method_interval", "method_interval"),
        ("method_verdict", "method_verdict"),
    ] {
        let said = text(language, &format!("results.{topic}"));
        rows.push(row(key, Cell::text(said)));
    }
    for source in &figures.population_sources {
        rows.push(row("population_source", Cell::text(source.as_str())));
    }
    for (key, hash) in [
        ("plan_hash", &figures.plan_hash),
        ("population_hash", &figures.population_hash),
        ("frame_hash", &figures.frame_hash),
        ("questionnaire_hash", &figures.questionnaire_hash),
        ("software", &figures.software),
    ] {
        rows.push(row(key, Cell::text(hash.as_str())));
    }
    Sheet::of_table(language, "method", &["content", "value"], rows)
}

/// What was found against targets of 100 %.
fn evidence(figures: &Figures, language: Language) -> Sheet {
    let code = language.code();
    let rows = figures.evidence.iter().flat_map(|own| &own.rows);
    let rows = rows.map(|row| row.iter().map(|text| Cell::text(text.get(code))).collect());
    let mut sheet = Sheet::of_table(language, "evidence", &[], rows.collect());
    let columns = figures.evidence.iter().flat_map(|own| &own.columns);
    for (number, column) in (1_u32..).zip(columns) {
        let title = column.get(code);
        let same = |known: &String| known.to_lowercase() == title.to_lowercase();
        let is_known = sheet.header.iter().any(same);
        sheet.header.push(match title.is_empty() || is_known {
            true => format!("{title} {number}"),
            false => title.to_owned(),
        });
    }
    let title = figures.evidence.as_ref().map(|own| own.title.get(code));
    match title.filter(|title| !title.is_empty()) {
        Some(title) => sheet.about(language, title),
        None => sheet,
    }
}
