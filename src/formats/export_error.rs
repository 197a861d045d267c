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
    /// The data do not fit into the file format.
    Form(String),
}

impl ExportError {
    /// A text of `bytes` bytes in a column that has room for `width`.
    #[must_use]
    pub fn too_long(column: &str, bytes: usize, width: usize) -> ExportError {
        ExportError::Form(format!(
            "a text in {column} has {bytes} bytes, more than the {width} that the file format has room for; \
             export to CSV"
        ))
    }

    /// A cell without a number in a column of numbers.
    #[must_use]
    pub fn no_number(column: &str) -> ExportError {
        ExportError::Form(format!(
            "a response has an answer to {column} that no stored version of the questionnaire has; \
             export to CSV, and run `minyi doctor`"
        ))
    }
}

impl std::fmt::Display for ExportError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ExportError::Io(error) => write!(f, "{error}"),
            ExportError::Read(error) => write!(f, "{error}"),
            ExportError::Form(message) => f.write_str(message),
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

impl From<parquet::errors::ParquetError> for ExportError {
    fn from(error: parquet::errors::ParquetError) -> ExportError {
        ExportError::Io(std::io::Error::other(error))
    }
}

impl From<rust_xlsxwriter::XlsxError> for ExportError {
    fn from(error: rust_xlsxwriter::XlsxError) -> ExportError {
        ExportError::Io(std::io::Error::other(error))
    }
}

impl From<DatasetError> for ExportError {
    fn from(error: DatasetError) -> ExportError {
        ExportError::Read(NoFigures::Dataset(error))
    }
}
