//! The pages that prepare a wave: its approval, the next wave, and a preview.

use maud::{Markup, html};

use crate::locale::{Language, text_with};
use crate::pages::layout::Reader;
use crate::pages::office::frame::{Frame, fault};
use crate::questionnaire::Questionnaire;
use crate::survey::approval::Approval;
use crate::survey::next_wave::Open;

/// The form for the four marks, with what was typed.
#[must_use]
pub fn approval(
    frame: Frame<'_>,
    questionnaire: &Questionnaire,
    typed: &Approval,
    mistakes: &[String],
) -> Markup {
    let say = |key: &str| frame.text(&format!("running.{key}"));
    let id = questionnaire.id();
    let field = |name: &str, value: &str, required: bool| {
        html! {
            label for=(name) { (say(name)) }
            input id=(name) name=(name) value=(value) required[required] maxlength="200";
        }
    };
    let body = html! {
        h1 { (say("approval")) }
        p { (questionnaire.title.get(frame.language().code())) }
        @for mistake in mistakes { (fault(mistake)) }
        (frame.form(&format!("/office/{id}/approval"), "stack", html! {
            (field("form_number", &typed.form_number, true))
            (field("agency_zh", &typed.agency_zh, true))
            (field("agency_en", &typed.agency_en, true))
            (field("approval_number", &typed.approval_number, true))
            (field("valid_until", &typed.valid_until, true))
            p.soft { (say("valid_until_note")) }
            (frame.reason("reason"))
            button.button type="submit" { (say("enter")) }
        }))
        (back(&frame, &id))
    };
    frame.page(&say("approval"), body)
}

/// The form that makes the next wave.
#[must_use]
pub fn next_wave(frame: Frame<'_>, questionnaire: &Questionnaire, mistakes: &[String]) -> Markup {
    let say = |key: &str| frame.text(&format!("running.{key}"));
    let id = questionnaire.id();
    let body = html! {
        h1 { (say("next_wave")) }
        p { (questionnaire.title.get(frame.language().code())) }
        @for mistake in mistakes { (fault(mistake)) }
        p { (say("next_wave_note")) }
        (frame.form(&format!("/office/{id}/next-wave"), "stack", html! {
            label for="year" { (say("year")) }
            input id="year" name="year" inputmode="numeric" pattern="[0-9]{4}" maxlength="4";
            p.soft { (say("year_note")) }
            (frame.reason("reason"))
            button.button type="submit" { (say("make")) }
        }))
        (back(&frame, &id))
    };
    frame.page(&say("next_wave"), body)
}

/// What has to be decided of the wave `id` that was made.
#[must_use]
pub fn made(frame: Frame<'_>, id: &str, open: &[Open]) -> Markup {
    let say = |key: &str| frame.text(&format!("running.{key}"));
    let title = text_with(frame.language(), "running.made", &[("survey", id)]);
    let body = html! {
        h1 { (title) }
        p { (say("made_note")) }
        @let headings = ["file", "key", "to_decide"];
        (frame.table(&title, &headings.map(&say), html! {
            @for item in open { tr {
                td { code { (item.file) } }
                td { code { (item.key) } }
                td { (say(&format!("open_{}", item.text))) }
            } }
        }))
        (back(&frame, id))
    };
    frame.page(&title, body)
}

/// The questionnaire as `shown` sees it, in a phone's frame. The frame is of this site and may run the
/// script of the form, but may neither send it nor store a draft.
#[must_use]
pub fn preview(frame: Frame<'_>, questionnaire: &Questionnaire, shown: Reader) -> Markup {
    let say = |key: &str| frame.text(&format!("running.{key}"));
    let id = questionnaire.id();
    let readers = Language::all().iter().flat_map(|language| {
        [false, true].map(|large| Reader {
            language: *language,
            large,
        })
    });
    let body = html! {
        h1 { (say("preview")) }
        p.soft { (say("preview_note")) }
        p.links { @for reader in readers {
            @let is_here = reader == shown;
            @let size = if reader.large { "large" } else { "standard" };
            @let query = format!("?form={}&size={size}", reader.language.code());
            a href=(frame.reader.link(&format!("/office/{id}/preview{query}"))) aria-current=[is_here.then_some("true")] {
                (say(&format!("in_{}", reader.language.code()))) " · " (say(size))
            }
        } }
        iframe.phone title=(say("preview")) width="360" height="740" sandbox="allow-scripts"
            src=(shown.link(&format!("/office/{id}/preview/form"))) {}
        (back(&frame, &id))
    };
    frame.page(&say("preview"), body)
}

fn back(frame: &Frame<'_>, id: &str) -> Markup {
    html! {
        p { a href=(frame.reader.link(&format!("/office/{id}"))) { (frame.text("office.survey_page")) } }
    }
}
