//! The forecast.

use crate::estimation::count::count;
use crate::estimation::distribution::normal_upper;
use crate::estimation::interval::Proportion;
use crate::fieldwork::forecast::chances::chances;
use crate::fieldwork::forecast::model::{Draw, Model};
use crate::fieldwork::forecast::points::{FEW, Lattice, MANY, Point, points};
use crate::fieldwork::forecast::situation::{NoForecast, Situation};

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
    /// The intraclass correlation that the standard error now means, 0 to 1.
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
///     strata: vec![Stratum {
///         population: 1.0, drawn: 60, interviews: vec![30; 20], planned: None, recent: 420,
///     }],
///     others: 300,
///     pace: Pace { days: vec![60; 7], left: 20.0 },
///     others_pace: Pace { days: vec![30; 7], left: 20.0 },
///     stops_when_planned: true,
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
    forecast_with(situation, MANY, FEW)
}

/// [`forecast`] with the points for ranges and for verdicts.
fn forecast_with(
    situation: &Situation,
    many: Lattice,
    few: Lattice,
) -> Result<Forecast, NoForecast> {
    let model = Model::new(situation)?;
    let draws: Vec<Draw> = points(many).map(|point| model.draw(point)).collect();
    let share = |of: &dyn Fn(&Draw) -> bool| {
        count(draws.iter().filter(|draw| of(draw)).count()) / count(draws.len())
    };
    let minimum_missed = share(&|draw| draw.is_missed());
    let chances = chances(&model, few).times(1.0 - minimum_missed);
    let middle = model.draw(Point::MIDDLE);
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
        final_estimate: final_estimate(&model, &draws),
        half_width_at_close: 0.5 * (upper_at_close - lower_at_close),
        met: chances.met,
        not_met: chances.not_met,
        decidable: chances.met + chances.not_met,
        minimum_sampled_missed: share(&|draw| draw.misses_sampled),
        minimum_sample_missed: share(&|draw| draw.misses_sample),
        minimum_missed,
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

/// The 2.5, 50 and 97.5 % points of the final estimate: of the mixture of the draws' normal
/// distributions on the scale of the link.
fn final_estimate(model: &Model<'_>, draws: &[Draw]) -> Range {
    let centre = model.link(model.centre);
    let reach = |draw: &Draw| draw.shift.abs() + 8.0 * draw.spread;
    let reach = draws.iter().map(reach).fold(0.0, f64::max);
    let quantile = |p: f64| {
        let (mut low, mut high) = (centre - reach, centre + reach);
        for _ in 0..40 {
            let middle = 0.5 * (low + high);
            let below = |draw: &Draw| match draw.spread > 0.0 {
                true => normal_upper((centre + draw.shift - middle) / draw.spread),
                false => f64::from(u8::from(middle >= centre + draw.shift)),
            };
            if draws.iter().map(below).sum::<f64>() < p * count(draws.len()) {
                low = middle;
            } else {
                high = middle;
            }
        }
        model.unlink(0.5 * (low + high))
    };
    Range {
        middle: quantile(0.5),
        lower: quantile(0.025),
        upper: quantile(0.975),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimation::interval::Method;
    use crate::estimation::judgement::Target;
    use crate::fieldwork::forecast::{Judged, Pace, Rule, Stratum};

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
                    recent: 21,
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
            stops_when_planned: true,
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
        let many = forecast_with(&own, MANY, MANY).unwrap();
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
