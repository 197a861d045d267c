//! How fieldwork goes.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use jiff::civil::Date;
use jiff::{Span, Timestamp};

use crate::collection::fieldwork::local_day;
use crate::pages::office::fieldwork::{self as pages, FieldworkPage};
use crate::web::app::App;
use crate::web::error::{AppError, ErrorKind};
use crate::web::office::actor::Actor;
use crate::web::page::html;

/// The day after the moment, microseconds UTC.
fn day_after(moment: i64) -> Date {
    let moment = Timestamp::from_microsecond(moment).unwrap_or(Timestamp::UNIX_EPOCH);
    local_day(moment).saturating_add(Span::new().days(1))
}

/// GET `/office/{survey}/fieldwork`.
///
/// # Errors
/// No such survey.
pub async fn page(
    app: Data<App>,
    actor: Actor,
    id: Path<String>,
) -> Result<HttpResponse, AppError> {
    let surveys = app.surveys();
    let survey = surveys.survey(&id).ok_or(ErrorKind::NotFound)?;
    let areas = &surveys.catalogue.areas;
    // Nothing comes in at a demonstration any more, so it shows the day after its last response.
    let counts = app.provisional.fieldwork(&id);
    let counts = counts.filter(|_| app.site.demonstration);
    let today = match &counts {
        Some(counts) => day_after(counts.last_received),
        None => local_day(Timestamp::now()),
    };
    let report = app.provisional.fieldwork_report((survey, areas), today);
    let counties = areas.0.iter();
    let counties = counties.map(|area| (area.code.clone(), area.name.clone()));
    let channels = survey.plan.iter().flat_map(|plan| &plan.channels);
    let channels = channels.map(|own| (own.code.clone(), own.title.clone()));
    let view = FieldworkPage {
        id: &id,
        title: &survey.questionnaire.title,
        proposals: app.provisional.proposals(&id),
        has_plan: survey.plan.is_some(),
        counts: report.as_ref().map(|(counts, _)| &**counts),
        report: report.as_ref().map(|(_, report)| &**report),
        is_replayed: counts.is_some(),
        counties: &counties.collect(),
        channels: &channels.collect(),
    };
    Ok(html(pages::page(actor.frame(), &view)))
}
