//! The one intake of responses, for forms, the API and files.
//!
//! | file | does |
//! |---|---|
//! | [`intake`] | turns a submission into a response, or a list of its faults |
//! | [`paper_code`] | the codes that are printed on paper and typed from it |
//! | [`response`] | a response that is ready to be stored |
//! | [`table`] | reads a CSV file as a heading and rows |
//! | [`workbook`], [`archive`] | reads an XLSX file as a heading and rows, within limits |
//! | [`content_id`] | ids of questionnaires that came without one |
//! | [`double_entry`] | compares two entries of a paper form |
//! | [`invitation`] | codes of invitations, and their hashes |
//! | [`disposition`] | visits to cases: outcomes, checks, what finally became of a case |
//! | [`back_check`] | which interviews are checked, and what a check says |
//! | [`label`] | checks channels, PSUs, enumerators and devices |
//! | [`fieldwork`] | when a survey takes responses |
//! | [`flag`] | why a response may need a review |

pub mod archive;
pub mod back_check;
pub mod content_id;
pub mod disposition;
pub mod double_entry;
pub mod fieldwork;
pub mod flag;
pub mod intake;
pub mod invitation;
pub mod label;
pub mod paper_code;
pub mod response;
pub mod table;
pub mod workbook;

pub use fieldwork::{Decision, Fieldwork, Period};
pub use intake::{Answers, Intake, Submission, intake, response_id};
pub use invitation::{InvitationCode, InvitationHash, InvitationKey};
pub use response::{Response, Timing};
