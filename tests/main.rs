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

mod backends;
mod behind_nginx;
mod browser_access;
mod browser_draft;
mod browser_form;
mod browser_reader;
mod browser_slow;
mod cases;
mod clock;
mod commands;
mod damage;
mod doors;
mod durability;
mod durability_faults;
mod estimation;
mod estimation_command;
mod estimation_simulation;
mod hostile;
mod hostile_slow;
mod lifecycle;
mod lifecycle_disk;
mod lifecycle_postgres;
mod log;
mod outages;
mod overload;
mod pages;
mod questionnaire;
mod questionnaire_import;
mod questionnaire_properties;
mod questionnaire_rules;
mod questionnaire_words;
mod rates;
mod readme;
mod reference;
mod respond;
mod results;
mod store;
mod support;
mod tidy;
mod upgrades;
