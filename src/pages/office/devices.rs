//! The tokens of devices and scripts, for administrators.

use maud::{Markup, html};

use crate::locale::text_with;
use crate::pages::layout;
use crate::pages::office::frame::{Frame, fault, local_time};

/// A token in force.
pub struct Token {
    /// Who or what has it.
    pub name: String,
    /// What it may send, or `read`.
    pub modes: Vec<String>,
    /// The only survey that it may send to.
    pub survey: Option<String>,
    /// Microseconds UTC.
    pub issued_at: i64,
}

/// What a token may be used for.
pub const MODES: [&str; 5] = ["onsite", "paper", "phone", "intercept", "read"];

/// The list, with a form for a new one. `surveys`: those that a token may be bound to; `wrong`: the key
/// of what was wrong with a form.
#[must_use]
pub fn list(frame: Frame<'_>, tokens: &[Token], surveys: &[String], wrong: Option<&str>) -> Markup {
    let say = |key: &str| frame.text(&format!("running.{key}"));
    let title = frame.text("office.devices");
    let body = html! {
        h1 { (title) }
        @if let Some(wrong) = wrong { (fault(&frame.text(wrong))) }
        (frame.table(&title, &[
            say("token_name"),
            say("token_modes"),
            say("token_survey"),
            say("token_issued"),
            frame.text("office.change"),
        ], html! {
            @for token in tokens { tr {
                td { (token.name) }
                td { @for mode in &token.modes { (say(&format!("token_{mode}"))) " " } }
                td { (token.survey.clone().unwrap_or_else(|| say("all_surveys"))) }
                td.time { (local_time(token.issued_at)) }
                td { details {
                    summary { (say("revoke")) span.hidden { " " (token.name) } }
                    (frame.form("/office/devices", "stack", html! {
                        input type="hidden" name="do" value="revoke";
                        input type="hidden" name="name" value=(token.name);
                        (frame.reason(&format!("reason-{}", token.issued_at)))
                        button.quiet type="submit" { (say("revoke")) }
                    }))
                } }
            } }
        }))
        h2 { (say("token_add")) }
        (frame.form("/office/devices", "stack", html! {
            input type="hidden" name="do" value="add";
            label for="name" { (say("token_name")) }
            input id="name" name="name" required maxlength="64" autocapitalize="none" spellcheck="false";
            p.soft { (say("token_name_note")) }
            fieldset {
                legend { (say("token_modes")) }
                @for mode in MODES {
                    label { input type="checkbox" name="mode" value=(mode); " " (say(&format!("token_{mode}"))) }
                }
            }
            label for="survey" { (say("token_survey")) }
            select id="survey" name="survey" {
                option value="" { (say("all_surveys")) }
                @for survey in surveys { option value=(survey) { (survey) } }
            }
            (frame.reason("reason"))
            button.button type="submit" { (say("token_add")) }
        }))
    };
    frame.page(&title, body)
}

/// The page with a token, shown once.
#[must_use]
pub fn shown_once(frame: Frame<'_>, name: &str, token: &str) -> Markup {
    let title = frame.text("running.token");
    let body = html! {
        h1 { (title) }
        p { (text_with(frame.language(), "running.token_note", &[("name", name)])) }
        p { code.secret { (token) } }
        (layout::qr(token, &title))
        p { a href=(frame.reader.link("/office/devices")) { (frame.text("office.devices")) } }
    };
    frame.page(&title, body)
}
