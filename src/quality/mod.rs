//! Which responses, channels and enumerators need a look: indices, rules, findings. Pure.
//!
//! A rule flags; it never removes anything. What is set aside is decided by two people
//! ([`staff`](crate::staff)).
//!
//! | file | holds |
//! |---|---|
//! | [`responses`] | what the rules see of a wave |
//! | [`finding`] | what a rule found |
//! | [`bit_tiles`], [`near_duplicates`] | the most similar other response, over all pairs |

pub mod bit_tiles;
pub mod finding;
pub mod near_duplicates;
pub mod responses;

pub use finding::{Finding, Measure, Subject};
pub use responses::{Choice, Item, Labels, Responses};
