//! The questionnaire: one self-contained document that can be read, answered and sent without another request.
//!
//! Without script it is one long page that works; the script (`assets/form.js`) shows it step by step. Style and script
//! stand in the document and are named by hash in its Content-Security-Policy. The form has no `action`: it posts to its
//! own address, so that the channel of a QR code (`?c=`) and the language travel with it. Without script the switch of
//! language is a button of the form: the answers given so far are sent along and come back in the other language.
//!
//! | file | part of the page |
//! |---|---|
//! | `front` | who asks, why, under which approval; the start |
//! | `question` | one question and its control |
//! | `condition` | when a question is asked, in words |

mod condition;
mod front;
mod question;

use std::borrow::Cow;

use maud::{DOCTYPE, Markup, html};

use crate::locale::{Language, text, text_with};
use crate::pages::layout::{Reader, trusted};
use crate::pages::{assets, fault_message};
use crate::questionnaire::answer::Fault;
use crate::questionnaire::{Areas, Questionnaire, Rule, Section, Text};

/// A questionnaire document.
pub struct Document {
    /// The page.
    pub html: String,
    /// Its Content-Security-Policy.
    pub policy: String,
}

/// What a respondent sent that was not accepted, or is to be shown in another language; empty for a fresh page.
#[derive(Default)]
pub struct Attempt<'a> {
    /// The fields as sent.
    pub fields: &'a [(Cow<'a, str>, Cow<'a, str>)],
    /// What is wrong with them.
    pub faults: &'a [Fault],
    /// Where to send it from now on; nothing for the page's own address.
    pub address: Option<String>,
}

/// The document of `questionnaire`, filled in and marked by `attempt`.
pub fn document(
    reader: Reader,
    questionnaire: &Questionnaire,
    areas: &Areas,
    attempt: &Attempt<'_>,
) -> Document {
    let language = reader.language;
    let (style, script) = (assets::form_style(), assets::form_script());
    let policy = format!(
        "default-src 'none'; style-src {}; script-src {}; img-src 'self' data:; connect-src 'self'; form-action 'self'; \
         frame-ancestors 'none'; base-uri 'none'",
        assets::policy_hash(style),
        assets::policy_hash(script)
    );
    let view = View {
        language,
        questionnaire,
        areas,
        attempt,
    };
    let title = questionnaire.title.get(language.code());
    let markup = html! {
        (DOCTYPE)
        html lang=(language.tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width,initial-scale=1";
                title {
                    @if !attempt.faults.is_empty() { (text(language, "form.error_prefix")) }
                    (title)
                }
                meta name="description" content=(text(language, "form.share"));
                meta property="og:title" content=(title);
                meta property="og:description" content=(text(language, "form.share"));
                meta name="theme-color" content="#0b6b4b";
                meta name="color-scheme" content="light dark";
                meta name="format-detection" content="telephone=no";
                link rel="icon" href="data:,";
                style { (trusted(style)) }
            }
            body {
                main {
                    // Before everything it enlarges: engines of 2017 know no way back up.
                    input.switch #large type="checkbox" name="text" value="large" form="f" checked[reader.large] aria-label=(text(language, "form.large"));
                    (view.page())
                }
                script #t type="application/json" { (trusted(&view.words())) }
                script { (trusted(script)) }
            }
        }
    };
    Document {
        html: markup.into_string(),
        policy,
    }
}

struct View<'a> {
    language: Language,
    questionnaire: &'a Questionnaire,
    areas: &'a Areas,
    attempt: &'a Attempt<'a>,
}

impl View<'_> {
    fn t(&self, key: &str) -> String {
        text(self.language, key)
    }

    fn own<'t>(&self, text: &'t Text) -> &'t str {
        text.get(self.language.code())
    }

    fn page(&self) -> Markup {
        let faulty = !self.attempt.faults.is_empty();
        html! {
            div.top {
                b { (self.t("site.name")) }
                span.soft #where role="status" {}
                label for="large" { (self.t("form.large")) }
                @for other in self.language.others() {
                    button form="f" name="lang" value=(other.code()) lang=(other.tag()) { (text(other, "site.language")) }
                }
            }
            div.bar hidden { i #bar {} }
            form #f method="post" action=[&self.attempt.address] novalidate autocomplete="off" data-faults[faulty] {
                // The enter key presses a form's first button, which else were the language.
                button.switch.nojs tabindex="-1" aria-hidden="true" {}
                (self.summary())
                (self.front())
                @for section in &self.questionnaire.sections { (self.section(section)) }
                section.step #s-review hidden {
                    h2 { (self.t("form.review")) }
                    p.soft { (self.t("form.review_hint")) }
                    div #review {}
                }
                section.step #s-end hidden {
                    h2 #end {}
                    p { (self.t("receipt.nothing_stored")) }
                }
                label.hp aria-hidden="true" { "website" input name="website" tabindex="-1" autocomplete="off"; }
                div.nav #nav {
                    p.say #state role="status" hidden {}
                    button.quiet #back type="button" hidden { (self.t("form.back")) }
                    button.go #next type="button" hidden { (self.t("form.next")) }
                    button.go #send { (self.t("form.send")) }
                }
            }
            footer { (self.own(&self.questionnaire.agency)) br; (self.own(&self.questionnaire.contact)) }
        }
    }

    /// What is wrong, on top, each line leading to its question; empty and hidden on a fresh page, where the script fills it.
    fn summary(&self) -> Markup {
        let faults = self.attempt.faults;
        html! {
            div.sum #sum role="alert" tabindex="-1" hidden[faults.is_empty()] {
                @if !faults.is_empty() {
                    h2 { (self.t("form.errors")) }
                    ul {
                        @for fault in faults {
                            @let message = fault_message(self.language, self.questionnaire, fault);
                            li {
                                @match self.questionnaire.question(&fault.code) {
                                    Some(question) => a href={ "#q-" (question.code) } { (self.fault_line(self.own(&question.text), &message)) },
                                    None => { (self.fault_line(&fault.code, &message)) },
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    fn fault_line(&self, question: &str, message: &str) -> String {
        text_with(
            self.language,
            "form.fault_line",
            &[("question", question), ("message", message)],
        )
    }

    fn section(&self, section: &Section) -> Markup {
        let asked: Vec<_> = section
            .questions
            .iter()
            .filter(|question| !question.interviewer_only)
            .collect();
        html! {
            @if !asked.is_empty() {
                section.step data-s=(section.code) data-if=[section.ask_if.as_ref().map(rule)] {
                    h2 { (self.own(&section.title)) }
                    @if !section.intro.is_empty() { p.soft { (self.own(&section.intro)) } }
                    (self.condition(section.ask_if.as_ref()))
                    @for question in asked { (self.question(question)) }
                }
            }
        }
    }

    /// The words the script says, as JSON that no text can break out of.
    fn words(&self) -> String {
        const FAULTS: [&str; 10] = [
            "missing",
            "missing_written",
            "not_a_number",
            "not_a_whole_number",
            "below_min",
            "above_max",
            "too_many_decimals",
            "too_few_choices",
            "too_many_choices",
            "invalid",
        ];
        const FORM: [&str; 16] = [
            "error_prefix",
            "errors",
            "fault_line",
            "comma",
            "step",
            "step_most",
            "step_last",
            "next",
            "again",
            "send",
            "retry",
            "sending",
            "not_sent",
            "fast",
            "no_answer",
            "screened_out",
        ];
        let faults = FAULTS
            .iter()
            .map(|key| (*key, self.t(&format!("fault.{key}"))));
        let form = FORM
            .iter()
            .map(|key| (*key, self.t(&format!("form.{key}"))));
        let words: serde_json::Map<String, serde_json::Value> = faults
            .chain(form)
            .map(|(key, text)| (key.to_owned(), text.into()))
            .collect();
        serde_json::Value::Object(words)
            .to_string()
            .replace('<', "\\u003c")
    }
}

fn rule(rule: &Rule) -> String {
    rule.json().to_string()
}
