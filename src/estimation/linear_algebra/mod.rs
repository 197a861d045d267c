//! Small dense matrices: the normal equations of a calibration, the tests of a crosstab.
//!
//! All matrices are row-major vectors of some 30 × 30 elements; a library of linear algebra would
//! be larger than the rest of this module.

pub mod cholesky;
pub mod eigenvalues;
pub mod elimination;
