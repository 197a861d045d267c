//! Accounts, for administrators.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use jiff::Timestamp;
use uuid::Uuid;

use crate::pages::office::staff::{self as pages, NewAccount, StaffFault};
use crate::staff::account::{is_account_name, is_full_name};
use crate::staff::session::{LINK_LASTS, Stage, token_hash};
use crate::staff::{Account, AccountState, Action, AuditEntry, Role};
use crate::store::{EntryLink, Sessions, Store, StoreError};
use crate::web::app::App;
use crate::web::error::{AppError, ErrorKind};
use crate::web::office::actor::Actor;
use crate::web::office::gate::see_other;
use crate::web::office::state::random_token;
use crate::web::office::submission::Submission;
use crate::web::page::{html, html_with};

/// GET `/office/staff`.
///
/// # Errors
/// When the database does not answer.
pub async fn page(app: Data<App>, actor: Actor) -> Result<HttpResponse, AppError> {
    Ok(html(
        list(&app, &actor, &NewAccount::default(), None).await?,
    ))
}

async fn list(
    app: &App,
    actor: &Actor,
    new: &NewAccount,
    fault: Option<StaffFault>,
) -> Result<String, AppError> {
    let store = app.store.clone();
    let read = actix_web::web::block(move || {
        Ok::<_, StoreError>((store.accounts()?, store.sessions(None)?))
    });
    let Ok(Ok((accounts, sessions))) = read.await else {
        return Err(ErrorKind::Receipt.into());
    };
    let now = Timestamp::now().as_microsecond();
    let sessions: Vec<_> = sessions
        .into_iter()
        .filter(|session| session.is_in_force(now))
        .collect();
    Ok(pages::list(actor.frame(), &accounts, &sessions, new, fault).into_string())
}

/// POST `/office/staff`: makes an account and shows its one-time link, once.
///
/// # Errors
/// When the database does not answer.
pub async fn add(
    app: Data<App>,
    actor: Actor,
    submission: Submission,
) -> Result<HttpResponse, AppError> {
    let new = NewAccount {
        name: submission.value("name").trim().to_lowercase(),
        full_name: submission.value("full_name").trim().to_owned(),
        role: submission.value("role").to_owned(),
    };
    let refused = async |fault| {
        let page = list(&app, &actor, &new, Some(fault)).await?;
        Ok(html_with(StatusCode::UNPROCESSABLE_ENTITY, page))
    };
    let Some(role) = Role::parse(&new.role) else {
        return refused(StaffFault::Role).await;
    };
    if !is_account_name(&new.name) {
        return refused(StaffFault::Name).await;
    }
    if !is_full_name(&new.full_name) {
        return refused(StaffFault::FullName).await;
    }
    let entry = actor
        .entry(Action::AccountAdded, &new.name)
        .change("", role.as_str());
    let (store, name, full_name) = (app.store.clone(), new.name.clone(), new.full_name.clone());
    let added = actix_web::web::block(move || invite(&store, &name, &full_name, role, entry)).await;
    match added {
        Ok(Ok(Some(token))) => {
            let link = format!("{}/office/enter/{token}", app.site.public_url);
            Ok(html(pages::link(actor.frame(), &new.name, &link)))
        }
        Ok(Ok(None)) => refused(StaffFault::Taken).await,
        _ => Err(ErrorKind::Receipt.into()),
    }
}

/// Stores a new account, and a link to choose its password. The token of the link; `None` if the name
/// is taken.
///
/// # Errors
/// When the database cannot be written.
pub fn invite(
    store: &Store,
    name: &str,
    full_name: &str,
    role: Role,
    entry: AuditEntry,
) -> Result<Option<String>, StoreError> {
    let now = entry.happened_at;
    let account = Account {
        id: Uuid::new_v4().to_string(),
        name: name.to_owned(),
        full_name: full_name.to_owned(),
        role,
        state: AccountState::Invited,
        password_hash: String::new(),
        factor_seed: String::new(),
        recovery_hashes: Vec::new(),
        changed_at: now,
    };
    let id = account.id.clone();
    match store.add_account(account, entry)? {
        true => link(store, id, Stage::Enrolling, now).map(Some),
        false => Ok(None),
    }
}

/// Stores a one-time link of the account `id`. The token of the link.
///
/// # Errors
/// When the database cannot be written.
pub fn link(store: &Store, id: String, stage: Stage, now: i64) -> Result<String, StoreError> {
    // Two random UUIDs, should the system's own call for randomness fail: they use the same source.
    let token = random_token()
        .unwrap_or_else(|_| format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple()));
    store.add_entry_link(EntryLink {
        token_hash: token_hash(&token),
        account: id,
        stage,
        ends_at: now + LINK_LASTS,
    })?;
    Ok(token)
}

/// POST `/office/staff/{name}`: changes the role, disables, enables, resets, ends sessions.
///
/// # Errors
/// No such account; a database that does not answer.
pub async fn change(
    app: Data<App>,
    actor: Actor,
    name: Path<String>,
    submission: Submission,
) -> Result<HttpResponse, AppError> {
    let (store, wanted) = (app.store.clone(), name.clone());
    let found = actix_web::web::block(move || store.account(&wanted)).await;
    let Ok(Ok(found)) = found else {
        return Err(ErrorKind::Receipt.into());
    };
    let account = found.ok_or(ErrorKind::NotFound)?;
    let reason = submission.value("reason").trim().to_owned();
    let refused = async |fault| {
        let page = list(&app, &actor, &NewAccount::default(), Some(fault)).await?;
        Ok(html_with(StatusCode::UNPROCESSABLE_ENTITY, page))
    };
    if reason.is_empty() {
        return refused(StaffFault::Reason).await;
    }
    // Nobody shuts themselves out, so an administrator always remains.
    if account.id == actor.account.id {
        return refused(StaffFault::Own).await;
    }
    let wanted = Role::parse(submission.value("role"));
    let (action, after) = match (submission.value("do"), wanted) {
        ("role", Some(role)) => (Action::RoleChanged, role.as_str()),
        ("role", None) => return refused(StaffFault::Role).await,
        ("disable", _) => (Action::AccountDisabled, ""),
        ("enable", _) => (Action::AccountEnabled, ""),
        ("reset", _) => (Action::PasswordReset, ""),
        ("reset_factor", _) => (Action::FactorReset, ""),
        ("end", _) => (Action::SessionsEnded, ""),
        _ => return Err(ErrorKind::NotAForm.into()),
    };
    let before = if action == Action::RoleChanged {
        account.role.as_str()
    } else {
        ""
    };
    let entry = actor
        .entry(action, &account.name)
        .change(before, after)
        .because(&reason);
    let store = app.store.clone();
    let changed =
        actix_web::web::block(move || apply(&store, &account, action, wanted, entry)).await;
    match changed {
        Ok(Ok(Some(token))) => {
            let link = format!("{}/office/enter/{token}", app.site.public_url);
            Ok(html(pages::link(actor.frame(), &name, &link)))
        }
        Ok(Ok(None)) => Ok(see_other(&actor.reader.link("/office/staff"))),
        _ => Err(ErrorKind::Receipt.into()),
    }
}

/// Applies a change to an account and ends its sessions. After a reset, the token of a new link.
///
/// # Errors
/// When the database cannot be written.
pub fn apply(
    store: &Store,
    account: &Account,
    action: Action,
    role: Option<Role>,
    entry: AuditEntry,
) -> Result<Option<String>, StoreError> {
    let now = entry.happened_at;
    let change = move |account: &mut Account| {
        match action {
            Action::RoleChanged => account.role = role.unwrap_or(account.role),
            Action::AccountDisabled => account.state = AccountState::Disabled,
            Action::AccountEnabled => {
                account.state = match account.password_hash.is_empty() {
                    true => AccountState::Invited,
                    false => AccountState::Active,
                };
            }
            // The second factor stays: who finds the link has no code.
            Action::PasswordReset => account.password_hash = String::new(),
            Action::FactorReset => {
                account.password_hash = String::new();
                account.factor_seed = String::new();
                account.recovery_hashes.clear();
            }
            _ => {}
        }
        true
    };
    store.change_account(&account.id, change, Sessions::End, entry)?;
    let gets_link = matches!(action, Action::PasswordReset | Action::FactorReset)
        || action == Action::AccountEnabled && account.password_hash.is_empty();
    match gets_link {
        true => link(store, account.id.clone(), Stage::Enrolling, now).map(Some),
        false => Ok(None),
    }
}
