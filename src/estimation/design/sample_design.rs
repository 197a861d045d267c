//! The sample design as a value: stages of sampling and weights. Estimators are functions of it.
//!
//! A design is made once from columns ([`Design::new`]), its weights are adjusted
//! ([`apply`](crate::estimation::weighting::steps::apply)), and every estimate of every domain uses
//! it. Its vectors are shared, so a copy is cheap.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "units and strata are numbered below their count"
)]

use std::sync::Arc;

use serde_json::json;

use crate::estimation::columns::{Category, Columns, MISSING};
use crate::estimation::count::count;
use crate::estimation::design::base_weights::base_weights;
use crate::estimation::design::fpc::fractions;
use crate::estimation::design::stage::Stage;
use crate::estimation::error::{Code, Error};
use crate::estimation::spec::design::{DesignSpec, LonelyPsu};
use crate::estimation::spec::label::Names;
use crate::estimation::weighting::adjustment::{Adjustment, Residual};

/// Strata listed in a message.
const LISTED_STRATA: usize = 10;

/// Rows listed in an error.
const LISTED_ROWS: usize = 20;

/// How the sample was drawn and how it is weighted.
#[derive(Debug, Clone)]
pub struct Design {
    /// Number of rows.
    pub rows: usize,
    /// Base weight d of each row; after the adjustment for nonresponse, if there is one.
    pub base: Arc<Vec<f64>>,
    /// Final weight w of each row.
    pub weights: Arc<Vec<f64>>,
    /// Stages of sampling, at least one; the first stage first.
    pub stages: Vec<Stage>,
    /// What a stratum with one PSU contributes to the variance.
    pub lonely: LonelyPsu,
    /// Whether `adjust` also covers strata in which a domain has one PSU.
    pub adjust_domain_lonely: bool,
    /// Adjustments from base to final weights, in order.
    pub adjustments: Vec<Adjustment>,
}

impl Design {
    /// Reads a design from columns. Final weights are the base weights until [`Design::push`].
    ///
    /// # Errors
    ///
    /// | code | if |
    /// |---|---|
    /// | `UNKNOWN_COLUMN`, `NOT_A_NUMBER` | a column of `spec` does not exist, or is not numeric |
    /// | `INVALID_WEIGHT` | a base weight is missing, negative, infinite or cannot be squared |
    /// | `NA_IN_DESIGN_VARIABLE` | a stratum or unit is missing in a row |
    /// | `PSU_NOT_NESTED` | a PSU code is in two strata and `nest` is false |
    /// | `INVALID_FPC` | a population size is impossible or differs within a stratum |
    /// | `LONELY_PSU` | a stratum has one PSU and the policy is `fail` |
    pub fn new(columns: &Columns, spec: &DesignSpec) -> Result<Self, Error> {
        let rows = columns.rows();
        let base = Arc::new(base_weights(columns, spec)?);
        let unit_names = names(&spec.psu);
        let strata = categories(columns, names(&spec.strata))?;
        let units = categories(columns, unit_names)?;
        let mut stages: Vec<Stage> = Vec::new();
        for depth in 0..units.len().max(1) {
            let mut stage = if depth == 0 {
                let name = unit_names.first().map_or("psu", String::as_str);
                Stage::first(&strata, units.first(), name, rows, spec.nest)?
            } else {
                Stage::next(&strata, &units[..=depth], rows)
            };
            if let Some(name) = names(&spec.fpc).get(depth) {
                let sizes = columns.get(name)?.to_numbers(name)?.decode();
                stage.fractions = fractions(&stage, &sizes, columns, name)?;
            }
            stages.push(stage);
        }
        Self::of_stages(base, stages, spec)
    }

    /// A design of one stage in which every row without a unit label is a unit of its own. `fpc` of
    /// `spec` is not read.
    ///
    /// # Errors
    /// Those of [`Design::new`].
    pub(in crate::estimation) fn with_rows_as_units(
        columns: &Columns,
        spec: &DesignSpec,
    ) -> Result<Self, Error> {
        let rows = columns.rows();
        let base = Arc::new(base_weights(columns, spec)?);
        let strata = categories(columns, names(&spec.strata))?;
        let stage = match names(&spec.psu).first() {
            Some(name) => Stage::mixed(&strata, &columns.get(name)?.to_category(), rows),
            None => Stage::first(&strata, None, "psu", rows, true)?,
        };
        Self::of_stages(base, vec![stage], spec)
    }

    fn of_stages(
        base: Arc<Vec<f64>>,
        stages: Vec<Stage>,
        spec: &DesignSpec,
    ) -> Result<Self, Error> {
        let design = Self {
            rows: base.len(),
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

    /// The first stage, whose units are the PSUs.
    #[must_use]
    pub fn first(&self) -> &Stage {
        &self.stages[0]
    }

    /// Whether the variance takes residuals on auxiliaries. R keeps all rows of such a design in
    /// every domain.
    #[must_use]
    pub fn is_calibrated(&self) -> bool {
        self.adjustments
            .iter()
            .any(|adjustment| adjustment.residual != Residual::Fixed)
    }

    /// Adds an adjustment; its weights are the new final weights.
    pub fn push(&mut self, adjustment: Adjustment) {
        self.weights = Arc::clone(&adjustment.after);
        self.adjustments.push(adjustment);
    }

    /// Degrees of freedom of a domain: its PSUs − its strata.
    ///
    /// * `member`: which PSUs have rows of the domain
    ///
    /// # Example
    ///
    /// ```
    /// use minyi::estimation::design::Design;
    /// use minyi::estimation::spec::{DesignSpec, Names};
    /// use minyi::estimation::{Column, Columns};
    ///
    /// let mut columns = Columns::new();
    /// columns.push("stratum", Column::categories(["A", "A", "A", "B", "B"].map(Some)))?;
    /// columns.push("psu", Column::categories(["1", "2", "3", "4", "5"].map(Some)))?;
    /// let one = |name: &str| Some(Names::One(name.to_owned()));
    /// let spec = DesignSpec { strata: one("stratum"), psu: one("psu"), ..DesignSpec::default() };
    /// let design = Design::new(&columns, &spec)?;
    /// assert_eq!(design.degrees_of_freedom(&[true; 5]), 3.0);
    /// assert_eq!(design.degrees_of_freedom(&[true, true, false, false, false]), 1.0);
    /// # Ok::<(), minyi::estimation::Error>(())
    /// ```
    ///
    /// # Source
    ///
    /// Korn & Graubard 1999, *Analysis of Health Surveys*; R's `degf`.
    #[must_use]
    pub fn degrees_of_freedom(&self, member: &[bool]) -> f64 {
        let first = self.first();
        let units: Vec<usize> = (0..member.len()).filter(|&unit| member[unit]).collect();
        let mut strata = vec![false; first.strata.len()];
        for &unit in &units {
            strata[first.stratum_of[unit] as usize] = true;
        }
        count(units.len()) - count(strata.iter().filter(|used| **used).count())
    }

    /// Degrees of freedom of a domain: PSUs − strata among its rows with a weight. `member` marks
    /// the rows of the domain.
    #[must_use]
    pub fn degrees_of_freedom_of_rows(&self, member: &[bool]) -> f64 {
        self.degrees_of_freedom(&self.units_of_rows(member))
    }

    /// Whether every unit of every stratum is in the sample, of those strata in which a domain has
    /// PSUs: then its estimates have no sampling error.
    ///
    /// * `member`: which PSUs have rows of the domain
    #[must_use]
    pub fn is_census(&self, member: &[bool]) -> bool {
        let first = self.first();
        let mut units = first.stratum_of.iter().zip(member);
        let drawn_whole = |stratum: u32| first.fractions[stratum as usize] >= 1.0;
        let mut further = self
            .stages
            .iter()
            .skip(1)
            .flat_map(|stage| &stage.fractions);
        units.all(|(stratum, member)| !member || drawn_whole(*stratum))
            && further.all(|fraction| *fraction >= 1.0)
    }

    /// As [`Design::is_census`]; `member` marks the rows of the domain.
    #[must_use]
    pub fn is_census_of_rows(&self, member: &[bool]) -> bool {
        self.is_census(&self.units_of_rows(member))
    }

    /// Which PSUs have rows of a domain with a weight. `member` marks the rows of the domain.
    fn units_of_rows(&self, member: &[bool]) -> Vec<bool> {
        let first = self.first();
        let mut units = vec![false; first.len()];
        for (row, unit) in first.unit_of(self.rows).into_iter().enumerate() {
            if member[row]
                && self.weights[row] != 0.0
                && let Some(has_rows) = units.get_mut(unit as usize)
            {
                *has_rows = true;
            }
        }
        units
    }

    /// Refuses strata with one PSU, unless all of the stratum was drawn.
    fn refuse_lonely(&self) -> Result<(), Error> {
        let first = self.first();
        let lonely: Vec<&str> = (0..first.strata.len())
            .filter(|&h| first.sizes[h] == 1 && first.fractions[h] < 1.0)
            .map(|h| first.strata[h].as_str())
            .collect();
        if lonely.is_empty() {
            return Ok(());
        }
        let listed: Vec<&str> = lonely.iter().take(LISTED_STRATA).copied().collect();
        Err(Error::new(
            Code::LonelyPsu,
            format!(
                "strata with a single PSU have no variance of their own: {}; merge each with a \
                 neighbour, or set lonely_psu to adjust, average or certainty",
                listed.join(", ")
            ),
            json!({
                "strata": lonely,
                "remedies": [
                    "merge with a neighbouring stratum", "adjust", "average", "certainty"
                ],
            }),
        ))
    }
}

/// The names of an optional key.
fn names(names: &Option<Names>) -> &[String] {
    names.as_ref().map_or(&[], Names::as_slice)
}

/// The categories of design variables.
///
/// # Errors
/// `NA_IN_DESIGN_VARIABLE` if one is missing in a row, `UNKNOWN_COLUMN`.
fn categories(columns: &Columns, names: &[String]) -> Result<Vec<Category>, Error> {
    let mut categories = Vec::new();
    for name in names {
        let category = columns.get(name)?.to_category();
        if category.codes.any_missing() {
            refuse_missing(columns, name, &category)?;
        }
        categories.push(category);
    }
    Ok(categories)
}

/// Refuses a design variable that is missing in a row, with the first rows.
fn refuse_missing(columns: &Columns, name: &str, category: &Category) -> Result<(), Error> {
    let missing: Vec<usize> = category
        .decode()
        .iter()
        .enumerate()
        .filter(|(_, code)| **code == MISSING)
        .map(|(row, _)| columns.line(row))
        .collect();
    let Some(first) = missing.first() else {
        return Ok(());
    };
    let rows = missing.len();
    let listed: Vec<&usize> = missing.iter().take(LISTED_ROWS).collect();
    Err(Error::new(
        Code::NaInDesignVariable,
        format!("design variable {name} is missing in {rows} rows (first: {first})"),
        json!({"column": name, "missing": rows, "first_rows": listed}),
    ))
}
