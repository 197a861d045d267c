//! What the weights of a survey do, and what another choice would do.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};

use crate::http::form;
use crate::pages::office::weighting::{self as pages, Tried, WeightingPage};
use crate::pages::results::Absence;
use crate::release::refresh::whole_batches;
use crate::release::stored::{Extent, NoFigures, lean_dataset};
use crate::release::weighting::choice::{Asked, has_same_rows};
use crate::release::weighting::steps::WeightingSteps;
use crate::staff::Role;
use crate::store::StoreError;
use crate::survey::plan::Plan;
use crate::survey::{Catalogue, Survey};
use crate::web::app::App;
use crate::web::background::in_background;
use crate::web::error::{AppError, ErrorKind};
use crate::web::office::actor::Actor;
use crate::web::office::last_weighting::PlanWeighting;
use crate::web::page::{html, html_with};

/// The choice of a query; `None` if nothing is tried.
fn asked(query: &str) -> Option<Asked> {
    let fields = form::decode(query.as_bytes()).unwrap_or_default();
    let all = |name: &str| {
        let own = fields.iter().filter(|(own, _)| own == name);
        let values = own.map(|(_, value)| value.trim().to_owned());
        values.collect::<Vec<String>>()
    };
    let one = |name: &str| all(name).pop().unwrap_or_default();
    (!one("try").is_empty()).then(|| Asked {
        rake: all("rake"),
        lower: one("lower"),
        upper: one("upper"),
        combine: one("combine"),
        calibrators: all("calibrator"),
    })
}

/// GET `/office/{survey}/weighting`. A query with `try` tries another choice on a copy of the plan:
/// `rake` and `calibrator` (any number), `lower`, `upper`, `combine`. Only a statistician may try.
///
/// # Errors
/// No such survey, another role, a database that does not answer.
pub async fn page(
    request: HttpRequest,
    app: Data<App>,
    actor: Actor,
    id: Path<String>,
) -> Result<HttpResponse, AppError> {
    let surveys = app.surveys();
    let survey = surveys.survey(&id).ok_or(ErrorKind::NotFound)?;
    let asked = asked(request.query_string());
    if asked.is_some() && actor.account.role != Role::Statistician {
        return Err(ErrorKind::OtherRole.into());
    }
    // One at a time: each reads every response, and collection goes first.
    let permits = Arc::clone(&app.office.weighting.permits);
    let Ok(permit) = permits.acquire_owned().await else {
        return Err(ErrorKind::Internal.into());
    };
    let (own, taken, of, choice) = (
        app.clone(),
        Arc::clone(&surveys.catalogue),
        id.clone(),
        asked.clone(),
    );
    let found = in_background(move || {
        // Until the end, also if the client has gone.
        let _permit = permit;
        let survey = taken.surveys.get(&of)?;
        Some(found(&own, &taken, survey, choice.as_ref()))
    });
    let (plan, tried) = match found.await.flatten().ok_or(ErrorKind::Internal)? {
        Ok((plan, tried)) => (Ok(plan), tried),
        Err(NoFigures::Store(_)) => return Err(ErrorKind::Receipt.into()),
        Err(NoFigures::OtherPlan) => (Err(Absence::OtherPlan), None),
        Err(error) if error.is_for_few_responses() => (Err(Absence::FewResponses), None),
        Err(_) => (Err(Absence::NotComputed), None),
    };
    let is_refused = matches!(tried, Some(Tried::Refused(_)));
    let view = WeightingPage {
        survey,
        steps: plan.as_deref().map_err(|absence| *absence),
        asked: asked.as_ref(),
        tried: tried.as_ref(),
    };
    let page = pages::page(actor.frame(), &view);
    match is_refused {
        true => Ok(html_with(StatusCode::UNPROCESSABLE_ENTITY, page)),
        false => Ok(html(page)),
    }
}

/// The steps of the plan, and those of the choice that is tried.
fn found(
    app: &App,
    catalogue: &Catalogue,
    survey: &Survey,
    asked: Option<&Asked>,
) -> Result<(Arc<WeightingSteps>, Option<Tried>), NoFigures> {
    use crate::release::compute::ComputeError;
    let no = |why| Err(NoFigures::Compute(why));
    let Some(plan) = &survey.plan else {
        return no(ComputeError::NoPlan);
    };
    let n = responses(app, survey)?;
    if n == 0 {
        return no(ComputeError::NoResponses);
    }
    let kept = app.kept();
    let extent = Extent::now(&app.store, survey, n)?;
    let source = (&app.store, &kept);
    let rows = |plan: &Plan| lean_dataset(catalogue, survey, plan, source, extent.clone());
    let known = app.office.weighting.get(survey, &extent);
    let own = match known {
        Some(known) => known,
        None => {
            let dataset = Arc::new(rows(plan)?);
            let steps = Arc::new(WeightingSteps::new(catalogue, survey, plan, &dataset));
            let own = PlanWeighting { dataset, steps };
            app.office.weighting.keep(survey, &extent, own.clone());
            own
        }
    };
    let tried = asked.map(|asked| match asked.plan(survey, plan) {
        Err(faults) => Ok::<Tried, NoFigures>(Tried::Refused(faults)),
        Ok(other) if has_same_rows(&own.dataset, plan, &other) => {
            let steps = WeightingSteps::new(catalogue, survey, &other, &own.dataset);
            Ok(Tried::Steps(Box::new(steps)))
        }
        Ok(other) => {
            let steps = WeightingSteps::new(catalogue, survey, &other, &rows(&other)?);
            Ok(Tried::Steps(Box::new(steps)))
        }
    });
    Ok((own.steps, tried.transpose()?))
}

/// The responses that figures rest on: whole batches, as for the provisional figures.
fn responses(app: &App, survey: &Survey) -> Result<u64, StoreError> {
    let count = app.store.count(&survey.id)?;
    Ok(whole_batches(count, app.site.batch))
}
