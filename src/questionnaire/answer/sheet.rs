//! The given values by question, before they are judged. Every source of answers becomes a sheet.

use std::borrow::Cow;

use serde_json::Value as Json;

use super::fault::{Fault, FaultKind};
use super::json::JsonAnswers;
use crate::questionnaire::instrument::{Kind, Questionnaire};

/// Most unknown fields that are told: who sends more was made for another questionnaire, and each
/// costs ten times its size.
const MOST_UNKNOWN: usize = 20;

/// Given values by question, and the faults of fields that belong to none.
#[derive(Debug, Default)]
pub(super) struct Sheet<'f> {
    slots: Vec<Slot<'f>>,
    /// The first unknown fields.
    pub(super) faults: Vec<Fault>,
    expected: usize,
}

/// What is given for one question: never empty texts.
#[derive(Debug, Default, Clone)]
pub(super) struct Slot<'f> {
    pub(super) first: Option<Cow<'f, str>>,
    /// More values of a `multiple`.
    pub(super) more: Vec<Cow<'f, str>>,
    /// Why the values cannot be read at all.
    pub(super) fault: Option<FaultKind>,
    /// The column of the table that the value, or the fault, comes from.
    pub(super) column: Option<&'f str>,
    seen: bool,
}

impl<'f> Slot<'f> {
    pub(super) fn is_empty(&self) -> bool {
        self.first.is_none() && self.fault.is_none()
    }

    pub(super) fn values(&self) -> impl Iterator<Item = &str> {
        self.first.iter().chain(&self.more).map(AsRef::as_ref)
    }

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
}

/// NUL and C0 characters other than tab and line breaks.
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
                slot.fault = Some(FaultKind::DuplicateField);
            }
            slot.seen = true;
            slot.push(Cow::Borrowed(value));
        }
        sheet
    }

    pub(super) fn of_json(questionnaire: &Questionnaire, answers: &'f JsonAnswers) -> Sheet<'f> {
        let mut sheet = Sheet::empty(questionnaire);
        for (name, value) in answers.iter() {
            let Some((slot, kind)) = sheet.slot(questionnaire, name) else {
                sheet.unknown(name);
                continue;
            };
            if slot.seen {
                slot.fault = Some(FaultKind::DuplicateField);
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

    pub(super) fn get(&self, place: usize) -> Option<&Slot<'f>> {
        self.slots.get(place)
    }

    pub(super) fn at(&mut self, place: usize) -> Option<&mut Slot<'f>> {
        self.slots.get_mut(place)
    }

    /// The slot of the question `name`; `None` if there is none that can be answered.
    fn slot<'s, 'q>(
        &'s mut self,
        questionnaire: &'q Questionnaire,
        name: &str,
    ) -> Option<(&'s mut Slot<'f>, &'q Kind)> {
        let place = questionnaire.index.place_near(name, self.expected)?;
        let kind = &questionnaire.question_at(place)?.kind;
        self.expected = match kind {
            Kind::Note => return None,
            // The next field may be another choice.
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

impl<'f> Slot<'f> {
    fn push_scalar(&mut self, value: &'f Json, kind: &Kind) {
        match (value, kind) {
            (Json::String(text), _) => self.push(Cow::Borrowed(text)),
            (Json::Number(_), Kind::Text { .. }) => self.fault = Some(FaultKind::WrongType),
            (Json::Number(number), _) => self.push(Cow::Owned(number.to_string())),
            _ => self.fault = Some(FaultKind::WrongType),
        }
    }
}
