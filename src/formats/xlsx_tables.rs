//! The small tables of a workbook of microdata: codebook, sample, weights, notes.

use crate::formats::column::{Column, ColumnValue, Measure};
use crate::formats::microdata::Microdata;
use crate::formats::stored_number::double;
use crate::formats::xlsx_sheet::{OwnValue, Table};
use crate::locale::{Language, text, text_with};

/// All tables. `counts`: responses that count, and those that do not.
#[must_use]
pub fn tables(microdata: &Microdata<'_>, counts: [u64; 2]) -> Vec<Table> {
    let mut tables = vec![codebook(microdata.columns())];
    if !microdata.survey().frame.is_empty() {
        tables.push(sample(microdata));
    }
    tables.push(weights(microdata));
    tables.push(notes(microdata, counts));
    tables
}

fn own(key: &str) -> String {
    text(Language::ZH, &format!("formats.{key}"))
}

fn headings(keys: &[(&str, f64)]) -> Vec<(String, f64)> {
    keys.iter().map(|(key, width)| (own(key), *width)).collect()
}

fn words(words: &str) -> OwnValue {
    OwnValue::Text(words.to_owned())
}

fn codebook(columns: &[Column]) -> Table {
    let rows = columns.iter().flat_map(|column| {
        let line = |value: Option<&ColumnValue>| {
            vec![
                words(&column.name),
                words(&column.short_name),
                words(column.label.get("zh")),
                OwnValue::Text(own(match column.measure {
                    Measure::Nominal => "nominal",
                    Measure::Ordinal => "ordinal",
                    Measure::Scale => "scale",
                })),
                words(column.unit.get("zh")),
                words(value.map_or("", |value| &value.code)),
                words(value.map_or("", |value| value.label.get("zh"))),
                match value.is_some_and(|value| value.missing) {
                    true => OwnValue::Text(own("yes")),
                    false => words(""),
                },
            ]
        };
        let codes = column.values.iter().map(move |value| line(Some(value)));
        let codes: Vec<_> = codes.collect();
        std::iter::once(line(None)).chain(codes).collect::<Vec<_>>()
    });
    Table {
        name: own("sheet_codebook"),
        headings: headings(&[
            ("variable", 22.0),
            ("short_name", 22.0),
            ("label", 60.0),
            ("measure", 12.0),
            ("unit", 10.0),
            ("code", 12.0),
            ("code_label", 24.0),
            ("missing", 12.0),
        ]),
        rows: rows.collect(),
        is_before_excluded: true,
    }
}

fn sample(microdata: &Microdata<'_>) -> Table {
    let areas = &microdata.catalogue().areas;
    let rows = microdata.survey().frame.iter().map(|unit| {
        let area = areas.get(&unit.area);
        vec![
            words(&unit.psu),
            words(&unit.area),
            words(area.map_or("", |area| area.name.get("zh"))),
            words(&unit.urban),
            OwnValue::Number(unit.population),
            OwnValue::Number(f64::from(unit.selected)),
        ]
    });
    Table {
        name: own("sheet_sample"),
        headings: headings(&[
            ("psu", 20.0),
            ("area", 12.0),
            ("area_name", 16.0),
            ("urban", 10.0),
            ("population", 14.0),
            ("selected", 10.0),
        ]),
        rows: rows.collect(),
        is_before_excluded: true,
    }
}

fn weights(microdata: &Microdata<'_>) -> Table {
    let design = microdata.design();
    let mut rows = Vec::new();
    if let Some(report) = design.weighting() {
        for (key, number) in [
            ("weight_sum", report.sum),
            ("weight_deff", report.kish_deff),
            ("weight_n_effective", report.n_effective),
            ("weight_min", report.min_weight),
            ("weight_max", report.max_weight),
            ("weight_min_g", report.min_g),
            ("weight_max_g", report.max_g),
            ("weight_misfit", report.max_misfit),
            ("weight_trimmed", report.trimmed_share),
            ("weight_sweeps", f64::from(report.sweeps)),
        ] {
            rows.push(vec![OwnValue::Text(own(key)), OwnValue::Number(number)]);
        }
    }
    let mut means = design.weight_counts();
    if let Some((rows_with_weight, sum)) = means.take() {
        let n = i64::try_from(rows_with_weight).map_or(f64::NAN, double);
        rows.push(vec![OwnValue::Text(own("weight_n")), OwnValue::Number(n)]);
        rows.push(vec![
            OwnValue::Text(own("weight_total")),
            OwnValue::Number(sum),
        ]);
    } else {
        rows.push(vec![OwnValue::Text(own("weight_none")), words("")]);
    }
    Table {
        name: own("sheet_weights"),
        headings: headings(&[("weight_figure", 48.0), ("weight_value", 20.0)]),
        rows,
        is_before_excluded: true,
    }
}

fn notes(microdata: &Microdata<'_>, [used, excluded]: [u64; 2]) -> Table {
    let survey = microdata.survey();
    let fill = |key: &str, values: &[(&str, &str)]| {
        text_with(Language::ZH, &format!("formats.{key}"), values)
    };
    let (used, excluded) = (used.to_string(), excluded.to_string());
    let mut lines = vec![
        survey.questionnaire.title.get("zh").to_owned(),
        fill("note_rows", &[("used", &used), ("excluded", &excluded)]),
        fill("note_codes", &[]),
        fill("note_weight", &[]),
        fill("note_times", &[]),
        fill("note_confidential", &[]),
        fill("note_software", &[("version", env!("CARGO_PKG_VERSION"))]),
        fill(
            "note_questionnaire",
            &[("hash", &survey.questionnaire_hash)],
        ),
    ];
    if survey.plan.is_some() {
        lines.push(fill("note_plan", &[("hash", &survey.plan_files.hash())]));
    }
    Table {
        name: own("sheet_notes"),
        headings: headings(&[("notes", 100.0)]),
        rows: lines
            .into_iter()
            .map(|line| vec![OwnValue::Text(line)])
            .collect(),
        is_before_excluded: false,
    }
}
