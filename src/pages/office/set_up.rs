//! Choosing a password and setting up the second factor.

use maud::{Markup, html};

use crate::locale::{Language, text, text_with};
use crate::pages::layout::{self, Reader};
use crate::pages::office::frame::{Frame, fault, visitor_page};
use crate::staff::password::PasswordFault;

/// What the form shows and asks for.
pub struct SetUpForm<'a> {
    /// Name of the account.
    pub name: &'a str,
    /// Seed of the second factor, which comes back with the form.
    pub seed: &'a str,
    /// Its secret in base 32.
    pub secret: &'a str,
    /// Its address for an authenticator app.
    pub address: &'a str,
    /// Whether the second factor is to be set up.
    pub asks_factor: bool,
    /// Whether a code of the second factor that is there is asked for.
    pub asks_code: bool,
}

/// What is wrong with the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetUpFault {
    /// The new password.
    Password(PasswordFault),
    /// The repetition differs.
    Again,
    /// The one-time code.
    Code,
}

/// The message for a password that is refused.
#[must_use]
pub fn password_message(language: Language, wrong: PasswordFault) -> String {
    let key = match wrong {
        PasswordFault::TooShort => "office.password_short",
        PasswordFault::TooLong => "office.password_long",
        PasswordFault::Common => "office.password_common",
        PasswordFault::OwnWord => "office.password_own",
        PasswordFault::Monotonous => "office.password_monotonous",
    };
    text(language, key)
}

/// The form.
#[must_use]
pub fn page(frame: Frame<'_>, form: &SetUpForm<'_>, wrong: Option<SetUpFault>) -> Markup {
    let say = |key: &str| frame.text(&format!("office.{key}"));
    let message = wrong.map(|wrong| match wrong {
        SetUpFault::Password(wrong) => password_message(frame.language(), wrong),
        SetUpFault::Again => say("password_again_wrong"),
        SetUpFault::Code => say("code_wrong"),
    });
    let fields = html! {
        input type="hidden" name="seed" value=(form.seed);
        // So that a password manager stores the right name.
        input type="hidden" name="username" value=(form.name) autocomplete="username";
        (new_password(&frame, "password"))
        @if form.asks_factor {
            h2 { (say("factor")) }
            p { (say("factor_note")) }
            (layout::qr(form.address, &say("factor_qr")))
            p.soft { (say("factor_secret")) " " code.secret { (grouped(form.secret)) } }
        }
        @if form.asks_factor || form.asks_code {
            label for="code" { (say("code")) }
            input id="code" name="code" required inputmode="numeric" autocomplete="one-time-code" maxlength="8";
        }
        button.button type="submit" { (say("set_up_button")) }
    };
    visitor_page(
        frame.reader,
        &say("set_up"),
        "/office/set-up",
        html! {
            h1 { (say("set_up")) }
            p { (text_with(frame.language(), "office.set_up_note", &[("name", form.name)])) }
            @if let Some(message) = &message { (fault(message)) }
            (frame.form("/office/set-up", "stack", fields))
        },
    )
}

/// The two fields of a new password, the first with this name.
#[must_use]
pub fn new_password(frame: &Frame<'_>, name: &str) -> Markup {
    let say = |key: &str| frame.text(&format!("office.{key}"));
    html! {
        label for=(name) { (say("password_new")) }
        input id=(name) name=(name) type="password" required minlength="12" maxlength="128" autocomplete="new-password" aria-describedby="password-note";
        p.soft #password-note { (say("password_note")) }
        label for="again" { (say("password_again")) }
        input id="again" name="again" type="password" required autocomplete="new-password";
    }
}

/// `secret` in groups of four.
fn grouped(secret: &str) -> String {
    let letters: Vec<char> = secret.chars().collect();
    let groups = letters
        .chunks(4)
        .map(|group| group.iter().collect::<String>());
    groups.collect::<Vec<_>>().join(" ")
}

/// The page after it: the recovery codes, shown once.
#[must_use]
pub fn done(reader: Reader, name: &str, codes: &[String]) -> Markup {
    let say = |key: &str| text(reader.language, &format!("office.{key}"));
    visitor_page(
        reader,
        &say("set_up_done"),
        "/office/login",
        html! {
            h1 { (say("set_up_done")) }
            p { (text_with(reader.language, "office.set_up_done_note", &[("name", name)])) }
            (recovery_codes(reader.language, codes))
            p { a.button href=(reader.link("/office/login")) { (say("log_in")) } }
        },
    )
}

/// The recovery codes, to print or write down.
#[must_use]
pub fn recovery_codes(language: Language, codes: &[String]) -> Markup {
    html! {
        @if !codes.is_empty() {
            h2 { (text(language, "office.recovery")) }
            p { (text(language, "office.recovery_note")) }
            ul.codes { @for code in codes { li { code { (code) } } } }
        }
    }
}
