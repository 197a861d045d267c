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

use crate::release::row::{DatasetError, Reader};
use crate::release::sample_design::{Part, Position, stratum_of};
use crate::survey::Survey;
use crate::survey::plan::Plan;

/// What the base weights rest on: the position of every row, in order.
#[derive(Default)]
pub(super) struct Positions {
    rows: Vec<(Part, u32, u32)>,
    strata: Labels,
    psus: Labels,
}

/// Labels numbered in the order of their first use.
#[derive(Default)]
struct Labels {
    index: HashMap<String, u32>,
    labels: Vec<String>,
}

impl Labels {
    fn number(&mut self, label: &str) -> u32 {
        if let Some(number) = self.index.get(label) {
            return *number;
        }
        let number = u32::try_from(self.labels.len()).unwrap_or(u32::MAX);
        self.index.insert(label.to_owned(), number);
        self.labels.push(label.to_owned());
        number
    }

    fn get(&self, number: u32) -> &str {
        let at = usize::try_from(number).unwrap_or(usize::MAX);
        self.labels.get(at).map_or("", String::as_str)
    }
}

/// How many PSUs were drawn, and in how many there are responses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Coverage {
    /// PSUs that the frame marks as selected.
    pub drawn: u64,
    /// Those with at least one response that counts.
    pub reached: u64,
}

impl Positions {
    /// Adds the next row. `dimension` says that the base weight is that of a category.
    pub(super) fn push(&mut self, position: &Position, dimension: bool) {
        let (group, psu) = match (position.part, dimension) {
            (_, true) => (position.cell.as_str(), ""),
            (Part::Sampled, false) => (position.stratum.as_str(), position.psu.as_str()),
            (Part::Volunteer, false) => ("", ""),
        };
        let row = (
            position.part,
            self.strata.number(group),
            self.psus.number(psu),
        );
        self.rows.push(row);
    }

    /// The base weight of every row; see the formula of this file.
    ///
    /// # Errors
    /// [`DatasetError::NoPopulation`] for a category or a stratum without a size.
    pub(super) fn weights(
        &self,
        survey: &Survey,
        plan: &Plan,
        reader: &Reader<'_>,
    ) -> Result<Vec<f64>, DatasetError> {
        match plan.weighting.base.as_str() {
            "none" => Ok(vec![1.0; self.rows.len()]),
            "frame" => self.from_frame(survey, plan, reader),
            dimension => self.from_dimension(survey, dimension),
        }
    }

    fn from_frame(
        &self,
        survey: &Survey,
        plan: &Plan,
        reader: &Reader<'_>,
    ) -> Result<Vec<f64>, DatasetError> {
        let sizes = sizes_of_strata(survey, plan, reader);
        let mut in_psu: HashMap<(u32, u32), f64> = HashMap::new();
        let mut psus: HashMap<u32, HashSet<u32>> = HashMap::new();
        let mut volunteers = 0.0;
        for (part, stratum, psu) in &self.rows {
            if *part == Part::Volunteer {
                volunteers += 1.0;
                continue;
            }
            *in_psu.entry((*stratum, *psu)).or_insert(0.0) += 1.0;
            psus.entry(*stratum).or_default().insert(*psu);
        }
        let people: f64 = sizes.values().sum();
        let weight = |(part, stratum, psu): &(Part, u32, u32)| {
            if *part == Part::Volunteer {
                return Ok(people / volunteers);
            }
            let label = self.strata.get(*stratum);
            let label = label.strip_suffix("*sampled").unwrap_or(label);
            let size = sizes.get(label).ok_or_else(|| DatasetError::NoPopulation {
                dimension: "frame".to_owned(),
                category: label.to_owned(),
            })?;
            let reached = u32::try_from(psus.get(stratum).map_or(0, HashSet::len));
            let interviews = in_psu.get(&(*stratum, *psu)).copied().unwrap_or(f64::NAN);
            Ok(size / (f64::from(reached.unwrap_or(u32::MAX)) * interviews))
        };
        self.rows.iter().map(weight).collect()
    }

    fn from_dimension(&self, survey: &Survey, dimension: &str) -> Result<Vec<f64>, DatasetError> {
        let mut counts: BTreeMap<(Part, u32), f64> = BTreeMap::new();
        for (part, cell, _) in &self.rows {
            *counts.entry((*part, *cell)).or_insert(0.0) += 1.0;
        }
        let figures = survey.population.dimensions.get(dimension);
        let weight = |(part, cell, _): &(Part, u32, u32)| {
            let category = self.strata.get(*cell);
            let figure = figures.and_then(|figures| figures.get(category));
            let count = counts.get(&(*part, *cell)).copied().unwrap_or(f64::NAN);
            figure
                .map(|figure| figure.population / count)
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
        let psus = self.psus.labels.iter();
        let reached = psus.filter(|psu| selected.contains(psu.as_str())).count();
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
