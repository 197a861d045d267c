//! Routes and thin handlers, one file for each audience.
//!
//! | file | does |
//! |---|---|
//! | [`routes`] | every route of the public listener on one screen |
//! | [`questionnaire`] | the citizen's way: questionnaire, submission, receipt |
//! | [`results`] | published figures: pages and tables |
//! | [`api`], [`sent`] | responses as JSON, questionnaires for other programs |
//! | [`site`] | home page, posters, assets, health |
//! | [`door`] | what both HTTP doors do before and after their own parsing |
//! | [`documents`] | pages and tables made of published figures |
//! | [`address`], [`reader`] | the query of an address; for whom a page is made |
//! | [`error`], [`problem`] | one error of all handlers: pages and problem details |
//! | [`app`], [`page`] | what the handlers share; answers that are pages |
//! | [`serve`], [`metrics`] | the running server; the operators' listener |

pub mod routes;

pub mod api;
pub mod questionnaire;
pub mod results;
pub mod site;

pub mod address;
pub mod app;
pub mod documents;
pub mod door;
pub mod error;
pub mod metrics;
pub mod page;
pub mod problem;
pub mod reader;
pub mod sent;
pub mod serve;

pub use serve::{Listen, Stopped, serve};
