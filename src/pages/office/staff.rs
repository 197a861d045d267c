//! Accounts, for administrators.

use maud::{Markup, html};

use crate::locale::text_with;
use crate::pages::office::frame::{Frame, fault, local_time, role_name};
use crate::staff::{Account, AccountState, Role, Session};

/// What was typed for a new account.
#[derive(Debug, Clone, Default)]
pub struct NewAccount {
    /// Name to log in with.
    pub name: String,
    /// Name of the person.
    pub full_name: String,
    /// Word of the role.
    pub role: String,
}

/// Why a change was not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StaffFault {
    /// The name of the account.
    Name,
    /// The name of the person.
    FullName,
    /// The role.
    Role,
    /// The name is taken.
    Taken,
    /// There is no reason.
    Reason,
    /// It is the account of the person who asks.
    Own,
}

/// The accounts, with a form for a new one.
#[must_use]
pub fn list(
    frame: Frame<'_>,
    accounts: &[Account],
    sessions: &[Session],
    new: &NewAccount,
    wrong: Option<StaffFault>,
) -> Markup {
    let say = |key: &str| frame.text(&format!("office.{key}"));
    let message = wrong.map(|wrong| match wrong {
        StaffFault::Name => say("staff_name_wrong"),
        StaffFault::FullName => say("staff_full_name_wrong"),
        StaffFault::Role => say("staff_role_wrong"),
        StaffFault::Taken => say("staff_taken"),
        StaffFault::Reason => say("reason_missing"),
        StaffFault::Own => say("staff_own"),
    });
    let body = html! {
        h1 { (say("staff")) }
        @if let Some(message) = &message { (fault(message)) }
        @let headings = ["account_name", "full_name", "role", "state", "sessions", "changed_at", "change"];
        (frame.table(&say("staff"), &headings.map(&say), html! {
            @for account in accounts {
                @let open = sessions.iter().filter(|session| session.account == account.id).count();
                tr {
                    td { (account.name) }
                    td { (account.full_name) }
                    td { (role_name(frame.language(), account.role)) }
                    td { (say(&format!("state_{}", account.state.as_str()))) }
                    td.number { (open) }
                    td.time { (local_time(account.changed_at)) }
                    td { (changes(&frame, account)) }
                }
            }
        }))
        h2 { (say("staff_add")) }
        (frame.form("/office/staff", "stack", html! {
            label for="name" { (say("account_name")) }
            input id="name" name="name" value=(new.name) required maxlength="40" autocapitalize="none" spellcheck="false" aria-describedby="name-note";
            p.soft #name-note { (say("staff_name_note")) }
            label for="full_name" { (say("full_name")) }
            input id="full_name" name="full_name" value=(new.full_name) required maxlength="60";
            label for="role" { (say("role")) }
            (roles(&frame, "role", &new.role))
            button.button type="submit" { (say("staff_add")) }
        }))
    };
    frame.page(&say("staff"), body)
}

fn roles(frame: &Frame<'_>, id: &str, chosen: &str) -> Markup {
    html! {
        select id=(id) name="role" {
            @for role in Role::ALL {
                option value=(role.as_str()) selected[role.as_str() == chosen] {
                    (role_name(frame.language(), role))
                }
            }
        }
    }
}

fn changes(frame: &Frame<'_>, account: &Account) -> Markup {
    let say = |key: &str| frame.text(&format!("office.{key}"));
    let id = |part: &str| format!("{part}-{}", account.id);
    let path = format!("/office/staff/{}", account.name);
    html! {
        details {
            summary { (say("change")) span.hidden { " " (account.name) } }
            (frame.form(&path, "stack", html! {
                (frame.reason(&id("reason")))
                label for=(id("role")) { (say("role")) }
                (roles(frame, &id("role"), account.role.as_str()))
                div.buttons {
                    button.quiet name="do" value="role" { (say("role_change")) }
                    @if account.state == AccountState::Disabled {
                        button.quiet name="do" value="enable" { (say("enable")) }
                    } @else {
                        button.quiet name="do" value="disable" { (say("disable")) }
                        button.quiet name="do" value="reset" { (say("reset")) }
                        button.quiet name="do" value="reset_factor" { (say("reset_factor")) }
                        button.quiet name="do" value="end" { (say("sessions_end")) }
                    }
                }
            }))
        }
    }
}

/// The page with a one-time link, shown once.
#[must_use]
pub fn link(frame: Frame<'_>, name: &str, link: &str) -> Markup {
    let title = frame.text("office.link");
    let body = html! {
        h1 { (title) }
        p { (text_with(frame.language(), "office.link_note", &[("name", name)])) }
        p { code.secret { (link) } }
        (crate::pages::layout::qr(link, &title))
        p { a href=(frame.reader.link("/office/staff")) { (frame.text("office.staff")) } }
    };
    frame.page(&title, body)
}
