//! The descriptions of exported data: data package and DDI.

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::commands::output::Output;
use crate::formats::column::{Column, Source};
use crate::formats::datapackage;
use crate::formats::ddi::Ddi;
use crate::formats::export_error::ExportError;
use crate::formats::microdata::{Cells, Exported, Microdata};
use crate::store::Store;
use crate::survey::{Catalogue, Survey};

/// Writes the data package that describes the CSV file `data` with these columns; it has to be
/// finished. `form`: what stands in its cells, and its encoding.
///
/// # Errors
/// When it cannot be written.
pub fn data_package(
    survey: &Survey,
    columns: &[Column],
    data: &Path,
    form: (Cells, &str),
) -> Result<Output, ExportError> {
    let own = columns.iter().filter(|own| own.source != Source::Excluded);
    let columns: Vec<Column> = own.cloned().collect();
    let text = datapackage::describe(survey, &columns, &name_of(data), form);
    let mut package = Output::create(&package_path(data))?;
    package.write_all(text.as_bytes())?;
    Ok(package)
}

/// Where the description of `data` goes: `datapackage.json` beside it, or `out-datapackage.json` if
/// there is one of another file.
fn package_path(data: &Path) -> PathBuf {
    let path = data.with_file_name(datapackage::FILE_NAME);
    let is_free = match std::fs::read_to_string(&path) {
        Ok(there) => datapackage::is_of(&there, &name_of(data)),
        Err(_) => !path.exists(),
    };
    match is_free {
        true => path,
        false => data.with_file_name(format!("{}-{}", stem_of(data), datapackage::FILE_NAME)),
    }
}

/// Writes the documentation of the CSV file of a survey as DDI-Codebook.
///
/// # Errors
/// When the responses cannot be read, or the file cannot be written.
pub fn ddi(
    catalogue: &Catalogue,
    survey: &Survey,
    store: &Store,
    output: &Path,
    progress: &mut dyn FnMut(u64),
) -> Result<Exported, ExportError> {
    let microdata = Microdata::open(catalogue, survey, store)?;
    let data = format!("{}.csv", stem_of(output));
    let file = Output::create(output)?;
    let mut ddi = Ddi::new(survey, &catalogue.areas, &data, file);
    let exported = microdata.write(&mut ddi, progress)?;
    ddi.into_output().finish()?;
    Ok(exported)
}

fn name_of(path: &Path) -> String {
    let name = path.file_name();
    name.map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

/// The name of a file without its ending.
pub fn stem_of(path: &Path) -> String {
    let stem = path.file_stem();
    stem.map_or_else(String::new, |stem| stem.to_string_lossy().into_owned())
}
