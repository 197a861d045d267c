//! The page of one survey: opens, closes and extends its fieldwork.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use jiff::Timestamp;
use jiff::civil::Date;

use crate::collection::Decision;
use crate::collection::fieldwork::Refused as Reason;
use crate::locale::{text, text_with};
use crate::pages::office::survey::{self as pages, Change, Refused, SurveyPage};
use crate::staff::Action;
use crate::store::{FieldworkChange, in_force};
use crate::survey::Survey;
use crate::web::app::App;
use crate::web::error::{AppError, ErrorKind};
use crate::web::office::actor::Actor;
use crate::web::office::gate::see_other;
use crate::web::office::submission::Submission;
use crate::web::page::html_with;
use crate::web::surveys::Surveys;

/// Longest reason, characters.
pub(super) const LONGEST_REASON: usize = 300;

/// GET `/office/{survey}`.
///
/// # Errors
/// No such survey; a database that does not answer.
pub async fn page(
    app: Data<App>,
    actor: Actor,
    id: Path<String>,
) -> Result<HttpResponse, AppError> {
    show(&app, &actor, &id, None).await
}

pub(super) async fn show(
    app: &Data<App>,
    actor: &Actor,
    id: &str,
    refused: Option<Refused>,
) -> Result<HttpResponse, AppError> {
    let surveys = app.surveys();
    let survey = surveys.survey(id).ok_or(ErrorKind::NotFound)?;
    let (store, own) = (app.store.clone(), survey.id.clone());
    let read = actix_web::web::block(move || store.versions(&own)).await;
    let Ok(Ok(stored)) = read else {
        return Err(ErrorKind::Receipt.into());
    };
    let versions: Vec<_> = in_force(&stored)
        .iter()
        .map(|version| (version.hash.clone(), version.since, version.reason.clone()))
        .collect();
    let changes = surveys.fieldwork_changes(id);
    let changes: Vec<Change<'_>> = changes.into_iter().rev().map(shown).collect();
    let folder = format!("{}/", app.site.surveys.join(id).display());
    let mistakes = surveys.mistakes.iter();
    let mistakes: Vec<String> = mistakes
        .filter(|line| line.starts_with(&folder))
        .cloned()
        .collect();
    let view = SurveyPage {
        questionnaire: &survey.questionnaire,
        state: surveys.fieldwork(survey, Timestamp::now()).as_str(),
        address: &format!("{}/s/{id}", app.site.public_url),
        versions: &versions,
        changes: &changes,
        mistakes: &mistakes,
    };
    let status = match &refused {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    let page = pages::page(actor.frame(), &view, refused.as_ref());
    Ok(html_with(status, page))
}

fn shown(change: &FieldworkChange) -> Change<'_> {
    Change {
        what: &change.what,
        days: (&change.opens, &change.closes),
        who: &change.decided_by,
        at: change.decided_at,
        reason: &change.reason,
    }
}

/// The reason of a form; `None` if it is empty or too long.
pub(super) fn reason(submission: &Submission) -> Option<String> {
    let reason = submission.value("reason").trim();
    let is_fit = !reason.is_empty() && reason.chars().count() <= LONGEST_REASON;
    is_fit.then(|| reason.to_owned())
}

/// POST `/office/{survey}`: opens, closes or extends fieldwork.
///
/// # Errors
/// No such survey; a database that does not answer.
pub async fn submit(
    app: Data<App>,
    actor: Actor,
    id: Path<String>,
    submission: Submission,
) -> Result<HttpResponse, AppError> {
    let surveys = app.surveys();
    let survey = surveys.survey(&id).ok_or(ErrorKind::NotFound)?;
    let language = actor.reader.language;
    let decided = decided(&surveys, survey, &submission);
    let change = match decided {
        Ok((decision, period, reason, now)) => FieldworkChange::new(
            &survey.id,
            decision,
            &period,
            (&actor.account.name, &reason),
            now.as_microsecond(),
        ),
        Err(why) => {
            let message = match why {
                Why::Reason => text(language, "office.reason_missing"),
                Why::Day => text(language, "running.no_day"),
                Why::Refused(Reason::NotLater(day)) => {
                    text_with(language, "running.not_later", &[("day", &day.to_string())])
                }
                Why::Refused(Reason::AfterApproval(month)) => {
                    text_with(language, "running.after_approval", &[("month", &month)])
                }
                Why::Refused(refused) => text(language, &format!("running.{}", refused.key())),
            };
            return show(&app, &actor, &id, Some(Refused { message })).await;
        }
    };
    let before = &survey.questionnaire;
    let before = format!("{} {}", before.opens, before.closes);
    let after = format!("{} {}", change.opens, change.closes);
    let entry = actor.entry(Action::FieldworkChanged, &change.what);
    let entry = change.entry(entry).change(&before, &after);
    let own = app.clone();
    let changed = actix_web::web::block(move || {
        own.store.change_fieldwork(change, entry)?;
        own.take_over_changes();
        Ok::<_, crate::store::StoreError>(())
    });
    match changed.await {
        Ok(Ok(())) => Ok(see_other(&actor.reader.link(&format!("/office/{id}")))),
        _ => Err(ErrorKind::Receipt.into()),
    }
}

/// Why nothing is decided.
enum Why {
    Reason,
    Day,
    Refused(Reason),
}

type Decided = (Decision, crate::collection::Period, String, Timestamp);

fn decided(surveys: &Surveys, survey: &Survey, submission: &Submission) -> Result<Decided, Why> {
    let reason = reason(submission).ok_or(Why::Reason)?;
    let day = submission.value("until").trim();
    let until: Option<Date> = match day {
        "" => None,
        day => Some(day.parse().map_err(|_| Why::Day)?),
    };
    let decision = match (submission.value("do"), until) {
        ("open", until) => Decision::Open { until },
        ("extend", Some(until)) => Decision::Extend { until },
        ("close", _) => Decision::Close,
        _ => return Err(Why::Day),
    };
    let now = Timestamp::now();
    let valid_until = &survey.questionnaire.valid_until;
    let period = surveys.period(&survey.id).after(decision, valid_until, now);
    Ok((decision, period.map_err(Why::Refused)?, reason, now))
}
