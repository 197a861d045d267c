//! Sections and questions whose rules are not compiled yet, because a rule is checked against all
//! questions.

use super::reader::Entries;
use crate::questionnaire::instrument::{Question, Section};

/// A section whose rules are not compiled yet.
pub(super) struct SectionDraft {
    /// The section, without its rule and questions.
    pub(super) section: Section,
    pub(super) ask_if: Option<RuleDraft>,
    pub(super) questions: Vec<QuestionDraft>,
}

/// A question whose rules are not compiled yet.
pub(super) struct QuestionDraft {
    /// The question, without its rules.
    pub(super) question: Question,
    /// Whether the file gives a known kind; otherwise `question.kind` is `Note`.
    pub(super) kind_known: bool,
    pub(super) rules: RuleDrafts,
}

/// The rules of a question as the file writes them.
#[derive(Default)]
pub(super) struct RuleDrafts {
    pub(super) ask_if: Option<RuleDraft>,
    pub(super) valid_if: Option<RuleDraft>,
    pub(super) screen_out_if: Option<RuleDraft>,
}

/// A rule as the file writes it.
pub(super) struct RuleDraft {
    pub(super) source: String,
    /// The byte of the file at which its string starts.
    pub(super) at: usize,
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
}
