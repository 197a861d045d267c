//! What may be said with an estimate: the verdict against a target, and whether to publish, review or suppress.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The side of a target and its value.
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
    /// Reads `">= 0.90"`, `"< 12.5"`, `"<= 90 %"`.
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

    /// Whether a larger estimate is better.
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
            de::Error::custom(format!("a target reads like \">= 0.90\", not {text:?}"))
        })
    }
}

/// What the data say about a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The one-sided bound lies on the good side.
    Met,
    /// The other one-sided bound lies on the bad side.
    NotMet,
    /// Neither.
    Inconclusive,
    /// The estimate itself may not be shown, so nothing is decided.
    Suppressed,
}

/// The decision from the one-sided bounds [lower, upper], each at confidence 1 − α: *met* if the bound on the wrong side
/// of the estimate still satisfies the target, *not met* if even the better bound does not, else *inconclusive*.
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

/// Whether a figure may be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Presentation {
    /// Reliable.
    Publish,
    /// A statistician looks at it first.
    Review,
    /// Too unreliable to show.
    Suppress,
}

/// A presentation with its reasons; reasons of a published figure are footnotes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Standard {
    /// The outcome.
    pub presentation: Presentation,
    /// Stable words: `sample_below_30`, `interval_width_030`, `relative_width_130`, `estimate_at_edge`, `df_below_8`,
    /// `complement_unreliable`, `cv_above_333`, `cv_above_165`, `no_answer`, `df_zero`,
    /// `not_a_number`.
    pub reasons: Vec<&'static str>,
}

impl Standard {
    /// Nothing to show at all.
    #[must_use]
    pub fn suppressed(reason: &'static str) -> Self {
        Self {
            presentation: Presentation::Suppress,
            reasons: vec![reason],
        }
    }
}

/// The NCHS presentation standards for proportions (Parker et al. 2017, Vital Health Stat 2(175)) on the Korn–Graubard
/// interval (lower, upper): suppress if min(n, n_eff) < 30, or width ≥ 0.30, or width > 0.05 and width/p > 1.30;
/// else review if p is 0 or 1 or df < 8 (a relative width does not exist at p = 0). Footnote if width > 0.05 and width/(1−p) > 1.30.
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

/// The practice for means, totals and ratios by the coefficient of variation: publish to 16.5 %, review to 33.3 %,
/// suppress above (Statistics Canada). Below 30 interviews or 8 degrees of freedom the cv itself is unreliable: review.
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
