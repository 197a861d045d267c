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
/// digits where squares are taken from each other: Σwa/Σwb = shift + Σw(a − shift·b)/Σwb.
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
    /// Σ w a².
    pub(super) aa: f64,
    /// Σ w a b.
    pub(super) ab: f64,
    /// Σ w b².
    pub(super) bb: f64,
}

/// Exact sums of b and of a, slot by slot.
pub(super) struct Both {
    pub(super) b: Sums,
    pub(super) a: Sums,
}

/// The sums by domain that are not those of a and b themselves.
pub(super) struct Squares {
    /// Σ w.
    pub(super) weight: Sums,
    /// Σ w a², Σ w a b, Σ w b².
    pub(super) squares: [Sums; 3],
}

impl Totals {
    /// Rounds the sums by pair of `units` and by pair of weighting cells, and those by domain, with
    /// `rows` rows each. Without `squares`, a is 0 or 1 and b is 1.
    pub(super) fn new(
        shift: f64,
        units: &Pairs,
        by_unit: &Both,
        by_cell: &Both,
        rows: &[u64],
        squares: Option<&Squares>,
    ) -> Self {
        let level = |pair: usize| Some(units.pairs()[pair].1 as usize);
        let b = by_unit.b.regroup(rows.len(), level);
        let a = by_unit.a.regroup(rows.len(), level);
        let columns = match squares {
            None => [&b, &b, &a, &a, &a, &b],
            Some(Squares {
                weight,
                squares: [aa, ab, bb],
            }) => [weight, &b, &a, aa, ab, bb],
        };
        let columns = columns.map(with_whole);
        let by_domain = rows
            .iter()
            .copied()
            .chain([rows.iter().sum()])
            .enumerate()
            .map(|(domain, rows)| OfDomain {
                rows: rows as f64,
                weight: columns[0][domain],
                b: columns[1][domain],
                a: columns[2][domain],
                aa: columns[3][domain],
                ab: columns[4][domain],
                bb: columns[5][domain],
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
