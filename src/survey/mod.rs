//! The folder of a survey: reads and checks its files.
//!
//! | file | does |
//! |---|---|
//! | [`catalogue`] | all survey folders, the areas, the indicators of the city plan |
//! | [`folder`] | one survey folder: reads its files together |
//! | [`plan`] | `plan.toml`: how answers become figures |
//! | [`channel`] | `[[channel]]` of a plan: the channels that are announced |
//! | [`judgement`] | `[judgement]` of a plan: intervals and verdicts |
//! | [`population`] | `population.csv`: the census margins |
//! | [`frame`] | `frame.csv`: all villages and neighbourhoods, and which are drawn |
//! | [`check`] | compares the files of a folder with each other |
//! | [`plan_files`] | the files that decide how figures are made, with their hash |
//! | [`digest`] | hashes of files |
//! | [`check_folder`] | every mistake of all files of a folder |
//! | `check_indicators`, `check_evidence` | what figures count, of which questions |
//! | `check_weighting`, `check_margins` | modes, weights, strata, exclusions; population and frame |
//! | `check_waves` | compares a folder with those beside it |
//! | `check_report`, `lines` | findings; lines of a TOML file |
//! | [`categories`] | the categories that answers can have |
//! | [`approval`] | the four marks of a form, entered into its file |
//! | [`next_wave`] | next year's wave, made from this one |
//! | [`written`] | writes into survey folders |
//! | [`text`] | texts in TOML files |

pub mod approval;
pub mod catalogue;
pub mod categories;
pub mod channel;
pub mod check;
mod check_evidence;
pub mod check_folder;
mod check_indicators;
mod check_margins;
mod check_report;
mod check_waves;
mod check_weighting;
mod digest;
pub mod folder;
pub mod frame;
pub mod judgement;
mod lines;
pub mod next_wave;
pub mod plan;
mod plan_files;
pub mod population;
mod text;
pub mod written;

pub use catalogue::{Catalogue, PlanIndicator};
pub use check_folder::check_folder;
pub use check_report::Findings;
pub use digest::{hex, hex_digest};
pub use folder::{FolderErrors, Survey};
pub use frame::FrameUnit;
pub use plan_files::PlanFiles;
