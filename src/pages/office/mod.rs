//! Pages of the office.
//!
//! | file | does |
//! |---|---|
//! | [`frame`] | head, navigation and log-out of every page; forms with their token |
//! | [`log_in`] | log-in, one-time links |
//! | [`set_up`] | choosing a password and setting up the second factor |
//! | [`account`] | a person's own account and sessions |
//! | [`staff`] | accounts, for administrators |
//! | [`audit`] | the audit record |
//! | [`download`] | the form for downloads |
//! | [`home`] | the first page |
//! | [`survey`] | one survey: state, links, fieldwork |
//! | [`wave`] | approval, next wave, preview |
//! | [`devices`] | tokens of devices |
//! | [`figures`] | the provisional figures |
//! | [`fieldwork`], `days` | how fieldwork goes; the responses of each day |
//! | [`back_checks`] | checks of interviews |
//! | [`visits`] | visits to cases, and response rates |
//! | [`quality`] | what needs a look; holding and freeing responses |
//! | [`weighting`], `weighting_tables`, `weight_histogram` | what the weights do, and what others would do |
//! | [`releases`] | the releases of a survey |

pub mod account;
mod attention;
pub mod audit;
pub mod back_checks;
mod days;
pub mod devices;
pub mod download;
pub mod fieldwork;
pub mod figures;
pub mod frame;
pub mod home;
pub mod log_in;
pub mod quality;
pub mod releases;
pub mod set_up;
pub mod staff;
pub mod survey;
pub mod visits;
pub mod wave;
mod weight_histogram;
pub mod weighting;
mod weighting_tables;
