//! `[[estimate]]`: one thing to estimate, for the whole and for its domains.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::estimation::interval::Method;
use crate::estimation::judgement::Target;
use crate::estimation::spec::label::{Label, Labels, Names};

/// What an estimate is. w are the final weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Share of the rows whose code counts: Σw·1(counts)/Σw·1(valid), between 0 and 1.
    #[serde(alias = "share")]
    Proportion,
    /// Weighted mean Σwy/Σw.
    Mean,
    /// Weighted total Σwy.
    Total,
    /// Total over total, Σwa/Σwb.
    Ratio,
    /// Value below which a given share of the population lies.
    Quantile,
    /// Mean over sections of means over items of shares, between 0 and 1.
    Indicator,
    /// Two-way table with tests of independence.
    Crosstab,
    /// Response, cooperation, refusal and contact rates from final dispositions.
    ResponseRates,
    /// Linear combination of the means, shares or ratios of several groups.
    Contrast,
}

impl Kind {
    /// Whether estimates of this kind lie between 0 and 1 and have the intervals and standards of
    /// proportions.
    #[must_use]
    pub const fn is_share(self) -> bool {
        matches!(self, Self::Proportion | Self::Indicator)
    }

    /// Whether an estimate of this kind is a single number with its standard error, an
    /// [`Estimate`](crate::estimation::analysis::estimate::Estimate). The others are tables.
    #[must_use]
    pub const fn is_single_number(self) -> bool {
        !matches!(self, Self::Crosstab | Self::ResponseRates | Self::Contrast)
    }
}

/// One thing to estimate, for the whole and for its domains.
///
/// # Example
///
/// ```toml
/// [[estimate]]                    # a share with a verdict in every county
/// name = "satisfied"
/// kind = "proportion"
/// variable = "s1"
/// counts = [4, 5]
/// missing = [9]
/// by = ["county", ["county", "sex"]]
/// target = ">= 0.90"
/// holm = true
///
/// [[estimate]]                    # an average of shares
/// name = "satisfaction"
/// kind = "indicator"
/// counts = [4, 5]
/// sections = [
///     { code = "transport", items = ["s1", "s2"] },
///     { code = "participation", items = ["p1", "p2"], combine = "any" },
/// ]
///
/// [[estimate]]                    # total over total
/// name = "goods per person"
/// kind = "ratio"
/// variable = "goods"
/// denominator = "household"
///
/// [[estimate]]                    # waves of one pooled design
/// name = "change"
/// kind = "contrast"
/// variable = "s1"
/// counts = [4, 5]
/// by = ["year"]
/// coefficients = { 2025 = -1, 2026 = 1 }
/// ```
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct EstimateSpec {
    /// Name in the output.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// Column(s). Several are added with `factors`; the sum is missing if any value is. A crosstab
    /// takes two: the variable of the rows and that of the columns. Response rates take the column
    /// of dispositions.
    #[serde(default)]
    pub variable: Option<Names>,
    /// One factor per variable. Absent: 1.
    #[serde(default)]
    pub factors: Option<Vec<f64>>,
    /// Column(s) of the denominator of a ratio or of a contrast of ratios.
    #[serde(default)]
    pub denominator: Option<Names>,
    /// One factor per column of the denominator. Absent: 1.
    #[serde(default)]
    pub denominator_factors: Option<Vec<f64>>,
    /// Codes that count, of a proportion, an indicator or a contrast of shares. Absent for a
    /// proportion: a column of 0 and 1.
    #[serde(default, skip_serializing_if = "is_default")]
    pub counts: Vec<Label>,
    /// Codes that mean "missing", besides empty cells: rows with them are outside the base.
    #[serde(default, skip_serializing_if = "is_default")]
    pub missing: Vec<Label>,
    /// All other codes that the variables may hold. Absent: every code in `counts` must occur, and
    /// if `counts` are numbers, the cells of a file must be numbers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub codes: Vec<Label>,
    /// Sections of an indicator.
    #[serde(default, skip_serializing_if = "is_default")]
    pub sections: Vec<SectionSpec>,
    /// Probabilities of a quantile, each above 0 and below 1. Absent: 0.5, the median.
    #[serde(
        default,
        alias = "prob",
        alias = "probability",
        alias = "probabilities",
        alias = "p",
        alias = "quantile"
    )]
    pub probs: Option<Probabilities>,
    /// Rule of a quantile.
    #[serde(default, skip_serializing_if = "is_default")]
    pub quantile_rule: QuantileRule,
    /// Coefficients of a contrast: level of `by` → coefficient. Levels not named have 0.
    #[serde(default, skip_serializing_if = "is_default")]
    pub coefficients: BTreeMap<String, f64>,
    /// e: the share of the cases of unknown eligibility that are counted as eligible, 0 to 1.
    /// Default: eligible cases / cases whose eligibility is known.
    #[serde(default)]
    pub e: Option<f64>,
    /// Column → code(s): the estimate is of the domain of the rows with these codes.
    #[serde(default, rename = "where", skip_serializing_if = "is_default")]
    pub restriction: BTreeMap<String, Labels>,
    /// Domains: each entry is a column, or a list of columns that are cross-classified. A contrast
    /// takes one column, whose levels are its groups.
    #[serde(default, skip_serializing_if = "is_default")]
    pub by: Vec<Names>,
    /// Target of the verdict.
    #[serde(default)]
    pub target: Option<Target>,
    /// Confidence of the two-sided interval, above 0 and below 1.
    #[serde(default = "default_level")]
    pub level: f64,
    /// Error probability of each of the one-sided bounds of the verdict, above 0 and below 1.
    #[serde(default = "default_alpha")]
    pub alpha: f64,
    /// Interval of a proportion or indicator, absent: Korn–Graubard; or of a ratio between 0 and 1,
    /// absent: t. Other kinds always use t.
    #[serde(default)]
    pub interval: Option<Method>,
    /// Degrees of freedom of interval and verdict.
    #[serde(default, skip_serializing_if = "is_default")]
    pub df: DegreesOfFreedom,
    /// Multiply the variance by ν/(ν − q) for interval and verdict, because calibrating to q
    /// parameters makes it too small. The standard error stays as it is.
    #[serde(default, skip_serializing_if = "is_default")]
    pub small_sample: bool,
    /// Correct the verdicts of the levels of each `by` by Holm's method. The verdict of the whole
    /// is not corrected.
    #[serde(default, skip_serializing_if = "is_default")]
    pub holm: bool,
    /// Only the whole gets a verdict, the levels of `by` none.
    #[serde(default, skip_serializing_if = "is_default")]
    pub judge_whole_only: bool,
    /// Fewest rows of the data for a verdict. Absent: any number.
    #[serde(default)]
    pub minimum_rows: Option<u64>,
    /// Fewest rows of the probability sample for a verdict. Absent: any number.
    #[serde(default)]
    pub minimum_sampled: Option<u64>,
}

impl EstimateSpec {
    /// The same without its domains.
    #[must_use]
    pub fn for_the_whole(&self) -> Self {
        Self {
            by: Vec::new(),
            holm: false,
            ..self.clone()
        }
    }

    /// An estimate of that name and kind, every other key at its default.
    #[must_use]
    pub fn new(name: impl Into<String>, kind: Kind) -> Self {
        Self {
            name: name.into(),
            kind,
            variable: None,
            factors: None,
            denominator: None,
            denominator_factors: None,
            counts: Vec::new(),
            missing: Vec::new(),
            codes: Vec::new(),
            sections: Vec::new(),
            probs: None,
            quantile_rule: QuantileRule::default(),
            coefficients: BTreeMap::new(),
            e: None,
            restriction: BTreeMap::new(),
            by: Vec::new(),
            target: None,
            level: default_level(),
            alpha: default_alpha(),
            interval: None,
            df: DegreesOfFreedom::Design,
            small_sample: false,
            holm: false,
            judge_whole_only: false,
            minimum_rows: None,
            minimum_sampled: None,
        }
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

const fn default_level() -> f64 {
    0.95
}

const fn default_alpha() -> f64 {
    0.05
}

/// Where the degrees of freedom of a variance come from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DegreesOfFreedom {
    /// PSUs − strata among the rows of the domain.
    #[default]
    Design,
    /// Satterthwaite's: fewer where few strata carry most of the variance, and never more than
    /// [`DegreesOfFreedom::Design`].
    Satterthwaite,
}

/// One probability or several: `0.5` or `[0.25, 0.5]`.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(untagged)]
pub enum Probabilities {
    /// One.
    One(f64),
    /// Several: one estimate each.
    Many(Vec<f64>),
}

/// A section of an indicator.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SectionSpec {
    /// Its code.
    pub code: String,
    /// The columns of its items.
    pub items: Vec<String>,
    /// How its items combine.
    #[serde(default)]
    pub combine: Combine,
}

/// How the items of a section combine.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Combine {
    /// The mean of the items' shares, each on its own base.
    #[default]
    Mean,
    /// The share of rows with at least one item that counts, among rows with at least one valid
    /// item.
    Any,
}

/// Rule for a quantile of weighted data; names and definitions of R's `survey` 4.1 (`qrule`).
///
/// x₁ ≤ x₂ ≤ … are the values, C_k the cumulative share of the weights up to x_k.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum QuantileRule {
    /// The smallest x_k with C_k ≥ p.
    #[default]
    Math,
    /// As `math`; where C_k = p, the mean of x_k and x_{k+1}.
    School,
    /// The rule of Shah & Vaish (2006).
    Shahvaish,
    /// Type 1 of Hyndman & Fan (1996): `math`.
    Hf1,
    /// Type 2: `school`.
    Hf2,
    /// Type 3: the nearest x_k, at a tie the one with even k.
    Hf3,
    /// Type 4: linear between the points (C_k, x_k).
    Hf4,
    /// Type 5: linear, at the middle of each step.
    Hf5,
    /// Type 6: linear, positions C_k n/(n + 1).
    Hf6,
    /// Type 7: linear, from the lowest at 0 to the highest at 1.
    Hf7,
    /// Type 8: linear, about unbiased for the median.
    Hf8,
    /// Type 9: linear, about unbiased for normal data.
    Hf9,
}
