//! Values in, pages out. The only module that names maud.
//!
//! | file | what |
//! |---|---|
//! | [`questionnaire`] | the questionnaire: one self-contained page, fresh or with faults |
//! | [`receipt`] | the pages after sending, after screening out, and outside the fieldwork |
//! | [`home`] | the home page: open surveys and latest results |
//! | [`results`] | the published figures of a survey |
//! | [`office`] | the office |
//! | [`invitation`] | slips and letters with the codes of invitations, to print |
//! | [`paper`] | paper forms: printed, typed, compared, uploaded |
//! | [`poster`] | a QR code to print |
//! | [`api`] | the API for programmers, made of its OpenAPI document |
//! | [`error`] | what went wrong and what to do |
//! | [`layout`] | header, footer and head of every page but the questionnaire |
//! | `condition` | rules in words |
//! | [`title`] | titles that break between words |
//! | [`chart`] | charts as SVG |
//! | [`assets`], `minify` | styles and scripts; how they are made smaller |

pub mod api;
pub mod assets;
pub mod chart;
mod condition;
pub mod error;
pub mod home;
pub mod invitation;
pub mod layout;
mod minify;
pub mod office;
pub mod paper;
pub mod poster;
pub mod questionnaire;
pub mod receipt;
pub mod results;
pub mod title;

pub use crate::locale::fault_message;
