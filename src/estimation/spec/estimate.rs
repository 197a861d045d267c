//! `[[estimate]]`: one thing to estimate, for the whole and for its domains.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::estimation::interval::Method;
use crate::estimation::judgement::Target;
use crate::estimation::spec::label::{Label, Labels, Names};

/// What an estimate is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Share of rows whose code counts.
    #[serde(alias = "share")]
    Proportion,
    /// Weighted mean.
    Mean,
    /// Weighted total.
    Total,
    /// Total over total.
    Ratio,
    /// Value below which a share of the population lies.
    Quantile,
    /// Mean over sections of means over items of shares.
    Indicator,
}

/// One thing to estimate, for the whole and for its domains.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct EstimateSpec {
    /// Name in the output.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// Column(s); several are added with `factors`, missing if any part is.
    #[serde(default)]
    pub variable: Option<Names>,
    /// One factor per variable; absent: 1.
    #[serde(default)]
    pub factors: Option<Vec<f64>>,
    /// Column(s) of the denominator of a ratio.
    #[serde(default)]
    pub denominator: Option<Names>,
    /// One factor per denominator column; absent: 1.
    #[serde(default)]
    pub denominator_factors: Option<Vec<f64>>,
    /// Codes that count, of a proportion or indicator; absent for a proportion: a column of 0 and 1.
    #[serde(default)]
    pub counts: Vec<Label>,
    /// Codes outside the base, besides empty cells.
    #[serde(default)]
    pub missing: Vec<Label>,
    /// Sections of an indicator.
    #[serde(default)]
    pub sections: Vec<SectionSpec>,
    /// Probabilities of a quantile; absent: the median.
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
    #[serde(default)]
    pub quantile_rule: QuantileRule,
    /// Restriction to rows with these codes, as a domain: column → codes.
    #[serde(default, rename = "where")]
    pub restriction: BTreeMap<String, Labels>,
    /// Domains: each entry is a column, or a list of columns to be crossed.
    #[serde(default)]
    pub by: Vec<Names>,
    /// Target of the verdict.
    #[serde(default)]
    pub target: Option<Target>,
    /// Confidence of the two-sided interval.
    #[serde(default = "default_level")]
    pub level: f64,
    /// Error probability per side of the verdict.
    #[serde(default = "default_alpha")]
    pub alpha: f64,
    /// Interval of a proportion or indicator; means, totals and ratios always use t.
    #[serde(default)]
    pub interval: Option<Method>,
    /// Holm's correction of the verdicts over the levels of each `by`; the whole is not corrected.
    #[serde(default)]
    pub holm: bool,
}

impl EstimateSpec {
    /// An estimate of that name and kind, everything else at its default.
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
            sections: Vec::new(),
            probs: None,
            quantile_rule: QuantileRule::default(),
            restriction: BTreeMap::new(),
            by: Vec::new(),
            target: None,
            level: default_level(),
            alpha: default_alpha(),
            interval: None,
            holm: false,
        }
    }
}

const fn default_level() -> f64 {
    0.95
}

const fn default_alpha() -> f64 {
    0.05
}

/// One probability or several.
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
    /// Its item columns.
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
    /// The share of rows with at least one item that counts, among rows with at least one valid item.
    Any,
}

/// R's rules for a quantile of weighted data.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum QuantileRule {
    /// Smallest value whose cumulative share reaches p (R's `hf1` for weights).
    #[default]
    Math,
    /// As `math`, the mean of two values where the cumulative share equals p.
    School,
    /// Shah & Vaish.
    Shahvaish,
    /// Hyndman–Fan type 1.
    Hf1,
    /// Hyndman–Fan type 2.
    Hf2,
    /// Hyndman–Fan type 3.
    Hf3,
    /// Hyndman–Fan type 4.
    Hf4,
    /// Hyndman–Fan type 5.
    Hf5,
    /// Hyndman–Fan type 6.
    Hf6,
    /// Hyndman–Fan type 7.
    Hf7,
    /// Hyndman–Fan type 8.
    Hf8,
    /// Hyndman–Fan type 9.
    Hf9,
}
