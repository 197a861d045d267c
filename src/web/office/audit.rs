//! The audit record, for auditors.

use actix_web::http::header;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use crate::formats::audit_csv::audit_csv;
use crate::http::form;
use crate::pages::office::audit as pages;
use crate::store::{AuditFilter, Store, StoreError};
use crate::web::app::App;
use crate::web::error::{AppError, ErrorKind};
use crate::web::office::actor::Actor;
use crate::web::page::html;

/// Entries on a page.
const PAGE: i64 = 100;

/// The value of a name in a query; empty if there is none.
fn value(query: &str, name: &str) -> String {
    let fields = form::decode(query.as_bytes()).unwrap_or_default();
    let field = fields.iter().find(|(own, _)| own == name);
    field.map_or_else(String::new, |(_, value)| value.trim().to_owned())
}

/// What the reader typed.
fn asked(query: &str) -> pages::Asked {
    pages::Asked {
        who: value(query, "who"),
        action: value(query, "action"),
        survey: value(query, "survey"),
        since: value(query, "since"),
        until: value(query, "until"),
    }
}

/// The filter of a query: `who`, `action`, `survey`, `since`, `until` (days in China, both included),
/// `before` (a leaf).
fn filter(query: &str) -> AuditFilter {
    let value = |name: &str| Some(value(query, name)).filter(|value| !value.is_empty());
    let day = |name: &str, later: i64| {
        let day: jiff::civil::Date = value(name)?.parse().ok()?;
        let midnight =
            jiff::tz::offset(8).to_timestamp(day.to_datetime(jiff::civil::Time::midnight()));
        Some(midnight.ok()?.as_microsecond() + later)
    };
    AuditFilter {
        who: value("who"),
        action: value("action"),
        survey: value("survey"),
        since: day("since", 0),
        until: day("until", 24 * 3600 * 1_000_000),
        before_leaf: value("before").and_then(|leaf| leaf.parse().ok()),
    }
}

/// GET `/office/audit`.
///
/// # Errors
/// When the database does not answer.
pub async fn page(
    request: HttpRequest,
    app: Data<App>,
    actor: Actor,
) -> Result<HttpResponse, AppError> {
    let (store, filter) = (app.store.clone(), filter(request.query_string()));
    let read = actix_web::web::block(move || store.audit_entries(&filter, PAGE)).await;
    let Ok(Ok(entries)) = read else {
        return Err(ErrorKind::Receipt.into());
    };
    let asked = asked(request.query_string());
    let full = usize::try_from(PAGE).unwrap_or(usize::MAX);
    Ok(html(pages::page(
        actor.frame(),
        &entries,
        &asked,
        full,
        form::encode,
    )))
}

/// GET `/office/audit.csv`: all entries that the filter admits.
///
/// # Errors
/// When the database does not answer.
pub async fn csv(
    request: HttpRequest,
    app: Data<App>,
    actor: Actor,
) -> Result<HttpResponse, AppError> {
    let (store, filter) = (app.store.clone(), filter(request.query_string()));
    let language = actor.reader.language;
    let made = actix_web::web::block(move || {
        let entries = all(&store, filter)?;
        Ok::<_, StoreError>(audit_csv(language, &entries))
    });
    match made.await {
        Ok(Ok(Ok(bytes))) => Ok(HttpResponse::Ok()
            .content_type("text/csv; charset=utf-8")
            .insert_header((
                header::CONTENT_DISPOSITION,
                "attachment; filename=\"audit.csv\"",
            ))
            .body(bytes)),
        _ => Err(ErrorKind::Receipt.into()),
    }
}

fn all(
    store: &Store,
    mut filter: AuditFilter,
) -> Result<Vec<(i64, crate::staff::AuditEntry)>, StoreError> {
    let mut entries = Vec::new();
    loop {
        let page = store.audit_entries(&filter, 1_000)?;
        let Some((last, _)) = page.last() else {
            return Ok(entries);
        };
        filter.before_leaf = Some(*last);
        entries.extend(page);
    }
}
