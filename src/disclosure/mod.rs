//! What may be shown of an estimate. Pages and tables get a value of [`Disclosed`] and nothing else,
//! so they cannot print a number that must not be seen.
//!
//! | file | does |
//! |---|---|
//! | [`disclosed`] | an estimate that may be shown, or the reason why it may not |
//! | [`reliability`] | the rule: an estimate that is too unreliable is not shown |

pub mod disclosed;
pub mod reliability;

pub use disclosed::{Disclosed, Reason};
pub use reliability::disclose;
