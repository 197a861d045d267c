//! Response rates of a probability sample. Volunteers have none: an open link has no denominator.

pub mod dispositions;
pub mod rates;

pub use dispositions::{Disposition, Dispositions};
pub use rates::{Outcomes, Rates, ResponseRates};
