//! Complete answers, ready to be stored.

use std::sync::Arc;

use super::mode::Mode;
use super::value::Value;
use crate::questionnaire::index::Index;
use crate::questionnaire::instrument::Questionnaire;

/// The answers of one response, which satisfy the questionnaire. Only the parser makes them.
#[derive(Debug, Clone, PartialEq)]
pub struct Complete {
    mode: Mode,
    /// One entry for each question.
    answers: Vec<Option<Value>>,
    index: Arc<Index>,
}

impl Complete {
    /// `answers` has one entry for each question of the questionnaire.
    pub(super) fn new(
        questionnaire: &Questionnaire,
        mode: Mode,
        answers: Vec<Option<Value>>,
    ) -> Complete {
        Complete {
            mode,
            answers,
            index: Arc::clone(&questionnaire.index),
        }
    }

    /// How the response was collected.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// The answer to the question with that code; `None` if there is none.
    pub fn get(&self, code: &str) -> Option<&Value> {
        self.answers.get(self.index.place(code)?)?.as_ref()
    }

    /// The answers with the codes of their questions, in page order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        let answers = self.answers.iter().enumerate();
        answers.filter_map(|(place, value)| {
            value.as_ref().map(|value| (self.index.code(place), value))
        })
    }

    /// How many questions are answered.
    pub fn len(&self) -> usize {
        self.answers.iter().flatten().count()
    }

    /// Whether no question is answered.
    pub fn is_empty(&self) -> bool {
        self.answers.iter().all(Option::is_none)
    }

    /// The answers as they are stored and hashed: a compact JSON object in page order. Integers and
    /// integer codes are numbers; word codes, areas, texts and decimals are strings; a `multiple`
    /// is an array in the order of its choices; unanswered questions are left out.
    pub fn canonical_json(&self) -> String {
        let mut json = String::with_capacity(16_usize.saturating_mul(self.answers.len()));
        json.push('{');
        for (code, value) in self.iter() {
            if json.len() > 1 {
                json.push(',');
            }
            json.push('"');
            json.push_str(code);
            json.push_str("\":");
            value.write_json(&mut json);
        }
        json.push('}');
        json
    }
}
