//! What is wrong with the answers, above the form.

use maud::{Markup, html};

use super::view::{InvitationField, View};
use crate::locale::fault_message;
use crate::locale::text_with;
use crate::questionnaire::answer::{Fault, FaultKind};
use crate::questionnaire::{Question, Section};

/// Most unanswered questions that are listed one by one. More would fill a phone's screen with the
/// same sentence, so they are counted by section.
const MOST_LISTED: usize = 5;

impl View<'_> {
    /// Each fault with a link to its question; many unanswered questions by section. Empty and
    /// hidden on a fresh page, where the script fills it.
    pub(super) fn summary(&self) -> Markup {
        let faults = self.attempt.faults;
        let is_refused = self.attempt.invitation == InvitationField::Refused;
        let is_hidden = faults.is_empty() && !is_refused && !self.attempt.is_outdated;
        let (missing, others): (Vec<&Fault>, Vec<&Fault>) = faults
            .iter()
            .partition(|fault| fault.kind == FaultKind::Missing);
        html! {
            div.sum #sum role="alert" tabindex="-1" hidden[is_hidden] {
                @if self.attempt.is_outdated { p { (self.text("form.outdated")) } }
                @if is_refused {
                    h2 { a href="#q-invitation" { (self.text("form.invitation_refused")) } }
                }
                @if missing.len() > MOST_LISTED {
                    @let count = self.count("form.unanswered", missing.len());
                    @if others.is_empty() {
                        h2 { (count) }
                    } @else {
                        h2 { (self.text("form.errors")) }
                        (self.list(&others))
                        p { (count) }
                    }
                    (self.by_section(&missing))
                } @else if !faults.is_empty() {
                    h2 { (self.text("form.errors")) }
                    (self.list(&faults.iter().collect::<Vec<_>>()))
                }
            }
        }
    }

    fn list(&self, faults: &[&Fault]) -> Markup {
        html! { ul { @for fault in faults { li { (self.line(fault)) } } } }
    }

    /// One fault, with a link to its question if there is one.
    fn line(&self, fault: &Fault) -> Markup {
        let message = fault_message(self.language, self.questionnaire, fault);
        let line = |name: &str| {
            let values = [("question", name), ("message", message.as_str())];
            text_with(self.language, "form.fault_line", &values)
        };
        html! {
            @match self.questionnaire.question(&fault.code) {
                Some(question) => a href={ "#q-" (question.code) } {
                    (line(self.translated(&question.text)))
                },
                None => { (line(&fault.code)) },
            }
        }
    }

    /// How many questions of each section are unanswered, with a link to the first of them; then
    /// all of them, folded.
    fn by_section(&self, missing: &[&Fault]) -> Markup {
        html! {
            ul {
                @for section in &self.questionnaire.sections {
                    @let questions = unanswered(section, missing);
                    @if let Some(first) = questions.first() {
                        li {
                            a href={ "#q-" (first.code) } {
                                (self.translated(&section.title))
                                (self.count("form.unanswered_here", questions.len()))
                            }
                        }
                    }
                }
            }
            details { summary { (self.text("form.each")) } (self.list(missing)) }
        }
    }

    fn count(&self, key: &str, count: usize) -> String {
        text_with(self.language, key, &[("count", &count.to_string())])
    }
}

/// The questions of `section` that `missing` names.
fn unanswered<'s>(section: &'s Section, missing: &[&Fault]) -> Vec<&'s Question> {
    let is_missing = |question: &&Question| missing.iter().any(|fault| fault.code == question.code);
    section.questions.iter().filter(is_missing).collect()
}
