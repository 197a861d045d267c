//! The page of a survey's releases, and looking at a release before its second.

use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use jiff::Timestamp;
use jiff::civil::Time;

use crate::collection::Fieldwork;
use crate::pages::office::releases::{
    self as pages, EvidenceLine, Line, ObjectionLine, ReleasesPage,
};
use crate::publication::evidence::reviewed;
use crate::release::register::{Register, Registered};
use crate::staff::release_approval::{NOTICE_DAYS, Stage};
use crate::staff::{Action, Role};
use crate::store::{EvidenceReview, Objection, ObjectionReply, StoreError};
use crate::survey::Survey;
use crate::web::app::App;
use crate::web::error::{AppError, ErrorKind};
use crate::web::office::actor::Actor;
use crate::web::page::html_with;
use crate::web::releases::now;
use crate::web::results::read;

/// GET `/office/{survey}/releases`.
///
/// # Errors
/// No such survey; a database that does not answer.
pub async fn page(
    app: Data<App>,
    actor: Actor,
    id: Path<String>,
) -> Result<HttpResponse, AppError> {
    show(&app, &actor, &id, None).await
}

type Objections = Vec<(Objection, Vec<ObjectionReply>)>;

/// The page; `refused` says why the form that was sent changes nothing.
pub(super) async fn show(
    app: &Data<App>,
    actor: &Actor,
    id: &str,
    refused: Option<String>,
) -> Result<HttpResponse, AppError> {
    let shared = app.clone();
    let stored = actix_web::web::block(move || {
        shared.releases.refresh(&shared.store)?;
        let read = (shared.store.objections()?, shared.store.evidence_reviews()?);
        Ok::<(Objections, Vec<EvidenceReview>), StoreError>(read)
    });
    let Ok(Ok((objections, reviews))) = stored.await else {
        return Err(ErrorKind::Receipt.into());
    };
    let surveys = app.surveys();
    let survey = surveys.survey(id).ok_or(ErrorKind::NotFound)?;
    let (register, now) = (app.releases.register(), now());
    let number = register.next_number(id, now);
    let figures = app.provisional.figures(id);
    let language = actor.reader.language;
    let evidence = figures
        .as_ref()
        .and_then(|figures| figures.evidence.as_ref());
    let evidence: Vec<EvidenceLine> = evidence.map_or_else(Vec::new, |evidence| {
        let rows = reviewed(evidence, id, &reviews).into_iter();
        rows.map(|row| EvidenceLine {
            texts: row
                .row
                .iter()
                .map(|text| text.get(language.code()).to_owned())
                .collect(),
            n: row.n,
            decision: row.decision.map_or("", |(verdict, _)| verdict.as_str()),
            reason: row
                .decision
                .map_or_else(String::new, |(_, own)| own.reason.clone()),
            key: row.key,
        })
        .collect()
    });
    let of_survey = |own: &&(Objection, Vec<ObjectionReply>)| own.0.survey == id;
    let objections: Vec<ObjectionLine> = objections
        .iter()
        .rev()
        .filter(of_survey)
        .map(asked)
        .collect();
    let readers = register.early_readers(id, number);
    let readers: Vec<_> = readers
        .map(|own| (own.post.clone(), own.account.clone(), own.reason.clone()))
        .collect();
    let releases: Vec<Line<'_>> = register
        .of(id)
        .rev()
        .map(|own| line(own, language.code(), now))
        .collect();
    let view = ReleasesPage {
        survey: id,
        title: &survey.questionnaire.title,
        is_open: is_open(app, survey),
        lacks_approval: lacks_approval(app, survey),
        next: (number, date(&register, id, number)),
        proposed: &proposed(),
        dates: &dates(&register, id),
        releases: &releases,
        readers: &readers,
        evidence: &evidence,
        objections: &objections,
    };
    let status = match refused {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    let page = pages::page(actor.frame(), &view, refused.as_deref());
    Ok(html_with(status, page))
}

/// Whether fieldwork is open.
pub(super) fn is_open(app: &App, survey: &Survey) -> bool {
    app.surveys().fieldwork(survey, Timestamp::now()) == Fieldwork::Open
}

/// Whether nothing can be published because the questionnaire has no approval number. Only a
/// demonstration goes without.
pub(super) fn lacks_approval(app: &App, survey: &Survey) -> bool {
    survey.questionnaire.approval_number.is_empty() && !app.site.demonstration
}

/// The announced date of a release, microseconds UTC.
pub(super) fn date(register: &Register, survey: &str, number: u32) -> Option<i64> {
    register
        .date(survey, number)
        .map(|own| own.announcement.publish_at)
}

fn dates(register: &Register, id: &str) -> Vec<(i64, i64, String, String)> {
    let own = register.dates().iter();
    let own = own.filter(|date| date.announcement.survey == id);
    own.flat_map(|date| date.earlier.iter().chain([&date.announcement]))
        .map(|own| {
            (
                own.number,
                own.publish_at,
                own.reason.clone(),
                own.announced_by.clone(),
            )
        })
        .collect()
}

/// The date that the form proposes: half past nine, one day more than the notice.
fn proposed() -> String {
    let day = jiff::tz::offset(8).to_datetime(Timestamp::now()).date();
    let days = i32::try_from(NOTICE_DAYS + 1).unwrap_or(29);
    let day = day.checked_add(jiff::Span::new().days(days)).unwrap_or(day);
    let at = day.to_datetime(Time::constant(9, 30, 0, 0));
    at.strftime("%Y-%m-%dT%H:%M").to_string()
}

fn line<'a>(own: &'a Registered, language: &str, now: i64) -> Line<'a> {
    let finding = own.manifest.finding.get(language);
    let decisions = own.decisions.iter().filter_map(|decision| {
        Some((
            decision.decision.as_str(),
            decision.decided_by.as_str(),
            Role::parse(&decision.role)?,
            decision.decided_at,
            decision.reason.as_str(),
        ))
    });
    let is_shown = |name: &&String| {
        !name.contains(".large.") && !name.contains("figure-") && !name.ends_with(".css")
    };
    Line {
        id: &own.release.id,
        number: own.number(),
        stage: own.stage(now),
        publish_at: own.release.publish_at,
        finding: finding.map_or("", String::as_str),
        reason: &own.release.reason,
        digest: &own.release.digest,
        drafted: (&own.release.drafted_by, own.release.drafted_at),
        decisions: decisions.collect(),
        is_whole: own.is_whole,
        files: own
            .manifest
            .files
            .keys()
            .filter(is_shown)
            .cloned()
            .collect(),
    }
}

fn asked((own, replies): &(Objection, Vec<ObjectionReply>)) -> ObjectionLine {
    let replies = replies.iter();
    ObjectionLine {
        id: own.id.clone(),
        about: (own.number, own.line.clone()),
        question: own.question.clone(),
        received_at: own.received_at,
        replies: replies
            .map(|reply| {
                (
                    reply.reply.clone(),
                    reply.replied_by.clone(),
                    reply.replied_at,
                )
            })
            .collect(),
    }
}

/// GET `/office/{survey}/releases/{release}/{file}`: a file of a draft, for those who may see it before
/// its second. Every look before it is recorded.
///
/// # Errors
/// No such draft or file, or the person may not see it; a database that does not answer.
pub async fn file(
    request: HttpRequest,
    app: Data<App>,
    actor: Actor,
    path: Path<(String, String, String)>,
) -> Result<HttpResponse, AppError> {
    let (survey, id, file) = path.into_inner();
    let (register, now) = (app.releases.register(), now());
    let own = register
        .with_id(&id)
        .filter(|own| own.release.survey == survey);
    let own = own.ok_or(ErrorKind::NotFound)?;
    let who = (actor.account.name.as_str(), actor.account.role);
    if !register.may_see(own, who, now) {
        return Err(ErrorKind::OtherRole.into());
    }
    let document = read(&app, own, file.clone()).await?;
    // Style and pictures come with a page, so one look is one entry.
    let is_look = !file.ends_with(".css") && !file.contains("figure-");
    if own.stage(now) != Stage::Published && is_look {
        let entry = actor
            .entry(Action::ReleaseSeen, &format!("{} {file}", own.number()))
            .of_survey(&survey);
        let store = app.store.clone();
        let recorded = actix_web::web::block(move || store.record(entry)).await;
        if !matches!(recorded, Ok(Ok(()))) {
            return Err(ErrorKind::Receipt.into());
        }
    }
    let mut response = match file.ends_with(".html") {
        // The public addresses of its style and pictures do not exist yet.
        true => {
            let public = format!("{}/", own.path());
            let here = format!("/office/{survey}/releases/{id}/");
            let page = String::from_utf8_lossy(document.plain()).replace(&public, &here);
            HttpResponse::Ok()
                .content_type("text/html; charset=utf-8")
                .body(page)
        }
        false => document.respond(&request),
    };
    let headers = response.headers_mut();
    headers.insert(
        header::CACHE_CONTROL,
        header::HeaderValue::from_static("no-store"),
    );
    Ok(response)
}
