//! Numbers in, numbers out: the survey statistics behind every figure.

pub mod analysis;
pub mod blend;
pub mod columns;
pub mod comparison;
pub mod crossing;
pub mod crosstab;
pub mod csv;
pub mod design;
pub mod distribution;
pub mod error;
pub mod influence;
pub mod interval;
pub mod judgement;
pub mod linear;
pub mod moments;
pub mod power;
pub mod quantile;
pub mod replicate;
pub mod response_rate;
pub mod rows;
pub mod series;
pub mod spec;
pub mod statistic;
pub mod summation;
pub mod variance;
pub mod weighting;

pub use analysis::{Analysis, Estimate, analyse};
pub use columns::{Column, Columns};
pub use error::{Code, Error};
pub use judgement::{Presentation, Target, Verdict};
pub use spec::Spec;
pub use weighting::margins::{Margin, Margins};
