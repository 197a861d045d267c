//! What differs between the two entries of a form, and which value is right.

use std::collections::BTreeMap;

use maud::{Markup, html};

use crate::collection::double_entry::{Difference, HEAD, Right};
use crate::collection::paper_code;
use crate::locale::text_with;
use crate::pages::office::frame::{Frame, fault, local_time};
use crate::questionnaire::{Areas, Questionnaire};

/// What the page shows of a form.
pub struct Comparison<'a> {
    /// The survey.
    pub questionnaire: &'a Questionnaire,
    /// All areas.
    pub areas: &'a Areas,
    /// The number of the form.
    pub number: &'a str,
    /// Who typed it and when (microseconds UTC), in order; one or two.
    pub typists: Vec<(String, i64)>,
    /// In what the two entries differ; empty while there is one.
    pub differences: Vec<Difference>,
    /// Who decided (`None`: the entries agreed), what, and when; `None` while it is open.
    pub settled: Option<(Option<String>, BTreeMap<String, Right>, i64)>,
    /// Whether the reader may withdraw an entry of their own.
    pub may_withdraw: bool,
    /// What was chosen before, to be shown again: `first`, `second` or `third` and what was typed.
    pub chosen: BTreeMap<String, (String, String)>,
    /// What is wrong with the decision.
    pub faults: Vec<String>,
}

/// The page. While there is only one entry, no value of it is shown.
#[must_use]
pub fn page(frame: Frame<'_>, comparison: &Comparison<'_>) -> Markup {
    let say = |key: &str| frame.text(&format!("paper.{key}"));
    let id = comparison.questionnaire.id();
    let values = [("number", comparison.number)];
    let title = text_with(frame.language(), "paper.form_title", &values);
    let path = format!("/office/{id}/paper/form/{}", comparison.number);
    let body = html! {
        h1 { (title) }
        p { a href=(frame.reader.link(&format!("/office/{id}/paper"))) { (say("forms")) } }
        ul { @for (typist, at) in &comparison.typists {
            li { (say("typed_by")) (typist) " · " (local_time(*at)) }
        } }
        @for message in &comparison.faults { (fault(message)) }
        @match (&comparison.settled, comparison.typists.len()) {
            (Some((who, decisions, at)), _) => (settled(&frame, comparison, who.as_deref(), decisions, *at)),
            (None, 2..) => (frame.form(&path, "choose", html! {
                p { (say("decide_note")) }
                (table(&frame, comparison, true, &BTreeMap::new()))
                button.button name="do" value="decide" { (say("decide")) }
            })),
            _ => p.well { (say("waits")) },
        }
        @if comparison.may_withdraw {
            h2 { (say("withdraw")) }
            (frame.form(&path, "stack", html! {
                p { (say("withdraw_note")) }
                (frame.reason("reason"))
                button.quiet name="do" value="withdraw" { (say("withdraw")) }
            }))
        }
    };
    frame.page(&title, body)
}

fn settled(
    frame: &Frame<'_>,
    comparison: &Comparison<'_>,
    who: Option<&str>,
    decisions: &BTreeMap<String, Right>,
    at: i64,
) -> Markup {
    let time = local_time(at);
    let values = [("who", who.unwrap_or_default()), ("time", time.as_str())];
    let key = match who {
        Some(_) => "paper.settled_by",
        None => "paper.settled_equal",
    };
    html! {
        p.well { (text_with(frame.language(), key, &values)) }
        @if !comparison.differences.is_empty() { (table(frame, comparison, false, decisions)) }
    }
}

fn table(
    frame: &Frame<'_>,
    comparison: &Comparison<'_>,
    is_open: bool,
    decisions: &BTreeMap<String, Right>,
) -> Markup {
    let say = |key: &str| frame.text(&format!("paper.{key}"));
    html! {
        @let headings = ["item", "first", "second", "right"];
        (frame.table(&say("differences"), &headings.map(&say), html! {
            @for difference in &comparison.differences { tr {
                th scope="row" { (item_name(frame, comparison, &difference.item)) }
                td { (shown(frame, comparison, &difference.item, &difference.first)) }
                td { (shown(frame, comparison, &difference.item, &difference.second)) }
                td {
                    @if is_open {
                        (choices(frame, comparison, difference))
                    } @else {
                        (decided(frame, comparison, difference, decisions.get(&difference.item)))
                    }
                }
            } }
        }))
    }
}

/// The name of an item and its question.
fn item_name(frame: &Frame<'_>, comparison: &Comparison<'_>, item: &str) -> Markup {
    let own = frame.language().code();
    let question = comparison.questionnaire.question(item);
    html! {
        @match question {
            Some(question) => { (question.text.get(own)) " " small { (item) } }
            None if HEAD.contains(&item) => (frame.text(&format!("paper.head_{item}"))),
            None => (item),
        }
    }
}

/// A value as it was typed, with its label.
fn shown(frame: &Frame<'_>, comparison: &Comparison<'_>, item: &str, value: &str) -> String {
    if value.is_empty() {
        return frame.text("paper.empty");
    }
    let Some(question) = comparison.questionnaire.question(item) else {
        return match item {
            "version" => value.get(..12).unwrap_or(value).to_owned(),
            _ => value.to_owned(),
        };
    };
    let own = frame.language().code();
    let choices = paper_code::choices(question, comparison.areas);
    let named = value.split(';').map(|code| {
        let choice = choices.iter().find(|choice| choice.code == code);
        choice.map_or_else(
            || code.to_owned(),
            |choice| format!("{} {}", choice.typed, choice.label.get(own)),
        )
    });
    match choices.is_empty() {
        true => value.to_owned(),
        false => named.collect::<Vec<_>>().join("; "),
    }
}

fn choices(frame: &Frame<'_>, comparison: &Comparison<'_>, difference: &Difference) -> Markup {
    let say = |key: &str| frame.text(&format!("paper.{key}"));
    let item = &difference.item;
    let (chosen, third) = comparison.chosen.get(item).cloned().unwrap_or_default();
    let radio = |value: &str, label: String| {
        html! {
            label {
                input type="radio" name={ "right." (item) } value=(value) checked[chosen == value];
                " " (label)
            }
        }
    };
    html! {
        fieldset {
            legend.hidden { (say("right")) " " (item) }
            (radio("first", say("first")))
            (radio("second", say("second")))
            (radio("third", say("third")))
            input type="text" name={ "third." (item) } value=(third) maxlength="1000"
                aria-label={ (say("third")) " " (item) };
        }
    }
}

fn decided(
    frame: &Frame<'_>,
    comparison: &Comparison<'_>,
    difference: &Difference,
    right: Option<&Right>,
) -> String {
    let value = match right {
        Some(Right::First) => &difference.first,
        Some(Right::Second) => &difference.second,
        Some(Right::Third(value)) => value,
        None => return String::new(),
    };
    shown(frame, comparison, &difference.item, value)
}
