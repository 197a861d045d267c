//! Back-checks: the interviews that are checked, their results, error rates of enumerators.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use jiff::Timestamp;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::collection::back_check::{Entered, compared};
use crate::formats::csv::rows_csv;
use crate::http::form;
use crate::pages::office::back_checks::{self as pages, BackChecks, Fact, Line, Sent};
use crate::pages::office::frame::local_time;
use crate::questionnaire::{Kind, Question};
use crate::release::back_checks::{
    CheckedInterview, CheckedInterviews, EnumeratorErrors, enumerator_errors,
};
use crate::release::kept::ReadError;
use crate::release::row::category;
use crate::staff::Action;
use crate::store::{BackCheck, CheckOutcome};
use crate::survey::Survey;
use crate::web::app::App;
use crate::web::background::in_background;
use crate::web::error::{AppError, ErrorKind};
use crate::web::office::actor::Actor;
use crate::web::office::gate::see_other;
use crate::web::office::submission::Submission;
use crate::web::page::html_with;

/// Most interviews that the page lists.
const MOST_LISTED: usize = 500;

/// Most facts that are asked again.
const MOST_FACTS: usize = 3;

/// What is read for the pages.
struct ReadChecks {
    /// The interviews; `None` while those of a large survey are not counted yet.
    known: Option<Arc<CheckedInterviews>>,
    checks: Vec<BackCheck>,
}

/// GET `/office/{survey}/back-checks`. `?check=` opens the form of the interview with that reference.
///
/// # Errors
/// No such survey; a database that does not answer.
pub async fn page(
    request: HttpRequest,
    app: Data<App>,
    actor: Actor,
    survey: Path<String>,
) -> Result<HttpResponse, AppError> {
    let fields = form::decode(request.query_string().as_bytes()).unwrap_or_default();
    let wanted = fields.iter().find(|(name, _)| name == "check");
    let wanted = wanted.map_or("", |(_, value)| value.as_ref());
    let read = read(&app, &survey).await?;
    show(
        &app,
        &actor,
        &survey,
        &read,
        wanted,
        (Entered::default(), Sent::No),
    )
    .await
}

/// POST `/office/{survey}/back-checks`: the result of one check, once for each interview.
///
/// # Errors
/// No such survey; no such interview in the list; a database that does not answer.
pub async fn submit(
    app: Data<App>,
    actor: Actor,
    survey: Path<String>,
    submission: Submission,
) -> Result<HttpResponse, AppError> {
    let surveys = app.surveys();
    let found = surveys.survey(&survey).ok_or(ErrorKind::NotFound)?;
    let read = read(&app, &survey).await?.counted()?;
    let wanted = submission.value("check").to_owned();
    let chosen = read.chosen().iter().find(|own| own.reference == wanted);
    let chosen = chosen.ok_or(ErrorKind::NotFound)?;
    let entered = entered(found, &submission);
    let refused = async |key: &'static str| {
        let sent = (entered.clone(), Sent::Fault(key));
        show(&app, &actor, &survey, &read, &wanted, sent).await
    };
    if chosen.enumerator == actor.account.name {
        return refused("fault_own").await;
    }
    if let Some(key) = entered.fault() {
        return refused(key).await;
    }
    let own_facts = facts(found);
    let is_choice = |question: &str, code: &str| {
        let mut own = own_facts.iter().filter(|own| own.code == question);
        own.any(|own| own.choice(code).is_some())
    };
    let mut asked = entered.facts.iter();
    if !asked.all(|(question, code)| is_choice(question, code)) {
        return refused("fault_fact").await;
    }
    let answers = stored_answers(&app, &found.id, chosen.id).await?;
    let stored = |question: &str| answers.get(question).and_then(category);
    let check = BackCheck::new(
        (&found.id, &chosen.id.to_string(), &chosen.enumerator),
        [&entered.contact, &entered.interview, &entered.duration],
        compared(&entered.facts, stored),
        (&actor.account.name, Timestamp::now().as_microsecond()),
    );
    let entry = actor
        .entry(Action::BackCheckEntered, &chosen.reference)
        .of_survey(&found.id)
        .change("", &entered.contact);
    let store = app.store.clone();
    let stored = actix_web::web::block(move || store.add_back_check(check, entry)).await;
    match stored {
        Ok(Ok(CheckOutcome::Stored)) => {
            let page = format!("/office/{}/back-checks", found.id);
            Ok(see_other(&actor.reader.link(&page)))
        }
        Ok(Ok(CheckOutcome::Known)) => refused("fault_known").await,
        _ => Err(ErrorKind::Receipt.into()),
    }
}

/// GET `/office/{survey}/back-checks.csv`: the list, with the results.
///
/// # Errors
/// No such survey; a database that does not answer.
pub async fn csv(
    app: Data<App>,
    actor: Actor,
    survey: Path<String>,
) -> Result<HttpResponse, AppError> {
    let read = read(&app, &survey).await?.counted()?;
    let headings = [
        "reference",
        "enumerator",
        "mode",
        "psu",
        "time",
        "contact",
        "interview",
        "duration",
        "compared",
        "differing",
        "checked_by",
    ];
    let mut rows = vec![headings.map(str::to_owned).to_vec()];
    let ids = read.chosen().iter().map(|own| own.id).collect();
    let started = started_at(&app, &survey, ids).await?;
    let results = read.results();
    for own in read.chosen() {
        let check = results.get(&own.id).copied();
        let word = |of: fn(&BackCheck) -> String| check.map(of).unwrap_or_default();
        rows.push(vec![
            own.reference.clone(),
            own.enumerator.clone(),
            own.mode.clone(),
            own.psu.clone(),
            local_time(*started.get(&own.id).unwrap_or(&own.received_at)),
            word(|own| own.contact.clone()),
            word(|own| own.interview.clone()),
            word(|own| own.duration.clone()),
            word(|own| own.compared.to_string()),
            word(|own| own.differing.to_string()),
            word(|own| own.checked_by.clone()),
        ]);
    }
    let name = format!("attachment; filename=\"{survey}-back-checks.csv\"");
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((header::CONTENT_DISPOSITION, name))
        .insert_header((header::CONTENT_LANGUAGE, actor.reader.language.tag()))
        .body(rows_csv(&rows)))
}

impl ReadChecks {
    /// The same, once the interviews are counted; before that, an error that asks to try again.
    fn counted(self) -> Result<ReadChecks, AppError> {
        match self.known {
            Some(_) => Ok(self),
            None => Err(ErrorKind::Receipt.into()),
        }
    }

    fn chosen(&self) -> &[CheckedInterview] {
        self.known.as_ref().map_or(&[], |own| own.chosen.as_slice())
    }

    /// The results by the id of the response.
    fn results(&self) -> HashMap<Uuid, &BackCheck> {
        let checks = self.checks.iter();
        checks
            .filter_map(|own| Some((Uuid::parse_str(&own.response_id).ok()?, own)))
            .collect()
    }
}

/// The interviews that are checked, and the results.
async fn read(app: &Data<App>, survey: &str) -> Result<ReadChecks, AppError> {
    let surveys = app.surveys();
    surveys.survey(survey).ok_or(ErrorKind::NotFound)?;
    let (shared, id) = (app.clone(), survey.to_owned());
    let read = in_background(move || {
        let survey = surveys.survey(&id)?;
        let known = checked(&shared, survey).ok()?;
        let checks = shared.store.back_checks(&id).ok()?;
        Some(ReadChecks { known, checks })
    });
    let read = read.await.flatten();
    Ok(read.ok_or(ErrorKind::Receipt)?)
}

/// The interviews that are checked, of a large survey as they were counted last; `None` before that.
fn checked(app: &App, survey: &Survey) -> Result<Option<Arc<CheckedInterviews>>, ReadError> {
    let kept = app.kept();
    let counts = app.provisional.fieldwork(&survey.id);
    let is_large = kept.is_large(app.store.count(&survey.id)?);
    let is_countable = survey.plan.is_some() && !app.provisional.has_other_plan(&survey.id);
    if is_large && (counts.is_some() || is_countable) {
        return Ok(counts.map(|own| Arc::clone(&own.checked)));
    }
    let wave = kept.wave(survey, &app.store, u64::MAX)?;
    let checked = CheckedInterviews::default().with(&wave, &app.back_check_key());
    Ok(Some(Arc::new(checked)))
}

/// When the responses with these ids began, microseconds UTC, as far as it is known.
async fn started_at(
    app: &Data<App>,
    survey: &str,
    ids: Vec<Uuid>,
) -> Result<BTreeMap<Uuid, i64>, AppError> {
    let (store, survey) = (app.store.clone(), survey.to_owned());
    let started = in_background(move || store.started_at(&survey, &ids).ok());
    Ok(started.await.flatten().ok_or(ErrorKind::Receipt)?)
}

/// The answers of a stored response. They are compared, and shown to nobody.
async fn stored_answers(
    app: &Data<App>,
    survey: &str,
    id: Uuid,
) -> Result<Map<String, Value>, AppError> {
    let (store, survey) = (app.store.clone(), survey.to_owned());
    let found = actix_web::web::block(move || store.stored_answers(&survey, &[id])).await;
    match found {
        Ok(Ok(answers)) => {
            let answers = answers.get(&id);
            let answers = answers.and_then(|own| serde_json::from_str(&own.answers).ok());
            Ok(answers.unwrap_or_default())
        }
        _ => Err(ErrorKind::Receipt.into()),
    }
}

/// The questions that are asked again: those that the weights are calibrated to by themselves.
fn facts(survey: &Survey) -> Vec<&Question> {
    let Some(plan) = &survey.plan else {
        return Vec::new();
    };
    let variables = plan.weighting.rake.iter();
    let variables = variables.filter_map(|name| plan.variables.get(name));
    let questions = variables.filter_map(|own| survey.questionnaire.question(&own.question));
    let mut known = BTreeSet::new();
    questions
        .filter(|own| matches!(own.kind, Kind::Single(_)) && known.insert(&own.code))
        .take(MOST_FACTS)
        .collect()
}

fn errors(read: &ReadChecks) -> Vec<EnumeratorErrors> {
    let Some(known) = &read.known else {
        return Vec::new();
    };
    enumerator_errors(&known.interviews, &known.n_chosen(), &read.checks)
}

fn entered(survey: &Survey, submission: &Submission) -> Entered {
    let asked = facts(survey).into_iter().map(|question| {
        let value = submission.value(&format!("fact-{}", question.code));
        (question.code.clone(), value.to_owned())
    });
    Entered {
        contact: submission.value("contact").to_owned(),
        interview: submission.value("interview").to_owned(),
        duration: submission.value("duration").to_owned(),
        facts: asked.filter(|(_, code)| !code.is_empty()).collect(),
    }
}

async fn show(
    app: &Data<App>,
    actor: &Actor,
    survey: &str,
    read: &ReadChecks,
    wanted: &str,
    (entered, sent): (Entered, Sent),
) -> Result<HttpResponse, AppError> {
    let surveys = app.surveys();
    let found = surveys.survey(survey).ok_or(ErrorKind::NotFound)?;
    let results = read.results();
    let mut chosen: Vec<&CheckedInterview> = read.chosen().iter().collect();
    // Open ones first, the newest first of both.
    chosen.reverse();
    chosen.sort_by_key(|own| results.contains_key(&own.id));
    let open = chosen.iter().find(|own| own.reference == wanted).copied();
    let more = chosen.len().saturating_sub(MOST_LISTED);
    chosen.truncate(MOST_LISTED);
    let ids = chosen.iter().copied().chain(open).map(|own| own.id);
    let started = started_at(app, survey, ids.collect()).await?;
    let line = |own: &CheckedInterview| Line {
        reference: own.reference.clone(),
        enumerator: own.enumerator.clone(),
        mode: own.mode.clone(),
        psu: own.psu.clone(),
        at: *started.get(&own.id).unwrap_or(&own.received_at),
        contact: results.get(&own.id).map(|own| own.contact.clone()),
    };
    let language = actor.reader.language.code();
    let fact = |question: &Question| Fact {
        code: question.code.clone(),
        text: question.text.get(language).to_owned(),
        choices: question
            .choices()
            .iter()
            .map(|own| (own.code.clone(), own.label.get(language).to_owned()))
            .collect(),
    };
    let status = match sent {
        Sent::Fault(_) => StatusCode::UNPROCESSABLE_ENTITY,
        Sent::No => StatusCode::OK,
    };
    let page = BackChecks {
        questionnaire: &found.questionnaire,
        is_counted: read.known.is_some(),
        lines: chosen.into_iter().map(line).collect(),
        more,
        open: open.map(line),
        facts: facts(found).into_iter().map(fact).collect(),
        entered,
        sent,
        errors: errors(read),
        own_name: &actor.account.name,
    };
    Ok(html_with(status, pages::page(actor.frame(), &page)))
}
