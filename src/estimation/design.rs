//! The sample design as a value: strata, sampling units of every stage, weights, finite population corrections.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "units and strata are numbered below their count"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::json;

use super::columns::{Category, Columns, MISSING};
use super::crossing::Crossing;
use super::error::{Code, Error};
use super::spec::{DesignSpec, LonelyPsu};
use super::weighting::{Adjustment, Residual};

/// How the sample was drawn and how it is weighted; estimators are functions of it.
#[derive(Debug, Clone)]
pub struct Design {
    /// Number of rows.
    pub rows: usize,
    /// Base weights.
    pub base: Arc<Vec<f64>>,
    /// Final weights.
    pub weights: Arc<Vec<f64>>,
    /// Stages of sampling, the first first; never empty.
    pub stages: Vec<Stage>,
    /// What to do with strata of one unit.
    pub lonely: LonelyPsu,
    /// Whether `adjust` also covers strata in which a domain has one unit.
    pub adjust_domain_lonely: bool,
    /// Adjustments from base to final weights, in order.
    pub adjustments: Vec<Adjustment>,
}

/// One stage: which unit each row is in, and which stratum each unit is in.
#[derive(Debug, Clone)]
pub struct Stage {
    /// The units.
    pub units: Units,
    /// Stratum of each unit (for [`Units::Rows`], of each row).
    pub stratum_of: Vec<u32>,
    /// Label of each stratum.
    pub strata: Vec<String>,
    /// Number of units in the sample, by stratum.
    pub sizes: Vec<u32>,
    /// Sampling fraction by stratum, 0 without a finite population correction.
    pub fractions: Vec<f64>,
}

/// The sampling units of a stage.
#[derive(Debug, Clone)]
pub enum Units {
    /// Every row is one.
    Rows,
    /// Rows with the same labels are one.
    Clusters(Crossing),
}

impl Stage {
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

    /// The unit of every row.
    #[must_use]
    pub fn unit_of(&self, rows: usize) -> Vec<u32> {
        match &self.units {
            Units::Rows => (0..rows as u32).collect(),
            Units::Clusters(crossing) => crossing.decode(rows),
        }
    }
}

impl Design {
    /// Reads a design from columns.
    ///
    /// # Errors
    /// `UNKNOWN_COLUMN`, `NOT_A_NUMBER`, `INVALID_WEIGHT`, `NA_IN_DESIGN_VARIABLE`, `PSU_NOT_NESTED`, `LONELY_PSU`
    /// (policy `fail`), `INVALID_FPC`.
    pub fn new(columns: &Columns, spec: &DesignSpec) -> Result<Self, Error> {
        let rows = columns.rows();
        let base = Arc::new(base_weights(columns, spec)?);
        let names = |names: &Option<super::spec::Names>| {
            names
                .as_ref()
                .map_or(&[][..], |names| names.as_slice())
                .to_vec()
        };
        let (strata, units, fpc) = (names(&spec.strata), names(&spec.psu), names(&spec.fpc));
        let strata_axes = axes(columns, &strata)?;
        let unit_axes = axes(columns, &units)?;
        let mut stages: Vec<Stage> = Vec::new();
        for depth in 0..units.len().max(1) {
            let mut stage = match stages.last() {
                None => first_stage(&strata_axes, unit_axes.first(), &units, rows, spec.nest)?,
                Some(parent) => next_stage(parent, &strata_axes, &unit_axes[..=depth], rows),
            };
            if let Some(name) = fpc.get(depth) {
                let sizes = columns.get(name)?.to_numbers(name)?.decode();
                stage.fractions = fractions(&stage, &sizes, columns, name)?;
            }
            stages.push(stage);
        }
        let design = Self {
            rows,
            weights: Arc::clone(&base),
            base,
            stages,
            lonely: spec.lonely_psu,
            adjust_domain_lonely: spec.adjust_domain_lonely,
            adjustments: Vec::new(),
        };
        if design.lonely == LonelyPsu::Fail {
            design.refuse_lonely()?;
        }
        Ok(design)
    }

    /// The first stage.
    #[must_use]
    pub fn first(&self) -> &Stage {
        &self.stages[0]
    }

    /// Whether the variance takes residuals on auxiliaries. R keeps every row of such a design in a domain.
    #[must_use]
    pub fn is_calibrated(&self) -> bool {
        self.adjustments
            .iter()
            .any(|adjustment| adjustment.residual != Residual::Fixed)
    }

    /// Adds an adjustment of the weights.
    pub fn push(&mut self, adjustment: Adjustment) {
        self.weights = Arc::clone(&adjustment.after);
        self.adjustments.push(adjustment);
    }

    /// Degrees of freedom: PSUs − strata among the units that `member` marks.
    #[must_use]
    pub fn degrees_of_freedom(&self, member: &[bool]) -> f64 {
        let first = self.first();
        let mut strata = vec![false; first.strata.len()];
        let mut units = 0_i64;
        for (unit, _) in member.iter().enumerate().filter(|(_, member)| **member) {
            units += 1;
            strata[first.stratum_of[unit] as usize] = true;
        }
        (units - strata.iter().filter(|used| **used).count() as i64) as f64
    }

    /// Whether every unit of every stratum is in the sample, of those strata that have units that
    /// `member` marks: then the estimate has no sampling error.
    #[must_use]
    pub fn is_census(&self, member: &[bool]) -> bool {
        let first = self.first();
        let whole = |stage: &Stage, stratum: u32| stage.fractions[stratum as usize] >= 1.0;
        let marked = first.stratum_of.iter().zip(member);
        let further = self.stages.iter().skip(1);
        marked
            .filter(|(_, member)| **member)
            .all(|(stratum, _)| whole(first, *stratum))
            && further
                .flat_map(|stage| &stage.fractions)
                .all(|fraction| *fraction >= 1.0)
    }

    fn refuse_lonely(&self) -> Result<(), Error> {
        let first = self.first();
        let lonely: Vec<&String> = (0..first.strata.len())
            .filter(|&h| first.sizes[h] == 1 && first.fractions[h] < 1.0)
            .map(|h| &first.strata[h])
            .collect();
        if lonely.is_empty() {
            return Ok(());
        }
        let listed = lonely
            .iter()
            .take(10)
            .map(|name| name.as_str())
            .collect::<Vec<_>>()
            .join(", ");
        Err(Error::new(
            Code::LonelyPsu,
            format!(
                "strata with a single PSU have no variance of their own: {listed}; collapse each with a neighbour, or set lonely_psu to \"adjust\", \"average\" or \"certainty\""
            ),
            json!({"strata": lonely, "remedies": ["collapse with a neighbouring stratum", "adjust", "average", "certainty"]}),
        ))
    }
}

fn base_weights(columns: &Columns, spec: &DesignSpec) -> Result<Vec<f64>, Error> {
    let Some(name) = &spec.weight else {
        return Ok(vec![1.0; columns.rows()]);
    };
    let weights = columns.get(name)?.to_numbers(name)?.decode();
    let (usable, any) = weights.iter().fold((true, false), |(usable, any), weight| {
        let inside = WEIGHTS.contains(weight);
        (usable && (inside || *weight == 0.0), any || inside)
    });
    if usable && any {
        return Ok(weights);
    }
    let rows = |refused: &dyn Fn(f64) -> bool| -> Vec<usize> {
        let weights = weights.iter().enumerate();
        let refused = weights.filter(|(_, weight)| refused(**weight));
        refused.map(|(row, _)| columns.line(row)).collect()
    };
    let bad = rows(&|weight| !(weight.is_finite() && weight >= 0.0));
    let extreme = rows(&|weight| weight != 0.0 && !WEIGHTS.contains(&weight));
    let (rows, fault) = if !bad.is_empty() {
        (bad, "is missing, negative or not finite")
    } else if !extreme.is_empty() {
        let fault = "is outside 1e-100 to 1e100 (multiply all weights by one factor)";
        (extreme, fault)
    } else {
        (Vec::new(), "is above zero")
    };
    let first = rows
        .first()
        .map_or(String::new(), |row| format!(" (first: {row})"));
    Err(Error::new(
        Code::InvalidWeight,
        format!("weight {name} {fault} in {} rows{first}", rows.len()),
        json!({"column": name, "rows": rows.len(), "first_rows": rows.iter().take(20).collect::<Vec<_>>()}),
    ))
}

/// Weights that can be squared, and summed over any number of rows, without leaving the numbers that
/// a double holds with all its digits (10⁻³⁰⁷ to 10³⁰⁸), with room for the squares of answers.
const WEIGHTS: std::ops::RangeInclusive<f64> = 1e-100..=1e100;

/// The categories of design variables, none missing.
fn axes(columns: &Columns, names: &[String]) -> Result<Vec<Category>, Error> {
    let mut axes = Vec::new();
    for name in names {
        let category = columns.get(name)?.to_category();
        if !category.codes.any_missing() {
            axes.push(category);
            continue;
        }
        let missing: Vec<usize> = category
            .decode()
            .iter()
            .enumerate()
            .filter(|(_, code)| **code == MISSING)
            .map(|(row, _)| columns.line(row))
            .collect();
        if !missing.is_empty() {
            return Err(Error::new(
                Code::NaInDesignVariable,
                format!(
                    "design variable {name} is missing in {} rows (first: {})",
                    missing.len(),
                    missing[0]
                ),
                json!({"column": name, "missing": missing.len(), "first_rows": missing.iter().take(20).collect::<Vec<_>>()}),
            ));
        }
        axes.push(category);
    }
    Ok(axes)
}

fn first_stage(
    strata: &[Category],
    unit: Option<&Category>,
    names: &[String],
    rows: usize,
    nest: bool,
) -> Result<Stage, Error> {
    let Some(unit) = unit else {
        let crossing = Crossing::new(strata.to_vec(), rows);
        let stratum_of = crossing.decode(rows);
        let labels = (0..crossing.len())
            .map(|id| crossing.labels(id).join("*"))
            .collect();
        return Ok(Stage::new(Units::Rows, stratum_of, labels));
    };
    let mut axes = strata.to_vec();
    axes.push(unit.clone());
    let crossing = Crossing::new(axes, rows);
    if !nest {
        refuse_unnested(&crossing, names)?;
    }
    // Units are sorted by stratum first, so strata are runs of equal heads.
    let mut labels: Vec<String> = Vec::new();
    let mut stratum_of = Vec::with_capacity(crossing.len());
    for id in 0..crossing.len() {
        let head = |id: usize| &crossing.levels(id)[..strata.len()];
        if id == 0 || head(id) != head(id - 1) {
            labels.push(crossing.labels(id)[..strata.len()].join("*"));
        }
        stratum_of.push(labels.len() as u32 - 1);
    }
    Ok(Stage::new(Units::Clusters(crossing), stratum_of, labels))
}

/// A further stage: its strata are the units of the stage before.
fn next_stage(parent: &Stage, strata: &[Category], units: &[Category], rows: usize) -> Stage {
    let axes: Vec<Category> = strata.iter().chain(units).cloned().collect();
    let crossing = Crossing::new(axes, rows);
    let width = strata.len() + units.len() - 1;
    let mut stratum_of = Vec::with_capacity(crossing.len());
    let mut labels: Vec<String> = Vec::new();
    for id in 0..crossing.len() {
        let head = |id: usize| &crossing.levels(id)[..width];
        if id == 0 || head(id) != head(id - 1) {
            labels.push(crossing.labels(id)[..width].join("*"));
        }
        stratum_of.push(labels.len() as u32 - 1);
    }
    debug_assert_eq!(
        labels.len(),
        parent.len(),
        "units of a stage are the strata of the next"
    );
    Stage::new(Units::Clusters(crossing), stratum_of, labels)
}

impl Stage {
    fn new(units: Units, stratum_of: Vec<u32>, strata: Vec<String>) -> Self {
        let mut sizes = vec![0; strata.len()];
        for &stratum in &stratum_of {
            sizes[stratum as usize] += 1;
        }
        let fractions = vec![0.0; strata.len()];
        Self {
            units,
            stratum_of,
            strata,
            sizes,
            fractions,
        }
    }
}

fn refuse_unnested(crossing: &Crossing, names: &[String]) -> Result<(), Error> {
    let mut strata_of: BTreeMap<u32, BTreeSet<usize>> = BTreeMap::new();
    for id in 0..crossing.len() {
        if let Some((unit, _)) = crossing.levels(id).split_last() {
            strata_of.entry(*unit).or_default().insert(id);
        }
    }
    let repeated: Vec<serde_json::Value> = strata_of
        .values()
        .filter(|ids| ids.len() > 1)
        .map(|ids| {
            let strata: Vec<String> = ids
                .iter()
                .map(|&id| {
                    crossing
                        .labels(id)
                        .split_last()
                        .map(|(_, head)| head.join("*"))
                        .unwrap_or_default()
                })
                .collect();
            let unit = ids
                .iter()
                .next()
                .and_then(|&id| crossing.labels(id).last().map(|label| (*label).to_owned()));
            json!({"psu": unit, "strata": strata})
        })
        .collect();
    if repeated.is_empty() {
        return Ok(());
    }
    Err(Error::new(
        Code::PsuNotNested,
        format!(
            "{} codes of {} occur in more than one stratum; if codes start again in every stratum set nest = true",
            repeated.len(),
            names.first().map_or("psu", String::as_str)
        ),
        json!({"units": repeated.len(), "examples": repeated.iter().take(10).collect::<Vec<_>>()}),
    ))
}

/// Sampling fractions by stratum from a column of population counts (or of fractions, if none exceeds 1).
fn fractions(
    stage: &Stage,
    sizes: &[f64],
    columns: &Columns,
    name: &str,
) -> Result<Vec<f64>, Error> {
    let unit_of = stage.unit_of(sizes.len());
    let mut population = vec![f64::NAN; stage.strata.len()];
    let mut faults: BTreeMap<u32, String> = BTreeMap::new();
    for (row, &size) in sizes.iter().enumerate() {
        let stratum = stage.stratum_of[unit_of[row] as usize];
        let known = &mut population[stratum as usize];
        if !(size.is_finite() && size > 0.0) {
            faults
                .entry(stratum)
                .or_insert_with(|| format!("row {}: {name} is {size}", columns.line(row)));
        } else if known.is_nan() {
            *known = size;
        } else if *known != size {
            faults.entry(stratum).or_insert_with(|| {
                format!(
                    "row {}: {name} is {size}, elsewhere {known}",
                    columns.line(row)
                )
            });
        }
    }
    let as_fraction = sizes.iter().all(|size| *size <= 1.0);
    for (stratum, &size) in population.iter().enumerate() {
        if !as_fraction && size < f64::from(stage.sizes[stratum]) {
            faults.entry(stratum as u32).or_insert_with(|| {
                format!(
                    "{} units in the sample, {size} in the population",
                    stage.sizes[stratum]
                )
            });
        }
    }
    if !faults.is_empty() {
        let listed: Vec<serde_json::Value> = faults
            .iter()
            .map(|(stratum, fault)| json!({"stratum": stage.strata[*stratum as usize], "fault": fault}))
            .collect();
        return Err(Error::new(
            Code::InvalidFpc,
            format!(
                "{name} must be the number of units in the stratum's population, the same in all its rows"
            ),
            json!({"strata": listed}),
        ));
    }
    Ok(population
        .iter()
        .zip(&stage.sizes)
        .map(|(size, n)| {
            if as_fraction {
                *size
            } else {
                f64::from(*n) / size
            }
        })
        .collect())
}
