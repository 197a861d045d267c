//! The estimates of a release as one CSV file for people and for programs, `figures.csv`.
//!
//! A column of codes is named by its code alone (`indicator`). A column that people read has a Chinese
//! and an English heading, of which the last word is its code: `估计值 estimate`.

use crate::formats::csv::{without_formula, writer};
use crate::locale::{Language, text};
use crate::release::figures::Figures;
use crate::release::imprint::Imprint;
use crate::release::public_lines::{Measure, PublicLine, public_lines};
use crate::release::tables::{presentation, verdict};

/// Name of the file.
pub const FILE_NAME: &str = "figures.csv";

/// Columns in the order of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReleaseColumn {
    /// A column of codes, named by its code.
    Code(&'static str),
    /// Words, in Chinese or English: what, and the language.
    Words(&'static str, Language),
    /// A number.
    Number(Measure),
}

/// All columns.
pub const COLUMNS: [ReleaseColumn; 28] = [
    ReleaseColumn::Code("survey"),
    ReleaseColumn::Code("release"),
    ReleaseColumn::Code("wave"),
    ReleaseColumn::Code("indicator"),
    ReleaseColumn::Code("dimension"),
    ReleaseColumn::Code("level"),
    ReleaseColumn::Words("indicator", Language::ZH),
    ReleaseColumn::Words("indicator", Language::EN),
    ReleaseColumn::Words("dimension", Language::ZH),
    ReleaseColumn::Words("dimension", Language::EN),
    ReleaseColumn::Words("label", Language::ZH),
    ReleaseColumn::Words("label", Language::EN),
    ReleaseColumn::Number(Measure::N),
    ReleaseColumn::Number(Measure::Estimate),
    ReleaseColumn::Number(Measure::Lower),
    ReleaseColumn::Number(Measure::Upper),
    ReleaseColumn::Words("unit", Language::ZH),
    ReleaseColumn::Words("unit", Language::EN),
    ReleaseColumn::Number(Measure::Confidence),
    ReleaseColumn::Number(Measure::StdError),
    ReleaseColumn::Number(Measure::Df),
    ReleaseColumn::Number(Measure::DesignEffect),
    ReleaseColumn::Number(Measure::EffectiveN),
    ReleaseColumn::Words("target", Language::ZH),
    ReleaseColumn::Words("target", Language::EN),
    ReleaseColumn::Code("verdict"),
    ReleaseColumn::Code("presentation"),
    ReleaseColumn::Code("status"),
];

impl ReleaseColumn {
    /// Its code: `estimate`, `label_zh`.
    #[must_use]
    pub fn code(self) -> String {
        match self {
            ReleaseColumn::Code(code) => code.to_owned(),
            ReleaseColumn::Words(code, language) => format!("{code}_{}", language.code()),
            ReleaseColumn::Number(measure) => measure.code().to_owned(),
        }
    }

    /// Its heading in the file.
    #[must_use]
    pub fn heading(self) -> String {
        let chinese = match self {
            ReleaseColumn::Code(code) => return code.to_owned(),
            ReleaseColumn::Words(code, language) => {
                let key = format!("release_files.column_{code}_in_{}", language.code());
                text(Language::ZH, &key)
            }
            ReleaseColumn::Number(_) => self.title(Language::ZH),
        };
        format!("{chinese} {}", self.code())
    }

    /// What it holds.
    #[must_use]
    pub fn title(self, language: Language) -> String {
        let key = match self {
            ReleaseColumn::Code(code) => code,
            ReleaseColumn::Words(code, _) => code,
            ReleaseColumn::Number(measure) => measure.code(),
        };
        text(language, &format!("release_files.column_{key}"))
    }
}

/// All estimates of the public `figures`.
#[must_use]
pub fn figures_csv(figures: &Figures, imprint: &Imprint) -> Vec<u8> {
    let mut bytes = Vec::new();
    // Writing to memory does not fail.
    let _ = write(figures, imprint, &mut bytes);
    bytes
}

fn write(figures: &Figures, imprint: &Imprint, out: &mut Vec<u8>) -> Result<(), std::io::Error> {
    let mut writer = writer(out)?;
    writer.write_record(COLUMNS.map(ReleaseColumn::heading))?;
    let release = imprint.number.to_string();
    for line in public_lines(figures) {
        let cell = |column| cell(&line, column, (&figures.survey, &release));
        writer.write_record(COLUMNS.map(cell))?;
    }
    writer.flush()
}

fn cell(line: &PublicLine<'_>, column: ReleaseColumn, (survey, release): (&str, &str)) -> String {
    match column {
        ReleaseColumn::Number(measure) => line.measure(measure).text(),
        ReleaseColumn::Words(what, language) => {
            let code = language.code();
            match what {
                "indicator" => without_formula(line.indicator.title.get(code)),
                "dimension" => without_formula(line.line.dimension_title.get(code)),
                "label" => without_formula(line.line.label.get(code)),
                "unit" => without_formula(line.unit().get(code)),
                _ => without_formula(line.target().get(code)),
            }
        }
        ReleaseColumn::Code(code) => without_formula(match code {
            "survey" => survey,
            "release" => release,
            "wave" => line.wave,
            "indicator" => line.line.indicator,
            "dimension" => line.line.dimension,
            "level" => line.line.level,
            "verdict" => line.line.estimate.verdict().map_or("", verdict),
            "presentation" => presentation(line.line.estimate),
            _ => line.status().map_or("", |marker| marker.shorthand()),
        }),
    }
}
