//! What every part of the questionnaire page needs.

use std::borrow::Cow;

use crate::locale::{Language, text};
use crate::questionnaire::answer::Fault;
use crate::questionnaire::{Areas, Questionnaire, Rule, Text};

/// Whether a page asks for an invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum InvitationField {
    /// Nobody is invited to the survey.
    #[default]
    Absent,
    /// The page has the field.
    Offered,
    /// The page has the field, and the code in it was refused.
    Refused,
}

/// What a respondent sent, to be shown again: with faults, or in another language. Empty for a
/// fresh page.
#[derive(Default)]
pub struct Attempt<'a> {
    /// The fields as sent.
    pub fields: &'a [(Cow<'a, str>, Cow<'a, str>)],
    /// What is wrong with them.
    pub faults: &'a [Fault],
    /// The URL that the form posts to; `None` for the page's own.
    pub address: Option<String>,
    /// Whether the page asks for an invitation.
    pub invitation: InvitationField,
}

/// A questionnaire in the reader's language, with what was sent.
pub(super) struct View<'a> {
    pub(super) language: Language,
    pub(super) questionnaire: &'a Questionnaire,
    pub(super) areas: &'a Areas,
    pub(super) attempt: &'a Attempt<'a>,
}

impl View<'_> {
    /// The text of `key` in the locale file.
    pub(super) fn text(&self, key: &str) -> String {
        text(self.language, key)
    }

    /// A text of the questionnaire in the reader's language.
    pub(super) fn translated<'t>(&self, text: &'t Text) -> &'t str {
        text.get(self.language.code())
    }
}

/// A rule as the script reads it.
pub(super) fn rule_json(rule: &Rule) -> String {
    rule.json().to_string()
}
