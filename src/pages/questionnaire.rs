//! The questionnaire: one self-contained document that can be read, answered and sent without another request.
//!
//! Without script it is one long page that works; the script (`assets/form.js`) shows it step by step. Style and script
//! stand in the document and are named by hash in its Content-Security-Policy. The form has no `action`: it posts to its
//! own address, so that the channel of a QR code (`?c=`) and the language travel with it.

use maud::{DOCTYPE, Markup, html};

use crate::locale::{Language, text, text_with};
use crate::pages::layout::{link, other, trusted};
use crate::pages::{assets, fault_message};
use crate::questionnaire::answer::Fault;
use crate::questionnaire::{Areas, Choice, Kind, Question, Questionnaire, Rule, Section, Text};

/// A questionnaire document.
pub struct Document {
    /// The page.
    pub html: String,
    /// Its Content-Security-Policy.
    pub policy: String,
}

/// What a respondent sent that could not be accepted; empty for a fresh page.
#[derive(Default)]
pub struct Attempt<'a> {
    /// The fields as sent.
    pub fields: &'a [(String, String)],
    /// What is wrong with them.
    pub faults: &'a [Fault],
}

/// The document of `questionnaire`, filled in and marked by `attempt`.
pub fn document(
    language: Language,
    questionnaire: &Questionnaire,
    areas: &Areas,
    attempt: &Attempt<'_>,
) -> Document {
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
                meta name="description" content=(questionnaire.intro.get(language.code()));
                meta property="og:title" content=(title);
                meta property="og:description" content=(text(language, "form.share"));
                meta name="theme-color" content="#0b6b4b";
                meta name="format-detection" content="telephone=no";
                style { (trusted(style)) }
            }
            body {
                input.switch #large type="checkbox" aria-label=(text(language, "form.large"));
                div.page { (view.page()) }
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

/// The kind's name, as in questionnaire.toml.
pub fn kind_name(kind: &Kind) -> &'static str {
    match kind {
        Kind::Single(_) => "single",
        Kind::Multiple { .. } => "multiple",
        Kind::Integer { .. } => "integer",
        Kind::Decimal { .. } => "decimal",
        Kind::Text { .. } => "text",
        Kind::Area { .. } => "area",
        Kind::Note => "note",
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
        let id = format!("/s/{}", self.questionnaire.id());
        html! {
            div.top {
                b { (self.t("site.name")) }
                a data-keep href=(if self.language == Language::ZH { link(&id, other(self.language)) } else { id })
                    lang=(other(self.language).tag()) { (text(other(self.language), "site.language")) }
                label for="large" { (self.t("form.large")) }
            }
            div.bar hidden { i #bar {} }
            form method="post" novalidate autocomplete="off" data-faults[!self.attempt.faults.is_empty()] {
                @if !self.attempt.faults.is_empty() { (self.summary()) }
                (self.front())
                @for section in &self.questionnaire.sections { (self.section(section)) }
                section.step #s-review hidden {
                    h2 { (self.t("form.review")) }
                    p.soft { (self.t("form.review_hint")) }
                    ul.rev #review {}
                }
                label.hp aria-hidden="true" { "website" input type="text" name="website" tabindex="-1" autocomplete="off"; }
                p.soft #where role="status" {}
                p.say #state role="status" hidden {}
                button.go #send type="submit" { (self.t("form.send")) }
                div #nav hidden {
                    button.go #next type="button" { (self.t("form.next")) }
                    button.quiet #back type="button" { (self.t("form.back")) }
                }
            }
            footer { p { (self.own(&self.questionnaire.agency)) " · " (self.own(&self.questionnaire.contact)) } }
        }
    }

    /// Who asks, why, under which approval, and what becomes of the answers.
    fn front(&self) -> Markup {
        let q = self.questionnaire;
        html! {
            section.step #s-front {
                ul.mark {
                    li { (self.t("form.form_number")) (q.form_number) }
                    li { (self.t("form.agency")) (self.own(&q.agency)) }
                    li { (self.t("form.approval")) @if q.approval_number.is_empty() { (self.t("form.no_approval")) } @else { (q.approval_number) } }
                    li { (self.t("form.valid_until")) (self.month(&q.valid_until)) }
                }
                @if q.approval_number.is_empty() { p.trial { (self.t("form.trial")) } }
                h1 { (self.own(&q.title)) }
                p { (self.own(&q.intro)) }
                ul.facts {
                    @for fact in [&q.eligibility, &q.duration, &q.confidentiality] {
                        @if !fact.is_empty() { li { (self.own(fact)) } }
                    }
                }
                @if !q.privacy.is_empty() {
                    details {
                        summary { (self.t("form.privacy")) }
                        @for paragraph in self.own(&q.privacy).split("\n\n") { p.soft { (paragraph) } }
                    }
                }
                p.say #resume hidden {
                    (self.t("form.resume")) " "
                    button.go #resume-yes type="button" { (self.t("form.resume_yes")) }
                    button.quiet #resume-no type="button" { (self.t("form.resume_no")) }
                }
                p { a.go #start href="#s-first" role="button" { (self.t("form.start")) } }
                p.soft { (self.t("form.start_hint")) }
            }
            span #s-first {}
        }
    }

    fn month(&self, month: &str) -> String {
        let (year, month) = month.split_once('-').unwrap_or((month, ""));
        let month = month.trim_start_matches('0');
        text_with(self.language, "form.month", &[("year", year), ("month", month)])
    }

    fn summary(&self) -> Markup {
        html! {
            div.sum role="alert" tabindex="-1" {
                h2 { (self.t("form.errors")) }
                ul {
                    @for fault in self.attempt.faults {
                        @let message = fault_message(self.language, self.questionnaire, fault);
                        li {
                            @match self.questionnaire.question(&fault.code) {
                                Some(question) => a href={ "#q-" (fault.code) } { (self.own(&question.text)) "：" (message) },
                                None => { (fault.code) "：" (message) },
                            }
                        }
                    }
                }
            }
        }
    }

    fn section(&self, section: &Section) -> Markup {
        let asked = section
            .questions
            .iter()
            .any(|question| !question.interviewer_only);
        html! {
            @if asked {
                section.step id={ "s-" (section.code) } data-q-step data-if=[section.ask_if.as_ref().map(rule)] {
                    h2 { (self.own(&section.title)) }
                    @if !section.intro.is_empty() { p.soft { (self.own(&section.intro)) } }
                    (self.condition(section.ask_if.as_ref()))
                    @for question in section.questions.iter().filter(|question| !question.interviewer_only) {
                        (self.question(question))
                    }
                }
            }
        }
    }

    fn question(&self, question: &Question) -> Markup {
        let code = &question.code;
        let fault = self.attempt.faults.iter().find(|fault| fault.code == *code);
        let message = fault.map(|fault| fault_message(self.language, self.questionnaire, fault));
        let grouped = matches!(question.kind, Kind::Single(_) | Kind::Multiple { .. });
        let values = match &question.kind {
            Kind::Single(choices) if choices.iter().all(|choice| choice.code.parse::<i64>().is_ok()) => "n",
            Kind::Integer { .. } | Kind::Decimal { .. } => "n",
            Kind::Multiple { .. } => "s",
            _ => "t",
        };
        let class = match (grouped, fault.is_some()) {
            (true, true) => "bad",
            (true, false) => "",
            (false, true) => "field bad",
            (false, false) => "field",
        };
        let inside = html! {
            @if grouped { legend { (self.own(&question.text)) (self.optional(question)) } }
            @else if let Kind::Note = question.kind { p { (self.own(&question.text)) } }
            @else { label for={ "i-" (code) } { (self.own(&question.text)) (self.optional(question)) } }
            @if let Some(message) = &message { p.err id={ "e-" (code) } { (message) } }
            (self.condition(question.ask_if.as_ref()))
            @if !question.hint.is_empty() { p.hint id={ "h-" (code) } { (self.own(&question.hint)) } }
            (self.control(question, message.is_some()))
        };
        let condition = question.ask_if.as_ref().map(rule);
        let valid = question.valid_if.as_ref().map(rule);
        let valid_text = question.valid_if.as_ref().map(|_| self.own(&question.valid_text));
        let end = question.screen_out_if.as_ref().map(rule);
        let end_text = question
            .screen_out_if
            .as_ref()
            .map(|_| self.own(&question.screen_out_text));
        html! {
            @if matches!(question.kind, Kind::Note) {
                div.field id={ "q-" (code) } data-if=[condition] { (inside) }
            } @else if grouped {
                fieldset id={ "q-" (code) } class=[Some(class).filter(|class| !class.is_empty())] data-q=(code) data-k=(values)
                    data-r[question.required] data-if=[condition] data-v=[valid] data-vt=[valid_text] data-x=[end] data-xt=[end_text] { (inside) }
            } @else {
                div id={ "q-" (code) } class=(class) data-q=(code) data-k=(values) data-t=(kind_name(&question.kind))
                    data-r[question.required] data-if=[condition] data-v=[valid] data-vt=[valid_text] data-x=[end] data-xt=[end_text] { (inside) }
            }
        }
    }

    fn optional(&self, question: &Question) -> Markup {
        html! { @if !question.required { span.soft { " " (self.t("form.optional")) } } }
    }

    /// The condition of a question in words, for readers without script; others see it only when it is asked.
    fn condition(&self, condition: Option<&Rule>) -> Markup {
        html! { @if condition.is_some() { p.cond.nojs { (self.t("form.conditional")) } } }
    }

    fn control(&self, question: &Question, faulty: bool) -> Markup {
        let code = &question.code;
        let given: Vec<&str> = self
            .attempt
            .fields
            .iter()
            .filter(|(name, _)| name == code)
            .map(|(_, value)| value.as_str())
            .collect();
        let first = given.first().copied().unwrap_or_default();
        let describes = match (faulty, question.hint.is_empty()) {
            (true, true) => Some(format!("e-{code}")),
            (true, false) => Some(format!("e-{code} h-{code}")),
            (false, false) => Some(format!("h-{code}")),
            (false, true) => None,
        };
        let invalid = faulty.then_some("true");
        html! {
            @match &question.kind {
                Kind::Single(choices) => {
                    @for choice in choices { (self.row(code, choice, "radio", &given, invalid)) }
                    // A radio cannot be taken back without script, so what may stay empty offers a way to empty it.
                    @if !question.required || question.ask_if.is_some() {
                        label.row.nojs { input type="radio" name=(code) value=""; span { (self.t("form.no_answer")) } }
                    }
                }
                Kind::Multiple { choices, .. } => {
                    @for choice in choices { (self.row(code, choice, "checkbox", &given, invalid)) }
                }
                Kind::Integer { min, max, unit } => {
                    div.box {
                        input id={ "i-" (code) } name=(code) inputmode="numeric" data-min=(min) data-max=(max) value=[shown(first)]
                            aria-invalid=[invalid] aria-describedby=[describes];
                        span { (self.own(unit)) }
                    }
                }
                Kind::Decimal { min, max, unit, .. } => {
                    div.box {
                        input id={ "i-" (code) } name=(code) inputmode="decimal" data-min=(min) data-max=(max) value=[shown(first)]
                            aria-invalid=[invalid] aria-describedby=[describes];
                        span { (self.own(unit)) }
                    }
                }
                Kind::Text { max_length } => {
                    @if *max_length > 80 {
                        textarea id={ "i-" (code) } name=(code) maxlength=(max_length) aria-invalid=[invalid] aria-describedby=[describes] { (first) }
                    } @else {
                        input.text id={ "i-" (code) } name=(code) maxlength=(max_length) value=[shown(first)] aria-invalid=[invalid] aria-describedby=[describes];
                    }
                }
                Kind::Area { kinds } => {
                    select id={ "i-" (code) } name=(code) aria-invalid=[invalid] aria-describedby=[describes] {
                        option value="" { (self.t("form.choose")) }
                        @for area in self.areas.0.iter().filter(|area| kinds.contains(&area.kind)) {
                            option value=(area.code) selected[area.code == first] { (self.own(&area.name)) }
                        }
                    }
                }
                Kind::Note => {}
            }
        }
    }

    fn row(&self, code: &str, choice: &Choice, kind: &str, given: &[&str], invalid: Option<&str>) -> Markup {
        html! {
            label.row {
                input type=(kind) name=(code) value=(choice.code) checked[given.contains(&choice.code.as_str())] aria-invalid=[invalid];
                span { (self.own(&choice.label)) }
            }
        }
    }

    /// The words the script says, as JSON that no text can break out of.
    fn words(&self) -> String {
        const FAULTS: [&str; 6] = [
            "missing",
            "not_a_number",
            "not_a_whole_number",
            "below_min",
            "above_max",
            "invalid",
        ];
        const FORM: [&str; 5] = ["step", "sending", "not_sent", "fast", "screened_out"];
        let faults = FAULTS.iter().map(|key| (*key, self.t(&format!("fault.{key}"))));
        let form = FORM.iter().map(|key| (*key, self.t(&format!("form.{key}"))));
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

fn shown(value: &str) -> Option<&str> {
    Some(value).filter(|value| !value.is_empty())
}
