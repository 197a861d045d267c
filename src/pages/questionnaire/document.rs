//! The whole page and its Content-Security-Policy.

use maud::{DOCTYPE, Markup, html};

pub use super::view::Attempt;
use super::view::{InvitationField, View, rule_json};
use crate::locale::text;
use crate::pages::assets;
use crate::pages::layout::{Reader, trusted};
use crate::questionnaire::{Areas, Questionnaire, Section};

/// A questionnaire page.
pub struct Document {
    /// The page.
    pub html: String,
    /// Its Content-Security-Policy.
    pub policy: String,
}

/// The page of `questionnaire`, with what `attempt` sent and its faults.
pub fn document(
    reader: Reader,
    questionnaire: &Questionnaire,
    areas: &Areas,
    attempt: &Attempt<'_>,
) -> Document {
    let language = reader.language;
    let (style, script) = (assets::form_style(), assets::form_script());
    let policy = format!(
        "default-src 'none'; style-src {}; script-src {}; img-src 'self' data:; \
         connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
        assets::policy_hash(style),
        assets::policy_hash(script)
    );
    let view = View {
        language,
        questionnaire,
        areas,
        attempt,
    };
    let title = view.translated(&questionnaire.title);
    let description = view.description();
    let markup = html! {
        (DOCTYPE)
        html lang=(language.tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width,initial-scale=1";
                title {
                    @if !attempt.faults.is_empty() { (view.text("form.error_prefix")) }
                    (title)
                }
                meta name="description" content=(description);
                meta property="og:title" content=(title);
                meta property="og:description" content=(description);
                meta name="theme-color" content="#0b6b4b";
                meta name="color-scheme" content="light dark";
                meta name="format-detection" content="telephone=no";
                link rel="icon" href="data:,";
                style { (trusted(style)) }
            }
            body {
                main {
                    // It is before everything that it enlarges: CSS of 2017 has no `:has()`.
                    input.switch #large type="checkbox" name="text" value="large" form="f"
                        checked[reader.large] aria-label=(view.text("form.large"));
                    (view.body())
                }
                script #t type="application/json" { (trusted(&view.script_texts())) }
                script { (trusted(script)) }
            }
        }
    };
    Document {
        html: markup.into_string(),
        policy,
    }
}

impl View<'_> {
    fn body(&self) -> Markup {
        let is_refused = self.attempt.invitation == InvitationField::Refused;
        let has_faults = is_refused || !self.attempt.faults.is_empty();
        html! {
            div.top {
                b { (self.text("site.name")) }
                span.soft #where role="status" {}
                label for="large" { (self.text("form.large")) }
                @for other in self.language.others() {
                    button form="f" name="lang" value=(other.code()) lang=(other.tag()) {
                        (text(other, "site.language"))
                    }
                }
            }
            div.bar hidden { i #bar {} }
            form #f method="post" action=[&self.attempt.address] novalidate autocomplete="off"
                data-faults[has_faults] {
                // The enter key presses the first button of a form. Without this one it would be
                // the language switch.
                button.switch.nojs tabindex="-1" aria-hidden="true" {}
                (self.summary())
                (self.front())
                @for section in &self.questionnaire.sections { (self.section(section)) }
                (self.invitation())
                section.step #s-review hidden {
                    h2 { (self.text("form.review")) }
                    p.soft { (self.text("form.review_hint")) }
                    div #review {}
                }
                section.step #s-end hidden {
                    h2 #end {}
                    p { (self.text("receipt.nothing_stored")) }
                }
                // A person does not see this field. A program that fills in everything does.
                label.hp aria-hidden="true" {
                    "website" input name="website" tabindex="-1" autocomplete="off";
                }
                div.nav #nav {
                    p.say #state role="status" hidden {}
                    button.quiet #back type="button" hidden { (self.text("form.back")) }
                    button.go #next type="button" hidden { (self.text("form.next")) }
                    button.go #send { (self.text("form.send")) }
                }
            }
            footer {
                (self.translated(&self.questionnaire.agency)) br;
                (self.translated(&self.questionnaire.contact))
            }
        }
    }

    fn section(&self, section: &Section) -> Markup {
        let shown: Vec<_> = section
            .questions
            .iter()
            .filter(|question| !question.interviewer_only)
            .collect();
        let condition = section.ask_if.as_ref();
        html! {
            @if !shown.is_empty() {
                section.step data-s=(section.code) data-if=[condition.map(rule_json)] {
                    h2 { (self.translated(&section.title)) }
                    @if !section.intro.is_empty() {
                        p.soft { (self.translated(&section.intro)) }
                    }
                    (self.condition(condition))
                    @for question in shown { (self.question(question)) }
                }
            }
        }
    }
}
