//! Rules compiled once all questions are known, so that a rule on a later question can be told from one on none.

use super::question::QuestionDraft;
use super::reader::{Entries, Page};
use super::sections::SectionDraft;
use crate::questionnaire::answer::Mode;
use crate::questionnaire::load::nearest;
use crate::questionnaire::rule::{Literal, Rule, Scope, Type, Variable};
use crate::questionnaire::{Areas, Kind, Question, Section, is_numeric};

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

    fn compile(self, page: &Page<'_>, before: &Before<'_>) -> Option<Rule> {
        match Rule::parse(&self.source, &before.scope) {
            Ok(rule) => {
                self.check_codes(page, before, &rule);
                Some(rule)
            }
            Err(mistake) => {
                let at = page.inside(self.at, &self.source, mistake.offset);
                page.report(at, mistake.message, mistake.cure);
                None
            }
        }
    }

    /// A rule on a code that no answer can have is never true: a slip that no respondent would notice.
    fn check_codes(&self, page: &Page<'_>, before: &Before<'_>, rule: &Rule) {
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
            let at = page.inside(
                self.at,
                &self.source,
                self.source.find(&code).unwrap_or_default(),
            );
            page.report(
                at,
                format!("{literal} is no choice of `{}`", variable.code),
                cure,
            );
        });
    }
}

/// The rules of a question as written.
#[derive(Default)]
pub(super) struct RuleDrafts {
    pub(super) ask_if: Option<RuleDraft>,
    pub(super) valid_if: Option<RuleDraft>,
    pub(super) screen_out_if: Option<RuleDraft>,
}

/// What a rule may speak of: the questions before it.
struct Before<'a> {
    scope: Scope,
    kinds: Vec<Kind>,
    areas: &'a Areas,
}

impl Before<'_> {
    /// The codes that the variable can have, if they are a closed list.
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

/// The sections with their rules. A rule may name the questions before its own; what judges an answer also its own.
pub(super) fn attach(page: &Page<'_>, drafts: Vec<SectionDraft>, areas: &Areas) -> Vec<Section> {
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
        let ask_if = draft.ask_if.and_then(|rule| rule.compile(page, &before));
        let questions = draft
            .questions
            .into_iter()
            .map(|draft| with_rules(page, draft, &mut before))
            .collect();
        sections.push(Section {
            ask_if,
            questions,
            ..draft.section
        });
    }
    sections
}

fn with_rules(page: &Page<'_>, draft: QuestionDraft, before: &mut Before<'_>) -> Question {
    let QuestionDraft {
        question,
        kind_known,
        rules,
    } = draft;
    let ask_if = rules.ask_if.and_then(|rule| rule.compile(page, before));
    before.scope.add(
        &question.code,
        if kind_known {
            type_of(&question.kind)
        } else {
            Some(Type::Any)
        },
    );
    before.kinds.push(question.kind.clone());
    let valid_if = rules.valid_if.and_then(|rule| rule.compile(page, before));
    let screen_out_if = rules
        .screen_out_if
        .and_then(|rule| rule.compile(page, before));
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
