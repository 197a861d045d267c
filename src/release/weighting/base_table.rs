//! Base weights by stratum.

use std::collections::{BTreeMap, BTreeSet};

use crate::estimation::Columns;
use crate::locale::in_every_language;
use crate::questionnaire::{Areas, Text};
use crate::release::columns::{PSU, STRATUM};
use crate::release::labels::Labels;
use crate::release::row::Reader;
use crate::release::sample_design::{Part, stratum_of};
use crate::survey::Survey;
use crate::survey::plan::Plan;

/// The base weights of a stratum.
#[derive(Debug, Clone, PartialEq)]
pub struct BaseRow {
    /// The stratum in words.
    pub stratum: Text,
    /// M_h: people of the stratum by the frame; `None` without a frame.
    pub population: Option<f64>,
    /// Drawn PSUs; `None` without a frame.
    pub drawn: Option<u64>,
    /// Drawn PSUs with responses; `None` for volunteers, whom nobody drew.
    pub reached: Option<u64>,
    /// Responses that count.
    pub interviews: u64,
    /// The smallest base weight.
    pub smallest: f64,
    /// The largest base weight.
    pub largest: f64,
}

/// What was counted of a stratum.
struct Counts {
    psus: BTreeSet<u32>,
    interviews: u64,
    smallest: f64,
    largest: f64,
}

impl Default for Counts {
    fn default() -> Counts {
        Counts {
            psus: BTreeSet::new(),
            interviews: 0,
            smallest: f64::INFINITY,
            largest: f64::NEG_INFINITY,
        }
    }
}

impl Counts {
    fn add(&mut self, psu: u32, weight: f64) {
        self.psus.insert(psu);
        self.interviews += 1;
        self.smallest = self.smallest.min(weight);
        self.largest = self.largest.max(weight);
    }

    fn row(self, stratum: Text, frame: Option<&(f64, u64)>) -> BaseRow {
        BaseRow {
            stratum,
            population: frame.map(|(size, _)| *size),
            drawn: frame.map(|(_, drawn)| *drawn),
            reached: u64::try_from(self.psus.len()).ok(),
            interviews: self.interviews,
            smallest: self.smallest,
            largest: self.largest,
        }
    }
}

/// The strata of the frame and of the rows; the volunteers are one line at the end. `base`: the base
/// weight of each row.
pub(super) fn base_table(
    (survey, plan, areas): (&Survey, &Plan, &Areas),
    columns: &Columns,
    base: &[f64],
    labels: Labels<'_>,
) -> Vec<BaseRow> {
    let frame = strata_of_frame(survey, plan, areas);
    let (mut sampled, volunteers) = counted(columns, base);
    for stratum in frame.keys() {
        sampled.entry(stratum.clone()).or_default();
    }
    let dimension = plan.design.strata.join("*");
    let row = |(label, counts): (String, Counts)| {
        let stratum = match label.as_str() {
            "" => in_every_language("weighting.whole"),
            label => labels.cross_label(&dimension, label),
        };
        counts.row(stratum, frame.get(&label))
    };
    let mut table: Vec<BaseRow> = sampled.into_iter().map(row).collect();
    if volunteers.interviews > 0 {
        let row = volunteers.row(in_every_language("weighting.volunteers"), None);
        table.push(BaseRow {
            reached: None,
            ..row
        });
    }
    table
}

/// The rows of the sampled by stratum, and those of all volunteers.
fn counted(columns: &Columns, base: &[f64]) -> (BTreeMap<String, Counts>, Counts) {
    let (mut sampled, mut volunteers) = (BTreeMap::<String, Counts>::new(), Counts::default());
    let (Ok(strata), Ok(psus)) = (columns.get(STRATUM), columns.get(PSU)) else {
        return (sampled, volunteers);
    };
    let (strata, psus) = (strata.to_category(), psus.to_category());
    let mut by_code: Vec<Counts> = strata.levels.iter().map(|_| Counts::default()).collect();
    let rows = strata.decode().into_iter().zip(psus.decode()).zip(base);
    for ((stratum, psu), weight) in rows {
        let at = usize::try_from(stratum).unwrap_or(usize::MAX);
        if let Some(counts) = by_code.get_mut(at) {
            counts.add(psu, *weight);
        }
    }
    for (label, counts) in strata.levels.iter().zip(by_code) {
        if counts.interviews == 0 {
            continue;
        }
        // A stratum is `county*urban*sampled`, or the part alone.
        let (own, part) = label.rsplit_once('*').unwrap_or(("", label));
        if part == Part::Sampled.as_str() {
            sampled.insert(own.to_owned(), counts);
        } else {
            volunteers.interviews += counts.interviews;
            volunteers.smallest = volunteers.smallest.min(counts.smallest);
            volunteers.largest = volunteers.largest.max(counts.largest);
        }
    }
    (sampled, volunteers)
}

/// M_h and the number of drawn PSUs of each stratum of the frame.
fn strata_of_frame(survey: &Survey, plan: &Plan, areas: &Areas) -> BTreeMap<String, (f64, u64)> {
    let mut strata: BTreeMap<String, (f64, u64)> = BTreeMap::new();
    let Ok(reader) = Reader::new(survey, areas) else {
        return strata;
    };
    for unit in &survey.frame {
        if let Some(stratum) = stratum_of(unit, survey, plan, &reader) {
            let own = strata.entry(stratum).or_default();
            own.0 += unit.population;
            own.1 += u64::from(unit.selected == 1);
        }
    }
    strata
}
