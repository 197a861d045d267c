//! Indices of careless answers. Each takes the answers of one person as numbers, NaN for a missing
//! one, and returns a number; what counts as a lot is for the caller to say.
//!
//! | file | index |
//! |---|---|
//! | [`longstring`] | longest and mean run of one answer |
//! | [`irv`] | standard deviation across items, whole and by thirds |
//! | [`mahalanobis`] | D² and its p |
//! | [`synonyms`] | psychometric synonyms and antonyms |
//! | [`even_odd`] | consistency of the two halves of scales |
//! | [`person_total`] | correlation with the means of items |
//! | [`moments`] | means, covariances and correlations of items |
//!
//! They equal `careless-py` 1.1.0 on the data of the R package `careless`
//! (`tests/quality_indices.rs`).

mod correlation;
pub mod even_odd;
pub mod irv;
pub mod longstring;
pub mod mahalanobis;
pub mod moments;
pub mod person_total;
pub mod synonyms;
