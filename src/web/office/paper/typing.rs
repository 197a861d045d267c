//! Typing a form. What was typed passes the same intake as every other response.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use jiff::Timestamp;
use jiff::civil::Time;
use uuid::Uuid;

use crate::collection::double_entry::form_number;
use crate::collection::fieldwork::local_day;
use crate::collection::{self, Answers, Intake, Response, Timing, paper_code};
use crate::http::form;
use crate::locale::{fault_message, text, text_with};
use crate::pages::paper::typing::{self as pages, Notice, Typing};
use crate::questionnaire::answer::Mode;
use crate::staff::Action;
use crate::store::{PaperEntry, PaperOutcome};
use crate::survey::Survey;
use crate::web::app::App;
use crate::web::error::{AppError, ErrorKind};
use crate::web::office::actor::Actor;
use crate::web::office::gate::see_other;
use crate::web::office::paper::date;
use crate::web::office::submission::Submission;
use crate::web::page::html_with;
use crate::web::surveys::Surveys;

/// Fields of the page that are no answers.
const FIELDS: [&str; 6] = [
    "id",
    "psu",
    "enumerator",
    "started_at",
    "version",
    "seconds",
];

/// What was typed, or why it cannot be stored.
#[derive(Default)]
struct Attempt {
    typed: Vec<(String, String)>,
    faults: Vec<(String, String)>,
    notice: Option<Notice>,
}

/// GET `/office/{survey}/paper/type`.
///
/// # Errors
/// No such survey; a database that does not answer.
pub async fn page(
    request: HttpRequest,
    app: Data<App>,
    actor: Actor,
    survey: Path<String>,
) -> Result<HttpResponse, AppError> {
    let surveys = app.surveys();
    let found = surveys.survey(&survey).ok_or(ErrorKind::NotFound)?;
    let attempt = Attempt {
        notice: done(&request, &actor),
        ..Attempt::default()
    };
    show(&app, &actor, found, attempt, StatusCode::OK).await
}

/// What was done with the form before, from the query.
fn done(request: &HttpRequest, actor: &Actor) -> Option<Notice> {
    let fields = form::decode(request.query_string().as_bytes()).ok()?;
    let value = |name: &str| {
        let mut fields = fields.iter();
        fields
            .find(|(own, _)| own == name)
            .map(|(_, value)| value.as_ref())
    };
    let number = form_number(value("done")?)?;
    let key = match value("as")? {
        "first" => "paper.stored_first",
        "done" => "paper.stored_done",
        "differs" => "paper.stored_differs",
        _ => return None,
    };
    let values = [("number", number.as_str())];
    Some(Notice::Done(text_with(actor.reader.language, key, &values)))
}

async fn show(
    app: &Data<App>,
    actor: &Actor,
    survey: &Survey,
    attempt: Attempt,
    status: StatusCode,
) -> Result<HttpResponse, AppError> {
    let (store, id, name) = (
        app.store.clone(),
        survey.id.clone(),
        actor.account.name.clone(),
    );
    let midnight = local_day(Timestamp::now()).to_datetime(Time::midnight());
    let midnight = jiff::tz::offset(8).to_timestamp(midnight);
    let since = midnight.map_or(i64::MAX, Timestamp::as_microsecond);
    let counted = actix_web::web::block(move || store.paper_typed_since(&id, &name, since)).await;
    let Ok(Ok(today)) = counted else {
        return Err(ErrorKind::Receipt.into());
    };
    let drawn = survey.frame.iter().filter(|unit| unit.selected == 1);
    let psus: Vec<&str> = drawn.map(|unit| unit.psu.as_str()).collect();
    let version = &survey.questionnaire_hash;
    let page = pages::page(
        actor.frame(),
        &Typing {
            questionnaire: &survey.questionnaire,
            areas: &app.surveys().catalogue.areas,
            version: version.get(..12).unwrap_or(version),
            has_psu: !survey.frame.is_empty(),
            psus: &psus,
            typed: &attempt.typed,
            faults: &attempt.faults,
            notice: attempt.notice,
            today,
        },
    );
    Ok(html_with(status, page))
}

/// POST `/office/{survey}/paper/type`.
///
/// # Errors
/// No such survey; a database that does not answer.
pub async fn submit(
    app: Data<App>,
    actor: Actor,
    survey: Path<String>,
    submission: Submission,
) -> Result<HttpResponse, AppError> {
    let surveys = app.surveys();
    let found = surveys.survey(&survey).ok_or(ErrorKind::NotFound)?;
    let version = Some(submission.value("version")).filter(|typed| !typed.trim().is_empty());
    surveys.versions.look_up(&app.store, found, version).await;
    let refused = StatusCode::UNPROCESSABLE_ENTITY;
    let (entry, response) = match read(&surveys, &actor, found, &submission) {
        Ok(ready) => ready,
        Err(attempt) => return show(&app, &actor, found, attempt, refused).await,
    };
    let number = entry.form.clone();
    let audited = actor
        .entry(Action::PaperEntered, &number)
        .of_survey(&found.id);
    let store = app.store.clone();
    let entered = actix_web::web::block(move || store.enter_paper(entry, response, audited)).await;
    let Ok(Ok(outcome)) = entered else {
        return Err(ErrorKind::Receipt.into());
    };
    let state = match outcome {
        PaperOutcome::First => "first",
        PaperOutcome::Stored(_) => "done",
        PaperOutcome::Differs(_) => "differs",
        other => {
            let key = match other {
                PaperOutcome::SamePerson => "paper.same_person",
                _ => "paper.complete",
            };
            let message = text_with(actor.reader.language, key, &[("number", &number)]);
            let attempt = Attempt {
                typed: owned(&submission),
                notice: Some(Notice::Refused(message)),
                ..Attempt::default()
            };
            return show(&app, &actor, found, attempt, StatusCode::CONFLICT).await;
        }
    };
    let number = form::encode(&number);
    let path = format!("/office/{}/paper/type?done={number}&as={state}", found.id);
    Ok(see_other(&actor.reader.link(&path)))
}

fn owned(submission: &Submission) -> Vec<(String, String)> {
    let fields = submission.fields();
    fields
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// The entry, and the response that the form would become.
fn read(
    surveys: &Surveys,
    actor: &Actor,
    survey: &Survey,
    submission: &Submission,
) -> Result<(PaperEntry, Response), Attempt> {
    let language = actor.reader.language;
    let (head, mut faults) = head(surveys, actor, survey, submission);
    let Head {
        number,
        started_at,
        version,
    } = head;
    let answers = answers(surveys, survey, submission);
    let answers: Vec<(&str, &str)> = answers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let now = Timestamp::now();
    let attempt = |faults, notice| Attempt {
        typed: owned(submission),
        faults,
        notice,
    };
    let taken = collection::intake(
        survey,
        &surveys.catalogue.areas,
        &collection::Submission {
            id: Uuid::now_v7(),
            version: &version,
            mode: Mode::Paper,
            channel: "",
            psu: submission.value("psu").trim(),
            invitation: None,
            enumerator: submission.value("enumerator").trim(),
            device: "",
            timing: Timing::new(now, date::instant(&started_at), None),
            flags: "",
            answers: Answers::Form(&answers),
        },
    );
    let response = match taken {
        Intake::Accepted(response) if faults.is_empty() => *response,
        Intake::Accepted(_) => return Err(attempt(faults, None)),
        Intake::Faults(found) => {
            let messages = found.iter().map(|fault| {
                let message = fault_message(language, &survey.questionnaire, fault);
                (fault.code.clone(), message)
            });
            faults.extend(messages);
            return Err(attempt(faults, None));
        }
        Intake::ScreenedOut { text, .. } => {
            let values = [("text", text.get(language.code()))];
            let message = text_with(language, "paper.screened", &values);
            return Err(attempt(faults, Some(Notice::Refused(message))));
        }
    };
    let seconds = submission.value("seconds").parse().unwrap_or(0);
    let seconds = i64::clamp(seconds, 0, 86_400);
    let typist = &actor.account.name;
    let entry = PaperEntry::new(&number, typist, &started_at, seconds, &response);
    Ok((entry, response))
}

/// The head of a form; a field that is wrong is empty.
struct Head {
    number: String,
    started_at: String,
    version: String,
}

/// Reads the head of a form, and says what is wrong in it.
fn head(
    surveys: &Surveys,
    actor: &Actor,
    survey: &Survey,
    submission: &Submission,
) -> (Head, Vec<(String, String)>) {
    let language = actor.reader.language;
    let mut faults = Vec::new();
    let mut fault = |name: &str, key: &str| faults.push((name.to_owned(), text(language, key)));
    let number = form_number(submission.value("id"));
    if number.is_none() {
        fault("id", "paper.no_number");
    }
    let started_at = date::normal(submission.value("started_at"));
    if started_at.is_none() {
        fault("started_at", "paper.no_date");
    }
    let version = Some(submission.value("version").trim());
    let version = surveys.versions.find(survey, version);
    if version.is_none() {
        fault("version", "table.no_version");
    }
    let head = Head {
        number: number.unwrap_or_default(),
        started_at: started_at.unwrap_or_default(),
        version: version.unwrap_or_default(),
    };
    (head, faults)
}

/// The answers as a form of the web sends them, from the codes of the paper.
fn answers(surveys: &Surveys, survey: &Survey, submission: &Submission) -> Vec<(String, String)> {
    let mut answers = Vec::new();
    for (name, typed) in submission.fields() {
        if FIELDS.contains(&name) {
            continue;
        }
        match survey.questionnaire.question(name) {
            Some(question) => {
                let values = paper_code::answers(question, &surveys.catalogue.areas, typed);
                answers.extend(values.into_iter().map(|value| (name.to_owned(), value)));
            }
            None => answers.push((name.to_owned(), typed.to_owned())),
        }
    }
    answers
}
