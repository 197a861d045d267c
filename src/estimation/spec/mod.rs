//! What is to be estimated, as data: the TOML of `minyi estimate` and what the release module builds in memory.

mod columns;
mod estimate;
mod weighting;

use serde::{Deserialize, Serialize};

use super::error::Error;
pub use estimate::{
    Combine, EstimateSpec, Kind, Label, Labels, Probabilities, QuantileRule, SectionSpec,
};
pub use weighting::{
    BlendChoice, BlendFactor, BlendSpec, Compat, Distance, NonresponseSpec, ReplicateMethod,
    ReplicateSpec, TrimSpec, WeightingMethod, WeightingSpec,
};

/// A whole specification: how the sample was drawn, how it is weighted, what is estimated.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// Texts that are missing values in every column of a file, besides the empty cell.
    #[serde(default)]
    pub missing: Vec<String>,
    /// How the sample was drawn.
    pub design: DesignSpec,
    /// How base weights become final weights; absent: they are final.
    #[serde(default)]
    pub weighting: Option<WeightingSpec>,
    /// Replicate weights instead of linearisation.
    #[serde(default)]
    pub replicates: Option<ReplicateSpec>,
    /// How on-site and online answers are combined.
    #[serde(default)]
    pub blend: Option<BlendSpec>,
    /// What is estimated, in the order of the output.
    #[serde(default, rename = "estimate")]
    pub estimates: Vec<EstimateSpec>,
}

impl Spec {
    /// Reads the TOML of a specification.
    ///
    /// # Errors
    /// `SPEC_INVALID` with the place and the reason.
    pub fn parse(text: &str) -> Result<Self, Error> {
        toml::from_str(text).map_err(|error| Error::spec(error.to_string().trim_end().to_owned()))
    }
}

/// One name or several.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(untagged)]
pub enum Names {
    /// One.
    One(String),
    /// Several.
    Many(Vec<String>),
}

impl Names {
    /// The names in order.
    #[must_use]
    pub fn as_slice(&self) -> &[String] {
        match self {
            Self::One(name) => std::slice::from_ref(name),
            Self::Many(names) => names,
        }
    }
}

/// How the sample was drawn.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DesignSpec {
    /// Column of base weights: ≥ 0, 0 is out of sample; absent: all 1.
    #[serde(default)]
    pub weight: Option<String>,
    /// Column(s) of strata; several are crossed.
    #[serde(default)]
    pub strata: Option<Names>,
    /// Column of primary sampling units; a list gives the units of every stage. Absent: every row is its own unit.
    #[serde(default)]
    pub psu: Option<Names>,
    /// Column of the number of units in the stratum's population (or, if all are ≤ 1, sampling fractions), per stage.
    #[serde(default)]
    pub fpc: Option<Names>,
    /// PSU codes repeat across strata; without it a repeated code is a fault.
    #[serde(default)]
    pub nest: bool,
    /// What to do with a stratum of one PSU.
    #[serde(default)]
    pub lonely_psu: LonelyPsu,
    /// Apply `adjust` also to strata in which the domain has one PSU only.
    #[serde(default)]
    pub adjust_domain_lonely: bool,
}

/// What to do with a stratum that has one PSU.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LonelyPsu {
    /// Refuse with `LONELY_PSU`.
    #[default]
    Fail,
    /// It was certain to be drawn: no variance from it.
    Certainty,
    /// As `certainty`, under R's other name.
    Remove,
    /// Centre it at the mean over all PSUs: conservative.
    Adjust,
    /// It has the mean variance of the other strata.
    Average,
}
