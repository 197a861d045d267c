//! One estimate with everything that may be said of it, and how estimates are found.
//!
//! An analysis gives a list of estimates in the order of the specification; of each estimate of the
//! specification the whole comes first, then its domains in the order of their labels, and of a
//! quantile one after another for each probability. [`EstimateIndex`] and domain are the key of an
//! estimate; its name is the user's text.

use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::estimation::judgement::{Presentation, REASONS, Target, Verdict};
use crate::estimation::spec::estimate::Kind;
use crate::estimation::spec::specification::EstimateIndex;

/// One estimate with everything that may be said of it. Numbers that do not exist (no answer, no
/// degree of freedom) are NaN.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// Which estimate of the specification it belongs to.
    #[serde(skip)]
    pub index: EstimateIndex,
    /// Name from the specification.
    pub name: String,
    /// The domain as (column, label) in order; empty for the whole.
    #[serde(serialize_with = "as_map", deserialize_with = "from_map")]
    pub domain: Vec<(String, String)>,
    /// Interviews behind it: rows of the domain with an answer and a weight above zero.
    pub n: u64,
    /// The estimate; a share is between 0 and 1.
    #[serde(deserialize_with = "number_or_nan")]
    pub estimate: f64,
    /// Its standard error, in the same unit.
    #[serde(deserialize_with = "number_or_nan")]
    pub std_error: f64,
    /// Degrees of freedom of the interval and the verdict: PSUs − strata with rows of the domain,
    /// or Satterthwaite's.
    #[serde(deserialize_with = "number_or_nan")]
    pub df: f64,
    /// Factor of the variance in the interval and the verdict: 1 unless `small_sample` was asked
    /// for.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub variance_factor: f64,
    /// Lower end of the two-sided interval.
    #[serde(deserialize_with = "number_or_nan")]
    pub lower: f64,
    /// Upper end.
    #[serde(deserialize_with = "number_or_nan")]
    pub upper: f64,
    /// Confidence of the interval.
    #[serde(deserialize_with = "number_or_nan")]
    pub level: f64,
    /// v/v_srs: the variance over that of a simple random sample of n with replacement. NaN for an
    /// indicator of several questions, which has no single v_srs; Kish's design effect of the
    /// weights stands in for it.
    #[serde(deserialize_with = "number_or_nan")]
    pub design_effect: f64,
    /// p(1 − p)/v of a share (what NCHS judges a share by), n over the design effect of others.
    #[serde(deserialize_with = "number_or_nan")]
    pub n_effective: f64,
    /// The verdict on the target, if there is one.
    pub verdict: Option<Verdict>,
    /// The target.
    pub target: Option<Target>,
    /// Lower one-sided bound of the verdict, at confidence 1 − α (after Holm's correction, if it
    /// was asked for).
    pub decision_lower: Option<f64>,
    /// Upper one-sided bound of the verdict.
    pub decision_upper: Option<f64>,
    /// One-sided P of the t-test against the target, in the direction of meeting it, uncorrected.
    pub p_value: Option<f64>,
    /// Publish, review or suppress.
    pub presentation: Presentation,
    /// Why, as stable words; for an estimate that may be published they are footnotes.
    #[serde(deserialize_with = "known_reasons")]
    pub reasons: Vec<&'static str>,
    /// What it is.
    pub kind: Kind,
    /// Whether the whole population of the domain is in the sample, so that there is no sampling
    /// error.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub census: bool,
    /// The probability of a quantile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
}

fn is_one(factor: &f64) -> bool {
    *factor == 1.0
}

/// A number; JSON has none for NaN, which is written as null.
fn number_or_nan<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    let number: Option<f64> = Option::deserialize(deserializer)?;
    Ok(number.unwrap_or(f64::NAN))
}

const fn one() -> f64 {
    1.0
}

/// The pairs of a map in their order.
fn from_map<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<(String, String)>, D::Error> {
    struct Pairs;
    impl<'de> Visitor<'de> for Pairs {
        type Value = Vec<(String, String)>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("a map of words")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut pairs = Vec::new();
            while let Some(pair) = map.next_entry()? {
                pairs.push(pair);
            }
            Ok(pairs)
        }
    }
    deserializer.deserialize_map(Pairs)
}

fn known_reasons<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<&'static str>, D::Error> {
    let words: Vec<String> = Vec::deserialize(deserializer)?;
    let known = |word: String| {
        let mut all = REASONS.into_iter();
        all.find(|own| *own == word)
            .ok_or_else(|| de::Error::custom(format!("unknown reason `{word}`")))
    };
    words.into_iter().map(known).collect()
}

impl Estimate {
    /// Whether both belong to the same estimate of the specification, domain and probability: the
    /// same figure from another sample, for instance.
    #[must_use]
    pub fn has_key_of(&self, other: &Self) -> bool {
        self.index == other.index
            && self.domain == other.domain
            && self.probability == other.probability
    }
}

/// All estimates with an index: the whole first, then its domains.
///
/// * `estimates`: in the order of the specification, as an analysis gives them. Found by bisection.
#[must_use]
pub fn estimates_of(estimates: &[Estimate], index: EstimateIndex) -> &[Estimate] {
    let start = estimates.partition_point(|estimate| estimate.index < index);
    let end = estimates.partition_point(|estimate| estimate.index <= index);
    estimates.get(start..end).unwrap_or(&[])
}

/// The estimate of the whole with an index; the first one of a quantile with several probabilities.
/// `None` if the index is that of a crosstab, response rates or a contrast. `estimates` as for
/// [`estimates_of`].
#[must_use]
pub fn whole_of(estimates: &[Estimate], index: EstimateIndex) -> Option<&Estimate> {
    find(estimates, index, &[])
}

/// The estimate with an index for a domain.
///
/// * `domain`: (column, label) in the order of `by`, such as `[("county", "C01")]`; empty: the
///   whole
/// * `estimates`: as for [`estimates_of`]
///
/// # Example
///
/// ```
/// use minyi::estimation::analysis::{estimates_of, find};
/// use minyi::estimation::spec::{EstimateSpec, Kind, Names};
/// use minyi::estimation::{Column, Columns, Margins, Spec, analyse};
///
/// let mut columns = Columns::new();
/// columns.push("y", Column::numbers(vec![1.0, 3.0, 5.0, 9.0]))?;
/// columns.push("county", Column::categories(["C1", "C1", "C2", "C2"].map(Some)))?;
/// let one = |name: &str| Names::One(name.to_owned());
/// let mut spec = Spec::default();
/// let mean = spec.add(EstimateSpec {
///     variable: Some(one("y")),
///     by: vec![one("county")],
///     ..EstimateSpec::new("mean", Kind::Mean)
/// });
/// let estimates = analyse(&columns, &Margins::new(), &spec)?.estimates;
/// assert_eq!(estimates_of(&estimates, mean).len(), 3);
/// assert_eq!(find(&estimates, mean, &[("county", "C2")]).unwrap().estimate, 7.0);
/// # Ok::<(), minyi::estimation::Error>(())
/// ```
#[must_use]
pub fn find<'a>(
    estimates: &'a [Estimate],
    index: EstimateIndex,
    domain: &[(&str, &str)],
) -> Option<&'a Estimate> {
    let is_wanted = |estimate: &&Estimate| {
        let own = estimate.domain.iter();
        own.map(|(column, label)| (column.as_str(), label.as_str()))
            .eq(domain.iter().copied())
    };
    estimates_of(estimates, index).iter().find(is_wanted)
}

/// Serialises a domain as an object: column → label.
pub(in crate::estimation) fn as_map<S: Serializer>(
    domain: &[(String, String)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(domain.iter().map(|(column, label)| (column, label)))
}
