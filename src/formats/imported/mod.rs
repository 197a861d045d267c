//! Files of filled-in questionnaires that come in: CSV and XLSX.
//!
//! | file | does |
//! |---|---|
//! | [`file`] | reads a file: its rows as responses, or every fault with its cell |
//! | [`fault`] | a fault of a file, and where it is |
//! | [`export`] | takes out what an export added |
//! | [`version`] | which questionnaire version a row answers |
//! | [`visits`] | reads a file of visits to cases |
//! | [`ids`] | ids of rows without one, and which rows are stored already |

pub mod export;
pub mod fault;
pub mod file;
pub mod ids;
pub mod version;
pub mod visits;
