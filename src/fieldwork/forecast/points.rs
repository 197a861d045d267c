//! The points of the integral.

use crate::estimation::distribution::normal_quantile;
use crate::fieldwork::count::number;

/// A rank-1 lattice of Korobov's form: coordinate j of point i is the fraction of i·aʲ/n + 1/(2n).
#[derive(Debug, Clone, Copy)]
pub(super) struct Lattice {
    /// Number of points.
    n: u64,
    /// Generator, chosen so that the coordinates as normal quantiles have no correlation above 0.1 (64
    /// points) or 0.02 (512).
    a: u64,
}

/// The points for the range of the final estimate and of the counts, which are cheap.
pub(super) const MANY: Lattice = Lattice { n: 512, a: 155 };

/// The points for the verdict. Its probabilities then differ by less than 0.01 from those of [`MANY`]
/// (a test of [`predict`](super::predict)).
pub(super) const FEW: Lattice = Lattice { n: 64, a: 37 };

/// Independent standard normal numbers: one point of the integral.
#[derive(Debug, Clone, Copy)]
pub(super) struct Point {
    /// For the variance now.
    pub(super) now: f64,
    /// For what is learnt about the variance until close.
    pub(super) learnt: f64,
    /// For the interviews of the sampled part.
    pub(super) sampled: f64,
    /// For the interviews of others.
    pub(super) others: f64,
}

impl Point {
    /// Every variable at its median.
    pub(super) const MIDDLE: Self = Self {
        now: 0.0,
        learnt: 0.0,
        sampled: 0.0,
        others: 0.0,
    };
}

/// The points of a lattice.
pub(super) fn points(lattice: Lattice) -> impl Iterator<Item = Point> {
    let Lattice { n, a } = lattice;
    let coordinate = move |i: u64, power: u64| {
        let place = (number(i * power % n) + 0.5) / number(n);
        normal_quantile(place)
    };
    let (square, cube) = (a * a % n, a * a % n * a % n);
    (0..n).map(move |i| Point {
        now: coordinate(i, 1),
        learnt: coordinate(i, a),
        sampled: coordinate(i, square),
        others: coordinate(i, cube),
    })
}

/// The quantile of χ²_df at the normal quantile `z`, after Wilson & Hilferty; 0 for df ≤ 0.
pub(super) fn chi_square(z: f64, df: f64) -> f64 {
    if df <= 0.0 {
        return 0.0;
    }
    let spread = 2.0 / (9.0 * df);
    let root = (1.0 - spread + z * spread.sqrt()).max(0.01);
    df * root * root * root
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_points_are_even_and_independent() {
        for (lattice, limit) in [(FEW, 0.11), (MANY, 0.02)] {
            let all: Vec<[f64; 4]> = points(lattice)
                .map(|own| [own.now, own.learnt, own.sampled, own.others])
                .collect();
            for j in 0..4 {
                for k in 0..=j {
                    let sum: f64 = all.iter().map(|own| own[j] * own[k]).sum();
                    let expected = if j == k { 1.0 } else { 0.0 };
                    let found = sum / number(lattice.n);
                    assert!(
                        (found - expected).abs() < limit,
                        "{lattice:?} {j} {k} {found}"
                    );
                }
            }
        }
    }

    #[test]
    fn chi_square_has_its_quantiles() {
        // Tables: χ²₁₀ at 5 % and 95 %.
        assert!((chi_square(-1.644_854, 10.0) - 3.940).abs() < 0.02);
        assert!((chi_square(1.644_854, 10.0) - 18.307).abs() < 0.02);
        assert_eq!(chi_square(1.0, 0.0), 0.0);
    }
}
