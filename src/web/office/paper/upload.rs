//! Uploading a file of forms: it is checked, what would be stored is shown, and it is stored after a
//! confirmation. Nothing is stored until all is right.

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use jiff::Timestamp;
use uuid::Uuid;

use crate::collection::content_id::ContentKey;
use crate::formats::imported::fault::ImportFault;
use crate::formats::imported::file::{Import, ImportedFile, Unread};
use crate::formats::imported::ids::{self, Decision, Known};
use crate::formats::imported::version::Versions;
use crate::locale::{Language, text, text_with};
use crate::pages::paper::upload::{self as pages, FileFault, Preview, Upload};
use crate::questionnaire::answer::Mode;
use crate::staff::Action;
use crate::store::{IMPORT_KEY, QuestionnaireVersion, StoreError, in_force};
use crate::survey::Survey;
use crate::web::app::App;
use crate::web::error::{AppError, ErrorKind};
use crate::web::office::actor::Actor;
use crate::web::office::paper::pending::Pending;
use crate::web::office::submission::Submission;
use crate::web::page::html_with;

/// GET `/office/{survey}/paper/upload`.
///
/// # Errors
/// No such survey.
pub async fn page(
    app: Data<App>,
    actor: Actor,
    survey: Path<String>,
) -> Result<HttpResponse, AppError> {
    let surveys = app.surveys();
    let found = surveys.survey(&survey).ok_or(ErrorKind::NotFound)?;
    Ok(show(&actor, found, &Upload::Choose))
}

fn show(actor: &Actor, survey: &Survey, upload: &Upload) -> HttpResponse {
    let status = match upload {
        Upload::Refused(_) | Upload::Faults(_) => StatusCode::UNPROCESSABLE_ENTITY,
        _ => StatusCode::OK,
    };
    html_with(
        status,
        pages::page(actor.frame(), &survey.questionnaire, upload),
    )
}

/// POST `/office/{survey}/paper/upload`: checks a file, or stores one that was checked.
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
    let refused = |key: &str| {
        let message = text(actor.reader.language, key);
        Ok(show(&actor, found, &Upload::Refused(message)))
    };
    match submission.value("do") {
        "check" => {
            let Some(file) = submission.files.first() else {
                return refused("paper.no_file");
            };
            let pending = Pending {
                token: Uuid::new_v4().simple().to_string(),
                account: actor.account.id.clone(),
                survey: found.id.clone(),
                mode: mode(submission.value("mode")),
                name: file.name.clone(),
                content: file.content.clone(),
                uploaded_at: Timestamp::now().as_microsecond(),
            };
            check(&app, &actor, found, pending).await
        }
        "store" => {
            let reason = submission.value("reason").trim();
            if reason.is_empty() {
                return refused("paper.upload_reason");
            }
            let (token, now) = (submission.value("token"), Timestamp::now().as_microsecond());
            let pending = app.uploads.take(token, &actor.account.id, &found.id, now);
            let Some(pending) = pending else {
                return refused("paper.too_old");
            };
            let known = match submission.value("known") {
                "store" => Known::Store,
                _ => Known::Skip,
            };
            store(&app, &actor, found, &pending, known, reason).await
        }
        _ => Err(ErrorKind::NotAForm.into()),
    }
}

/// The mode of the forms: paper, unless interviews are chosen.
fn mode(word: &str) -> Mode {
    let interviews = Mode::from_name(word).filter(|mode| *mode != Mode::Online);
    interviews.unwrap_or(Mode::Paper)
}

async fn check(
    app: &Data<App>,
    actor: &Actor,
    survey: &Survey,
    pending: Pending,
) -> Result<HttpResponse, AppError> {
    let language = actor.reader.language;
    let decision = match decided(app, &pending, language, None).await? {
        Ok(decision) => decision,
        Err(faults) => {
            return Ok(show(
                actor,
                survey,
                &Upload::Faults(rows(language, &faults)),
            ));
        }
    };
    let (
        n_stored,
        Decision {
            responses,
            stored_lines,
        },
    ) = decision;
    let mut by_psu: BTreeMap<String, usize> = BTreeMap::new();
    for response in responses.iter().filter(|own| !own.psu.is_empty()) {
        *by_psu.entry(response.psu.clone()).or_insert(0) += 1;
    }
    let preview = Preview {
        token: pending.token.clone(),
        file: pending.name.clone(),
        n_new: responses.len(),
        n_stored,
        stored_lines,
        by_psu: by_psu.into_iter().collect(),
    };
    app.uploads.keep(pending);
    Ok(show(actor, survey, &Upload::Check(preview)))
}

async fn store(
    app: &Data<App>,
    actor: &Actor,
    survey: &Survey,
    pending: &Pending,
    known: Known,
    reason: &str,
) -> Result<HttpResponse, AppError> {
    let language = actor.reader.language;
    let (_, decision) = match decided(app, pending, language, Some(known)).await? {
        Ok(decision) => decision,
        Err(faults) => {
            return Ok(show(
                actor,
                survey,
                &Upload::Faults(rows(language, &faults)),
            ));
        }
    };
    let responses = decision.responses;
    let audited = actor
        .entry(Action::Uploaded, &pending.name)
        .of_survey(&survey.id)
        .change("", &format!("{} rows, {}", responses.len(), pending.mode))
        .because(reason);
    let store = app.store.clone();
    let stored = actix_web::web::block(move || store.upload(responses, audited)).await;
    match stored {
        Ok(Ok(n_new)) => Ok(show(actor, survey, &Upload::Stored(n_new))),
        _ => Err(ErrorKind::Receipt.into()),
    }
}

/// How many rows are stored under their own id, and what would be done with the others; or all
/// faults of the file.
type Decided = Result<(usize, Decision), Vec<ImportFault>>;

/// Reads a file off the thread that answers requests.
async fn decided(
    app: &Data<App>,
    pending: &Pending,
    language: Language,
    known: Option<Known>,
) -> Result<Decided, AppError> {
    let (app, pending) = (app.clone(), pending.clone());
    let decided = actix_web::web::block(move || {
        let read = match read(&app, &pending, language) {
            Ok(read) => read,
            Err(Unread::Faults(faults)) => return Ok(Err(faults)),
            Err(Unread::Store(error)) => return Err(error),
        };
        let fresh = || format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        let key = ContentKey::new(&app.store.named_value(IMPORT_KEY, fresh)?);
        let survey = &pending.survey;
        let decision = ids::decide(read.rows, survey, &key, Some(&app.store), known)?;
        Ok::<Decided, StoreError>(Ok((read.n_stored, decision)))
    });
    match decided.await {
        Ok(Ok(decided)) => Ok(decided),
        _ => Err(ErrorKind::Receipt.into()),
    }
}

fn read(app: &App, pending: &Pending, language: Language) -> Result<ImportedFile, Unread> {
    let surveys = app.surveys();
    let Some(survey) = surveys.survey(&pending.survey) else {
        return Ok(ImportedFile::default());
    };
    let versions = versions(app, survey).map_err(Unread::Store)?;
    let import = Import {
        store: Some(&app.store),
        versions: Versions::new(&versions, survey, None),
        survey,
        areas: &surveys.catalogue.areas,
        mode: pending.mode,
        language,
        now: Timestamp::now(),
    };
    import.read(&pending.content)
}

/// The versions that rows may name. Before the first response, what is stored are drafts.
fn versions(app: &App, survey: &Survey) -> Result<Vec<QuestionnaireVersion>, StoreError> {
    if app.store.count(&survey.id)? == 0 {
        return Ok(Vec::new());
    }
    Ok(in_force(&app.store.versions(&survey.id)?).to_vec())
}

/// The faults as rows of a table.
fn rows(language: Language, faults: &[ImportFault]) -> Vec<FileFault> {
    let place = |fault: &ImportFault| {
        let line = fault.line.to_string();
        let in_row = || text_with(language, "paper.row", &[("line", &line)]);
        fault.cell.clone().unwrap_or_else(in_row)
    };
    faults
        .iter()
        .map(|fault| FileFault {
            place: place(fault),
            column: fault.column.clone(),
            message: fault.message.clone(),
        })
        .collect()
}
