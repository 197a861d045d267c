//! The office's first page: what is open, what came in today, what needs attention.

use actix_web::HttpResponse;
use actix_web::web::Data;
use jiff::Timestamp;

use crate::collection::fieldwork::local_day;
use crate::pages::office::home::{self as pages, Attention, OpenSurvey, Overview};
use crate::pages::results::Absence;
use crate::staff::Role;
use crate::store::StoreError;
use crate::web::app::App;
use crate::web::error::{AppError, ErrorKind};
use crate::web::office::actor::Actor;
use crate::web::page::html;

/// Free space of the disk below which it needs attention, bytes.
const LOW_DISK: u64 = 1024 * 1024 * 1024;

/// Microseconds after which a backup is old: 26 hours.
const OLD_BACKUP: i64 = 26 * 3600 * 1_000_000;

/// Why a survey has no figures now; `None` if it has.
pub(super) fn absence(app: &App, survey: &str) -> Option<Absence> {
    if app.provisional.figures(survey).is_some() || app.provisional.is_computing(survey) {
        return None;
    }
    Some(match app.provisional.has_other_plan(survey) {
        true => Absence::OtherPlan,
        false if app.provisional.is_failed(survey) => Absence::NotComputed,
        false => Absence::FewResponses,
    })
}

/// GET `/office`.
///
/// # Errors
/// When the database does not answer.
pub async fn page(app: Data<App>, actor: Actor) -> Result<HttpResponse, AppError> {
    let role = actor.account.role;
    let sees_fieldwork = matches!(
        role,
        Role::Statistician | Role::Publisher | Role::Supervisor
    );
    if !sees_fieldwork {
        return Ok(html(pages::page(actor.frame(), None)));
    }
    let counted = app.clone();
    let overview = actix_web::web::block(move || overview(&counted)).await;
    let Ok(Ok(overview)) = overview else {
        return Err(ErrorKind::Receipt.into());
    };
    Ok(html(pages::page(actor.frame(), Some(&overview))))
}

fn overview(app: &App) -> Result<Overview, StoreError> {
    let now = Timestamp::now();
    let today = local_day(now);
    let since = jiff::tz::offset(8)
        .to_timestamp(today.to_datetime(jiff::civil::Time::midnight()))
        .map_or(i64::MAX, |midnight| midnight.as_microsecond());
    let mut surveys = Vec::new();
    let mut attention = Vec::new();
    let served = app.surveys();
    for (id, survey) in &served.catalogue.surveys {
        let by_mode = app.store.counts(id)?;
        let today = app.store.received_since(id, since)?;
        let absence = absence(app, id);
        let fieldwork = served.fieldwork(survey, now);
        if let Some(why) = absence.filter(|_| !by_mode.is_empty()) {
            attention.push(Attention::NoFigures(id.clone(), why));
        }
        surveys.push(OpenSurvey {
            id: id.clone(),
            title: survey.questionnaire.title.clone(),
            opens: survey.questionnaire.opens.clone(),
            closes: survey.questionnaire.closes.clone(),
            state: fieldwork.as_str(),
            by_mode,
            today,
            area_names: served
                .catalogue
                .areas
                .0
                .iter()
                .map(|area| (area.code.clone(), area.name.clone()))
                .collect(),
        });
    }
    attention.extend(served.mistakes.iter().cloned().map(Attention::Folder));
    // What is open comes first, the newest wave before the others.
    surveys.sort_by(|one, other| {
        let rank = |survey: &OpenSurvey| (survey.state != "open", survey.state != "not_yet");
        (rank(one), &other.opens, &other.id).cmp(&(rank(other), &one.opens, &one.id))
    });
    let free = app.store.free_disk();
    if let Some(free) = free.filter(|free| *free < LOW_DISK) {
        attention.push(Attention::Disk(free));
    }
    let backup = app.store.last_backup()?;
    let is_old = backup.is_none_or(|made| now.as_microsecond() - made > OLD_BACKUP);
    if is_old {
        attention.push(Attention::Backup(backup));
    }
    if !app.store.ready() {
        attention.push(Attention::NotReady);
    }
    Ok(Overview {
        surveys,
        attention,
        free,
        backup,
    })
}
