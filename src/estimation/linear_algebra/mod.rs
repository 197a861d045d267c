//! Small dense matrices: the normal equations of a calibration, the tests of a crosstab.

pub mod cholesky;
pub mod eigenvalues;
pub mod elimination;
