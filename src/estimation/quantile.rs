//! Quantiles of weighted data by R's rules, with Woodruff's interval.
#![expect(
    clippy::indexing_slicing,
    reason = "sorted values and cumulative weights of one length"
)]

use super::columns::Columns;
use super::error::{Code, Error};
use super::interval;
use super::judgement;
use super::moments::{Domain, Figure};
use super::rows::{Rows, answered};
use super::series::Series;
use super::spec::{EstimateSpec, Probabilities, QuantileRule};
use super::statistic::Sample;
use super::summation::exact;

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
        // Stable, as in R: the interpolating rules depend on the order of tied rows.
        sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
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

    /// Hyndman & Fan (1996, Am. Stat. 50) carried to weights as in `survey` 4.1: type 3 on distinct values, types 4 to 9
    /// by interpolation between plotting positions of the observations.
    fn by_position(&self, p: f64, rule: QuantileRule) -> f64 {
        let count = self.sorted.len();
        if count == 1 {
            return self.values[0];
        }
        if rule == QuantileRule::Hf3 {
            return self.nearest_even(p);
        }
        let mut running = 0.0;
        let cumulative: Vec<f64> = self
            .sorted
            .iter()
            .map(|(_, weight)| {
                running += weight;
                running
            })
            .collect();
        let (total, last) = (running, self.sorted[count - 1].1);
        let rows = super::weighting::count(count);
        let position = |at: usize| {
            let (weight, up_to) = (self.sorted[at].1, cumulative[at]);
            match rule {
                QuantileRule::Hf4 => up_to / total,
                QuantileRule::Hf5 => (up_to - weight / 2.0) / total,
                QuantileRule::Hf6 => up_to / (total + last),
                QuantileRule::Hf7 => (up_to - weight) / cumulative[count - 2],
                QuantileRule::Hf8 => (up_to - weight / 3.0) / (total + last / 3.0),
                QuantileRule::Hf9 => (up_to - weight * 3.0 / 8.0) / (total + last / 4.0),
                // R takes w, not w over its mean, in the last term; kept so that R is matched.
                _ => (up_to * rows / total + 0.5 - weight / 2.0) / (rows + 1.0),
            }
        };
        let mut points: Vec<(f64, f64)> = (0..count)
            .map(|at| (position(at), self.sorted[at].0))
            .collect();
        if rule == QuantileRule::Shahvaish {
            points.sort_by(|a, b| a.0.total_cmp(&b.0));
            let at = points.partition_point(|(position, _)| *position <= p);
            return points[at.saturating_sub(1)].1;
        }
        let at = points.partition_point(|(position, _)| *position < p);
        if at == 0 || at == count {
            return points[at.min(count - 1)].1;
        }
        let ((below, low), (above, high)) = (points[at - 1], points[at]);
        low + (high - low) * ((p - below) / (above - below))
    }

    fn nearest_even(&self, p: f64) -> f64 {
        let total = self.cumulative.last().copied().unwrap_or(0.0);
        let reached = self
            .cumulative
            .partition_point(|cumulative| *cumulative <= (p + TIE) * total);
        let low = reached.saturating_sub(1);
        let tie = (self.cumulative[low] - p * total).abs() <= TIE * total;
        let high = (low + 1).min(self.values.len() - 1);
        if tie && low % 2 == 1 {
            self.values[low]
        } else {
            self.values[high]
        }
    }
}

/// How the interval of a quantile is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interval {
    /// Woodruff (1952, JASA 47): the quantiles at the t limits of the share below.
    Woodruff,
    /// The quantiles at the limits of R's `beta` interval of that share.
    Beta,
    /// The quantiles at the limits of its logit interval.
    Logit,
    /// Estimate ± t times the standard error of the replicated quantiles. Not for jackknives.
    Replicate,
}

/// A quantile with its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quantile {
    /// The quantile.
    pub estimate: f64,
    /// Half the interval over t, as R gives it; for [`Interval::Replicate`], from the replicates.
    pub std_error: f64,
    /// Lower limit.
    pub lower: f64,
    /// Upper limit.
    pub upper: f64,
    /// The share at or below the estimate.
    pub share: f64,
    /// Its design variance.
    pub share_variance: f64,
}

/// The p-quantile of `values` in a sample: with F̂ the share at or below it and [F_L, F_U] an interval of F̂, the limits are
/// the quantiles at F_L and F_U, and the standard error is their distance over 2 t.
#[must_use]
pub fn quantile(
    sample: &Sample<'_>,
    values: &[f64],
    p: f64,
    rule: QuantileRule,
    method: Interval,
    level: f64,
) -> Quantile {
    let weights = &sample.design.weights;
    let distribution = Distribution::new(values, weights, &sample.member);
    let estimate = distribution.quantile(p, rule);
    let below: Vec<f64> = values
        .iter()
        .map(|value| {
            if value.is_nan() {
                f64::NAN
            } else {
                f64::from(u8::from(*value <= estimate))
            }
        })
        .collect();
    let share = sample.means(&[below]);
    let (f, variance) = (share.values[0], share.covariance[0]);
    let t = interval::critical(level, share.df);
    if let (Interval::Replicate, Some(replicates)) = (method, sample.replicates) {
        let spread = replicates.variance(estimate, |weights| {
            Distribution::new(values, weights, &sample.member).quantile(p, rule)
        });
        let std_error = libm::sqrt(spread);
        let (lower, upper) = (estimate - t * std_error, estimate + t * std_error);
        return Quantile {
            estimate,
            std_error,
            lower,
            upper,
            share: f,
            share_variance: variance,
        };
    }
    let of_share = interval::Proportion {
        estimate: f,
        variance,
        n: share.n,
        df: share.df,
    };
    let (low, high) = match method {
        Interval::Beta => interval::beta(of_share, rows_of(sample), level),
        Interval::Logit => interval::logit(of_share, level),
        Interval::Woodruff | Interval::Replicate => interval::wald(f, variance, share.df, level),
    };
    let (lower, upper) = (
        distribution.quantile(low, rule),
        distribution.quantile(high, rule),
    );
    Quantile {
        estimate,
        std_error: (upper - lower) / (2.0 * t),
        lower,
        upper,
        share: f,
        share_variance: variance,
    }
}

/// The rows that R's beta interval counts: the domain, or all once weights are adjusted.
fn rows_of(sample: &Sample<'_>) -> f64 {
    if !sample.design.is_calibrated() {
        super::weighting::count(sample.member.iter().filter(|member| **member).count())
    } else {
        super::weighting::count(sample.design.rows)
    }
}

/// A quantile without sampling error.
fn of_census(
    spec: &EstimateSpec,
    labels: Vec<(String, String)>,
    (n, df): (f64, f64),
    p: f64,
    quantile: f64,
) -> super::analysis::Estimate {
    let figure = Figure {
        n,
        estimate: quantile,
        variance: 0.0,
        reference: f64::NAN,
        df,
        census: true,
    };
    let mut estimate = super::analysis::judge(spec, labels, &figure);
    estimate.probability = Some(p);
    estimate
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
    let sample = Sample {
        design: rows.design,
        replicates: rows.replicates,
        member: rows.member(partition, domain),
    };
    let n = answered(&rows.design.weights, &values, &sample.member);
    let df = rows.degrees_of_freedom(partition, domain);
    let census = n > 0.0 && rows.is_census(&sample.member);
    let mut out = Vec::new();
    for p in probabilities {
        if census {
            let weights = &rows.design.weights;
            let distribution = Distribution::new(&values, weights, &sample.member);
            let quantile = distribution.quantile(p, spec.quantile_rule);
            out.push(of_census(spec, labels.clone(), (n, df), p, quantile));
            continue;
        }
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
            census: false,
        };
        let mut estimate = super::analysis::judge(spec, labels.clone(), &figure);
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
            if estimate.verdict != Some(judgement::Verdict::Suppressed) {
                estimate.verdict = Some(judgement::decide(target, bounds.lower, bounds.upper));
            }
        }
        estimate.probability = Some(p);
        super::analysis::suppress_unless_numbers(&mut estimate);
        out.push(estimate);
    }
    Ok(out)
}
