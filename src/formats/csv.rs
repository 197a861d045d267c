//! CSV for spreadsheets: UTF-8 with byte order mark and CRLF, no cell that is taken for a formula.

use std::io::Write;

use crate::release::figures::{Figures, Presentation};
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
    let estimate = line.estimate;
    let shown = estimate.presentation != Presentation::Suppress;
    let number = |value: Option<f64>| {
        let value = value.filter(|value| shown && value.is_finite());
        value.map_or_else(String::new, |value| value.to_string())
    };
    [
        survey.to_owned(),
        line.indicator.to_owned(),
        line.dimension.to_owned(),
        line.level.to_owned(),
        without_formula(line.label.get("zh")),
        without_formula(line.label.get("en")),
        if shown {
            estimate.n.to_string()
        } else {
            String::new()
        },
        number(Some(estimate.estimate)),
        number(Some(estimate.std_error)),
        number(Some(estimate.df)),
        number(Some(estimate.lower)),
        number(Some(estimate.upper)),
        estimate.level.to_string(),
        number(estimate.design_effect),
        number(estimate.n_effective),
        estimate.verdict.map_or("", verdict).to_owned(),
        presentation(estimate.presentation).to_owned(),
    ]
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

/// A text that no spreadsheet takes for a formula.
pub fn without_formula(text: &str) -> String {
    let risky = ['=', '+', '-', '@', '\t', '\r', '\0', '＝', '＋', '－', '＠'];
    match text.starts_with(risky) {
        true => format!("'{text}"),
        false => text.to_owned(),
    }
}
