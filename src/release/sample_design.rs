//! The position of each response in the sample design: variance stratum, primary sampling unit,
//! weighting cell.

use std::collections::HashMap;

use serde_json::{Map, Value};

use crate::questionnaire::Kind;
use crate::release::columns::MODE;
use crate::release::row::{Reader, Row};
use crate::survey::plan::{Combine, Plan};
use crate::survey::{FrameUnit, Survey};

/// The position of a response in the sample design.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// Variance stratum.
    pub stratum: String,
    /// Primary sampling unit.
    pub psu: String,
    /// Cell of the base weight; behind its part where the plan weights the parts apart.
    pub cell: String,
}

/// Between the part and the category in the name of a cell; no category contains it.
pub(super) const PART_ENDS: char = '\u{1f}';

/// Finds the position of each response.
pub struct SampleDesign {
    /// Stratum of each PSU of the frame, by its code; empty if the frame does not tell the plan's strata.
    frame: HashMap<String, String>,
    groups: Option<u64>,
}

impl SampleDesign {
    /// For a sample of about `rows` responses.
    ///
    /// In a large one the online rows of a stratum are put into random groups, which estimate the same variance, since these
    /// rows are taken as independent (random groups, Wolter, *Introduction to Variance Estimation*, ch. 2): a table of
    /// hundreds of thousands of PSUs would only cost memory.
    pub fn new(survey: &Survey, plan: &Plan, reader: &Reader<'_>, rows: u64) -> SampleDesign {
        let unit =
            |unit: &FrameUnit| Some((unit.psu.clone(), stratum_of(unit, survey, plan, reader)?));
        SampleDesign {
            frame: survey.frame.iter().filter_map(unit).collect(),
            groups: (rows > 100_000).then_some(256),
        }
    }

    /// The place of a row, or `None` if a variable that weighting needs is missing.
    ///
    /// On-site rows belong to the PSU that they name, and with it to the stratum that it was drawn from: what the
    /// people who are met there answer about where they live moves their weight, never the design (Särndal, Swensson and
    /// Wretman, *Model Assisted Survey Sampling*, 3.7). A PSU that the frame does not know is one in every stratum that its
    /// rows give. An online row is its own PSU in a stratum of online rows (Kott, calibration weighting with a blended
    /// sample).
    pub fn position_of(&self, plan: &Plan, row: &Row<'_>) -> Option<Position> {
        let value = |name: &str| -> Option<&str> {
            if name == MODE {
                return Some(row.response.mode.as_str());
            }
            let index = plan.variables.keys().position(|known| known == name)?;
            row.variables.get(index)?.as_deref()
        };
        let cross = |names: &mut dyn Iterator<Item = &str>| -> Option<String> {
            let values: Option<Vec<&str>> = names.map(value).collect();
            values.map(|values| values.join("*"))
        };
        for dimension in &plan.weighting.rake {
            cross(&mut dimension.split('*'))?;
        }
        let cell = match plan.weighting.base.as_str() {
            "none" => String::new(),
            dimension => cross(&mut dimension.split('*'))?,
        };
        let onsite = plan.modes.onsite.contains(&row.response.mode);
        let part = if onsite { "onsite" } else { "online" };
        let cell = match plan.modes.combine {
            Combine::Pool => cell,
            Combine::Composite | Combine::Onsite => format!("{part}{PART_ENDS}{cell}"),
        };
        let own = match cross(&mut plan.design.strata.iter().map(String::as_str))? {
            strata if strata.is_empty() => part.to_owned(),
            strata => format!("{strata}*{part}"),
        };
        let unit = &row.response.psu;
        let clustered = onsite && plan.design.psu.is_some() && !unit.is_empty();
        let drawn = self.frame.get(unit).filter(|_| clustered);
        let stratum = drawn.map_or(own, |strata| format!("{strata}*{part}"));
        let is_nested = drawn.is_some() || plan.design.strata.is_empty();
        let psu = match (clustered, self.groups) {
            (true, _) if is_nested => unit.clone(),
            (true, _) => format!("{stratum}#{unit}"),
            (false, Some(groups)) => format!("{stratum}#{}", spread(&row.response.id) % groups),
            (false, None) => row.response.id.clone(),
        };
        Some(Position { stratum, psu, cell })
    }
}

/// The plan's strata of a unit of the frame; `None` if they hang on more than its area and whether that is urban.
fn stratum_of(
    unit: &FrameUnit,
    survey: &Survey,
    plan: &Plan,
    reader: &Reader<'_>,
) -> Option<String> {
    let of = |name: &String| -> Option<String> {
        let variable = plan.variables.get(name)?;
        let question = survey.questionnaire.question(&variable.question)?;
        match question.kind {
            Kind::Area { .. } => {
                let area = Value::from(unit.area.clone());
                reader.variable(
                    variable,
                    &Map::from_iter([(variable.question.clone(), area)]),
                )
            }
            _ => (name == "urban").then(|| unit.urban.clone()),
        }
    };
    let strata: Option<Vec<String>> = plan.design.strata.iter().map(of).collect();
    strata
        .filter(|strata| !strata.is_empty())
        .map(|strata| strata.join("*"))
}

/// FNV-1a of an id: where it falls among the groups.
fn spread(id: &str) -> u64 {
    id.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    }) >> 17
}
