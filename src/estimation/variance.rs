//! The linearised variance of a design, from the totals of influences by sampling unit.
//!
//! # Formula
//!
//! ```text
//! V = Σ_h (1 − f_h) · n_h/(n_h − 1) · Σ_k (u_hk − ū_h)²
//! ```
//!
//! over the strata h and their n_h PSUs k: u_hk the total of the influences in a PSU, ū_h its mean
//! over the PSUs of the stratum, f_h the sampling fraction. PSUs without members of the domain
//! count with u_hk = 0. With finite population corrections at further stages, f_h times the
//! variance within PSUs is added, recursively.
//!
//! # Strata with one PSU
//!
//! n_h − 1 is 0 there. What such a stratum contributes is the policy of the design:
//!
//! | policy | contribution |
//! |---|---|
//! | `fail` | the design is refused |
//! | `certainty`, `remove` | 0 |
//! | `adjust` | (1 − f_h)(u_h1 − ū)², ū the mean of all PSUs of the domain |
//! | `average` | the mean of the other strata: V · strata/strata with two PSUs or more |
//!
//! # Source
//!
//! Särndal, Swensson & Wretman 1992, §4.3; Lumley 2010, *Complex Surveys*, §3.2.1; R's
//! `svyrecvar`.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "units and strata are numbered below their count"
)]

use crate::estimation::count::count;
use crate::estimation::design::sample_design::Design;
use crate::estimation::design::stage::{Stage, Units};
use crate::estimation::spec::design::LonelyPsu;
use crate::estimation::summation::{exact, exact_by, in_order};

/// The covariance matrix, row-major, of estimates with the given influences.
///
/// * `influences`: one vector of rows per estimate, 0 outside the domain, weights and calibration
///   residuals included
/// * `member`: the rows of the domain, for the policies on lonely PSUs; `None`: all rows
///
/// Totals by PSU are exact sums, so the result does not depend on the order of the rows.
///
/// # Example
///
/// Two strata of two PSUs with the totals 1, 2 and 3, 5: V = 2(¼ + ¼) + 2(1 + 1) = 5.
///
/// ```
/// use minyi::estimation::design::Design;
/// use minyi::estimation::spec::{DesignSpec, Names};
/// use minyi::estimation::variance::covariance;
/// use minyi::estimation::{Column, Columns};
///
/// let mut columns = Columns::new();
/// let labels = |labels: [&'static str; 4]| Column::categories(labels.map(Some));
/// columns.push("stratum", labels(["A", "A", "B", "B"]))?;
/// columns.push("psu", labels(["1", "2", "3", "4"]))?;
/// let one = |name: &str| Some(Names::One(name.to_owned()));
/// let spec = DesignSpec { strata: one("stratum"), psu: one("psu"), ..DesignSpec::default() };
/// let design = Design::new(&columns, &spec)?;
/// let v = covariance(&design, &[vec![1.0, 2.0, 3.0, 5.0]], None);
/// assert_eq!(v, [5.0]);
/// # Ok::<(), minyi::estimation::Error>(())
/// ```
#[must_use]
pub fn covariance(design: &Design, influences: &[Vec<f64>], member: Option<&[bool]>) -> Vec<f64> {
    let size = influences.len();
    let mut matrix = vec![0.0; size * size];
    // The product of the sampling fractions of the stages before, by stratum of the stage.
    let mut scale = vec![1.0; design.first().strata.len()];
    for (depth, stage) in design.stages.iter().enumerate() {
        let unit_of = stage.unit_of(design.rows);
        let totals: Vec<Vec<f64>> = influences
            .iter()
            .map(|influence| exact_by(influence, &unit_of, stage.len()))
            .collect();
        let members = member.map(|member| units_with_members(member, &unit_of, stage.len()));
        let variance = if depth == 0 {
            StageVariance::first(design, members.as_deref(), &scale)
        } else {
            StageVariance::further(stage, members.as_deref(), &scale)
        };
        for row in 0..size {
            for column in 0..=row {
                let value = variance.covariance(&totals[row], &totals[column]);
                matrix[row * size + column] += value;
                if row != column {
                    matrix[column * size + row] += value;
                }
            }
        }
        // The strata of the next stage are the units of this one.
        let next: Vec<f64> = stage
            .stratum_of
            .iter()
            .map(|&stratum| scale[stratum as usize] * stage.fractions[stratum as usize])
            .collect();
        if next.iter().all(|scale| *scale == 0.0) {
            break;
        }
        scale = next;
    }
    matrix
}

/// Magnitude below which a double does not hold the square of a number with all its digits.
const SMALLEST: f64 = 1e-140;

/// A variance that was made of the squares of `totals`. NaN if all totals are so small that their
/// squares vanish: then a variance of zero means nothing.
#[must_use]
pub fn in_range(variance: f64, totals: &[f64]) -> f64 {
    let magnitudes = totals.iter().map(|total| total.abs());
    let largest = magnitudes.fold(0.0, f64::max);
    if largest > 0.0 && largest < SMALLEST {
        f64::NAN
    } else {
        variance
    }
}

/// Satterthwaite's degrees of freedom of an estimate from the first stage of a design.
///
/// * `influence`: one value per row, weights and calibration residuals included
/// * `member`: as in [`covariance`]
#[must_use]
pub fn satterthwaite(design: &Design, influence: &[f64], member: Option<&[bool]>) -> f64 {
    let stage = design.first();
    let unit_of = stage.unit_of(design.rows);
    let totals = exact_by(influence, &unit_of, stage.len());
    let members = member.map(|member| units_with_members(member, &unit_of, stage.len()));
    let scale = vec![1.0; stage.strata.len()];
    StageVariance::first(design, members.as_deref(), &scale).satterthwaite(&totals)
}

/// The part of the variance that one stage contributes.
#[derive(Debug)]
pub struct StageVariance<'a> {
    stage: &'a Stage,
    lonely: LonelyPsu,
    /// Whether `adjust` also covers strata in which the domain has one unit.
    adjust_domain: bool,
    /// Whether each unit has members of the domain; `None`: all have.
    members: Option<&'a [bool]>,
    /// Units of the domain in each stratum; `None` as for `members`.
    in_domain: Option<Vec<u32>>,
    /// Factor of each stratum.
    scale: &'a [f64],
}

impl<'a> StageVariance<'a> {
    /// The first stage of a design, with its policy on lonely PSUs.
    ///
    /// * `members`: which units have rows of the domain; `None`: all
    /// * `scale`: one factor per stratum, by which its contribution is multiplied
    #[must_use]
    pub fn first(design: &'a Design, members: Option<&'a [bool]>, scale: &'a [f64]) -> Self {
        Self {
            lonely: design.lonely,
            adjust_domain: design.adjust_domain_lonely,
            ..Self::further(design.first(), members, scale)
        }
    }

    /// A further stage: a stratum with one unit contributes nothing.
    fn further(stage: &'a Stage, members: Option<&'a [bool]>, scale: &'a [f64]) -> Self {
        let in_domain = members.map(|members| {
            let mut units = vec![0; stage.strata.len()];
            for (unit, _) in members.iter().enumerate().filter(|(_, member)| **member) {
                units[stage.stratum_of[unit] as usize] += 1;
            }
            units
        });
        Self {
            stage,
            lonely: LonelyPsu::Certainty,
            adjust_domain: false,
            members,
            in_domain,
            scale,
        }
    }

    /// As [`StageVariance::first`], with the number of units of the domain in each stratum instead
    /// of their list. Only for totals by [part](crate::estimation::moments).
    pub(in crate::estimation) fn of_domain(
        design: &'a Design,
        in_domain: Option<Vec<u32>>,
        scale: &'a [f64],
    ) -> Self {
        Self {
            in_domain,
            ..Self::first(design, None, scale)
        }
    }

    /// The contribution of the stage to the covariance of two estimates.
    ///
    /// # Formula
    ///
    /// ```text
    /// Σ_h scale_h (1 − f_h) n_h/(n_h − 1) Σ_k (a_hk − ā_h)(b_hk − b̄_h)
    /// ```
    ///
    /// * `a`, `b`: totals of the influences of the two estimates, by unit
    ///
    /// Strata with one unit contribute what the policy says.
    #[must_use]
    pub fn covariance(&self, a: &[f64], b: &[f64]) -> f64 {
        self.sum(&self.contributions(a, b))
    }

    /// The variance from what each stratum contributes.
    pub(in crate::estimation) fn sum(&self, contributions: &[f64]) -> f64 {
        let total = in_order(contributions.iter().copied());
        if self.lonely == LonelyPsu::Average {
            // R counts the strata in which the domain has units.
            let strata = 0..self.stage.strata.len();
            let touched = strata.filter(|&h| self.units_of_domain(h) != Some(0));
            let usable = touched.clone().filter(|&h| !self.is_lonely(h));
            return total * count(touched.count()) / count(usable.count());
        }
        total
    }

    /// Satterthwaite's degrees of freedom of the variance of an estimate.
    ///
    /// # Formula
    ///
    /// ```text
    /// (Σ_h v_h)² / Σ_h v_h²/(n_h − 1)
    /// ```
    ///
    /// with v_h what stratum h contributes to the variance. They are PSUs − strata if all strata
    /// contribute alike, and fewer if few strata carry most of the variance. A stratum with one PSU
    /// counts as one with two. NaN if the variance is 0.
    ///
    /// * `totals`: totals of the influences by unit
    ///
    /// # Source
    ///
    /// Satterthwaite 1946, Biometrics Bulletin 2; for strata of a survey: Kott 1994, Journal of
    /// Official Statistics 10.
    #[must_use]
    pub fn satterthwaite(&self, totals: &[f64]) -> f64 {
        self.satterthwaite_of(&self.contributions(totals, totals))
    }

    /// As [`StageVariance::satterthwaite`], from what each stratum contributes.
    pub(in crate::estimation) fn satterthwaite_of(&self, contributions: &[f64]) -> f64 {
        let sum = in_order(contributions.iter().copied());
        let own_df = |h: usize| f64::from(self.stage.sizes[h].max(2) - 1);
        let squares = contributions.iter().enumerate();
        let squares = in_order(squares.map(|(h, v)| v * v / own_df(h)));
        sum * sum / squares
    }

    /// What each stratum contributes to the covariance.
    fn contributions(&self, a: &[f64], b: &[f64]) -> Vec<f64> {
        let strata = self.stage.strata.len();
        let (mean_a, mean_b) = (self.stratum_means(a), self.stratum_means(b));
        let (grand_a, grand_b) = (self.grand_mean(a), self.grand_mean(b));
        let products: Vec<f64> = (0..a.len())
            .map(|unit| {
                let h = self.stage.stratum_of[unit] as usize;
                match self.centre(h) {
                    Centre::Stratum => (a[unit] - mean_a[h]) * (b[unit] - mean_b[h]),
                    Centre::Grand => (a[unit] - grand_a) * (b[unit] - grand_b),
                    Centre::Itself => 0.0,
                }
            })
            .collect();
        let sums = self.by_stratum(&products);
        (0..strata).map(|h| self.factor(h) * sums[h]).collect()
    }

    /// What the sum of squares of a stratum is multiplied with.
    pub(in crate::estimation) fn factor(&self, h: usize) -> f64 {
        let n = f64::from(self.stage.sizes[h]);
        let spread = if self.is_lonely(h) {
            1.0
        } else {
            n / (n - 1.0)
        };
        self.scale[h] * (1.0 - self.stage.fractions[h]) * spread
    }

    /// What the totals of the units of a stratum are compared with.
    pub(in crate::estimation) fn centre(&self, h: usize) -> Centre {
        let adjust = self.lonely == LonelyPsu::Adjust;
        if self.is_lonely(h) {
            // Without members of the domain its total is 0 and says nothing of the domain.
            return if adjust && self.units_of_domain(h) != Some(0) {
                Centre::Grand
            } else {
                Centre::Itself
            };
        }
        if adjust && self.adjust_domain && self.units_of_domain(h) == Some(1) {
            return Centre::Grand;
        }
        Centre::Stratum
    }

    fn is_lonely(&self, h: usize) -> bool {
        self.stage.sizes[h] == 1
    }

    fn units_of_domain(&self, h: usize) -> Option<u32> {
        self.in_domain.as_ref().map(|units| units[h])
    }

    fn by_stratum(&self, values: &[f64]) -> Vec<f64> {
        let (strata, stratum_of) = (self.stage.strata.len(), &self.stage.stratum_of);
        match &self.stage.units {
            Units::Rows | Units::Mixed { .. } => exact_by(values, stratum_of, strata),
            // Clusters are in the order of their labels, so plain sums do not depend on the rows.
            Units::Clusters(_) => {
                let mut sums = vec![0.0; strata];
                for (value, &stratum) in values.iter().zip(stratum_of) {
                    sums[stratum as usize] += value;
                }
                sums
            }
        }
    }

    fn stratum_means(&self, values: &[f64]) -> Vec<f64> {
        self.by_stratum(values)
            .iter()
            .zip(&self.stage.sizes)
            .map(|(sum, n)| sum / f64::from(*n))
            .collect()
    }

    /// The mean over the units of the domain in all strata; only `adjust` needs it.
    fn grand_mean(&self, values: &[f64]) -> f64 {
        if self.lonely != LonelyPsu::Adjust {
            return 0.0;
        }
        let units = self.members.map_or(values.len(), |members| {
            members.iter().filter(|member| **member).count()
        });
        exact(values) / count(units)
    }
}

/// What the total of a unit is compared with.
pub(in crate::estimation) enum Centre {
    /// The mean of its stratum.
    Stratum,
    /// The mean of all units.
    Grand,
    /// Itself: it contributes nothing.
    Itself,
}

/// Whether each of `units` units has rows of the domain.
fn units_with_members(member: &[bool], unit_of: &[u32], units: usize) -> Vec<bool> {
    let mut with_members = vec![false; units];
    for (&unit, _) in unit_of.iter().zip(member).filter(|(_, member)| **member) {
        with_members[unit as usize] = true;
    }
    with_members
}
