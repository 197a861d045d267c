//! λ: how much the probability sample counts in the blend.

use crate::estimation::analysis::estimate::Estimate;
use crate::estimation::blend::report::paired;
use crate::estimation::count::count;
use crate::estimation::spec::blend::BlendFactor;
use crate::estimation::spec::estimate::Kind;
use crate::estimation::summation::{exact, exact_by};

/// λ of every level.
pub(super) fn factors(
    how: BlendFactor,
    levels: &(Vec<String>, Vec<u32>),
    reference: &[f64],
    volunteer: &[f64],
    bias_aware: f64,
) -> Vec<f64> {
    let effective = |weights: &[f64]| -> Vec<f64> {
        let squares: Vec<f64> = weights.iter().map(|weight| weight * weight).collect();
        let (sums, squares) = (
            exact_by(weights, &levels.1, levels.0.len()),
            exact_by(&squares, &levels.1, levels.0.len()),
        );
        sums.iter()
            .zip(squares)
            .map(|(sum, squares)| {
                if squares > 0.0 {
                    sum * sum / squares
                } else {
                    0.0
                }
            })
            .collect()
    };
    let (on, off) = (effective(reference), effective(volunteer));
    on.iter()
        .zip(off)
        .map(|(on, off)| match how {
            // A level that one mode did not reach is the other's alone.
            _ if off == 0.0 => 1.0,
            _ if *on == 0.0 => 0.0,
            BlendFactor::EffectiveSize => on / (on + off),
            BlendFactor::BiasAware => bias_aware,
            BlendFactor::Fixed(lambda) => lambda.clamp(0.0, 1.0),
        })
        .collect()
}

/// The bias-aware λ and the typical bias, pooled over the shares for the whole.
pub(super) fn bias_aware(reference: &[Estimate], volunteer: &[Estimate]) -> (f64, f64) {
    let (mut v_reference, mut v_volunteer, mut excess) = (Vec::new(), Vec::new(), Vec::new());
    for (on, off) in paired(reference, volunteer) {
        let share = matches!(on.kind, Kind::Proportion | Kind::Indicator);
        if share && on.domain.is_empty() && on.std_error.is_finite() && off.std_error.is_finite() {
            let (a, b) = (on.std_error * on.std_error, off.std_error * off.std_error);
            let difference = off.estimate - on.estimate;
            v_reference.push(a);
            v_volunteer.push(b);
            excess.push((difference * difference - a - b).max(0.0));
        }
    }
    if excess.is_empty() {
        return (1.0, 0.0);
    }
    let mean = |values: &[f64]| exact(values) / count(values.len());
    let (a, b, bias) = (mean(&v_reference), mean(&v_volunteer), mean(&excess));
    ((b + bias) / (a + b + bias), bias.sqrt())
}
