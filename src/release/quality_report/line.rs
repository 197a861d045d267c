//! One line of the quality report.

use crate::locale::{Language, every_language, in_every_language, text, text_with};
use crate::questionnaire::Text;
use crate::release::public_lines::{Measured, as_number};

/// What is said of one point.
#[derive(Debug, Clone, PartialEq)]
pub struct QualityLine {
    /// Its code within the section, such as `psus_drawn` or `std_error:satisfaction`.
    pub code: String,
    /// What it is.
    pub label: Text,
    /// What was found.
    pub value: QualityValue,
    /// Unit of a number; empty if it has none.
    pub unit: Text,
    /// How to read it; may be empty.
    pub note: Text,
}

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub enum QualityValue {
    /// A number as published, or the marker that stands for it.
    Measured(Measured),
    /// Words.
    Text(Text),
    /// Nothing is recorded from which it could be computed.
    NotKnown,
}

impl QualityValue {
    /// As text: `86.4`, `[c]`, words, `not known`.
    #[must_use]
    pub fn text(&self, language: Language) -> String {
        match self {
            QualityValue::Measured(measured) => measured.text(),
            QualityValue::Text(words) => words.get(language.code()).to_owned(),
            QualityValue::NotKnown => text(language, "quality_report.not_known"),
        }
    }
}

impl QualityLine {
    /// A line whose label is the text of `quality_report.{code}`.
    pub(super) fn new(code: &str, value: QualityValue) -> QualityLine {
        QualityLine {
            code: code.to_owned(),
            label: in_every_language(&format!("quality_report.{code}")),
            value,
            unit: Text::default(),
            note: Text::default(),
        }
    }

    /// A line about one of several things: `key` has the placeholder `%{name}`, which `name` fills.
    pub(super) fn about(key: &str, (id, name): (&str, &Text), value: QualityValue) -> QualityLine {
        QualityLine {
            code: format!("{key}:{id}"),
            label: filled(key, &[("name", name)]),
            value,
            unit: Text::default(),
            note: Text::default(),
        }
    }

    /// A count of people, to ten.
    pub(super) fn people(code: &str, n: u64) -> QualityLine {
        let value = QualityValue::Measured(Measured::count(n));
        QualityLine::new(code, value).in_unit("questionnaires")
    }

    /// An exact count of things that are no people.
    pub(super) fn things(code: &str, n: u64) -> QualityLine {
        QualityLine::new(code, exact(n))
    }

    /// A share from 0 to 1, in percent.
    pub(super) fn percent(code: &str, share: f64) -> QualityLine {
        let value = QualityValue::Measured(Measured::percent(share));
        QualityLine::new(code, value).in_unit("percent")
    }

    /// With the unit `quality_report.unit_{unit}`.
    pub(super) fn in_unit(self, unit: &str) -> QualityLine {
        QualityLine {
            unit: in_every_language(&format!("quality_report.unit_{unit}")),
            ..self
        }
    }

    /// With the note `quality_report.note_{note}`.
    pub(super) fn noted(self, note: &str) -> QualityLine {
        QualityLine {
            note: in_every_language(&format!("quality_report.note_{note}")),
            ..self
        }
    }
}

/// A number that is not rounded.
pub(super) fn exact(n: u64) -> QualityValue {
    QualityValue::Measured(Measured::Number {
        value: as_number(n),
        decimals: 0,
    })
}

/// The text of `quality_report.{key}` in every language, with its placeholders filled.
pub(super) fn filled(key: &str, values: &[(&str, &Text)]) -> Text {
    every_language(|language| {
        let own: Vec<(&str, &str)> = values
            .iter()
            .map(|(name, value)| (*name, value.get(language.code())))
            .collect();
        text_with(language, &format!("quality_report.{key}"), &own)
    })
}

/// A text that is the same in every language.
pub(super) fn same(words: &str) -> Text {
    every_language(|_| words.to_owned())
}

/// Words as a value.
pub(super) fn said(words: &str) -> QualityValue {
    QualityValue::Text(same(words))
}
