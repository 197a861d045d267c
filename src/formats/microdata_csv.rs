//! Microdata as CSV: the responses that count in one file, the excluded ones in another.

use std::collections::BTreeSet;
use std::io::Write;

use crate::formats::column::{Cell, Column, ColumnKind, RowWriter, Source};
use crate::formats::columns::{EXCLUDED, RESPONSE_COLUMNS, derived};
use crate::formats::csv::{without_formula, writer};
use crate::formats::design_columns::DESIGN_COLUMNS;
use crate::formats::export_error::ExportError;
use crate::formats::microdata::{Cells, Exported, Microdata};
use crate::formats::number::cell as number;
use crate::questionnaire::Areas;
use crate::questionnaire::codebook::codebook;
use crate::release::columns::{denominator, numerator};
use crate::release::row::ratio_indicators;
use crate::store::Store;
use crate::survey::{Catalogue, Survey};

/// Writes the responses of `survey` to `data` and the excluded ones, with their reason, to `excluded`.
///
/// Both are CSV with a byte order mark and CRLF. See [`Microdata`]. `progress` is told the rows so far.
///
/// # Errors
/// See [`ExportError`].
pub fn csv(
    catalogue: &Catalogue,
    survey: &Survey,
    store: &Store,
    cells: Cells,
    data: impl Write,
    excluded: impl Write,
    progress: &mut dyn FnMut(u64),
) -> Result<Exported, ExportError> {
    let microdata = Microdata::open(catalogue, survey, store)?;
    microdata.write(&mut Csv::new(cells, data, excluded)?, progress)
}

/// The writer of both files.
pub struct Csv<D: Write, E: Write> {
    cells: Cells,
    data: csv::Writer<D>,
    excluded: csv::Writer<E>,
    columns: Vec<CsvColumn>,
}

struct CsvColumn {
    source: Source,
    kind: ColumnKind,
    /// Whether labels can stand in its cells.
    is_labelled: bool,
}

impl<D: Write, E: Write> Csv<D, E> {
    /// A writer of responses that count to `data`, and of the others to `excluded`.
    ///
    /// # Errors
    /// When the byte order marks cannot be written.
    pub fn new(cells: Cells, data: D, excluded: E) -> Result<Csv<D, E>, ExportError> {
        Ok(Csv {
            cells,
            data: writer(data)?,
            excluded: writer(excluded)?,
            columns: Vec::new(),
        })
    }
}

/// Whether a column is in the file of the responses that count, or in that of the excluded ones.
fn is_in(source: Source, excluded: bool) -> bool {
    match source {
        Source::Response | Source::Answer | Source::Variable => true,
        Source::Ratio | Source::Design | Source::Weight => !excluded,
        Source::Excluded => excluded,
    }
}

impl<D: Write, E: Write> RowWriter for Csv<D, E> {
    fn begin(&mut self, _title: &str, columns: &[Column]) -> Result<(), ExportError> {
        self.columns = columns
            .iter()
            .map(|column| CsvColumn {
                source: column.source,
                kind: column.kind,
                is_labelled: self.cells == Cells::Labels
                    && column.source == Source::Answer
                    && column.choice.is_none(),
            })
            .collect();
        let names = |excluded: bool| {
            let own = columns
                .iter()
                .filter(move |own| is_in(own.source, excluded));
            own.map(|column| column.name.as_str())
        };
        self.data.write_record(names(false))?;
        // Without a plan nothing is excluded, and no column says so.
        let has_reason = columns.iter().any(|own| own.source == Source::Excluded);
        let reason = (!has_reason).then_some(EXCLUDED);
        self.excluded.write_record(names(true).chain(reason))?;
        Ok(())
    }

    fn row(&mut self, cells: &[Cell<'_>]) -> Result<(), ExportError> {
        let last = self.columns.last().zip(cells.last());
        let excluded = last.is_some_and(|(column, cell)| {
            column.source == Source::Excluded && *cell != Cell::Empty
        });
        for (column, cell) in self.columns.iter().zip(cells) {
            if !is_in(column.source, excluded) {
                continue;
            }
            match excluded {
                true => field(&mut self.excluded, column, *cell)?,
                false => field(&mut self.data, column, *cell)?,
            }
        }
        match excluded {
            true => self.excluded.write_record(None::<&[u8]>)?,
            false => self.data.write_record(None::<&[u8]>)?,
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), ExportError> {
        self.data.flush()?;
        self.excluded.flush()?;
        Ok(())
    }
}

fn field<W: Write>(
    writer: &mut csv::Writer<W>,
    column: &CsvColumn,
    cell: Cell<'_>,
) -> Result<(), csv::Error> {
    match cell {
        Cell::Empty | Cell::NotAsked => writer.write_field(""),
        Cell::Text(text) if column.kind == ColumnKind::Coded => writer.write_field(text),
        Cell::Text(text) => writer.write_field(without_formula(text)),
        Cell::Whole(whole) => writer.write_field(itoa::Buffer::new().format(whole)),
        Cell::Number { written, value } => match written {
            Some(written) => writer.write_field(written),
            None => writer.write_field(number(value)),
        },
        Cell::Time(time) => {
            let time = jiff::Timestamp::from_microsecond(time);
            writer.write_field(time.map_or_else(|_| String::new(), |time| time.to_string()))
        }
        Cell::Code { label, .. } if column.is_labelled => {
            writer.write_field(without_formula(label))
        }
        Cell::Code { code, .. } => writer.write_field(code),
    }
}

/// Every column that an export of `survey` can have, the excluded responses among them, except for
/// the answers.
#[must_use]
pub fn columns_without_answers(survey: &Survey, areas: &Areas) -> BTreeSet<String> {
    let variables = codebook(&survey.questionnaire, areas);
    let own = RESPONSE_COLUMNS
        .iter()
        .map(|(name, _, _)| (*name).to_owned());
    let mut columns: BTreeSet<String> = own.collect();
    columns.extend(
        derived(survey, &variables)
            .into_iter()
            .map(|(_, name)| name),
    );
    columns.insert(EXCLUDED.to_owned());
    if let Some(plan) = &survey.plan {
        let ratios = ratio_indicators(plan);
        columns.extend(ratios.flat_map(|own| [numerator(own), denominator(own)]));
        columns.extend(DESIGN_COLUMNS.map(|(name, _, _)| name.to_owned()));
    }
    for variable in &variables {
        columns.remove(&variable.name);
    }
    columns
}
