//! Visits to cases: recorded by a typist, listed and counted.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use jiff::Timestamp;

use crate::collection::disposition::{
    CheckedVisit, VISIT_MODES, VisitFields, VisitOutcome, check, final_outcome,
};
use crate::collection::fieldwork::local_day;
use crate::http::form;
use crate::locale::{Language, text, text_with};
use crate::pages::office::visits::{self as pages, CaseLine, Sent, TypedForm, TypedRow, Visits};
use crate::release::dispositions::SurveyCases;
use crate::release::interviews::Interviews;
use crate::release::stored;
use crate::staff::Action;
use crate::store::{Visit, VisitsOutcome};
use crate::survey::Survey;
use crate::web::app::App;
use crate::web::background::in_background;
use crate::web::error::{AppError, ErrorKind};
use crate::web::office::actor::Actor;
use crate::web::office::submission::Submission;
use crate::web::page::html_with;

/// Rows of the form.
const ROWS: usize = 12;

/// Most rows that are taken from one form.
const MOST_ROWS: usize = 200;

/// GET `/office/{survey}/visits`. `?psu=` and `mode=` choose what is listed.
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
    let value = |name: &str| {
        let field = fields.iter().find(|(own, _)| own == name);
        field.map_or("", |(_, value)| value.as_ref())
    };
    let typed = TypedForm {
        psu: value("psu").to_owned(),
        mode: value("mode").to_owned(),
        day: local_day(Timestamp::now()).to_string(),
        ..TypedForm::default()
    };
    show(&app, &actor, &survey, typed, Sent::No).await
}

/// POST `/office/{survey}/visits`: records the rows of the form, all or none.
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
    let typed = typed(&submission);
    let language = actor.reader.language;
    let visits = match checked(found, &typed, language) {
        Ok(visits) => visits,
        Err(faults) => return show(&app, &actor, &survey, typed, Sent::Faults(faults)).await,
    };
    let rows: Vec<usize> = visits.iter().map(|(row, _)| *row).collect();
    let by = (
        actor.account.name.as_str(),
        Timestamp::now().as_microsecond(),
    );
    let visits = visits
        .iter()
        .map(|(_, visit)| Visit::new(&found.id, visit, by));
    let visits: Vec<Visit> = visits.collect();
    let entry = actor
        .entry(Action::VisitsRecorded, &typed.psu)
        .of_survey(&found.id)
        .change("", &format!("{} {}", visits.len(), typed.mode));
    let (store, corrects) = (app.store.clone(), typed.corrects);
    let stored =
        actix_web::web::block(move || store.add_visits(visits, corrects, Some(entry))).await;
    match stored {
        Ok(Ok(VisitsOutcome::Stored(is_new))) => {
            let new = is_new.iter().filter(|new| **new).count();
            let next = TypedForm {
                rows: Vec::new(),
                corrects: false,
                ..typed
            };
            let sent = Sent::Stored(new, is_new.len() - new);
            show(&app, &actor, &survey, next, sent).await
        }
        Ok(Ok(VisitsOutcome::Differ(places))) => {
            let faults = places.iter().filter_map(|place| rows.get(*place));
            let faults = faults.map(|row| in_row(language, *row, "fault_known"));
            let faults = faults.collect();
            show(&app, &actor, &survey, typed, Sent::Faults(faults)).await
        }
        _ => Err(ErrorKind::Receipt.into()),
    }
}

fn typed(submission: &Submission) -> TypedForm {
    let mut attempts = submission.values("attempt");
    let mut outcomes = submission.values("outcome");
    let rows = submission.values("case").take(MOST_ROWS);
    let rows = rows.map(|case| TypedRow {
        case: case.trim().to_owned(),
        attempt: attempts.next().unwrap_or_default().trim().to_owned(),
        outcome: outcomes.next().unwrap_or_default().to_owned(),
    });
    TypedForm {
        rows: rows.collect(),
        psu: submission.value("psu").to_owned(),
        mode: submission.value("mode").to_owned(),
        day: submission.value("day").to_owned(),
        enumerator: submission.value("enumerator").to_owned(),
        corrects: submission.value("corrects") == "yes",
    }
}

/// The rows with a case as visits, each with its number from 1; or all faults in words.
fn checked(
    survey: &Survey,
    typed: &TypedForm,
    language: Language,
) -> Result<Vec<(usize, CheckedVisit)>, Vec<String>> {
    let (mut visits, mut faults) = (Vec::new(), Vec::new());
    let rows = (1..).zip(&typed.rows);
    for (number, row) in rows.filter(|(_, row)| !row.case.is_empty()) {
        let fields = VisitFields {
            mode: &typed.mode,
            psu: &typed.psu,
            case: &row.case,
            attempt: &row.attempt,
            outcome: &row.outcome,
            visited_at: &typed.day,
            enumerator: &typed.enumerator,
        };
        match check(&fields, |psu| survey.is_drawn(psu), Timestamp::now()) {
            Ok(visit) => visits.push((number, visit)),
            Err(found) => faults.extend(found.iter().map(|own| in_row(language, number, own.key))),
        }
    }
    if visits.is_empty() && faults.is_empty() {
        faults.push(text(language, "visits.nothing"));
    }
    match faults.is_empty() {
        true => Ok(visits),
        false => Err(faults),
    }
}

fn in_row(language: Language, row: usize, key: &str) -> String {
    let what = text(language, &format!("visits.{key}"));
    let values = [("row", &*row.to_string()), ("what", &*what)];
    text_with(language, "visits.row", &values)
}

async fn show(
    app: &Data<App>,
    actor: &Actor,
    survey: &str,
    mut typed: TypedForm,
    sent: Sent,
) -> Result<HttpResponse, AppError> {
    let surveys = app.surveys();
    let found = surveys.survey(survey).ok_or(ErrorKind::NotFound)?;
    let drawn = found.frame.iter().filter(|unit| unit.selected == 1);
    let language = actor.reader.language.code();
    let name = |code: &str| {
        let area = surveys.catalogue.areas.get(code);
        area.map_or_else(String::new, |area| area.name.get(language).to_owned())
    };
    let psus: Vec<(String, String)> = drawn
        .map(|unit| (unit.psu.clone(), name(&unit.area)))
        .collect();
    if !found.is_drawn(&typed.psu) && matches!(sent, Sent::No) {
        typed.psu = psus
            .first()
            .map_or_else(String::new, |(psu, _)| psu.clone());
    }
    if typed.mode.is_empty() {
        VISIT_MODES[0].as_str().clone_into(&mut typed.mode);
    }
    while typed.rows.len() < ROWS {
        typed.rows.push(TypedRow {
            attempt: "1".to_owned(),
            outcome: VisitOutcome::Refusal.as_str().to_owned(),
            ..TypedRow::default()
        });
    }
    let (own_app, id) = (app.clone(), found.id.clone());
    let read = in_background(move || {
        let surveys = own_app.surveys();
        let survey = surveys.survey(&id)?;
        let areas = &surveys.catalogue.areas;
        let visits = own_app.store.visits(&id, None).ok()?;
        let interviews = interviews(&own_app, survey)?;
        let cases = SurveyCases::new(survey, areas, &interviews, &visits).ok()?;
        let groups = cases.groups(survey, areas);
        Some((cases, groups, visits))
    });
    let (counted, groups, all) = read.await.flatten().ok_or(ErrorKind::Receipt)?;
    let status = match sent {
        Sent::Faults(_) => StatusCode::UNPROCESSABLE_ENTITY,
        Sent::No | Sent::Stored(..) => StatusCode::OK,
    };
    let page = Visits {
        questionnaire: &found.questionnaire,
        psus,
        cases: cases(&all, &typed.psu, &typed.mode),
        form: typed,
        sent,
        counted,
        groups,
    };
    Ok(html_with(status, pages::page(actor.frame(), &page)))
}

/// The interviews of a survey, of a large one as they were counted last.
fn interviews(app: &App, survey: &Survey) -> Option<Interviews> {
    let kept = app.kept();
    let is_large = kept.is_large(app.store.count(&survey.id).ok()?);
    let counts = app.provisional.fieldwork(&survey.id);
    if let Some(counts) = counts.filter(|_| is_large) {
        return Some(counts.interviews.clone());
    }
    let areas = &app.surveys().catalogue.areas;
    stored::interviews_now(survey, areas, (&app.store, &kept)).ok()
}

/// The cases of a PSU and a mode.
fn cases(visits: &[Visit], psu: &str, mode: &str) -> Vec<CaseLine> {
    let mut by_case: BTreeMap<i64, Vec<&Visit>> = BTreeMap::new();
    let own = visits
        .iter()
        .filter(|own| own.psu == psu && own.mode == mode);
    for visit in own {
        by_case.entry(visit.case_number).or_default().push(visit);
    }
    let lines = by_case.into_iter().filter_map(|(case, visits)| {
        let outcomes = visits.iter();
        let outcomes = outcomes.filter_map(|own| VisitOutcome::parse(&own.outcome));
        let last = visits.iter().map(|own| own.visited_at.as_str()).max();
        Some(CaseLine {
            case,
            outcome: final_outcome(outcomes)?,
            visits: visits.len(),
            last: last.unwrap_or_default().to_owned(),
        })
    });
    lines.collect()
}
