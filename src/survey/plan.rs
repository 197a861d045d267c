//! `plan.toml`: how the answers of a wave become its figures. It is fixed before fieldwork and
//! hashed.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::estimation::spec::LonelyPsu;
use crate::questionnaire::Text;
use crate::survey::channel::Channel;
use crate::survey::judgement::Judgement;
use crate::survey::lines::Lines;
use crate::survey::text::{optional_text, text, texts, texts_by_code};

/// The plan of one wave.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Survey, such as `satisfaction`.
    pub survey: String,
    /// Wave, such as `2026`.
    pub wave: String,
    /// The file of the sample frame, relative to the folder; `frame.csv` if missing.
    pub frame: Option<String>,
    /// The file of the population margins, relative to the folder; `population.csv` if missing.
    pub population: Option<String>,
    /// How on-site and online responses are combined.
    #[serde(default)]
    pub modes: Modes,
    /// Channels of the open link that are announced; any other is the open web.
    #[serde(default, rename = "channel")]
    pub channels: Vec<Channel>,
    /// Analysis variables made from answers, by name.
    #[serde(default)]
    pub variables: BTreeMap<String, Variable>,
    /// Rules that exclude responses from the figures. Excluded responses are counted and listed.
    #[serde(default, rename = "exclusion")]
    pub exclusions: Vec<Exclusion>,
    /// Base weights and raking.
    #[serde(default)]
    pub weighting: Weighting,
    /// Strata and PSUs.
    #[serde(default)]
    pub design: DesignColumns,
    /// Intervals and verdicts.
    #[serde(default)]
    pub judgement: Judgement,
    /// The indicators, headline first.
    #[serde(rename = "indicator")]
    pub indicators: Vec<Indicator>,
    /// A table of answers that explain why a target of 100 % was missed.
    pub evidence: Option<EvidencePlan>,
}

/// How the modes are combined into one figure.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Modes {
    /// Modes with an enumerator.
    pub onsite: Vec<String>,
    /// Modes without one. Empty where nobody answers by the open link.
    pub online: Vec<String>,
    /// How the headline figure is made.
    pub combine: Combine,
}

impl Modes {
    /// Whether responses of `mode` count in this survey.
    #[must_use]
    pub fn has(&self, mode: &str) -> bool {
        let mut modes = self.onsite.iter().chain(&self.online);
        modes.any(|known| known == mode)
    }
}

impl Default for Modes {
    fn default() -> Self {
        Self {
            onsite: vec!["onsite".into(), "paper".into()],
            online: vec!["online".into()],
            combine: Combine::Sampled,
        }
    }
}

/// What the headline figure rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Combine {
    /// The sampled responses alone. Volunteers are shown beside them.
    Sampled,
    /// Sampled and volunteers, calibrated to the sampled totals of the calibrators. Volunteers can
    /// take a verdict away, never give one.
    Calibrated,
    /// All responses as one sample. Only for surveys without volunteers, such as registers of
    /// shops.
    Pool,
}

/// How an analysis variable is made from answers.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variable {
    /// The question whose answers it takes.
    pub question: String,
    /// `parent` replaces an area by its parent, so that a zone counts in its county.
    pub to: Option<String>,
    /// Title of the variable; the question's text if missing.
    #[serde(default, deserialize_with = "optional_text")]
    pub title: Option<Text>,
    /// Categories that combine several answers: answer codes by new category.
    #[serde(default)]
    pub group: BTreeMap<String, Vec<toml::Value>>,
    /// The words for the categories of `group`.
    #[serde(default, deserialize_with = "texts_by_code")]
    pub label: BTreeMap<String, Text>,
}

impl Variable {
    /// The category of the answer `code`: its group, or the code itself.
    pub fn category<'a>(&'a self, code: &'a str) -> &'a str {
        let mut groups = self.group.iter();
        let group = groups.find(|(_, codes)| codes.iter().any(|member| as_code(member) == code));
        group.map_or(code, |(name, _)| name)
    }

    /// The answer codes of all groups.
    pub fn members(&self) -> impl Iterator<Item = Cow<'_, str>> {
        self.group.values().flatten().map(as_code)
    }
}

/// An answer code as it is stored; plans write codes that are numbers without quotes.
pub(super) fn as_code(value: &toml::Value) -> Cow<'_, str> {
    match value {
        toml::Value::String(text) => Cow::Borrowed(text),
        other => Cow::Owned(other.to_string()),
    }
}

/// A rule that excludes responses.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exclusion {
    /// Stable name.
    pub code: String,
    /// A rule about `duration` (seconds) and `mode`, in the rule language of questionnaires.
    pub rule: String,
    /// The reason in words.
    #[serde(deserialize_with = "text")]
    pub text: Text,
}

/// Base weights and raking.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Weighting {
    /// `frame` for two-stage weights from the frame; a population dimension, such as `county*urban`,
    /// for N_h / n_h; `none` for base weights of 1.
    pub base: String,
    /// Population dimensions to rake to; empty for no raking.
    pub rake: Vec<String>,
    /// Bounds of the ratio of final weight to base weight. With them, weights are calibrated with the
    /// linear distance, cut off at the bounds, instead of raked.
    pub bounds: Option<[f64; 2]>,
    /// Analysis variables, asked of everyone, whose totals among the sampled bind the volunteers.
    pub calibrators: Vec<String>,
    /// Fewest sampled responses for a verdict.
    pub minimum_sampled: Option<u64>,
}

impl Default for Weighting {
    fn default() -> Self {
        Self {
            base: "none".into(),
            rake: Vec::new(),
            bounds: None,
            calibrators: Vec::new(),
            minimum_sampled: None,
        }
    }
}

/// Strata and PSUs of the on-site sample.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DesignColumns {
    /// `psu` if on-site responses are clustered in their PSU. Older plans write `channel`, which
    /// means the same.
    pub psu: Option<String>,
    /// Variables that, crossed with the mode, form the strata.
    pub strata: Vec<String>,
    /// What a stratum with one PSU contributes to the variance.
    ///
    /// The default is `adjust` (centred at the grand mean, conservative). Early in fieldwork such
    /// strata are common, and there must be figures in spite of them.
    pub lonely_psu: LonelyPsu,
}

impl Default for DesignColumns {
    fn default() -> Self {
        Self {
            psu: None,
            strata: Vec::new(),
            lonely_psu: LonelyPsu::Adjust,
        }
    }
}

/// One figure of the plan.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Indicator {
    /// Stable name.
    pub code: String,
    /// Number in the city plan.
    pub number: Option<u16>,
    /// Title.
    #[serde(deserialize_with = "text")]
    pub title: Text,
    /// Share, mean or ratio.
    pub kind: IndicatorKind,
    /// Unit of a mean.
    #[serde(default, deserialize_with = "text")]
    pub unit: Text,
    /// A note on how to read it.
    #[serde(default, deserialize_with = "text")]
    pub note: Text,
    /// Whether it is shown beside the headline for comparison, without a verdict.
    #[serde(default)]
    pub reference: bool,
    /// Answer codes that count, for shares.
    #[serde(default)]
    pub counts: Vec<toml::Value>,
    /// Answer codes that would count too under a lenient reading, for the sensitivity table.
    #[serde(default)]
    pub lenient: Vec<toml::Value>,
    /// How the items of a section are combined, unless the section has its own rule.
    #[serde(default)]
    pub combine: SectionCombine,
    /// Sections of items, for shares and means.
    #[serde(default, rename = "section")]
    pub sections: Vec<IndicatorSection>,
    /// Terms of a mean, or of a ratio's numerator.
    #[serde(default, rename = "term")]
    pub terms: Vec<Term>,
    /// Terms of a ratio's denominator.
    #[serde(default, rename = "denominator")]
    pub denominators: Vec<Term>,
    /// Variables by which it is broken down.
    #[serde(default)]
    pub domains: Vec<String>,
    /// The target of the city plan.
    #[serde(default, deserialize_with = "target")]
    pub target: Option<Target>,
    /// The national threshold for comparison.
    pub national_line: Option<f64>,
    /// The wave to compare with, such as `satisfaction-2025`.
    pub previous: Option<String>,
    /// Minimum number of responses for a verdict.
    pub minimum_sample: Option<u64>,
}

impl Indicator {
    /// The questions of its items and terms.
    pub fn questions(&self) -> impl Iterator<Item = &str> {
        let sections = self.sections.iter();
        let items = sections.clone().flat_map(|section| &section.items);
        let terms = sections.flat_map(|section| &section.terms);
        let terms = terms.chain(&self.terms).chain(&self.denominators);
        let terms = terms.map(|term| &term.question);
        items.chain(terms).map(String::as_str)
    }
}

/// What an indicator measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum IndicatorKind {
    /// A proportion, shown in percent.
    Share,
    /// A mean in its unit.
    Mean,
    /// A ratio of totals, shown in percent.
    Ratio,
}

/// A target of the city plan.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Target {
    /// At least this (0..=1 for shares and ratios).
    AtLeast(f64),
    /// Less than in the wave before.
    BelowPreviousWave,
}

/// How the items of a section are combined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SectionCombine {
    /// The mean of the items' shares.
    #[default]
    Mean,
    /// The share of respondents with at least one item that counts.
    Any,
}

/// A section of an indicator.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IndicatorSection {
    /// Stable name.
    pub code: String,
    /// Title.
    #[serde(deserialize_with = "text")]
    pub title: Text,
    /// Question codes.
    #[serde(default)]
    pub items: Vec<String>,
    /// Overrides [`Indicator::combine`].
    pub combine: Option<SectionCombine>,
    /// Terms, for means.
    #[serde(default, rename = "term")]
    pub terms: Vec<Term>,
}

/// `factor` × the answer to `question`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Term {
    /// Question code.
    pub question: String,
    /// The number that one unit of the answer counts for.
    #[serde(default = "one")]
    pub factor: f64,
}

/// A table of answers as evidence.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvidencePlan {
    /// Title of the table.
    #[serde(deserialize_with = "text")]
    pub title: Text,
    /// Column titles.
    #[serde(deserialize_with = "texts")]
    pub columns: Vec<Text>,
    /// For each row, the question codes of its cells.
    pub rows: Vec<Vec<String>>,
}

/// Why a plan cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanError {
    /// Line in plan.toml, from 1.
    pub line: usize,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub cure: String,
}

impl std::fmt::Display for PlanError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}; {}", self.line, self.message, self.cure)
    }
}

impl std::error::Error for PlanError {}

impl Plan {
    /// Reads a plan.
    ///
    /// # Errors
    /// The first mistake with its line: invalid TOML, an unknown key, a value of the wrong type.
    pub fn parse(source: &str) -> Result<Plan, PlanError> {
        toml::from_str(source).map_err(|error| {
            let start = error.span().map_or(0, |span| span.start);
            PlanError {
                line: source
                    .bytes()
                    .take(start)
                    .filter(|byte| *byte == b'\n')
                    .count()
                    + 1,
                message: error.message().replace('\n', " "),
                cure: "see the format of plan.toml in ARCHITECTURE.md".into(),
            }
        })
    }

    /// The announced channel with this code.
    #[must_use]
    pub fn channel(&self, code: &str) -> Option<&Channel> {
        self.channels.iter().find(|channel| channel.code == code)
    }

    /// Every question that the plan names, with the part of the plan that names it.
    pub fn questions(&self) -> Vec<(&str, String)> {
        let mut named = Vec::new();
        for (name, variable) in &self.variables {
            named.push((variable.question.as_str(), format!("variables.{name}")));
        }
        for indicator in &self.indicators {
            let named_in = format!("indicator {}", indicator.code);
            for section in &indicator.sections {
                named.extend(
                    section
                        .items
                        .iter()
                        .map(|item| (item.as_str(), named_in.clone())),
                );
                named.extend(
                    section
                        .terms
                        .iter()
                        .map(|term| (term.question.as_str(), named_in.clone())),
                );
            }
            let terms = indicator.terms.iter().chain(&indicator.denominators);
            named.extend(terms.map(|term| (term.question.as_str(), named_in.clone())));
        }
        if let Some(evidence) = &self.evidence {
            let cells = evidence.rows.iter().flatten();
            named.extend(cells.map(|cell| (cell.as_str(), "evidence".to_owned())));
        }
        named
    }

    /// The line of an indicator, counted from 0, in the plan `source`.
    #[must_use]
    pub fn line_of_indicator(source: &str, indicator: usize) -> usize {
        Lines::of(source).line(&["indicator".into(), indicator.into(), "code".into()])
    }

    /// The first line of `source` with `word` as a quoted string or as a key, for mistakes that are
    /// found after parsing.
    pub fn line_of(source: &str, word: &str) -> usize {
        let quoted = format!("\"{word}\"");
        source
            .lines()
            .position(|line| line.contains(&quoted))
            .or_else(|| source.lines().position(|line| line.contains(word)))
            .map_or(1, |index| index + 1)
    }
}

fn one() -> f64 {
    1.0
}

fn target<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Target>, D::Error> {
    let written = String::deserialize(deserializer)?;
    if written == "below previous wave" {
        return Ok(Some(Target::BelowPreviousWave));
    }
    written
        .strip_prefix(">=")
        .and_then(|number| number.trim().parse::<f64>().ok())
        .filter(|number| number.is_finite())
        .map(|number| Some(Target::AtLeast(number)))
        .ok_or_else(|| {
            serde::de::Error::custom(format!(
                "unknown target `{written}`: write \">= 0.90\" or \"below previous wave\""
            ))
        })
}
