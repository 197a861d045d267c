//! What can go wrong in `minyi estimate`.

use crate::estimation::Error;

/// Why there is no result.
pub(super) enum Failure {
    /// The data or the specification is at fault: exit code 1.
    Input(Error),
    /// A file cannot be written.
    Io(String),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Input(error)
    }
}
