//! What may be shown of an estimate. Pages and tables get a value of [`Disclosed`] and nothing else,
//! so they cannot print a number that must not be seen.
//!
//! | file | does |
//! |---|---|
//! | [`disclosed`] | an estimate that may be shown, or the reason why it may not |
//! | [`few_answers`] | the rule of tables for the office: few answers are hidden or bracketed |
//! | [`limits`] | how small a group of persons or shops may be in a public table |
//! | [`system`] | the cells of all tables as one system of linear equations |
//! | [`suppression`] | which cells are suppressed: elimination, then an audit |
//! | `elimination`, `audit` | combinations of published cells; how far they narrow a cell down |
//! | [`research_file`] | what of each person may stand in a file for researchers |
//! | [`reliability`] | the rule: an estimate that is too unreliable is not shown |

mod audit;
pub mod disclosed;
mod elimination;
pub mod few_answers;
pub mod limits;
pub mod reliability;
pub mod research_file;
pub mod suppression;
pub mod system;

pub use disclosed::{Disclosed, Reason};
pub use reliability::disclose;
pub use system::{Cell, Guard, Publishes, Role, System};
