//! What is to be estimated, as data: the TOML of `minyi estimate` and what the release module builds in memory.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::csv::Role;
use super::error::Error;
use super::interval::Method;
use super::judgement::Target;
use super::weighting::margins::Margins;

/// A whole specification: how the sample was drawn, how it is weighted, what is estimated.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Spec {
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

    /// The columns that an analysis reads, and how; a column needed both ways is read as labels.
    #[must_use]
    pub fn columns(&self, margins: &Margins) -> Vec<(String, Role)> {
        let want = |name: &str, role: Role, names: &mut Vec<(String, Role)>| match names
            .iter_mut()
            .find(|(known, _)| known == name)
        {
            Some((_, known)) if role == Role::Category => *known = role,
            Some(_) => {}
            None => names.push((name.to_owned(), role)),
        };
        let mut names = Vec::new();
        let design = &self.design;
        for name in design
            .weight
            .iter()
            .chain(design.fpc.iter().flat_map(|fpc| fpc.as_slice()))
        {
            want(name, Role::Number, &mut names);
        }
        for name in design
            .strata
            .iter()
            .chain(&design.psu)
            .flat_map(|names| names.as_slice())
        {
            want(name, Role::Category, &mut names);
        }
        if let Some(weighting) = &self.weighting {
            let used = |margin: &&super::Margin| {
                weighting
                    .dimensions
                    .as_ref()
                    .is_none_or(|dimensions| dimensions.contains(&margin.name()))
            };
            for margin in margins.dimensions().iter().filter(used) {
                let role = if margin.is_numeric() {
                    Role::Number
                } else {
                    Role::Category
                };
                margin
                    .variables
                    .iter()
                    .filter(|name| *name != "(Intercept)")
                    .for_each(|name| want(name, role, &mut names));
            }
            if let Some(nonresponse) = &weighting.nonresponse {
                want(&nonresponse.respondent, Role::Number, &mut names);
                nonresponse
                    .classes
                    .iter()
                    .for_each(|name| want(name, Role::Category, &mut names));
            }
        }
        if let Some(blend) = &self.blend {
            want(&blend.mode, Role::Category, &mut names);
            blend
                .calibrators
                .iter()
                .chain(&blend.factor_by)
                .for_each(|name| want(name, Role::Category, &mut names));
            blend
                .volunteer_weight
                .iter()
                .for_each(|name| want(name, Role::Number, &mut names));
        }
        for estimate in &self.estimates {
            let role = if estimate.kind == Kind::Proportion {
                Role::Category
            } else {
                Role::Number
            };
            let variables = estimate
                .variable
                .iter()
                .chain(&estimate.denominator)
                .flat_map(|names| names.as_slice());
            variables.for_each(|name| want(name, role, &mut names));
            let items = estimate.sections.iter().flat_map(|section| &section.items);
            let domains = estimate
                .by
                .iter()
                .flat_map(|names| names.as_slice())
                .chain(estimate.restriction.keys());
            items
                .chain(domains)
                .for_each(|name| want(name, Role::Category, &mut names));
        }
        names
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

/// How base weights become final weights.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct WeightingSpec {
    /// Which adjustment.
    pub method: WeightingMethod,
    /// File of the population margins, for the command; the pure core gets them as a value.
    #[serde(default)]
    pub margins: Option<String>,
    /// Dimensions of the margins to use, e.g. `["county*area", "sex"]`; absent: all.
    #[serde(default)]
    pub dimensions: Option<Vec<String>>,
    /// Smallest and largest g-weight (final over base weight).
    #[serde(default)]
    pub bounds: Option<(f64, f64)>,
    /// Distance of `calibrate`.
    #[serde(default)]
    pub distance: Distance,
    /// Sweeps of raking, or steps of Newton's method, before it is a failure.
    #[serde(default = "default_sweeps")]
    pub max_sweeps: u32,
    /// Largest relative misfit of any margin at the end of a sweep.
    #[serde(default = "default_tolerance")]
    pub tolerance: f64,
    /// Scale every dimension to the total of the first, where they disagree.
    #[serde(default)]
    pub rescale_margins: bool,
    /// Leave out population categories without respondents (post-stratification only).
    #[serde(default)]
    pub partial: bool,
    /// Residual variance: exact least squares, or the convention of another program.
    #[serde(default)]
    pub compat: Option<Compat>,
    /// Limits of the weights after the adjustment.
    #[serde(default)]
    pub trim: Option<TrimSpec>,
    /// Weighting classes for nonresponse, before the adjustment.
    #[serde(default)]
    pub nonresponse: Option<NonresponseSpec>,
}

const fn default_sweeps() -> u32 {
    200
}

const fn default_tolerance() -> f64 {
    1e-8
}

/// Which adjustment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum WeightingMethod {
    /// Iterative proportional fitting; with bounds, exponential calibration.
    Rake,
    /// Calibration by Newton's method.
    Calibrate,
    /// Every cell of one dimension to its total.
    #[serde(alias = "post_stratify", alias = "post-stratify")]
    Poststratify,
}

/// The distance between base and final weights in a calibration.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Distance {
    /// F(u) = 1 + u, generalised regression.
    Linear,
    /// F(u) = eᵘ, the weights of raking.
    #[default]
    #[serde(alias = "raking")]
    Exponential,
    /// F(u) bounded by construction; needs bounds.
    Logit,
}

/// A convention of another program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Compat {
    /// Ten sweeps of unweighted cell-mean residuals, as R's `rake()`.
    RRake,
    /// Weights taken as fixed numbers.
    FixedWeights,
}

/// Limits of the weights, as R's `trimWeights`.
#[derive(Debug, Clone, Copy, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TrimSpec {
    /// Largest weight.
    #[serde(default)]
    pub upper: Option<f64>,
    /// Smallest weight.
    #[serde(default)]
    pub lower: Option<f64>,
    /// Repeat until none is outside.
    #[serde(default)]
    pub strict: bool,
}

/// Nonresponse adjustment in weighting classes: d ← d · Σ eligible d / Σ respondents' d.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct NonresponseSpec {
    /// Column that is 1 for respondents and 0 for eligible nonrespondents.
    pub respondent: String,
    /// Columns whose cross gives the classes.
    pub classes: Vec<String>,
}

/// Replicate weights made from the design.
#[derive(Debug, Clone, Copy, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ReplicateSpec {
    /// How they are made.
    pub method: ReplicateMethod,
    /// Number of bootstrap replicates.
    #[serde(default = "default_replicates")]
    pub count: u32,
    /// Seed of the bootstrap (ChaCha20).
    #[serde(default)]
    pub seed: u64,
    /// Fay's ρ, 0 ≤ ρ < 1.
    #[serde(default = "default_rho")]
    pub rho: f64,
    /// Centre at the full-sample estimate instead of the mean of the replicates.
    #[serde(default)]
    pub mse: bool,
}

const fn default_replicates() -> u32 {
    200
}

const fn default_rho() -> f64 {
    0.3
}

/// How replicates are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ReplicateMethod {
    /// Delete one PSU, one stratum.
    Jk1,
    /// Delete one PSU within strata.
    Jkn,
    /// Balanced half samples; two PSUs per stratum.
    Brr,
    /// Fay's method; two PSUs per stratum.
    Fay,
    /// Rao–Wu rescaling bootstrap with n_h − 1 draws.
    Bootstrap,
}

/// How a probability sample and volunteers are combined (`statistics.md` of the methods chapter in [`super`]).
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct BlendSpec {
    /// Column of the mode.
    pub mode: String,
    /// Codes of the probability sample, e.g. `["onsite", "paper"]`.
    pub reference: Vec<Label>,
    /// Codes of the volunteers, e.g. `["online"]`.
    pub volunteer: Vec<Label>,
    /// Which of the three the published figures are.
    #[serde(default)]
    pub publish: BlendChoice,
    /// How the share of the reference sample is found.
    #[serde(default)]
    pub factor: BlendFactor,
    /// Column within whose levels the factor is found (e.g. county); absent: one factor.
    #[serde(default)]
    pub factor_by: Option<String>,
    /// Columns of behaviour asked in both modes, whose totals from the reference sample calibrate the blend.
    #[serde(default)]
    pub calibrators: Vec<String>,
    /// Largest difference between the modes (in the unit of the estimate) that is not flagged.
    #[serde(default = "default_gap")]
    pub mode_effect: f64,
    /// Base weight of volunteers: absent, the mean reference weight (or, with calibrators, the inverse odds).
    #[serde(default)]
    pub volunteer_weight: Option<String>,
}

const fn default_gap() -> f64 {
    0.05
}

/// Which of the three weightings is published.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum BlendChoice {
    /// The probability sample alone.
    Reference,
    /// The volunteers alone.
    Volunteer,
    /// Both.
    #[default]
    Blended,
}

/// How much the probability sample counts in the blend.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BlendFactor {
    /// n_eff,ref / (n_eff,ref + n_eff,vol).
    #[default]
    EffectiveSize,
    /// (v_vol + b²) / (v_ref + v_vol + b²), b² from the differences of the estimates, pooled.
    BiasAware,
    /// A number fixed by the plan.
    Fixed(f64),
}

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
                level == code.to_string() || level.trim().parse::<f64>().ok() == code.to_string().parse().ok()
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
