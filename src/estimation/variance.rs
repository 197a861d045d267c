//! The linearised variance of a design: what the totals of an influence by sampling unit say about its spread.
//!
//! V = Σ_h (1 − f_h) · n_h/(n_h − 1) · Σ_k (u_hk − ū_h)², over the PSUs k of stratum h, zeros included for PSUs without
//! members of the domain; with finite population corrections at further stages, f_h times the variance within each PSU is
//! added, recursively (Särndal, Swensson & Wretman 1992, §4.3; R's `svyrecvar`).
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "units and strata are numbered below their count"
)]

use crate::estimation::design::sample_design::Design;
use crate::estimation::design::stage::{Stage, Units};
use crate::estimation::spec::design::LonelyPsu;
use crate::estimation::summation::{exact, exact_by, in_order};

/// The covariance matrix (row-major) of estimates whose influences u_i (one column of rows each, zero outside the domain,
/// weights and calibration residuals included) are given. `member` marks the rows of the domain, which matters only for
/// the policies on lonely PSUs.
#[must_use]
pub fn covariance(design: &Design, influences: &[Vec<f64>], member: Option<&[bool]>) -> Vec<f64> {
    let count = influences.len();
    let mut matrix = vec![0.0; count * count];
    let mut scale: Vec<f64> = Vec::new();
    let mut parents: Option<(Vec<f64>, Vec<u32>)> = None;
    for (depth, stage) in design.stages.iter().enumerate() {
        let unit_of = stage.unit_of(design.rows);
        let totals: Vec<Vec<f64>> = influences
            .iter()
            .map(|u| exact_by(u, &unit_of, stage.len()))
            .collect();
        let members = member.map(|member| units_with(member, &unit_of, stage.len()));
        // A further stage counts only as far as its parent's stratum was a sample of a finite population.
        scale = match &parents {
            None => vec![1.0; stage.strata.len()],
            Some((parent_share, stratum_of_parent)) => (0..stage.strata.len())
                .map(|parent| parent_share[stratum_of_parent[parent] as usize])
                .collect(),
        };
        let lonely = if depth == 0 {
            design.lonely
        } else {
            LonelyPsu::Certainty
        };
        let adjust_domain = depth == 0 && design.adjust_domain_lonely;
        for row in 0..count {
            for column in 0..=row {
                let value = stage_covariance(
                    stage,
                    &totals[row],
                    &totals[column],
                    lonely,
                    adjust_domain,
                    members.as_deref(),
                    &scale,
                );
                matrix[row * count + column] += value;
                if row != column {
                    matrix[column * count + row] += value;
                }
            }
        }
        let share: Vec<f64> = scale
            .iter()
            .zip(&stage.fractions)
            .map(|(scale, fraction)| scale * fraction)
            .collect();
        if share.iter().all(|share| *share == 0.0) {
            break;
        }
        parents = Some((share, stage.stratum_of.clone()));
    }
    drop(scale);
    matrix
}

/// The contribution of one stage from the totals `a` and `b` by unit, each stratum multiplied by `scale`.
#[must_use]
pub fn stage_covariance(
    stage: &Stage,
    a: &[f64],
    b: &[f64],
    lonely: LonelyPsu,
    adjust_domain: bool,
    members: Option<&[bool]>,
    scale: &[f64],
) -> f64 {
    let strata = stage.strata.len();
    let by_stratum = |values: &[f64]| match &stage.units {
        Units::Rows => exact_by(values, &stage.stratum_of, strata),
        Units::Clusters(_) => ordered_by(values, &stage.stratum_of, strata),
    };
    let mean = |sums: Vec<f64>| -> Vec<f64> {
        sums.iter()
            .zip(&stage.sizes)
            .map(|(sum, n)| sum / f64::from(*n))
            .collect()
    };
    let mean_a = mean(by_stratum(a));
    let mean_b = mean(by_stratum(b));
    let seen = members.map_or(a.len(), |members| {
        members.iter().filter(|member| **member).count()
    });
    let grand = |values: &[f64]| exact(values) / (seen as f64);
    let (grand_a, grand_b) = if lonely == LonelyPsu::Adjust {
        (grand(a), grand(b))
    } else {
        (0.0, 0.0)
    };
    let in_domain = members.map(|members| {
        let mut count = vec![0_u32; strata];
        for (unit, _) in members.iter().enumerate().filter(|(_, member)| **member) {
            count[stage.stratum_of[unit] as usize] += 1;
        }
        count
    });
    let is_lonely = |h: usize| stage.sizes[h] == 1;
    // A lonely stratum without members of the domain says nothing about it.
    let untouched = |h: usize| in_domain.as_ref().is_some_and(|count| count[h] == 0);
    let domain_lonely = |h: usize| {
        adjust_domain && !is_lonely(h) && in_domain.as_ref().is_some_and(|count| count[h] == 1)
    };
    let products: Vec<f64> = (0..a.len())
        .map(|unit| {
            let h = stage.stratum_of[unit] as usize;
            match (lonely, is_lonely(h), domain_lonely(h)) {
                (_, true, _) if untouched(h) => 0.0,
                (LonelyPsu::Adjust, true, _) => (a[unit] - grand_a) * (b[unit] - grand_b),
                (_, true, _) => 0.0,
                (LonelyPsu::Adjust, false, true) => {
                    if members.is_some_and(|members| members[unit]) {
                        (a[unit] - grand_a) * (b[unit] - grand_b)
                    } else {
                        grand_a * grand_b
                    }
                }
                _ => (a[unit] - mean_a[h]) * (b[unit] - mean_b[h]),
            }
        })
        .collect();
    let sums = by_stratum(&products);
    let total = in_order((0..strata).map(|h| {
        let n = f64::from(stage.sizes[h]);
        let spread = if is_lonely(h) { 1.0 } else { n / (n - 1.0) };
        scale[h] * (1.0 - stage.fractions[h]) * spread * sums[h]
    }));
    if lonely != LonelyPsu::Average {
        return total;
    }
    // R counts the strata that the domain touches.
    let touched = |h: &usize| in_domain.as_ref().is_none_or(|count| count[*h] > 0);
    let all = (0..strata).filter(touched).count() as f64;
    let usable = (0..strata)
        .filter(touched)
        .filter(|&h| !is_lonely(h))
        .count() as f64;
    total * all / usable
}

fn units_with(member: &[bool], unit_of: &[u32], units: usize) -> Vec<bool> {
    let mut with = vec![false; units];
    for (&unit, _) in unit_of.iter().zip(member).filter(|(_, member)| **member) {
        with[unit as usize] = true;
    }
    with
}

/// Sums by group of values whose order is canonical.
fn ordered_by(values: &[f64], group_of: &[u32], groups: usize) -> Vec<f64> {
    let mut sums = vec![0.0; groups];
    for (value, &group) in values.iter().zip(group_of) {
        sums[group as usize] += value;
    }
    sums
}
