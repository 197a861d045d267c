//! The page of one survey: its state, its links, and the forms that open, close and extend fieldwork.

use maud::{Markup, html};

use crate::locale::text_with;
use crate::pages::layout;
use crate::pages::office::frame::{Frame, fault, local_time};
use crate::questionnaire::Questionnaire;
use crate::staff::Role;

/// What the page shows of a survey.
pub struct SurveyPage<'a> {
    /// The questionnaire, with the days in force.
    pub questionnaire: &'a Questionnaire,
    /// Whether it takes responses: `not_yet`, `open`, `closed`.
    pub state: &'static str,
    /// The public address of the questionnaire.
    pub address: &'a str,
    /// The hashes of the versions in use, each with when it was taken into use (microseconds UTC) and
    /// why.
    pub versions: &'a [(String, i64, String)],
    /// What was decided about fieldwork: `open`, `close`, `extend`; first and last day; who; when,
    /// microseconds UTC; why.
    pub changes: &'a [Change<'a>],
    /// Mistakes of its folder.
    pub mistakes: &'a [String],
}

/// A change of fieldwork.
pub struct Change<'a> {
    /// `open`, `close` or `extend`.
    pub what: &'a str,
    /// First and last day.
    pub days: (&'a str, &'a str),
    /// Who decided it.
    pub who: &'a str,
    /// Microseconds UTC.
    pub at: i64,
    /// Why.
    pub reason: &'a str,
}

/// What a form of the page was sent with, and why it was refused.
#[derive(Debug, Clone, Default)]
pub struct Refused {
    /// The message.
    pub message: String,
}

/// The page. `refused`: why the form that was sent changes nothing.
#[must_use]
pub fn page(frame: Frame<'_>, view: &SurveyPage<'_>, refused: Option<&Refused>) -> Markup {
    let say = |key: &str| frame.text(&format!("running.{key}"));
    let questionnaire = view.questionnaire;
    let title = questionnaire.title.get(frame.language().code());
    let days = [
        ("opens", questionnaire.opens.as_str()),
        ("closes", questionnaire.closes.as_str()),
    ];
    let body = html! {
        h1 { (title) }
        @if let Some(refused) = refused { (fault(&refused.message)) }
        @for mistake in view.mistakes {
            p.fault { (text_with(frame.language(), "running.folder", &[("mistake", mistake)])) }
        }
        @if !view.mistakes.is_empty() && frame.role == Role::Statistician { (amend(&frame, view)) }
        p {
            strong { (frame.text(&format!("office.fieldwork_{}", view.state))) } " · "
            (text_with(frame.language(), "office.days", &days))
        }
        (marks(&frame, questionnaire))
        (links(&frame, view))
        @if matches!(frame.role, Role::Statistician | Role::Supervisor) { (forms(&frame, view)) }
        @if !view.changes.is_empty() { (changes(&frame, view.changes)) }
        h2 { (say("versions")) }
        ul { @for (hash, since, reason) in view.versions { li {
            code { (hash.get(..12).unwrap_or(hash)) } " · " (local_time(*since))
            @if !reason.is_empty() { " · " (reason) }
        } } }
        p.soft { (text_with(frame.language(), "running.amend_note", &[("survey", &questionnaire.id())])) }
    };
    frame.page(title, body)
}

/// The form that takes the files of the folder into use.
fn amend(frame: &Frame<'_>, view: &SurveyPage<'_>) -> Markup {
    let say = |key: &str| frame.text(&format!("running.{key}"));
    let path = format!("/office/{}/amend", view.questionnaire.id());
    html! {
        h2 { (say("amend")) }
        (frame.form(&path, "stack", html! {
            p.soft { (say("amend_form_note")) }
            (frame.reason("amend-reason"))
            button.button type="submit" { (say("do_amend")) }
        }))
    }
}

fn marks(frame: &Frame<'_>, questionnaire: &Questionnaire) -> Markup {
    let say = |key: &str| frame.text(&format!("running.{key}"));
    html! {
        p.soft {
            (say("form_number")) " " (questionnaire.form_number) " · "
            (say("approval_number")) " "
            @if questionnaire.approval_number.is_empty() { (say("no_approval")) }
            @else { (questionnaire.approval_number) }
            " · " (say("valid_until")) " " (questionnaire.valid_until)
        }
    }
}

fn links(frame: &Frame<'_>, view: &SurveyPage<'_>) -> Markup {
    let id = view.questionnaire.id();
    let say = |key: &str| frame.text(&format!("running.{key}"));
    let link = |path: String, key: &str| html! { a href=(frame.reader.link(&path)) { (say(key)) } };
    html! {
        p.links {
            (link(format!("/s/{id}"), "questionnaire"))
            (link(format!("/s/{id}/poster"), "poster"))
            (link(format!("/results/{id}"), "results"))
            (link(format!("/office/{id}/preview"), "preview"))
            (link(format!("/office/{id}/quality"), "quality"))
            @if matches!(frame.role, Role::Statistician | Role::Publisher) {
                (link(format!("/office/{id}/releases"), "releases"))
            }
            @if frame.role == Role::Statistician {
                (link(format!("/office/{id}/approval"), "approval"))
                (link(format!("/office/{id}/next-wave"), "next_wave"))
            }
        }
        p { code { (view.address) } }
        (layout::qr(view.address, &say("qr")))
    }
}

fn forms(frame: &Frame<'_>, view: &SurveyPage<'_>) -> Markup {
    let say = |key: &str| frame.text(&format!("running.{key}"));
    let path = format!("/office/{}", view.questionnaire.id());
    let until = |name: &str, required: bool| {
        html! {
            label for=(name) { (say("until")) }
            input id=(name) name="until" type="date" required[required];
        }
    };
    html! {
        h2 { (say("fieldwork")) }
        @if view.state == "closed" || view.state == "not_yet" {
            (frame.form(&path, "stack", html! {
                input type="hidden" name="do" value="open";
                (until("open-until", view.state == "closed"))
                (frame.reason("open-reason"))
                button.button type="submit" { (say("do_open")) }
            }))
        }
        @if view.state != "closed" {
            (frame.form(&path, "stack", html! {
                input type="hidden" name="do" value="extend";
                (until("extend-until", true))
                (frame.reason("extend-reason"))
                button.button type="submit" { (say("do_extend")) }
            }))
            (frame.form(&path, "stack", html! {
                input type="hidden" name="do" value="close";
                p.soft { (say("close_note")) }
                (frame.reason("close-reason"))
                button.quiet type="submit" { (say("do_close")) }
            }))
        }
    }
}

fn changes(frame: &Frame<'_>, changes: &[Change<'_>]) -> Markup {
    let say = |key: &str| frame.text(&format!("running.{key}"));
    html! {
        h2 { (say("changes")) }
        (frame.table(&say("changes"), &[
            frame.text("office.audit_time"),
            frame.text("office.audit_who"),
            frame.text("office.audit_action"),
            say("days"),
            frame.text("office.reason"),
        ], html! {
            @for change in changes { tr {
                td.time { (local_time(change.at)) }
                td { (change.who) }
                td { (say(&format!("do_{}", change.what))) }
                td { (change.days.0) " – " (change.days.1) }
                td { (change.reason) }
            } }
        }))
    }
}
