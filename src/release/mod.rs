//! From stored responses to figures, by the plan.

pub mod figures;
pub mod plan;
pub mod population;
