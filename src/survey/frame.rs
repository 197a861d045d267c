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
}

/// Reads frame.csv; `name` is the file's name for messages.
///
/// # Errors
/// All mistakes, each as `file:line: what; cure`.
pub(super) fn parse_frame(
    source: &str,
    name: &str,
    questionnaire: &Questionnaire,
    areas: &Areas,
) -> Result<Vec<FrameUnit>, Vec<String>> {
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(source.as_bytes());
    let mut units = Vec::new();
    let mut errors = Vec::new();
    let mut known = BTreeSet::new();
    for (index, row) in reader.deserialize::<FrameUnit>().enumerate() {
        match row {
            Ok(unit) => {
                let line = index + 2;
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
fn mistakes_of(unit: &FrameUnit, questionnaire: &Questionnaire, areas: &Areas) -> Vec<String> {
    let mut mistakes = Vec::new();
    if areas.get(&unit.area).is_none() {
        mistakes.push(format!(
            "there is no area `{}`; use a code of areas.toml",
            unit.area
        ));
    }
    let urban = questionnaire.question("urban");
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
