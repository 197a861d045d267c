//! When a question is asked, in words. Readers without script see every question, so they need it.

use maud::{Markup, html};

use super::view::View;
use crate::pages::condition::Wording;
use crate::questionnaire::{Question, Rule};

impl View<'_> {
    /// A line that says when a question or section is asked; nothing if it is always asked.
    pub(super) fn condition(&self, condition: Option<&Rule>) -> Markup {
        let name = |question: &Question| self.translated(&question.text).to_owned();
        let wording = Wording {
            language: self.language,
            questionnaire: self.questionnaire,
            areas: self.areas,
            name: &name,
        };
        html! { @if let Some(rule) = condition { p.cond.nojs { (wording.only_if(rule)) } } }
    }
}
