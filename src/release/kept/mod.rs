//! The responses of a wave as columns that are kept beside the database.
//!
//! | file | does |
//! |---|---|
//! | `label_column` | a column of labels that grows |
//! | `wave_columns` | all columns of a wave |
//! | `segment` | the bytes of some rows of a wave |
//! | `figures_file` | the figures that were computed last |
//! | `folder` | the folder of all waves: what is kept, and what is read from the database |

mod figures_file;
mod folder;
mod label_column;
mod segment;
mod wave_columns;

pub use figures_file::{Basis, BasisBuilder};
pub use folder::{KeptColumns, ReadError, SEGMENT};
pub use label_column::LabelColumn;
pub use wave_columns::{NO_DURATION, WaveColumns, questions};
