//! The positions of questions by code, computed once at load so that a submission needs no search.

use std::collections::HashMap;

/// Positions of questions by code, and back.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Index {
    by_code: HashMap<String, usize>,
    codes: Vec<String>,
    addresses: Vec<(usize, usize)>,
    numeric: Vec<bool>,
}

impl Index {
    /// Adds the next question: `address` is its section and its place there, `numeric` whether its
    /// codes compare as numbers.
    pub(super) fn add(&mut self, code: &str, address: (usize, usize), numeric: bool) {
        self.by_code.insert(code.to_owned(), self.codes.len());
        self.codes.push(code.to_owned());
        self.addresses.push(address);
        self.numeric.push(numeric);
    }

    pub(super) fn place(&self, code: &str) -> Option<usize> {
        self.by_code.get(code).copied()
    }

    /// The position of `code`. Looks at `expected` first, because forms send their fields in page
    /// order.
    pub(super) fn place_near(&self, code: &str, expected: usize) -> Option<usize> {
        if self.codes.get(expected).is_some_and(|own| own == code) {
            Some(expected)
        } else {
            self.place(code)
        }
    }

    /// The section, and the place in it, of the question at `place`.
    pub(super) fn address(&self, place: usize) -> Option<(usize, usize)> {
        self.addresses.get(place).copied()
    }

    /// Whether the codes of the question at `place` compare as numbers.
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
