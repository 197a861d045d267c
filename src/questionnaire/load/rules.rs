//! Rules compiled once all questions are known, so that a rule on a later question can be told from one on none.

use super::question::QuestionDraft;
use super::reader::{Entries, Page};
use super::sections::SectionDraft;
use crate::questionnaire::rule::{Rule, Scope, Type};
use crate::questionnaire::{Kind, Question, Section, is_numeric};

/// A rule as written.
pub(super) struct RuleDraft {
    source: String,
    /// Byte of the file where its string starts.
    at: usize,
}

impl RuleDraft {
    pub(super) fn read(entries: &Entries<'_, '_>, key: &str) -> Option<RuleDraft> {
        let (source, at) = entries.string_at(key)?;
        if source.trim().is_empty() {
            entries.report(
                key,
                format!("`{key}` of {} is empty", entries.what),
                "write a rule, or leave it out",
            );
            return None;
        }
        Some(RuleDraft { source, at })
    }

    fn compile(self, page: &Page<'_>, scope: &Scope) -> Option<Rule> {
        Rule::parse(&self.source, scope)
            .map_err(|mistake| {
                page.report(
                    page.inside(self.at, &self.source, mistake.offset),
                    mistake.message,
                    mistake.cure,
                );
            })
            .ok()
    }
}

/// The rules of a question as written.
#[derive(Default)]
pub(super) struct RuleDrafts {
    pub(super) ask_if: Option<RuleDraft>,
    pub(super) valid_if: Option<RuleDraft>,
    pub(super) screen_out_if: Option<RuleDraft>,
}

/// The sections with their rules. A rule may name the questions before its own; what judges an answer also its own.
pub(super) fn attach(page: &Page<'_>, drafts: Vec<SectionDraft>) -> Vec<Section> {
    let mut scope = Scope::default();
    for draft in drafts.iter().flat_map(|section| &section.questions) {
        scope.add_later(&draft.question.code);
    }
    let mut sections = Vec::with_capacity(drafts.len());
    for draft in drafts {
        let ask_if = draft.ask_if.and_then(|rule| rule.compile(page, &scope));
        let questions = draft
            .questions
            .into_iter()
            .map(|draft| with_rules(page, draft, &mut scope))
            .collect();
        sections.push(Section {
            ask_if,
            questions,
            ..draft.section
        });
    }
    sections
}

fn with_rules(page: &Page<'_>, draft: QuestionDraft, scope: &mut Scope) -> Question {
    let QuestionDraft {
        question,
        kind_known,
        rules,
    } = draft;
    let ask_if = rules.ask_if.and_then(|rule| rule.compile(page, scope));
    scope.add(
        &question.code,
        if kind_known {
            type_of(&question.kind)
        } else {
            Some(Type::Any)
        },
    );
    let valid_if = rules.valid_if.and_then(|rule| rule.compile(page, scope));
    let screen_out_if = rules.screen_out_if.and_then(|rule| rule.compile(page, scope));
    Question {
        ask_if,
        valid_if,
        screen_out_if,
        ..question
    }
}

/// What an answer of that kind is in a rule; none for a note.
pub(super) fn type_of(kind: &Kind) -> Option<Type> {
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
