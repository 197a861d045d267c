//! The sample design as a value: strata, sampling units of every stage, weights, finite population corrections.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "units and strata are numbered below their count"
)]

use std::sync::Arc;

use serde_json::json;

use crate::estimation::columns::{Category, Columns, MISSING};
use crate::estimation::design::base_weights::base_weights;
use crate::estimation::design::fpc::fractions;
use crate::estimation::design::stage::{Stage, first_stage, next_stage};
use crate::estimation::error::{Code, Error};
use crate::estimation::spec::design::{DesignSpec, LonelyPsu};
use crate::estimation::spec::label::Names;
use crate::estimation::weighting::adjustment::{Adjustment, Residual};

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

impl Design {
    /// Reads a design from columns.
    ///
    /// # Errors
    /// `UNKNOWN_COLUMN`, `NOT_A_NUMBER`, `INVALID_WEIGHT`, `NA_IN_DESIGN_VARIABLE`, `PSU_NOT_NESTED`, `LONELY_PSU`
    /// (policy `fail`), `INVALID_FPC`.
    pub fn new(columns: &Columns, spec: &DesignSpec) -> Result<Self, Error> {
        let rows = columns.rows();
        let base = Arc::new(base_weights(columns, spec)?);
        let names =
            |names: &Option<Names>| names.as_ref().map_or(&[][..], Names::as_slice).to_vec();
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
                stage.fractions = fractions(&stage, &sizes, rows, name)?;
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

    /// Degrees of freedom: PSUs − strata among the rows that `member` marks and that have a weight.
    #[must_use]
    pub fn degrees_of_freedom_of_rows(&self, member: &[bool]) -> f64 {
        let first = self.first();
        let mut units = vec![false; first.len()];
        for (row, unit) in first.unit_of(self.rows).into_iter().enumerate() {
            if member[row]
                && self.weights[row] != 0.0
                && let Some(with) = usize::try_from(unit)
                    .ok()
                    .and_then(|unit| units.get_mut(unit))
            {
                *with = true;
            }
        }
        self.degrees_of_freedom(&units)
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
            .map(|(row, _)| row + 1)
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
