//! Why an export stopped.

use crate::release::row::DatasetError;
use crate::release::stored::NoFigures;

/// Why an export stopped.
#[derive(Debug)]
pub enum ExportError {
    /// The file could not be written.
    Io(std::io::Error),
    /// The responses could not be read.
    Read(NoFigures),
}

impl std::fmt::Display for ExportError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ExportError::Io(error) => write!(f, "{error}"),
            ExportError::Read(error) => write!(f, "{error}"),
        }
    }
}

impl std::error::Error for ExportError {}

impl From<std::io::Error> for ExportError {
    fn from(error: std::io::Error) -> ExportError {
        ExportError::Io(error)
    }
}

impl From<csv::Error> for ExportError {
    fn from(error: csv::Error) -> ExportError {
        ExportError::Io(std::io::Error::other(error))
    }
}

impl From<DatasetError> for ExportError {
    fn from(error: DatasetError) -> ExportError {
        ExportError::Read(NoFigures::Dataset(error))
    }
}
