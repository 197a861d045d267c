//! Which responses, channels and enumerators need a look: indices, rules, findings. Pure.
//!
//! A rule flags; it never removes anything. What is set aside is decided by two people
//! ([`staff`](crate::staff)).
//!
//! | file | holds |
//! |---|---|
//! | [`responses`] | what the rules see of a wave |
//! | [`finding`] | what a rule found |
//! | [`scales`] | which items share a scale; answers as numbers |
//! | [`indices`] | indices of careless answers, of one person |
//! | [`response_indices`] | all indices of all responses |
//! | [`consistency`] | contradictions, areas, durations |
//! | [`enumerators`] | rules about the set of an enumerator |

pub mod consistency;
pub mod enumerators;
pub mod finding;
pub mod indices;
pub mod response_indices;
pub mod responses;
pub mod scales;

pub use finding::{Finding, Measure, Subject};
pub use responses::{Choice, Item, Labels, Responses};
