//! The weight of a response before raking.
//!
//! # Formula
//!
//! | `weighting.base` | sampled | volunteers |
//! |---|---|---|
//! | `frame` | M_h/(a_h · m_k) | N/n |
//! | a dimension, such as `county*urban` | N_h/n_h of the sampled | N_h/n_h of the volunteers |
//! | `none` | 1 | 1 |
//!
//! M_h is the size of stratum h in the frame, a_h the drawn PSUs of h with at least one response, m_k
//! the responses of PSU k. The PSUs are drawn with probability proportional to their size M_k, so a
//! person of PSU k is drawn with probability (a_h M_k/M_h) · (m_k/M_k): the interviews of a PSU share
//! its weight, however many there are (Cochran 1977, *Sampling Techniques*, 9A). N is the
//! population, n the volunteers, N_h and n_h those of a category.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::{Deserialize, Serialize};

use crate::release::label_numbers::LabelNumbers;
use crate::release::row::{DatasetError, Reader};
use crate::release::sample_design::{Part, Position, stratum_of};
use crate::survey::Survey;
use crate::survey::plan::Plan;

/// What the base weights rest on: the position of every row, in order.
#[derive(Default)]
pub(super) struct Positions {
    rows: Vec<RowPosition>,
    groups: LabelNumbers,
    psus: LabelNumbers,
    categories: LabelNumbers,
}

/// The position of one row.
#[derive(Clone, Copy)]
struct RowPosition {
    part: Part,
    /// Stratum of the frame, or category of the base dimension.
    group: u32,
    psu: u32,
    /// Cross of the design's strata by what the respondent answered.
    category: u32,
    is_onsite: bool,
    is_flagged: bool,
    is_held: bool,
}

/// What else a base weight depends on.
#[derive(Debug, Clone, Copy)]
pub(super) struct RowFlags {
    /// Whether an enumerator asked.
    pub(super) is_onsite: bool,
    /// Whether the response has flags.
    pub(super) is_flagged: bool,
    /// Whether it is held.
    pub(super) is_held: bool,
}

/// Which rows a base weight counts; the others get 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Counted {
    /// All that are not held.
    All,
    /// All, as if nothing was held.
    WithHeld,
    /// The sampled who were asked by an enumerator.
    SampledOnsite,
    /// The sampled without flags.
    SampledUnflagged,
}

impl Counted {
    fn has(self, row: &RowPosition) -> bool {
        let is_sampled = row.part == Part::Sampled;
        let counts = !row.is_held;
        match self {
            Counted::All => counts,
            Counted::WithHeld => true,
            Counted::SampledOnsite => counts && is_sampled && row.is_onsite,
            Counted::SampledUnflagged => counts && is_sampled && !row.is_flagged,
        }
    }
}

/// How many PSUs were drawn, and in how many there are responses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// PSUs that the frame marks as selected.
    pub drawn: u64,
    /// Those with at least one response that counts.
    pub reached: u64,
}

impl Positions {
    /// Adds the next row; `psu` is its primary sampling unit.
    pub(super) fn push(&mut self, plan: &Plan, (position, psu): (&Position, &str), own: RowFlags) {
        let has_dimension = !matches!(plan.weighting.base.as_str(), "none" | "frame");
        let (group, psu) = match (position.part, has_dimension) {
            (_, true) => (position.cell.as_str(), ""),
            (Part::Sampled, false) => (position.stratum.as_str(), psu),
            (Part::Volunteer, false) => ("", ""),
        };
        self.rows.push(RowPosition {
            part: position.part,
            group: self.groups.number(group),
            psu: self.psus.number(psu),
            category: self.categories.number(&position.category),
            is_onsite: own.is_onsite,
            is_flagged: own.is_flagged,
            is_held: own.is_held,
        });
    }

    /// Whether each row is held.
    pub(super) fn held(&self) -> impl Iterator<Item = bool> {
        self.rows.iter().map(|row| row.is_held)
    }

    /// Whether each row has flags.
    pub(super) fn flagged(&self) -> impl Iterator<Item = bool> {
        self.rows.iter().map(|row| row.is_flagged)
    }

    /// The base weight of every row, as if the data had only the `counted` rows; see the formula of
    /// this file.
    ///
    /// # Errors
    /// [`DatasetError::NoPopulation`] for a category or a stratum without a size.
    pub(super) fn weights(
        &self,
        survey: &Survey,
        plan: &Plan,
        reader: &Reader<'_>,
        counted: Counted,
    ) -> Result<Vec<f64>, DatasetError> {
        let weights = match plan.weighting.base.as_str() {
            "none" => Ok(vec![1.0; self.rows.len()]),
            "frame" => self.of_frame(survey, plan, reader, counted),
            dimension => self.of_dimension(survey, dimension, counted),
        };
        let mut weights = weights?;
        for (weight, row) in weights.iter_mut().zip(&self.rows) {
            if !counted.has(row) {
                *weight = 0.0;
            }
        }
        Ok(weights)
    }

    /// N_h/n_h by the design's strata, as if all rows were one sample: what a figure would be that
    /// takes volunteers for drawn. 1 without population figures of these strata.
    pub(super) fn pooled_weights(&self, survey: &Survey, plan: &Plan) -> Vec<f64> {
        let dimension = plan.design.strata.join("*");
        let figures = survey.population.dimensions.get(&dimension);
        let mut counts: BTreeMap<u32, f64> = BTreeMap::new();
        for row in self.rows.iter().filter(|row| !row.is_held) {
            *counts.entry(row.category).or_insert(0.0) += 1.0;
        }
        let weight = |row: &RowPosition| {
            if row.is_held {
                return 0.0;
            }
            let category = self.categories.label(row.category);
            let figure = figures.and_then(|figures| figures.get(category));
            let count = counts.get(&row.category).copied().unwrap_or(1.0);
            figure.map_or(1.0, |figure| figure.population / count)
        };
        self.rows.iter().map(weight).collect()
    }

    fn of_frame(
        &self,
        survey: &Survey,
        plan: &Plan,
        reader: &Reader<'_>,
        counted: Counted,
    ) -> Result<Vec<f64>, DatasetError> {
        let sizes = sizes_of_strata(survey, plan, reader);
        let mut in_psu: HashMap<(u32, u32), f64> = HashMap::new();
        let mut psus: HashMap<u32, HashSet<u32>> = HashMap::new();
        let mut volunteers = 0.0;
        for row in self.rows.iter().filter(|row| counted.has(row)) {
            if row.part == Part::Volunteer {
                volunteers += 1.0;
                continue;
            }
            *in_psu.entry((row.group, row.psu)).or_insert(0.0) += 1.0;
            psus.entry(row.group).or_default().insert(row.psu);
        }
        let people: f64 = sizes.values().sum();
        let weight = |row: &RowPosition| {
            if row.part == Part::Volunteer {
                return Ok(people / volunteers);
            }
            let label = self.groups.label(row.group);
            let label = label.strip_suffix("*sampled").unwrap_or(label);
            let size = sizes.get(label).ok_or_else(|| DatasetError::NoPopulation {
                dimension: "frame".to_owned(),
                category: label.to_owned(),
            })?;
            let reached = u32::try_from(psus.get(&row.group).map_or(0, HashSet::len));
            let interviews = in_psu.get(&(row.group, row.psu)).copied();
            let reached = f64::from(reached.unwrap_or(u32::MAX));
            Ok(size / (reached * interviews.unwrap_or(f64::NAN)))
        };
        self.rows.iter().map(weight).collect()
    }

    fn of_dimension(
        &self,
        survey: &Survey,
        dimension: &str,
        counted: Counted,
    ) -> Result<Vec<f64>, DatasetError> {
        let mut counts: BTreeMap<(Part, u32), f64> = BTreeMap::new();
        for row in self.rows.iter().filter(|row| counted.has(row)) {
            *counts.entry((row.part, row.group)).or_insert(0.0) += 1.0;
        }
        let figures = survey.population.dimensions.get(dimension);
        let weight = |row: &RowPosition| {
            let category = self.groups.label(row.group);
            let figure = figures.and_then(|figures| figures.get(category));
            let count = counts.get(&(row.part, row.group)).copied();
            figure
                .map(|figure| figure.population / count.unwrap_or(f64::NAN))
                .ok_or_else(|| DatasetError::NoPopulation {
                    dimension: dimension.to_owned(),
                    category: category.to_owned(),
                })
        };
        self.rows.iter().map(weight).collect()
    }

    /// How many of the frame's selected PSUs have a sampled row; `None` without a frame.
    pub(super) fn coverage(&self, survey: &Survey) -> Option<Coverage> {
        let selected = survey.frame.iter().filter(|unit| unit.selected == 1);
        let selected: HashSet<&str> = selected.map(|unit| unit.psu.as_str()).collect();
        let counted = self.rows.iter().filter(|row| !row.is_held);
        let psus: HashSet<u32> = counted.map(|row| row.psu).collect();
        let psus = psus.into_iter().map(|psu| self.psus.label(psu));
        let reached = psus.filter(|psu| selected.contains(psu)).count();
        (!selected.is_empty()).then(|| Coverage {
            drawn: u64::try_from(selected.len()).unwrap_or(u64::MAX),
            reached: u64::try_from(reached).unwrap_or(u64::MAX),
        })
    }
}

/// M_h: the size of each stratum in the frame, drawn PSUs and others.
fn sizes_of_strata(survey: &Survey, plan: &Plan, reader: &Reader<'_>) -> BTreeMap<String, f64> {
    let mut sizes = BTreeMap::new();
    for unit in &survey.frame {
        if let Some(stratum) = stratum_of(unit, survey, plan, reader) {
            *sizes.entry(stratum).or_insert(0.0) += unit.population;
        }
    }
    sizes
}
