//! What a survey is before anyone answers: its folder, read and checked.
//!
//! | file | does |
//! |---|---|
//! | [`catalogue`] | all survey folders, the areas, the city plan's indicators |
//! | [`folder`] | one survey folder: its files read together |
//! | [`plan`] | `plan.toml`: how answers become figures |
//! | [`population`] | `population.csv`: the census margins |
//! | [`frame`] | `frame.csv`: the villages and which are drawn |
//! | [`check`] | the files of a folder held against each other |

pub mod catalogue;
pub mod check;
pub mod folder;
pub mod frame;
pub mod plan;
pub mod population;
mod text;

pub use catalogue::{Catalogue, PlanIndicator};
pub use folder::{FolderErrors, Survey, hex_digest};
pub use frame::FrameUnit;
