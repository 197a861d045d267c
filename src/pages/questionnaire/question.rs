//! One question: its text, its control, its rules as data for the script, its fault.

use maud::{Markup, html};

use super::view::{View, rule_json};
use crate::locale::fault_message;
use crate::pages::condition::value_type;
use crate::questionnaire::{Choice, Kind, Question};

/// What was sent as the answer to a question.
struct Given<'a> {
    values: Vec<&'a str>,
    /// What is wrong with it.
    fault: Option<String>,
    /// Ids of the fault and the hint, for `aria-describedby`.
    described_by: Option<String>,
}

impl Given<'_> {
    /// The first value; empty if there is none.
    fn first(&self) -> &str {
        self.values.first().copied().unwrap_or_default()
    }

    /// The `value` attribute of a text field.
    fn value(&self) -> Option<&str> {
        Some(self.first()).filter(|value| !value.is_empty())
    }

    /// The `aria-invalid` attribute.
    fn invalid(&self) -> Option<&'static str> {
        self.fault.as_ref().map(|_| "true")
    }
}

impl View<'_> {
    /// The question with its control, or the text of a note.
    ///
    /// The script reads the `data` attributes: `q` marks a question, whose code is in its id; `k` type of value, `t` kind, `min`, `max`,
    /// `d` decimals, `r` required, `if` condition, `v` and `vt` validity rule and its text, `x` and
    /// `xt` screening rule and its text.
    pub(super) fn question(&self, question: &Question) -> Markup {
        let code = &question.code;
        let condition = question.ask_if.as_ref().map(rule_json);
        if let Kind::Note = question.kind {
            return html! {
                div.field.note id={ "q-" (code) } data-if=[condition] {
                    p { (self.translated(&question.text)) }
                    (self.condition(question.ask_if.as_ref()))
                }
            };
        }
        let given = self.given(question);
        let kind = Some(question.kind.name()).filter(|_| !matches!(question.kind, Kind::Single(_)));
        let values = value_type(&question.kind);
        let (min, max) = limits(&question.kind);
        let decimals = match question.kind {
            Kind::Decimal { decimals, .. } => Some(decimals),
            _ => None,
        };
        let valid = question.valid_if.as_ref();
        let valid_text = valid.map(|_| self.translated(&question.valid_text));
        let end = question.screen_out_if.as_ref();
        let end_text = end.map(|_| self.translated(&question.screen_out_text));
        let (valid, end) = (valid.map(rule_json), end.map(rule_json));
        let content = self.content(question, &given);
        let is_bad = given.fault.is_some();
        html! {
            @if question.choices().is_empty() {
                div.field.bad[is_bad] id={ "q-" (code) } data-q data-k=(values)
                    data-t=[kind] data-min=[min] data-max=[max] data-d=[decimals]
                    data-r[question.required] data-if=[condition] data-v=[valid]
                    data-vt=[valid_text] data-x=[end] data-xt=[end_text] { (content) }
            } @else {
                fieldset class=[is_bad.then_some("bad")] id={ "q-" (code) }
                    aria-describedby=[&given.described_by] data-q data-k=(values)
                    data-t=[kind] data-min=[min] data-max=[max] data-r[question.required]
                    data-if=[condition] data-v=[valid] data-vt=[valid_text] data-x=[end]
                    data-xt=[end_text] { (content) }
            }
        }
    }

    /// Text, fault, condition, hint and control.
    fn content(&self, question: &Question, given: &Given<'_>) -> Markup {
        let code = &question.code;
        let text = self.translated(&question.text);
        html! {
            @if question.choices().is_empty() {
                label.ask for={ "i-" (code) } { (text) }
            } @else {
                legend.ask { (text) }
            }
            @if let Some(fault) = &given.fault { p.err id={ "e-" (code) } { (fault) } }
            (self.condition(question.ask_if.as_ref()))
            @if has_hint(question) {
                p.hint id={ "h-" (code) } {
                    @if !question.required { (self.text("form.optional")) " " }
                    (self.translated(&question.hint))
                }
            }
            (self.control(question, given))
        }
    }

    fn given(&self, question: &Question) -> Given<'_> {
        let code = &question.code;
        let values = self.attempt.fields.iter();
        let values = values
            .filter(|(name, _)| name == code)
            .map(|(_, value)| value.as_ref());
        let fault = self.attempt.faults.iter().find(|fault| fault.code == *code);
        let fault = fault.map(|fault| fault_message(self.language, self.questionnaire, fault));
        let error_id = fault.as_ref().map(|_| format!("e-{code}"));
        let hint_id = has_hint(question).then(|| format!("h-{code}"));
        let ids: Vec<String> = error_id.into_iter().chain(hint_id).collect();
        Given {
            values: values.collect(),
            fault,
            described_by: Some(ids.join(" ")).filter(|ids| !ids.is_empty()),
        }
    }

    fn control(&self, question: &Question, given: &Given<'_>) -> Markup {
        let code = &question.code;
        html! {
            @match &question.kind {
                Kind::Single(choices) => {
                    @for choice in choices { (self.row(code, choice, "radio", given)) }
                    // Without script a chosen radio button cannot be cleared again, so a question
                    // that may stay empty has a button for "no answer".
                    @if !question.required || question.ask_if.is_some() {
                        label.row.nojs {
                            input type="radio" name=(code) value="";
                            span { (self.text("form.no_answer")) }
                        }
                    }
                }
                Kind::Multiple { choices, .. } => {
                    @for choice in choices { (self.row(code, choice, "checkbox", given)) }
                }
                Kind::Integer { unit, .. } => {
                    (self.number(code, "numeric", self.translated(unit), given))
                }
                Kind::Decimal { unit, .. } => {
                    (self.number(code, "decimal", self.translated(unit), given))
                }
                Kind::Text { max_length } => {
                    @if *max_length > 80 {
                        textarea id={ "i-" (code) } name=(code) maxlength=(max_length)
                            aria-invalid=[given.invalid()]
                            aria-describedby=[&given.described_by] { (given.first()) }
                    } @else {
                        input.text id={ "i-" (code) } name=(code) maxlength=(max_length)
                            value=[given.value()] aria-invalid=[given.invalid()]
                            aria-describedby=[&given.described_by];
                    }
                }
                Kind::Area { kinds } => {
                    select id={ "i-" (code) } name=(code) aria-invalid=[given.invalid()]
                        aria-describedby=[&given.described_by] {
                        option value="" { (self.text("form.choose")) }
                        @for area in self.areas.of_kinds(kinds) {
                            option value=(area.code) selected[area.code == given.first()] {
                                (self.translated(&area.name))
                            }
                        }
                    }
                }
                Kind::Note => {}
            }
        }
    }

    fn number(&self, code: &str, keyboard: &str, unit: &str, given: &Given<'_>) -> Markup {
        // iOS shows its keypad of digits only with this pattern.
        let pattern = (keyboard == "numeric").then_some("[0-9]*");
        html! {
            div.box {
                input id={ "i-" (code) } name=(code) inputmode=(keyboard) pattern=[pattern]
                    value=[given.value()] aria-invalid=[given.invalid()]
                    aria-describedby=[&given.described_by];
                @if !unit.is_empty() { span { (unit) } }
            }
        }
    }

    fn row(&self, code: &str, choice: &Choice, kind: &str, given: &Given<'_>) -> Markup {
        let is_chosen = given.values.contains(&choice.code.as_str());
        html! {
            label.row {
                input type=(kind) name=(code) value=(choice.code) checked[is_chosen]
                    data-alone[choice.exclusive];
                span {
                    (self.translated(&choice.label))
                    @if !choice.note.is_empty() { small { (self.translated(&choice.note)) } }
                }
            }
        }
    }
}

/// Whether a line under the question says more about it, or that it is optional.
fn has_hint(question: &Question) -> bool {
    !question.hint.is_empty() || !question.required
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
