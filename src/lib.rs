//! minyi (民意): a city's annual public survey, from the questionnaire to the published figure.
//!
//! The modules in the order of a survey's life, and who may import whom:
//!
//! | module | does | may import |
//! |---|---|---|
//! | [`questionnaire`] | the instrument as data, rules, answers parsed (pure) | nothing |
//! | [`survey`] | a wave's folder: questionnaire, plan, population, frame | `questionnaire` |
//! | [`collection`] | a submission becomes a response (pure) | `questionnaire`, `survey` |
//! | [`estimation`] | numbers in, numbers out: from the design to the verdict (pure) | nothing |
//! | [`locale`] | every text that a page shows, by language | `questionnaire` |
//! | [`store`] | the database; only it names diesel | `collection` |
//! | [`release`] | from stored responses to figures, by the plan | all above |
//! | [`formats`] | one file per file format | all above |
//! | [`pages`] | values in, pages out; only it names maud | all but `store`, `formats` |
//! | [`http`] | the server under the routes; names actix | `questionnaire` |
//! | [`web`] | routes and thin handlers; names actix | all above |
//! | [`demo`] | the fictional city of `minyi demo` | `survey`, `collection`, `store`, `release` |
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
