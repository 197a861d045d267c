//! From stored responses to figures, by the plan; which figures are provisional and which published.
//!
//! | file | does |
//! |---|---|
//! | [`stored`] | the figures of a survey from its stored responses |
//! | [`dataset`] | responses to columns: exclusions, variables, sample design, base weights |
//! | [`row`], [`column_builder`], [`columns`] | one response as a row; a growing column; column names |
//! | [`sample_design`], [`base_weights`] | stratum and PSU of each row; weights before raking |
//! | [`spec`] | the plan as an estimation spec |
//! | [`compute`], [`change`] | columns to [`figures`], waves and modes compared |
//! | [`tables`] | the figures as lines of a table, for every format |
//! | [`publication`] | which figures there are, and which the public may see |
//! | [`refresh`] | computes provisional figures again as responses come in |

mod base_weights;
pub mod change;
mod column_builder;
pub mod columns;
pub mod compute;
pub mod dataset;
pub mod figures;
pub mod publication;
pub mod refresh;
pub mod row;
pub mod sample_design;
pub mod spec;
pub mod stored;
pub mod tables;

pub use publication::{Publication, Published};
