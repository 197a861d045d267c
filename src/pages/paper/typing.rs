//! Typing a paper form: one field for each question, in the order of the paper, by keyboard alone.
//!
//! The script (`assets/typing.js`) reads the `data` attributes: `codes` the choices by what is typed,
//! `digits` when a code is complete, `k`, `t`, `min`, `max`, `r`, `v`, `x`, `if` as in the
//! questionnaire, `sif` the condition of the section.

use maud::{Markup, html};
use serde_json::{Map, Value, json};

use crate::collection::paper_code::{self, PaperChoice};
use crate::locale::text_with;
use crate::pages::assets;
use crate::pages::condition::value_type;
use crate::pages::layout::trusted;
use crate::pages::office::frame::{Frame, fault};
use crate::questionnaire::{Areas, Kind, Question, Questionnaire, Rule, Section};

/// What the page shows.
pub struct Typing<'a> {
    /// The survey.
    pub questionnaire: &'a Questionnaire,
    /// All areas.
    pub areas: &'a Areas,
    /// The first digits of the version that is served.
    pub version: &'a str,
    /// Whether forms have a PSU.
    pub has_psu: bool,
    /// The drawn PSUs.
    pub psus: &'a [&'a str],
    /// What was typed: names and values; empty for a fresh form.
    pub typed: &'a [(String, String)],
    /// What is wrong, by the name of the field.
    pub faults: &'a [(String, String)],
    /// What was done with the last form, or why this one was refused.
    pub notice: Option<Notice>,
    /// How many forms this person typed today.
    pub today: usize,
}

/// A message above the form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// The form was stored.
    Done(String),
    /// It was not.
    Refused(String),
}

/// The page.
#[must_use]
pub fn page(frame: Frame<'_>, typing: &Typing<'_>) -> Markup {
    let say = |key: &str| frame.text(&format!("paper.{key}"));
    let id = typing.questionnaire.id();
    let page = Page { frame, typing };
    let title = say("type");
    let today = [("n", typing.today.to_string())];
    let today = [("n", today[0].1.as_str())];
    let body = html! {
        h1 { (title) }
        p.soft {
            (typing.questionnaire.title.get(frame.language().code())) " · "
            strong { (text_with(frame.language(), "paper.today", &today)) } " · "
            a href=(frame.reader.link(&format!("/office/{id}/paper"))) { (say("forms")) }
        }
        @match &typing.notice {
            Some(Notice::Done(message)) => p.well role="status" { (message) },
            Some(Notice::Refused(message)) => (fault(message)),
            None => "",
        }
        @if !typing.faults.is_empty() { (fault(&say("has_faults"))) }
        details {
            summary { (say("keys")) }
            p { (say("keys_note")) }
            p { (say("blank_note")) }
        }
        form.typing #typing method="post" novalidate autocomplete="off"
            action=(frame.reader.link(&format!("/office/{id}/paper/type"))) {
            input type="hidden" name="form_token" value=(frame.form_token);
            input type="hidden" name="seconds" value="0";
            (page.head())
            @for section in &typing.questionnaire.sections { (page.section(section)) }
            div.ends {
                p.wrong #typing-state role="status" {}
                button.button #typing-save type="submit" { (say("save")) }
                " "
                button.quiet #typing-undo type="button" hidden { (say("undo")) }
            }
        }
        script #typing-texts type="application/json" { (trusted(&page.texts())) }
        script src=(assets::typing_script_path()) defer {}
    };
    frame.page(&title, body)
}

struct Page<'a> {
    frame: Frame<'a>,
    typing: &'a Typing<'a>,
}

impl Page<'_> {
    fn say(&self, key: &str) -> String {
        self.frame.text(&format!("paper.{key}"))
    }

    /// What was typed into the field.
    fn typed(&self, name: &str) -> &str {
        let mut typed = self.typing.typed.iter();
        typed
            .find(|(own, _)| own == name)
            .map_or("", |(_, value)| value)
    }

    fn fault(&self, name: &str) -> Option<&str> {
        let mut faults = self.typing.faults.iter();
        let found = faults.find(|(own, _)| own == name);
        found.map(|(_, message)| message.as_str())
    }

    /// The number of the form and what the interviewer wrote at its head.
    fn head(&self) -> Markup {
        let version = match self.typed("version") {
            "" => self.typing.version,
            typed => typed,
        };
        html! {
            div.head {
                (self.head_field("id", "number", self.typed("id"), None))
                @if self.typing.has_psu { (self.head_field("psu", "psu_short", self.typed("psu"), Some("psus"))) }
                (self.head_field("enumerator", "enumerator", self.typed("enumerator"), None))
                (self.head_field("started_at", "date_and_time", self.typed("started_at"), None))
                (self.head_field("version", "version_field", version, None))
                @if self.typing.has_psu {
                    datalist #psus { @for psu in self.typing.psus { option value=(psu) {} } }
                }
            }
        }
    }

    fn head_field(&self, name: &str, key: &str, value: &str, list: Option<&str>) -> Markup {
        let wrong = self.fault(name);
        html! {
            label {
                span { (self.say(key)) }
                input type="text" name=(name) value=(value) list=[list] maxlength="64"
                    autocomplete="off" aria-invalid=[wrong.map(|_| "true")];
                @if let Some(wrong) = wrong { span.wrong { (wrong) } }
            }
        }
    }

    fn section(&self, section: &Section) -> Markup {
        let asked = section.questions.iter();
        let asked = asked.filter(|question| !matches!(question.kind, Kind::Note));
        html! {
            fieldset {
                legend { (section.title.get(self.frame.language().code())) }
                @for question in asked { (self.item(section, question)) }
            }
        }
    }

    fn item(&self, section: &Section, question: &Question) -> Markup {
        let own = self.frame.language().code();
        let code = &question.code;
        let choices = paper_code::choices(question, self.typing.areas);
        let digits = paper_code::digits(question, self.typing.areas);
        let is_text = matches!(question.kind, Kind::Text { .. });
        let (min, max) = question.kind.limits();
        let wrong = self.fault(code);
        let codes = (!choices.is_empty()).then(|| self.codes(&choices));
        let number = self.number(question);
        html! {
            div.item.wide[is_text].bad[wrong.is_some()] id={ "q-" (code) }
                data-k=(value_type(&question.kind)) data-t=(question.kind.name())
                data-digits=(digits) data-codes=[codes]
                data-min=[min.map(|min| min.to_string())] data-max=[max.map(|max| max.to_string())]
                data-r[question.required] data-if=[rule(question.ask_if.as_ref())]
                data-sif=[rule(section.ask_if.as_ref())] data-v=[rule(question.valid_if.as_ref())]
                data-x=[rule(question.screen_out_if.as_ref())] {
                b { (number) }
                label for={ "i-" (code) } {
                    (question.text.get(own))
                    @if !choices.is_empty() {
                        span.codes { @for choice in &choices {
                            span.one { (choice.typed) " " (choice.label.get(own)) } " "
                        } }
                    }
                }
                @if is_text {
                    textarea id={ "i-" (code) } name=(code) rows="2" { (self.typed(code)) }
                } @else {
                    input type="text" inputmode="numeric" id={ "i-" (code) } name=(code)
                        value=(self.typed(code)) maxlength="64" autocomplete="off"
                        aria-invalid=[wrong.map(|_| "true")];
                    output for={ "i-" (code) } {}
                }
                @if let Some(wrong) = wrong { p.wrong { (wrong) } }
            }
        }
    }

    /// The number of a question on paper.
    fn number(&self, question: &Question) -> usize {
        let answered = self.typing.questionnaire.questions().map(|(_, own)| own);
        let mut answered = answered.filter(|own| !matches!(own.kind, Kind::Note));
        let place = answered.position(|own| own.code == question.code);
        place.map_or(0, |place| place.saturating_add(1))
    }

    /// The choices for the script: by what is typed, the stored code and the label.
    fn codes(&self, choices: &[PaperChoice<'_>]) -> String {
        let own = self.frame.language().code();
        let codes = choices.iter().map(|choice| {
            let typed = choice.typed.clone();
            (typed, json!([choice.code, choice.label.get(own)]))
        });
        Value::Object(codes.collect::<Map<_, _>>()).to_string()
    }

    /// The texts of the script, as JSON that is safe inside a `script` element.
    fn texts(&self) -> String {
        let keys = [
            "missing",
            "no_code",
            "no_number",
            "range",
            "invalid",
            "ended",
        ];
        let texts = keys.map(|key| (key.to_owned(), Value::from(self.say(&format!("key_{key}")))));
        let texts: Map<String, Value> = texts.into_iter().collect();
        Value::Object(texts).to_string().replace('<', "\\u003c")
    }
}

fn rule(rule: Option<&Rule>) -> Option<String> {
    rule.map(|rule| rule.json().to_string())
}
