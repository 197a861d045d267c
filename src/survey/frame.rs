//! `frame.csv`: all village and neighbourhood committees of the city, and which of them are drawn.

use std::collections::BTreeSet;

use crate::questionnaire::{Areas, Kind, Questionnaire};

/// One village or neighbourhood committee of `frame.csv`.
#[derive(Debug, Clone, PartialEq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FrameUnit {
    /// Its code; responses that are collected there have it as their PSU.
    pub psu: String,
    /// Area code.
    pub area: String,
    /// `urban` or `rural`: a category of the plan's `urban` variable.
    pub urban: String,
    /// Residents.
    pub population: f64,
    /// 1 if drawn into the sample.
    pub selected: u8,
    /// Line in the file, from 1.
    #[serde(skip)]
    pub line: u64,
}

/// The columns of the file.
const COLUMNS: [&str; 5] = ["psu", "area", "urban", "population", "selected"];

/// Reads frame.csv; `name` is the file's name for messages. Without a questionnaire its answers are
/// not compared with it.
///
/// # Errors
/// All mistakes, each as `file:line: what; cure`.
pub(super) fn parse_frame<'q>(
    source: &str,
    name: &str,
    questionnaire: impl Into<Option<&'q Questionnaire>>,
    areas: &Areas,
) -> Result<Vec<FrameUnit>, Vec<String>> {
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(source.as_bytes());
    let mut units = Vec::new();
    let mut errors = Vec::new();
    let mut known = BTreeSet::new();
    let questionnaire = questionnaire.into();
    let headers = reader.headers().cloned().unwrap_or_default();
    let lacks = |name: &&&str| !headers.iter().any(|own| own == **name);
    if let Some(column) = COLUMNS.iter().find(lacks) {
        return Err(vec![format!(
            "{name}:1: there is no column `{column}`; the first line is {}",
            COLUMNS.join(",")
        )]);
    }
    for record in reader.records() {
        let line = |record: &csv::StringRecord| record.position().map_or(1, csv::Position::line);
        let row = record.and_then(|record| {
            let unit = record.deserialize::<FrameUnit>(Some(&headers))?;
            let line = line(&record);
            Ok(FrameUnit { line, ..unit })
        });
        match row {
            Ok(unit) => {
                let line = unit.line;
                let mut mistakes = mistakes_of(&unit, questionnaire, areas);
                if !known.insert(unit.psu.clone()) {
                    mistakes.push(format!(
                        "the PSU `{}` occurs twice; keep one row of it",
                        unit.psu
                    ));
                }
                let messages = mistakes.iter().map(|what| format!("{name}:{line}: {what}"));
                errors.extend(messages);
                units.push(unit);
            }
            Err(error) => {
                let line = error.position().map_or(1, csv::Position::line);
                errors.push(format!(
                    "{name}:{line}: {error}; each row is psu,area,urban,population,selected"
                ));
            }
        }
    }
    if errors.is_empty() {
        Ok(units)
    } else {
        Err(errors)
    }
}

/// What is wrong with the values of one row.
fn mistakes_of(
    unit: &FrameUnit,
    questionnaire: Option<&Questionnaire>,
    areas: &Areas,
) -> Vec<String> {
    let mut mistakes = Vec::new();
    if areas.get(&unit.area).is_none() {
        mistakes.push(format!(
            "there is no area `{}`; use a code of areas.toml",
            unit.area
        ));
    }
    let urban = questionnaire.and_then(|own| own.question("urban"));
    if let Some(Kind::Single(choices)) = urban.map(|question| &question.kind)
        && !choices.iter().any(|choice| choice.code == unit.urban)
    {
        mistakes.push(format!(
            "`{}` is not an answer to the question `urban`; use one of its codes",
            unit.urban
        ));
    }
    if unit.selected > 1 || !(unit.population > 0.0 && unit.population.is_finite()) {
        mistakes.push(
            "the population must be above 0, and selected must be 0 or 1; correct the row"
                .to_owned(),
        );
    }
    mistakes
}
