//! Reading the specification, the margins and the columns that are needed.

use std::fs::File;
use std::io::{self, IsTerminal};
use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use crate::estimation::csv::Source;
use crate::estimation::{Code, Columns, Error, Margins, Spec, file};

/// Bytes from which on a progress bar is shown.
const LONG_FILE: u64 = 64 << 20;

/// The specification, and the margins of the file beside it that it names.
///
/// # Errors
/// `SPEC_INVALID`, `MARGINS_INVALID`.
pub(super) fn specification(path: &Path) -> Result<(Spec, Margins), Error> {
    let spec = Spec::parse(&text_of(path)?)?;
    let margins = spec
        .weighting
        .as_ref()
        .and_then(|weighting| weighting.margins.as_ref());
    let margins = match margins {
        Some(name) => {
            let folder = path.parent().unwrap_or(Path::new("."));
            Margins::parse(&text_of(&folder.join(name))?)?
        }
        None => Margins::new(),
    };
    Ok((spec, margins))
}

fn text_of(path: &Path) -> Result<String, Error> {
    std::fs::read_to_string(path).map_err(|error| unreadable(Code::SpecInvalid, path, &error))
}

fn unreadable(code: Code, path: &Path, error: &io::Error) -> Error {
    let path = path.display().to_string();
    Error::new(code, format!("{path}: {error}"), json!({"file": path}))
}

/// The columns of the data that the specification needs.
///
/// # Errors
/// Those of [`file::read`]; the message starts with the path.
pub(super) fn columns(path: &Path, spec: &Spec, margins: &Margins) -> Result<Columns, Error> {
    let unreadable = |error: io::Error| unreadable(Code::CsvInvalid, path, &error);
    let in_file = |error: Error| error.in_file(&path.display().to_string());
    let data = File::open(path).map_err(unreadable)?;
    if !data.metadata().map_err(unreadable)?.is_file() {
        // A pipe cannot be read at an offset.
        let bytes = std::fs::read(path).map_err(unreadable)?;
        return file::read(bytes.as_slice(), spec, margins, &|_| {}).map_err(in_file);
    }
    let data = Data(data);
    let bar = progress(data.size().map_err(unreadable)?);
    let columns = file::read(&data, spec, margins, &|done| bar.set_position(done));
    bar.finish_and_clear();
    columns.map_err(in_file)
}

/// A file that several threads read at once.
struct Data(File);

impl Source for Data {
    fn size(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }

    #[cfg(unix)]
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        std::os::unix::fs::FileExt::read_at(&self.0, buffer, offset)
    }

    #[cfg(windows)]
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        std::os::windows::fs::FileExt::seek_read(&self.0, buffer, offset)
    }
}

/// A bar on standard error, if that is a terminal and the file is long.
fn progress(bytes: u64) -> ProgressBar {
    if !io::stderr().is_terminal() || bytes < LONG_FILE {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("reading {bytes} of {total_bytes} {wide_bar} {eta}");
    ProgressBar::new(bytes).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
