//! `[[estimate]]`: one thing to estimate, for the whole and for its domains.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::Names;
use crate::estimation::interval::Method;
use crate::estimation::judgement::Target;

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

/// A code in a specification: a number or a word.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(untagged)]
pub enum Label {
    /// A whole number.
    Integer(i64),
    /// Any number.
    Number(f64),
    /// A word.
    Text(String),
}

impl Label {
    /// Whether a column's level is this code: the same text, or the same number.
    #[must_use]
    pub fn matches(&self, level: &str) -> bool {
        match self {
            Self::Integer(code) => {
                level == code.to_string()
                    || level.trim().parse::<f64>().ok() == code.to_string().parse().ok()
            }
            Self::Number(code) => level.trim().parse::<f64>().ok() == Some(*code),
            Self::Text(code) => level == code,
        }
    }

    /// The code as a number, if it is one.
    #[must_use]
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Integer(code) => code.to_string().parse().ok(),
            Self::Number(code) => Some(*code),
            Self::Text(code) => code.trim().parse().ok(),
        }
    }
}

impl fmt::Display for Label {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(code) => code.fmt(formatter),
            Self::Number(code) => code.fmt(formatter),
            Self::Text(code) => code.fmt(formatter),
        }
    }
}

impl From<i64> for Label {
    fn from(code: i64) -> Self {
        Self::Integer(code)
    }
}

impl From<&str> for Label {
    fn from(code: &str) -> Self {
        Self::Text(code.to_owned())
    }
}

/// One code or several.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(untagged)]
pub enum Labels {
    /// One.
    One(Label),
    /// Several.
    Many(Vec<Label>),
}

impl Labels {
    /// The codes in order.
    #[must_use]
    pub fn as_slice(&self) -> &[Label] {
        match self {
            Self::One(label) => std::slice::from_ref(label),
            Self::Many(labels) => labels,
        }
    }
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
    /// All other codes that the variables may hold; absent: a file is only asked for numbers where `counts` are numbers.
    #[serde(default)]
    pub codes: Vec<Label>,
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
            codes: Vec::new(),
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

pub(super) const fn default_level() -> f64 {
    0.95
}

pub(super) const fn default_alpha() -> f64 {
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
