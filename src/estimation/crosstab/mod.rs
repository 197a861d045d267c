//! Two-way tables and tests of independence that respect the design.
//!
//! Pearson's test takes answers as independent. In clusters they are not, and with unequal weights
//! they count differently, so its P is too small. Rao and Scott's corrections compare X² with what
//! it follows under the design.

pub mod independence;
mod rao_scott;
mod shape;
pub mod table;
pub mod variable;
mod wald;

pub use independence::independence;
pub use table::{Cell, Crosstab, Test, Tests};
pub use variable::Variable;
