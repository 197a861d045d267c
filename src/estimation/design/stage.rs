//! One stage of sampling: which unit each row is in, and which stratum each unit is in.
//!
//! At the first stage the units are the PSUs, in the strata of the design. At a further stage the
//! strata are the units of the stage before. Units and strata are numbered in the order of their
//! labels.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "units and strata are numbered below their count"
)]

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::estimation::columns::{Category, MISSING};
use crate::estimation::cross_classification::CrossClassification;
use crate::estimation::error::{Code, Error};

/// PSU codes listed in an error.
const LISTED: usize = 10;

/// One stage of sampling.
#[derive(Debug, Clone)]
pub struct Stage {
    /// The units.
    pub units: Units,
    /// Stratum of each unit (for [`Units::Rows`], of each row).
    pub stratum_of: Vec<u32>,
    /// Label of each stratum.
    pub strata: Vec<String>,
    /// n_h: number of units in the sample, by stratum.
    pub sizes: Vec<u32>,
    /// f_h: sampling fraction by stratum; 0 without a finite population correction.
    pub fractions: Vec<f64>,
}

/// The sampling units of a stage.
#[derive(Debug, Clone)]
pub enum Units {
    /// Every row is a unit.
    Rows,
    /// Rows with the same labels are a unit.
    Clusters(CrossClassification),
    /// Rows with the same labels are a unit, and every row without a label is one. The clusters are
    /// first, then the other rows in their order.
    Mixed {
        /// The rows that have a label.
        clusters: CrossClassification,
        /// The unit of each row.
        of_row: Vec<u32>,
    },
}

impl Stage {
    /// The first stage.
    ///
    /// * `strata`: the variables whose cross-classification gives the strata
    /// * `unit`: the codes of the units, `None`: every row is one; `unit_name` is their column
    /// * `nest`: equal codes in two strata are two units
    ///
    /// # Errors
    ///
    /// `PSU_NOT_NESTED` if a code occurs in two strata and `nest` is false: forgotten nesting would
    /// give fewer units and a wrong variance without any sign.
    pub(super) fn first(
        strata: &[Category],
        unit: Option<&Category>,
        unit_name: &str,
        rows: usize,
        nest: bool,
    ) -> Result<Self, Error> {
        let Some(unit) = unit else {
            let strata = CrossClassification::new(strata.to_vec(), rows);
            let labels = (0..strata.len()).map(|id| strata.labels(id).join("*"));
            return Ok(Self::new(
                Units::Rows,
                strata.decode(rows),
                labels.collect(),
            ));
        };
        let mut variables = strata.to_vec();
        variables.push(unit.clone());
        let units = CrossClassification::new(variables, rows);
        if !nest {
            refuse_repeated(&units, unit_name)?;
        }
        Ok(Self::of_clusters(units, strata.len()))
    }

    /// The first stage of a design in which every row without a `unit` is a unit of its own. Equal
    /// codes in two strata are two units.
    pub(super) fn mixed(strata: &[Category], unit: &Category, rows: usize) -> Self {
        let mut variables = strata.to_vec();
        variables.push(unit.clone());
        let clusters = CrossClassification::new(variables, rows);
        let strata = CrossClassification::new(strata.to_vec(), rows);
        let mut of_row = clusters.decode(rows);
        let mut stratum_of = vec![0; clusters.len()];
        for (unit, stratum) in of_row.iter_mut().zip(strata.decode(rows)) {
            if *unit == MISSING {
                *unit = stratum_of.len() as u32;
                stratum_of.push(stratum);
            } else {
                stratum_of[*unit as usize] = stratum;
            }
        }
        let labels = (0..strata.len()).map(|id| strata.labels(id).join("*"));
        let labels = labels.collect();
        Self::new(Units::Mixed { clusters, of_row }, stratum_of, labels)
    }

    /// A further stage: the units of the stage before are its strata. `units` are the codes of the
    /// units of all stages up to this one.
    pub(super) fn next(strata: &[Category], units: &[Category], rows: usize) -> Self {
        let variables: Vec<Category> = strata.iter().chain(units).cloned().collect();
        let depth = variables.len() - 1;
        Self::of_clusters(CrossClassification::new(variables, rows), depth)
    }

    /// Units whose first `depth` labels are those of their stratum. Units are in the order of their
    /// labels, so those of a stratum follow one another.
    fn of_clusters(units: CrossClassification, depth: usize) -> Self {
        let stratum = |id: usize| &units.levels(id)[..depth];
        let mut labels: Vec<String> = Vec::new();
        let mut stratum_of = Vec::with_capacity(units.len());
        for id in 0..units.len() {
            if id == 0 || stratum(id) != stratum(id - 1) {
                labels.push(units.labels(id)[..depth].join("*"));
            }
            stratum_of.push(labels.len() as u32 - 1);
        }
        Self::new(Units::Clusters(units), stratum_of, labels)
    }

    /// A stage from the stratum of each unit; sizes are counted, fractions are 0.
    fn new(units: Units, stratum_of: Vec<u32>, strata: Vec<String>) -> Self {
        let mut sizes = vec![0; strata.len()];
        for &stratum in &stratum_of {
            sizes[stratum as usize] += 1;
        }
        Self {
            units,
            stratum_of,
            fractions: vec![0.0; strata.len()],
            strata,
            sizes,
        }
    }

    /// Number of units.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.stratum_of.len()
    }

    /// Whether there is no unit.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.stratum_of.is_empty()
    }

    /// The labels of stratum and unit of every unit; of a unit that is a row, its number.
    #[must_use]
    pub fn labels(&self) -> Vec<(String, String)> {
        let label = |units: &CrossClassification, id: usize| {
            units.labels(id).last().copied().unwrap_or("").to_owned()
        };
        let unit = |id: usize| match &self.units {
            Units::Clusters(units) => label(units, id),
            Units::Mixed { clusters, .. } if id < clusters.len() => label(clusters, id),
            Units::Rows | Units::Mixed { .. } => id.to_string(),
        };
        let strata = self.stratum_of.iter().enumerate();
        strata
            .map(|(id, &stratum)| (self.strata[stratum as usize].clone(), unit(id)))
            .collect()
    }

    /// The unit of each of `rows` rows.
    #[must_use]
    pub fn unit_of(&self, rows: usize) -> Vec<u32> {
        match &self.units {
            Units::Rows => (0..rows as u32).collect(),
            Units::Clusters(units) => units.decode(rows),
            Units::Mixed { of_row, .. } => of_row.clone(),
        }
    }
}

/// Refuses unit codes (the last label) that occur in more than one stratum (the labels before).
fn refuse_repeated(units: &CrossClassification, unit_name: &str) -> Result<(), Error> {
    let mut strata_of: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for id in 0..units.len() {
        if let Some(unit) = units.levels(id).last() {
            strata_of.entry(*unit).or_default().push(id);
        }
    }
    let repeated: Vec<Value> = strata_of
        .values()
        .filter(|ids| ids.len() > 1)
        .map(|ids| {
            let labels = ids.iter().map(|&id| units.labels(id));
            let strata: Vec<String> = labels
                .filter_map(|labels| labels.split_last().map(|(_, strata)| strata.join("*")))
                .collect();
            let unit = units.labels(ids[0]).last().map(|label| (*label).to_owned());
            json!({"psu": unit, "strata": strata})
        })
        .collect();
    if repeated.is_empty() {
        return Ok(());
    }
    let examples: Vec<&Value> = repeated.iter().take(LISTED).collect();
    Err(Error::new(
        Code::PsuNotNested,
        format!(
            "{} codes of {unit_name} occur in more than one stratum; if codes start again in \
             every stratum set nest = true",
            repeated.len()
        ),
        json!({"units": repeated.len(), "examples": examples}),
    ))
}
