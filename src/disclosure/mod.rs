//! What may be shown of an estimate. Pages and tables get a value of [`Disclosed`] and nothing else,
//! so they cannot print a number that must not be seen.
//!
//! | file | does |
//! |---|---|
//! | [`disclosed`] | an estimate that may be shown, or the reason why it may not |
//! | [`few_answers`] | the rule of tables for the office: few answers are hidden or bracketed |
//! | [`limits`] | how small a group of persons or shops may be in a public table |
//! | [`research_file`] | what of each person may stand in a file for researchers |
//! | [`reliability`] | the rule: an estimate that is too unreliable is not shown |

pub mod disclosed;
pub mod few_answers;
pub mod limits;
pub mod reliability;
pub mod research_file;

pub use disclosed::{Disclosed, Reason};
pub use reliability::disclose;
