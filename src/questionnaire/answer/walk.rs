//! The walk through the questionnaire: whether each question is asked, and whether its answer is
//! right.

use super::fault::{Fault, FaultKind};
use super::mode::Mode;
use super::read::{Filled, read};
use super::sheet::Sheet;
use crate::questionnaire::area::Areas;
use crate::questionnaire::instrument::{Kind, Question, Questionnaire};
use crate::questionnaire::rule::compiled::Rule;
use crate::questionnaire::rule::evaluate::Operand;
use crate::questionnaire::rule::expression::Variable;

/// What the walk found, by question.
pub(super) struct Walk<'q, 'f> {
    questionnaire: &'q Questionnaire,
    mode: Mode,
    /// Whether the question is asked (a note: shown).
    pub(super) asked: Vec<bool>,
    /// The answers to questions that are asked.
    pub(super) filled: Vec<Option<Filled<'f>>>,
    /// Questions whose answer cannot be known because of a fault; what rests on them is not judged.
    in_doubt: Vec<bool>,
    /// All faults, in page order.
    pub(super) faults: Vec<Fault>,
    /// The question that ended the interview.
    pub(super) screened_out: Option<usize>,
}

/// What a rule says of being asked.
#[derive(Clone, Copy, PartialEq)]
enum Asked {
    Yes,
    No,
    /// A fault in an earlier answer has to be mended first.
    InDoubt,
}

impl<'q, 'f> Walk<'q, 'f> {
    /// Walks from the first question to the last, or to the one that ends the interview. A rule
    /// sees the answers before it only, so once through is enough.
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
            Asked::No if slot.is_empty() => return,
            Asked::No => return self.fault(question, place, FaultKind::NotAsked, slot.column),
            Asked::InDoubt => return self.doubt(place),
        }
        if let Some(asked) = self.asked.get_mut(place) {
            *asked = true;
        }
        match read(question, areas, slot) {
            Err(kind) => return self.fault(question, place, kind, slot.column),
            Ok(None) if question.required && !matches!(question.kind, Kind::Note) => {
                return self.fault(question, place, FaultKind::Missing, slot.column);
            }
            Ok(filled) => {
                if let Some(own) = self.filled.get_mut(place) {
                    *own = filled;
                }
            }
        }
        if self.truth(question.screen_out_if.as_ref()) == Some(true) {
            self.screened_out = Some(place);
        } else if self.filled.get(place).is_some_and(Option::is_some)
            && self.truth(question.valid_if.as_ref()) == Some(false)
        {
            // "Answered" is false of a faulty answer too, and nobody can correct two answers for
            // one fault.
            match self.rests_on_doubt(question.valid_if.as_ref()) {
                true => self.doubt(place),
                false => {
                    let text = question.valid_text.clone();
                    self.fault(question, place, FaultKind::Invalid { text }, slot.column);
                }
            }
        }
    }

    fn holds(&self, rule: Option<&'q Rule>) -> Asked {
        match (rule, self.truth(rule)) {
            (None, _) | (_, Some(true)) => Asked::Yes,
            _ if self.rests_on_doubt(rule) => Asked::InDoubt,
            _ => Asked::No,
        }
    }

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
