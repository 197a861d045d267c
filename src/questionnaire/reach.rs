//! What can happen at a question, over all answers to the questions before it.
//!
//! All combinations of answers are tried, but only of questions that the rules of the question
//! name, that the rules of these questions name, and so on. If these have too many combinations,
//! only of questions that its own rules name.

use std::collections::{BTreeMap, BTreeSet};

use super::answer::mode::Mode;
use super::area::Areas;
use super::candidate::{Candidate, candidates, modes};
use super::instrument::{Kind, Question, Questionnaire, Section};
use super::rule::compiled::Rule;
use super::rule::evaluate::Operand;
use super::rule::expression::Variable;

/// Most combinations of answers that are tried.
const MOST: usize = 20_000;

/// What can happen at a question.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Reach {
    /// Some answers make the `ask_if` of its section true, or the section has none.
    pub(super) section_is_asked: bool,
    /// Some answers lead to the question.
    pub(super) is_asked: bool,
    /// Some answer to it lets the interview go on.
    pub(super) goes_on: bool,
    /// Some answer to it does not end the interview.
    pub(super) is_answered: bool,
    /// Some answer to it does not end the interview, and `valid_if` is not false.
    pub(super) is_valid: bool,
}

/// What can happen at the question at `place`; `None` if that needs too many combinations.
pub(super) fn reach(questionnaire: &Questionnaire, areas: &Areas, place: usize) -> Option<Reach> {
    let all = Trial::new(questionnaire, areas, place, true);
    let trial = all.or_else(|| Trial::new(questionnaire, areas, place, false))?;
    Some(trial.run())
}

/// The questions of a questionnaire that matter for one of them, with the answers to try.
struct Trial<'q> {
    /// The question that is judged comes last.
    steps: Vec<Step<'q>>,
    modes: Vec<Candidate<'q>>,
    /// The positions of the questions, and of `mode`.
    places: BTreeSet<usize>,
}

/// One question with the answers to try.
struct Step<'q> {
    place: usize,
    section: &'q Section,
    question: &'q Question,
    answers: Vec<Candidate<'q>>,
}

/// The answers so far, by the position of the question.
type Answers<'c, 'q> = BTreeMap<usize, &'c Candidate<'q>>;

impl<'q> Trial<'q> {
    /// The trial for the question at `place`, with the questions of [`places`]; `None` if their
    /// answers have too many combinations.
    fn new(
        questionnaire: &'q Questionnaire,
        areas: &Areas,
        place: usize,
        indirect: bool,
    ) -> Option<Trial<'q>> {
        let questions: Vec<_> = questionnaire.questions().collect();
        let places = places(&questions, place, indirect);
        let chosen = places.iter().filter_map(|place| {
            let (section, question) = questions.get(*place)?;
            Some((*place, *section, *question))
        });
        let chosen: Vec<_> = chosen.collect();
        let rules: Vec<&Rule> = chosen
            .iter()
            .flat_map(|(_, section, question)| rules(section, question))
            .collect();
        let modes = match places.contains(&Variable::MODE) {
            true => modes(),
            false => vec![Candidate::Unanswered],
        };
        let (mut product, mut steps) = (modes.len(), Vec::new());
        for (place, section, question) in chosen {
            let named: Vec<&Rule> = rules
                .iter()
                .copied()
                .filter(|rule| names(rule, place))
                .collect();
            let mut answers = match question.kind {
                // No rule sees which answer it is.
                _ if named.is_empty() => vec![Candidate::Text(String::new())],
                _ => candidates(question, areas, &named, MOST)?,
            };
            answers.retain(|_| question.kind != Kind::Note);
            answers.push(Candidate::Unanswered);
            product = product.checked_mul(answers.len())?;
            steps.push(Step {
                place,
                section,
                question,
                answers,
            });
        }
        (product <= MOST).then_some(Trial {
            steps,
            modes,
            places,
        })
    }

    fn run(&self) -> Reach {
        let mut reach = Reach::default();
        for mode in &self.modes {
            let mut answers = BTreeMap::from([(Variable::MODE, mode)]);
            self.walk(&self.steps, &mut answers, &mut reach);
        }
        reach
    }

    /// Tries the answers to the first of `steps`, each with all answers to those after it.
    fn walk<'c>(&'c self, steps: &'c [Step<'q>], answers: &mut Answers<'c, 'q>, reach: &mut Reach) {
        let Some((step, rest)) = steps.split_first() else {
            return;
        };
        let asked = self.asked(step, answers);
        if rest.is_empty() {
            let rule = step.section.ask_if.as_ref().filter(|rule| self.knows(rule));
            reach.section_is_asked |= rule.is_none() || self.truth(rule, answers) == Some(true);
            reach.is_asked |= asked != Some(false);
        }
        for answer in &step.answers {
            let is_answer = *answer != Candidate::Unanswered;
            let fits = match asked {
                Some(true) => is_answer || !step.question.required,
                Some(false) => !is_answer,
                None => true,
            };
            if !fits {
                continue;
            }
            answers.insert(step.place, answer);
            let ends = (asked == Some(true) || (asked.is_none() && is_answer))
                && self.truth(step.question.screen_out_if.as_ref(), answers) == Some(true);
            let invalid =
                is_answer && self.truth(step.question.valid_if.as_ref(), answers) == Some(false);
            if rest.is_empty() {
                reach.goes_on |= asked != Some(false) && !ends;
                reach.is_answered |= is_answer && !ends;
                reach.is_valid |= is_answer && !ends && !invalid;
            } else if !ends && !invalid {
                self.walk(rest, answers, reach);
            }
            answers.remove(&step.place);
        }
    }

    /// Whether the question is asked; `None` if that depends on questions that are not tried.
    fn asked(&self, step: &Step<'q>, answers: &Answers<'_, 'q>) -> Option<bool> {
        if step.question.interviewer_only
            && let Some(Candidate::Text(mode)) = answers.get(&Variable::MODE)
            && mode == Mode::Online.as_str()
        {
            return Some(false);
        }
        let mut asked = Some(true);
        for rule in [&step.section.ask_if, &step.question.ask_if]
            .into_iter()
            .flatten()
        {
            if !self.knows(rule) {
                asked = None;
            } else if self.truth(Some(rule), answers) != Some(true) {
                return Some(false);
            }
        }
        asked
    }

    /// Whether all questions that the rule names are tried.
    fn knows(&self, rule: &Rule) -> bool {
        let mut knows = true;
        rule.each_variable(&mut |variable| knows &= self.places.contains(&variable.place));
        knows
    }

    /// Whether the rule is true; `None` if that is unknown.
    fn truth(&self, rule: Option<&Rule>, answers: &Answers<'_, 'q>) -> Option<bool> {
        let rule = rule.filter(|rule| self.knows(rule))?;
        rule.holds(&|variable: &Variable| {
            answers
                .get(&variable.place)
                .map_or(Operand::Unknown, |answer| answer.operand())
        })
    }
}

/// The position of the question, and of all that its rules name; if `indirect`, also of all that
/// the rules of these name, and so on.
fn places(questions: &[(&Section, &Question)], place: usize, indirect: bool) -> BTreeSet<usize> {
    let mut places = BTreeSet::new();
    let mut open = vec![place];
    while let Some(next) = open.pop() {
        if places.insert(next)
            && let Some((section, question)) = questions.get(next)
            && (indirect || next == place)
        {
            for rule in rules(section, question) {
                rule.each_variable(&mut |variable| open.push(variable.place));
            }
            if question.interviewer_only {
                open.push(Variable::MODE);
            }
        }
    }
    places
}

/// The rules that decide whether the question is asked and how its answer is judged.
fn rules<'q>(section: &'q Section, question: &'q Question) -> Vec<&'q Rule> {
    let rules = [
        &section.ask_if,
        &question.ask_if,
        &question.valid_if,
        &question.screen_out_if,
    ];
    rules.into_iter().flatten().collect()
}

fn names(rule: &Rule, place: usize) -> bool {
    let mut names = false;
    rule.each_variable(&mut |variable| names |= variable.place == place);
    names
}
