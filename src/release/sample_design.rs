//! The position of each response in the sample design: part, variance stratum, primary sampling
//! unit.

use std::collections::HashMap;

use serde_json::{Map, Value};
use uuid::Uuid;

use crate::questionnaire::Kind;
use crate::questionnaire::answer::Mode;
use crate::release::columns::MODE;
use crate::release::row::{Placed, Reader};
use crate::survey::plan::{Combine, Plan};
use crate::survey::{FrameUnit, Survey};

/// Whether a response belongs to the drawn sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Collected in a drawn PSU, or online with an invitation of one.
    Sampled,
    /// Everyone else: nobody drew them.
    Volunteer,
}

impl Part {
    /// Both, in the order of tables.
    pub const ALL: [Part; 2] = [Part::Sampled, Part::Volunteer];

    /// The code in files.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Part::Sampled => "sampled",
            Part::Volunteer => "volunteer",
        }
    }
}

/// The position of responses in the sample design.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// Sampled or volunteer.
    pub part: Part,
    /// Variance stratum.
    pub stratum: String,
    /// Primary sampling unit; `None` where each response is one, see [`SampleDesign::own_psu`].
    pub psu: Option<String>,
    /// Category of the plan's base dimension; empty if there is none.
    pub cell: String,
    /// Cross of the plan's strata by what the respondent answered.
    pub category: String,
}

/// Finds the position of each response.
pub struct SampleDesign {
    /// The PSUs of the frame by their code; empty if the frame does not tell the plan's strata.
    frame: HashMap<String, DrawnFrom>,
    groups: Option<u64>,
}

/// A PSU of the frame.
struct DrawnFrom {
    stratum: String,
    is_selected: bool,
}

impl SampleDesign {
    /// For a sample of about `rows` responses.
    ///
    /// In a large one the volunteers of a stratum are put into random groups, which estimate the
    /// same variance, since these rows are taken as independent (random groups: Wolter,
    /// *Introduction to Variance Estimation*, ch. 2). A table of hundreds of thousands of PSUs
    /// would only cost memory.
    pub fn new(survey: &Survey, plan: &Plan, reader: &Reader<'_>, rows: u64) -> SampleDesign {
        let unit = |unit: &FrameUnit| {
            let drawn_from = DrawnFrom {
                stratum: stratum_of(unit, survey, plan, reader)?,
                is_selected: unit.selected == 1,
            };
            Some((unit.psu.clone(), drawn_from))
        };
        SampleDesign {
            frame: survey.frame.iter().filter_map(unit).collect(),
            groups: (rows > 100_000).then_some(256),
        }
    }

    /// The position of a row, or `None` if a variable that weighting needs is missing.
    ///
    /// A sampled row belongs to the PSU that it was collected in, and with it to the stratum that
    /// the PSU was drawn from. What the respondents answer about where they live moves their
    /// weight, never the design (Särndal, Swensson and Wretman, *Model Assisted Survey Sampling*,
    /// 3.7). A volunteer is a PSU of its own in a stratum of volunteers (Kott, calibration
    /// weighting with a blended sample).
    pub fn position_of(&self, plan: &Plan, row: Placed<'_>) -> Option<Position> {
        let value = |name: &str| -> Option<&str> {
            if name == MODE {
                return Some(row.mode);
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
            "none" | "frame" => String::new(),
            dimension => cross(&mut dimension.split('*'))?,
        };
        let part = self.part_of(plan, row.psu, row.mode);
        let suffix = part.as_str();
        for calibrator in &plan.weighting.calibrators {
            value(calibrator)?;
        }
        let category = cross(&mut plan.design.strata.iter().map(String::as_str))?;
        let own = match category.as_str() {
            "" => suffix.to_owned(),
            strata => format!("{strata}*{suffix}"),
        };
        let unit = row.psu;
        let clustered = part == Part::Sampled && plan.design.psu.is_some() && !unit.is_empty();
        let known = self.frame.get(unit).filter(|_| clustered);
        let stratum = known.map_or(own, |known| format!("{}*{suffix}", known.stratum));
        let is_nested = known.is_some() || plan.design.strata.is_empty();
        let psu = clustered.then(|| match is_nested {
            true => unit.to_owned(),
            false => format!("{stratum}#{unit}"),
        });
        Some(Position {
            part,
            stratum,
            psu,
            cell,
            category,
        })
    }

    /// The PSU of a response that is one by itself: its id, or in a large sample one of the random
    /// groups of its stratum.
    pub fn own_psu(&self, stratum: &str, id: Uuid) -> String {
        let mut text = Uuid::encode_buffer();
        let id: &str = id.hyphenated().encode_lower(&mut text);
        match self.groups {
            Some(groups) => format!("{stratum}#{}", spread(id) % groups),
            None => id.to_owned(),
        }
    }

    /// Whether a response was drawn. With a frame its PSU must be a selected one; without a frame
    /// any PSU will do. Where all responses are one sample (`combine = "pool"`), the modes on site
    /// are sampled; people who were asked where they passed by still only in a drawn PSU.
    fn part_of(&self, plan: &Plan, psu: &str, mode: &str) -> Part {
        let is_drawn = match self.frame.is_empty() {
            true => !psu.is_empty(),
            false => self.frame.get(psu).is_some_and(|unit| unit.is_selected),
        };
        let is_onsite = plan.modes.onsite.iter().any(|own| own == mode);
        let is_sampled = match plan.modes.combine {
            Combine::Pool if mode == Mode::Intercept.as_str() => is_drawn && is_onsite,
            Combine::Pool => is_onsite,
            Combine::Sampled | Combine::Calibrated => is_drawn,
        };
        match is_sampled {
            true => Part::Sampled,
            false => Part::Volunteer,
        }
    }
}

/// The plan's strata of a unit of the frame; `None` if they depend on more than its area and whether
/// that is urban.
pub(super) fn stratum_of(
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

/// FNV-1a of an id: which group it falls into.
fn spread(id: &str) -> u64 {
    id.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    }) >> 17
}
