//! What the pass gives of one study variable on one of the domains: exact sums, rounded once.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "numbers below their count"
)]

use crate::estimation::pairs::Pairs;
use crate::estimation::summation::Sums;

/// The sums of one study variable over the levels of one of the domains.
///
/// If all values lie close together, a stands for a − shift · b, which is smaller and so loses no
/// digits where sums are taken from each other: Σwa/Σwb = shift + Σw(a − shift·b)/Σwb.
#[derive(Clone)]
pub(super) struct Totals {
    /// What was taken from a, per b; usually 0.
    pub(super) shift: f64,
    /// (Σ w b, Σ w a) by pair of sampling unit and domain.
    pub(super) by_unit: Vec<[f64; 2]>,
    /// (Σ d b, Σ d a) by pair of weighting cell and domain, d being the base weight.
    pub(super) by_cell: Vec<[f64; 2]>,
    /// By domain; the last is the whole.
    pub(super) by_domain: Vec<OfDomain>,
}

/// The sums over the rows of a domain that have an answer.
#[derive(Clone, Copy)]
pub(super) struct OfDomain {
    /// Number of rows.
    pub(super) rows: f64,
    /// Σ w.
    pub(super) weight: f64,
    /// Σ w b.
    pub(super) b: f64,
    /// Σ w a.
    pub(super) a: f64,
    /// Σ w (a − R b)² with R = Σwa/Σwb.
    pub(super) deviations: f64,
}

/// What the pass gives over the levels of one of the domains.
pub(super) struct Summed {
    /// Index and sums of each of its study variables.
    pub(super) variables: Vec<(usize, Totals)>,
    /// Number of rows with a weight, by pair of slot and level.
    pub(super) rows: Vec<u32>,
}

/// Exact sums of b and of a, slot by slot.
pub(super) struct Both {
    pub(super) b: Sums,
    pub(super) a: Sums,
}

impl Totals {
    /// Rounds the sums by pair of `units` and by pair of weighting cells, and those by domain, with
    /// `rows` rows each.
    ///
    /// * `weight`: Σ w by domain; the deviations are left open. `None`: a is 0 or 1 and b is 1
    pub(super) fn new(
        shift: f64,
        units: &Pairs,
        by_unit: &Both,
        by_cell: &Both,
        rows: &[u64],
        weight: Option<&Sums>,
    ) -> Self {
        let level = |pair: usize| Some(units.pairs()[pair].1 as usize);
        let b = by_unit.b.regroup(rows.len(), level);
        let a = with_whole(&by_unit.a.regroup(rows.len(), level));
        let weights = with_whole(weight.unwrap_or(&b));
        let b = with_whole(&b);
        let deviations = |a: f64, b: f64| match weight {
            Some(_) => f64::NAN,
            None => a * (1.0 - a / b) * (1.0 - a / b) + (b - a) * (a / b) * (a / b),
        };
        let by_domain = rows
            .iter()
            .copied()
            .chain([rows.iter().sum()])
            .enumerate()
            .map(|(domain, rows)| OfDomain {
                rows: rows as f64,
                weight: weights[domain],
                b: b[domain],
                a: a[domain],
                deviations: deviations(a[domain], b[domain]),
            })
            .collect();
        Self {
            shift,
            by_unit: by_unit.round(),
            by_cell: by_cell.round(),
            by_domain,
        }
    }
}

impl Both {
    fn round(&self) -> Vec<[f64; 2]> {
        let pairs = self.b.values().into_iter().zip(self.a.values());
        pairs.map(|(b, a)| [b, a]).collect()
    }
}

/// The sum of every domain, and the sum over all of them last.
fn with_whole(sums: &Sums) -> Vec<f64> {
    let mut values = sums.values();
    values.push(sums.regroup(1, |_| Some(0)).value(0));
    values
}
