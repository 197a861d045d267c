//! The given values by question, before they are judged. Every source of answers becomes a sheet.

use std::borrow::Cow;

use serde_json::Value as Json;

use super::fault::{Fault, FaultKind};
use super::json::JsonAnswers;
use crate::questionnaire::instrument::{Kind, Questionnaire};

/// Most unknown fields that are reported. A sender with more has another questionnaire, and each
/// fault needs ten times the memory of its field.
const MOST_UNKNOWN: usize = 20;

/// The given values by question, and the faults of fields that belong to no question.
#[derive(Debug, Default)]
pub(super) struct Sheet<'f> {
    slots: Vec<Slot<'f>>,
    /// The first unknown fields.
    pub(super) faults: Vec<Fault>,
    /// The position of the question that the next field probably answers.
    expected: usize,
}

/// What is given for one question. Empty texts are left out.
#[derive(Debug, Default, Clone)]
pub(super) struct Slot<'f> {
    pub(super) first: Option<Cow<'f, str>>,
    /// The further values of a `multiple`.
    pub(super) more: Vec<Cow<'f, str>>,
    /// Why the values cannot be read. In a table each fault has its column.
    pub(super) faults: Vec<(Option<&'f str>, FaultKind)>,
    /// The columns of the table that the values come from; empty for forms and JSON.
    pub(super) columns: Vec<&'f str>,
    /// Whether the form or the JSON object has the field, even if it is empty.
    seen: bool,
}

impl<'f> Slot<'f> {
    pub(super) fn is_empty(&self) -> bool {
        self.first.is_none() && self.faults.is_empty()
    }

    pub(super) fn values(&self) -> impl Iterator<Item = &str> {
        self.first.iter().chain(&self.more).map(AsRef::as_ref)
    }

    /// Adds a value, unless it is blank.
    pub(super) fn push(&mut self, value: Cow<'f, str>) {
        if value.trim().is_empty() && !has_control(&value) {
            return;
        }
        if self.first.is_none() {
            self.first = Some(value);
        } else {
            self.more.push(value);
        }
    }

    /// Adds the fault of a cell.
    pub(super) fn fail(&mut self, column: &'f str, kind: FaultKind) {
        self.faults.push((Some(column), kind));
    }

    /// Sets the fault of a field; a later one replaces it.
    fn fail_field(&mut self, kind: FaultKind) {
        self.faults = vec![(None, kind)];
    }

    /// Whether a cell of a table gave a value or a fault.
    pub(super) fn is_from_table(&self) -> bool {
        !self.columns.is_empty() || self.faults.iter().any(|(column, _)| column.is_some())
    }

    fn push_scalar(&mut self, value: &'f Json, kind: &Kind) {
        match (value, kind) {
            (Json::String(text), _) => self.push(Cow::Borrowed(text)),
            (Json::Number(_), Kind::Text { .. }) => self.fail_field(FaultKind::WrongType),
            (Json::Number(number), _) => self.push(Cow::Owned(number.to_string())),
            _ => self.fail_field(FaultKind::WrongType),
        }
    }
}

/// Whether the text has NUL or another C0 control character than tab and line breaks.
pub(super) fn has_control(text: &str) -> bool {
    text.bytes()
        .any(|byte| byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r'))
}

impl<'f> Sheet<'f> {
    pub(super) fn empty(questionnaire: &Questionnaire) -> Sheet<'f> {
        Sheet {
            slots: vec![Slot::default(); questionnaire.index.len()],
            faults: Vec::new(),
            expected: 0,
        }
    }

    /// The sheet of the fields of a form.
    pub(super) fn of_form(
        questionnaire: &Questionnaire,
        fields: impl IntoIterator<Item = (&'f str, &'f str)>,
    ) -> Sheet<'f> {
        let mut sheet = Sheet::empty(questionnaire);
        for (name, value) in fields {
            let Some((slot, kind)) = sheet.slot(questionnaire, name) else {
                sheet.unknown(name);
                continue;
            };
            if slot.seen && !matches!(kind, Kind::Multiple { .. }) {
                slot.fail_field(FaultKind::DuplicateField);
            }
            slot.seen = true;
            slot.push(Cow::Borrowed(value));
        }
        sheet
    }

    /// The sheet of the answers of a JSON response.
    pub(super) fn of_json(questionnaire: &Questionnaire, answers: &'f JsonAnswers) -> Sheet<'f> {
        let mut sheet = Sheet::empty(questionnaire);
        for (name, value) in answers.iter() {
            let Some((slot, kind)) = sheet.slot(questionnaire, name) else {
                sheet.unknown(name);
                continue;
            };
            if slot.seen {
                slot.fail_field(FaultKind::DuplicateField);
            }
            slot.seen = true;
            match (value, kind) {
                (Json::Null, _) => {}
                (Json::Array(items), Kind::Multiple { .. }) => {
                    for item in items {
                        slot.push_scalar(item, kind);
                    }
                }
                (scalar, kind) => slot.push_scalar(scalar, kind),
            }
        }
        sheet
    }

    /// What is given for the question at `place`.
    pub(super) fn get(&self, place: usize) -> Option<&Slot<'f>> {
        self.slots.get(place)
    }

    pub(super) fn at(&mut self, place: usize) -> Option<&mut Slot<'f>> {
        self.slots.get_mut(place)
    }

    /// The slot of the question `name`; `None` if no question with an answer has that name.
    fn slot<'s, 'q>(
        &'s mut self,
        questionnaire: &'q Questionnaire,
        name: &str,
    ) -> Option<(&'s mut Slot<'f>, &'q Kind)> {
        let place = questionnaire.index.place_near(name, self.expected)?;
        let kind = &questionnaire.question_at(place)?.kind;
        self.expected = match kind {
            Kind::Note => return None,
            // The next field can be another choice.
            Kind::Multiple { .. } => place,
            _ => place.saturating_add(1),
        };
        self.slots.get_mut(place).map(|slot| (slot, kind))
    }

    fn unknown(&mut self, name: &str) {
        if self.faults.len() < MOST_UNKNOWN {
            self.faults
                .push(Fault::answer(name, FaultKind::UnknownField));
        }
    }
}
