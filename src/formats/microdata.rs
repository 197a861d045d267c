//! Microdata for statisticians: one row per response, the same for every file format.

use std::collections::BTreeMap;
use std::iter::Empty;

use rayon::prelude::*;

use crate::collection::flag;
use crate::formats::column::{Cell, Column, ColumnKind, RowWriter, Source};
use crate::formats::columns::{INCOMPLETE, OTHER_MODE, columns};
use crate::formats::design_columns::{DesignColumns, DesignValue};
use crate::formats::export_error::ExportError;
use crate::formats::row_cells::RowCells;
use crate::release::row::{AT_ONCE, Excluded, Reader, Row};
use crate::release::sample_design::SampleDesign;
use crate::release::stored::NoFigures;
use crate::release::versions::StoredVersions;
use crate::store::{Held, Store, StoreError, StoredResponse};
use crate::survey::plan::Plan;
use crate::survey::{Catalogue, Survey};

/// Responses read from the database at a time.
const PAGE: i64 = 2_000;

/// What stands in the cells of choices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cells {
    /// Codes.
    Codes,
    /// Labels, Chinese.
    Labels,
}

/// What an export wrote.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Exported {
    /// Rows of responses used, and of those that are held.
    pub rows: u64,
    /// Rows of responses that are held.
    pub held: u64,
    /// Rows of responses that the plan excludes.
    pub excluded: u64,
    /// Rows by the hash of the questionnaire version that they answered.
    pub versions: BTreeMap<String, u64>,
}

/// The responses of a survey that were stored when it was opened, whatever comes in meanwhile: the log
/// only grows.
pub struct Microdata<'a> {
    catalogue: &'a Catalogue,
    survey: &'a Survey,
    store: &'a Store,
    versions: StoredVersions,
    design: DesignColumns,
    columns: Vec<Column>,
    held: Held,
    counted: u64,
}

impl<'a> Microdata<'a> {
    /// Computes the weights and finds the columns: what every response carries, the questions (a
    /// `multiple` has one column for each choice), the analysis variables of the plan, and the design:
    /// `stratum`, `psu`, `base_weight` and, where the figures can be computed, the final `weight`.
    ///
    /// # Errors
    /// When the responses cannot be read.
    pub fn open(
        catalogue: &'a Catalogue,
        survey: &'a Survey,
        store: &'a Store,
    ) -> Result<Microdata<'a>, ExportError> {
        let versions = StoredVersions::read(store, &survey.id, &catalogue.areas).map_err(unread)?;
        let counted = store.count(&survey.id).map_err(unread)?;
        let design = DesignColumns::new(catalogue, survey, store, counted)?;
        let names: Vec<&str> = design.names().collect();
        let mut columns = columns(catalogue, survey, &versions, &names);
        for column in &mut columns {
            if column.source == Source::Design && column.kind == ColumnKind::Text {
                column.width = design.width(&column.name);
            }
            // A sample too thin to be weighted has none.
            if column.is_weight() && design.weight_counts().is_none() {
                column.source = Source::Design;
            }
        }
        Ok(Microdata {
            catalogue,
            survey,
            store,
            versions,
            design,
            columns,
            held: store.held(&survey.id, None).map_err(unread)?,
            counted,
        })
    }

    /// The survey.
    #[must_use]
    pub fn survey(&self) -> &Survey {
        self.survey
    }

    /// The catalogue, with the areas.
    #[must_use]
    pub fn catalogue(&self) -> &Catalogue {
        self.catalogue
    }

    /// The columns in the order of the file. The last one, `excluded`, is not there without a plan.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// How many responses there are, the excluded ones among them.
    #[must_use]
    pub fn counted(&self) -> u64 {
        self.counted
    }

    /// The versions of the questionnaire that are stored.
    #[must_use]
    pub fn versions(&self) -> &StoredVersions {
        &self.versions
    }

    /// The columns of the design, with what the weighting reported.
    #[must_use]
    pub fn design(&self) -> &DesignColumns {
        &self.design
    }

    /// Reads all rows once and makes the width of each column of texts that of its longest text. SPSS and
    /// Stata reserve that width in every row.
    ///
    /// # Errors
    /// When the responses cannot be read.
    pub fn measure(&mut self) -> Result<(), ExportError> {
        let mut widths = vec![0; self.columns.len()];
        let (reader, cells_of) = (self.reader()?, self.row_cells());
        self.each_part(&mut |part| {
            let of_row = |row: &Row<'_>| -> Vec<usize> {
                let cells = cells_of.row(row, None::<Empty<DesignValue<'_>>>, "");
                cells.iter().map(|cell| cell.width()).collect()
            };
            let rows = reader.rows(part)?;
            let measured: Vec<Vec<usize>> = rows.par_iter().map(of_row).collect();
            for own in measured {
                for (width, own) in widths.iter_mut().zip(own) {
                    *width = own.max(*width);
                }
            }
            Ok(())
        })?;
        for (column, width) in self.columns.iter_mut().zip(widths) {
            // The texts of the design are known already.
            if column.source != Source::Design {
                let labels = column.values.iter();
                let labels = labels.map(|value| value.code.len().max(value.label.get("zh").len()));
                column.width = labels.max().unwrap_or(0).max(width);
            }
        }
        Ok(())
    }

    /// Writes all rows in the order of the log, the excluded ones among them. `progress` is told the
    /// rows so far.
    ///
    /// # Errors
    /// See [`ExportError`].
    pub fn write(
        &self,
        writer: &mut dyn RowWriter,
        progress: &mut dyn FnMut(u64),
    ) -> Result<Exported, ExportError> {
        writer.begin(self.survey.questionnaire.title.get("zh"), &self.columns)?;
        let mut count = Exported::default();
        self.each_row(&mut |cells, row| {
            match row.is_excluded {
                true => count.excluded += 1,
                false => count.rows += 1,
            }
            count.held += u64::from(row.is_held);
            match count.versions.get_mut(row.version) {
                Some(n) => *n += 1,
                None => {
                    count.versions.insert(row.version.to_owned(), 1);
                }
            }
            let written = count.rows + count.excluded;
            if written % PAGE.unsigned_abs() == 0 {
                progress(written);
            }
            writer.row(cells)
        })?;
        progress(count.rows + count.excluded);
        writer.finish()?;
        Ok(count)
    }

    fn reader(&self) -> Result<Reader<'a>, ExportError> {
        Ok(Reader::new(self.survey, &self.catalogue.areas)?)
    }

    fn row_cells(&self) -> RowCells<'_> {
        let areas = &self.catalogue.areas;
        RowCells::new(self.survey, areas, &self.versions, &self.columns)
    }

    /// Passes the cells of every response to `visit`, in the order of the log.
    fn each_row(&self, visit: &mut Visit<'_>) -> Result<(), ExportError> {
        let (reader, cells_of) = (self.reader()?, self.row_cells());
        let plan = self.survey.plan.as_ref();
        let sample_design = plan.map(|plan| {
            let design = SampleDesign::new(self.survey, plan, &reader, self.counted);
            (plan, design)
        });
        let reason_of = |row: &Row<'_>| {
            let position = sample_design
                .as_ref()
                .and_then(|(plan, design)| design.position_of(plan, row.placed()));
            plan.map_or("", |plan| reason(plan, row, position.is_some()))
        };
        let mut place = 0;
        self.each_part(&mut |part| {
            let rows = reader.rows(part)?;
            let reasons: Vec<&str> = rows.par_iter().map(reason_of).collect();
            // Each response that counts has the next row of the design.
            let places: Vec<usize> = reasons
                .iter()
                .map(|reason| {
                    let own = place;
                    place += usize::from(reason.is_empty());
                    own
                })
                .collect();
            let rows = (&rows, &reasons, &places).into_par_iter();
            let cells = rows.clone().map(|(row, reason, place)| {
                let design = reason.is_empty().then(|| self.design.row(*place));
                cells_of.row(row, design, reason)
            });
            let cells: Vec<Vec<Cell<'_>>> = cells.collect();
            for ((response, reason), cells) in part.iter().zip(&reasons).zip(&cells) {
                let about = About {
                    is_excluded: !reason.is_empty(),
                    is_held: reason.is_empty() && self.held.contains(response.leaf_index),
                    version: &response.questionnaire_hash,
                };
                visit(cells, about)?;
            }
            Ok(())
        })
    }

    /// Passes the responses to `visit`, a few at a time in the order of the log. Reads the next page
    /// meanwhile.
    fn each_part(
        &self,
        visit: &mut dyn FnMut(&[StoredResponse]) -> Result<(), ExportError>,
    ) -> Result<(), ExportError> {
        let mut read = 0;
        let scan = |after: i64, read: u64| {
            let left = i64::try_from(self.counted - read).unwrap_or(PAGE);
            let page = self.store.scan(&self.survey.id, after, PAGE.min(left));
            page.map_err(unread)
        };
        let mut page = scan(-1, read)?;
        while let Some(last) = page.last() {
            let after = last.leaf_index;
            read += u64::try_from(page.len()).unwrap_or(0);
            page = std::thread::scope(|scope| {
                let next = scope.spawn(|| match read < self.counted {
                    true => scan(after, read),
                    false => Ok(Vec::new()),
                });
                page.chunks(AT_ONCE).try_for_each(&mut *visit)?;
                next.join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            })?;
        }
        match read < self.counted {
            true => Err(unread(StoreError::Incomplete {
                counted: self.counted,
                read,
            })),
            false => Ok(()),
        }
    }
}

/// What takes the rows.
type Visit<'v> = dyn FnMut(&[Cell<'_>], About<'_>) -> Result<(), ExportError> + 'v;

/// What is said of a row beside its cells.
struct About<'a> {
    is_excluded: bool,
    is_held: bool,
    version: &'a str,
}

fn unread(error: StoreError) -> ExportError {
    ExportError::Read(NoFigures::Store(error))
}

/// Why a response does not count; empty if it does.
fn reason<'p>(plan: &'p Plan, row: &Row<'_>, complete: bool) -> &'p str {
    let response: &StoredResponse = row.response;
    let code = match row.excluded {
        Some(Excluded::Rule(index)) => plan.exclusions.get(index).map(|rule| rule.code.as_str()),
        Some(Excluded::Times) => Some(flag::BAD_TIME),
        None if !plan.modes.has(&response.mode) => Some(OTHER_MODE),
        None => None,
    };
    match code {
        Some(code) => code,
        None if complete => "",
        None => INCOMPLETE,
    }
}
