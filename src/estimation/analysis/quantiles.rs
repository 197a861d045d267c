//! The quantiles of a specification.
//!
//! They are not made from sums: the values of a domain are sorted, and the error is taken over the
//! share at or below the quantile ([`quantile`]).

use crate::estimation::analysis::estimate::Estimate;
use crate::estimation::analysis::judge::{Item, judge, missing, suppress_unless_numbers};
use crate::estimation::columns::Columns;
use crate::estimation::domains::{Domain, Domains};
use crate::estimation::error::{Code, Error};
use crate::estimation::figure::Figure;
use crate::estimation::judgement::{Verdict, decide};
use crate::estimation::quantile::distribution::Distribution;
use crate::estimation::quantile::woodruff::{Interval, Quantile, quantile};
use crate::estimation::rowwise::RowwiseEstimator;
use crate::estimation::simple_random::answered;
use crate::estimation::spec::estimate::{EstimateSpec, Probabilities};
use crate::estimation::statistic::Sample;
use crate::estimation::study_variable::StudyVariable;

/// The quantiles of an item on one domain, one estimate per probability, with Woodruff's interval.
///
/// Design effect and effective size are those of the share F̂ at or below the quantile:
/// v(F̂)/(F̂(1−F̂)/(n−1)). The verdict compares the target with Woodruff's one-sided bounds; there
/// is no P.
///
/// # Errors
///
/// `EMPTY_DOMAIN`, `DF_ZERO` for the whole; `SPEC_INVALID` for probabilities outside (0, 1);
/// `UNKNOWN_COLUMN`, `NOT_A_NUMBER`.
pub(super) fn quantiles(
    columns: &Columns,
    estimator: &RowwiseEstimator<'_>,
    item: &Item<'_>,
    domains: &Domains,
    domain: Domain,
) -> Result<Vec<Estimate>, Error> {
    let spec = item.spec;
    let probabilities = probabilities(spec)?;
    let (values, _) = StudyVariable::new(columns, spec)?.decode(estimator.design.rows);
    let sample = Sample {
        design: estimator.design,
        replicates: estimator.replicates,
        member: estimator.members(domains, domain),
    };
    let n = answered(&sample.design.weights, &values, &sample.member);
    let df = estimator.degrees_of_freedom(domains, domain);
    let census = estimator.is_census(&sample.member);
    let estimate = |p: f64| {
        if n == 0.0 {
            return missing(item, n, df, "no_answer", Code::EmptyDomain);
        }
        if census {
            let distribution = Distribution::new(&values, &sample.design.weights, &sample.member);
            let estimate = distribution.quantile(p, spec.quantile_rule);
            return Ok(without_error(item, n, df, estimate));
        }
        if df < 1.0 {
            return missing(item, n, df, "df_zero", Code::DfZero);
        }
        let at_level = |level: f64| {
            let rule = spec.quantile_rule;
            quantile(&sample, &values, p, rule, Interval::Woodruff, level)
        };
        Ok(judged(item, n, df, at_level))
    };
    let estimates = probabilities.into_iter().map(|p| {
        Ok(Estimate {
            probability: Some(p),
            ..estimate(p)?
        })
    });
    estimates.collect()
}

/// The probabilities that are asked for; the median if none is.
fn probabilities(spec: &EstimateSpec) -> Result<Vec<f64>, Error> {
    let probabilities = match &spec.probs {
        None => vec![0.5],
        Some(Probabilities::One(p)) => vec![*p],
        Some(Probabilities::Many(many)) => many.clone(),
    };
    if probabilities.iter().all(|p| *p > 0.0 && *p < 1.0) {
        return Ok(probabilities);
    }
    Err(Error::spec(format!(
        "estimate {}: probabilities lie between 0 and 1",
        spec.name
    )))
}

/// A quantile of a domain whose whole population is in the sample.
fn without_error(item: &Item<'_>, n: f64, df: f64, quantile: f64) -> Estimate {
    let figure = Figure {
        n,
        estimate: quantile,
        variance: 0.0,
        srs_variance: f64::NAN,
        df,
        satterthwaite: f64::NAN,
        census: true,
    };
    judge(item, &figure, 1.0)
}

/// A quantile with its presentation and verdict. `at_level` gives it with the interval of a
/// confidence.
fn judged(item: &Item<'_>, n: f64, df: f64, at_level: impl Fn(f64) -> Quantile) -> Estimate {
    let spec = item.spec;
    let found = at_level(spec.level);
    let srs_variance = found.share * (1.0 - found.share) / (n - 1.0);
    let figure = Figure {
        n,
        estimate: found.estimate,
        variance: found.std_error * found.std_error,
        srs_variance,
        df,
        satterthwaite: f64::NAN,
        census: false,
    };
    let mut estimate = Estimate {
        lower: found.lower,
        upper: found.upper,
        design_effect: found.share_variance / srs_variance,
        n_effective: n * srs_variance / found.share_variance,
        ..judge(item, &figure, 1.0)
    };
    if let Some(target) = spec.target {
        let bounds = at_level(1.0 - 2.0 * spec.alpha);
        estimate.decision_lower = Some(bounds.lower);
        estimate.decision_upper = Some(bounds.upper);
        estimate.p_value = None;
        if estimate.verdict != Some(Verdict::Suppressed) {
            estimate.verdict = Some(decide(target, bounds.lower, bounds.upper));
        }
    }
    suppress_unless_numbers(&mut estimate);
    estimate
}
