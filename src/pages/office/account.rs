//! A person's own account: sessions, password, recovery codes.

use maud::{Markup, html};

use crate::pages::office::frame::{Frame, fault, local_time};
use crate::pages::office::set_up::{new_password, password_message, recovery_codes};
use crate::staff::password::PasswordFault;
use crate::staff::{Account, Session};

/// Why a change was not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountFault {
    /// The current password.
    Password,
    /// Too many attempts.
    TooMany,
    /// The one-time code.
    Code,
    /// The new password.
    New(PasswordFault),
    /// The repetition differs.
    Again,
}

/// The page. `own` is the session of the request.
#[must_use]
pub fn page(
    frame: Frame<'_>,
    account: &Account,
    own: &Session,
    sessions: &[Session],
    wrong: Option<AccountFault>,
) -> Markup {
    let say = |key: &str| frame.text(&format!("office.{key}"));
    let message = wrong.map(|wrong| match wrong {
        AccountFault::Password => say("password_wrong"),
        AccountFault::TooMany => say("log_in_too_many"),
        AccountFault::Code => say("code_wrong"),
        AccountFault::New(wrong) => password_message(frame.language(), wrong),
        AccountFault::Again => say("password_again_wrong"),
    });
    let proof = |id: &str| {
        html! {
            label for={ (id) "-password" } { (say("password_current")) }
            input id={ (id) "-password" } name="password" type="password" required autocomplete="current-password";
            @if account.has_second_factor() {
                label for={ (id) "-code" } { (say("code")) }
                input id={ (id) "-code" } name="code" required inputmode="numeric" autocomplete="one-time-code" maxlength="8";
            }
        }
    };
    let body = html! {
        h1 { (say("account")) }
        p.soft { (account.full_name) " · " (account.name) }
        @if let Some(message) = &message { (fault(message)) }
        h2 { (say("sessions")) }
        @let headings = ["session_device", "session_began", "session_seen", "session_place", "session_end"];
        (frame.table(&say("sessions"), &headings.map(&say), html! {
            @for session in sessions {
                @let is_own = session.token_hash == own.token_hash;
                tr {
                    td { (session.device) @if is_own { " (" (say("session_own")) ")" } }
                    td.time { (local_time(session.began_at)) }
                    td.time { (local_time(session.seen_at)) }
                    td { code { (session.place) } }
                    td { @if !is_own { (frame.form("/office/account", "inline", html! {
                        input type="hidden" name="session" value=(session.token_hash);
                        button.quiet name="do" value="end" { (say("session_end")) }
                    })) } @else { (frame.form("/office/logout", "inline", html! {
                        button.quiet type="submit" { (say("log_out")) }
                    })) } }
                }
            }
        }))
        @if sessions.len() > 1 { (frame.form("/office/account", "inline", html! {
            button.quiet name="do" value="end_others" { (say("sessions_end_others")) }
        })) }
        p.soft { (say("sessions_note")) }
        @if !account.password_hash.is_empty() {
            h2 { (say("password_change")) }
            (frame.form("/office/account", "stack", html! {
                (proof("change"))
                (new_password(&frame, "new"))
                button.button name="do" value="password" { (say("password_change")) }
            }))
        }
        @if account.has_second_factor() {
            h2 { (say("recovery")) }
            p.soft { (say("recovery_left")) " " (account.recovery_hashes.len()) }
            (frame.form("/office/account", "stack", html! {
                (proof("recovery"))
                button.button name="do" value="recovery" { (say("recovery_new")) }
            }))
        }
    };
    frame.page(&say("account"), body)
}

/// The page after a change, with new recovery codes if there are some.
#[must_use]
pub fn changed(frame: Frame<'_>, codes: &[String]) -> Markup {
    let title = frame.text("office.account_changed");
    let body = html! {
        h1 { (title) }
        p { (frame.text("office.account_changed_note")) }
        (recovery_codes(frame.language(), codes))
        p { a href=(frame.reader.link("/office/account")) { (frame.text("office.account")) } }
    };
    frame.page(&title, body)
}
