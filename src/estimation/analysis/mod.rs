//! From columns, margins and a specification to judged estimates.
//!
//! | file | what |
//! |---|---|
//! | [`analyse`](analyse::analyse) | the entry: one sample, or a blend of two |
//! | [`one_sample`] | weights and estimates of one sample |
//! | [`final_weights`](final_weights::final_weights) | weights without estimates |
//! | `plan` | which study variables and domains must be summed |
//! | `estimates` | every estimate that is a single number |
//! | `kept_rows` | which rows of the data are used |
//! | `judge`, `holm` | interval, presentation, verdict, Holm's correction |
//! | [`contributions`] | what each PSU contributes, for the covariance with another wave |
//! | `gradient` | how an estimate moves with the population margins |
//! | `quantiles` | quantiles |
//! | `tabulations` | crosstabs, response rates, contrasts |
//! | [`estimate`], [`outcome`] | the results |
//!
//! # Example
//!
//! ```
//! use minyi::estimation::analysis::whole_of;
//! use minyi::estimation::spec::{EstimateSpec, Kind, Names};
//! use minyi::estimation::{Column, Columns, Margins, Spec, analyse};
//!
//! let mut columns = Columns::new();
//! columns.push("goods", Column::numbers(vec![2.0, 4.0, 6.0, 8.0]))?;
//! let mut spec = Spec::default();
//! let mean = spec.add(EstimateSpec {
//!     variable: Some(Names::One("goods".to_owned())),
//!     ..EstimateSpec::new("goods per person", Kind::Mean)
//! });
//! let analysis = analyse(&columns, &Margins::new(), &spec)?;
//! let estimate = whole_of(&analysis.estimates, mean).unwrap();
//! assert_eq!((estimate.estimate, estimate.n, estimate.df), (5.0, 4, 3.0));
//! // Without clusters and weights: s/√n.
//! assert!((estimate.std_error - (20.0_f64 / 3.0 / 4.0).sqrt()).abs() < 1e-12);
//! # Ok::<(), minyi::estimation::Error>(())
//! ```

pub mod analyse;
mod contrasts;
pub mod contributions;
mod crosstabs;
pub mod estimate;
pub(super) mod estimates;
pub mod final_weights;
pub(super) mod gradient;
mod holm;
mod judge;
pub(super) mod kept_rows;
pub mod one_sample;
pub mod outcome;
mod plan;
mod quantiles;
mod response_rates;
mod tabulations;

pub use analyse::analyse;
pub use estimate::{Estimate, estimates_of, find, whole_of};
pub use one_sample::{finish, weighted_design};
pub use outcome::{Analysis, Named};
