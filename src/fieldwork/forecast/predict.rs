//! The forecast.

use crate::estimation::count::count;
use crate::estimation::distribution::normal_upper;
use crate::estimation::interval::Proportion;
use crate::estimation::judgement::Verdict;
use crate::fieldwork::count::number;
use crate::fieldwork::forecast::growth::{Close, Now, interviews};
use crate::fieldwork::forecast::points::{POINTS, Point, chi_square, points};
use crate::fieldwork::forecast::rule::{Judged, Outcome};
use crate::fieldwork::forecast::situation::{NoForecast, Situation};

/// The largest intraclass correlation that a draw of the variance may mean. Opinions of neighbours
/// rarely pass 0.2; the limit keeps a variance on few degrees of freedom from meaning that all
/// neighbours answer alike.
const LARGEST_CORRELATION: f64 = 0.5;

/// A number that is not known yet.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Range {
    /// Its median.
    pub middle: f64,
    /// It is below this with probability 2.5 %.
    pub lower: f64,
    /// It is above this with probability 2.5 %.
    pub upper: f64,
}

/// How the wave will end at today's pace.
#[derive(Debug, Clone, PartialEq)]
pub struct Forecast {
    /// Sampled valid interviews at close.
    pub sampled: Range,
    /// All valid responses at close.
    pub valid: Range,
    /// PSUs with interviews at close, in the middle of what is expected.
    pub psus: f64,
    /// Degrees of freedom at close.
    pub df: f64,
    /// Kish's effective sample size at close.
    pub kish_effective: f64,
    /// The intraclass correlation that the standard error now means, 0 to 0.5.
    pub correlation: f64,
    /// The estimate now.
    pub estimate: f64,
    /// Its published interval now.
    pub interval_now: (f64, f64),
    /// Half its width.
    pub half_width_now: f64,
    /// Where the final estimate will be with probability 95 %, given what is in.
    pub final_estimate: Range,
    /// Half the width of the published interval at close.
    pub half_width_at_close: f64,
    /// P(the verdict at close is *met*).
    pub met: f64,
    /// P(the verdict at close is *not met*).
    pub not_met: f64,
    /// P(the verdict at close is *met* or *not met*).
    pub decidable: f64,
    /// P(fewer sampled interviews than the plan's minimum).
    pub minimum_sampled_missed: f64,
    /// P(fewer valid responses than the plan's minimum).
    pub minimum_sample_missed: f64,
    /// P(any minimum is missed). There is no verdict then.
    pub minimum_missed: f64,
}

/// What the wave will be at close, given what is in now and the pace.
///
/// # Errors
///
/// [`NoForecast`] if the error of the estimate is unknown.
///
/// # Example
///
/// ```
/// use minyi::estimation::interval::Method;
/// use minyi::estimation::judgement::Target;
/// use minyi::fieldwork::forecast::{Judged, Pace, Rule, Situation, Stratum, forecast};
///
/// let situation = Situation {
///     estimate: 0.93,
///     std_error: 0.012,
///     variance_factor: 1.0,
///     df: 18.0,
///     kish_effective: 600.0,
///     design_effect: 1.3,
///     strata: vec![Stratum { population: 1.0, drawn: 60, interviews: vec![30; 20], planned: None }],
///     others: 300,
///     pace: Pace { days: vec![60; 7], left: 20.0 },
///     others_pace: Pace { days: vec![30; 7], left: 20.0 },
///     stops_at: Some(1800),
///     rule: Rule {
///         target: Target::parse(">= 0.90").unwrap(),
///         judged: Judged::Share(Method::KornGraubard),
///         alpha: 0.05,
///         level: 0.95,
///         minimum_sampled: Some(1500),
///         minimum_sample: None,
///     },
/// };
/// let found = forecast(&situation).unwrap();
/// assert!(found.met > 0.8 && found.not_met < 0.01);
/// assert!(found.half_width_at_close < found.half_width_now);
/// ```
pub fn forecast(situation: &Situation) -> Result<Forecast, NoForecast> {
    forecast_with(situation, POINTS)
}

/// [`forecast`] with `n` points.
fn forecast_with(situation: &Situation, n: u32) -> Result<Forecast, NoForecast> {
    let model = Model::new(situation)?;
    let draws: Vec<Draw> = points(n).map(|point| model.draw(point)).collect();
    let share = |of: &dyn Fn(&Draw) -> bool| {
        count(draws.iter().filter(|draw| of(draw)).count()) / count(draws.len())
    };
    let middle = model.draw(Point {
        estimate: 0.0,
        now: 0.0,
        learnt: 0.0,
        sampled: 0.0,
        others: 0.0,
    });
    let rule = &situation.rule;
    let now = Proportion {
        estimate: situation.estimate,
        variance: model.variance,
        n: model.sampled,
        df: situation.df,
    };
    let (lower, upper) = rule.interval(now);
    let (lower_at_close, upper_at_close) = rule.interval(Proportion {
        estimate: model.centre,
        variance: middle.final_variance,
        n: middle.sampled,
        df: middle.df,
    });
    let met = share(&|draw| draw.verdict == Verdict::Met);
    let not_met = share(&|draw| draw.verdict == Verdict::NotMet);
    Ok(Forecast {
        sampled: range(&draws, |draw| draw.sampled),
        valid: range(&draws, |draw| draw.valid),
        psus: middle.psus,
        df: middle.df,
        kish_effective: middle.kish_effective,
        correlation: model.correlation(model.variance),
        estimate: situation.estimate,
        interval_now: (lower, upper),
        half_width_now: 0.5 * (upper - lower),
        final_estimate: model.final_estimate(&draws),
        half_width_at_close: 0.5 * (upper_at_close - lower_at_close),
        met,
        not_met,
        decidable: met + not_met,
        minimum_sampled_missed: share(&|draw| draw.misses_sampled),
        minimum_sample_missed: share(&|draw| draw.misses_sample),
        minimum_missed: share(&|draw| draw.misses_sampled || draw.misses_sample),
    })
}

/// The median and the 95 % range of a number over the draws.
fn range(draws: &[Draw], of: impl Fn(&Draw) -> f64) -> Range {
    let mut values: Vec<f64> = draws.iter().map(of).collect();
    values.sort_by(f64::total_cmp);
    let at = |p: usize| {
        let place = (values.len() * p / 1000).min(values.len().saturating_sub(1));
        values.get(place).copied().unwrap_or(f64::NAN)
    };
    Range {
        middle: at(500),
        lower: at(25),
        upper: at(975),
    }
}

/// One outcome.
#[derive(Debug, Clone, Copy)]
struct Draw {
    sampled: f64,
    valid: f64,
    psus: f64,
    df: f64,
    kish_effective: f64,
    /// Standard deviation of the estimate's move until close, on the scale of the link.
    spread: f64,
    /// The variance that is estimated at close.
    final_variance: f64,
    verdict: Verdict,
    misses_sampled: bool,
    misses_sample: bool,
}

/// The situation with what all draws share.
struct Model<'a> {
    situation: &'a Situation,
    strata: Vec<Now>,
    /// The estimate, moved off 0 and 1.
    centre: f64,
    /// Its variance now, with the plan's factor.
    variance: f64,
    /// τ², the variance of one answer.
    answer_variance: f64,
    /// Σ W² / K, over the strata with interviews.
    between: f64,
    /// 1/n_eff of Kish.
    within: f64,
    /// c: what Kish's design effect has beside unequal interviews per PSU.
    weighting: f64,
    design_df: f64,
    sampled: f64,
}

impl<'a> Model<'a> {
    fn new(situation: &'a Situation) -> Result<Self, NoForecast> {
        let strata = Now::of(&situation.strata);
        let begun: Vec<&Now> = strata.iter().filter(|own| own.begun() > 0.0).collect();
        let design_df: f64 = begun.iter().map(|own| own.begun() - 1.0).sum();
        if design_df < 1.0 {
            return Err(NoForecast::TooFewPsus);
        }
        let sampled = interviews(&strata);
        let (centre, variance) = off_the_edge(situation, sampled);
        let usable = [centre, variance, situation.df, situation.design_effect];
        if !usable.iter().all(|value| value.is_finite() && *value > 0.0) {
            return Err(NoForecast::NotANumber);
        }
        let total: f64 = begun.iter().map(|own| own.share).sum();
        let sum = |of: &dyn Fn(&Now) -> f64| -> f64 {
            let term = |own: &&Now| (own.share / total) * (own.share / total) * of(own);
            begun.iter().map(term).sum()
        };
        let inverse = |own: &Now| own.at_close(0.0, 1.0).inverse_now / (own.begun() * own.begun());
        let by_takes = sum(&inverse);
        let within = (1.0 / situation.kish_effective.clamp(1.0, sampled)).max(by_takes);
        Ok(Self {
            answer_variance: variance / situation.variance_factor * sampled
                / situation.design_effect,
            between: sum(&|own| 1.0 / own.begun()),
            weighting: within / by_takes,
            situation,
            strata,
            centre,
            variance,
            within,
            design_df,
            sampled,
        })
    }

    /// ρ from a variance of the estimate now: v/τ² = ρ ΣW²/K + (1 − ρ)/n_eff.
    fn correlation(&self, variance: f64) -> f64 {
        let excess = variance / self.answer_variance - self.within;
        let range = self.between - self.within;
        match range > 0.0 {
            true => (excess / range).clamp(0.0, LARGEST_CORRELATION),
            false => 0.0,
        }
    }

    /// Sampled interviews at close; fieldwork stops at the number that was planned.
    fn sampled_at_close(&self, z: f64) -> f64 {
        let at_close = self.sampled + libm::round(self.situation.pace.to_come(z));
        let stop = self.situation.stops_at.map_or(f64::INFINITY, number);
        at_close.min(stop.max(self.sampled))
    }

    fn draw(&self, point: Point) -> Draw {
        let situation = self.situation;
        let sampled = self.sampled_at_close(point.sampled);
        let others =
            number(situation.others) + libm::round(situation.others_pace.to_come(point.others));
        let missing: f64 = self.strata.iter().map(Now::missing).sum();
        let coming = sampled - self.sampled;
        let filled = match missing > 0.0 {
            true => (coming / missing).min(1.0),
            false => 1.0,
        };
        let stretch = sampled / (self.sampled + missing * filled);
        let closes: Vec<(&Now, Close)> = self
            .strata
            .iter()
            .map(|own| (own, own.at_close(filled, stretch.max(1.0))))
            .collect();
        let degrees = |(_, close): &(&Now, Close)| (close.old + close.new - 1.0).max(0.0);
        let design_df: f64 = closes.iter().map(degrees).sum();
        let df = situation.df * design_df / self.design_df;
        let chi_now = chi_square(point.now, situation.df);
        let chi = chi_now + chi_square(point.learnt, df - situation.df);
        let truth = self.variance * situation.df / chi_now;
        let moves = self.moves(truth, &closes);
        let slope = self.slope(self.centre);
        let spread = moves.change.sqrt() / slope;
        let estimate = self.unlink(self.link(self.centre) + spread * point.estimate);
        let scale = self.slope(estimate) / slope;
        let final_variance = moves.at_close * chi / df * scale;
        let below = |n: f64, minimum: Option<u64>| minimum.is_some_and(|own| n < number(own));
        let misses_sampled = below(sampled, situation.rule.minimum_sampled);
        let misses_sample = below(sampled + others, situation.rule.minimum_sample);
        let share = Proportion {
            estimate,
            variance: final_variance,
            n: sampled,
            df,
        };
        Draw {
            sampled,
            valid: sampled + others,
            psus: closes.iter().map(|(_, close)| close.old + close.new).sum(),
            df,
            kish_effective: 1.0 / moves.within,
            spread,
            final_variance,
            verdict: match misses_sampled || misses_sample {
                true => Verdict::Suppressed,
                false => situation.rule.verdict(Outcome {
                    share,
                    plain_variance: final_variance / situation.variance_factor,
                    design_df,
                }),
            },
            misses_sampled,
            misses_sample,
        }
    }

    /// The variances that follow from a true variance of the estimate now.
    fn moves(&self, truth: f64, closes: &[(&Now, Close)]) -> Moves {
        let rho = self.correlation(truth);
        let between = rho * self.answer_variance;
        let within = (1.0 - rho) * self.answer_variance * self.weighting;
        let mut moves = Moves::default();
        for (own, close) in closes {
            let squared = own.share * own.share;
            let all = close.old + close.new;
            if all <= 0.0 {
                continue;
            }
            let inverse = close.inverse_old + close.inverse_new;
            moves.at_close += squared * (between / all + within * inverse / (all * all));
            moves.within += squared * self.weighting * inverse / (all * all);
            let (kept, fresh) = (close.old / all, close.new / all);
            let mut change = 0.0;
            if close.old > 0.0 {
                let old = close.old * close.old;
                let grown = within * (close.inverse_now - close.inverse_old) / old;
                let now = between / close.old + within * close.inverse_now / old;
                change += kept * kept * grown + 2.0 * kept * fresh * grown + fresh * fresh * now;
            }
            if close.new > 0.0 {
                let new = close.new * close.new;
                change += fresh * fresh * (between / close.new + within * close.inverse_new / new);
            }
            moves.change += squared * change;
        }
        moves
    }

    /// The 2.5, 50 and 97.5 % points of the final estimate: of the mixture of the draws' normal
    /// distributions on the scale of the link.
    fn final_estimate(&self, draws: &[Draw]) -> Range {
        let centre = self.link(self.centre);
        let widest = draws.iter().map(|draw| draw.spread).fold(0.0, f64::max);
        let quantile = |p: f64| {
            let (mut low, mut high) = (centre - 8.0 * widest, centre + 8.0 * widest);
            for _ in 0..60 {
                let middle = 0.5 * (low + high);
                let below = |draw: &Draw| match draw.spread > 0.0 {
                    true => normal_upper((centre - middle) / draw.spread),
                    false => f64::from(u8::from(middle >= centre)),
                };
                if draws.iter().map(below).sum::<f64>() < p * count(draws.len()) {
                    low = middle;
                } else {
                    high = middle;
                }
            }
            self.unlink(0.5 * (low + high))
        };
        Range {
            middle: quantile(0.5),
            lower: quantile(0.025),
            upper: quantile(0.975),
        }
    }

    fn is_share(&self) -> bool {
        matches!(self.situation.rule.judged, Judged::Share(_))
    }

    /// The log-odds of a share.
    fn link(&self, p: f64) -> f64 {
        match self.is_share() {
            true => libm::log(p / (1.0 - p)),
            false => p,
        }
    }

    fn unlink(&self, x: f64) -> f64 {
        match self.is_share() {
            true => 1.0 / (1.0 + libm::exp(-x)),
            false => x,
        }
    }

    /// dp/d(link): p(1 − p) of a share.
    fn slope(&self, p: f64) -> f64 {
        match self.is_share() {
            true => p * (1.0 - p),
            false => 1.0,
        }
    }
}

/// Variances that follow from a true variance of the estimate now.
#[derive(Debug, Clone, Copy, Default)]
struct Moves {
    /// Of the estimate's move until close.
    change: f64,
    /// Of the estimate at close.
    at_close: f64,
    /// 1/n_eff of Kish at close.
    within: f64,
}

/// The estimate and its variance; at 0 and 1, where the variance says nothing, those of half an
/// answer more on either side.
fn off_the_edge(situation: &Situation, n: f64) -> (f64, f64) {
    let (p, variance) = (situation.estimate, situation.std_error * situation.std_error);
    let is_share = matches!(situation.rule.judged, Judged::Share(_));
    if is_share && (p <= 0.0 || p >= 1.0) {
        let p = (p * n + 0.5) / (n + 1.0);
        return (p, p * (1.0 - p) / situation.kish_effective.clamp(1.0, n));
    }
    (p, variance * situation.variance_factor)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimation::interval::Method;
    use crate::estimation::judgement::Target;
    use crate::fieldwork::forecast::{Pace, Rule, Stratum};

    fn situation() -> Situation {
        Situation {
            estimate: 0.92,
            std_error: 0.014,
            variance_factor: 1.0,
            df: 20.0,
            kish_effective: 550.0,
            design_effect: 1.5,
            strata: (0..10)
                .map(|at| Stratum {
                    population: 1.0 + f64::from(at) / 10.0,
                    drawn: 6,
                    interviews: vec![20, 20, 20],
                    planned: Some(20.0),
                })
                .collect(),
            others: 200,
            pace: Pace {
                days: vec![30, 28, 35, 25, 31, 33, 28],
                left: 20.0,
            },
            others_pace: Pace {
                days: vec![10; 7],
                left: 20.0,
            },
            stops_at: Some(1200),
            rule: Rule {
                target: Target::parse(">= 0.90").unwrap(),
                judged: Judged::Share(Method::KornGraubard),
                alpha: 0.05,
                level: 0.95,
                minimum_sampled: None,
                minimum_sample: None,
            },
        }
    }

    #[test]
    fn more_points_change_little() {
        let own = situation();
        let few = forecast(&own).unwrap();
        let many = forecast_with(&own, 16 * POINTS).unwrap();
        for (a, b) in [
            (few.met, many.met),
            (few.not_met, many.not_met),
            (few.decidable, many.decidable),
        ] {
            assert!((a - b).abs() < 0.01, "{few:?} {many:?}");
        }
        assert!((few.final_estimate.lower - many.final_estimate.lower).abs() < 5e-4);
    }

    #[test]
    fn nothing_left_means_that_the_estimate_is_final() {
        let mut own = situation();
        own.pace.left = 0.0;
        own.others_pace.left = 0.0;
        let found = forecast(&own).unwrap();
        assert_eq!(found.sampled.middle, 600.0);
        assert!((found.final_estimate.lower - 0.92).abs() < 1e-9);
        assert!((found.half_width_at_close - found.half_width_now).abs() < 1e-3);
        assert_eq!(found.decidable, 0.0);
    }

    #[test]
    fn a_missed_minimum_leaves_no_verdict() {
        let mut own = situation();
        own.rule.minimum_sampled = Some(5000);
        let found = forecast(&own).unwrap();
        assert_eq!((found.minimum_missed, found.decidable), (1.0, 0.0));
        own.rule.minimum_sampled = Some(600);
        own.rule.minimum_sample = Some(1000);
        let found = forecast(&own).unwrap();
        assert_eq!(found.minimum_missed, 0.0);
    }

    #[test]
    fn without_an_error_there_is_no_forecast() {
        let mut own = situation();
        own.std_error = f64::NAN;
        assert_eq!(forecast(&own), Err(NoForecast::NotANumber));
        for stratum in &mut own.strata {
            stratum.interviews.truncate(1);
        }
        assert_eq!(forecast(&own), Err(NoForecast::TooFewPsus));
    }
}
