//! A form: who typed it, in what the entries differ, and the decision.

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use jiff::Timestamp;
use uuid::Uuid;

use crate::collection::double_entry::{Difference, Right, Typed, form_number, settled};
use crate::collection::{self, Answers, Intake, Response, Timing, paper_code};
use crate::locale::{fault_message, text, text_with};
use crate::pages::paper::compare::{self as pages, Comparison};
use crate::questionnaire::answer::Mode;
use crate::staff::Action;
use crate::store::{PaperForm, PaperOutcome};
use crate::survey::Survey;
use crate::web::app::App;
use crate::web::error::{AppError, ErrorKind};
use crate::web::office::actor::Actor;
use crate::web::office::gate::see_other;
use crate::web::office::paper::date;
use crate::web::office::submission::Submission;
use crate::web::page::html_with;
use crate::web::surveys::Surveys;

/// GET `/office/{survey}/paper/form/{number}`.
///
/// # Errors
/// No such survey or form; a database that does not answer.
pub async fn page(
    app: Data<App>,
    actor: Actor,
    path: Path<(String, String)>,
) -> Result<HttpResponse, AppError> {
    let surveys = app.surveys();
    let survey = surveys.survey(&path.0).ok_or(ErrorKind::NotFound)?;
    let form = form(&app, survey, &path.1).await?;
    let page = show(&app, &actor, survey, &form, BTreeMap::new(), Vec::new());
    Ok(html_with(StatusCode::OK, page))
}

async fn form(app: &Data<App>, survey: &Survey, number: &str) -> Result<PaperForm, AppError> {
    let number = form_number(number).ok_or(ErrorKind::NotFound)?;
    let (store, id) = (app.store.clone(), survey.id.clone());
    let read = actix_web::web::block(move || store.paper_form(&id, &number)).await;
    match read {
        Ok(Ok(form)) if form.entries.is_empty() => Err(ErrorKind::NotFound.into()),
        Ok(Ok(form)) => Ok(form),
        _ => Err(ErrorKind::Receipt.into()),
    }
}

fn show(
    app: &App,
    actor: &Actor,
    survey: &Survey,
    form: &PaperForm,
    chosen: BTreeMap<String, (String, String)>,
    faults: Vec<String>,
) -> String {
    let entries = form.entries.iter();
    let settled = form.settled.clone();
    let may_withdraw =
        settled.is_none() && entries.clone().any(|own| own.typist == actor.account.name);
    let comparison = Comparison {
        questionnaire: &survey.questionnaire,
        areas: &app.surveys().catalogue.areas,
        number: &form.form,
        typists: entries
            .map(|own| (own.typist.clone(), own.entered_at))
            .collect(),
        differences: form.differences(),
        settled: settled.map(|own| (own.decided_by, own.decisions, own.settled_at)),
        may_withdraw,
        chosen,
        faults,
    };
    pages::page(actor.frame(), &comparison).into_string()
}

/// POST `/office/{survey}/paper/form/{number}`: decides, or withdraws the own entry.
///
/// # Errors
/// No such survey or form; a database that does not answer.
pub async fn submit(
    app: Data<App>,
    actor: Actor,
    path: Path<(String, String)>,
    submission: Submission,
) -> Result<HttpResponse, AppError> {
    let surveys = app.surveys();
    let survey = surveys.survey(&path.0).ok_or(ErrorKind::NotFound)?;
    let form = form(&app, survey, &path.1).await?;
    match submission.value("do") {
        "decide" => decide(&app, &actor, survey, &form, &submission).await,
        "withdraw" => withdraw(&app, &actor, survey, &form, &submission).await,
        _ => Err(ErrorKind::NotAForm.into()),
    }
}

async fn withdraw(
    app: &Data<App>,
    actor: &Actor,
    survey: &Survey,
    form: &PaperForm,
    submission: &Submission,
) -> Result<HttpResponse, AppError> {
    let reason = submission.value("reason").trim();
    if reason.is_empty() {
        let fault = text(actor.reader.language, "paper.withdraw_reason");
        let page = show(app, actor, survey, form, BTreeMap::new(), vec![fault]);
        return Ok(html_with(StatusCode::UNPROCESSABLE_ENTITY, page));
    }
    let audited = actor
        .entry(Action::PaperEntered, &form.form)
        .of_survey(&survey.id)
        .change("entered", "withdrawn")
        .because(reason);
    let (store, id, number) = (app.store.clone(), survey.id.clone(), form.form.clone());
    let typist = actor.account.name.clone();
    let done =
        actix_web::web::block(move || store.withdraw_paper(&id, &number, &typist, audited)).await;
    match done {
        Ok(Ok(_)) => Ok(see_other(
            &actor.reader.link(&format!("/office/{}/paper", survey.id)),
        )),
        _ => Err(ErrorKind::Receipt.into()),
    }
}

async fn decide(
    app: &Data<App>,
    actor: &Actor,
    survey: &Survey,
    form: &PaperForm,
    submission: &Submission,
) -> Result<HttpResponse, AppError> {
    let back = format!("/office/{}/paper/form/{}", survey.id, form.form);
    let [first, second] = form.entries.as_slice() else {
        return Ok(see_other(&actor.reader.link(&back)));
    };
    let surveys = app.surveys();
    let differences = form.differences();
    let chosen = chosen(&differences, submission);
    let decisions = decisions(&surveys, survey, &chosen);
    let response = match settled(&first.typed(), &second.typed(), &decisions) {
        Ok(typed) => response(&surveys, actor, survey, &typed),
        Err(open) => {
            let values = [("items", open.join(", "))];
            let values = values
                .each_ref()
                .map(|(name, value)| (*name, value.as_str()));
            Err(vec![text_with(
                actor.reader.language,
                "paper.undecided",
                &values,
            )])
        }
    };
    let response = match response {
        Ok(response) => response,
        Err(faults) => {
            let page = show(app, actor, survey, form, chosen, faults);
            return Ok(html_with(StatusCode::UNPROCESSABLE_ENTITY, page));
        }
    };
    let audited = actor
        .entry(Action::PaperSettled, &form.form)
        .of_survey(&survey.id)
        .change(&format!("{} differences", differences.len()), "settled");
    let (store, number) = (app.store.clone(), form.form.clone());
    let who = actor.account.name.clone();
    let done = actix_web::web::block(move || {
        store.settle_paper(&number, &who, &decisions, response, audited)
    });
    match done.await {
        Ok(Ok(PaperOutcome::Stored(_) | PaperOutcome::Complete | PaperOutcome::NoSuchEntry)) => {
            Ok(see_other(&actor.reader.link(&back)))
        }
        _ => Err(ErrorKind::Receipt.into()),
    }
}

/// What was chosen for each difference, and what was typed as another value.
fn chosen(
    differences: &[Difference],
    submission: &Submission,
) -> BTreeMap<String, (String, String)> {
    let items = differences.iter().map(|difference| &difference.item);
    let value = |kind: &str, item: &str| submission.value(&format!("{kind}.{item}")).to_owned();
    items
        .map(|item| (item.clone(), (value("right", item), value("third", item))))
        .collect()
}

/// The decisions; an item without a choice has none.
fn decisions(
    surveys: &Surveys,
    survey: &Survey,
    chosen: &BTreeMap<String, (String, String)>,
) -> BTreeMap<String, Right> {
    let right = |item: &str, choice: &str, third: &str| match choice {
        "first" => Some(Right::First),
        "second" => Some(Right::Second),
        "third" => Some(Right::Third(match survey.questionnaire.question(item) {
            Some(question) => {
                paper_code::answers(question, &surveys.catalogue.areas, third).join(";")
            }
            None if item == "started_at" => date::normal(third).unwrap_or_else(|| third.to_owned()),
            None => third.trim().to_owned(),
        })),
        _ => None,
    };
    let chosen = chosen.iter();
    chosen
        .filter_map(|(item, (choice, third))| Some((item.clone(), right(item, choice, third)?)))
        .collect()
}

/// The response of the form as it was decided, or what is wrong with it.
fn response(
    surveys: &Surveys,
    actor: &Actor,
    survey: &Survey,
    typed: &Typed,
) -> Result<Response, Vec<String>> {
    let language = actor.reader.language;
    let version = surveys.versions.find(survey, Some(typed.get("version")));
    let version = version.ok_or_else(|| vec![text(language, "table.no_version")])?;
    let cells = typed.cells();
    let started_at = date::instant(typed.get("started_at"));
    let submission = collection::Submission {
        id: Uuid::now_v7(),
        version: &version,
        mode: Mode::Paper,
        channel: "",
        psu: typed.get("psu"),
        invitation: None,
        enumerator: typed.get("enumerator"),
        device: "",
        timing: Timing::new(Timestamp::now(), started_at, None),
        flags: "",
        answers: Answers::Row(&cells),
    };
    match collection::intake(survey, &surveys.catalogue.areas, &submission) {
        Intake::Accepted(response) => Ok(*response),
        Intake::Faults(faults) => {
            let questionnaire = &survey.questionnaire;
            let messages = faults.iter().map(|fault| {
                let question = questionnaire.question(&fault.code);
                let name =
                    question.map_or(fault.code.as_str(), |own| own.text.get(language.code()));
                let message = fault_message(language, questionnaire, fault);
                let values = [("question", name), ("message", message.as_str())];
                text_with(language, "form.fault_line", &values)
            });
            Err(messages.collect())
        }
        Intake::ScreenedOut { text, .. } => {
            let values = [("text", text.get(language.code()))];
            Err(vec![text_with(language, "paper.screened", &values)])
        }
    }
}
