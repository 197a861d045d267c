//! Confidence intervals of a proportion and of anything else.
//!
//! Symbols: p estimate, v its design variance, se = √v, df degrees of freedom, n interviews, t = t_df(1 − α/2),
//! n_eff = p(1 − p)/v. Comparison of the methods near 0.9: Dean & Pagano 2015 (JSSAM 3), Franco et al. 2019 (JSSAM 7).

use serde::{Deserialize, Serialize};

use crate::estimation::distribution::{beta_quantile, t_quantile};

/// How an interval is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// Korn–Graubard as in the NCHS presentation standards: exact binomial limits at the effective size.
    KornGraubard,
    /// Symmetric on the log-odds.
    Logit,
    /// Wilson's score at the effective size, as in `survey` 4.5.
    Wilson,
    /// Estimate ± t · se, also known as `mean` or `t`.
    #[serde(alias = "t", alias = "mean")]
    Wald,
    /// Korn–Graubard as in R's `svyciprop(method = "beta")`: no cap at n.
    Beta,
    /// Symmetric on asin √p.
    Arcsine,
    /// Profile likelihood of a binomial at the effective size (Rao–Scott scaled).
    Likelihood,
}

/// What an interval of a proportion is made from.
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

/// The two-sided interval of a proportion at `level` (0.95 for 95 %), as (lower, upper).
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

/// estimate ± t·se.
#[must_use]
pub fn wald(estimate: f64, variance: f64, df: f64, level: f64) -> (f64, f64) {
    let half = critical(level, df) * variance.sqrt();
    (estimate - half, estimate + half)
}

/// Korn & Graubard 1998 (Surv. Meth. 24) in the form of the NCHS standards (Parker et al. 2017, VHS 2(175)):
/// n\* = min(n, n_eff · [t_{n−1}/t_df]²); L = B⁻¹(α/2; n\*p, n\*(1−p)+1), U = B⁻¹(1−α/2; n\*p+1, n\*(1−p)).
/// At p = 0 or 1 the variance says nothing and n\* = n.
#[must_use]
pub fn korn_graubard(p: Proportion, level: f64) -> (f64, f64) {
    clopper_pearson(p.estimate, effective_size(p, level), level)
}

/// n\* of [`korn_graubard`].
#[must_use]
pub fn effective_size(p: Proportion, level: f64) -> f64 {
    if p.estimate <= 0.0 || p.estimate >= 1.0 {
        return p.n;
    }
    p.n.min(df_adjusted(p, p.n, level))
}

/// R's `svyciprop(method = "beta")`: as Korn–Graubard with `rows` (all rows of a calibrated design) in the factor and
/// without the cap. NaN where v is zero.
#[must_use]
pub fn beta(p: Proportion, rows: f64, level: f64) -> (f64, f64) {
    clopper_pearson(p.estimate, df_adjusted(p, rows, level), level)
}

/// expit(logit p ± t·se/(p(1−p))); the estimate itself at 0 or 1.
#[must_use]
pub fn logit(p: Proportion, level: f64) -> (f64, f64) {
    if p.estimate <= 0.0 || p.estimate >= 1.0 {
        return (p.estimate, p.estimate);
    }
    let spread = p.estimate * (1.0 - p.estimate);
    logit_with(p.estimate, p.variance.sqrt() / spread, p.df, level)
}

/// expit(logit p ± t·se) with the standard error of the log-odds given.
#[must_use]
pub fn logit_with(estimate: f64, log_odds_se: f64, df: f64, level: f64) -> (f64, f64) {
    let centre = (estimate / (1.0 - estimate)).ln();
    let half = critical(level, df) * log_odds_se;
    (expit(centre - half), expit(centre + half))
}

/// Wilson 1927 with n_eff: centre (p + t²/2n)/(1 + t²/n), half width t/(2n)·√(4n·p(1−p) + t²)/(1 + t²/n); at 0 or 1 with n.
#[must_use]
pub fn wilson(p: Proportion, level: f64) -> (f64, f64) {
    let t = critical(level, p.df);
    let at_edge = p.estimate <= 0.0 || p.estimate >= 1.0;
    let n = if at_edge {
        p.n
    } else {
        p.estimate * (1.0 - p.estimate) / p.variance
    };
    let below = 1.0 + t * t / n;
    let centre = (p.estimate + t * t / (2.0 * n)) / below;
    let half = t / (2.0 * n) * (4.0 * n * p.estimate * (1.0 - p.estimate) + t * t).sqrt() / below;
    (centre - half, centre + half)
}

/// sin²(asin √p ± t·se/(2√(p(1−p)))).
#[must_use]
pub fn arcsine(p: Proportion, level: f64) -> (f64, f64) {
    if p.estimate <= 0.0 || p.estimate >= 1.0 {
        return (p.estimate, p.estimate);
    }
    let centre = (p.estimate.sqrt()).asin();
    let half = critical(level, p.df) * p.variance.sqrt()
        / (2.0 * (p.estimate * (1.0 - p.estimate)).sqrt());
    let square = |angle: f64| {
        let sine = (angle.clamp(0.0, std::f64::consts::FRAC_PI_2)).sin();
        sine * sine
    };
    (square(centre - half), square(centre + half))
}

/// [`likelihood_with`] with the dispersion n/(n−1) of independent answers.
#[must_use]
pub fn likelihood(p: Proportion, level: f64) -> (f64, f64) {
    likelihood_with(p, p.n / (p.n - 1.0), level)
}

/// The values q with 2 n_eff [p ln(p/q) + (1−p) ln((1−p)/(1−q))] ≤ t² φ (Rao & Scott 1984; Lumley 2010, §2.3), where φ is
/// the dispersion of the quasi-binomial fit. R's φ also holds the share of missing answers.
#[must_use]
pub fn likelihood_with(p: Proportion, dispersion: f64, level: f64) -> (f64, f64) {
    if p.estimate <= 0.0 || p.estimate >= 1.0 || p.variance <= 0.0 {
        return (p.estimate, p.estimate);
    }
    let n = p.estimate * (1.0 - p.estimate) / p.variance;
    let t = critical(level, p.df);
    let limit = t * t * dispersion;
    let deviance = |q: f64| {
        2.0 * n
            * (p.estimate * (p.estimate / q).ln()
                + (1.0 - p.estimate) * ((1.0 - p.estimate) / (1.0 - q)).ln())
    };
    let edge = |outside: f64| {
        let (mut far, mut near) = (outside, p.estimate);
        for _ in 0..200 {
            let middle = 0.5 * (far + near);
            if deviance(middle) > limit {
                far = middle;
            } else {
                near = middle;
            }
        }
        0.5 * (far + near)
    };
    (edge(0.0), edge(1.0))
}

/// t_df(1 − α/2) for a two-sided level 1 − α.
#[must_use]
pub fn critical(level: f64, df: f64) -> f64 {
    t_quantile(0.5 + level / 2.0, df)
}

/// n_eff · [t_{rows−1}(α/2)/t_df(α/2)]².
fn df_adjusted(p: Proportion, rows: f64, level: f64) -> f64 {
    let ratio = critical(level, rows - 1.0) / critical(level, p.df);
    p.estimate * (1.0 - p.estimate) / p.variance * ratio * ratio
}

fn clopper_pearson(estimate: f64, n: f64, level: f64) -> (f64, f64) {
    let half_alpha = (1.0 - level) / 2.0;
    let (successes, failures) = (n * estimate, n * (1.0 - estimate));
    let lower = beta_quantile(half_alpha, successes, failures + 1.0);
    let upper = beta_quantile(1.0 - half_alpha, successes + 1.0, failures);
    (lower, upper)
}

fn expit(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}
