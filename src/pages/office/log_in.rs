//! Log-in and one-time links.

use maud::{Markup, html};

use crate::locale::{text, text_with};
use crate::pages::layout::Reader;
use crate::pages::office::frame::{fault, role_name, visitor_page};
use crate::staff::Account;

/// Why nobody was logged in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogInFault {
    /// Name, password or code is wrong; the page does not say which.
    Wrong,
    /// Too many attempts.
    TooMany,
    /// Too many log-ins at once.
    Busy,
}

/// The form to log in. `name` is what was typed before.
#[must_use]
pub fn page(reader: Reader, next: &str, name: &str, wrong: Option<LogInFault>) -> Markup {
    let say = |key: &str| text(reader.language, &format!("office.{key}"));
    let message = wrong.map(|wrong| match wrong {
        LogInFault::Wrong => say("log_in_wrong"),
        LogInFault::TooMany => say("log_in_too_many"),
        LogInFault::Busy => say("log_in_busy"),
    });
    visitor_page(
        reader,
        &say("log_in"),
        "/office/login",
        html! {
            h1 { (say("log_in")) }
            @if let Some(message) = &message { (fault(message)) }
            form.stack method="post" action=(reader.link("/office/login")) {
                input type="hidden" name="next" value=(next);
                label for="name" { (say("account_name")) }
                input id="name" name="name" value=(name) required autocomplete="username" autocapitalize="none" spellcheck="false";
                label for="password" { (say("password")) }
                input id="password" name="password" type="password" required autocomplete="current-password";
                label for="code" { (say("code")) }
                input id="code" name="code" autocomplete="one-time-code" autocapitalize="none" spellcheck="false" aria-describedby="code-note";
                p.soft #code-note { (say("code_note")) }
                button.button type="submit" { (say("log_in")) }
            }
            p.soft { (say("forgotten")) }
        },
    )
}

/// The page of a one-time link that can be used.
#[must_use]
pub fn enter(reader: Reader, account: &Account, path: &str) -> Markup {
    let say = |key: &str| text(reader.language, &format!("office.{key}"));
    let role = role_name(reader.language, account.role);
    let values = [
        ("name", account.full_name.as_str()),
        ("role", role.as_str()),
    ];
    visitor_page(
        reader,
        &say("enter"),
        path,
        html! {
            h1 { (say("enter")) }
            p { (text_with(reader.language, "office.enter_note", &values)) }
            form method="post" action=(reader.link(path)) {
                button.button type="submit" { (say("enter_button")) }
            }
        },
    )
}

/// The page of a one-time link that is spent, has ended or never was.
#[must_use]
pub fn link_spent(reader: Reader) -> Markup {
    let say = |key: &str| text(reader.language, &format!("office.{key}"));
    visitor_page(
        reader,
        &say("link_spent"),
        "/office/login",
        html! {
            h1 { (say("link_spent")) }
            p { (say("link_spent_note")) }
            p { a href=(reader.link("/office/login")) { (say("log_in")) } }
        },
    )
}
