//! The journey: which questions a respondent is asked. Derived from the answers each time, never stored.

use super::answer::{Mode, Sheet, Walk};
use super::{Areas, Kind, Question, Questionnaire};

/// Which questions are asked of one respondent, and which of them are answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Journey<'q> {
    questionnaire: &'q Questionnaire,
    asked: Vec<bool>,
    answered: Vec<bool>,
    screened_out: Option<usize>,
}

/// How far a respondent has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Questions answered without fault.
    pub answered: usize,
    /// Questions asked on this way; grows and shrinks with the answers.
    pub asked: usize,
}

impl<'q> Journey<'q> {
    /// The journey of a form filled in so far; an answer with a fault counts as none.
    pub fn of<'f>(
        questionnaire: &'q Questionnaire,
        areas: &Areas,
        mode: Mode,
        fields: impl IntoIterator<Item = (&'f str, &'f str)>,
    ) -> Journey<'q> {
        let sheet = Sheet::of_form(questionnaire, fields);
        let walk = Walk::of(questionnaire, areas, mode, &sheet);
        Journey {
            questionnaire,
            answered: walk.filled.iter().map(Option::is_some).collect(),
            asked: walk.asked,
            screened_out: walk.screened_out,
        }
    }

    /// Whether the question of that code is asked; of a note, whether it is shown.
    pub fn is_asked(&self, code: &str) -> bool {
        self.questionnaire
            .place(code)
            .and_then(|place| self.asked.get(place))
            .is_some_and(|asked| *asked)
    }

    /// The questions asked, notes included, in page order.
    pub fn asked(&self) -> impl Iterator<Item = &'q Question> {
        let questions = self.questionnaire.questions().map(|(_, question)| question);
        questions
            .zip(&self.asked)
            .filter(|(_, asked)| **asked)
            .map(|(question, _)| question)
    }

    /// The first question that is asked and not answered.
    pub fn next(&self) -> Option<&'q Question> {
        let waits = |(question, answered): (&'q Question, bool)| (!answered).then_some(question);
        self.questions().find_map(waits)
    }

    /// The question whose answer ended the interview.
    pub fn screened_out(&self) -> Option<&'q Question> {
        self.questionnaire.question_at(self.screened_out?)
    }

    /// How far the respondent has come; notes do not count.
    pub fn progress(&self) -> Progress {
        let mut progress = Progress {
            answered: 0,
            asked: 0,
        };
        for (_, answered) in self.questions() {
            progress.asked = progress.asked.saturating_add(1);
            progress.answered = progress.answered.saturating_add(usize::from(answered));
        }
        progress
    }

    /// The questions asked that can be answered, and whether they are.
    fn questions(&self) -> impl Iterator<Item = (&'q Question, bool)> {
        let questions = self.questionnaire.questions().map(|(_, question)| question);
        let states = self.asked.iter().zip(&self.answered);
        questions
            .zip(states)
            .filter(|(question, (asked, _))| **asked && !matches!(question.kind, Kind::Note))
            .map(|(question, (_, answered))| (question, *answered))
    }
}
