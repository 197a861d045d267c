//! The quantiles that a specification asks for.

use crate::estimation::analysis::estimate::Estimate;
use crate::estimation::analysis::judge::{judge, missing};
use crate::estimation::columns::Columns;
use crate::estimation::domain::Domain;
use crate::estimation::error::{Code, Error};
use crate::estimation::figure::Figure;
use crate::estimation::judgement::{self, Verdict};
use crate::estimation::quantile::{Interval, quantile};
use crate::estimation::rows::Rows;
use crate::estimation::series::Series;
use crate::estimation::simple_random::answered;
use crate::estimation::spec::estimate::{EstimateSpec, Probabilities};
use crate::estimation::statistic::Sample;

/// The quantiles that a specification asks for on one domain.
///
/// The interval is Woodruff's (1952, JASA 47): with F̂ the share at or below the quantile and its t interval [F_L, F_U],
/// the limits are the quantiles at F_L and F_U; the standard error is their distance over 2 t.
///
/// # Errors
/// `EMPTY_DOMAIN`, `DF_ZERO` for the whole; `SPEC_INVALID` for probabilities outside (0, 1).
pub(super) fn estimates(
    columns: &Columns,
    rows: &Rows<'_>,
    spec: &EstimateSpec,
    partition: usize,
    domain: Domain,
    labels: Vec<(String, String)>,
) -> Result<Vec<Estimate>, Error> {
    let probabilities = match &spec.probs {
        None => vec![0.5],
        Some(Probabilities::One(p)) => vec![*p],
        Some(Probabilities::Many(many)) => many.clone(),
    };
    if probabilities.iter().any(|p| !(*p > 0.0 && *p < 1.0)) {
        return Err(Error::spec(format!(
            "estimate {}: probabilities lie between 0 and 1",
            spec.name
        )));
    }
    let series = Series::of(columns, spec)?;
    let (values, _) = series.decode(rows.design.rows);
    let sample = Sample {
        design: rows.design,
        replicates: rows.replicates,
        member: rows.member(partition, domain),
    };
    let n = answered(&rows.design.weights, &values, &sample.member);
    let df = rows.degrees_of_freedom(partition, domain);
    let mut out = Vec::new();
    for p in probabilities {
        if n == 0.0 || df < 1.0 {
            let (reason, code) = if n == 0.0 {
                ("no_answer", Code::EmptyDomain)
            } else {
                ("df_zero", Code::DfZero)
            };
            let mut estimate = missing(spec, labels.clone(), n, df, reason, code)?;
            estimate.probability = Some(p);
            out.push(estimate);
            continue;
        }
        let found = quantile(
            &sample,
            &values,
            p,
            spec.quantile_rule,
            Interval::Woodruff,
            spec.level,
        );
        let reference = found.share * (1.0 - found.share) / (n - 1.0);
        let figure = Figure {
            n,
            estimate: found.estimate,
            variance: found.std_error * found.std_error,
            reference,
            df,
        };
        let mut estimate = judge(spec, labels.clone(), &figure);
        (estimate.lower, estimate.upper) = (found.lower, found.upper);
        estimate.design_effect = found.share_variance / reference;
        estimate.n_effective = n * reference / found.share_variance;
        if let Some(target) = spec.target {
            let bounds = quantile(
                &sample,
                &values,
                p,
                spec.quantile_rule,
                Interval::Woodruff,
                1.0 - 2.0 * spec.alpha,
            );
            (estimate.decision_lower, estimate.decision_upper) =
                (Some(bounds.lower), Some(bounds.upper));
            estimate.p_value = None;
            if estimate.verdict != Some(Verdict::Suppressed) {
                estimate.verdict = Some(judgement::decide(target, bounds.lower, bounds.upper));
            }
        }
        estimate.probability = Some(p);
        out.push(estimate);
    }
    Ok(out)
}
