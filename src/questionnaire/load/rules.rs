//! The rules, compiled once all questions are known. A rule that names a later question then gets
//! another message than a rule that names none.

use super::draft::{QuestionDraft, RuleDraft, SectionDraft};
use super::reader::SourceFile;
use crate::questionnaire::answer::mode::Mode;
use crate::questionnaire::area::Areas;
use crate::questionnaire::choice::is_numeric;
use crate::questionnaire::instrument::{Kind, Question, Section};
use crate::questionnaire::rule::compiled::Rule;
use crate::questionnaire::rule::expression::{Literal, Variable};
use crate::questionnaire::rule::scope::{Scope, Type};
use crate::questionnaire::word::nearest;

impl RuleDraft {
    fn compile(self, file: &SourceFile<'_>, before: &Before<'_>) -> Option<Rule> {
        match Rule::parse(&self.source, &before.scope) {
            Ok(rule) => {
                self.check_codes(file, before, &rule);
                Some(rule)
            }
            Err(mistake) => {
                let at = file.inside(self.at, &self.source, mistake.offset);
                file.report(at, mistake.message, mistake.cure);
                None
            }
        }
    }

    /// Reports codes that no answer can have: such a comparison is never true, and no respondent
    /// would notice the mistake.
    fn check_codes(&self, file: &SourceFile<'_>, before: &Before<'_>, rule: &Rule) {
        rule.each_equality(&mut |variable, literal| {
            let code = match literal {
                Literal::Number(number) => number.to_string(),
                Literal::Text(text) => text.clone(),
                Literal::Boolean(_) => return,
            };
            let Some(codes) = before.codes(variable) else {
                return;
            };
            if codes.contains(&code.as_str()) {
                return;
            }
            let cure = match nearest(&code, codes.iter().copied()) {
                Some(near) if code.len() > 1 => format!("did you mean `{near}`?"),
                _ => format!("its codes are {}", codes.join(", ")),
            };
            let at = file.inside(
                self.at,
                &self.source,
                self.source.find(&code).unwrap_or_default(),
            );
            file.report(
                at,
                format!("{literal} is no choice of `{}`", variable.code),
                cure,
            );
        });
    }
}

/// What a rule may name: the questions before it.
struct Before<'a> {
    scope: Scope,
    kinds: Vec<Kind>,
    areas: &'a Areas,
}

impl Before<'_> {
    /// The codes that the variable can have; `None` if it is a number or a text.
    fn codes(&self, variable: &Variable) -> Option<Vec<&str>> {
        if variable.place == Variable::MODE {
            return Some(Mode::ALL.iter().map(|mode| mode.as_str()).collect());
        }
        match self.kinds.get(variable.place)? {
            Kind::Single(choices) | Kind::Multiple { choices, .. } if !choices.is_empty() => {
                Some(choices.iter().map(|choice| choice.code.as_str()).collect())
            }
            Kind::Area { kinds } => Some(
                self.areas
                    .of_kinds(kinds)
                    .map(|area| area.code.as_str())
                    .collect(),
            ),
            _ => None,
        }
    }
}

/// The sections with their rules compiled. Every rule may name the questions before it; `valid_if`
/// and `screen_out_if` may also name their own question.
pub(super) fn attach(
    file: &SourceFile<'_>,
    drafts: Vec<SectionDraft>,
    areas: &Areas,
) -> Vec<Section> {
    let mut before = Before {
        scope: Scope::default(),
        kinds: Vec::new(),
        areas,
    };
    for draft in drafts.iter().flat_map(|section| &section.questions) {
        before.scope.add_later(&draft.question.code);
    }
    let mut sections = Vec::with_capacity(drafts.len());
    for draft in drafts {
        let ask_if = draft.ask_if.and_then(|rule| rule.compile(file, &before));
        let questions = draft
            .questions
            .into_iter()
            .map(|draft| with_rules(file, draft, &mut before))
            .collect();
        sections.push(Section {
            ask_if,
            questions,
            ..draft.section
        });
    }
    sections
}

fn with_rules(file: &SourceFile<'_>, draft: QuestionDraft, before: &mut Before<'_>) -> Question {
    let QuestionDraft {
        question,
        kind_known,
        rules,
    } = draft;
    let ask_if = rules.ask_if.and_then(|rule| rule.compile(file, before));
    before.scope.add(
        &question.code,
        if kind_known {
            type_of(&question.kind)
        } else {
            Some(Type::Any)
        },
    );
    before.kinds.push(question.kind.clone());
    let valid_if = rules.valid_if.and_then(|rule| rule.compile(file, before));
    let screen_out_if = rules
        .screen_out_if
        .and_then(|rule| rule.compile(file, before));
    Question {
        ask_if,
        valid_if,
        screen_out_if,
        ..question
    }
}

/// The type of an answer of that kind in a rule; `None` for a note.
fn type_of(kind: &Kind) -> Option<Type> {
    Some(match kind {
        Kind::Single(choices) if choices.is_empty() => Type::Any,
        Kind::Single(choices) if is_numeric(choices) => Type::Number,
        Kind::Single(_) | Kind::Text { .. } | Kind::Area { .. } => Type::Text,
        Kind::Multiple { choices, .. } if choices.is_empty() => Type::Any,
        Kind::Multiple { choices, .. } if is_numeric(choices) => Type::NumberSet,
        Kind::Multiple { .. } => Type::TextSet,
        Kind::Integer { .. } | Kind::Decimal { .. } => Type::Number,
        Kind::Note => return None,
    })
}
