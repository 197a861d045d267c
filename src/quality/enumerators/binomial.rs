//! The upper tail of the binomial distribution.

use statrs::distribution::{Binomial, DiscreteCDF};

/// P(X ≥ `times`) for X ~ Bin(`of`, `p`).
pub(super) fn at_least(times: usize, of: usize, p: f64) -> f64 {
    if times == 0 {
        return 1.0;
    }
    let (Ok(of), Ok(below)) = (u64::try_from(of), u64::try_from(times - 1)) else {
        return f64::NAN;
    };
    Binomial::new(p.clamp(0.0, 1.0), of).map_or(f64::NAN, |binomial| binomial.sf(below))
}
