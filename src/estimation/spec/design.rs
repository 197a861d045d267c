//! `[design]`: how the sample was drawn.

use serde::{Deserialize, Serialize};

use crate::estimation::spec::label::Names;

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
