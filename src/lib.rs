//! minyi (民意): a city's annual public survey, from the questionnaire to the published figure.
//!
//! The modules in the order of a survey's life, and who may import whom:
//!
//! | module | does | may import |
//! |---|---|---|
//! | [`questionnaire`] | the instrument as data: checked, rules, answers parsed or a list of faults | nothing of ours (pure) |
//! | [`estimation`] | numbers in, numbers out: design, weighting, statistic, variance, interval, verdict | nothing of ours (pure) |
//! | [`locale`] | every text a reader sees, by language | `questionnaire` |
//! | [`store`] | the database: one writer, many readers; the only module that names diesel | `questionnaire` |
//! | [`release`] | from stored responses to figures, by the plan | the four above, `store` |
//! | [`pages`] | values in, pages out; the only module that names maud | `questionnaire`, `release`, `locale` |
//! | [`web`] | routes and thin handlers; the only module that names actix | all above |
//! | [`commands`] | one file per command of the `minyi` program | all above |
//!
//! `tests/tidy.rs` holds every row of this table.

pub mod questionnaire;

pub mod survey;

pub mod collection;

pub mod estimation;

pub mod locale;

pub mod store;

pub mod release;

pub mod formats;

pub mod pages;

pub mod http;

pub mod web;

pub mod demo;

pub mod commands;

rust_i18n::i18n!("src/locale", fallback = "zh");
