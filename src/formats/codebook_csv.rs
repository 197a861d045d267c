//! The files beside exported microdata: codebook, frame, areas.

use std::io::Write;

use crate::formats::csv::{without_formula, writer};
use crate::formats::design_columns::DESIGN_COLUMNS;
use crate::formats::export_error::ExportError;
use crate::formats::number::cell as number;
use crate::questionnaire::codebook::codebook;
use crate::release::columns::MODE;
use crate::survey::{Catalogue, Survey};

/// The codebook as CSV: one row for each variable, and one for each code of it.
///
/// # Errors
/// When it cannot be written.
pub fn codebook_csv(
    catalogue: &Catalogue,
    survey: &Survey,
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
    ])?;
    for variable in codebook(&survey.questionnaire, &catalogue.areas) {
        let indicators: Vec<String> = variable
            .indicators
            .iter()
            .map(ToString::to_string)
            .collect();
        let head = [
            variable.name.clone(),
            variable.kind.to_owned(),
            without_formula(variable.label.get("zh")),
            without_formula(variable.label.get("en")),
        ];
        let tail = [
            variable.ask_if.join(" and "),
            variable.unit.get("zh").to_owned(),
            indicators.join(";"),
            variable.section.clone(),
        ];
        let plain = [String::new(), String::new(), String::new(), String::new()];
        writer.write_record(head.iter().chain(&plain).chain(&tail))?;
        for value in &variable.values {
            let code = [
                value.code.clone(),
                without_formula(value.label.get("zh")),
                without_formula(value.label.get("en")),
                if value.missing {
                    "1".to_owned()
                } else {
                    String::new()
                },
            ];
            writer.write_record(head.iter().chain(&code).chain(&tail))?;
        }
    }
    for line in other_columns(survey) {
        writer.write_record(line)?;
    }
    writer.flush()?;
    Ok(())
}

/// The lines of the columns that are not questions.
fn other_columns(survey: &Survey) -> Vec<[String; 12]> {
    let design = DESIGN_COLUMNS.iter().filter(|_| survey.plan.is_some());
    let mut lines: Vec<[String; 12]> = design
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
    let own = OWN_COLUMNS.iter();
    lines.extend(own.map(|(name, zh, en)| own_column(name, "response", (zh, en))));
    lines
}

/// Columns that every response has.
const OWN_COLUMNS: [(&str, &str, &str); 7] = [
    ("response_id", "问卷编号", "id of the response"),
    ("channel", "渠道", "channel inside the mode"),
    ("received_at", "收到时间", "when it was received, UTC"),
    ("duration", "用时（秒）", "seconds from start to end"),
    ("enumerator", "访问员", "enumerator"),
    ("flags", "标记", "why it may need a review"),
    (MODE, "调查方式", "how the answers were given"),
];

/// A line of the codebook for a column that is not a question.
fn own_column(name: &str, kind: &str, (zh, en): (&str, &str)) -> [String; 12] {
    let mut line: [String; 12] = Default::default();
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
