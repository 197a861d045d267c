//! The sheets of the workbook of a release, as values. The format only writes their cells.
//!
//! They follow the checklist of the UK's Government Statistical Service for accessible spreadsheets:
//! one table a sheet at the left edge, no empty cell, no meaning by colour, shorthand that is explained.
//!
//! | file | does |
//! |---|---|
//! | [`sheet`] | a sheet and its cells |
//! | `front` | cover, contents, notes |
//! | `estimates` | the tables of estimates |
//! | `inputs` | who answered, what was left out, how it was weighted |
//! | `quality` | the quality report |

mod estimates;
mod front;
mod inputs;
mod quality;
pub mod sheet;

use crate::locale::Language;
use crate::release::figures::Figures;
use crate::release::imprint::Imprint;
use crate::release::quality_report::QualityReport;
use sheet::Sheet;

/// All sheets of the public `figures`: cover, contents and notes first. A table without rows has no
/// sheet.
#[must_use]
pub fn sheets(
    figures: &Figures,
    imprint: &Imprint,
    report: &QualityReport,
    language: Language,
) -> Vec<Sheet> {
    let mut tables = estimates::sheets(figures, language);
    tables.extend(inputs::sheets(figures, language));
    tables.push(quality::sheet(report, language));
    tables.retain(|sheet| !sheet.rows.is_empty());
    let notes = front::notes(language);
    let cover = front::cover(figures, imprint, language);
    let contents = front::contents(&notes, &tables, language);
    let mut all = vec![cover, contents, notes];
    all.extend(tables);
    all
}
