//! The limits of what may be published of a group of persons or of shops.

/// Fewest persons of a cell.
pub const FEWEST_PERSONS: u64 = 30;

/// Fewest persons on each side of a share: who gave something to it, and who kept something from it.
pub const FEWEST_OF_A_SIDE: u64 = 10;

/// Fewest shops of a cell.
pub const FEWEST_SHOPS: u64 = 10;

/// Fewest shops of a cell in which all are alike.
pub const FEWEST_ALIKE: u64 = 30;

/// The second largest shop must not know the largest to this part of it: what all others sell is at
/// least that much (the p % rule).
pub const DOMINANCE: f64 = 0.1;

/// Whether a cell of `n` persons must not be published.
#[must_use]
pub fn is_small(n: u64) -> bool {
    n < FEWEST_PERSONS
}

/// Whether a share of `n` persons must not be published: too few of them, or too few on one side, so
/// that what all or nearly all of them said is what one of them said.
///
/// # Example
///
/// ```
/// use minyi::disclosure::limits::is_sensitive_share;
///
/// assert!(is_sensitive_share(29, 15, 14));
/// assert!(is_sensitive_share(400, 391, 9));
/// assert!(!is_sensitive_share(400, 390, 10));
/// ```
#[must_use]
pub fn is_sensitive_share(n: u64, counted: u64, other: u64) -> bool {
    is_small(n) || counted < FEWEST_OF_A_SIDE || other < FEWEST_OF_A_SIDE
}

/// Whether a ratio of `n` shops must not be published: too few shops, one shop that another could
/// compute, or all alike in a small group. `total` is what all sell, `largest` what the two largest
/// sell, `counted` what counts of it.
///
/// # Source
///
/// Hundepool et al. 2012, *Statistical Disclosure Control*, §4.2.2: the p % rule.
#[must_use]
pub fn is_sensitive_ratio(n: u64, counted: f64, total: f64, largest: [f64; 2]) -> bool {
    let [first, second] = largest;
    let is_dominated = total - first - second < DOMINANCE * first;
    let is_alike = counted <= 0.0 || counted >= total;
    n < FEWEST_SHOPS || is_dominated || (is_alike && n < FEWEST_ALIKE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shop_that_another_could_compute_is_sensitive() {
        // The second knows what it sells; the others sell less than a tenth of the first.
        assert!(is_sensitive_ratio(12, 50.0, 165.0, [100.0, 56.0]));
        assert!(!is_sensitive_ratio(12, 50.0, 170.0, [100.0, 56.0]));
        assert!(is_sensitive_ratio(9, 50.0, 170.0, [30.0, 20.0]));
    }

    #[test]
    fn shops_that_are_all_alike_are_sensitive_unless_they_are_many() {
        assert!(is_sensitive_ratio(29, 0.0, 290.0, [10.0, 10.0]));
        assert!(is_sensitive_ratio(29, 290.0, 290.0, [10.0, 10.0]));
        assert!(!is_sensitive_ratio(30, 290.0, 290.0, [10.0, 10.0]));
    }
}
