//! What is published: releases and their files, the archive, the calendar.

use std::sync::Arc;

use actix_web::http::header;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};

use crate::http::document::Document;
use crate::pages::layout::Reader;
use crate::publication::files::{name_in, page_name};
use crate::release::register::Registered;
use crate::web::address::Address;
use crate::web::app::App;
use crate::web::archive;
use crate::web::error::{AppError, ErrorKind};
use crate::web::page::html;
use crate::web::releases::{now, respond};

/// GET `/results`: the latest releases, every wave and release, what is announced.
pub async fn index(app: Data<App>, address: Address) -> HttpResponse {
    html(archive::page(&app, address.reader()))
}

/// GET `/results/{survey}`: the latest release, or with the suffix `.csv`, `.json`, `.xlsx` its tables;
/// before the first release a page that says when it comes.
///
/// # Errors
/// No such survey; no release yet; bytes that are not what was stored.
pub async fn survey(
    request: HttpRequest,
    app: Data<App>,
    name: Path<String>,
    address: Address,
) -> Result<HttpResponse, AppError> {
    let tables = [".csv", ".json", ".xlsx"].into_iter();
    let table = tables
        .filter_map(|ending| Some((name.strip_suffix(ending)?, ending)))
        .next();
    let reader = address.reader();
    let (id, file) = match table {
        Some((id, ".csv")) => (id, "figures.csv".to_owned()),
        Some((id, ending)) => (id, name_in(&format!("figures{ending}"), reader.language)),
        None => (name.as_str(), page_name("page", reader)),
    };
    let register = app.releases.register();
    if let Some(latest) = register.latest(id, now()) {
        return serve(&request, &app, latest, Some(latest), file).await;
    }
    let surveys = app.surveys();
    let survey = surveys.survey(id).ok_or(ErrorKind::NotFound)?;
    match table {
        None => Ok(html(archive::not_yet(&app, reader, survey))),
        Some(_) => Err(ErrorKind::NoFigures.into()),
    }
}

/// GET `/results/{survey}/{file}`: a file of the latest release.
///
/// # Errors
/// No release; no such file; bytes that are not what was stored.
pub async fn latest_file(
    request: HttpRequest,
    app: Data<App>,
    path: Path<(String, String)>,
    address: Address,
) -> Result<HttpResponse, AppError> {
    let (id, file) = path.into_inner();
    let register = app.releases.register();
    let latest = register.latest(&id, now()).ok_or(ErrorKind::NotFound)?;
    let file = stored_name(&file, address.reader());
    serve(&request, &app, latest, Some(latest), file).await
}

/// GET `/results/{survey}/r/{n}`.
///
/// # Errors
/// No such release at this moment; bytes that are not what was stored.
pub async fn release(
    request: HttpRequest,
    app: Data<App>,
    path: Path<(String, String)>,
    address: Address,
) -> Result<HttpResponse, AppError> {
    let (id, number) = path.into_inner();
    let (register, now) = (app.releases.register(), now());
    let own = register
        .numbered(&id, number_of(&number)?, now)
        .ok_or(ErrorKind::NotFound)?;
    let file = page_name("page", address.reader());
    serve(&request, &app, own, register.latest(&id, now), file).await
}

/// GET `/results/{survey}/r/{n}/{file}`.
///
/// # Errors
/// No such release at this moment; no such file; bytes that are not what was stored.
pub async fn release_file(
    request: HttpRequest,
    app: Data<App>,
    path: Path<(String, String, String)>,
    address: Address,
) -> Result<HttpResponse, AppError> {
    let (id, number, file) = path.into_inner();
    let (register, now) = (app.releases.register(), now());
    let own = register
        .numbered(&id, number_of(&number)?, now)
        .ok_or(ErrorKind::NotFound)?;
    let latest = register.latest(&id, now);
    if file == "status.css" {
        return Ok(status(own, latest));
    }
    if file == "release.json" {
        return Ok(manifest(own));
    }
    let file = stored_name(&file, address.reader());
    serve(&request, &app, own, latest, file).await
}

/// The number of a release in an address.
///
/// # Errors
/// [`ErrorKind::NotFound`] if it is none.
pub fn number_of(text: &str) -> Result<u32, AppError> {
    text.parse().map_err(|_| ErrorKind::NotFound.into())
}

/// The stored name of what an address names: `groups` is a page, `figures.json` has a language.
fn stored_name(file: &str, reader: Reader) -> String {
    match file {
        "figures.csv" | "style.css" | "SHA256SUMS" | "datapackage.json" => file.to_owned(),
        page if !page.contains('.') => page_name(page, reader),
        file => name_in(file, reader.language),
    }
}

/// A file in the reader's language, or the one for all languages.
async fn serve(
    request: &HttpRequest,
    app: &Data<App>,
    own: &Registered,
    latest: Option<&Registered>,
    file: String,
) -> Result<HttpResponse, AppError> {
    let file = match own.manifest.files.contains_key(&file) {
        true => file,
        // Some files are the same in every language.
        false => file.replacen(".en.", ".", 1),
    };
    let document = read(app, own, file).await?;
    Ok(respond(&document, request, own, latest))
}

/// A file that is what was stored.
///
/// # Errors
/// See [`Releases::read`](crate::web::releases::Releases::read).
pub async fn read(
    app: &Data<App>,
    own: &Registered,
    file: String,
) -> Result<Arc<Document>, AppError> {
    if let Some(document) = app.releases.kept(&own.release.id, &file) {
        return Ok(document);
    }
    let (shared, own) = (app.clone(), own.clone());
    let read = actix_web::web::block(move || shared.releases.read(&shared.store, &own, &file));
    let read = read.await.map_err(|_| ErrorKind::Internal)?;
    Ok(read?)
}

/// The style that shows the notice of a page once a later release is public. So the page says that it
/// was revised, and its bytes stay what they were.
fn status(own: &Registered, latest: Option<&Registered>) -> HttpResponse {
    let newer = latest.is_some_and(|latest| latest.number() > own.number());
    let style = match newer {
        true => ".superseded{display:block!important}",
        false => "",
    };
    HttpResponse::Ok()
        .content_type("text/css; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .body(style)
}

/// `release.json`: the bytes that two people approved.
fn manifest(own: &Registered) -> HttpResponse {
    crate::http::guard::open_to_all(
        HttpResponse::Ok()
            .content_type("application/json")
            .insert_header((header::CACHE_CONTROL, "public, max-age=300"))
            .body(own.release.manifest.clone()),
    )
}

/// GET `/calendar`: what is published when.
pub async fn calendar(app: Data<App>, address: Address) -> HttpResponse {
    html(archive::calendar(&app, address.reader()))
}

/// GET `/results.atom`: the releases as a feed.
pub async fn feed(app: Data<App>, address: Address) -> HttpResponse {
    let feed = archive::feed(&app, address.reader().language);
    HttpResponse::Ok()
        .content_type("application/atom+xml; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "public, max-age=300"))
        .body(feed)
}
