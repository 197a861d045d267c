//! What is prepared once at load so that a submission needs no search.

use std::collections::HashMap;

use super::{Section, is_numeric};

/// Positions of questions by code and back.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Index {
    by_code: HashMap<String, usize>,
    codes: Vec<String>,
    addresses: Vec<(usize, usize)>,
    numeric: Vec<bool>,
}

impl Index {
    pub(super) fn of(sections: &[Section]) -> Index {
        let mut index = Index::default();
        for (section, questions) in sections
            .iter()
            .map(|section| &section.questions)
            .enumerate()
        {
            for (place, question) in questions.iter().enumerate() {
                index
                    .by_code
                    .insert(question.code.clone(), index.codes.len());
                index.codes.push(question.code.clone());
                index.addresses.push((section, place));
                index.numeric.push(is_numeric(question.choices()));
            }
        }
        index
    }

    pub(super) fn place(&self, code: &str) -> Option<usize> {
        self.by_code.get(code).copied()
    }

    /// The position of `code`, looked for at `expected` first: forms send their fields in page order.
    pub(super) fn place_near(&self, code: &str, expected: usize) -> Option<usize> {
        if self.codes.get(expected).is_some_and(|own| own == code) {
            Some(expected)
        } else {
            self.place(code)
        }
    }

    pub(super) fn address(&self, place: usize) -> Option<(usize, usize)> {
        self.addresses.get(place).copied()
    }

    /// Whether the scale of the question compares as numbers.
    pub(super) fn is_numeric(&self, place: usize) -> bool {
        self.numeric.get(place).is_some_and(|numeric| *numeric)
    }

    pub(super) fn code(&self, place: usize) -> &str {
        self.codes.get(place).map_or("", String::as_str)
    }

    pub(super) fn len(&self) -> usize {
        self.codes.len()
    }
}
