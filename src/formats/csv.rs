//! CSV for spreadsheets: UTF-8 with byte order mark and CRLF, no cell that is taken for a formula.

use std::io::Write;

use crate::estimation::Estimate;
use crate::formats::number::published;
use crate::release::figures::Figures;
use crate::release::tables::{Line, lines, presentation, verdict};

const COLUMNS: [&str; 17] = [
    "survey",
    "indicator",
    "dimension",
    "level",
    "label_zh",
    "label_en",
    "n",
    "estimate",
    "std_error",
    "df",
    "lower",
    "upper",
    "confidence",
    "design_effect",
    "n_effective",
    "verdict",
    "presentation",
];

/// Rows of texts as CSV, the headings first.
#[must_use]
pub fn rows_csv(rows: &[Vec<String>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    // Writing to memory does not fail.
    let _ = write_rows(rows, &mut bytes);
    bytes
}

fn write_rows(rows: &[Vec<String>], output: &mut Vec<u8>) -> Result<(), std::io::Error> {
    let mut writer = writer(output)?;
    for row in rows {
        writer.write_record(row.iter().map(|cell| without_formula(cell)))?;
    }
    writer.flush()
}

/// All estimates as CSV; suppressed numbers are left empty.
pub fn figures_csv(figures: &Figures) -> Vec<u8> {
    let mut bytes = Vec::new();
    // Writing to memory does not fail.
    let _ = write_figures(figures, &mut bytes);
    bytes
}

fn write_figures(figures: &Figures, output: &mut Vec<u8>) -> Result<(), std::io::Error> {
    let mut writer = writer(output)?;
    writer.write_record(COLUMNS)?;
    for line in lines(figures) {
        writer.write_record(cells(&figures.survey, &line))?;
    }
    writer.flush()
}

fn cells(survey: &str, line: &Line<'_>) -> [String; 17] {
    let shown = line.estimate.shown();
    let number = |value: fn(&Estimate) -> f64| shown.map_or_else(String::new, |e| cell(value(e)));
    [
        survey.to_owned(),
        line.indicator.to_owned(),
        line.dimension.to_owned(),
        line.level.to_owned(),
        without_formula(line.label.get("zh")),
        without_formula(line.label.get("en")),
        shown.map_or_else(String::new, |estimate| estimate.n.to_string()),
        number(|estimate| estimate.estimate),
        number(|estimate| estimate.std_error),
        number(|estimate| estimate.df),
        number(|estimate| estimate.lower),
        number(|estimate| estimate.upper),
        number(|estimate| estimate.level),
        number(|estimate| estimate.design_effect),
        number(|estimate| estimate.n_effective),
        line.estimate.verdict().map_or("", verdict).to_owned(),
        presentation(line.estimate).to_owned(),
    ]
}

/// A number as published; empty if there is none.
fn cell(value: f64) -> String {
    published(value).map_or_else(String::new, |value| value.to_string())
}

/// A writer of CSV files for Chinese Excel, which takes a file without a byte order mark for GBK.
///
/// # Errors
/// When the mark cannot be written.
pub fn writer<W: Write>(mut output: W) -> Result<csv::Writer<W>, std::io::Error> {
    output.write_all(&[0xEF, 0xBB, 0xBF])?;
    Ok(csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(output))
}

/// What a formula can begin with.
const RISKY: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\0', '＝', '＋', '－', '＠'];

/// A text that no spreadsheet takes for a formula: an apostrophe is put before one that begins like
/// a formula, also after apostrophes of its own, so that [`with_formula`] gives every text back.
pub fn without_formula(text: &str) -> String {
    match text.trim_start_matches('\'').starts_with(RISKY) {
        true => format!("'{text}"),
        false => text.to_owned(),
    }
}

/// The text that [`without_formula`] was given.
pub fn with_formula(written: &str) -> &str {
    let own = written.strip_prefix('\'');
    own.filter(|own| own.trim_start_matches('\'').starts_with(RISKY))
        .unwrap_or(written)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_was_protected_is_given_back() {
        for (text, written) in [
            ("=1+1", "'=1+1"),
            ("－好", "'－好"),
            ("'=1", "''=1"),
            ("''@a", "'''@a"),
            ("'quoted'", "'quoted'"),
            ("好=", "好="),
            ("", ""),
        ] {
            assert_eq!(without_formula(text), written);
            assert_eq!(with_formula(written), text);
        }
    }
}
