//! What may be said with an estimate: the verdict against a target, and whether to publish it.
//!
//! Both are decided on unrounded numbers. A verdict has three outcomes, because a sample may be too
//! small to say that a target is met *or* missed; an estimate that may not be shown has none.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A target: the side on which the estimate should lie, and the threshold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Target {
    /// Where the estimate should lie.
    pub side: Side,
    /// The threshold, in the unit of the estimate.
    pub value: f64,
}

/// Where an estimate should lie to meet its target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// `>=`
    AtLeast,
    /// `<=`
    AtMost,
    /// `<`
    Below,
    /// `>`
    Above,
}

impl Target {
    /// Reads a target such as `">= 0.90"`, `"< 12.5"` or `"<= 90 %"`.
    ///
    /// Signs are >=, ≥, <=, ≤, < and >; a percentage is divided by 100. `None` for anything else.
    ///
    /// # Example
    ///
    /// ```
    /// use minyi::estimation::judgement::{Side, Target};
    ///
    /// let target = Target::parse(">= 90 %").unwrap();
    /// assert_eq!((target.side, target.value), (Side::AtLeast, 0.9));
    /// assert_eq!(Target::parse("about 0.9"), None);
    /// ```
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (side, rest) = [
            (">=", Side::AtLeast),
            ("≥", Side::AtLeast),
            ("<=", Side::AtMost),
            ("≤", Side::AtMost),
            ("<", Side::Below),
            (">", Side::Above),
        ]
        .into_iter()
        .find_map(|(sign, side)| text.strip_prefix(sign).map(|rest| (side, rest.trim())))?;
        let (number, divisor) = rest
            .strip_suffix('%')
            .map_or((rest, 1.0), |number| (number.trim(), 100.0));
        let value = number
            .parse::<f64>()
            .ok()
            .filter(|value| value.is_finite())?;
        Some(Self {
            side,
            value: value / divisor,
        })
    }

    /// Whether a larger estimate is better: the sides >= and >.
    #[must_use]
    pub const fn wants_more(self) -> bool {
        matches!(self.side, Side::AtLeast | Side::Above)
    }
}

impl Serialize for Target {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let sign = match self.side {
            Side::AtLeast => ">=",
            Side::AtMost => "<=",
            Side::Below => "<",
            Side::Above => ">",
        };
        serializer.serialize_str(&format!("{sign} {}", self.value))
    }
}

impl<'de> Deserialize<'de> for Target {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| {
            de::Error::custom(format!("a target reads like '>= 0.90', not '{text}'"))
        })
    }
}

/// What the data say about a target.
///
/// Serialised in snake case: `met`, `not_met`, `inconclusive`, `suppressed`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The target is reached: the bound nearer to failure reaches it too.
    Met,
    /// The target is missed: the bound nearer to success misses it too.
    NotMet,
    /// Neither can be said.
    Inconclusive,
    /// The estimate is too unreliable to be shown, so nothing is decided.
    Suppressed,
}

/// The verdict on a target from two one-sided bounds.
///
/// | target | met if | not met if |
/// |---|---|---|
/// | ≥ p₀ | L ≥ p₀ | U < p₀ |
/// | > p₀ | L > p₀ | U ≤ p₀ |
/// | ≤ p₀ | U ≤ p₀ | L > p₀ |
/// | < p₀ | U < p₀ | L ≥ p₀ |
///
/// Else the verdict is *inconclusive*. With bounds L (`lower`) and U (`upper`) each at confidence 1
/// − α, *met* and *not met* are each wrong with probability α at most.
///
/// # Example
///
/// ```
/// use minyi::estimation::judgement::{Target, Verdict, decide};
///
/// let target = Target::parse(">= 0.90").unwrap();
/// assert_eq!(decide(target, 0.91, 0.96), Verdict::Met);
/// assert_eq!(decide(target, 0.85, 0.89), Verdict::NotMet);
/// assert_eq!(decide(target, 0.88, 0.94), Verdict::Inconclusive);
/// ```
#[must_use]
pub fn decide(target: Target, lower: f64, upper: f64) -> Verdict {
    let (met, not_met) = match target.side {
        Side::AtLeast => (lower >= target.value, upper < target.value),
        Side::Above => (lower > target.value, upper <= target.value),
        Side::AtMost => (upper <= target.value, lower > target.value),
        Side::Below => (upper < target.value, lower >= target.value),
    };
    match (met, not_met) {
        (true, _) => Verdict::Met,
        (false, true) => Verdict::NotMet,
        (false, false) => Verdict::Inconclusive,
    }
}

/// Whether an estimate may be shown.
///
/// Serialised in snake case: `publish`, `review`, `suppress`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presentation {
    /// Reliable.
    Publish,
    /// A statistician must look at it first.
    Review,
    /// Too unreliable to show.
    Suppress,
}

/// All reasons of a presentation; [`Standard::reasons`] says what they mean.
pub const REASONS: [&str; 15] = [
    "sample_below_30",
    "interval_width_030",
    "relative_width_130",
    "complement_unreliable",
    "estimate_at_edge",
    "df_below_8",
    "cv_above_165",
    "cv_above_333",
    "no_answer",
    "df_zero",
    "not_a_number",
    "reference_disagrees",
    "blend_missing",
    "sample_too_small",
    "headline_not_judged",
];

/// A presentation and its reasons. The reasons of an estimate that may be published are footnotes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Standard {
    /// The outcome.
    pub presentation: Presentation,
    /// Stable words:
    ///
    /// | word | means |
    /// |---|---|
    /// | `sample_below_30` | n or the effective sample size is below 30 |
    /// | `interval_width_030` | the interval is 30 percentage points wide or more |
    /// | `relative_width_130` | the interval is wider than 1.3 times the share |
    /// | `complement_unreliable` | the interval is wider than 1.3 times the share of the others |
    /// | `estimate_at_edge` | the share is 0 or 100 %, where the variance says nothing |
    /// | `df_below_8` | the variance rests on fewer than 8 degrees of freedom |
    /// | `cv_above_165` | the coefficient of variation is above 16.5 % |
    /// | `cv_above_333` | the coefficient of variation is above 33.3 % |
    /// | `no_answer` | no row of the domain has an answer |
    /// | `df_zero` | the domain has as many strata as PSUs |
    /// | `not_a_number` | the estimate, its standard error or its interval is not a number |
    /// | `reference_disagrees` | the probability sample alone does not say the same |
    /// | `blend_missing` | the volunteers could not be weighted, and the blend was to be published |
    /// | `sample_too_small` | fewer rows than the specification asks for |
    /// | `headline_not_judged` | the whole has no verdict, so its domains have none |
    pub reasons: Vec<&'static str>,
}

impl Standard {
    /// Nothing may be shown, for one reason.
    #[must_use]
    pub fn suppressed(reason: &'static str) -> Self {
        Self {
            presentation: Presentation::Suppress,
            reasons: vec![reason],
        }
    }
}

/// The NCHS presentation standards for proportions.
///
/// With p the `estimate`, [`lower`, `upper`] its 95 % Korn–Graubard interval of width w, `n`
/// interviews, effective sample size `n_eff` and `df` degrees of freedom:
///
/// | outcome | if | reason |
/// |---|---|---|
/// | suppress | min(n, n_eff) < 30 | `sample_below_30` |
/// | suppress | w ≥ 0.30 | `interval_width_030` |
/// | suppress | w > 0.05 and w/p > 1.30 | `relative_width_130` |
/// | review | p is 0 or 1 | `estimate_at_edge` |
/// | review | df < 8 | `df_below_8` |
/// | footnote | w > 0.05 and w/(1−p) > 1.30 | `complement_unreliable` |
///
/// At p = 0 there is no relative width. The footnote says that the share of the others is
/// unreliable while the share itself is not, which is usual near 0.95.
///
/// # Example
///
/// ```
/// use minyi::estimation::judgement::{Presentation, proportion_standard};
///
/// let standard = proportion_standard(0.95, 0.91, 0.98, 300.0, 200.0, 40.0);
/// assert_eq!(standard.presentation, Presentation::Publish);
/// assert_eq!(standard.reasons, ["complement_unreliable"]);
/// let thin = proportion_standard(0.95, 0.78, 0.99, 25.0, 20.0, 40.0);
/// assert_eq!(thin.presentation, Presentation::Suppress);
/// ```
///
/// # Source
///
/// Parker et al. 2017, Vital Health Stat 2(175), and the SAS macro of NCHS.
#[must_use]
pub fn proportion_standard(
    estimate: f64,
    lower: f64,
    upper: f64,
    n: f64,
    n_eff: f64,
    df: f64,
) -> Standard {
    let width = upper - lower;
    let mut reasons = Vec::new();
    if n.min(n_eff) < 30.0 {
        reasons.push("sample_below_30");
    }
    if width >= 0.30 {
        reasons.push("interval_width_030");
    }
    if width > 0.05 && estimate > 0.0 && width > 1.30 * estimate {
        reasons.push("relative_width_130");
    }
    if !reasons.is_empty() {
        return Standard {
            presentation: Presentation::Suppress,
            reasons,
        };
    }
    if estimate <= 0.0 || estimate >= 1.0 {
        reasons.push("estimate_at_edge");
    }
    if df < 8.0 {
        reasons.push("df_below_8");
    }
    let presentation = if reasons.is_empty() {
        Presentation::Publish
    } else {
        Presentation::Review
    };
    if width > 0.05 && estimate < 1.0 && width > 1.30 * (1.0 - estimate) {
        reasons.push("complement_unreliable");
    }
    Standard {
        presentation,
        reasons,
    }
}

/// The standard for means, totals, ratios and quantiles by the coefficient of variation cv =
/// se/|estimate|.
///
/// | outcome | if | reason |
/// |---|---|---|
/// | suppress | cv > 33.3 % | `cv_above_333` |
/// | review | cv > 16.5 % | `cv_above_165` |
/// | review | n < 30 | `sample_below_30` |
/// | review | df < 8 | `df_below_8` |
///
/// With few interviews or degrees of freedom the cv itself is unreliable.
///
/// # Example
///
/// ```
/// use minyi::estimation::judgement::{Presentation, variation_standard};
///
/// let presentation = |se| variation_standard(10.0, se, 100.0, 20.0).presentation;
/// assert_eq!(presentation(1.0), Presentation::Publish);
/// assert_eq!(presentation(2.0), Presentation::Review);
/// assert_eq!(presentation(4.0), Presentation::Suppress);
/// ```
///
/// # Source
///
/// Statistics Canada's practice for published estimates.
#[must_use]
pub fn variation_standard(estimate: f64, std_error: f64, n: f64, df: f64) -> Standard {
    let cv = std_error / estimate.abs();
    if cv > 0.333 {
        return Standard::suppressed("cv_above_333");
    }
    let mut reasons = Vec::new();
    if n < 30.0 {
        reasons.push("sample_below_30");
    }
    if cv > 0.165 {
        reasons.push("cv_above_165");
    }
    if df < 8.0 {
        reasons.push("df_below_8");
    }
    Standard {
        presentation: if reasons.is_empty() {
            Presentation::Publish
        } else {
            Presentation::Review
        },
        reasons,
    }
}
