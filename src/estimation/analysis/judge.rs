//! Interval, presentation and verdict of a figure, and Holm's correction over domains.
#![expect(clippy::indexing_slicing, reason = "positions found in the same list")]

use serde_json::json;

use super::Estimate;
use crate::estimation::error::{Code, Error};
use crate::estimation::interval::{self, Method};
use crate::estimation::judgement::{self, Presentation, Standard, Verdict};
use crate::estimation::moments::Figure;
use crate::estimation::spec::{EstimateSpec, Kind};
use crate::estimation::weighting;

/// An estimate that cannot be made: an error for the whole, suppressed for a level.
pub(in crate::estimation) fn missing(
    spec: &EstimateSpec,
    domain: Vec<(String, String)>,
    n: f64,
    df: f64,
    reason: &'static str,
    code: Code,
) -> Result<Estimate, Error> {
    if domain.is_empty() {
        let message = match code {
            Code::DfZero => format!(
                "estimate {} has as many strata as PSUs, so its error is unknown",
                spec.name
            ),
            _ => format!("estimate {} has no row with an answer", spec.name),
        };
        return Err(Error::new(
            code,
            message,
            json!({"estimate": spec.name, "n": n, "df": df}),
        ));
    }
    let mut estimate = blank(spec, domain, n, df);
    estimate.reasons = vec![reason];
    Ok(estimate)
}

pub(super) fn blank(
    spec: &EstimateSpec,
    domain: Vec<(String, String)>,
    n: f64,
    df: f64,
) -> Estimate {
    Estimate {
        name: spec.name.clone(),
        domain,
        n: as_count(n),
        estimate: f64::NAN,
        std_error: f64::NAN,
        df,
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

#[expect(clippy::as_conversions, reason = "a count of rows, never negative")]
pub(super) fn as_count(n: f64) -> u64 {
    n as u64
}

/// Interval, presentation and verdict of a figure.
pub(in crate::estimation) fn judge(
    spec: &EstimateSpec,
    domain: Vec<(String, String)>,
    figure: &Figure,
) -> Estimate {
    let share = matches!(spec.kind, Kind::Proportion | Kind::Indicator);
    let p = interval::Proportion {
        estimate: figure.estimate,
        variance: figure.variance,
        n: figure.n,
        df: figure.df,
    };
    if figure.census {
        return census(spec, domain, figure);
    }
    let at_edge = figure.estimate <= 0.0 || figure.estimate >= 1.0;
    let binomial = figure.estimate * (1.0 - figure.estimate);
    let n_effective = match (share, at_edge) {
        (true, true) => figure.n,
        (true, false) => binomial / figure.variance,
        (false, _) => figure.n * figure.reference / figure.variance,
    };
    let (lower, upper) = bounds(spec, p, spec.level);
    let std_error = libm::sqrt(figure.variance);
    let standard = if share {
        let same = spec.level == 0.95
            && spec
                .interval
                .is_none_or(|method| method == Method::KornGraubard);
        let (l, u) = if same {
            (lower, upper)
        } else {
            interval::korn_graubard(p, 0.95)
        };
        judgement::proportion_standard(figure.estimate, l, u, figure.n, n_effective, figure.df)
    } else {
        judgement::variation_standard(figure.estimate, std_error, figure.n, figure.df)
    };
    let Standard {
        presentation,
        reasons,
    } = standard;
    let mut estimate = Estimate {
        estimate: figure.estimate,
        std_error,
        lower,
        upper,
        design_effect: figure.variance / figure.reference,
        n_effective,
        presentation,
        reasons,
        ..blank(spec, domain, figure.n, figure.df)
    };
    if let Some(target) = spec.target {
        let t = (figure.estimate - target.value) / std_error;
        let p_value = crate::estimation::distribution::t_upper(
            if target.wants_more() { t } else { -t },
            figure.df,
        );
        estimate.p_value = Some(p_value);
        decide(&mut estimate, spec, p, spec.alpha);
    }
    suppress_unless_numbers(&mut estimate);
    estimate
}

/// A figure without sampling error: the interval is the estimate, and no test is needed.
fn census(spec: &EstimateSpec, domain: Vec<(String, String)>, figure: &Figure) -> Estimate {
    let value = figure.estimate;
    let target = spec.target;
    let mut estimate = Estimate {
        estimate: value,
        std_error: 0.0,
        lower: value,
        upper: value,
        design_effect: 0.0,
        n_effective: figure.n,
        verdict: target.map(|target| judgement::decide(target, value, value)),
        decision_lower: target.map(|_| value),
        decision_upper: target.map(|_| value),
        presentation: Presentation::Publish,
        census: true,
        ..blank(spec, domain, figure.n, figure.df)
    };
    suppress_unless_numbers(&mut estimate);
    estimate
}

/// Nothing is published, and nothing decided, whose estimate, standard error or interval is not a
/// number, such as a ratio to a sum of zero or a variance beyond the range of a double.
pub(in crate::estimation) fn suppress_unless_numbers(estimate: &mut Estimate) {
    let numbers = [
        estimate.estimate,
        estimate.std_error,
        estimate.lower,
        estimate.upper,
    ];
    if !numbers.iter().all(|number| number.is_finite())
        && !estimate.reasons.contains(&"not_a_number")
    {
        estimate.presentation = Presentation::Suppress;
        estimate.reasons.push("not_a_number");
        estimate.verdict = estimate.target.map(|_| Verdict::Suppressed);
    }
}

/// Sets the verdict from one-sided bounds at `alpha`.
pub(super) fn decide(
    estimate: &mut Estimate,
    spec: &EstimateSpec,
    p: interval::Proportion,
    alpha: f64,
) {
    let Some(target) = spec.target else { return };
    let (lower, upper) = decision_bounds(spec, p, alpha);
    estimate.decision_lower = Some(lower);
    estimate.decision_upper = Some(upper);
    estimate.verdict = Some(if estimate.presentation == Presentation::Suppress {
        Verdict::Suppressed
    } else {
        judgement::decide(target, lower, upper)
    });
}

/// The two-sided interval that the specification asks for.
pub(super) fn bounds(spec: &EstimateSpec, p: interval::Proportion, level: f64) -> (f64, f64) {
    match (spec.kind, spec.interval) {
        (Kind::Proportion | Kind::Indicator, method) => {
            interval::proportion(method.unwrap_or(Method::KornGraubard), p, level)
        }
        _ => interval::wald(p.estimate, p.variance, p.df, level),
    }
}

/// One-sided bounds, each at confidence 1 − α. A share is never judged by the symmetric interval, which near 0.9 declares
/// targets met twice too often (see the table in [`super`]).
pub(super) fn decision_bounds(
    spec: &EstimateSpec,
    p: interval::Proportion,
    alpha: f64,
) -> (f64, f64) {
    let level = 1.0 - 2.0 * alpha;
    match (spec.kind, spec.interval) {
        (Kind::Proportion | Kind::Indicator, Some(method @ (Method::Logit | Method::Wilson))) => {
            interval::proportion(method, p, level)
        }
        (Kind::Proportion | Kind::Indicator, _) => interval::korn_graubard(p, level),
        _ => interval::wald(p.estimate, p.variance, p.df, level),
    }
}

/// Holm's step-down over the levels of each `by` (Holm 1979, Scand. J. Stat. 6): the k-th smallest P is judged at
/// α/(m − k + 1); the first that decides nothing ends the decisions.
pub(super) fn holm(block: &mut [Estimate], spec: &EstimateSpec) {
    let mut families: Vec<Vec<usize>> = Vec::new();
    let mut names: Vec<Vec<String>> = Vec::new();
    for (at, estimate) in block.iter().enumerate() {
        if estimate.domain.is_empty()
            || estimate.census
            || estimate
                .verdict
                .is_none_or(|verdict| verdict == Verdict::Suppressed)
        {
            continue;
        }
        let family: Vec<String> = estimate
            .domain
            .iter()
            .map(|(variable, _)| variable.clone())
            .collect();
        match names.iter().position(|known| *known == family) {
            Some(known) => families[known].push(at),
            None => {
                names.push(family);
                families.push(vec![at]);
            }
        }
    }
    for family in families {
        let mut order: Vec<(f64, usize)> = family
            .iter()
            .map(|&at| (smallest_alpha(&block[at], spec), at))
            .collect();
        order.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let mut open = true;
        for (rank, &(needed, at)) in order.iter().enumerate() {
            let alpha = spec.alpha / weighting::count(order.len() - rank);
            open &= needed <= alpha;
            let p = proportion_of(&block[at]);
            decide(&mut block[at], spec, p, alpha);
            if !open {
                block[at].verdict = Some(Verdict::Inconclusive);
            }
        }
    }
}

pub(super) fn proportion_of(estimate: &Estimate) -> interval::Proportion {
    #[expect(clippy::as_conversions, reason = "no count of rows reaches 2^53")]
    let n = estimate.n as f64;
    interval::Proportion {
        estimate: estimate.estimate,
        variance: estimate.std_error * estimate.std_error,
        n,
        df: estimate.df,
    }
}

/// The smallest α at which the bounds decide anything.
pub(super) fn smallest_alpha(estimate: &Estimate, spec: &EstimateSpec) -> f64 {
    let Some(target) = spec.target else {
        return 1.0;
    };
    let p = proportion_of(estimate);
    let decides = |alpha: f64| {
        let (lower, upper) = decision_bounds(spec, p, alpha);
        judgement::decide(target, lower, upper) != Verdict::Inconclusive
    };
    let (mut low, mut high) = (-30.0_f64, libm::log(0.499));
    if !decides(libm::exp(high)) {
        return 1.0;
    }
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if decides(libm::exp(middle)) {
            high = middle;
        } else {
            low = middle;
        }
    }
    libm::exp(high)
}
