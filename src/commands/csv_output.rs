//! CSV files that commands write, in the encoding that was asked for.

use std::io::Write;
use std::path::Path;

use clap::ValueEnum;

use crate::commands::output::Output;
use crate::formats::gb18030::Gb18030;

/// Encodings of CSV.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Encoding {
    /// UTF-8 with byte order mark
    #[value(name = "utf-8")]
    Utf8,
    /// GB18030, for programs that take no UTF-8
    Gb18030,
}

impl Encoding {
    /// The name of the encoding in descriptions.
    pub fn name(self) -> &'static str {
        match self {
            Encoding::Utf8 => "utf-8",
            Encoding::Gb18030 => "gb18030",
        }
    }
}

/// A CSV file in the encoding that was asked for.
pub enum Csv {
    /// In UTF-8.
    Utf8(Output),
    /// In GB18030.
    Gb18030(Gb18030<Output>),
}

impl Csv {
    /// Starts a file at `path`.
    ///
    /// # Errors
    /// As [`Output::create`].
    pub fn create(path: &Path, encoding: Encoding) -> std::io::Result<Csv> {
        let output = Output::create(path)?;
        Ok(match encoding {
            Encoding::Utf8 => Csv::Utf8(output),
            Encoding::Gb18030 => Csv::Gb18030(Gb18030::new(output)),
        })
    }

    /// Puts the whole file in its place.
    ///
    /// # Errors
    /// As [`Output::finish`].
    pub fn finish(self) -> std::io::Result<()> {
        match self {
            Csv::Utf8(output) => output.finish(),
            Csv::Gb18030(output) => output.into_inner()?.finish(),
        }
    }
}

impl Write for Csv {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        match self {
            Csv::Utf8(output) => output.write(bytes),
            Csv::Gb18030(output) => output.write(bytes),
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        match self {
            Csv::Utf8(output) => output.flush(),
            Csv::Gb18030(output) => output.flush(),
        }
    }
}
