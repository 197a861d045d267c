//! The points of the integral.

use crate::estimation::distribution::normal_quantile;

/// Number of points for the range of the final estimate and of the counts, which are cheap.
pub const POINTS: u32 = 512;

/// Number of points for the verdict. The probabilities then differ by less than 0.01 from those of 16
/// times as many (a test of [`predict`](super::predict)).
pub const VERDICT_POINTS: u32 = 64;

/// The real root of x⁵ = x + 1.
const BASE: f64 = 1.167_303_978_261_418_7;

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

/// `n` points: coordinate j of point i is the fraction of ½ + i·BASE⁻ʲ, as a normal quantile.
pub(super) fn points(n: u32) -> impl Iterator<Item = Point> {
    let coordinate = |i: u32, j: i32| {
        let place = 0.5 + f64::from(i) / libm::pow(BASE, f64::from(j));
        normal_quantile((place - libm::floor(place)).clamp(1e-9, 1.0 - 1e-9))
    };
    (0..n).map(move |i| Point {
        now: coordinate(i, 1),
        learnt: coordinate(i, 2),
        sampled: coordinate(i, 3),
        others: coordinate(i, 4),
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
        let all: Vec<Point> = points(POINTS).collect();
        let mean = |of: &dyn Fn(&Point) -> f64| all.iter().map(of).sum::<f64>() / f64::from(POINTS);
        for of in [
            |own: &Point| own.now,
            |own: &Point| own.learnt,
            |own: &Point| own.sampled,
            |own: &Point| own.others,
        ] {
            assert!(mean(&of).abs() < 0.05, "{}", mean(&of));
            let square = mean(&|own| of(own) * of(own));
            assert!((square - 1.0).abs() < 0.05, "{square}");
        }
        assert!(mean(&|own| own.learnt * own.now).abs() < 0.05);
        assert!(mean(&|own| own.now * own.sampled).abs() < 0.05);
    }

    #[test]
    fn chi_square_has_its_quantiles() {
        // Tables: χ²₁₀ at 5 % and 95 %.
        assert!((chi_square(-1.644_854, 10.0) - 3.940).abs() < 0.02);
        assert!((chi_square(1.644_854, 10.0) - 18.307).abs() < 0.02);
        assert_eq!(chi_square(1.0, 0.0), 0.0);
    }
}
