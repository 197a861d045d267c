//! The files beside exported microdata: codebook, frame, areas.

use std::collections::BTreeMap;
use std::io::Write;

use crate::formats::columns::RESPONSE_COLUMNS;
use crate::formats::csv::{without_formula, writer};
use crate::formats::design_columns::DESIGN_COLUMNS;
use crate::formats::export_error::ExportError;
use crate::formats::number::cell as number;
use crate::questionnaire::codebook::{Variable, codebook};
use crate::release::history::day;
use crate::release::versions::{StoredVersion, StoredVersions};
use crate::survey::{Catalogue, Survey};

/// Columns of the codebook.
const COLUMNS: usize = 13;

/// The column with the hash of the questionnaire version.
const VERSION: &str = "version";

/// The codebook as CSV: one row for each variable, and one for each code of it. Behind them the variables
/// whose words were others in an earlier version, with its hash in the column `version`. `answered` has
/// the hashes of the versions that rows answered.
///
/// # Errors
/// When it cannot be written.
pub fn codebook_csv(
    catalogue: &Catalogue,
    survey: &Survey,
    (versions, answered): (&StoredVersions, &BTreeMap<String, u64>),
    output: impl Write,
) -> Result<(), ExportError> {
    let mut writer = writer(output)?;
    writer.write_record([
        "variable",
        "kind",
        "label_zh",
        "label_en",
        "code",
        "code_label_zh",
        "code_label_en",
        "missing",
        "asked_if",
        "unit",
        "indicators",
        "section",
        "version",
    ])?;
    let variables = codebook(&survey.questionnaire, &catalogue.areas);
    for line in variables.iter().flat_map(|variable| lines(variable, "")) {
        writer.write_record(line)?;
    }
    for line in other_columns(survey) {
        writer.write_record(line)?;
    }
    // A version that nobody answered does not matter to the data.
    let is_answered = |version: &&StoredVersion| {
        let mut answered = answered.keys().filter_map(|hash| versions.answered(hash));
        answered.any(|own| own.wording == version.wording)
    };
    let is_other = |version: &&StoredVersion| version.row.hash != survey.questionnaire_hash;
    let versions: Vec<&StoredVersion> = versions.all().iter().filter(is_answered).collect();
    for version in &versions {
        writer.write_record(version_line(version))?;
    }
    for version in versions.into_iter().filter(is_other) {
        let earlier = version.questionnaire.iter();
        let earlier = earlier.flat_map(|own| codebook(own, &catalogue.areas));
        for variable in earlier.filter(|own| !variables.contains(own)) {
            for line in lines(&variable, &version.row.hash) {
                writer.write_record(line)?;
            }
        }
    }
    writer.flush()?;
    Ok(())
}

/// The lines of a variable: its own, then one for each code. `version` is empty for the newest.
fn lines(variable: &Variable, version: &str) -> Vec<[String; COLUMNS]> {
    let indicators: Vec<String> = variable
        .indicators
        .iter()
        .map(ToString::to_string)
        .collect();
    let line = |code: [String; 4]| {
        let [code, code_zh, code_en, missing] = code;
        [
            variable.name.clone(),
            variable.kind.to_owned(),
            without_formula(variable.label.get("zh")),
            without_formula(variable.label.get("en")),
            code,
            code_zh,
            code_en,
            missing,
            variable.ask_if.join(" and "),
            variable.unit.get("zh").to_owned(),
            indicators.join(";"),
            variable.section.clone(),
            version.to_owned(),
        ]
    };
    let codes = variable.values.iter().map(|value| {
        line([
            value.code.clone(),
            without_formula(value.label.get("zh")),
            without_formula(value.label.get("en")),
            if value.missing { "1" } else { "" }.to_owned(),
        ])
    });
    let own = line(Default::default());
    std::iter::once(own).chain(codes).collect()
}

/// A line that says when a version was taken into use, and why.
fn version_line(version: &StoredVersion) -> [String; COLUMNS] {
    let day = day(version.row.since);
    let words = without_formula(&format!("{day} {}", version.row.reason));
    let mut line = own_column(VERSION, "response", ("问卷版本", "questionnaire version"));
    let cells = [
        (4, version.row.hash.as_str()),
        (5, words.trim()),
        (6, words.trim()),
    ];
    for (place, text) in cells {
        if let Some(cell) = line.get_mut(place) {
            *cell = text.to_owned();
        }
    }
    line
}

/// The lines of the columns that are not questions.
fn other_columns(survey: &Survey) -> Vec<[String; COLUMNS]> {
    let design = DESIGN_COLUMNS.iter().filter(|_| survey.plan.is_some());
    let mut lines: Vec<[String; COLUMNS]> = design
        .map(|(name, zh, en)| own_column(name, "design", (zh, en)))
        .collect();
    for (name, variable) in survey.plan.iter().flat_map(|plan| &plan.variables) {
        let title = variable.title.clone().unwrap_or_default();
        let question = format!("= {}", variable.question);
        let words = |language| match title.get(language) {
            "" => question.clone(),
            words => words.to_owned(),
        };
        let (zh, en) = (words("zh"), words("en"));
        lines.push(own_column(name, "variable", (&zh, &en)));
    }
    let own = RESPONSE_COLUMNS.iter();
    lines.extend(own.map(|(name, zh, en)| own_column(name, "response", (zh, en))));
    lines
}

/// A line of the codebook for a column that is not a question.
fn own_column(name: &str, kind: &str, (zh, en): (&str, &str)) -> [String; COLUMNS] {
    let mut line: [String; COLUMNS] = Default::default();
    let values = [name, kind, zh, en];
    for (cell, value) in line.iter_mut().zip(values) {
        *cell = value.to_owned();
    }
    line
}

/// The sample frame as CSV.
///
/// # Errors
/// When it cannot be written.
pub fn frame_csv(survey: &Survey, output: impl Write) -> Result<(), ExportError> {
    let mut writer = writer(output)?;
    writer.write_record(["psu", "area", "urban", "population", "selected"])?;
    for unit in &survey.frame {
        writer.write_record([
            without_formula(&unit.psu),
            unit.area.clone(),
            unit.urban.clone(),
            number(unit.population),
            unit.selected.to_string(),
        ])?;
    }
    writer.flush()?;
    Ok(())
}

/// The areas as CSV.
///
/// # Errors
/// When it cannot be written.
pub fn areas_csv(catalogue: &Catalogue, output: impl Write) -> Result<(), ExportError> {
    let mut writer = writer(output)?;
    writer.write_record(["code", "name_zh", "name_en", "kind", "parent"])?;
    for area in &catalogue.areas.0 {
        writer.write_record([
            area.code.clone(),
            without_formula(area.name.get("zh")),
            without_formula(area.name.get("en")),
            area.kind.clone(),
            area.parent.clone().unwrap_or_default(),
        ])?;
    }
    writer.flush()?;
    Ok(())
}
