//! Back-checks: the list, the form for a result, error rates of enumerators. No stored answer is
//! shown.

use maud::{Markup, html};

use crate::collection::back_check::{CONTACTS, DURATIONS, Entered, INTERVIEWS};
use crate::locale::text_with;
use crate::pages::assets;
use crate::pages::office::frame::{Frame, fault, local_time};
use crate::questionnaire::Questionnaire;
use crate::release::back_checks::EnumeratorErrors;
use crate::release::public_lines::Measured;

/// An interview of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its short reference.
    pub reference: String,
    /// The enumerator.
    pub enumerator: String,
    /// `onsite`, `phone` or `intercept`.
    pub mode: String,
    /// The PSU; may be empty.
    pub psu: String,
    /// When it began, microseconds UTC.
    pub at: i64,
    /// Whether somebody was reached; `None` without a result.
    pub contact: Option<String>,
}

/// A question that is asked again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// Its code.
    pub code: String,
    /// Its text.
    pub text: String,
    /// Codes and labels of its choices.
    pub choices: Vec<(String, String)>,
}

/// What happened to the form that was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// None was sent, or it was stored.
    No,
    /// The key of what is wrong; nothing was stored.
    Fault(&'static str),
}

/// What the page shows.
pub struct BackChecks<'a> {
    /// The questionnaire.
    pub questionnaire: &'a Questionnaire,
    /// Whether the interviews are counted.
    pub is_counted: bool,
    /// The interviews that are checked.
    pub lines: Vec<Line>,
    /// How many more there are.
    pub more: usize,
    /// The interview whose form is open.
    pub open: Option<Line>,
    /// The questions that are asked again.
    pub facts: Vec<Fact>,
    /// The form, as it was typed.
    pub entered: Entered,
    /// What happened to the form.
    pub sent: Sent,
    /// Error rates.
    pub errors: Vec<EnumeratorErrors>,
    /// The account of the reader, who cannot check own interviews.
    pub own_name: &'a str,
}

/// The page.
#[must_use]
pub fn page(frame: Frame<'_>, checks: &BackChecks<'_>) -> Markup {
    let say = |key: &str| frame.text(&format!("back_checks.{key}"));
    let title = say("title");
    let path = format!("/office/{}/back-checks", checks.questionnaire.id());
    let body = html! {
        h1 { (title) }
        p.soft { (checks.questionnaire.title.get(frame.language().code())) }
        p { (say("lead")) }
        @if let Sent::Fault(key) = checks.sent { (fault(&say(key))) }
        @if let Some(line) = &checks.open { (form(&frame, &path, line, checks)) }
        (errors(&frame, &checks.errors))
        h2 { (say("list")) }
        p.links { a href=(frame.reader.link(&format!("{path}.csv"))) { (say("csv")) } }
        @if !checks.is_counted {
            p #live .well data-every="2" { (say("not_yet")) }
            script src=(assets::live_script_path()) defer {}
        } @else if checks.lines.is_empty() { p { (say("none")) } } @else {
            (list(&frame, &path, checks))
        }
        @if checks.more > 0 {
            p { (text_with(frame.language(), "back_checks.more", &[("n", &checks.more.to_string())])) }
        }
    };
    frame.page(&title, body)
}

fn list(frame: &Frame<'_>, path: &str, checks: &BackChecks<'_>) -> Markup {
    let say = |key: &str| frame.text(&format!("back_checks.{key}"));
    let headings = ["reference", "enumerator", "mode", "psu", "time", "state"].map(&say);
    frame.table(
        &say("list"),
        &headings,
        html! {
            @for own in &checks.lines { tr {
                th scope="row" { code { (own.reference) } }
                td { (own.enumerator) }
                td { (frame.text(&format!("office.mode_{}", own.mode))) }
                td { (own.psu) }
                td.time { (local_time(own.at)) }
                td {
                    @if let Some(contact) = &own.contact { (say(contact)) }
                    @else if own.enumerator == checks.own_name { (say("own")) }
                    @else {
                        @let address = frame.reader.link(path);
                        @let sign = if address.contains('?') { '&' } else { '?' };
                        a href={ (address) (sign) "check=" (own.reference) } {
                            (say("enter")) span.hidden { " " (own.reference) }
                        }
                    }
                }
            } }
        },
    )
}

fn form(frame: &Frame<'_>, path: &str, line: &Line, checks: &BackChecks<'_>) -> Markup {
    let say = |key: &str| frame.text(&format!("back_checks.{key}"));
    let radios = |name: &str, words: &[&str], chosen: &str| {
        html! {
            fieldset {
                legend { (say(name)) }
                @for word in words {
                    label {
                        input type="radio" name=(name) value=(word) checked[*word == chosen];
                        " " (say(word))
                    }
                    " "
                }
            }
        }
    };
    let entered = &checks.entered;
    html! {
        section.survey {
            h2 { (say("result")) " " code { (line.reference) } }
            p.soft {
                (line.enumerator) " · " (frame.text(&format!("office.mode_{}", line.mode))) " · "
                (line.psu) " · " (local_time(line.at))
            }
            (frame.form(path, "stack", html! {
                input type="hidden" name="check" value=(line.reference);
                (radios("contact", &CONTACTS, &entered.contact))
                (radios("interview", &INTERVIEWS, &entered.interview))
                (radios("duration", &DURATIONS, &entered.duration))
                @if !checks.facts.is_empty() { p { (say("facts_note")) } }
                @for fact in &checks.facts {
                    @let id = format!("fact-{}", fact.code);
                    @let typed = entered.facts.iter().find(|(own, _)| *own == fact.code);
                    label for=(id) { (fact.text) }
                    select id=(id) name=(id) {
                        option value="" { (say("not_asked")) }
                        @for (code, label) in &fact.choices {
                            option value=(code) selected[typed.is_some_and(|(_, own)| own == code)] { (label) }
                        }
                    }
                }
                button.button type="submit" { (say("save")) }
            }))
        }
    }
}

/// The error rates of enumerators, highest first.
fn errors(frame: &Frame<'_>, errors: &[EnumeratorErrors]) -> Markup {
    let say = |key: &str| frame.text(&format!("back_checks.{key}"));
    let title = say("errors");
    let headings = [
        "enumerator",
        "interviews",
        "chosen",
        "checked",
        "n_reached",
        "not_confirmed",
        "n_implausible",
        "facts",
        "in_error",
        "rate",
        "interval",
    ]
    .map(&say);
    let percent = |share: f64| Measured::percent(share).text();
    html! {
        h2 { (title) }
        p.soft { (say("errors_note")) }
        @if errors.is_empty() { p { (say("none")) } } @else {
            (frame.table(&title, &headings, html! {
                @for own in errors { tr {
                    th scope="row" { (own.enumerator) }
                    @for n in [
                        own.interviews, own.chosen, own.checked, own.reached, own.not_confirmed,
                        own.implausible,
                    ] { td.number { (n) } }
                    td.number { (own.differing) "/" (own.compared) }
                    td.number { (own.in_error) "/" (own.reached) }
                    @match own.rate {
                        Some((rate, lower, upper)) => {
                            td.number { (percent(rate)) }
                            td.number { (percent(lower)) "–" (percent(upper)) }
                        }
                        None => { td {} td {} }
                    }
                } }
            }))
        }
    }
}
