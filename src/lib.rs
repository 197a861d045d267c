//! minyi (民意): a city's annual public survey, from the questionnaire to the published figure.
//!
//! The modules in the order of a survey's life. A module may import only the modules that its row
//! names; `tests/tidy.rs` checks that.
//!
//! | module | does | may import | start reading at |
//! |---|---|---|---|
//! | [`questionnaire`] | questions, rules, answers (pure) | nothing | `instrument.rs` |
//! | [`estimation`] | statistics (pure) | nothing | `mod.rs` |
//! | [`quality`] | which responses need a look (pure) | `estimation` | `responses.rs` |
//! | [`fieldwork`] | progress, pace and forecast of fieldwork (pure) | `estimation` | `mod.rs` |
//! | [`survey`] | reads a survey's folder | `questionnaire`, `estimation` | `folder.rs` |
//! | [`collection`] | checks submissions (pure) | `questionnaire`, `survey` | `intake.rs` |
//! | [`disclosure`] | what may be shown (pure) | `estimation` | `disclosed.rs` |
//! | [`locale`] | every text that a page shows | `questionnaire` | `locale.rs` |
//! | [`staff`] | roles, passwords, one-time codes, sessions (pure) | `survey` | `role.rs` |
//! | [`store`] | the database; only it names diesel | `collection`, `staff` | `handle.rs` |
//! | [`release`] | responses to figures, by the plan | all above | `stored.rs` |
//! | [`formats`] | one file for each file format | all above | `microdata.rs` |
//! | [`pages`] | HTML; only it names maud | all above but `store`, `formats` | `layout.rs` |
//! | [`publication`] | the files of a release; drafts; folders that anyone can verify | all above | `draft.rs` |
//! | [`http`] | the server under the routes; names actix | `questionnaire` | `server.rs` |
//! | [`web`] | routes and handlers; names actix | all above but `estimation`, `disclosure` | `routes.rs` |
//! | [`demo`] | fiction | `questionnaire`, `quality`, `fieldwork`, `survey`, `collection`, `locale`, `staff`, `store`, `release`, `publication` | `mod.rs` |
//! | [`commands`] | one file for each command | all above | `mod.rs` |

pub mod questionnaire;

pub mod estimation;

pub mod quality;

pub mod fieldwork;

pub mod survey;

pub mod collection;

pub mod disclosure;

pub mod locale;

pub mod staff;

pub mod store;

pub mod release;

pub mod formats;

pub mod pages;

pub mod publication;

pub mod http;

pub mod web;

pub mod demo;

pub mod commands;

rust_i18n::i18n!("src/locale", fallback = "zh");
