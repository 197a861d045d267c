//! Downloads of microdata and tables. Each is recorded with who, which and why before it leaves.

use std::fs::File;
use std::io::{Read, Seek};
use std::sync::Arc;

use actix_web::body::SizedStream;
use actix_web::http::{StatusCode, header};
use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::stream;

use crate::formats::download::Download;
use crate::formats::export_error::ExportError;
use crate::formats::microdata::Cells;
use crate::http::form;
use crate::pages::office::download as pages;
use crate::release::stored::NoFigures;
use crate::staff::Action;
use crate::web::app::App;
use crate::web::background::in_background;
use crate::web::error::{AppError, ErrorKind};
use crate::web::office::actor::Actor;
use crate::web::office::gate::see_other;
use crate::web::office::submission::Submission;
use crate::web::page::{html, html_with};

/// Bytes of a piece that is sent.
const PIECE: usize = 256 * 1024;

/// GET `/office/{survey}/download`. `?file=` chooses a file beforehand.
///
/// # Errors
/// No such survey.
pub async fn page(
    request: HttpRequest,
    app: Data<App>,
    actor: Actor,
    survey: Path<String>,
) -> Result<HttpResponse, AppError> {
    let surveys = app.surveys();
    let found = surveys.survey(&survey).ok_or(ErrorKind::NotFound)?;
    let fields = form::decode(request.query_string().as_bytes()).unwrap_or_default();
    let chosen = fields.iter().find(|(name, _)| name == "file");
    let chosen = chosen.map_or("", |(_, value)| value.as_ref());
    let title = &found.questionnaire.title;
    Ok(html(pages::page(
        actor.frame(),
        &survey,
        title,
        &pages::Asked::of(chosen),
        None,
    )))
}

/// GET `/office/{survey}/download/{file}`: a file leaves only with a reason, so this leads to the form.
///
/// # Errors
/// No such survey or file.
pub async fn file_page(
    app: Data<App>,
    actor: Actor,
    path: Path<(String, String)>,
) -> Result<HttpResponse, AppError> {
    let (survey, file) = path.into_inner();
    let surveys = app.surveys();
    surveys.survey(&survey).ok_or(ErrorKind::NotFound)?;
    let download = Download::parse(&file).ok_or(ErrorKind::NotFound)?;
    let page = format!("/office/{survey}/download?file={}", download.name());
    Ok(see_other(&actor.reader.link(&page)))
}

/// POST `/office/{survey}/download`: the file that the field `file` names.
///
/// # Errors
/// No such survey or file; a database that does not answer.
pub async fn submit(
    app: Data<App>,
    actor: Actor,
    survey: Path<String>,
    submission: Submission,
) -> Result<HttpResponse, AppError> {
    let file = submission.value("file").to_owned();
    send(&app, &actor, &survey, &file, &submission).await
}

/// POST `/office/{survey}/download/{file}`.
///
/// # Errors
/// No such survey or file; a database that does not answer.
pub async fn submit_file(
    app: Data<App>,
    actor: Actor,
    path: Path<(String, String)>,
    submission: Submission,
) -> Result<HttpResponse, AppError> {
    let (survey, file) = path.into_inner();
    send(&app, &actor, &survey, &file, &submission).await
}

async fn send(
    app: &Data<App>,
    actor: &Actor,
    survey: &str,
    file: &str,
    submission: &Submission,
) -> Result<HttpResponse, AppError> {
    let surveys = app.surveys();
    let found = surveys.survey(survey).ok_or(ErrorKind::NotFound)?;
    let asked = pages::Asked {
        file: file.to_owned(),
        labels: submission.value("cells") == "labels",
        reason: submission.value("reason").trim().to_owned(),
    };
    let title = found.questionnaire.title.clone();
    let refused = |fault| {
        let page = pages::page(actor.frame(), survey, &title, &asked, Some(fault));
        Ok(html_with(StatusCode::UNPROCESSABLE_ENTITY, page))
    };
    let Some(download) = Download::parse(file) else {
        return refused(pages::DownloadFault::File);
    };
    if asked.reason.is_empty() {
        return refused(pages::DownloadFault::Reason);
    }
    let cells = if asked.labels {
        Cells::Labels
    } else {
        Cells::Codes
    };
    // One at a time: each reads every response, and collection goes first.
    let Ok(permit) = Arc::clone(&app.office.downloads).acquire_owned().await else {
        return Err(ErrorKind::Internal.into());
    };
    let entry = actor
        .entry(Action::Downloaded, download.name())
        .of_survey(survey);
    let entry = entry.because(&asked.reason);
    let (own, taken) = (app.clone(), Arc::clone(&surveys));
    let (id, language) = (survey.to_owned(), actor.reader.language);
    let made = in_background(move || {
        // Until the end, also if the client has gone.
        let _permit = permit;
        let survey = taken
            .survey(&id)
            .ok_or_else(|| ExportError::Form(String::new()))?;
        let mut file = unnamed_file(&own.site.data)?;
        let source = (&*taken.catalogue, survey, &own.store);
        let rows = download.write(source, (cells, language), &mut file, &own.site.data)?;
        let length = file.seek(std::io::SeekFrom::End(0))?;
        file.rewind()?;
        let rows = if rows == 0 {
            String::new()
        } else {
            rows.to_string()
        };
        own.store
            .record(entry.change("", &rows))
            .map_err(|error| ExportError::Read(NoFigures::Store(error)))?;
        Ok::<_, ExportError>((file, length))
    });
    match made.await {
        Some(Ok((file, length))) => {
            let name = format!("{survey}-{}", download.name());
            let place = format!("attachment; filename=\"{name}\"");
            Ok(HttpResponse::Ok()
                .content_type(download.media_type())
                .insert_header((header::CONTENT_DISPOSITION, place))
                .body(SizedStream::new(length, pieces(file))))
        }
        Some(Err(ExportError::Read(NoFigures::Store(_)))) => Err(ErrorKind::Receipt.into()),
        Some(Err(ExportError::Read(_))) => refused(pages::DownloadFault::NoFigures),
        Some(Err(ExportError::Form(_))) => refused(pages::DownloadFault::Form),
        _ => Err(ErrorKind::Internal.into()),
    }
}

/// A file in the data folder that has no name, so that nothing of it is left whatever happens.
fn unnamed_file(folder: &std::path::Path) -> std::io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    let name = format!("download-{}", uuid::Uuid::new_v4().simple());
    let path = folder.join(name);
    let file = File::options()
        .read(true)
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&path)?;
    std::fs::remove_file(&path)?;
    Ok(file)
}

/// The content of a file, piece by piece, read away from the threads that answer requests.
fn pieces(file: File) -> impl futures_util::Stream<Item = Result<Bytes, std::io::Error>> {
    stream::try_unfold(file, |mut file| async move {
        let read = actix_web::web::block(move || {
            let mut piece = vec![0; PIECE];
            let n = file.read(&mut piece)?;
            piece.truncate(n);
            Ok::<_, std::io::Error>((piece, file))
        });
        let (piece, file) = read.await.map_err(std::io::Error::other)??;
        Ok((!piece.is_empty()).then(|| (Bytes::from(piece), file)))
    })
}
