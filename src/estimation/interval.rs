//! Confidence intervals of proportions and of other statistics.
//!
//! Symbols: p estimate, v its design variance, se = √v, df degrees of freedom of v, n interviews,
//! 1 − α the confidence (`level`), t = t_df(1 − α/2), n_eff = p(1 − p)/v the effective sample
//! size. Near p = 0.9 the methods differ: Dean & Pagano 2015 (JSSAM 3) and Franco et al. 2019
//! (JSSAM 7) compare them.
//!
//! # The interval of an indicator
//!
//! An indicator averages items. Korn & Graubard's limit at n wastes half of its power, and the plain
//! logit interval is too bold where weights vary. The published interval is [`logit`] with
//! Satterthwaite's degrees of freedom and the variance times
//! [`Design::small_sample_factor`](crate::estimation::design::Design::small_sample_factor). Simulated
//! through the whole program (`tests/method.rs`: 10 strata, 6 items, true share = target 0.90, seeds
//! 0 to 199; in percent, plain = logit on PSUs − strata):
//!
//! | world | coverage | false *met* | false *met*, plain |
//! |---|---|---|---|
//! | uneven interviews, 6 PSUs a stratum | 96.5 | 2.5 | 3.0 |
//! | and half of the volunteers fabricated, 2 PSUs a stratum | 98.0 | 3.0 | 6.0 |
//! | the same, blended with the volunteers (`calibrated`) | 97.0 | 3.0 | 11.5 |
//! | true share 0.905, 6 PSUs: *met* | 97.0 | 6.0 | 6.0 |
//! | true share 0.905, 2 PSUs: *met* | 98.5 | 3.5 | 9.5 |

use serde::{Deserialize, Serialize};

use crate::estimation::distribution::{beta_quantile, t_quantile};

/// How the interval of a proportion is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// [`korn_graubard`]: exact binomial limits at the effective sample size, as in the NCHS
    /// presentation standards.
    KornGraubard,
    /// [`logit`]: symmetric on the log-odds.
    Logit,
    /// [`wilson`]: Wilson's score at the effective sample size, as in R's `survey` 4.5.
    Wilson,
    /// [`wald`]: estimate ± t · se.
    #[serde(alias = "t", alias = "mean")]
    Wald,
    /// [`beta`]: as Korn–Graubard without the limit at n, R's `svyciprop(method = "beta")`.
    Beta,
    /// [`arcsine`]: symmetric on asin √p.
    Arcsine,
    /// [`likelihood`]: profile likelihood of a binomial at the effective sample size.
    Likelihood,
}

/// What the interval of a proportion is made from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Proportion {
    /// The estimate p, 0 to 1.
    pub estimate: f64,
    /// Its design variance v.
    pub variance: f64,
    /// Interviews n behind it.
    pub n: f64,
    /// Degrees of freedom of v.
    pub df: f64,
}

impl Proportion {
    /// Whether p is 0 or 1, where v = 0 says nothing.
    #[must_use]
    pub const fn is_at_edge(self) -> bool {
        self.estimate <= 0.0 || self.estimate >= 1.0
    }

    /// p(1 − p).
    fn spread(self) -> f64 {
        self.estimate * (1.0 - self.estimate)
    }
}

/// The two-sided interval (lower, upper) of a proportion by a [`Method`].
///
/// * `level`: confidence 1 − α, such as 0.95
///
/// # Example
///
/// ```
/// use minyi::estimation::interval::{Method, Proportion, proportion};
///
/// // 90 % of 300 interviews, with a design effect of 1.5 on 20 degrees of freedom.
/// let p = Proportion { estimate: 0.9, variance: 0.09 * 1.5 / 300.0, n: 300.0, df: 20.0 };
/// let (lower, upper) = proportion(Method::KornGraubard, p, 0.95);
/// assert!(0.84 < lower && lower < 0.85 && 0.93 < upper && upper < 0.95);
/// ```
#[must_use]
pub fn proportion(method: Method, p: Proportion, level: f64) -> (f64, f64) {
    match method {
        Method::KornGraubard => korn_graubard(p, level),
        Method::Logit => logit(p, level),
        Method::Wilson => wilson(p, level),
        Method::Wald => wald(p.estimate, p.variance, p.df, level),
        Method::Beta => beta(p, p.n, level),
        Method::Arcsine => arcsine(p, level),
        Method::Likelihood => likelihood(p, level),
    }
}

/// The symmetric interval of any estimate: estimate ± t·√variance with t = t_df(1 − α/2).
///
/// For proportions near 0 or 1 it is too narrow on one side and may leave [0, 1]: use another
/// method.
#[must_use]
pub fn wald(estimate: f64, variance: f64, df: f64, level: f64) -> (f64, f64) {
    let half = critical(level, df) * variance.sqrt();
    (estimate - half, estimate + half)
}

/// The Korn–Graubard interval: exact binomial limits at the effective sample size.
///
/// # Formula
///
/// ```text
/// L = B⁻¹(α/2; n*p, n*(1−p) + 1)          U = B⁻¹(1 − α/2; n*p + 1, n*(1−p))
/// ```
///
/// with B⁻¹ the quantile of the beta distribution and n* of [`effective_size`].
///
/// # Source
///
/// Korn & Graubard 1998, Surv. Meth. 24, in the form of the NCHS standards: Parker et al. 2017,
/// Vital Health Stat 2(175).
#[must_use]
pub fn korn_graubard(p: Proportion, level: f64) -> (f64, f64) {
    clopper_pearson(p.estimate, effective_size(p, level), level)
}

/// n* of [`korn_graubard`]: the number of independent interviews that tell as much.
///
/// # Formula
///
/// ```text
/// n* = min(n, n_eff · [t_{n−1}(1 − α/2)/t_df(1 − α/2)]²)          n_eff = p(1−p)/v
/// ```
///
/// n where p is 0 or 1, because the variance is 0 there and says nothing.
///
/// # Example
///
/// ```
/// use minyi::estimation::interval::{Proportion, effective_size};
///
/// // With many degrees of freedom a design effect of 2 halves 400 interviews.
/// let p = Proportion { estimate: 0.9, variance: 0.09 * 2.0 / 400.0, n: 400.0, df: 399.0 };
/// assert!((effective_size(p, 0.95) - 200.0).abs() < 1e-9);
/// // An effective size above n is not used.
/// let lucky = Proportion { variance: 0.09 * 0.5 / 400.0, ..p };
/// assert_eq!(effective_size(lucky, 0.95), 400.0);
/// ```
#[must_use]
pub fn effective_size(p: Proportion, level: f64) -> f64 {
    if p.is_at_edge() {
        return p.n;
    }
    p.n.min(df_adjusted_size(p, p.n, level))
}

/// The Korn–Graubard interval of a share that is 0 or 1, for a verdict.
///
/// # Formula
///
/// ```text
/// n* = n · [t_{n−1}(1 − α/2)/t_df(1 − α/2)]²          then as [`korn_graubard`]
/// ```
///
/// The sample is smaller than its n where few PSUs were drawn, also if all answers agree.
///
/// # Source
///
/// The df factor at 0 and 1 as in Stata's `svy: proportion, citype(exact)`.
#[must_use]
pub fn korn_graubard_at_edge(p: Proportion, level: f64) -> (f64, f64) {
    let ratio = critical(level, p.n - 1.0) / critical(level, p.df);
    clopper_pearson(p.estimate, p.n * ratio * ratio, level)
}

/// R's `svyciprop(method = "beta")`: [`korn_graubard`] without the limit at n.
///
/// # Formula
///
/// ```text
/// n* = n_eff · [t_{rows−1}(1 − α/2)/t_df(1 − α/2)]²
/// ```
///
/// * `rows`: the rows that R counts: those of the domain or, once weights are calibrated, all
///
/// NaN where v is 0.
#[must_use]
pub fn beta(p: Proportion, rows: f64, level: f64) -> (f64, f64) {
    clopper_pearson(p.estimate, df_adjusted_size(p, rows, level), level)
}

/// The interval that is symmetric on the log-odds.
///
/// # Formula
///
/// ```text
/// expit(logit p ± t·se/(p(1−p)))          logit p = ln(p/(1−p)), expit its inverse
/// ```
///
/// At p = 0 or 1 both limits are p.
///
/// # Source
///
/// Lumley 2010, *Complex Surveys*, §2.3; R's `svyciprop(method = "xlogit")`.
#[must_use]
pub fn logit(p: Proportion, level: f64) -> (f64, f64) {
    if p.is_at_edge() {
        return (p.estimate, p.estimate);
    }
    logit_with(p.estimate, p.variance.sqrt() / p.spread(), p.df, level)
}

/// expit(logit p ± t·se) with the standard error `log_odds_se` of the log-odds given, for instance
/// from replicates.
#[must_use]
pub fn logit_with(estimate: f64, log_odds_se: f64, df: f64, level: f64) -> (f64, f64) {
    let expit = |x: f64| 1.0 / (1.0 + (-x).exp());
    let centre = (estimate / (1.0 - estimate)).ln();
    let half = critical(level, df) * log_odds_se;
    (expit(centre - half), expit(centre + half))
}

/// Wilson's score interval at the effective sample size.
///
/// # Formula
///
/// ```text
/// centre (p + t²/2m)/(1 + t²/m)          half width t/(2m) · √(4m·p(1−p) + t²)/(1 + t²/m)
/// ```
///
/// with m = n_eff, or n at p = 0 or 1.
///
/// # Example
///
/// ```
/// use minyi::estimation::interval::{Proportion, wilson};
///
/// // 9 of 10 independent interviews, with the normal distribution: 0.596 to 0.982.
/// let p = Proportion { estimate: 0.9, variance: 0.009, n: 10.0, df: f64::INFINITY };
/// let (lower, upper) = wilson(p, 0.95);
/// assert!((lower - 0.5958).abs() < 1e-4 && (upper - 0.9821).abs() < 1e-4);
/// ```
///
/// # Source
///
/// Wilson 1927, JASA 22; R's `svyciprop(method = "wilson")` in `survey` 4.5.
#[must_use]
pub fn wilson(p: Proportion, level: f64) -> (f64, f64) {
    let t = critical(level, p.df);
    let m = if p.is_at_edge() {
        p.n
    } else {
        p.spread() / p.variance
    };
    let denominator = 1.0 + t * t / m;
    let centre = (p.estimate + t * t / (2.0 * m)) / denominator;
    let half = t / (2.0 * m) * (4.0 * m * p.spread() + t * t).sqrt() / denominator;
    (centre - half, centre + half)
}

/// The interval that is symmetric on the angle asin √p, whose variance does not depend on p.
///
/// # Formula
///
/// ```text
/// sin²(asin √p ± t·se/(2√(p(1−p))))          angles cut off at 0 and π/2
/// ```
///
/// At p = 0 or 1 both limits are p.
///
/// # Source
///
/// Anscombe 1948, Biometrika 35; R's `svyciprop(method = "asin")`.
#[must_use]
pub fn arcsine(p: Proportion, level: f64) -> (f64, f64) {
    if p.is_at_edge() {
        return (p.estimate, p.estimate);
    }
    let centre = p.estimate.sqrt().asin();
    let half = critical(level, p.df) * p.variance.sqrt() / (2.0 * p.spread().sqrt());
    let share = |angle: f64| {
        let sine = angle.clamp(0.0, std::f64::consts::FRAC_PI_2).sin();
        sine * sine
    };
    (share(centre - half), share(centre + half))
}

/// [`likelihood_with`] with the dispersion n/(n−1) of independent answers.
#[must_use]
pub fn likelihood(p: Proportion, level: f64) -> (f64, f64) {
    likelihood_with(p, p.n / (p.n - 1.0), level)
}

/// The profile likelihood interval of a binomial at the effective sample size: the values q that
/// the data do not reject.
///
/// # Formula
///
/// ```text
/// 2 n_eff [p ln(p/q) + (1−p) ln((1−p)/(1−q))] ≤ t²φ
/// ```
///
/// * `dispersion`: φ of the quasi-binomial model. R's φ also holds the share of missing answers.
///
/// At p = 0 or 1 both limits are p.
///
/// # Source
///
/// Rao & Scott 1984, Ann. Stat. 12; Lumley 2010, *Complex Surveys*, §2.3.
#[must_use]
pub fn likelihood_with(p: Proportion, dispersion: f64, level: f64) -> (f64, f64) {
    if p.is_at_edge() || p.variance <= 0.0 {
        return (p.estimate, p.estimate);
    }
    let n_eff = p.spread() / p.variance;
    let t = critical(level, p.df);
    let limit = t * t * dispersion;
    let deviance = |q: f64| {
        2.0 * n_eff
            * (p.estimate * (p.estimate / q).ln()
                + (1.0 - p.estimate) * ((1.0 - p.estimate) / (1.0 - q)).ln())
    };
    let bound = |outside: f64| {
        let (mut outside, mut inside) = (outside, p.estimate);
        for _ in 0..200 {
            let middle = 0.5 * (outside + inside);
            if deviance(middle) > limit {
                outside = middle;
            } else {
                inside = middle;
            }
        }
        0.5 * (outside + inside)
    };
    (bound(0.0), bound(1.0))
}

/// The critical value t_df(1 − α/2) of a two-sided interval with confidence `level` = 1 − α. For
/// one-sided bounds at α, the level is 1 − 2α.
#[must_use]
pub fn critical(level: f64, df: f64) -> f64 {
    t_quantile(0.5 + level / 2.0, df)
}

/// n_eff · [t_{rows−1}/t_df]².
fn df_adjusted_size(p: Proportion, rows: f64, level: f64) -> f64 {
    let ratio = critical(level, rows - 1.0) / critical(level, p.df);
    p.spread() / p.variance * ratio * ratio
}

/// The exact binomial interval (Clopper & Pearson 1934, Biometrika 26) for n·p successes of n.
#[must_use]
pub fn clopper_pearson(estimate: f64, n: f64, level: f64) -> (f64, f64) {
    let half_alpha = (1.0 - level) / 2.0;
    let (successes, failures) = (n * estimate, n * (1.0 - estimate));
    let lower = beta_quantile(half_alpha, successes, failures + 1.0);
    let upper = beta_quantile(1.0 - half_alpha, successes + 1.0, failures);
    (lower, upper)
}
