//! Tipping points: how far an input must move until the verdict on a target changes.
//!
//! Both are to first order, with the standard error as it is: they say how firmly a verdict stands,
//! not what the figures would be.

use crate::estimation::analysis::estimate::Estimate;
use crate::estimation::analysis::gradient::{Gradient, gradients};
use crate::estimation::analysis::outcome::Analysis;
use crate::estimation::blend::modes::Modes;
use crate::estimation::columns::Columns;
use crate::estimation::count::count;
use crate::estimation::error::Error;
use crate::estimation::judgement::{Target, Verdict, decide};
use crate::estimation::sensitivity::report::{Fabrication, MarginTipping, Tipping};
use crate::estimation::spec::blend::BlendChoice;
use crate::estimation::spec::estimate::EstimateSpec;
use crate::estimation::spec::specification::{EstimateIndex, Spec};
use crate::estimation::weighting::margins::Margins;

/// The tipping points of the estimates with a target.
///
/// * `chosen`: the estimates for the whole, with their index in `spec`
///
/// # Errors
/// Those of the design and of the estimates.
pub(super) fn tipping(
    columns: &Columns,
    margins: &Margins,
    spec: &Spec,
    chosen: &[(EstimateIndex, EstimateSpec)],
    published: &Analysis,
) -> Result<Vec<Tipping>, Error> {
    let sampled = match &spec.blend {
        Some(how) => Some(Modes::new(columns, how)?),
        None => None,
    };
    let mut judged = Vec::new();
    for (index, own) in chosen {
        let found = published.estimates.iter();
        let found = found.filter(|estimate| estimate.domain.is_empty());
        let Some((estimate, target, verdict)) = found
            .filter(|estimate| estimate.index == *index)
            .find_map(|estimate| Some((estimate, estimate.target?, estimate.verdict?)))
        else {
            continue;
        };
        if verdict == Verdict::Suppressed {
            continue;
        }
        let one = Judged {
            estimate,
            target,
            verdict,
        };
        judged.push((*index, own.clone(), one));
    }
    let specs: Vec<EstimateSpec> = judged.iter().map(|(_, own, _)| own.clone()).collect();
    let rows = sampled.as_ref().map(|modes| modes.reference.as_slice());
    let gradients = gradients_of(columns, margins, spec, &specs, rows)?;
    let volunteers = sampled
        .as_ref()
        .map(|modes| modes.volunteer.iter().filter(|row| **row).count());
    let all = judged.into_iter().enumerate();
    let all = all.map(|(at, (index, own, judged))| Tipping {
        index,
        name: own.name,
        verdict: judged.verdict,
        margin: gradients.get(at).and_then(|own| judged.margin(own)),
        fabrication: volunteers
            .filter(|volunteers| *volunteers > 0)
            .map(|volunteers| judged.fabrication(columns.rows(), volunteers, spec, published)),
    });
    Ok(all.collect())
}

/// The gradients of some estimates; none if the published weights are not those of the rows that
/// are calibrated here.
///
/// * `sampled`: the rows of the probability sample, if there are others
fn gradients_of(
    columns: &Columns,
    margins: &Margins,
    spec: &Spec,
    specs: &[EstimateSpec],
    sampled: Option<&[bool]>,
) -> Result<Vec<Gradient>, Error> {
    let is_reference = spec
        .blend
        .as_ref()
        .is_none_or(|how| how.publish == BlendChoice::Reference);
    if specs.is_empty() || spec.weighting.is_none() || !is_reference {
        return Ok(Vec::new());
    }
    match sampled {
        Some(sampled) => gradients(&columns.select(sampled), margins, spec, specs),
        None => gradients(columns, margins, spec, specs),
    }
}

/// An estimate with a verdict.
#[derive(Clone, Copy)]
struct Judged<'a> {
    estimate: &'a Estimate,
    target: Target,
    verdict: Verdict,
}

impl Judged<'_> {
    /// The verdict if the estimate and both bounds moved by `shift`.
    fn verdict_after(self, shift: f64) -> Verdict {
        let bound = |bound: Option<f64>| bound.unwrap_or(f64::NAN) + shift;
        decide(
            self.target,
            bound(self.estimate.decision_lower),
            bound(self.estimate.decision_upper),
        )
    }

    /// The smallest shifts, down and up, at which the verdict changes.
    ///
    /// A verdict changes where a bound crosses the target, so there are at most two shifts on each
    /// side.
    fn shifts(self) -> Vec<(f64, Verdict)> {
        let bounds = [self.estimate.decision_lower, self.estimate.decision_upper];
        let mut shifts = Vec::new();
        for bound in bounds.into_iter().flatten() {
            let gap = self.target.value - bound;
            // Just beyond the crossing, whichever side counts as crossed.
            for shift in [gap * (1.0 + 1e-9), gap * (1.0 - 1e-9), gap] {
                let verdict = self.verdict_after(shift);
                if verdict != self.verdict {
                    shifts.push((gap, verdict));
                    break;
                }
            }
        }
        shifts.sort_by(|a, b| a.0.abs().total_cmp(&b.0.abs()));
        shifts
    }

    /// The margin that has to move least.
    ///
    /// # Formula
    ///
    /// ```text
    /// dθ/dπ_c = N (β_c − Σ_{j≠c} β_j π_j/(1 − π_c))          β = (X′DX)⁻X′Dz
    /// ```
    ///
    /// with π_c the share of category c, whose dimension gives or takes in proportion, and z the
    /// influence of the estimate over the weight.
    fn margin(self, gradient: &Gradient) -> Option<MarginTipping> {
        let mut best: Option<(f64, MarginTipping)> = None;
        for (category, slope) in gradient.slopes() {
            for (shift, verdict) in self.shifts() {
                let move_of_share = shift / slope;
                let tipping_share = category.share + move_of_share;
                let is_possible = (0.0..=1.0).contains(&tipping_share);
                let is_least = best
                    .as_ref()
                    .is_none_or(|(least, _)| move_of_share.abs() < *least);
                if is_possible && is_least {
                    let tipping = MarginTipping {
                        dimension: category.dimension.clone(),
                        category: category.category.clone(),
                        share: category.share,
                        tipping_share,
                        verdict,
                    };
                    best = Some((move_of_share.abs(), tipping));
                }
            }
        }
        best.map(|(_, tipping)| tipping)
    }

    /// Fabricated volunteers, all of them positive.
    ///
    /// # Formula
    ///
    /// ```text
    /// k forms among n move the mean θ of n by k/(n + k) · (1 − θ)
    /// ```
    fn fabrication(
        self,
        rows: usize,
        volunteers: usize,
        spec: &Spec,
        published: &Analysis,
    ) -> Fabrication {
        let report = published.blend.as_ref();
        let theta = self.estimate.estimate;
        let up = |judged: Judged<'_>, n: f64, weight: f64| {
            let shifts = judged.shifts();
            let (shift, _) = shifts.into_iter().find(|(shift, _)| *shift > 0.0)?;
            // weight · k/(n + k) · (1 − θ) = shift
            let most = weight * (1.0 - judged.estimate.estimate);
            let forms = n * shift / (most - shift);
            (most > shift).then(|| whole_up(forms))
        };
        let blended = report.and_then(|report| {
            let mut blended = report.blended.iter();
            blended.find(|own| own.has_key_of(self.estimate))
        });
        let is_blend = spec
            .blend
            .as_ref()
            .is_some_and(|how| how.publish == BlendChoice::Blended);
        let published_forms = match (is_blend, report, blended) {
            (true, Some(report), Some(blended)) => {
                let sampled = report.reference.iter();
                let sampled = sampled
                    .clone()
                    .find(|own| own.has_key_of(self.estimate))
                    .and_then(|own| own.verdict);
                let weight = 1.0 - report.factor.values().next().copied().unwrap_or(1.0);
                // Positive forms can only bring back a verdict that the sampled alone give.
                let could_be_met = sampled == Some(Verdict::Met) && self.verdict != Verdict::Met;
                let judged = Judged {
                    estimate: blended,
                    ..self
                };
                could_be_met
                    .then(|| up(judged, count(volunteers), weight))
                    .flatten()
            }
            _ => None,
        };
        let pooled = match theta < 1.0 {
            true => up(self, count(rows), 1.0),
            false => None,
        };
        Fabrication {
            volunteers: u64::try_from(volunteers).unwrap_or(u64::MAX),
            published: published_forms,
            pooled,
        }
    }
}

/// A count rounded up.
#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a positive number far below 2^53"
)]
fn whole_up(count: f64) -> u64 {
    count.ceil() as u64
}
