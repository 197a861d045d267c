//! The quality report as a table.

use super::sheet::{Cell, Sheet};
use crate::locale::{Language, text};
use crate::release::marker::Marker;
use crate::release::public_lines::Measured;
use crate::release::quality_report::{QualityReport, QualityValue};

/// The sheet.
pub(super) fn sheet(report: &QualityReport, language: Language) -> Sheet {
    let code = language.code();
    let sections = report.sections.iter();
    let rows = sections.flat_map(|section| {
        section.lines.iter().map(move |line| {
            let value = match &line.value {
                QualityValue::Measured(measured) => Cell::Measured(*measured),
                QualityValue::Text(words) if words.get(code).starts_with("http") => {
                    Cell::ToAddress {
                        words: text(language, "release_files.cover_address"),
                        address: words.get(code).to_owned(),
                    }
                }
                QualityValue::Text(words) => Cell::text(words.get(code)),
                QualityValue::NotKnown => Cell::Measured(Measured::Marked(Marker::NotAvailable)),
            };
            vec![
                Cell::text(section.title.get(code)),
                Cell::text(line.label.get(code)),
                value,
                Cell::text(line.unit.get(code)),
                Cell::text(line.note.get(code)),
            ]
        })
    });
    let headings = ["aspect", "content", "value", "unit", "remark"];
    Sheet::of_table(language, "quality", &headings, rows.collect())
}
