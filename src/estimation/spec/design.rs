//! `[design]`: how the sample was drawn.

use serde::{Deserialize, Serialize};

use crate::estimation::spec::label::Names;

/// How the sample was drawn.
///
/// # Example
///
/// ```toml
/// [design]
/// weight = "w"
/// strata = ["county", "area"]
/// psu = "village"
/// fpc = "villages_in_stratum"
/// lonely_psu = "adjust"
/// ```
///
/// The strata are the cross-classification of county and area, the PSUs are villages, of which the
/// column `villages_in_stratum` gives the number in the population.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DesignSpec {
    /// Column of the base weights d: the inverse inclusion probabilities. ≥ 0; rows with 0 are
    /// out of sample. Absent: every row has weight 1.
    #[serde(default)]
    pub weight: Option<String>,
    /// Column(s) of the strata; several are cross-classified. Absent: one stratum.
    #[serde(default)]
    pub strata: Option<Names>,
    /// Column of the primary sampling units (PSUs); a list gives the units of every stage, the
    /// first stage first. Absent: every row is its own PSU.
    #[serde(default)]
    pub psu: Option<Names>,
    /// Column of the finite population correction, one per stage: the number of units in the
    /// stratum's population or, if no value is above 1, the sampling fraction. Absent: the
    /// population is infinite.
    #[serde(default)]
    pub fpc: Option<Names>,
    /// PSU codes start again in every stratum. Without it, a code in two strata is an error.
    #[serde(default)]
    pub nest: bool,
    /// What a stratum with one PSU contributes to the variance.
    #[serde(default)]
    pub lonely_psu: LonelyPsu,
    /// Apply `adjust` also to strata in which a domain has one PSU only.
    #[serde(default)]
    pub adjust_domain_lonely: bool,
}

/// What a stratum with one PSU contributes to the variance: it has no spread of its own.
///
/// The names are those of R's `options(survey.lonely.psu)`: Lumley 2010, *Complex Surveys*,
/// §3.2.1.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LonelyPsu {
    /// Nothing can be said: `LONELY_PSU`.
    #[default]
    Fail,
    /// Nothing: the PSU was certain to be drawn.
    Certainty,
    /// Nothing: another name for `certainty`.
    Remove,
    /// Its squared distance from the mean of all PSUs: conservative.
    Adjust,
    /// The mean contribution of the other strata.
    Average,
}
