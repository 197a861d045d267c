//! Which responses, channels and enumerators need a look: indices, rules, findings. Pure.
//!
//! A rule flags; it never removes anything. What is set aside is decided by two people
//! ([`staff`](crate::staff)).
//!
//! | file | holds |
//! |---|---|
//! | [`responses`] | what the rules see of a wave |
//! | [`finding`] | what a rule found |
//! | [`rules`], [`limits`] | all rules; the limits of those of responses, floods and channels |
//! | [`findings`](mod@findings) | applies the rules of responses, floods and channels |
//! | [`enumerators`] | rules about the set of an enumerator |
//! | [`consistency`] | contradictions, areas, durations |
//! | [`scales`] | which items share a scale; answers as numbers |
//! | [`indices`] | indices of careless answers, of one person |
//! | [`response_indices`] | all indices of all responses |
//! | [`doors`](mod@doors) | through which door a response came |
//! | [`bit_tiles`], [`near_duplicates`](mod@near_duplicates) | the most similar other response, over all pairs |
//! | [`null_model`] | what honest responses have in common by chance |
//! | [`duplicate_vectors`] | the same complete answers too often |
//! | [`bursts`](mod@bursts) | more responses than a door's own pace explains |
//! | [`coherence`](mod@coherence), [`person_fit`](mod@person_fit), [`profile`](mod@profile) | what a response looks like as a whole |
//! | [`density_ratio`] | which responses are more frequent here than elsewhere |

pub mod bit_tiles;
pub mod bursts;
pub mod coherence;
pub mod consistency;
pub mod density_ratio;
pub mod doors;
pub mod duplicate_vectors;
pub mod enumerators;
pub mod finding;
pub mod findings;
pub mod indices;
pub mod limits;
pub mod near_duplicates;
pub mod null_model;
pub mod person_fit;
pub mod profile;
pub mod response_indices;
pub mod responses;
pub mod rules;
pub mod scales;

pub use finding::{Finding, Measure, Subject};
pub use findings::{Assessment, NearDuplicateRates, assess, findings};
pub use limits::{Limits, Ratios};
pub use responses::{Choice, Item, Labels, Responses};
pub use rules::{LooksAt, RULES, Rule};
