//! Takes a new wording, or another plan, into use while responses are stored.

use std::path::Path as FolderPath;

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use jiff::Timestamp;

use crate::collection::label;
use crate::locale::text;
use crate::pages::office::survey::Refused;
use crate::release::amendment::{self, Proposal};
use crate::staff::Action;
use crate::survey::Catalogue;
use crate::web::app::App;
use crate::web::background::in_background;
use crate::web::error::{AppError, ErrorKind};
use crate::web::office::actor::Actor;
use crate::web::office::gate::see_other;
use crate::web::office::submission::Submission;
use crate::web::office::survey::{LONGEST_REASON, show};

/// POST `/office/{survey}/amend`.
///
/// # Errors
/// No such survey; a database that does not answer.
pub async fn submit(
    app: Data<App>,
    actor: Actor,
    id: Path<String>,
    submission: Submission,
) -> Result<HttpResponse, AppError> {
    let survey = app
        .surveys()
        .survey(&id)
        .ok_or(ErrorKind::NotFound)?
        .id
        .clone();
    let why = match label::reason(submission.value("reason"), LONGEST_REASON) {
        Some(reason) => {
            let reason = reason.to_owned();
            let own = app.clone();
            let entry = actor
                .entry(Action::Amended, "")
                .of_survey(&survey)
                .because(&reason);
            let amended = in_background(move || {
                let now = Timestamp::now().as_microsecond();
                let proposal = proposal(&own, &survey)?;
                own.store.amend(proposal.amendment(&reason, now), entry)?;
                own.take_over_changes();
                Ok::<_, amendment::Refused>(())
            });
            match amended.await {
                Some(Ok(())) => return Ok(see_other(&actor.reader.link(&format!("/office/{id}")))),
                Some(Err(amendment::Refused::NotWording(_))) => "running.amend_not_wording",
                Some(Err(amendment::Refused::Nothing | amendment::Refused::NoSurvey)) => {
                    "running.amend_nothing"
                }
                Some(Err(amendment::Refused::NoPlan)) => "running.amend_no_plan",
                Some(Err(amendment::Refused::Store(_))) | None => {
                    return Err(ErrorKind::Receipt.into());
                }
            }
        }
        None => "office.reason_missing",
    };
    let message = text(actor.reader.language, why);
    show(&app, &actor, &id, Some(Refused { message })).await
}

/// What the folders say now.
fn proposal(app: &App, survey: &str) -> Result<Proposal, amendment::Refused> {
    let folder: &FolderPath = &app.site.surveys;
    let (mut catalogue, _) =
        Catalogue::load_without_broken(folder).map_err(|_| amendment::Refused::NoSurvey)?;
    Proposal::of(&mut catalogue, &app.store, survey, app.site.batch)
}
