//! Columns of the responses that count.

use std::collections::{BTreeMap, BTreeSet};

use crate::collection::flag;
use crate::estimation::columns::{Column, MISSING};
use crate::questionnaire::Kind;
use crate::release::kept::{LabelColumn, WaveColumns};
use crate::release::placement::VariableColumn;
use crate::survey::Survey;
use crate::survey::plan::Term;

/// Makes columns of the rows of a wave that count.
pub(super) struct CountedColumns<'a> {
    wave: &'a WaveColumns,
    /// The rows that count, ascending.
    rows: &'a [usize],
}

impl<'a> CountedColumns<'a> {
    pub(super) fn new(wave: &'a WaveColumns, rows: &'a [usize]) -> CountedColumns<'a> {
        CountedColumns { wave, rows }
    }

    /// The codes of a column in the rows that count.
    fn codes(&self, column: &LabelColumn) -> Vec<u32> {
        let codes = column.decode_all();
        match self.rows.len() == codes.len() {
            true => codes,
            false => {
                let own = self.rows.iter().map(|row| codes.get(*row).copied());
                own.map(|code| code.unwrap_or(MISSING)).collect()
            }
        }
    }

    /// A column of the labels that occur in these rows.
    pub(super) fn categories(&self, column: &LabelColumn) -> Column {
        occurring(self.codes(column), column.labels())
    }

    /// The answers to a question: numbers for a number, else categories.
    pub(super) fn question(&self, survey: &Survey, code: &str) -> Column {
        let Some(column) = self.wave.answers_to(code) else {
            return self.missing();
        };
        let question = survey.questionnaire.question(code);
        match question.map(|question| &question.kind) {
            Some(Kind::Integer { .. } | Kind::Decimal { .. }) => {
                Column::numbers(self.numbers(survey, code))
            }
            _ => self.categories(column),
        }
    }

    /// The categories of an analysis variable.
    pub(super) fn variable(&self, variable: &VariableColumn) -> Column {
        let Some(column) = self.wave.answers_to(&variable.question) else {
            return self.missing();
        };
        let codes = self.codes(column).into_iter();
        let codes = codes.map(|label| variable.category_of(label)).collect();
        occurring(codes, &variable.categories)
    }

    /// A column without a value.
    pub(super) fn missing(&self) -> Column {
        Column::codes(vec![MISSING; self.rows.len()], Vec::new())
    }

    /// The answers to a question as numbers; NaN where there is none.
    fn numbers(&self, survey: &Survey, code: &str) -> Vec<f64> {
        let Some(column) = self.wave.answers_to(code) else {
            return vec![f64::NAN; self.rows.len()];
        };
        let question = survey.questionnaire.question(code);
        // Several choices are joined; one alone is no number either.
        let is_list = question.is_some_and(|own| matches!(own.kind, Kind::Multiple { .. }));
        let labels = column.labels().iter();
        let values: Vec<f64> = labels
            .map(|label| match is_list {
                true => f64::NAN,
                false => label.parse().unwrap_or(f64::NAN),
            })
            .collect();
        let value = |code: u32| values.get(at(code)).copied().unwrap_or(f64::NAN);
        self.codes(column).into_iter().map(value).collect()
    }

    /// Σ factor × answer over the answered terms (what a shop does not sell is left blank); NaN if none
    /// is answered.
    pub(super) fn sums(&self, survey: &Survey, terms: &[Term]) -> Vec<f64> {
        let mut sums = vec![f64::NAN; self.rows.len()];
        for term in terms {
            let numbers = self.numbers(survey, &term.question);
            for (sum, number) in sums.iter_mut().zip(numbers) {
                if !number.is_nan() {
                    let part = term.factor * number;
                    *sum = if sum.is_nan() { part } else { *sum + part };
                }
            }
        }
        sums
    }

    /// How many rows have each label.
    pub(super) fn count(&self, column: &LabelColumn) -> BTreeMap<String, u64> {
        let counts = counts(&self.codes(column), column.labels().len());
        let counted = column.labels().iter().cloned().zip(counts);
        counted.filter(|(_, n)| *n > 0).collect()
    }

    /// How many rows have each flag; a row may have several.
    pub(super) fn count_flags(&self) -> BTreeMap<&'static str, u64> {
        let mut by_flag = BTreeMap::new();
        for (flags, n) in self.count(&self.wave.flags) {
            for flag in flag::ALL {
                if flag::has(&flags, flag) {
                    *by_flag.entry(flag).or_insert(0) += n;
                }
            }
        }
        by_flag
    }

    /// The distinct combinations of answers to questions; empty where one is missing.
    pub(super) fn distinct(&self, questions: &[String]) -> BTreeSet<Vec<String>> {
        let columns: Vec<Option<&LabelColumn>> = questions
            .iter()
            .map(|code| self.wave.answers_to(code))
            .collect();
        let codes = columns.iter().map(|column| match column {
            Some(column) => self.codes(column),
            None => vec![MISSING; self.rows.len()],
        });
        let codes: Vec<Vec<u32>> = codes.collect();
        let row = |row: usize| -> Vec<u32> {
            let own = codes.iter().map(|column| column.get(row).copied());
            own.map(|code| code.unwrap_or(MISSING)).collect()
        };
        let combinations: BTreeSet<Vec<u32>> = (0..self.rows.len()).map(row).collect();
        let words = |combination: Vec<u32>| {
            let own = columns.iter().zip(combination);
            own.map(|(column, code)| column.map_or("", |column| column.label(code)).to_owned())
                .collect()
        };
        combinations.into_iter().map(words).collect()
    }
}

/// How often each code below `n` occurs.
fn counts(codes: &[u32], n: usize) -> Vec<u64> {
    let mut counts = vec![0; n];
    for code in codes {
        if let Some(count) = counts.get_mut(at(*code)) {
            *count += 1;
        }
    }
    counts
}

/// A column of categories, without those that do not occur.
fn occurring(codes: Vec<u32>, labels: &[String]) -> Column {
    let counts = counts(&codes, labels.len());
    if counts.iter().all(|n| *n > 0) {
        return Column::codes(codes, labels.to_vec());
    }
    let mut kept = Vec::new();
    let mut to = vec![MISSING; labels.len()];
    for ((label, n), to) in labels.iter().zip(counts).zip(&mut to) {
        if n > 0 {
            *to = u32::try_from(kept.len()).unwrap_or(MISSING);
            kept.push(label.clone());
        }
    }
    let codes = codes.into_iter();
    let codes = codes.map(|code| to.get(at(code)).copied().unwrap_or(MISSING));
    Column::codes(codes.collect(), kept)
}

fn at(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
