//! Microdata as one file of any format but CSV, for a command or for a download.

use std::io::{Seek, Write};
use std::path::Path;

use crate::formats::dta::Dta;
use crate::formats::export_error::ExportError;
use crate::formats::json::Json;
use crate::formats::microdata::{Cells, Exported, Microdata};
use crate::formats::parquet::Parquet;
use crate::formats::sav::Sav;
use crate::formats::xlsx::Xlsx;
use crate::store::Store;
use crate::survey::{Catalogue, Survey};

/// A format of one file that is complete in itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileFormat {
    /// Excel.
    Xlsx,
    /// SPSS.
    Sav,
    /// Stata.
    Dta,
    /// Parquet.
    Parquet,
    /// JSON.
    Json,
}

/// Writes all responses of `survey` to `output`, the excluded ones among them, with the reason in the
/// column `excluded`; see [`Microdata`].
///
/// Memory does not grow with the number of responses, but for the columns that the weights are computed
/// from. Two formats write their beginning again at the end, so `output` must be able to seek: for a download,
/// write to a file without a name in the data folder, and send that. `folder` is for such files of
/// the writers themselves. `progress` is told the rows so far.
///
/// # Errors
/// See [`ExportError`].
pub fn write_file<'s>(
    format: FileFormat,
    (catalogue, survey, store): (&'s Catalogue, &'s Survey, &'s Store),
    cells: Cells,
    output: impl Write + Seek + Send,
    folder: &Path,
    progress: &mut dyn FnMut(u64),
) -> Result<Exported, ExportError> {
    let mut microdata = Microdata::open(catalogue, survey, store)?;
    match format {
        FileFormat::Xlsx => {
            let mut writer = Xlsx::new(&microdata, cells, output, folder)?;
            microdata.write(&mut writer, progress)
        }
        FileFormat::Sav => {
            microdata.measure()?;
            microdata.write(&mut Sav::new(cells, output), progress)
        }
        FileFormat::Dta => {
            microdata.measure()?;
            microdata.write(&mut Dta::new(cells, output, folder)?, progress)
        }
        FileFormat::Parquet => microdata.write(&mut Parquet::new(cells, output), progress),
        FileFormat::Json => microdata.write(&mut Json::new(cells, output), progress),
    }
}
