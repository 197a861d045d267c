//! The walk through the questionnaire: which questions are asked, and which answers have faults.

use super::fault::{Fault, FaultKind};
use super::mode::Mode;
use super::read::{Filled, read};
use super::sheet::{Sheet, Slot};
use crate::questionnaire::area::Areas;
use crate::questionnaire::instrument::{Kind, Question, Questionnaire};
use crate::questionnaire::rule::compiled::Rule;
use crate::questionnaire::rule::evaluate::Operand;
use crate::questionnaire::rule::expression::Variable;

/// The result of the walk, by question.
pub(super) struct Walk<'q, 'f> {
    questionnaire: &'q Questionnaire,
    mode: Mode,
    /// Whether the question is asked; of a note, whether it is shown.
    pub(super) asked: Vec<bool>,
    /// The answers without fault to the questions that are asked.
    pub(super) filled: Vec<Option<Filled<'f>>>,
    /// Questions whose answer is unknown because of a fault. A rule that names one is not judged.
    /// Empty while there is none.
    in_doubt: Vec<bool>,
    /// All faults, in page order.
    pub(super) faults: Vec<Fault>,
    /// The question that ended the interview.
    pub(super) screened_out: Option<usize>,
}

/// Whether a question or a section is asked.
#[derive(Clone, Copy, PartialEq)]
enum Asked {
    Yes,
    No,
    /// That depends on an answer with a fault.
    InDoubt,
}

impl<'q, 'f> Walk<'q, 'f> {
    /// Walks from the first question to the last, or to the one that ends the interview. One pass
    /// is enough, because a rule names only questions before it.
    pub(super) fn of(
        questionnaire: &'q Questionnaire,
        areas: &Areas,
        mode: Mode,
        sheet: &Sheet<'f>,
    ) -> Walk<'q, 'f> {
        let count = questionnaire.index.len();
        let mut walk = Walk {
            questionnaire,
            mode,
            asked: vec![false; count],
            filled: Vec::with_capacity(count),
            in_doubt: Vec::new(),
            faults: Vec::new(),
            screened_out: None,
        };
        for section in &questionnaire.sections {
            let section_asked = walk.holds(section.ask_if.as_ref());
            for question in &section.questions {
                walk.step(question, section_asked, areas, sheet);
            }
        }
        walk
    }

    /// Judges the next question.
    fn step(
        &mut self,
        question: &'q Question,
        section_asked: Asked,
        areas: &Areas,
        sheet: &Sheet<'f>,
    ) {
        let place = self.filled.len();
        self.filled.push(None);
        if self.screened_out.is_some() {
            return;
        }
        let asked = match section_asked {
            _ if question.interviewer_only && self.mode == Mode::Online => Asked::No,
            Asked::Yes => self.holds(question.ask_if.as_ref()),
            other => other,
        };
        let Some(slot) = sheet.get(place) else { return };
        match asked {
            Asked::Yes => {}
            Asked::No => return self.must_be_empty(question, place, slot),
            Asked::InDoubt => return self.doubt_answer(question, place, areas, slot),
        }
        if let Some(asked) = self.asked.get_mut(place) {
            *asked = true;
        }
        match self.read(question, place, areas, slot) {
            None => return,
            Some(None) if question.required && !matches!(question.kind, Kind::Note) => {
                return self.fault(question, place, FaultKind::Missing, None);
            }
            Some(filled) => {
                if let Some(own) = self.filled.get_mut(place) {
                    *own = filled;
                }
            }
        }
        if self.truth(question.screen_out_if.as_ref()) == Some(true) {
            self.screened_out = Some(place);
        } else {
            self.judge_validity(question, place, slot);
        }
    }

    /// Reads the answer; `None` if it has faults, which are added.
    fn read(
        &mut self,
        question: &Question,
        place: usize,
        areas: &Areas,
        slot: &Slot<'f>,
    ) -> Option<Option<Filled<'f>>> {
        for (column, kind) in &slot.faults {
            self.fault(question, place, kind.clone(), *column);
        }
        if !slot.faults.is_empty() {
            return None;
        }
        match read(question, areas, slot) {
            Ok(filled) => Some(filled),
            Err(kind) => {
                self.fault(question, place, kind, slot.columns.first().copied());
                None
            }
        }
    }

    /// Adds a fault for each column, or one for the field, if a question that is not asked is
    /// answered.
    fn must_be_empty(&mut self, question: &Question, place: usize, slot: &Slot<'f>) {
        let faulty = slot.faults.iter().filter_map(|(column, _)| *column);
        let mut columns: Vec<&str> = slot.columns.iter().copied().chain(faulty).collect();
        columns.dedup();
        for column in &columns {
            self.fault(question, place, FaultKind::NotAsked, Some(column));
        }
        if columns.is_empty() && !slot.is_empty() {
            self.fault(question, place, FaultKind::NotAsked, None);
        }
    }

    /// Leaves the answer unjudged. But a cell of a table that cannot be read is a fault whether the
    /// question is asked or not, and the clerk wants to know all faults of a row at once.
    fn doubt_answer(&mut self, question: &Question, place: usize, areas: &Areas, slot: &Slot<'f>) {
        if slot.is_from_table() {
            self.read(question, place, areas, slot);
        }
        self.doubt(place);
    }

    /// Adds a fault if there is an answer and `valid_if` is false.
    fn judge_validity(&mut self, question: &'q Question, place: usize, slot: &Slot<'f>) {
        let answered = self.filled.get(place).is_some_and(Option::is_some);
        if !answered || self.truth(question.valid_if.as_ref()) != Some(false) {
            return;
        }
        // A rule such as `answered(a1)` is also false if the answer to `a1` has a fault.
        if self.rests_on_doubt(question.valid_if.as_ref()) {
            return self.doubt(place);
        }
        let text = question.valid_text.clone();
        let column = slot.columns.first().copied();
        self.fault(question, place, FaultKind::Invalid { text }, column);
    }

    fn holds(&self, rule: Option<&'q Rule>) -> Asked {
        match (rule, self.truth(rule)) {
            (None, _) | (_, Some(true)) => Asked::Yes,
            _ if self.rests_on_doubt(rule) => Asked::InDoubt,
            _ => Asked::No,
        }
    }

    /// Whether the rule is true; `None` if there is none or if that is unknown.
    fn truth(&self, rule: Option<&'q Rule>) -> Option<bool> {
        rule?.holds(&|variable| self.operand(variable))
    }

    fn operand(&self, variable: &Variable) -> Operand<'_> {
        if variable.place == Variable::MODE {
            return Operand::Text(self.mode.as_str());
        }
        let Some(Some(filled)) = self.filled.get(variable.place) else {
            return Operand::Unknown;
        };
        let Some(question) = self.questionnaire.question_at(variable.place) else {
            return Operand::Unknown;
        };
        filled.operand(
            question,
            self.questionnaire.index.is_numeric(variable.place),
        )
    }

    /// Whether the rule names a question whose answer is in doubt.
    fn rests_on_doubt(&self, rule: Option<&Rule>) -> bool {
        let mut rests = false;
        if let (Some(rule), false) = (rule, self.in_doubt.is_empty()) {
            rule.each_variable(&mut |variable| {
                rests |= self
                    .in_doubt
                    .get(variable.place)
                    .is_some_and(|doubt| *doubt);
            });
        }
        rests
    }

    fn fault(&mut self, question: &Question, place: usize, kind: FaultKind, column: Option<&str>) {
        let mut fault = Fault::answer(&question.code, kind);
        if let Some(column) = column {
            fault.pointer = column.to_owned();
        }
        self.faults.push(fault);
        if let Some(filled) = self.filled.get_mut(place) {
            *filled = None;
        }
        self.doubt(place);
    }

    fn doubt(&mut self, place: usize) {
        if self.in_doubt.is_empty() {
            self.in_doubt.resize(self.asked.len(), false);
        }
        if let Some(doubt) = self.in_doubt.get_mut(place) {
            *doubt = true;
        }
    }
}
