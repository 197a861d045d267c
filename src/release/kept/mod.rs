//! The responses of a wave as columns that are kept beside the database.
//!
//! | file | does |
//! |---|---|
//! | `label_column` | a column of labels that grows |
//! | `wave_columns` | all columns of a wave |
//! | `segment` | the bytes of some rows of a wave |
//! | `folder` | the folder of all waves: what is kept, and what is read from the database |

mod folder;
mod label_column;
mod segment;
mod wave_columns;

pub use folder::{KeptColumns, ReadError, SEGMENT};
pub use label_column::LabelColumn;
pub use wave_columns::{NO_DURATION, WaveColumns, questions};
