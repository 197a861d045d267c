//! Routes and thin handlers, one file for each audience.
//!
//! | file | does |
//! |---|---|
//! | [`routes`] | every route of the public listener on one screen |
//! | [`office`] | the office: the gate, log-in and the pages of staff |
//! | [`questionnaire`] | the citizen's pages: questionnaire, submission, receipt |
//! | [`results`] | published figures: pages and tables |
//! | [`api`] | responses as JSON, questionnaires for other programs |
//! | [`sent`] | a response as a program sends it |
//! | [`visits`] | visits to cases as JSON |
//! | [`versions`] | which questionnaire version a response answers |
//! | [`site`] | home page, posters, assets, health |
//! | [`credential`] | what a request proves itself with |
//! | [`invitation`] | looks up the invitation that a sender names |
//! | [`door`] | checks that forms and the API share |
//! | [`blocks`] | counts how much the largest address block of each day gives |
//! | [`releases`] | the register of releases in memory; the files of releases |
//! | [`objection`] | questions about published numbers |
//! | [`archive`] | every release, the calendar, the feed |
//! | [`address`] | the query of a page's URL |
//! | [`reader`] | language and text size of a page |
//! | [`receipt_token`] | the token in the address of a receipt |
//! | [`error`] | one error of all handlers |
//! | [`problem`] | problem details for programs |
//! | [`surveys`] | the surveys as they are served, replaced as a whole |
//! | [`watch`] | takes over changes of the surveys |
//! | [`background`] | long work beside the collection of responses |
//! | [`app`] | what the handlers share |
//! | [`page`] | answers that are pages |
//! | [`serve`] | runs the server until a signal |
//! | [`metrics`] | the operators' listener |

pub mod routes;

pub mod api;
pub mod questionnaire;
pub mod results;
pub mod site;
pub mod surveys;
pub mod versions;
pub mod watch;

pub mod address;
pub mod app;
pub mod archive;
pub mod background;
pub mod blocks;
pub mod credential;
pub mod door;
pub mod error;
pub mod invitation;
pub mod metrics;
pub mod objection;
pub mod office;
pub mod page;
pub mod problem;
pub mod reader;
pub mod receipt_token;
pub mod releases;
pub mod sent;
pub mod serve;
pub mod visits;

pub use serve::{Listen, Stopped, Watching, serve};
pub use watch::{Folders, Look, Watch};
