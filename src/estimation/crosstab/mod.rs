//! Two-way tables and tests of independence that respect the design.

pub mod independence;
mod rao_scott;
mod shape;
pub mod table;
pub mod variable;
mod wald;

pub use independence::independence;
pub use table::{Cell, Crosstab, Test, Tests};
pub use variable::Variable;
