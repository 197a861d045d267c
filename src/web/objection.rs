//! Questions and objections about published numbers.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use uuid::Uuid;

use crate::http::limits::Limits;
use crate::locale::{Language, text};
use crate::pages::layout::Reader;
use crate::pages::results::{self, About, ReleaseLine};
use crate::release::register::Registered;
use crate::store::{Objection, StoreError, SubmitError};
use crate::web::address::Address;
use crate::web::app::App;
use crate::web::error::{AppError, ErrorKind};
use crate::web::office::gate::see_other;
use crate::web::office::submission::Submission;
use crate::web::page::{html, html_with};
use crate::web::releases::now;
use crate::web::results::{number_of, read};

/// Most questions of all senders in an hour.
const MOST_AN_HOUR: usize = 200;

/// Longest question, characters.
const LONGEST: usize = 2000;

const HOUR: i64 = 3600 * 1_000_000;

/// GET `/results/{survey}/r/{n}/objection?line=LINE`.
///
/// # Errors
/// No such release at this moment.
pub async fn form(
    request: HttpRequest,
    app: Data<App>,
    path: Path<(String, String)>,
    address: Address,
) -> Result<HttpResponse, AppError> {
    let named = crate::http::form::decode(request.query_string().as_bytes());
    let named = named.unwrap_or_default();
    let line = named.into_iter().find(|(name, _)| name == "line");
    let line = line.map_or_else(String::new, |(_, line)| line.into_owned());
    let path = (path.0.clone(), number_of(&path.1)?);
    show(&app, &path, address.reader(), (&line, ""), None).await
}

/// POST `/results/{survey}/r/{n}/objection`.
///
/// # Errors
/// No such release at this moment; too many questions; a database that does not answer.
pub async fn submit(
    request: HttpRequest,
    app: Data<App>,
    limits: Data<Limits>,
    path: Path<(String, String)>,
    address: Address,
    submission: Submission,
) -> Result<HttpResponse, AppError> {
    limits.admit_sender(&request)?;
    let reader = address.reader();
    let (line, question) = (
        submission.value("line"),
        submission.value("question").trim(),
    );
    let is_fit = !question.is_empty() && question.chars().count() <= LONGEST;
    let path = (path.0.clone(), number_of(&path.1)?);
    let own = released(&app, &path)?;
    let lines = lines(&app, &own, reader.language).await?;
    if !is_fit || !lines.iter().any(|own| own.key == line) {
        let fault = text(reader.language, "objection.fault");
        return show(&app, &path, reader, (line, question), Some(&fault)).await;
    }
    let id = Uuid::new_v4().simple().to_string();
    let at = now();
    let number = i64::from(own.number());
    let new = Objection::new(&id, (&own.release.survey, number), (line, question), at);
    let store = app.store.clone();
    let stored = actix_web::web::block(move || {
        let all = store.objections()?;
        let recent = all.iter().filter(|(own, _)| own.received_at > at - HOUR);
        if recent.count() >= MOST_AN_HOUR {
            return Ok(false);
        }
        store.add_objection(new)?;
        Ok::<bool, StoreError>(true)
    });
    match stored.await {
        Ok(Ok(true)) => Ok(see_other(&reader.link(&format!("/objections/{id}")))),
        Ok(Ok(false)) => Err(ErrorKind::Store(SubmitError::Busy).into()),
        _ => Err(ErrorKind::Receipt.into()),
    }
}

/// GET `/objections/{id}`: for whoever asked, and has the address.
///
/// # Errors
/// No such question; a database that does not answer.
pub async fn reply(
    app: Data<App>,
    id: Path<String>,
    address: Address,
) -> Result<HttpResponse, AppError> {
    let store = app.store.clone();
    let all = actix_web::web::block(move || store.objections()).await;
    let Ok(Ok(all)) = all else {
        return Err(ErrorKind::Receipt.into());
    };
    let found = all.into_iter().find(|(own, _)| own.id == *id);
    let (asked, replies) = found.ok_or(ErrorKind::NotFound)?;
    let number = u32::try_from(asked.number).unwrap_or(0);
    let own = released(&app, &(asked.survey.clone(), number))?;
    let reader = address.reader();
    let lines = lines(&app, &own, reader.language).await?;
    let line = lines.iter().find(|own| own.key == asked.line);
    let replies: Vec<(String, i64)> = replies
        .into_iter()
        .map(|reply| (reply.reply, reply.replied_at))
        .collect();
    let path = own.path();
    let question = (asked.question.as_str(), asked.received_at);
    Ok(html(results::objection_reply(
        reader,
        &about(&own, &path, reader.language, line),
        &id,
        question,
        &replies,
    )))
}

async fn show(
    app: &Data<App>,
    path: &(String, u32),
    reader: Reader,
    (line, question): (&str, &str),
    fault: Option<&str>,
) -> Result<HttpResponse, AppError> {
    let own = released(app, path)?;
    let lines = lines(app, &own, reader.language).await?;
    let chosen = lines.iter().find(|own| own.key == line);
    let path = own.path();
    let about = about(&own, &path, reader.language, chosen);
    let status = match fault {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    let page = results::objection_form(reader, &about, &lines, question, fault);
    Ok(html_with(status, page))
}

fn released(app: &App, (survey, number): &(String, u32)) -> Result<Registered, AppError> {
    let register = app.releases.register();
    let own = register.numbered(survey, *number, now());
    Ok(own.ok_or(ErrorKind::NotFound)?.clone())
}

fn about<'a>(
    own: &'a Registered,
    path: &'a str,
    language: Language,
    line: Option<&'a ReleaseLine>,
) -> About<'a> {
    About {
        title: own
            .manifest
            .title
            .get(language.code())
            .map_or("", String::as_str),
        path,
        release: (own.number(), own.release.publish_at),
        digest: &own.release.digest,
        line,
    }
}

/// The lines of `figures.csv` of a release.
async fn lines(
    app: &Data<App>,
    own: &Registered,
    language: Language,
) -> Result<Vec<ReleaseLine>, AppError> {
    let table = read(app, own, "figures.csv".to_owned()).await?;
    let text = String::from_utf8_lossy(table.plain());
    let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let headings = reader.headers().cloned().unwrap_or_default();
    let other = match language == Language::ZH {
        true => "_en",
        false => "_zh",
    };
    // A heading is words and a code: `指标 indicator`.
    let code = |heading: &str| heading.rsplit(' ').next().unwrap_or_default().to_owned();
    let rows = reader.records().filter_map(Result::ok);
    Ok(rows
        .map(|row| {
            let cells: Vec<(String, String)> = headings
                .iter()
                .zip(row.iter())
                .map(|(heading, cell)| (heading.to_owned(), cell.to_owned()))
                .collect();
            let cell = |name: &str| {
                let own = cells.iter().find(|(heading, _)| code(heading) == name);
                own.map_or_else(String::new, |(_, cell)| cell.clone())
            };
            let words = |name: &str| cell(&format!("{name}_{}", language.code()));
            let key = ["indicator", "dimension", "level"].map(cell);
            let label = [words("indicator"), words("dimension"), words("label")];
            let label: Vec<String> = label.into_iter().filter(|own| !own.is_empty()).collect();
            let is_shown = |(heading, cell): &&(String, String)| {
                !cell.is_empty() && !code(heading).ends_with(other)
            };
            ReleaseLine {
                key: key.join("/"),
                label: label.join(" · "),
                cells: cells.iter().filter(is_shown).cloned().collect(),
            }
        })
        .collect())
}
