//! Prepares a wave: its approval, the next wave, a preview.

use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};

use crate::http::guard::CONTENT_SECURITY_POLICY;
use crate::pages;
use crate::pages::office::wave;
use crate::pages::questionnaire::Attempt;
use crate::staff::Action;
use crate::survey::approval::Approval;
use crate::survey::written::{enter_approval, make_next_wave};
use crate::web::address::Address;
use crate::web::app::App;
use crate::web::error::{AppError, ErrorKind};
use crate::web::office::actor::Actor;
use crate::web::office::gate::see_other;
use crate::web::office::submission::Submission;
use crate::web::office::survey::reason;
use crate::web::page::{html, html_with};
use crate::web::reader;
use crate::web::surveys::invitation_field;

/// GET `/office/{survey}/approval`.
///
/// # Errors
/// No such survey.
pub async fn approval(
    app: Data<App>,
    actor: Actor,
    id: Path<String>,
) -> Result<HttpResponse, AppError> {
    let surveys = app.surveys();
    let survey = surveys.survey(&id).ok_or(ErrorKind::NotFound)?;
    let questionnaire = &survey.questionnaire;
    let typed = Approval {
        form_number: questionnaire.form_number.clone(),
        agency_zh: questionnaire.agency.get("zh").to_owned(),
        agency_en: questionnaire.agency.get("en").to_owned(),
        approval_number: questionnaire.approval_number.clone(),
        valid_until: questionnaire.valid_until.clone(),
    };
    Ok(html(wave::approval(
        actor.frame(),
        questionnaire,
        &typed,
        &[],
    )))
}

/// POST `/office/{survey}/approval`: enters the four marks.
///
/// # Errors
/// No such survey; a database that does not answer.
pub async fn enter(
    app: Data<App>,
    actor: Actor,
    id: Path<String>,
    submission: Submission,
) -> Result<HttpResponse, AppError> {
    let surveys = app.surveys();
    let survey = surveys.survey(&id).ok_or(ErrorKind::NotFound)?;
    let value = |name: &str| submission.value(name).trim().to_owned();
    let typed = Approval {
        form_number: value("form_number"),
        agency_zh: value("agency_zh"),
        agency_en: value("agency_en"),
        approval_number: value("approval_number"),
        valid_until: value("valid_until"),
    };
    let questionnaire = &survey.questionnaire;
    let refused = |mistakes: &[String]| {
        let page = wave::approval(actor.frame(), questionnaire, &typed, mistakes);
        Ok(html_with(StatusCode::UNPROCESSABLE_ENTITY, page))
    };
    let Some(reason) = reason(&submission) else {
        return refused(&[actor.frame().text("office.reason_missing")]);
    };
    let entry = actor
        .entry(Action::ApprovalEntered, &typed.approval_number)
        .of_survey(&survey.id)
        .change(&questionnaire.approval_number, &typed.approval_number)
        .because(&reason);
    let (own, id, approval) = (app.clone(), survey.id.clone(), typed.clone());
    let (areas, last) = (
        surveys.catalogue.areas.clone(),
        questionnaire.closes.clone(),
    );
    let entered = actix_web::web::block(move || {
        let entered = enter_approval(&own.site.surveys, &id, &approval, &last, &areas);
        if let Err(mistakes) = entered {
            return Ok(Err(mistakes));
        }
        own.take_over_changes();
        own.store.record(entry).map(Ok)
    });
    match entered.await {
        Ok(Ok(Ok(()))) => {
            let path = format!("/office/{}", survey.id);
            Ok(see_other(&actor.reader.link(&path)))
        }
        Ok(Ok(Err(mistakes))) => refused(&mistakes),
        _ => Err(ErrorKind::Receipt.into()),
    }
}

/// GET `/office/{survey}/next-wave`.
///
/// # Errors
/// No such survey.
pub async fn next_wave(
    app: Data<App>,
    actor: Actor,
    id: Path<String>,
) -> Result<HttpResponse, AppError> {
    let surveys = app.surveys();
    let survey = surveys.survey(&id).ok_or(ErrorKind::NotFound)?;
    Ok(html(wave::next_wave(
        actor.frame(),
        &survey.questionnaire,
        &[],
    )))
}

/// POST `/office/{survey}/next-wave`: makes the folder and lists what has to be decided.
///
/// # Errors
/// No such survey; a database that does not answer.
pub async fn make(
    app: Data<App>,
    actor: Actor,
    id: Path<String>,
    submission: Submission,
) -> Result<HttpResponse, AppError> {
    let surveys = app.surveys();
    let survey = surveys.survey(&id).ok_or(ErrorKind::NotFound)?;
    let refused = |mistakes: &[String]| {
        let page = wave::next_wave(actor.frame(), &survey.questionnaire, mistakes);
        Ok(html_with(StatusCode::UNPROCESSABLE_ENTITY, page))
    };
    let Some(reason) = reason(&submission) else {
        return refused(&[actor.frame().text("office.reason_missing")]);
    };
    let year = match submission.value("year").trim() {
        "" => None,
        year => match year.parse() {
            Ok(year) => Some(year),
            Err(_) => return refused(&[actor.frame().text("running.no_year")]),
        },
    };
    let entry = actor
        .entry(Action::WaveMade, &survey.id)
        .of_survey(&survey.id)
        .because(&reason);
    let (own, id) = (app.clone(), survey.id.clone());
    let made = actix_web::web::block(move || {
        let (made, open) = match make_next_wave(&own.site.surveys, &id, year) {
            Ok(made) => made,
            Err(mistakes) => return Ok(Err(mistakes)),
        };
        own.take_over_changes();
        own.store.record(entry.change("", &made))?;
        Ok::<_, crate::store::StoreError>(Ok((made, open)))
    });
    match made.await {
        Ok(Ok(Ok((made, open)))) => Ok(html(wave::made(actor.frame(), &made, &open))),
        Ok(Ok(Err(mistakes))) => refused(&mistakes),
        _ => Err(ErrorKind::Receipt.into()),
    }
}

/// GET `/office/{survey}/preview`: the questionnaire in a phone's frame; `form=` its language, `size=`
/// its text.
///
/// # Errors
/// No such survey.
pub async fn preview(
    request: HttpRequest,
    app: Data<App>,
    actor: Actor,
    id: Path<String>,
) -> Result<HttpResponse, AppError> {
    let surveys = app.surveys();
    let survey = surveys.survey(&id).ok_or(ErrorKind::NotFound)?;
    let value = |name: &str| {
        let mut pairs = request.query_string().split('&');
        pairs
            .find_map(|pair| pair.strip_prefix(name))
            .map(str::to_owned)
    };
    let shown = reader::of(value("form=").as_deref(), value("size=").as_deref());
    let page = wave::preview(actor.frame(), &survey.questionnaire, shown);
    let mut response = html(page);
    let policy = format!("{CONTENT_SECURITY_POLICY}; frame-src 'self'");
    set_policy(&mut response, &policy);
    Ok(response)
}

/// GET `/office/{survey}/preview/form`: the questionnaire for the frame of the preview. Only pages of
/// this site may frame it, and it can neither be sent nor read anything.
///
/// # Errors
/// No such survey.
pub async fn preview_form(
    app: Data<App>,
    _actor: Actor,
    id: Path<String>,
    address: Address,
) -> Result<HttpResponse, AppError> {
    let surveys = app.surveys();
    let survey = surveys.survey(&id).ok_or(ErrorKind::NotFound)?;
    let attempt = Attempt {
        invitation: invitation_field(survey),
        ..Attempt::default()
    };
    let document = pages::questionnaire::document(
        address.reader(),
        &survey.questionnaire,
        &surveys.catalogue.areas,
        &survey.questionnaire_hash,
        &attempt,
    );
    let policy = document
        .policy
        .replace("frame-ancestors 'none'", "frame-ancestors 'self'")
        .replace("connect-src 'self'", "connect-src 'none'")
        .replace("form-action 'self'", "form-action 'none'");
    let mut response = html(document.html);
    set_policy(&mut response, &policy);
    let framed = header::HeaderValue::from_static("SAMEORIGIN");
    response
        .headers_mut()
        .insert(header::X_FRAME_OPTIONS, framed);
    Ok(response)
}

fn set_policy(response: &mut HttpResponse, policy: &str) {
    if let Ok(policy) = header::HeaderValue::from_str(policy) {
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
}
