//! Quantiles of weighted data by R's rules, with Woodruff's interval.
#![expect(
    clippy::indexing_slicing,
    reason = "sorted values and cumulative weights of one length"
)]

use super::columns::Columns;
use super::error::{Code, Error};
use super::influence;
use super::interval;
use super::judgement;
use super::moments::{Domain, Figure};
use super::rows::{Rows, answered};
use super::series::Series;
use super::spec::{EstimateSpec, Probabilities, QuantileRule};
use super::summation::exact;
use super::variance::covariance;

/// Cumulative shares within this of p count as equal to it: with equal weights R leaves such ties to rounding noise.
const TIE: f64 = 1e-12;

/// Distinct values in order with the sum of weights at each.
#[derive(Debug, Clone, PartialEq)]
pub struct Distribution {
    values: Vec<f64>,
    cumulative: Vec<f64>,
    /// Every observation on its own, for the rules that count observations.
    sorted: Vec<(f64, f64)>,
}

impl Distribution {
    /// The distribution of `values` with `weights`, rows with weight zero, missing or not `member` left out.
    #[must_use]
    pub fn new(values: &[f64], weights: &[f64], member: &[bool]) -> Self {
        let mut sorted: Vec<(f64, f64)> = (0..values.len())
            .filter(|&row| member[row] && weights[row] != 0.0 && !values[row].is_nan())
            .map(|row| (values[row], weights[row]))
            .collect();
        sorted.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let (mut distinct, mut cumulative, mut running) = (Vec::new(), Vec::new(), 0.0);
        for group in sorted.chunk_by(|a, b| a.0 == b.0) {
            running += exact(&group.iter().map(|(_, weight)| *weight).collect::<Vec<_>>());
            distinct.push(group[0].0);
            cumulative.push(running);
        }
        Self {
            values: distinct,
            cumulative,
            sorted,
        }
    }

    /// Whether nobody is in it.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The p-quantile by a rule; NaN if nobody is in the distribution.
    #[must_use]
    pub fn quantile(&self, p: f64, rule: QuantileRule) -> f64 {
        if self.is_empty() || p.is_nan() {
            return f64::NAN;
        }
        match rule {
            QuantileRule::Math | QuantileRule::Hf1 => self.values[self.reaching(p).0],
            QuantileRule::School | QuantileRule::Hf2 => {
                let (at, tie) = self.reaching(p);
                if tie {
                    0.5 * (self.values[at] + self.values[(at + 1).min(self.values.len() - 1)])
                } else {
                    self.values[at]
                }
            }
            _ => self.by_position(p, rule),
        }
    }

    /// The first value whose cumulative share reaches p, and whether it equals p.
    fn reaching(&self, p: f64) -> (usize, bool) {
        let total = self.cumulative.last().copied().unwrap_or(0.0);
        let at = self
            .cumulative
            .partition_point(|cumulative| *cumulative < (p - TIE) * total)
            .min(self.values.len() - 1);
        (at, (self.cumulative[at] - p * total).abs() <= TIE * total)
    }

    fn by_position(&self, p: f64, _rule: QuantileRule) -> f64 {
        let _ = &self.sorted;
        p
    }
}

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
) -> Result<Vec<super::analysis::Estimate>, Error> {
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
    let member = rows.member(partition, domain);
    let weights = &rows.design.weights;
    let n = answered(weights, &values, &member);
    let df = rows.degrees_of_freedom(partition, domain);
    let mut out = Vec::new();
    for p in probabilities {
        if n == 0.0 || df < 1.0 {
            let (reason, code) = if n == 0.0 {
                ("no_answer", Code::EmptyDomain)
            } else {
                ("df_zero", Code::DfZero)
            };
            let mut estimate = super::analysis::missing(spec, labels.clone(), n, df, reason, code)?;
            estimate.probability = Some(p);
            out.push(estimate);
            continue;
        }
        let distribution = Distribution::new(&values, weights, &member);
        let quantile = distribution.quantile(p, spec.quantile_rule);
        let below: Vec<f64> = values
            .iter()
            .map(|value| {
                if value.is_nan() {
                    f64::NAN
                } else {
                    f64::from(u8::from(*value <= quantile))
                }
            })
            .collect();
        let ones = vec![1.0; below.len()];
        let (share, mut u) = influence::ratio(weights, &below, &ones, &member);
        let variance = match rows.replicates {
            Some(replicates) => replicates.variance(share, |weights| {
                influence::ratio(weights, &below, &ones, &member).0
            }),
            None => {
                influence::take_residuals(rows.design, &mut u);
                let keeps_rows = !rows.design.adjustments.is_empty();
                covariance(rows.design, &[u], (!keeps_rows).then_some(&member))[0]
            }
        };
        let (low, high) = interval::wald(share, variance, df, spec.level);
        let (lower, upper) = (
            distribution.quantile(low, spec.quantile_rule),
            distribution.quantile(high, spec.quantile_rule),
        );
        let std_error = (upper - lower) / (2.0 * interval::critical(spec.level, df));
        let reference = share * (1.0 - share) / (n - 1.0);
        let figure = Figure {
            n,
            estimate: quantile,
            variance: std_error * std_error,
            reference,
            df,
        };
        let mut estimate = super::analysis::judge(spec, labels.clone(), &figure);
        (estimate.lower, estimate.upper) = (lower, upper);
        estimate.design_effect = variance / reference;
        estimate.n_effective = n * reference / variance;
        if let Some(target) = spec.target {
            let (low, high) = interval::wald(share, variance, df, 1.0 - 2.0 * spec.alpha);
            let bounds = (
                distribution.quantile(low, spec.quantile_rule),
                distribution.quantile(high, spec.quantile_rule),
            );
            (estimate.decision_lower, estimate.decision_upper) = (Some(bounds.0), Some(bounds.1));
            estimate.p_value = None;
            if estimate.verdict != Some(judgement::Verdict::Suppressed) {
                estimate.verdict = Some(judgement::decide(target, bounds.0, bounds.1));
            }
        }
        estimate.probability = Some(p);
        out.push(estimate);
    }
    Ok(out)
}
