//! The files that the office's download page offers, each written by the code that `minyi export` and
//! `minyi report` use.

use std::fs::File;
use std::io::{Seek, Write};
use std::path::Path;

use crate::formats::codebook_csv::codebook_csv;
use crate::formats::column::RowWriter;
use crate::formats::ddi::Ddi;
use crate::formats::export_error::ExportError;
use crate::formats::gb18030::Gb18030;
use crate::formats::microdata::{Cells, Exported, Microdata};
use crate::formats::microdata_csv::Csv;
use crate::formats::microdata_file::{FileFormat, write_file};
use crate::formats::report_xlsx;
use crate::formats::research_csv::ResearchCsv;
use crate::locale::{Language, text};
use crate::release::report::tables::tables;
use crate::release::stored::NoFigures;
use crate::release::versions::StoredVersions;
use crate::store::Store;
use crate::survey::{Catalogue, Survey};

/// A file that can be downloaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Download {
    /// Responses that count, CSV in UTF-8.
    Csv,
    /// The same in GB18030.
    CsvGb18030,
    /// Responses that do not count, with the reason, CSV.
    Excluded,
    /// All responses as one file of this format.
    File(FileFormat),
    /// The codebook, CSV.
    Codebook,
    /// Documentation as DDI-Codebook 2.5.
    Ddi,
    /// The tables of the report.
    Report,
    /// A file for researchers.
    Research,
}

impl Download {
    /// All of them, in the order of the page.
    pub const ALL: [Download; 12] = [
        Download::File(FileFormat::Xlsx),
        Download::File(FileFormat::Sav),
        Download::File(FileFormat::Dta),
        Download::Csv,
        Download::CsvGb18030,
        Download::Excluded,
        Download::File(FileFormat::Parquet),
        Download::File(FileFormat::Json),
        Download::Codebook,
        Download::Ddi,
        Download::Report,
        Download::Research,
    ];

    /// The last part of its address.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Download::Csv => "data.csv",
            Download::CsvGb18030 => "data-gb18030.csv",
            Download::Excluded => "excluded.csv",
            Download::File(FileFormat::Xlsx) => "data.xlsx",
            Download::File(FileFormat::Sav) => "data.sav",
            Download::File(FileFormat::Dta) => "data.dta",
            Download::File(FileFormat::Parquet) => "data.parquet",
            Download::File(FileFormat::Json) => "data.json",
            Download::Codebook => "codebook.csv",
            Download::Ddi => "ddi.xml",
            Download::Report => "report.xlsx",
            Download::Research => "research.csv",
        }
    }

    /// The download with this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Download> {
        Download::ALL.into_iter().find(|own| own.name() == name)
    }

    /// The media type.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
        match self {
            Download::Csv | Download::Excluded | Download::Codebook | Download::Research => {
                "text/csv; charset=utf-8"
            }
            Download::CsvGb18030 => "text/csv; charset=gb18030",
            Download::File(FileFormat::Xlsx) | Download::Report => XLSX,
            Download::File(FileFormat::Sav) => "application/x-spss-sav",
            Download::File(FileFormat::Dta) => "application/x-stata-dta",
            Download::File(FileFormat::Parquet) => "application/vnd.apache.parquet",
            Download::File(FileFormat::Json) => "application/json",
            Download::Ddi => "application/xml",
        }
    }

    /// Writes it to `file`. `folder` is for files in between. Returns the number of responses in it; 0
    /// for files that hold none.
    ///
    /// # Errors
    /// When the responses cannot be read, or the file cannot be written.
    pub fn write(
        self,
        source: (&Catalogue, &Survey, &Store),
        (cells, language): (Cells, Language),
        file: &mut File,
        folder: &Path,
    ) -> Result<u64, ExportError> {
        let (catalogue, survey, store) = source;
        let quiet = &mut |_| {};
        let exported: Exported = match self {
            Download::Csv => csv(source, cells, &mut *file, std::io::sink())?,
            Download::Excluded => {
                let exported = csv(source, cells, std::io::sink(), &mut *file)?;
                return Ok(exported.excluded);
            }
            Download::CsvGb18030 => {
                let mut output = Gb18030::new(&mut *file);
                let exported = csv(source, cells, &mut output, std::io::sink())?;
                output.into_inner()?;
                exported
            }
            Download::File(format) => {
                let exported = write_file(format, source, cells, &mut *file, folder, quiet)?;
                return Ok(exported.rows + exported.excluded);
            }
            Download::Codebook => {
                let versions = StoredVersions::read(store, &survey.id, &catalogue.areas);
                let versions =
                    versions.map_err(|error| ExportError::Read(NoFigures::Store(error)))?;
                let counts = versions.all().iter().map(|own| (own.row.hash.clone(), 0));
                codebook_csv(
                    catalogue,
                    survey,
                    (&versions, &counts.collect()),
                    &mut *file,
                )?;
                return Ok(0);
            }
            Download::Ddi => {
                let microdata = Microdata::open(catalogue, survey, store)?;
                let name = format!("{}.csv", survey.id);
                let mut ddi = Ddi::new(survey, &catalogue.areas, &name, &mut *file);
                microdata_into(microdata, &mut ddi)?;
                return Ok(0);
            }
            Download::Report => {
                let made = tables(catalogue, survey, store, language).map_err(ExportError::Read)?;
                let mark = text(language, "report.internal");
                report_xlsx::write(&made, &mark, &mut *file)?;
                return Ok(0);
            }
            Download::Research => {
                let mut research = ResearchCsv::new(survey, None, &mut *file);
                microdata_into(Microdata::open(catalogue, survey, store)?, &mut research)?;
                let (_, contents) = research.into_parts();
                return Ok(contents.rows);
            }
        };
        file.flush()?;
        file.rewind()?;
        Ok(exported.rows)
    }
}

fn microdata_into(
    microdata: Microdata<'_>,
    writer: &mut impl RowWriter,
) -> Result<Exported, ExportError> {
    microdata.write(writer, &mut |_| {})
}

fn csv(
    (catalogue, survey, store): (&Catalogue, &Survey, &Store),
    cells: Cells,
    data: impl Write,
    excluded: impl Write,
) -> Result<Exported, ExportError> {
    let mut csv = Csv::new(cells, data, excluded)?;
    microdata_into(Microdata::open(catalogue, survey, store)?, &mut csv)
}
