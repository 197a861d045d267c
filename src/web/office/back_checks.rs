//! Back-checks: the interviews that are checked, their results, error rates of enumerators.

use std::collections::{BTreeMap, BTreeSet};

use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use jiff::Timestamp;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::collection::back_check::{BackCheckKey, Choice, Entered, compared};
use crate::collection::disposition::VISIT_MODES;
use crate::formats::csv::rows_csv;
use crate::http::form;
use crate::pages::office::back_checks::{self as pages, BackChecks, Fact, Line, Sent};
use crate::pages::office::frame::local_time;
use crate::questionnaire::{Kind, Question};
use crate::release::back_checks::enumerator_errors;
use crate::release::row::category;
use crate::staff::Action;
use crate::store::{BackCheck, CheckOutcome, Store, StoreError};
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

/// An interview that is checked.
struct Chosen {
    reference: String,
    response_id: String,
    enumerator: String,
    mode: String,
    psu: String,
    /// When it began, or else was received, microseconds UTC.
    at: i64,
}

/// What is read for the pages.
struct ReadChecks {
    chosen: Vec<Chosen>,
    interviews: BTreeMap<String, usize>,
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
    let read = read(&app, &survey).await?;
    let wanted = submission.value("check").to_owned();
    let mut list = read.chosen.iter();
    let chosen = list.find(|own| own.reference == wanted);
    let chosen = chosen.ok_or(ErrorKind::NotFound)?;
    let entered = entered(found, &submission);
    let refused = |key: &'static str| {
        let sent = (entered.clone(), Sent::Fault(key));
        show(&app, &actor, &survey, &read, &wanted, sent)
    };
    if chosen.enumerator == actor.account.name {
        return refused("fault_own");
    }
    if let Some(key) = entered.fault() {
        return refused(key);
    }
    let own_facts = facts(found);
    let is_choice = |question: &str, code: &str| {
        let mut own = own_facts.iter().filter(|own| own.code == question);
        own.any(|own| own.choice(code).is_some())
    };
    let mut asked = entered.facts.iter();
    if !asked.all(|(question, code)| is_choice(question, code)) {
        return refused("fault_fact");
    }
    let answers = stored_answers(&app, &found.id, &chosen.response_id).await?;
    let stored = |question: &str| answers.get(question).and_then(category);
    let check = BackCheck::new(
        (&found.id, &chosen.response_id, &chosen.enumerator),
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
        Ok(Ok(CheckOutcome::Known)) => refused("fault_known"),
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
    let read = read(&app, &survey).await?;
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
    for own in &read.chosen {
        let check = read.check_of(own);
        let word = |of: fn(&BackCheck) -> String| check.map(of).unwrap_or_default();
        rows.push(vec![
            own.reference.clone(),
            own.enumerator.clone(),
            own.mode.clone(),
            own.psu.clone(),
            local_time(own.at),
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
    fn check_of(&self, chosen: &Chosen) -> Option<&BackCheck> {
        let mut checks = self.checks.iter();
        checks.find(|own| own.response_id == chosen.response_id)
    }
}

/// The interviews that are checked, and the results.
async fn read(app: &Data<App>, survey: &str) -> Result<ReadChecks, AppError> {
    let surveys = app.surveys();
    let found = surveys.survey(survey).ok_or(ErrorKind::NotFound)?;
    let key = BackCheckKey::new(&app.site.invitation_key.derived("back-check"));
    let (store, id) = (app.store.clone(), found.id.clone());
    let read = in_background(move || read_from(&store, &id, &key)).await;
    match read {
        Some(Ok(read)) => Ok(read),
        _ => Err(ErrorKind::Receipt.into()),
    }
}

fn read_from(store: &Store, survey: &str, key: &BackCheckKey) -> Result<ReadChecks, StoreError> {
    let mut choice = Choice::new(key);
    let mut chosen = Vec::new();
    store.each_verified_page(survey, &mut |page| {
        for own in page {
            let is_visited = VISIT_MODES.iter().any(|mode| mode.as_str() == own.mode);
            if is_visited && !own.enumerator.is_empty() && choice.takes(&own.enumerator, &own.id) {
                chosen.push(Chosen {
                    reference: key.reference(&own.id),
                    response_id: own.id.clone(),
                    enumerator: own.enumerator.clone(),
                    mode: own.mode.clone(),
                    psu: own.psu.clone(),
                    at: own.started_at.unwrap_or(own.received_at),
                });
            }
        }
        Ok::<(), StoreError>(())
    })?;
    Ok(ReadChecks {
        chosen,
        interviews: choice.interviews().clone(),
        checks: store.back_checks(survey)?,
    })
}

/// The answers of a stored response. They are compared, and shown to nobody.
async fn stored_answers(
    app: &Data<App>,
    survey: &str,
    response_id: &str,
) -> Result<Map<String, Value>, AppError> {
    let id = Uuid::parse_str(response_id).map_err(|_| ErrorKind::Internal)?;
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

fn show(
    app: &Data<App>,
    actor: &Actor,
    survey: &str,
    read: &ReadChecks,
    wanted: &str,
    (entered, sent): (Entered, Sent),
) -> Result<HttpResponse, AppError> {
    let surveys = app.surveys();
    let found = surveys.survey(survey).ok_or(ErrorKind::NotFound)?;
    let results: BTreeMap<&str, &BackCheck> = read
        .checks
        .iter()
        .map(|own| (own.response_id.as_str(), own))
        .collect();
    let line = |own: &Chosen| Line {
        reference: own.reference.clone(),
        enumerator: own.enumerator.clone(),
        mode: own.mode.clone(),
        psu: own.psu.clone(),
        at: own.at,
        contact: results
            .get(own.response_id.as_str())
            .map(|own| own.contact.clone()),
    };
    let mut lines: Vec<Line> = read.chosen.iter().map(line).collect();
    // Open ones first, the newest first of both.
    lines.reverse();
    lines.sort_by_key(|own| own.contact.is_some());
    let open = lines.iter().find(|own| own.reference == wanted).cloned();
    let more = lines.len().saturating_sub(MOST_LISTED);
    lines.truncate(MOST_LISTED);
    let mut n_chosen: BTreeMap<String, usize> = BTreeMap::new();
    for own in &read.chosen {
        *n_chosen.entry(own.enumerator.clone()).or_insert(0) += 1;
    }
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
        lines,
        more,
        open,
        facts: facts(found).into_iter().map(fact).collect(),
        entered,
        sent,
        errors: enumerator_errors(&read.interviews, &n_chosen, &read.checks),
        own_name: &actor.account.name,
    };
    Ok(html_with(status, pages::page(actor.frame(), &page)))
}
