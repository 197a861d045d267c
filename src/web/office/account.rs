//! A person's own account: sessions, password, second factor.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use jiff::Timestamp;

use crate::pages::office::account::{self as pages, AccountFault};
use crate::staff::{Account, Action, password};
use crate::store::Sessions;
use crate::web::app::App;
use crate::web::error::{AppError, ErrorKind};
use crate::web::office::actor::Actor;
use crate::web::office::gate::see_other;
use crate::web::office::set_up::{code_holds, fresh_recovery_codes};
use crate::web::office::submission::Submission;
use crate::web::page::{html, html_with};

/// GET `/office/account`.
///
/// # Errors
/// When the database does not answer.
pub async fn page(app: Data<App>, actor: Actor) -> Result<HttpResponse, AppError> {
    Ok(html(show(&app, &actor, None).await?))
}

async fn show(app: &App, actor: &Actor, fault: Option<AccountFault>) -> Result<String, AppError> {
    let (store, id) = (app.store.clone(), actor.account.id.clone());
    let sessions = match actix_web::web::block(move || store.sessions(Some(&id))).await {
        Ok(Ok(sessions)) => sessions,
        _ => return Err(ErrorKind::Receipt.into()),
    };
    let now = Timestamp::now().as_microsecond();
    let sessions: Vec<_> = sessions
        .into_iter()
        .filter(|session| session.is_in_force(now))
        .collect();
    let page = pages::page(
        actor.frame(),
        &actor.account,
        &actor.session,
        &sessions,
        fault,
    );
    Ok(page.into_string())
}

/// POST `/office/account`: ends a session, all others, changes the password or makes new recovery
/// codes. Password and second factor are asked for again before either changes.
///
/// # Errors
/// When the database does not answer.
pub async fn submit(
    app: Data<App>,
    actor: Actor,
    submission: Submission,
) -> Result<HttpResponse, AppError> {
    let back = actor.reader.link("/office/account");
    match submission.value("do") {
        "end" => {
            let chosen = vec![submission.value("session").to_owned()];
            end(&app, &actor, chosen).await?;
            Ok(see_other(&back))
        }
        "end_others" => {
            let (store, id) = (app.store.clone(), actor.account.id.clone());
            let all = actix_web::web::block(move || store.sessions(Some(&id))).await;
            let Ok(Ok(all)) = all else {
                return Err(ErrorKind::Receipt.into());
            };
            let others = all.into_iter().map(|session| session.token_hash);
            let others = others.filter(|hash| *hash != actor.session.token_hash);
            end(&app, &actor, others.collect()).await?;
            Ok(see_other(&back))
        }
        "password" | "recovery" => change(&app, &actor, &submission).await,
        _ => Err(ErrorKind::NotAForm.into()),
    }
}

async fn end(app: &App, actor: &Actor, sessions: Vec<String>) -> Result<(), AppError> {
    let entry = actor.entry(Action::SessionsEnded, &actor.account.name);
    let (store, id) = (app.store.clone(), actor.account.id.clone());
    match actix_web::web::block(move || store.end_sessions(&id, sessions, entry)).await {
        Ok(Ok(())) => Ok(()),
        _ => Err(ErrorKind::Receipt.into()),
    }
}

/// Changes the password, or makes new recovery codes.
async fn change(
    app: &App,
    actor: &Actor,
    submission: &Submission,
) -> Result<HttpResponse, AppError> {
    let account = &actor.account;
    if let Some(fault) = fault_of(app, actor, submission).await? {
        let page = show(app, actor, Some(fault)).await?;
        return Ok(html_with(StatusCode::UNPROCESSABLE_ENTITY, page));
    }
    let is_password = submission.value("do") == "password";
    let new_hash = match is_password {
        true => {
            let chosen = submission.value("new").to_owned();
            Some(
                app.office
                    .hash(chosen)
                    .await
                    .map_err(|_| ErrorKind::Receipt)?,
            )
        }
        false => None,
    };
    let (codes, hashes) = match is_password {
        true => (Vec::new(), None),
        false => {
            let (codes, hashes) = fresh_recovery_codes(app, account)?;
            (codes, Some(hashes))
        }
    };
    let action = match is_password {
        true => Action::PasswordChosen,
        false => Action::FactorSetUp,
    };
    let entry = actor.entry(action, &account.name);
    let (store, id) = (app.store.clone(), account.id.clone());
    let kept = Sessions::EndOthers(actor.session.token_hash.clone());
    let changed = actix_web::web::block(move || {
        let change = |account: &mut Account| {
            if let Some(hash) = new_hash {
                account.password_hash = hash;
            }
            if let Some(hashes) = hashes {
                account.recovery_hashes = hashes;
            }
            true
        };
        store.change_account(&id, change, kept, entry)
    });
    match changed.await {
        Ok(Ok(true)) => Ok(html(pages::changed(actor.frame(), &codes))),
        _ => Err(ErrorKind::Receipt.into()),
    }
}

/// Why the change cannot be made.
async fn fault_of(
    app: &App,
    actor: &Actor,
    submission: &Submission,
) -> Result<Option<AccountFault>, AppError> {
    let account = &actor.account;
    let current = submission.value("password").to_owned();
    let id = Some(account.id.as_str());
    let checked = app.office.check_password(
        &account.name,
        id,
        None,
        current,
        account.password_hash.clone(),
    );
    match checked.await {
        Ok(true) => {}
        Ok(false) => return Ok(Some(AccountFault::Password)),
        Err(_) => return Ok(Some(AccountFault::TooMany)),
    }
    if account.has_second_factor() {
        let code = submission.value("code");
        if !code_holds(app, account, &account.factor_seed, code).await? {
            return Ok(Some(AccountFault::Code));
        }
    }
    if submission.value("do") == "password" {
        let new = submission.value("new");
        if let Some(fault) = password::fault(new, &[&account.name, &account.full_name]) {
            return Ok(Some(AccountFault::New(fault)));
        }
        if new != submission.value("again") {
            return Ok(Some(AccountFault::Again));
        }
    }
    Ok(None)
}
