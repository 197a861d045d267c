//! The office: log-in, the gate before every page, and the handlers of staff.
//!
//! | file | does |
//! |---|---|
//! | [`access`] | who may use a route |
//! | [`gate`] | checks session, role, origin and form token before a handler runs |
//! | [`actor`] | who sends the request |
//! | [`submission`] | the fields and files of a form |
//! | [`state`] | what the handlers of the office share: keys, limits of log-ins |
//! | [`cookie`] | the cookies |
//! | [`log_in`] | log-in, one-time links, log-out |
//! | [`set_up`] | choosing a password and setting up the second factor |
//! | [`account`] | a person's own account and sessions |
//! | [`staff`] | accounts, for administrators |
//! | [`audit`] | the audit record, for auditors |
//! | [`download`] | microdata and tables |
//! | [`home`] | the first page |
//! | [`survey`] | one survey: opens, closes and extends its fieldwork |
//! | [`amend`] | takes a new wording or plan into use |
//! | [`wave`] | approval, next wave, preview |
//! | [`devices`] | tokens of devices |
//! | [`figures`] | the provisional figures |
//! | [`releases`], [`release_changes`] | the releases of a survey; drafts, decisions, dates |
//! | [`back_checks`] | checks of interviews |
//! | [`visits`] | visits to cases, and response rates |
//! | [`quality`], [`hold_changes`] | what needs a look; holding and freeing responses |
//! | [`paper`] | paper forms |

pub mod access;
pub mod account;
pub mod actor;
pub mod amend;
pub mod audit;
pub mod back_checks;
pub mod cookie;
pub mod devices;
pub mod download;
pub mod fieldwork;
pub mod figures;
pub mod gate;
pub mod hold_changes;
pub mod home;
pub mod log_in;
pub mod paper;
pub mod quality;
pub mod release_changes;
pub mod releases;
pub mod set_up;
pub mod staff;
pub mod state;
pub mod submission;
pub mod survey;
pub mod visits;
pub mod wave;
