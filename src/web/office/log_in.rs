//! Log-in, one-time links, log-out.

use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use jiff::Timestamp;

use crate::http::form;
use crate::http::limits::Limits;
use crate::pages::office::log_in::{self as pages, LogInFault};
use crate::staff::one_time_code::{CodeSecret, recovery_hash};
use crate::staff::session::{Session, Stage, device_of, token_hash};
use crate::staff::{Account, AccountState, Action, AuditEntry};
use crate::store::LogIn;
use crate::web::app::App;
use crate::web::error::{AppError, ErrorKind};
use crate::web::office::actor::Actor;
use crate::web::office::cookie::Cookie;
use crate::web::office::gate::see_other;
use crate::web::office::state::{NotChecked, random_token};
use crate::web::office::submission::Submission;
use crate::web::page::{html, html_with};
use crate::web::reader;

/// GET `/office/login`.
///
/// # Errors
/// None.
pub async fn page(request: HttpRequest) -> Result<HttpResponse, AppError> {
    let next = next_of(request.query_string());
    let reader = reader::of_uri(request.uri());
    Ok(html(pages::page(reader, &next, "", None)))
}

/// The path to go to after the log-in: one of the office, else its first page. Never another site.
fn next_of(query: &str) -> String {
    let value = query.split('&').find_map(|pair| pair.strip_prefix("next="));
    let fields = value.and_then(|value| {
        form::decode(format!("n={value}").as_bytes())
            .ok()
            .and_then(|mut fields| fields.pop().map(|(_, value)| value.into_owned()))
    });
    own_path(&fields.unwrap_or_default()).to_owned()
}

/// `path` if it is a path of the office, else that of its first page.
fn own_path(path: &str) -> &str {
    let is_plain = path
        .bytes()
        .all(|byte| (0x21..0x7f).contains(&byte) && byte != b'\\');
    let is_own = path == "/office" || path.starts_with("/office/") || path.starts_with("/office?");
    match is_plain && is_own && !path.contains("//") {
        true => path,
        false => "/office",
    }
}

/// Where and by what a session begins.
struct Start {
    place: String,
    device: String,
    now: i64,
}

impl Start {
    fn of(app: &App, limits: &Limits, request: &HttpRequest) -> Start {
        let agent = request.headers().get(header::USER_AGENT);
        let agent = agent
            .and_then(|agent| agent.to_str().ok())
            .unwrap_or_default();
        Start {
            place: app.office.place(limits.address(request)),
            device: device_of(agent),
            now: Timestamp::now().as_microsecond(),
        }
    }

    fn session(&self, account: &Account, stage: Stage, token: &str) -> Session {
        Session {
            token_hash: token_hash(token),
            account: account.id.clone(),
            stage,
            began_at: self.now,
            seen_at: self.now,
            place: self.place.clone(),
            device: self.device.clone(),
        }
    }

    fn entry(&self, account: &Account, action: Action) -> AuditEntry {
        AuditEntry {
            who: account.name.clone(),
            role: account.role.as_str().to_owned(),
            place: self.place.clone(),
            ..AuditEntry::by_terminal(action, &account.name, self.now)
        }
    }
}

/// POST `/office/login`: name, password and one-time code or recovery code. Whatever is wrong, the
/// answer is the same.
///
/// # Errors
/// When the database does not answer.
pub async fn submit(
    request: HttpRequest,
    app: Data<App>,
    limits: Data<Limits>,
    submission: Submission,
) -> Result<HttpResponse, AppError> {
    let name = submission.value("name").trim().to_lowercase();
    let next = own_path(submission.value("next")).to_owned();
    let reader = reader::of_uri(request.uri());
    let refused = |fault: LogInFault| {
        let status = match fault {
            LogInFault::Wrong => StatusCode::UNPROCESSABLE_ENTITY,
            LogInFault::TooMany => StatusCode::TOO_MANY_REQUESTS,
            LogInFault::Busy => StatusCode::SERVICE_UNAVAILABLE,
        };
        html_with(status, pages::page(reader, &next, &name, Some(fault)))
    };
    let account = account_of(&app, &name).await?;
    let known = account.as_ref().filter(|account| {
        let cookie = Cookie::KnownDevice.read(&request, app.office.is_https);
        cookie.is_some_and(|cookie| cookie == app.office.known_device(&account.id))
    });
    let hash = account
        .as_ref()
        .filter(|account| account.state == AccountState::Active);
    let hash = hash.map_or(String::new(), |account| account.password_hash.clone());
    let checked = app.office.check_password(
        &name,
        known.map(|account| account.id.as_str()),
        limits.address(&request),
        submission.value("password").to_owned(),
        hash,
    );
    let (account, by) = match (checked.await, &account) {
        (Err(NotChecked::TooMany), _) => return Ok(refused(LogInFault::TooMany)),
        (Err(NotChecked::Busy), _) => return Ok(refused(LogInFault::Busy)),
        (Ok(true), Some(account)) => {
            let code = submission.value("code").trim();
            match second_factor(&app, account, code) {
                Some(by) => (account.clone(), by),
                None => return Ok(refused(LogInFault::Wrong)),
            }
        }
        _ => return Ok(refused(LogInFault::Wrong)),
    };
    let token = random_token().map_err(|_| ErrorKind::Internal)?;
    let start = Start::of(&app, &limits, &request);
    let action = match by {
        LogIn::Recovery(_) => Action::RecoveryCodeUsed,
        _ => Action::LoggedIn,
    };
    let session = start.session(&account, Stage::Full, &token);
    let (store, entry) = (app.store.clone(), start.entry(&account, action));
    end_own(&app, &request).await;
    let began = actix_web::web::block(move || store.log_in(session, by, entry)).await;
    match began {
        Ok(Ok(true)) => Ok(welcome(&app, &account, &token, &next)),
        Ok(Ok(false)) => Ok(refused(LogInFault::Wrong)),
        _ => Err(ErrorKind::Receipt.into()),
    }
}

/// By what the person logs in beside the password; `None` if the code is wrong.
fn second_factor(app: &App, account: &Account, code: &str) -> Option<LogIn> {
    if !account.role.needs_second_factor() && !account.has_second_factor() {
        return Some(LogIn::Password);
    }
    if !account.has_second_factor() {
        return None;
    }
    let seconds = u64::try_from(Timestamp::now().as_second()).unwrap_or(0);
    let secret = CodeSecret::derive(app.office.key(), &account.id, &account.factor_seed);
    if let Some(step) = secret.check(code, seconds) {
        return Some(LogIn::Code(step));
    }
    let hash = recovery_hash(app.office.key(), &account.id, code);
    account
        .recovery_hashes
        .contains(&hash)
        .then_some(LogIn::Recovery(hash))
}

async fn account_of(app: &App, name: &str) -> Result<Option<Account>, AppError> {
    let (store, name) = (app.store.clone(), name.to_owned());
    match actix_web::web::block(move || store.account(&name)).await {
        Ok(Ok(account)) => Ok(account),
        _ => Err(ErrorKind::Receipt.into()),
    }
}

/// The answer that gives the browser its session.
fn welcome(app: &App, account: &Account, token: &str, next: &str) -> HttpResponse {
    let is_https = app.office.is_https;
    let mut response = see_other(next);
    let device = app.office.known_device(&account.id);
    for (cookie, value) in [
        (Cookie::Session, token),
        (Cookie::KnownDevice, device.as_str()),
    ] {
        response
            .headers_mut()
            .append(header::SET_COOKIE, cookie.set(value, is_https));
    }
    response
}

/// Ends the session that the browser had before: a new log-in gets a new one.
async fn end_own(app: &App, request: &HttpRequest) {
    if let Some(token) = Cookie::Session.read(request, app.office.is_https) {
        let store = app.store.clone();
        let _ = actix_web::web::block(move || store.end_session(&token_hash(&token))).await;
    }
}

/// GET `/office/enter/{token}`: a page with one button, so that a preview of the link does not spend
/// it.
///
/// # Errors
/// When the database does not answer.
pub async fn enter_page(
    request: HttpRequest,
    app: Data<App>,
    token: Path<String>,
) -> Result<HttpResponse, AppError> {
    let reader = reader::of_uri(request.uri());
    let account = linked(&app, &token).await?;
    Ok(match account {
        Some((account, _)) => html(pages::enter(reader, &account, request.path())),
        None => html_with(StatusCode::NOT_FOUND, pages::link_spent(reader)),
    })
}

/// POST `/office/enter/{token}`: spends the link.
///
/// # Errors
/// When the database does not answer.
pub async fn enter(
    request: HttpRequest,
    app: Data<App>,
    limits: Data<Limits>,
    link: Path<String>,
    _: Submission,
) -> Result<HttpResponse, AppError> {
    let reader = reader::of_uri(request.uri());
    let spent = || html_with(StatusCode::NOT_FOUND, pages::link_spent(reader));
    let Some((account, stage)) = linked(&app, &link).await? else {
        return Ok(spent());
    };
    let token = random_token().map_err(|_| ErrorKind::Internal)?;
    let start = Start::of(&app, &limits, &request);
    let session = start.session(&account, stage, &token);
    let entry = (stage == Stage::Full).then(|| start.entry(&account, Action::LoggedIn));
    let (store, hash) = (app.store.clone(), token_hash(&link));
    end_own(&app, &request).await;
    let entered = actix_web::web::block(move || store.enter(&hash, session, entry)).await;
    match entered {
        Ok(Ok(true)) => {
            let next = match stage {
                Stage::Full => "/office",
                Stage::Enrolling => "/office/set-up",
            };
            Ok(welcome(&app, &account, &token, &reader.link(next)))
        }
        Ok(Ok(false)) => Ok(spent()),
        _ => Err(ErrorKind::Receipt.into()),
    }
}

async fn linked(app: &App, token: &str) -> Result<Option<(Account, Stage)>, AppError> {
    let now = Timestamp::now().as_microsecond();
    let (store, hash) = (app.store.clone(), token_hash(token));
    match actix_web::web::block(move || store.entry_link(&hash, now)).await {
        Ok(Ok(found)) => Ok(found),
        _ => Err(ErrorKind::Receipt.into()),
    }
}

/// POST `/office/logout`.
///
/// # Errors
/// When the database does not answer.
pub async fn log_out(
    app: Data<App>,
    actor: Actor,
    _: Submission,
) -> Result<HttpResponse, AppError> {
    let entry = actor.entry(Action::LoggedOut, &actor.account.name);
    let (store, account) = (app.store.clone(), actor.account.id.clone());
    let own = vec![actor.session.token_hash.clone()];
    let ended = actix_web::web::block(move || store.end_sessions(&account, own, entry)).await;
    if !matches!(ended, Ok(Ok(()))) {
        return Err(ErrorKind::Receipt.into());
    }
    let mut response = see_other(&actor.reader.link("/office/login"));
    let removed = Cookie::Session.set("", app.office.is_https);
    response.headers_mut().append(header::SET_COOKIE, removed);
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_the_log_in_nobody_is_sent_to_another_site() {
        for (next, expected) in [
            ("/office/staff?x=1", "/office/staff?x=1"),
            ("/office", "/office"),
            ("//evil.example", "/office"),
            ("/office//evil.example", "/office"),
            ("/officer", "/office"),
            ("https://evil.example/office", "/office"),
            ("/office/\\evil", "/office"),
            ("/office/\r\nSet-Cookie: a=b", "/office"),
            ("", "/office"),
        ] {
            assert_eq!(own_path(next), expected, "{next:?}");
        }
    }
}
