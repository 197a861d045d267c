//! From stored responses to figures, by the plan; which figures are provisional and which published.
//!
//! | file | does |
//! |---|---|
//! | [`stored`] | the figures of a survey from its stored responses |
//! | [`dataset`], [`place`] | responses to columns: exclusions, variables, sample design, base weights |
//! | [`spec`] | the plan as an estimation spec |
//! | [`compute`], [`change`] | columns to [`figures`], waves and modes compared |
//! | [`publication`] | which figures there are, and which the public may see |
//! | [`refresh`] | computes provisional figures again as responses come in |
//! | [`tables`] | figures as CSV and JSON-stat |
//! | [`export`] | microdata with codebook |

pub mod change;
pub mod compute;
pub mod dataset;
pub mod export;
pub mod figures;
pub mod place;
pub mod publication;
pub mod refresh;
pub mod spec;
pub mod stored;
pub mod tables;

pub use publication::{Publication, Published};
