//! One binary, one file per promise.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "a test may stop where it stands"
)]
#![allow(missing_docs)]

mod reference;
mod support;
mod tidy;
