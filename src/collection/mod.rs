//! The one intake of responses, for forms, the API and files.
//!
//! | file | does |
//! |---|---|
//! | [`intake`] | turns a submission into a response, or a list of its faults |
//! | [`response`] | a response that is ready to be stored |
//! | [`table`] | reads a CSV file as a heading and rows |
//! | [`content_id`] | ids of questionnaires that came without one |
//! | [`invitation`] | codes of invitations, and their hashes |
//! | [`label`] | checks channels, PSUs, enumerators and devices |
//! | [`fieldwork`] | when a survey takes responses |
//! | [`flag`] | why a response may need a review |

pub mod content_id;
pub mod fieldwork;
pub mod flag;
pub mod intake;
pub mod invitation;
pub mod label;
pub mod response;
pub mod table;

pub use fieldwork::{Decision, Fieldwork, Period};
pub use intake::{Answers, Intake, Submission, intake, response_id};
pub use invitation::{InvitationCode, InvitationHash, InvitationKey};
pub use response::{Response, Timing};
