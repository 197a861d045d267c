//! The tokens of devices and scripts, for administrators.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;

use crate::collection::label::is_label;
use crate::pages::office::devices::{self as pages, MODES, Token};
use crate::staff::Action;
use crate::web::app::App;
use crate::web::error::{AppError, ErrorKind};
use crate::web::office::actor::Actor;
use crate::web::office::gate::see_other;
use crate::web::office::state::random_token;
use crate::web::office::submission::Submission;
use crate::web::office::survey::reason;
use crate::web::page::{html, html_with};

/// GET `/office/devices`.
///
/// # Errors
/// When the database does not answer.
pub async fn page(app: Data<App>, actor: Actor) -> Result<HttpResponse, AppError> {
    Ok(html(list(&app, &actor, None).await?))
}

async fn list(app: &Data<App>, actor: &Actor, wrong: Option<&str>) -> Result<String, AppError> {
    let store = app.store.clone();
    let Ok(Ok(tokens)) = actix_web::web::block(move || store.device_tokens()).await else {
        return Err(ErrorKind::Receipt.into());
    };
    let tokens: Vec<Token> = tokens
        .into_iter()
        .map(|token| Token {
            name: token.name,
            modes: token.modes,
            survey: token.survey,
            issued_at: token.issued_at,
        })
        .collect();
    let surveys: Vec<String> = app.surveys().catalogue.surveys.keys().cloned().collect();
    Ok(pages::list(actor.frame(), &tokens, &surveys, wrong).into_string())
}

/// POST `/office/devices`: makes a token and shows it once, or revokes one.
///
/// # Errors
/// When the database does not answer.
pub async fn submit(
    app: Data<App>,
    actor: Actor,
    submission: Submission,
) -> Result<HttpResponse, AppError> {
    let name = submission.value("name").trim().to_owned();
    let checked = match reason(&submission) {
        None => Err("office.reason_missing"),
        Some(_) if name.is_empty() || !is_label(&name) => Err("running.token_name_wrong"),
        Some(reason) => Ok(reason),
    };
    let reason = match checked {
        Ok(reason) => reason,
        Err(wrong) => return refused(&app, &actor, wrong).await,
    };
    match submission.value("do") {
        "add" => add(&app, &actor, &submission, name, &reason).await,
        "revoke" => {
            let entry = actor.entry(Action::TokenRevoked, &name).because(&reason);
            let store = app.store.clone();
            let revoked = actix_web::web::block(move || store.revoke_device_token(&name, entry));
            match revoked.await {
                Ok(Ok(_)) => Ok(see_other(&actor.reader.link("/office/devices"))),
                _ => Err(ErrorKind::Receipt.into()),
            }
        }
        _ => Err(ErrorKind::NotAForm.into()),
    }
}

async fn refused(app: &Data<App>, actor: &Actor, wrong: &str) -> Result<HttpResponse, AppError> {
    let page = list(app, actor, Some(wrong)).await?;
    Ok(html_with(StatusCode::UNPROCESSABLE_ENTITY, page))
}

async fn add(
    app: &Data<App>,
    actor: &Actor,
    submission: &Submission,
    name: String,
    reason: &str,
) -> Result<HttpResponse, AppError> {
    let modes: Vec<String> = submission.values("mode").map(str::to_owned).collect();
    if modes.is_empty() || !modes.iter().all(|mode| MODES.contains(&mode.as_str())) {
        return refused(app, actor, "running.token_modes_wrong").await;
    }
    let survey = Some(submission.value("survey")).filter(|survey| !survey.is_empty());
    if survey.is_some_and(|survey| app.surveys().survey(survey).is_none()) {
        return Err(ErrorKind::NotFound.into());
    }
    let survey = survey.map(str::to_owned);
    let random = random_token().map_err(|_| ErrorKind::Internal)?;
    let token = format!("minyi_{random}");
    let entry = actor
        .entry(Action::TokenIssued, &name)
        .of_survey(survey.as_deref().unwrap_or_default())
        .change("", &modes.join(" "))
        .because(reason);
    let (store, own, issued) = (app.store.clone(), token.clone(), name.clone());
    let added = actix_web::web::block(move || {
        store.issue_device_token(&issued, &own, &modes, survey.as_deref(), entry)
    });
    match added.await {
        Ok(Ok(())) => Ok(html(pages::shown_once(actor.frame(), &name, &token))),
        _ => Err(ErrorKind::Receipt.into()),
    }
}
