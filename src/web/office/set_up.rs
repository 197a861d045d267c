//! Choosing a password and setting up the second factor, after a one-time link.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use jiff::Timestamp;

use crate::http::form;
use crate::pages::office::set_up::{self as pages, SetUpFault, SetUpForm};
use crate::staff::one_time_code::{CodeSecret, RECOVERY_CODES, recovery_code, recovery_hash};
use crate::staff::{Account, AccountState, Action, password};
use crate::store::Sessions;
use crate::web::app::App;
use crate::web::error::{AppError, ErrorKind};
use crate::web::office::actor::Actor;
use crate::web::office::state::random_token;
use crate::web::office::submission::Submission;
use crate::web::page::{html, html_with};

/// GET `/office/set-up`: the form, with the secret of the second factor as a QR code.
///
/// # Errors
/// When the system has no randomness.
pub async fn page(app: Data<App>, actor: Actor) -> Result<HttpResponse, AppError> {
    let seed = match needs_factor(&actor.account) {
        true => random_token().map_err(|_| ErrorKind::Internal)?,
        false => String::new(),
    };
    Ok(html(page_with(&app, &actor, &seed, None)))
}

/// Whether the second factor is still to be set up. A reset of the password keeps it.
fn needs_factor(account: &Account) -> bool {
    account.role.needs_second_factor() && !account.has_second_factor()
}

fn page_with(app: &App, actor: &Actor, seed: &str, fault: Option<SetUpFault>) -> String {
    let secret = CodeSecret::derive(app.office.key(), &actor.account.id, seed);
    let name = form::encode(&actor.account.name);
    let page = pages::page(
        actor.frame(),
        &SetUpForm {
            name: &actor.account.name,
            seed,
            secret: &secret.to_base32(),
            address: &secret.address("minyi", &name),
            asks_factor: needs_factor(&actor.account),
            asks_code: actor.account.has_second_factor(),
        },
        fault,
    );
    page.into_string()
}

/// POST `/office/set-up`: stores password and second factor, ends all sessions of the account, and
/// shows the recovery codes once.
///
/// # Errors
/// When the database does not answer.
pub async fn submit(
    app: Data<App>,
    actor: Actor,
    submission: Submission,
) -> Result<HttpResponse, AppError> {
    let account = &actor.account;
    let seed = submission.value("seed").to_owned();
    let refused = |fault| {
        let page = page_with(&app, &actor, &seed, Some(fault));
        Ok(html_with(StatusCode::UNPROCESSABLE_ENTITY, page))
    };
    let chosen = submission.value("password").to_owned();
    if let Some(fault) = password::fault(&chosen, &[&account.name, &account.full_name]) {
        return refused(SetUpFault::Password(fault));
    }
    if chosen != submission.value("again") {
        return refused(SetUpFault::Again);
    }
    let is_seed = seed.len() == 64 && seed.bytes().all(|digit| digit.is_ascii_hexdigit());
    let sets_factor = needs_factor(account);
    if sets_factor && !is_seed {
        return refused(SetUpFault::Code);
    }
    if sets_factor || account.has_second_factor() {
        let used = match sets_factor {
            true => &seed,
            false => &account.factor_seed,
        };
        if !code_holds(&app, account, used, submission.value("code")).await? {
            return refused(SetUpFault::Code);
        }
    }
    let hash = app
        .office
        .hash(chosen)
        .await
        .map_err(|_| ErrorKind::Receipt)?;
    let (codes, hashes) = match sets_factor {
        true => fresh_recovery_codes(&app, account)?,
        false => (Vec::new(), account.recovery_hashes.clone()),
    };
    let entry = actor.entry(Action::PasswordChosen, &account.name);
    let (store, id) = (app.store.clone(), account.id.clone());
    let change = move |account: &mut Account| {
        account.password_hash = hash;
        account.state = AccountState::Active;
        account.recovery_hashes = hashes;
        if sets_factor {
            account.factor_seed = seed;
        }
        true
    };
    let changed =
        actix_web::web::block(move || store.change_account(&id, change, Sessions::End, entry));
    match changed.await {
        Ok(Ok(true)) => Ok(html(pages::done(actor.reader, &account.name, &codes))),
        _ => Err(ErrorKind::Receipt.into()),
    }
}

/// Whether `code` is the code of now under `seed`, and was not used before.
pub(super) async fn code_holds(
    app: &App,
    account: &Account,
    seed: &str,
    code: &str,
) -> Result<bool, AppError> {
    let seconds = u64::try_from(Timestamp::now().as_second()).unwrap_or(0);
    let secret = CodeSecret::derive(app.office.key(), &account.id, seed);
    let Some(step) = secret.check(code, seconds) else {
        return Ok(false);
    };
    let (store, id) = (app.store.clone(), account.id.clone());
    match actix_web::web::block(move || store.use_code(&id, step)).await {
        Ok(Ok(fresh)) => Ok(fresh),
        _ => Err(ErrorKind::Receipt.into()),
    }
}

/// New recovery codes and their hashes.
pub(super) fn fresh_recovery_codes(
    app: &App,
    account: &Account,
) -> Result<(Vec<String>, Vec<String>), AppError> {
    let mut codes = Vec::new();
    for _ in 0..RECOVERY_CODES {
        let mut random = [0; 8];
        getrandom::fill(&mut random).map_err(|_| ErrorKind::Internal)?;
        codes.push(recovery_code(random));
    }
    let hashes = codes
        .iter()
        .map(|code| recovery_hash(app.office.key(), &account.id, code));
    let hashes = hashes.collect();
    Ok((codes, hashes))
}
