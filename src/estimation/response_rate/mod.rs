//! Response rates of a probability sample. Volunteers have none: an open link has no denominator.
//!
//! A rate is only as clear as its definition, so each has AAPOR's name and formula. Rates are given
//! from numbers of cases (how the fieldwork went) and from base weights (what share of the
//! population the sample would have reached).

pub mod dispositions;
pub mod rates;

pub use dispositions::{Disposition, Dispositions};
pub use rates::{Outcomes, Rates, ResponseRates};
