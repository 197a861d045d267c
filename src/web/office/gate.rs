//! The gate before every route of the office: session, role, origin, form token.
//!
//! A handler behind the gate gets an [`Actor`] and, for a form, a [`Submission`]; there is no other way
//! to read one. So no handler can forget a check.

use std::rc::Rc;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header;
use actix_web::middleware::Next;
use actix_web::web::{Bytes, Data, Payload};
use actix_web::{Error, HttpMessage, HttpResponse};
use jiff::Timestamp;

use crate::http::form;
use crate::http::limits::Limits;
use crate::http::origin::is_cross_site;
use crate::staff::session::{Stage, form_token, is_same, token_hash};
use crate::staff::{Account, AccountState, Session};
use crate::web::app::App;
use crate::web::error::{AppError, ErrorKind};
use crate::web::office::access::Access;
use crate::web::office::actor::{Actor, Person};
use crate::web::office::cookie::Cookie;
use crate::web::office::submission::{FORM_TOKEN, Submission};
use crate::web::reader;

/// Microseconds after which a session notes again that it is used.
const NOTED_EVERY: i64 = 60_000_000;

/// Lets a request pass to its handler if `access` allows it.
///
/// # Errors
/// No session or one that has ended, another role, another site, a form without the session's token,
/// a body that is not a form.
pub async fn admit(
    access: Access,
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let app = request.app_data::<Data<App>>().cloned();
    let limits = request.app_data::<Data<Limits>>().cloned();
    let (Some(app), Some(limits)) = (app, limits) else {
        return Err(AppError::from(ErrorKind::Internal).into());
    };
    let is_safe = request.method().is_safe();
    if !is_safe && is_cross_site(request.request(), &app.site.public_url) {
        return Err(AppError::from(ErrorKind::CrossSite).into());
    }
    let person = match access {
        Access::Public | Access::Visitor => None,
        Access::Enrolling | Access::Staff(_) => {
            match person(&app, &limits, access, &request).await? {
                Passage::Admitted(person) => Some(person),
                Passage::Elsewhere(place) if is_safe => {
                    let response = see_other(&place).map_into_boxed_body();
                    return Ok(request.into_response(response).map_into_right_body());
                }
                Passage::Elsewhere(_) => return Err(AppError::from(ErrorKind::LoggedOut).into()),
            }
        }
    };
    if !is_safe {
        let submission = submission(&app, &limits, &mut request).await?;
        if let Some(person) = &person
            && !is_same(submission.value(FORM_TOKEN), &person.form_token)
        {
            return Err(AppError::from(ErrorKind::StaleForm).into());
        }
        request.extensions_mut().insert(submission);
    }
    if let Some(person) = person {
        request.extensions_mut().insert(Actor(person));
    }
    Ok(next.call(request).await?.map_into_left_body())
}

/// Whether a request may pass.
enum Passage {
    Admitted(Rc<Person>),
    /// To this path first.
    Elsewhere(String),
}

async fn person(
    app: &Data<App>,
    limits: &Limits,
    access: Access,
    request: &ServiceRequest,
) -> Result<Passage, AppError> {
    let path = request
        .uri()
        .path_and_query()
        .map_or("/office", |path| path.as_str());
    let log_in = format!("/office/login?next={}", form::encode(path));
    let Some(token) = Cookie::Session.read(request.request(), app.office.is_https) else {
        return Ok(Passage::Elsewhere(log_in));
    };
    let now = Timestamp::now().as_microsecond();
    let Some((session, account)) = in_force(app, &token, now).await? else {
        return Ok(Passage::Elsewhere(log_in));
    };
    match (access, session.stage) {
        (Access::Staff(_), Stage::Enrolling) => {
            return Ok(Passage::Elsewhere("/office/set-up".to_owned()));
        }
        (Access::Staff(_), Stage::Full) if !access.admits(account.role) => {
            return Err(ErrorKind::OtherRole.into());
        }
        _ => {}
    }
    let place = app.office.place(limits.address(request.request()));
    Ok(Passage::Admitted(Rc::new(Person {
        account,
        session,
        form_token: form_token(&token),
        place,
        reader: reader::of_uri(request.uri()),
        path: path.to_owned(),
    })))
}

/// The session of a token and its account, if both are in force. Notes that it is used.
async fn in_force(
    app: &Data<App>,
    token: &str,
    now: i64,
) -> Result<Option<(Session, Account)>, AppError> {
    let (store, hash) = (app.store.clone(), token_hash(token));
    let found = actix_web::web::block(move || {
        let found = store.session(&hash)?;
        let found = found.filter(|(session, account)| {
            let may = match session.stage {
                Stage::Full => account.state == AccountState::Active,
                Stage::Enrolling => account.state != AccountState::Disabled,
            };
            may && session.is_in_force(now)
        });
        if let Some((session, _)) = &found
            && now - session.seen_at > NOTED_EVERY
        {
            // A database that cannot be written for a moment does not log anyone out.
            let _ = store.see_session(&session.token_hash, now);
        }
        Ok::<_, crate::store::StoreError>(found)
    });
    match found.await {
        Ok(Ok(found)) => Ok(found),
        _ => Err(ErrorKind::Receipt.into()),
    }
}

/// Reads the form of a request.
async fn submission(
    app: &App,
    limits: &Limits,
    request: &mut ServiceRequest,
) -> Result<Submission, AppError> {
    let kind = request.headers().get(header::CONTENT_TYPE);
    let kind = kind
        .and_then(|kind| kind.to_str().ok())
        .unwrap_or_default()
        .to_owned();
    let is_upload = kind.to_ascii_lowercase().starts_with("multipart/form-data");
    let is_form = kind
        .to_ascii_lowercase()
        .starts_with("application/x-www-form-urlencoded");
    // A program may post an empty form without saying of what kind it is.
    if !is_upload && !is_form && !kind.is_empty() {
        return Err(ErrorKind::MediaType("application/x-www-form-urlencoded").into());
    }
    let payload = request
        .extract::<Payload>()
        .await
        .map_err(|_| ErrorKind::NotAForm)?;
    let bodies = match is_upload {
        true => &app.office.upload_bodies,
        false => &app.office.form_bodies,
    };
    let sender = || limits.sender(request.request());
    let body = bodies.read(request.request(), payload, sender).await?;
    if kind.is_empty() && !body.is_empty() {
        return Err(ErrorKind::MediaType("application/x-www-form-urlencoded").into());
    }
    if !is_upload {
        return Submission::of_form(&body);
    }
    let boundary = multer::parse_boundary(&kind).map_err(|_| ErrorKind::NotAForm)?;
    Submission::of_parts(Bytes::copy_from_slice(&body), &boundary).await
}

/// Answers 303 with a path of this site.
pub fn see_other(path: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, path))
        .finish()
}
