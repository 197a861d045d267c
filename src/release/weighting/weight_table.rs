//! The largest weights, and how the ratios g of final to base weight are spread.

use crate::estimation::Columns;
use crate::questionnaire::Text;
use crate::release::columns::{PART, PSU};
use crate::release::labels::Labels;
use crate::release::sample_design::Part;
use crate::release::weighting::margin_table::categories;
use crate::survey::plan::Plan;

/// Weights that are listed.
const LISTED: usize = 10;

/// Bins of the histogram.
const BINS: usize = 20;

/// A large weight of the sampled.
#[derive(Debug, Clone, PartialEq)]
pub struct LargeWeight {
    /// The final weight.
    pub weight: f64,
    /// Final weight over base weight.
    pub g: f64,
    /// The PSU.
    pub psu: String,
    /// The category in each margin, in words.
    pub categories: Vec<Text>,
}

/// The rows with a ratio in one range.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bin {
    /// Lower end.
    pub from: f64,
    /// Upper end, excluded but in the last.
    pub to: f64,
    /// Rows.
    pub n: u64,
}

/// The largest weights of the sampled, the largest first.
pub(super) fn largest_weights(
    plan: &Plan,
    columns: &Columns,
    (base, weights): (&[f64], &[f64]),
    labels: Labels<'_>,
) -> Vec<LargeWeight> {
    let (Ok(parts), Ok(psus)) = (columns.get(PART), columns.get(PSU)) else {
        return Vec::new();
    };
    let (parts, psus) = (parts.to_category(), psus.to_category());
    let sampled = parts
        .levels
        .iter()
        .position(|own| own == Part::Sampled.as_str());
    let sampled = sampled.and_then(|at| u32::try_from(at).ok());
    let rows = parts.decode().into_iter().zip(weights).enumerate();
    let mut rows: Vec<(usize, f64)> = rows
        .filter(|(_, (part, weight))| Some(*part) == sampled && **weight > 0.0)
        .map(|(row, (_, weight))| (row, *weight))
        .collect();
    // Equal weights in the order of the rows.
    let larger = |one: &(usize, f64), other: &(usize, f64)| {
        other.1.total_cmp(&one.1).then(one.0.cmp(&other.0))
    };
    if rows.len() > LISTED {
        rows.select_nth_unstable_by(LISTED, larger);
        rows.truncate(LISTED);
    }
    rows.sort_by(larger);
    let margins = plan.weighting.rake.iter();
    let margins: Vec<(&String, Vec<u32>, Vec<String>)> = margins
        .filter_map(|dimension| {
            let (codes, names) = categories(columns, dimension)?;
            Some((dimension, codes, names))
        })
        .collect();
    let psu_of = psus.decode();
    let name = |names: &[String], codes: &[u32], row: usize| -> Option<String> {
        let at = usize::try_from(*codes.get(row)?).ok()?;
        names.get(at).cloned()
    };
    let listed = |(row, weight): (usize, f64)| LargeWeight {
        weight,
        g: weight / base.get(row).copied().unwrap_or(f64::NAN),
        psu: name(&psus.levels, &psu_of, row).unwrap_or_default(),
        categories: margins
            .iter()
            .map(|(dimension, codes, names)| {
                let code = name(names, codes, row).unwrap_or_default();
                labels.cross_label(dimension, &code)
            })
            .collect(),
    };
    rows.into_iter().map(listed).collect()
}

/// The ratios of the rows with a weight, in bins of equal width from the smallest to the largest.
pub(super) fn histogram(base: &[f64], weights: &[f64], (low, high): (f64, f64)) -> Vec<Bin> {
    if !(low.is_finite() && high.is_finite()) {
        return Vec::new();
    }
    let bins = if high - low > 1e-9 * high { BINS } else { 1 };
    let width = (high - low) / count(bins);
    let mut n = vec![0_u64; bins];
    for (base, weight) in base.iter().zip(weights).filter(|(_, own)| **own > 0.0) {
        let place = place(((weight / base - low) / width).max(0.0)).min(bins - 1);
        if let Some(own) = n.get_mut(place) {
            *own += 1;
        }
    }
    let bin = |(at, n): (usize, u64)| Bin {
        from: low + width * count(at),
        to: if at + 1 == bins {
            high
        } else {
            low + width * count(at + 1)
        },
        n,
    };
    n.into_iter().enumerate().map(bin).collect()
}

fn count(n: usize) -> f64 {
    u32::try_from(n).map_or(f64::INFINITY, f64::from)
}

/// The whole part of a number of at least 0; 0 for one that is none.
#[expect(clippy::as_conversions, reason = "a bin; larger numbers saturate")]
fn place(number: f64) -> usize {
    number as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_weight_is_in_one_bin() {
        let base = [1.0; 5];
        let weights = [0.5, 1.0, 2.5, 2.5, 0.0];
        let bins = histogram(&base, &weights, (0.5, 2.5));
        assert_eq!(bins.len(), 20);
        let n: Vec<u64> = bins.iter().map(|bin| bin.n).collect();
        assert_eq!((n[0], n[5], n[19], n.iter().sum::<u64>()), (1, 1, 2, 4));
        assert_eq!((bins[0].from, bins[19].to), (0.5, 2.5));
        let equal = histogram(&base, &base, (1.0, 1.0));
        assert_eq!(
            equal,
            [Bin {
                from: 1.0,
                to: 1.0,
                n: 5
            }]
        );
    }
}
