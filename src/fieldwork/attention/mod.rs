//! What needs attention, as data, sorted by how much it threatens the verdict.
//!
//! # Threat
//!
//! Each kind has a number from 0 (none) to 1 (no verdict, or a wrong one), so that different things can
//! be sorted:
//!
//! | kind | threat |
//! |---|---|
//! | [`MinimumMissed`](Attention::MinimumMissed) | its probability |
//! | [`Undecidable`](Attention::Undecidable) | 1 − P(decidable) |
//! | [`CountyBehind`](Attention::CountyBehind), [`ModeBehind`](Attention::ModeBehind) | share of its own target that it will be missing: each county is judged by itself |
//! | [`PsuNotBegun`](Attention::PsuNotBegun) | share of the drawn PSUs that should have begun and have not |
//! | [`EnumeratorSilent`](Attention::EnumeratorSilent), [`ChannelSilent`](Attention::ChannelSilent) | its share of the responses |
//! | [`Representativity`](Attention::Representativity) | largest bias against the distance of the estimate from its target, at most 1, halved: a bias of that size is possible and not known |
//! | [`ModeGap`](Attention::ModeGap) | gap against the distance of the estimate from its target, at most 1, halved |
//! | [`MarginFar`](Attention::MarginFar) | its distance: raking mends most of it |
//! | [`ItemMissing`](Attention::ItemMissing) | its share, halved: it concerns one item |
//!
//! | file | holds |
//! |---|---|
//! | [`kinds`] | what can need attention |
//! | [`limits`] | from where on something needs it |
//! | [`find`] | what needs it now |

pub mod find;
pub mod kinds;
pub mod limits;

pub use find::{Known, attention};
pub use kinds::{Attention, Minimum};
