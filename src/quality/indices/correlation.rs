//! The correlation of pairs of numbers of one person.

use crate::estimation::count::count;

/// Pearson's r of pairs of numbers.
///
/// * `pairs`: those with a NaN are left out
/// * `at_least`: the number of pairs below which there is no value
///
/// NaN for too few pairs, or if one side does not vary. −1 to 1.
pub(super) fn pearson(pairs: impl IntoIterator<Item = (f64, f64)> + Clone, at_least: usize) -> f64 {
    let given = || {
        pairs
            .clone()
            .into_iter()
            .filter(|(x, y)| !x.is_nan() && !y.is_nan())
    };
    let (mut n, mut sx, mut sy) = (0, 0.0, 0.0);
    for (x, y) in given() {
        n += 1;
        sx += x;
        sy += y;
    }
    if n < at_least {
        return f64::NAN;
    }
    let (mx, my) = (sx / count(n), sy / count(n));
    let (mut sxx, mut syy, mut sxy) = (0.0, 0.0, 0.0);
    for (x, y) in given() {
        sxx += (x - mx) * (x - mx);
        syy += (y - my) * (y - my);
        sxy += (x - mx) * (y - my);
    }
    if sxx <= 0.0 || syy <= 0.0 {
        return f64::NAN;
    }
    (sxy / (sxx.sqrt() * syy.sqrt())).clamp(-1.0, 1.0)
}
