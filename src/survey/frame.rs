//! `frame.csv`: every village and neighbourhood committee of the city, and which of them are drawn.

use std::collections::BTreeSet;

use crate::questionnaire::{Areas, Kind, Questionnaire};

/// One village or neighbourhood committee of `frame.csv`.
#[derive(Debug, Clone, PartialEq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FrameUnit {
    /// Its code: the channel of responses collected there.
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
    let urban = questionnaire
        .question("urban")
        .map(|question| &question.kind);
    for (index, row) in reader.deserialize::<FrameUnit>().enumerate() {
        match row {
            Ok(unit) => {
                let line = index + 2;
                let mut wrong = |what: String| errors.push(format!("{name}:{line}: {what}"));
                if !known.insert(unit.psu.clone()) {
                    wrong(format!(
                        "the PSU `{}` stands here twice; keep one row of it",
                        unit.psu
                    ));
                }
                if areas.get(&unit.area).is_none() {
                    wrong(format!(
                        "there is no area `{}`; use a code of areas.toml",
                        unit.area
                    ));
                }
                if let Some(Kind::Single(choices)) = urban
                    && !choices.iter().any(|choice| choice.code == unit.urban)
                {
                    wrong(format!(
                        "`{}` is no answer to the question `urban`; use one of its codes",
                        unit.urban
                    ));
                }
                if unit.selected > 1 || !(unit.population > 0.0 && unit.population.is_finite()) {
                    wrong(
                        "the population is above 0, selected is 0 or 1; correct the row".to_owned(),
                    );
                }
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
