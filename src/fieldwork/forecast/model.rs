//! How the estimate and its variance move until close.

use crate::estimation::interval::Proportion;
use crate::fieldwork::count::number;
use crate::fieldwork::forecast::growth::{Close, Now, interviews};
use crate::fieldwork::forecast::points::{Point, chi_square};
use crate::fieldwork::forecast::rule::{Judged, Outcome};
use crate::fieldwork::forecast::situation::{NoForecast, Situation};

/// The largest intraclass correlation that a draw of the variance may mean, unless the standard error
/// now means more. Opinions of neighbours rarely pass 0.2; the limit keeps few degrees of freedom from
/// meaning that all neighbours answer alike.
const LARGEST_CORRELATION: f64 = 0.25;

/// The intraclass correlation where the design effect does not tell it: that of opinions of neighbours
/// in most surveys.
const USUAL_CORRELATION: f64 = 0.05;

/// Scale and degrees of freedom of the prior of the true share: Student's t on the log-odds, around the
/// target. A target is set where a figure is thought to lie: with 0.90, half of the prior lies between
/// 0.87 and 0.92, and a tenth below 0.79 or above 0.955. It tempers an estimate from few interviews that
/// is far from the target; one that is known well is not moved.
const PRIOR_SCALE: f64 = 0.4;
const PRIOR_DF: f64 = 4.0;

/// One outcome.
#[derive(Debug, Clone, Copy)]
pub(super) struct Draw {
    pub(super) sampled: f64,
    pub(super) valid: f64,
    pub(super) psus: f64,
    pub(super) df: f64,
    pub(super) kish_effective: f64,
    /// Mean of the estimate's move until close, on the scale of the link.
    pub(super) shift: f64,
    /// Its standard deviation.
    pub(super) spread: f64,
    /// The variance that is estimated at close if the estimate does not move.
    pub(super) final_variance: f64,
    /// Degrees of freedom of the design at close.
    pub(super) design_df: f64,
    pub(super) misses_sampled: bool,
    pub(super) misses_sample: bool,
}

impl Draw {
    /// Whether a minimum is missed.
    pub(super) const fn is_missed(self) -> bool {
        self.misses_sampled || self.misses_sample
    }
}

/// The situation with what all draws share.
pub(super) struct Model<'a> {
    pub(super) situation: &'a Situation,
    strata: Vec<Now>,
    /// The estimate, moved off 0 and 1.
    pub(super) centre: f64,
    /// Its variance now, with the plan's factor.
    pub(super) variance: f64,
    /// τ², the variance of one answer.
    answer_variance: f64,
    /// Σ W² / K, over the strata with interviews.
    between: f64,
    /// 1/n_eff of Kish.
    within: f64,
    /// c: what Kish's design effect has beside unequal interviews per PSU.
    weighting: f64,
    design_df: f64,
    /// Sampled interviews now.
    pub(super) sampled: f64,
}

impl<'a> Model<'a> {
    pub(super) fn new(situation: &'a Situation) -> Result<Self, NoForecast> {
        let strata = Now::of(&situation.strata);
        let begun: Vec<&Now> = strata.iter().filter(|own| own.begun() > 0.0).collect();
        let design_df: f64 = begun.iter().map(|own| own.begun() - 1.0).sum();
        if design_df < 1.0 {
            return Err(NoForecast::TooFewPsus);
        }
        let sampled = interviews(&strata);
        let (centre, variance) = off_the_edge(situation, sampled);
        let usable = [centre, variance, situation.df];
        if !usable.iter().all(|value| value.is_finite() && *value > 0.0)
            || situation.design_effect <= 0.0
        {
            return Err(NoForecast::NotANumber);
        }
        let total: f64 = begun.iter().map(|own| own.share).sum();
        let sum = |of: &dyn Fn(&Now) -> f64| -> f64 {
            let term = |own: &&Now| (own.share / total) * (own.share / total) * of(own);
            begun.iter().map(term).sum()
        };
        let inverse = |own: &Now| own.at_close(0.0).inverse_now / (own.begun() * own.begun());
        let by_takes = sum(&inverse);
        let within = (1.0 / situation.kish_effective.clamp(1.0, sampled)).max(by_takes);
        let between = sum(&|own| 1.0 / own.begun());
        let plain = variance / situation.variance_factor;
        let answer_variance = match situation.design_effect.is_finite() {
            true => plain * sampled / situation.design_effect,
            // v/τ² = ρ ΣW²/K + (1 − ρ)/n_eff
            false => plain / (USUAL_CORRELATION * between + (1.0 - USUAL_CORRELATION) * within),
        };
        Ok(Self {
            answer_variance,
            between,
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
    pub(super) fn correlation(&self, variance: f64) -> f64 {
        let excess = variance / self.answer_variance - self.within;
        let range = self.between - self.within;
        match range > 0.0 {
            true => (excess / range).clamp(0.0, 1.0),
            false => 0.0,
        }
    }

    /// The interviews that come in each stratum. Each keeps its part of the pace, so that a stratum that
    /// is slow now stays slow; one that has what was planned stops if fieldwork does.
    fn coming(&self, z: f64) -> Vec<f64> {
        let total = self.situation.pace.to_come(z);
        let recent: f64 = self.strata.iter().map(|own| own.recent).sum();
        let missing: f64 = self.strata.iter().map(Now::missing).sum();
        let share = |own: &Now| match (recent > 0.0, missing > 0.0) {
            (true, _) => own.recent / recent,
            (false, true) => own.missing() / missing,
            (false, false) => own.share,
        };
        let most = |own: &Now| match self.situation.stops_when_planned {
            true => own.missing(),
            false => f64::INFINITY,
        };
        self.strata
            .iter()
            .map(|own| (total * share(own)).min(most(own)))
            .collect()
    }

    pub(super) fn draw(&self, point: Point) -> Draw {
        let situation = self.situation;
        let coming = self.coming(point.sampled);
        let sampled = libm::round(self.sampled + coming.iter().sum::<f64>());
        let others =
            number(situation.others) + libm::round(situation.others_pace.to_come(point.others));
        let closes: Vec<(&Now, Close)> = self
            .strata
            .iter()
            .zip(coming)
            .map(|(own, coming)| (own, own.at_close(coming)))
            .collect();
        let degrees = |(_, close): &(&Now, Close)| (close.old + close.new - 1.0).max(0.0);
        let design_df: f64 = closes.iter().map(degrees).sum();
        let df = situation.df * design_df / self.design_df;
        let chi_now = chi_square(point.now, situation.df);
        let chi = chi_now + chi_square(point.learnt, df - situation.df);
        let truth = self.variance * situation.df / chi_now;
        let moves = self.moves(truth, &closes);
        let (shift, spread) = self.move_until_close(&moves);
        let final_variance = moves.at_close * chi / df;
        let below = |n: f64, minimum: Option<u64>| minimum.is_some_and(|own| n < number(own));
        let misses_sampled = below(sampled, situation.rule.minimum_sampled);
        let misses_sample = below(sampled + others, situation.rule.minimum_sample);
        Draw {
            sampled,
            valid: sampled + others,
            psus: closes.iter().map(|(_, close)| close.old + close.new).sum(),
            df,
            kish_effective: 1.0 / moves.within,
            shift,
            spread,
            final_variance,
            design_df,
            misses_sampled,
            misses_sample,
        }
    }

    /// Mean and standard deviation of the estimate's move until close, on the scale of the link.
    ///
    /// # Formula
    ///
    /// ```text
    /// κ = −Cov(p̂₂ − p̂₁, p̂₁)/v₁          λ = v₁/(v₁ + π²)          δ = p̂₁ − p₀
    /// mean −κλδ                          variance Var(p̂₂ − p̂₁) − κ²λv₁
    /// π² = s²(ν + δ²/s²)/(ν + 1)
    /// ```
    ///
    /// π² is the variance that a t prior with scale s and ν degrees of freedom has at δ (its scale mixture
    /// at the mode: Gelman, Jakulin, Pittau & Su 2008, Ann. Appl. Stat. 2). Numbers that are no shares have
    /// no prior.
    fn move_until_close(&self, moves: &Moves) -> (f64, f64) {
        let target = self.situation.rule.target.value;
        let slope = self.slope(self.centre);
        if !self.is_share() || target <= 0.0 || target >= 1.0 || moves.now <= 0.0 {
            return (0.0, moves.change.sqrt() / slope);
        }
        let gap = self.link(self.centre) - self.link(target);
        let scale = PRIOR_SCALE * PRIOR_SCALE;
        let prior = scale * (PRIOR_DF + gap * gap / scale) / (PRIOR_DF + 1.0);
        let now = moves.now / (slope * slope);
        let pull = now / (now + prior);
        let kept = moves.pulled / moves.now;
        let variance = moves.change / (slope * slope) - kept * kept * pull * now;
        (-kept * pull * gap, variance.max(0.0).sqrt())
    }

    /// The outcome of a draw if the estimate ends at `x` on the scale of the link. The variance of a
    /// share moves with p(1 − p).
    pub(super) fn outcome(&self, draw: Draw, x: f64) -> Outcome {
        let estimate = self.unlink(x);
        let variance = draw.final_variance * self.slope(estimate) / self.slope(self.centre);
        Outcome {
            share: Proportion {
                estimate,
                variance,
                n: draw.sampled,
                df: draw.df,
            },
            plain_variance: variance / self.situation.variance_factor,
            design_df: draw.design_df,
        }
    }

    /// The variances that follow from a true variance of the estimate now.
    fn moves(&self, truth: f64, closes: &[(&Now, Close)]) -> Moves {
        let now = self.correlation(self.variance);
        let rho = self.correlation(truth).min(now.max(LARGEST_CORRELATION));
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
            let (mut change, mut known, mut pulled) = (0.0, 0.0, 0.0);
            if close.old > 0.0 {
                let old = close.old * close.old;
                let grown = within * (close.inverse_now - close.inverse_old) / old;
                let now = between / close.old + within * close.inverse_now / old;
                known = now;
                pulled = kept * grown + fresh * now;
                change += kept * kept * grown + 2.0 * kept * fresh * grown + fresh * fresh * now;
            }
            if close.new > 0.0 {
                let new = close.new * close.new;
                change += fresh * fresh * (between / close.new + within * close.inverse_new / new);
            }
            moves.change += squared * change;
            moves.now += squared * known;
            moves.pulled += squared * pulled;
        }
        moves
    }

    fn is_share(&self) -> bool {
        matches!(self.situation.rule.judged, Judged::Share(_))
    }

    /// The log-odds of a share.
    pub(super) fn link(&self, p: f64) -> f64 {
        match self.is_share() {
            true => libm::log(p / (1.0 - p)),
            false => p,
        }
    }

    pub(super) fn unlink(&self, x: f64) -> f64 {
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
    /// Of the estimate now.
    now: f64,
    /// −Cov(move, estimate now).
    pulled: f64,
    /// Of the estimate at close.
    at_close: f64,
    /// 1/n_eff of Kish at close.
    within: f64,
}

/// The estimate and its variance; at 0 and 1, where the variance says nothing, those of half an
/// answer more on either side.
fn off_the_edge(situation: &Situation, n: f64) -> (f64, f64) {
    let (p, variance) = (
        situation.estimate,
        situation.std_error * situation.std_error,
    );
    let is_share = matches!(situation.rule.judged, Judged::Share(_));
    if is_share && (p <= 0.0 || p >= 1.0) {
        let p = (p * n + 0.5) / (n + 1.0);
        return (p, p * (1.0 - p) / situation.kish_effective.clamp(1.0, n));
    }
    (p, variance * situation.variance_factor)
}
