//! The tables of the survey's report, for the office: what they say, in words and rounded numbers. A
//! format only has to write them.
//!
//! | file | does |
//! |---|---|
//! | [`table`] | a table and its cells |
//! | `words` | texts of the reader's language; estimates as cells |
//! | [`tables`] | all tables of one survey, in the order of the report |
//! | `basis` | what the tables are made from |
//! | `cover` | what the survey is, and how the figures are made |
//! | `composition` | who answered, beside the population |
//! | `headlines` | the indicators against their targets and the wave before |
//! | `ranking` | estimates in the order of their size |
//! | `items` | sections and questions, ranked |
//! | `groups` | counties and groups of people |
//! | `frequencies` | the answers to every question |
//! | `weights` | how far weighting went |
//! | `exclusions` | issued, returned, left out, valid |
//! | `variables` | the variables and their codes |

mod basis;
mod composition;
mod cover;
mod exclusions;
mod frequencies;
mod groups;
mod headlines;
mod items;
mod ranking;
pub mod table;
pub mod tables;
mod variables;
mod weights;
mod words;
