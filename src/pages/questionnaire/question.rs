//! One question: its words, its control, its rules as data for the script, and what is wrong with its answer.

use maud::{Markup, html};

use super::{View, rule};
use crate::pages::fault_message;
use crate::questionnaire::{Choice, Kind, Question, is_numeric};

/// What the markup of a control needs to know of the answer that was sent.
struct Given<'a> {
    values: Vec<&'a str>,
    faulty: bool,
    describes: Option<String>,
}

impl Given<'_> {
    fn first(&self) -> &str {
        self.values.first().copied().unwrap_or_default()
    }

    fn shown(&self) -> Option<&str> {
        Some(self.first()).filter(|value| !value.is_empty())
    }

    fn invalid(&self) -> Option<&'static str> {
        self.faulty.then_some("true")
    }
}

impl View<'_> {
    pub(super) fn question(&self, question: &Question) -> Markup {
        let code = &question.code;
        let condition = question.ask_if.as_ref().map(rule);
        if let Kind::Note = question.kind {
            return html! {
                div.field.note id={ "q-" (code) } data-if=[condition] {
                    p { (self.own(&question.text)) }
                    (self.condition(question.ask_if.as_ref()))
                }
            };
        }
        let fault = self.attempt.faults.iter().find(|fault| fault.code == *code);
        let message = fault.map(|fault| fault_message(self.language, self.questionnaire, fault));
        let given = self.given(question, message.is_some());
        let grouped = !question.choices().is_empty();
        let kind = Some(question.kind.name()).filter(|_| !matches!(question.kind, Kind::Single(_)));
        let values = match &question.kind {
            Kind::Single(choices) if is_numeric(choices) => "n",
            Kind::Integer { .. } | Kind::Decimal { .. } => "n",
            Kind::Multiple { .. } => "s",
            _ => "t",
        };
        let (min, max) = limits(&question.kind);
        let decimals = match question.kind {
            Kind::Decimal { decimals, .. } => Some(decimals),
            _ => None,
        };
        let valid = question.valid_if.as_ref().map(rule);
        let valid_text = question
            .valid_if
            .as_ref()
            .map(|_| self.own(&question.valid_text));
        let end = question.screen_out_if.as_ref().map(rule);
        let end_text = question.screen_out_if.as_ref();
        let end_text = end_text.map(|_| self.own(&question.screen_out_text));
        let inside = html! {
            @if grouped { legend.ask { (self.own(&question.text)) } }
            @else { label.ask for={ "i-" (code) } { (self.own(&question.text)) } }
            @if let Some(message) = &message { p.err id={ "e-" (code) } { (message) } }
            (self.condition(question.ask_if.as_ref()))
            @if !question.hint.is_empty() || !question.required {
                p.hint id={ "h-" (code) } { @if !question.required { (self.t("form.optional")) " " } (self.own(&question.hint)) }
            }
            (self.control(question, &given))
        };
        let bad = message.is_some();
        html! {
            @if grouped {
                fieldset.bad[bad] id={ "q-" (code) } aria-describedby=[&given.describes] data-q=(code) data-k=(values) data-t=[kind]
                    data-min=[min] data-max=[max] data-r[question.required] data-if=[condition] data-v=[valid] data-vt=[valid_text]
                    data-x=[end] data-xt=[end_text] { (inside) }
            } @else {
                div.field.bad[bad] id={ "q-" (code) } data-q=(code) data-k=(values) data-t=[kind] data-min=[min] data-max=[max]
                    data-d=[decimals] data-r[question.required] data-if=[condition] data-v=[valid] data-vt=[valid_text]
                    data-x=[end] data-xt=[end_text] { (inside) }
            }
        }
    }

    fn given(&self, question: &Question, faulty: bool) -> Given<'_> {
        let code = &question.code;
        let fields = self.attempt.fields.iter();
        let values = fields
            .filter(|(name, _)| name == code)
            .map(|(_, value)| value.as_ref());
        let mut describes = Vec::new();
        if faulty {
            describes.push(format!("e-{code}"));
        }
        if !question.hint.is_empty() || !question.required {
            describes.push(format!("h-{code}"));
        }
        Given {
            values: values.collect(),
            faulty,
            describes: Some(describes.join(" ")).filter(|ids| !ids.is_empty()),
        }
    }

    fn control(&self, question: &Question, given: &Given<'_>) -> Markup {
        let code = &question.code;
        html! {
            @match &question.kind {
                Kind::Single(choices) => {
                    @for choice in choices { (self.row(code, choice, "radio", given)) }
                    // A radio cannot be taken back without script, so what may stay empty offers a way to empty it.
                    @if !question.required || question.ask_if.is_some() {
                        label.row.nojs { input type="radio" name=(code) value=""; span { (self.t("form.no_answer")) } }
                    }
                }
                Kind::Multiple { choices, .. } => {
                    @for choice in choices { (self.row(code, choice, "checkbox", given)) }
                }
                Kind::Integer { unit, .. } => { (self.number(code, "numeric", self.own(unit), given)) }
                Kind::Decimal { unit, .. } => { (self.number(code, "decimal", self.own(unit), given)) }
                Kind::Text { max_length } => {
                    @if *max_length > 80 {
                        textarea id={ "i-" (code) } name=(code) maxlength=(max_length) aria-invalid=[given.invalid()]
                            aria-describedby=[&given.describes] { (given.first()) }
                    } @else {
                        input.text id={ "i-" (code) } name=(code) maxlength=(max_length) value=[given.shown()]
                            aria-invalid=[given.invalid()] aria-describedby=[&given.describes];
                    }
                }
                Kind::Area { kinds } => {
                    select id={ "i-" (code) } name=(code) aria-invalid=[given.invalid()] aria-describedby=[&given.describes] {
                        option value="" { (self.t("form.choose")) }
                        @for area in self.areas.of_kinds(kinds) {
                            option value=(area.code) selected[area.code == given.first()] { (self.own(&area.name)) }
                        }
                    }
                }
                Kind::Note => {}
            }
        }
    }

    fn number(&self, code: &str, keyboard: &str, unit: &str, given: &Given<'_>) -> Markup {
        html! {
            div.box {
                input id={ "i-" (code) } name=(code) inputmode=(keyboard) pattern=[(keyboard == "numeric").then_some("[0-9]*")]
                    value=[given.shown()] aria-invalid=[given.invalid()] aria-describedby=[&given.describes];
                @if !unit.is_empty() { span { (unit) } }
            }
        }
    }

    fn row(&self, code: &str, choice: &Choice, kind: &str, given: &Given<'_>) -> Markup {
        let chosen = given.values.contains(&choice.code.as_str());
        html! {
            label.row {
                input type=(kind) name=(code) value=(choice.code) checked[chosen] data-alone[choice.exclusive];
                span {
                    (self.own(&choice.label))
                    @if !choice.note.is_empty() { small { (self.own(&choice.note)) } }
                }
            }
        }
    }
}

/// Smallest and largest number, or fewest and most choices, as the messages print them.
fn limits(kind: &Kind) -> (Option<String>, Option<String>) {
    match kind {
        Kind::Multiple {
            min_choices,
            max_choices,
            ..
        } => (Some(min_choices.to_string()), Some(max_choices.to_string())),
        Kind::Decimal { min, max, .. } => {
            let (lowest, highest) = kind.limits();
            (
                lowest.map(|_| min.to_string()),
                highest.map(|_| max.to_string()),
            )
        }
        _ => {
            let (min, max) = kind.limits();
            (
                min.map(|limit| limit.to_string()),
                max.map(|limit| limit.to_string()),
            )
        }
    }
}
