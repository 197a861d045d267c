//! Tails and quantiles of the beta, t, F, chi-square and normal distributions.
//!
//! The crate `statrs` 0.19 computes every distribution function. Three functions are written here:
//!
//! * [`beta_quantile`] and [`t_quantile`] find the root of the distribution function of `statrs`
//!   by Newton steps inside a bracket. The quantiles of `statrs` itself cannot be used:
//!   `Beta::inverse_cdf` never returns for some parameters that a survey of ten million
//!   interviews can give (p = 0.025, a = 10⁷, b = 11), and `StudentsT::inverse_cdf` has a
//!   relative error of 10⁻⁸ at df = 10⁴, 6·10⁻⁵ at 10⁶ and 0.16 at 10⁷.
//! * [`chi_square_sum_upper`], the tail of a weighted sum of chi-squares, is not in `statrs`.
//!
//! Relative errors against 40-digit values (Python's mpmath 1.3.0): quantiles below 10⁻¹² up to
//! df = 1,000, 3·10⁻¹⁰ at 10⁵ and 5·10⁻⁸ at 10⁷; tails of chi-square below 10⁻¹³, of F below
//! 2·10⁻¹⁰ (d2 up to 10⁵), of the normal below 10⁻¹⁰, of t below 10⁻⁸ at df = 10⁶ and 2·10⁻⁷ at
//! 10⁷.

use statrs::distribution::{
    Beta, ChiSquared, Continuous, ContinuousCDF, FisherSnedecor, Normal, StudentsT,
};

/// Steps after which a root is taken as it is: enough to halve [0, 1] down to the smallest number.
const MAX_STEPS: u32 = 1100;

/// The x with P(X ≤ x) = p for X ~ Beta(a, b).
///
/// # Formula
///
/// ```text
/// P(X ≤ x) = I_x(a, b) = ∫₀ˣ tᵃ⁻¹(1−t)ᵇ⁻¹ dt/B(a, b)
/// ```
///
/// * `p`: probability, 0 to 1
/// * `a`, `b`: shape parameters ≥ 0. Returns 0 for a = 0 and 1 for b = 0, the limits that exact
///   binomial intervals need (Clopper & Pearson 1934, Biometrika 26).
///
/// NaN if an argument is NaN or if `a` or `b` is infinite.
///
/// # Example
///
/// ```
/// use minyi::estimation::distribution::beta_quantile;
///
/// // The exact 95 % limits of 9 successes in 10 trials.
/// assert!((beta_quantile(0.025, 9.0, 2.0) - 0.5549839).abs() < 1e-7);
/// assert!((beta_quantile(0.975, 10.0, 1.0) - 0.9974714).abs() < 1e-7);
/// ```
#[must_use]
pub fn beta_quantile(p: f64, a: f64, b: f64) -> f64 {
    if !(a.is_finite() && b.is_finite()) || p.is_nan() {
        return f64::NAN;
    }
    if a <= 0.0 || p <= 0.0 {
        return 0.0;
    }
    if b <= 0.0 || p >= 1.0 {
        return 1.0;
    }
    let Ok(beta) = Beta::new(a, b) else {
        return f64::NAN;
    };
    root(0.0, 1.0, a / (a + b), |x| {
        // The smaller tail keeps its digits.
        let gap = if p < 0.5 {
            beta.cdf(x) - p
        } else {
            (1.0 - p) - beta.sf(x)
        };
        (gap, beta.pdf(x))
    })
}

/// P(T > t) for Student's t with `df` > 0 degrees of freedom.
///
/// # Formula
///
/// ```text
/// P(T > t) = I_z(df/2, 1/2)/2 with z = df/(df + t²), for t ≥ 0; 1 − P(T > −t) for t < 0
/// ```
///
/// NaN for `df` ≤ 0 or a NaN.
#[must_use]
pub fn t_upper(t: f64, df: f64) -> f64 {
    if t.is_nan() {
        return f64::NAN;
    }
    StudentsT::new(0.0, 1.0, df).map_or(f64::NAN, |student| student.sf(t))
}

/// The t with P(T ≤ t) = p for Student's t with `df` > 0 degrees of freedom.
///
/// * `p`: probability; −∞ for p ≤ 0, ∞ for p ≥ 1
/// * `df`: degrees of freedom, also fractions (Satterthwaite) and ∞ (the normal distribution)
///
/// NaN for `df` ≤ 0 or a NaN.
#[must_use]
pub fn t_quantile(p: f64, df: f64) -> f64 {
    let Ok(student) = StudentsT::new(0.0, 1.0, df) else {
        return f64::NAN;
    };
    if p.is_nan() {
        return f64::NAN;
    }
    if p == 0.5 {
        return 0.0;
    }
    if p < 0.5 {
        return -t_quantile(1.0 - p, df);
    }
    if p >= 1.0 {
        return f64::INFINITY;
    }
    let tail = 1.0 - p;
    let mut high = 2.0;
    while student.sf(high) > tail && high < 1e300 {
        high *= 2.0;
    }
    root(0.0, high, normal_quantile(p).min(high), |t| {
        (tail - student.sf(t), student.pdf(t))
    })
}

/// P(F > f) for the F distribution with `d1` and `d2` > 0 degrees of freedom.
///
/// # Formula
///
/// ```text
/// P(F > f) = I_z(d2/2, d1/2) with z = d2/(d2 + d1·f)
/// ```
///
/// With `d2` = ∞, F is a chi-square with `d1` degrees of freedom over `d1`. NaN if `d1` or `d2` is
/// not above zero, or for a NaN.
#[must_use]
pub fn f_upper(f: f64, d1: f64, d2: f64) -> f64 {
    if f.is_nan() {
        return f64::NAN;
    }
    if d2.is_infinite() {
        return chi_square_upper(f * d1, d1);
    }
    FisherSnedecor::new(d1, d2).map_or(f64::NAN, |fisher| fisher.sf(f))
}

/// P(X > x) for the chi-square distribution with `df` > 0 degrees of freedom.
///
/// # Formula
///
/// ```text
/// P(X > x) = Γ(df/2, x/2)/Γ(df/2)
/// ```
///
/// NaN for `df` ≤ 0 or a NaN.
#[must_use]
pub fn chi_square_upper(x: f64, df: f64) -> f64 {
    if x.is_nan() {
        return f64::NAN;
    }
    ChiSquared::new(df).map_or(f64::NAN, |chi_square| chi_square.sf(x))
}

/// P(Z > z) for the standard normal distribution: erfc(z/√2)/2.
#[must_use]
pub fn normal_upper(z: f64) -> f64 {
    Normal::standard().sf(z)
}

/// The z with P(Z ≤ z) = p for the standard normal distribution.
///
/// −∞ for p ≤ 0, ∞ for p ≥ 1, NaN for a NaN.
#[must_use]
pub fn normal_quantile(p: f64) -> f64 {
    if p.is_nan() {
        return f64::NAN;
    }
    Normal::standard().inverse_cdf(p.clamp(0.0, 1.0))
}

/// P(Σ λᵢ χ²₁ > x): the upper tail of a weighted sum of independent chi-squares with one degree of
/// freedom each, by the saddle point approximation.
///
/// # Formula
///
/// ```text
/// K(ζ) = −½ Σ ln(1 − 2ζλᵢ)          ζ: the root of K′(ζ) = Σ λᵢ/(1 − 2ζλᵢ) = x
/// w = sign(ζ) √(2(ζx − K(ζ)))       v = ζ √K″(ζ) = ζ √(2 Σ (λᵢ/(1 − 2ζλᵢ))²)
/// P ≈ P(Z > w + ln(v/w)/w)
/// ```
///
/// * `lambda`: the weights, at least one above zero; weights may be negative
///
/// `None` at the centre (ζ near 0), where the formula is singular.
///
/// # Source
///
/// Kuonen 1999, Biometrika 86, 929–935; R's `pchisqsum(method = "saddlepoint")`.
#[must_use]
pub fn chi_square_sum_upper(x: f64, lambda: &[f64]) -> Option<f64> {
    let largest = lambda.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let lambda: Vec<f64> = lambda.iter().map(|value| value / largest).collect();
    let x = x / largest;
    let zeta = saddle_point(x, &lambda);
    if zeta.abs() < 1e-4 {
        return None;
    }
    let cumulant = -0.5
        * lambda
            .iter()
            .map(|l| (1.0 - 2.0 * zeta * l).ln())
            .sum::<f64>();
    let curvature = 2.0
        * lambda
            .iter()
            .map(|l| (l / (1.0 - 2.0 * zeta * l)) * (l / (1.0 - 2.0 * zeta * l)))
            .sum::<f64>();
    let w = zeta.signum() * (2.0 * (zeta * x - cumulant)).sqrt();
    let v = zeta * curvature.sqrt();
    Some(normal_upper(w + (v / w).ln() / w))
}

/// The root ζ of K′(ζ) = Σ λᵢ/(1 − 2ζλᵢ) = x, by halving the interval on which K is finite.
fn saddle_point(x: f64, lambda: &[f64]) -> f64 {
    let slope = |zeta: f64| {
        lambda
            .iter()
            .map(|l| l / (1.0 - 2.0 * zeta * l))
            .sum::<f64>()
            - x
    };
    let lowest = lambda
        .iter()
        .filter(|l| **l < 0.0)
        .map(|l| 1.0 / (2.0 * l))
        .fold(f64::NEG_INFINITY, f64::max);
    let n = lambda.iter().fold(0.0, |n, _| n + 1.0);
    let mut low = if lowest.is_finite() {
        lowest * 0.999_99
    } else if x > lambda.iter().sum::<f64>() {
        -0.01
    } else {
        -n / (2.0 * x)
    };
    let mut high = lambda
        .iter()
        .filter(|l| **l > 0.0)
        .map(|l| 1.0 / (2.0 * l))
        .fold(f64::INFINITY, f64::min)
        * 0.999_99;
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if slope(middle) > 0.0 {
            high = middle;
        } else {
            low = middle;
        }
    }
    0.5 * (low + high)
}

/// The root of an increasing function on [low, high], which returns (value, slope): Newton's step
/// where it stays inside the bracket, else the middle. Ends after at most [`MAX_STEPS`] steps.
fn root(mut low: f64, mut high: f64, start: f64, function: impl Fn(f64) -> (f64, f64)) -> f64 {
    let mut x = if start > low && start < high {
        start
    } else {
        0.5 * (low + high)
    };
    for _ in 0..MAX_STEPS {
        let (value, slope) = function(x);
        if value == 0.0 {
            return x;
        }
        if value > 0.0 {
            high = x;
        } else {
            low = x;
        }
        let newton = x - value / slope;
        let next = if newton > low && newton < high {
            newton
        } else {
            0.5 * (low + high)
        };
        if (next - x).abs() <= 2e-16 * x.abs() || next == low || next == high {
            return next;
        }
        x = next;
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Largest relative error of any value below.
    const TOLERANCE: f64 = 1e-9;

    fn close(found: f64, expected: f64) -> bool {
        (found / expected - 1.0).abs() < TOLERANCE
    }

    // The expected values were computed by mpmath 1.3.0 with 40 digits.

    #[test]
    fn beta_quantiles_hold_from_ten_to_ten_million_interviews() {
        for (p, a, b, expected) in [
            (0.025, 9.0, 2.0, 0.554_983_882_972),
            (0.975, 9.0, 2.0, 0.974_789_273_673),
            (0.05, 34.435, 2.065, 0.870_481_692_66),
            (0.05, 129.6, 15.4, 0.848_963_894_951),
            (0.95, 129.6, 15.4, 0.932_439_320_74),
            (0.975, 1_164.0, 37.0, 0.978_199_512_059),
            (0.025, 9_000.0, 1_001.0, 0.893_953_100_096),
            (0.025, 97_000.0, 3_001.0, 0.968_923_981_531),
            (0.05, 900_000.0, 100_001.0, 0.899_505_188_005),
            (0.025, 9_000_000.0, 1_000_001.0, 0.899_813_895_678),
            (0.95, 9_990_000.0, 10_001.0, 0.999_016_284_296),
        ] {
            assert!(close(beta_quantile(p, a, b), expected), "{p} {a} {b}");
        }
        assert_eq!(beta_quantile(0.05, 0.0, 11.0), 0.0);
        assert_eq!(beta_quantile(0.95, 11.0, 0.0), 1.0);
        assert!(beta_quantile(0.05, f64::INFINITY, 1.0).is_nan());
    }

    #[test]
    fn t_quantiles_and_tails_hold_for_any_degrees_of_freedom() {
        for (p, df, expected) in [
            (0.975, 1.0, 12.706_204_736_2),
            (0.9995, 1.0, 636.619_248_769),
            (0.975, 4.0, 2.776_445_105_2),
            (0.95, 4.7, 2.043_811_093_01),
            (0.995, 10.0, 3.169_272_672_62),
            (0.975, 40.0, 2.021_075_390_31),
            (0.95, 580.0, 1.647_485_041_95),
            (0.975, 9_999.0, 1.960_201_263_62),
            (0.975, 99_999.0, 1.959_987_707_77),
            (0.975, 1_000_000.0, 1.959_966_356_81),
        ] {
            assert!(close(t_quantile(p, df), expected), "{p} {df}");
            assert!(close(t_quantile(1.0 - p, df), -expected), "{p} {df}");
        }
        for (t, df, expected) in [
            (0.1, 1.0, 0.468_274_482_569),
            (2.5, 4.0, 0.033_383_272_406),
            (7.5, 10.0, 1.031_398_548_06e-5),
            (30.0, 40.0, 2.425_453_830_3e-29),
            (2.5, 999.0, 0.006_289_363_792_25),
            (1.0, 9_999.0, 0.158_667_353_375),
        ] {
            assert!(close(t_upper(t, df), expected), "{t} {df}");
        }
        assert!(t_quantile(0.975, 0.0).is_nan() && t_upper(1.0, -1.0).is_nan());
        assert!(close(t_quantile(0.975, f64::INFINITY), 1.959_963_984_54));
    }

    #[test]
    fn f_chi_square_and_normal_hold() {
        for (f, d1, d2, expected) in [
            (0.5, 1.0, 4.0, 0.518_518_518_519),
            (15.0, 1.0, 100_000.0, 0.000_107_579_557_325),
            (3.2, 2.5, 36.7, 0.042_249_562_674_1),
            (3.2, 12.0, 1_000.0, 0.000_161_339_223_251),
        ] {
            assert!(close(f_upper(f, d1, d2), expected), "{f} {d1} {d2}");
        }
        for (x, df, expected) in [
            (0.1, 1.0, 0.751_829_634_046),
            (7.5, 2.0, 0.023_517_745_856),
            (7.5, 6.0, 0.277_068_443_366),
            (60.0, 30.0, 0.000_920_682_396_149),
            (1_100.0, 999.0, 0.013_818_467_525_5),
        ] {
            assert!(close(chi_square_upper(x, df), expected), "{x} {df}");
        }
        assert!(close(normal_quantile(0.975), 1.959_963_984_54));
        assert!(close(normal_upper(5.0), 2.866_515_718_79e-7));
        assert!(f_upper(f64::NAN, 1.0, 1.0).is_nan() && f_upper(1.0, 0.0, 1.0).is_nan());
    }

    /// The quantile of `statrs` does not return for the first of these.
    #[test]
    fn a_quantile_is_found_near_zero_and_one_of_ten_million_interviews() {
        for (p, a, b) in [
            (0.025, 1e7, 11.0),
            (0.9999, 0.97, 1.6e9),
            (0.05, 1e-3, 35.0),
        ] {
            let x = beta_quantile(p, a, b);
            assert!((0.0..1.0).contains(&x), "{p} {a} {b}: {x}");
        }
    }
}
