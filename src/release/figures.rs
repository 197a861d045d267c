//! The figures of one survey, ready to be shown. Pages, JSON and CSV show them without arithmetic.
//! Every estimate has passed [`disclosure`](crate::disclosure).

use serde::{Deserialize, Serialize};

use crate::disclosure::Disclosed;
use crate::estimation::comparison::{self, UnitTotal};
use crate::estimation::sensitivity::Tipping;
use crate::questionnaire::Text;
use crate::release::base_weights::Coverage;
use crate::release::dispositions::GroupRates;
use crate::release::history::{EarlierPlan, Wording};
use crate::survey::plan::{IndicatorKind, Target};

/// Everything a results page shows of one wave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// `satisfaction-2026`.
    pub survey: String,
    /// Title of the questionnaire.
    pub title: Text,
    /// Wave, such as `2026`.
    pub wave: String,
    /// First and last day of collection, `YYYY-MM-DD`.
    pub period: (String, String),
    /// The agency that issues the form.
    pub agency: Text,
    /// When the newest response in the figures was received, RFC 3339 UTC.
    pub updated: String,
    /// Responses stored, before exclusions.
    pub n_received: u64,
    /// Responses that count, volunteers included.
    pub n: u64,
    /// Reason for exclusion and number of excluded responses, in plan order.
    pub exclusions: Vec<(Text, u64)>,
    /// Responses that are held and would otherwise count, by the id of the rule that found them; empty for
    /// what a person found.
    pub held: Vec<(String, u64)>,
    /// Invitations that were issued; 0 if none were, and if it is not known how many forms were handed out.
    pub issued: u64,
    /// Responses that count, by mode, in the order onsite, paper, online.
    pub n_by_mode: Vec<(String, u64)>,
    /// Responses that count, by flag; a response may have several.
    pub n_by_flag: Vec<(String, u64)>,
    /// Sampled responses that count.
    pub n_sampled: u64,
    /// Fewest sampled responses for a verdict.
    pub minimum_sampled: Option<u64>,
    /// Drawn PSUs with and without responses; `None` without a frame.
    pub coverage: Option<Coverage>,
    /// Outcome rates of the issued cases, all first; empty without visits. Only those of a release
    /// are filled.
    #[serde(skip)]
    pub outcome_rates: Vec<GroupRates>,
    /// Set when any population figure used is not verified by the bureau.
    pub population_unverified: bool,
    /// Sources of the population figures, each once, in file order.
    pub population_sources: Vec<String>,
    /// Set when the questionnaire has no approval number: everything is a demonstration.
    pub demonstration: bool,
    /// Weighting, if the plan weights.
    pub weighting: Option<WeightingSummary>,
    /// One per indicator of the plan, in plan order.
    pub indicators: Vec<IndicatorFigures>,
    /// For each indicator of the city plan: number, name, leading units, and the items about it.
    pub by_plan_indicator: Vec<PlanIndicatorFigures>,
    /// Evidence against "100 %" targets, such as models on sale that save no water: rows of column
    /// values.
    pub evidence: Option<Evidence>,
    /// SHA-256 of plan.toml, population.csv and questionnaire.toml, hex.
    pub plan_hash: String,
    /// See `plan_hash`.
    pub population_hash: String,
    /// SHA-256 of frame.csv, hex; empty without one.
    pub frame_hash: String,
    /// See `plan_hash`.
    pub questionnaire_hash: String,
    /// The questionnaire versions that the responses answered. The texts in the figures are those of
    /// the newest.
    pub wordings: Vec<Wording>,
    /// The plans that were in use while responses came in, before the one of these figures.
    pub earlier_plans: Vec<EarlierPlan>,
    /// Version of this software.
    pub software: String,
}

/// How far weighting went, for the method note.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WeightingSummary {
    /// λ, how much the sampled count in a blend, 0 to 1; `None` if the figures are no blend.
    pub sampled_share: Option<f64>,
    /// Whether the figures are those of the sampled alone.
    pub is_sampled_alone: bool,
    /// Whether the base weights come from the frame.
    pub is_from_frame: bool,
    /// Population dimensions raked to.
    pub rake: Vec<String>,
    /// Sweeps until every margin was met.
    pub sweeps: u32,
    /// Largest relative misfit of a margin after the last sweep.
    pub max_misfit: f64,
    /// Kish's design effect of the weights, n Σw² / (Σw)².
    pub kish_deff: f64,
    /// (Σw)² / Σw².
    pub n_effective: f64,
    /// Smallest and largest ratio of final to base weight.
    pub g_range: (f64, f64),
    /// Distinct population characteristics with weighted and unweighted sample shares:
    /// dimension title, category label, unweighted share, weighted share, population share; shares in 0..=1.
    pub composition: Vec<CompositionRow>,
}

/// One row of the sample composition table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CompositionRow {
    /// Dimension, such as 性别.
    pub dimension: Text,
    /// Category label.
    pub category: Text,
    /// Unweighted n.
    pub n: u64,
    /// Unweighted share of the sample, 0..=1; `None` in public figures.
    pub unweighted: Option<f64>,
    /// Weighted share, 0..=1.
    pub weighted: f64,
    /// Share in the population, 0..=1.
    pub population: f64,
}

/// One indicator of the plan: the headline and everything around it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IndicatorFigures {
    /// Code in plan.toml.
    pub code: String,
    /// Number in the city plan, such as 38.
    pub number: Option<u16>,
    /// Title.
    pub title: Text,
    /// Share, mean or ratio.
    pub kind: IndicatorKind,
    /// Unit of a mean; empty for shares.
    pub unit: Text,
    /// How to read it; may be empty.
    pub note: Text,
    /// What is promised.
    pub target: Option<Target>,
    /// The national pass line, 0..=1, where there is one.
    pub national_line: Option<f64>,
    /// Fewest responses the plan asks for.
    pub minimum_sample: Option<u64>,
    /// The whole city.
    pub whole: Disclosed,
    /// Unweighted share or mean of the same responses, to show what weighting did. `None` if the
    /// headline is suppressed.
    pub unweighted: Option<f64>,
    /// Domain tables in plan order (`county`, `mode`, …).
    pub domains: Vec<DomainTable>,
    /// "Don't know" and what it could change; `None` if no question has such a code.
    pub dont_know: Option<DontKnow>,
    /// The headline under other choices, in the order of the table. Empty for a survey without
    /// volunteers.
    pub sensitivity: Vec<OtherChoice>,
    /// How far an input must move until the verdict changes, with the words for the category of the
    /// margin (empty without one). `None` without a verdict.
    pub tipping: Option<(Tipping, Text)>,
    /// Sampled, volunteers and both; `None` if the survey has no volunteers.
    pub parts: Option<PartComparison>,
    /// The channels that move it, or the volunteers' figure beside it, by more than half a point; the
    /// largest move first.
    pub channels: Vec<ChannelEffect>,
    /// What the largest address blocks move by more than half a point.
    pub block: Option<BlockEffect>,
    /// Sections of the indicator (five domains of satisfaction, four categories of participation).
    pub sections: Vec<SectionFigures>,
    /// Against the wave before. `None` without one, or if one of the two is suppressed.
    pub change: Option<Change>,
    /// What each PSU contributes to the headline, for the change to the next wave. Not published.
    pub contributions: Vec<UnitTotal>,
    /// Trend: wave and estimate, oldest first, this wave last.
    pub trend: Vec<(String, Disclosed)>,
}

/// Estimates for every level of one domain variable.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DomainTable {
    /// Variable, such as `county`.
    pub dimension: String,
    /// Its title.
    pub title: Text,
    /// Level code, label, parent's code for zones, estimate.
    pub rows: Vec<DomainRow>,
}

/// One level of a domain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DomainRow {
    /// Level, such as `411702`.
    pub level: String,
    /// Label.
    pub label: Text,
    /// Place on the tile map (column, row), for areas.
    pub grid: Option<(u16, u16)>,
    /// Estimate.
    pub estimate: Disclosed,
}

/// "Don't know" and what it could change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DontKnow {
    /// Share of "don't know" among the answers to the items, 0 to 1.
    pub share: Disclosed,
    /// The headline if nobody who did not know would count.
    pub all_against: Disclosed,
    /// The headline if everybody who did not know would count.
    pub all_for: Disclosed,
}

/// The headline under another choice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OtherChoice {
    /// Code of the choice, such as `pooled`.
    pub code: String,
    /// The estimate; suppressed also if the choice cannot be computed.
    pub estimate: Disclosed,
}

/// Those who were drawn against those who were not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PartComparison {
    /// The sampled alone, weighted to the population.
    pub sampled: Disclosed,
    /// The volunteers alone, weighted to the population and to the sampled totals of the
    /// calibrators.
    pub volunteer: Disclosed,
    /// Both together, by the bias-aware λ.
    pub blend: Disclosed,
    /// The volunteers alone if nothing was held; `None` if nothing is.
    pub volunteer_with_held: Option<Disclosed>,
    /// Volunteers minus sampled, with its test. `None` if one of the two is suppressed.
    pub difference: Option<comparison::Change>,
}

/// What the responses of one channel move.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChannelEffect {
    /// Code of the group in files.
    pub code: String,
    /// What it is called. Never a name that a stranger chose.
    pub label: Text,
    /// Its responses.
    pub n: u64,
    /// All responses that nobody drew; in a survey without volunteers, all.
    pub of: u64,
    /// Most of its responses that came in one hour.
    pub busiest_hour: u64,
    /// The figure of the volunteers; in a survey without volunteers, of all.
    pub with: Disclosed,
    /// The same figure without this channel.
    pub without: Disclosed,
    /// `with` − `without`.
    pub moved: f64,
    /// The published figure without this channel; `None` if it cannot be computed.
    pub headline_without: Option<Disclosed>,
    /// The published figure minus that.
    pub headline_moved: f64,
}

impl ChannelEffect {
    /// The larger of the two moves, without sign.
    pub fn largest_move(&self) -> f64 {
        self.moved.abs().max(self.headline_moved.abs())
    }
}

/// What the largest address block of each day moves, counted without weights.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct BlockEffect {
    /// Days on which the largest block gave enough to be shown.
    pub days: u64,
    /// Responses of the largest blocks of these days.
    pub n: u64,
    /// All responses of the open link on these days.
    pub of: u64,
    /// Mean score of all, 0 to 1.
    pub with: f64,
    /// Mean score without the largest blocks.
    pub without: f64,
}

impl BlockEffect {
    /// The mean score minus that without the largest blocks.
    pub fn moved(&self) -> f64 {
        self.with - self.without
    }
}

/// A section of an indicator with its items.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SectionFigures {
    /// Code in plan.toml.
    pub code: String,
    /// Title.
    pub title: Text,
    /// The section's figure.
    pub estimate: Disclosed,
    /// Its items in file order.
    pub items: Vec<ItemFigures>,
}

/// One question's figure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ItemFigures {
    /// Question code.
    pub code: String,
    /// Question text.
    pub text: Text,
    /// Share that counts, or mean.
    pub estimate: Disclosed,
    /// Weighted distribution over the choices: code, label, share of valid answers 0..=1 (missing
    /// codes left out). Empty for numbers and if the estimate is suppressed.
    pub distribution: Vec<(String, Text, f64)>,
    /// Unweighted count of missing-coded answers (don't know); 0 if the estimate is suppressed.
    pub n_missing: u64,
}

/// The change from the wave before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// The wave before, such as `satisfaction-2025`.
    pub previous: String,
    /// This wave minus the wave before, with its test.
    pub difference: comparison::Change,
}

/// The items that speak of one indicator of the city plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlanIndicatorFigures {
    /// Number in the plan.
    pub number: u16,
    /// Name.
    pub name: Text,
    /// Leading units.
    pub lead: Text,
    /// The items.
    pub items: Vec<ItemFigures>,
}

/// Failing units behind a "100 %" target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// Title of the table.
    pub title: Text,
    /// Column titles.
    pub columns: Vec<Text>,
    /// Rows of values: the labels of choices, and what was written.
    pub rows: Vec<Vec<Text>>,
}

impl Figures {
    /// The share of the received responses that count; `None` if none was received.
    pub fn valid_share(&self) -> Option<f64> {
        let number = |n: u64| f64::from(u32::try_from(n).unwrap_or(u32::MAX));
        (self.n_received > 0).then(|| number(self.n) / number(self.n_received))
    }
}

impl ItemFigures {
    /// Share of the two last choices of a scale of four or more: the far end from what counts.
    pub fn far_end(&self) -> Option<f64> {
        let far = self
            .distribution
            .iter()
            .rev()
            .take(2)
            .map(|(_, _, share)| share);
        (self.distribution.len() >= 4).then(|| far.sum())
    }
}
