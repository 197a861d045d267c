//! The forms of a survey, the form to print, the template to type in.

use actix_web::http::header;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};

use crate::formats::import_template;
use crate::http::form;
use crate::pages::paper::list::{self as pages, Line, List, State};
use crate::pages::paper::print;
use crate::store::PaperForm;
use crate::web::app::App;
use crate::web::error::{AppError, ErrorKind};
use crate::web::office::actor::Actor;
use crate::web::page::html;

/// Most forms that the page lists.
const MOST_LISTED: usize = 500;

/// GET `/office/{survey}/paper`.
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
    let (store, id) = (app.store.clone(), found.id.clone());
    let forms = actix_web::web::block(move || store.paper_forms(&id)).await;
    let Ok(Ok(forms)) = forms else {
        return Err(ErrorKind::Receipt.into());
    };
    let wanted = asked_state(&request);
    let all: Vec<Line> = forms.iter().map(line).collect();
    let count = |state| all.iter().filter(|line| line.state == state).count();
    let counts = State::ALL.map(count);
    let mut lines: Vec<Line> = all
        .into_iter()
        .filter(|line| wanted.is_none_or(|wanted| wanted == line.state))
        .collect();
    lines.reverse();
    let more = lines.len().saturating_sub(MOST_LISTED);
    lines.truncate(MOST_LISTED);
    let list = List {
        questionnaire: &found.questionnaire,
        lines,
        state: wanted,
        counts,
        more,
    };
    Ok(html(pages::page(actor.frame(), &list)))
}

/// The state in the query, if there is one.
fn asked_state(request: &HttpRequest) -> Option<State> {
    let fields = form::decode(request.query_string().as_bytes()).ok()?;
    let (_, word) = fields.iter().find(|(name, _)| name == "state")?;
    State::ALL.into_iter().find(|state| state.as_str() == word)
}

fn line(form: &PaperForm) -> Line {
    let entries = form.entries.iter();
    let last = entries.clone().map(|entry| entry.entered_at).max();
    let settled = form.settled.as_ref();
    Line {
        number: form.form.clone(),
        state: match (settled, form.entries.len()) {
            (Some(_), _) => State::Done,
            (None, 2) => State::Differing,
            (None, _) => State::Waiting,
        },
        typists: entries.map(|entry| entry.typist.clone()).collect(),
        changed_at: settled.map_or(last.unwrap_or(0), |settled| settled.settled_at),
    }
}

/// GET `/office/{survey}/paper/print`.
///
/// # Errors
/// No such survey.
pub async fn printed(
    app: Data<App>,
    actor: Actor,
    survey: Path<String>,
) -> Result<HttpResponse, AppError> {
    let surveys = app.surveys();
    let found = surveys.survey(&survey).ok_or(ErrorKind::NotFound)?;
    let printed = print::form(
        actor.reader.language,
        &found.questionnaire,
        &surveys.catalogue.areas,
        &found.questionnaire_hash,
    );
    Ok(HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CONTENT_SECURITY_POLICY, printed.policy))
        .body(printed.html))
}

/// GET `/office/{survey}/paper/template.xlsx`.
///
/// # Errors
/// No such survey.
pub async fn template(
    app: Data<App>,
    actor: Actor,
    survey: Path<String>,
) -> Result<HttpResponse, AppError> {
    let surveys = app.surveys();
    let found = surveys.survey(&survey).ok_or(ErrorKind::NotFound)?;
    let language = actor.reader.language;
    let made = import_template::template(found, &surveys.catalogue.areas, language);
    let made = made.map_err(|_| ErrorKind::Internal)?;
    let name = format!("attachment; filename=\"{}-paper.xlsx\"", found.id);
    Ok(HttpResponse::Ok()
        .content_type("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
        .insert_header((header::CONTENT_DISPOSITION, name))
        .body(made))
}
