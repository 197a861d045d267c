//! Interval, presentation and verdict of a figure.
//!
//! # What is used for what
//!
//! | | share (proportion, indicator) | other |
//! |---|---|---|
//! | interval | Korn–Graubard, or the one asked for | t |
//! | presentation | NCHS, on the 95 % Korn–Graubard interval | coefficient of variation |
//! | verdict | one-sided Korn–Graubard (or logit, Wilson) | one-sided t |
//! | effective size | p(1−p)/v | n/deff |
//!
//! Where the whole population of a domain is in the sample, there is no sampling error, and the
//! interval is the estimate. An estimate that is not a number is suppressed.

use serde_json::json;

use crate::estimation::analysis::estimate::Estimate;
use crate::estimation::count::whole;
use crate::estimation::distribution::t_upper;
use crate::estimation::error::{Code, Error};
use crate::estimation::figure::Figure;
use crate::estimation::interval::{
    Method, Proportion, korn_graubard, korn_graubard_at_edge, proportion, wald,
};
use crate::estimation::judgement::{
    Presentation, Standard, Verdict, decide, proportion_standard, variation_standard,
};
use crate::estimation::spec::estimate::{DegreesOfFreedom, EstimateSpec, Kind};
use crate::estimation::spec::specification::EstimateIndex;

/// Confidence of the interval by which NCHS judges a proportion.
const NCHS_LEVEL: f64 = 0.95;

/// What an estimate belongs to.
pub(super) struct Item<'a> {
    pub(super) index: EstimateIndex,
    pub(super) spec: &'a EstimateSpec,
    /// The domain as (column, label); empty for the whole.
    pub(super) domain: Vec<(String, String)>,
}

/// An estimate that cannot be made: suppressed for `reason`, without numbers.
///
/// * `n`, `df`: rows with an answer and degrees of freedom of the domain
///
/// # Errors
///
/// `code`, if it is the whole: a specification that asks for nothing has a mistake. A domain may be
/// empty by chance.
pub(super) fn missing(
    item: &Item<'_>,
    n: f64,
    df: f64,
    reason: &'static str,
    code: Code,
) -> Result<Estimate, Error> {
    let name = &item.spec.name;
    if item.domain.is_empty() {
        let message = match code {
            Code::DfZero => {
                format!("estimate {name} has as many strata as PSUs, so its error is unknown")
            }
            _ => format!("estimate {name} has no row with an answer"),
        };
        let detail = json!({"estimate": name, "n": n, "df": df});
        return Err(Error::new(code, message, detail));
    }
    Ok(Estimate {
        reasons: vec![reason],
        ..blank(item, n, df)
    })
}

/// An estimate without numbers: all NaN, suppressed.
fn blank(item: &Item<'_>, n: f64, df: f64) -> Estimate {
    let spec = item.spec;
    Estimate {
        index: item.index,
        name: spec.name.clone(),
        domain: item.domain.clone(),
        n: whole(n),
        estimate: f64::NAN,
        std_error: f64::NAN,
        df,
        variance_factor: 1.0,
        lower: f64::NAN,
        upper: f64::NAN,
        level: spec.level,
        design_effect: f64::NAN,
        n_effective: f64::NAN,
        verdict: spec.target.map(|_| Verdict::Suppressed),
        target: spec.target,
        decision_lower: None,
        decision_upper: None,
        p_value: None,
        presentation: Presentation::Suppress,
        reasons: Vec::new(),
        kind: spec.kind,
        census: false,
        probability: None,
    }
}

/// A figure with its interval, presentation and verdict, and with the one-sided P of the t-test
/// against the target in the direction of meeting it.
///
/// # Formula
///
/// ```text
/// t = (θ̂ − p₀)/se          P = P(T_df > t) for targets ≥ and >, P(T_df > −t) for ≤ and <
/// ```
///
/// * `small_sample_factor`: that of the design, used if the specification asks for it
pub(super) fn judge(item: &Item<'_>, figure: &Figure, small_sample_factor: f64) -> Estimate {
    if figure.census {
        return census(item, figure);
    }
    let spec = item.spec;
    let plain = Proportion {
        estimate: figure.estimate,
        variance: figure.variance,
        n: figure.n,
        df: figure.df,
    };
    let variance_factor = match spec.small_sample {
        true => small_sample_factor,
        false => 1.0,
    };
    let p = Proportion {
        variance: figure.variance * variance_factor,
        df: match spec.df {
            // Its strata count PSUs without members of the domain too.
            DegreesOfFreedom::Satterthwaite if figure.satterthwaite.is_finite() => {
                figure.satterthwaite.min(figure.df)
            }
            _ => figure.df,
        },
        ..plain
    };
    let n_effective = effective_size(spec, figure);
    let (lower, upper) = interval(spec, p);
    let Standard {
        presentation,
        reasons,
    } = standard(spec, plain, n_effective, (lower, upper));
    let std_error = figure.variance.sqrt();
    let mut estimate = Estimate {
        estimate: figure.estimate,
        std_error,
        lower,
        upper,
        design_effect: figure.variance / figure.srs_variance,
        n_effective,
        presentation,
        reasons,
        variance_factor,
        ..blank(item, figure.n, p.df)
    };
    if let Some(target) = spec.target {
        let t = (figure.estimate - target.value) / p.variance.sqrt();
        let t = if target.wants_more() { t } else { -t };
        estimate.p_value = Some(t_upper(t, p.df));
        set_verdict(&mut estimate, spec, p, spec.alpha);
    }
    suppress_unless_numbers(&mut estimate);
    estimate
}

/// An estimate without sampling error: the interval is the estimate, and no test is needed.
fn census(item: &Item<'_>, figure: &Figure) -> Estimate {
    let value = figure.estimate;
    let target = item.spec.target;
    let mut estimate = Estimate {
        estimate: value,
        std_error: 0.0,
        lower: value,
        upper: value,
        design_effect: 0.0,
        n_effective: figure.n,
        verdict: target.map(|target| decide(target, value, value)),
        decision_lower: target.map(|_| value),
        decision_upper: target.map(|_| value),
        presentation: Presentation::Publish,
        census: true,
        ..blank(item, figure.n, figure.df)
    };
    suppress_unless_numbers(&mut estimate);
    estimate
}

/// Suppresses an estimate if it, its standard error or its interval is not a number, such as a
/// ratio to a sum of zero or a variance beyond the range of a double.
pub(super) fn suppress_unless_numbers(estimate: &mut Estimate) {
    const REASON: &str = "not_a_number";
    let numbers = [
        estimate.estimate,
        estimate.std_error,
        estimate.lower,
        estimate.upper,
    ];
    if numbers.iter().all(|number| number.is_finite()) || estimate.reasons.contains(&REASON) {
        return;
    }
    estimate.presentation = Presentation::Suppress;
    estimate.reasons.push(REASON);
    estimate.verdict = estimate.target.map(|_| Verdict::Suppressed);
}

/// p(1 − p)/v of a share, n at p = 0 or 1; n · v_srs/v of anything else.
fn effective_size(spec: &EstimateSpec, figure: &Figure) -> f64 {
    let p = figure.estimate;
    match spec.kind.is_share() {
        true if p <= 0.0 || p >= 1.0 => figure.n,
        true => p * (1.0 - p) / figure.variance,
        false => figure.n * figure.srs_variance / figure.variance,
    }
}

/// The two-sided interval that the specification asks for, at its confidence.
fn interval(spec: &EstimateSpec, p: Proportion) -> (f64, f64) {
    match method(spec, p) {
        Some(method) => proportion(method, p, spec.level),
        None => wald(p.estimate, p.variance, p.df, spec.level),
    }
}

/// The method for a share, or for a ratio that is one; `None` for all others, which use t.
fn method(spec: &EstimateSpec, p: Proportion) -> Option<Method> {
    let is_share_like = spec.kind == Kind::Ratio
        && spec.interval == Some(Method::Logit)
        && (0.0..=1.0).contains(&p.estimate);
    match spec.interval {
        _ if spec.kind.is_share() => Some(spec.interval.unwrap_or(Method::KornGraubard)),
        interval if is_share_like => interval,
        _ => None,
    }
}

/// Whether the estimate may be shown. A share is judged by its 95 % Korn–Graubard interval,
/// whatever interval is `reported`.
fn standard(
    spec: &EstimateSpec,
    p: Proportion,
    n_effective: f64,
    reported: (f64, f64),
) -> Standard {
    if !spec.kind.is_share() {
        return variation_standard(p.estimate, p.variance.sqrt(), p.n, p.df);
    }
    let is_korn_graubard = matches!(spec.interval, None | Some(Method::KornGraubard))
        && spec.df == DegreesOfFreedom::Design
        && !spec.small_sample;
    let (lower, upper) = if is_korn_graubard && spec.level == NCHS_LEVEL {
        reported
    } else {
        korn_graubard(p, NCHS_LEVEL)
    };
    proportion_standard(p.estimate, lower, upper, p.n, n_effective, p.df)
}

/// Sets the verdict from one-sided bounds at `alpha`; *suppressed* if the estimate may not be
/// shown.
pub(super) fn set_verdict(estimate: &mut Estimate, spec: &EstimateSpec, p: Proportion, alpha: f64) {
    let Some(target) = spec.target else { return };
    let (lower, upper) = decision_bounds(spec, p, alpha);
    estimate.decision_lower = Some(lower);
    estimate.decision_upper = Some(upper);
    estimate.verdict = Some(if estimate.presentation == Presentation::Suppress {
        Verdict::Suppressed
    } else {
        decide(target, lower, upper)
    });
}

/// One-sided bounds, each at confidence 1 − `alpha`: the two-sided interval at confidence 1 −
/// 2·`alpha`.
///
/// A share is never judged by the symmetric interval, which near 0.9 says *met* falsely up to three
/// times as often as it should (table in [`estimation`](crate::estimation)). At 0 and 1, where the
/// variance says nothing, it is judged by [`korn_graubard_at_edge`].
pub(super) fn decision_bounds(spec: &EstimateSpec, p: Proportion, alpha: f64) -> (f64, f64) {
    let level = 1.0 - 2.0 * alpha;
    match method(spec, p) {
        None => wald(p.estimate, p.variance, p.df, level),
        Some(_) if p.is_at_edge() => korn_graubard_at_edge(p, level),
        Some(method @ (Method::Logit | Method::Wilson)) => proportion(method, p, level),
        Some(_) => korn_graubard(p, level),
    }
}
