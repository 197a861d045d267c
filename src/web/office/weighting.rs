//! What the weights of a survey do, and what another choice would do.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};

use crate::http::form;
use crate::pages::office::weighting::{self as pages, Tried, WeightingPage};
use crate::pages::results::Absence;
use crate::release::dataset::Dataset;
use crate::release::refresh::whole_batches;
use crate::release::stored::{Extent, NoFigures, lean_dataset};
use crate::release::weighting::choice::{Asked, has_same_rows};
use crate::release::weighting::steps::WeightingSteps;
use crate::staff::Role;
use crate::store::{Priority, StoreError, with_priority};
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
    let (own, of) = (app.clone(), id.clone());
    let catalogue = Arc::clone(&surveys.catalogue);
    let known = in_background(move || known(&own, &catalogue, &of)).await;
    let Some(known) = known.flatten() else {
        return Err(ErrorKind::Receipt.into());
    };
    let steps = match &known {
        Known::There(own) => own
            .as_ref()
            .map(|own| &*own.steps)
            .map_err(|own| Some(*own)),
        Known::Computing => Err(None),
    };
    let tried = match (&asked, &known) {
        (Some(asked), Known::There(Ok(weighting))) => {
            Some(tried(&app, &surveys.catalogue, &id, (asked, weighting)).await?)
        }
        _ => None,
    };
    let is_refused = matches!(tried, Some(Tried::Refused(_)));
    let view = WeightingPage {
        survey,
        steps,
        asked: asked.as_ref(),
        tried: tried.as_ref(),
    };
    let page = pages::page(actor.frame(), &view);
    match is_refused {
        true => Ok(html_with(StatusCode::UNPROCESSABLE_ENTITY, page)),
        false => Ok(html(page)),
    }
}

/// What is known of the weights of a survey.
enum Known {
    /// The weights, or why there are none.
    There(Result<PlanWeighting, Absence>),
    /// They are being computed.
    Computing,
}

/// The weights of a survey. Those of a large one are computed while the reader waits on the page, and
/// again while it is read; those of a small one at once. `None` if the database does not answer.
fn known(app: &Data<App>, catalogue: &Arc<Catalogue>, id: &str) -> Option<Known> {
    let survey = catalogue.surveys.get(id)?;
    let (Some(_), n) = (&survey.plan, responses(app, survey).ok()?) else {
        return Some(Known::There(Err(Absence::NotComputed)));
    };
    if n == 0 {
        return Some(Known::There(Err(Absence::FewResponses)));
    }
    let extent = Extent::now(&app.store, survey, n).ok()?;
    let columns = app.provisional.n_stale(id);
    let kept = app.office.weighting.get(survey, (&extent, columns));
    let is_current = kept.as_ref().is_some_and(|(_, is_current)| *is_current);
    if !is_current && !app.kept().is_large(n) {
        let found = weighting(app, catalogue, survey, &extent)?;
        let basis = (&extent, columns);
        app.office.weighting.keep(survey, basis, found.clone());
        return Some(Known::There(found));
    }
    let renewals = Arc::clone(&app.office.weighting.renewals);
    if !is_current && let Ok(permit) = renewals.try_acquire_owned() {
        let priority = match kept {
            Some(_) => Priority::Background,
            None => Priority::Waited,
        };
        let (app, catalogue, id) = (app.clone(), Arc::clone(catalogue), id.to_owned());
        let renew = move || {
            let _permit = permit;
            let Some(survey) = catalogue.surveys.get(&id) else {
                return;
            };
            let run = || weighting(&app, &catalogue, survey, &extent);
            let run = AssertUnwindSafe(|| with_priority(priority, run));
            let found = std::panic::catch_unwind(run).ok().flatten();
            let found = found.unwrap_or_else(|| {
                tracing::error!(survey = id, "the weights could not be computed");
                Err(Absence::NotComputed)
            });
            app.office.weighting.keep(survey, (&extent, columns), found);
        };
        let thread = std::thread::Builder::new().name("weighting".to_owned());
        thread.spawn(renew).ok()?;
    }
    Some(kept.map_or(Known::Computing, |(kept, _)| Known::There(kept)))
}

/// The weights of `extent` by the plan. `None` if the database does not answer.
fn weighting(
    app: &App,
    catalogue: &Catalogue,
    survey: &Survey,
    extent: &Extent,
) -> Option<Result<PlanWeighting, Absence>> {
    let plan = survey.plan.as_ref()?;
    let source = (&app.store, &app.kept());
    Some(
        match lean_dataset(catalogue, survey, plan, source, extent.clone()) {
            Ok(dataset) => {
                let dataset = Arc::new(dataset);
                let steps = Arc::new(WeightingSteps::new(catalogue, survey, plan, &dataset));
                Ok(PlanWeighting {
                    extent: extent.clone(),
                    dataset,
                    steps,
                })
            }
            Err(NoFigures::Store(_)) => return None,
            Err(NoFigures::OtherPlan) => Err(Absence::OtherPlan),
            Err(error) if error.is_for_few_responses() => Err(Absence::FewResponses),
            Err(_) => Err(Absence::NotComputed),
        },
    )
}

/// What another choice gives for the responses of `weighting`.
async fn tried(
    app: &Data<App>,
    catalogue: &Arc<Catalogue>,
    id: &str,
    (asked, weighting): (&Asked, &PlanWeighting),
) -> Result<Tried, AppError> {
    // One at a time: collection goes first.
    let permits = Arc::clone(&app.office.weighting.permits);
    let permit = permits.acquire_owned().await;
    let permit = permit.map_err(|_| ErrorKind::Internal)?;
    let (app, catalogue, id) = (app.clone(), Arc::clone(catalogue), id.to_owned());
    let (asked, own) = (asked.clone(), weighting.clone());
    let tried = in_background(move || {
        // Until the end, also if the client has gone.
        let _permit = permit;
        let survey = catalogue.surveys.get(&id)?;
        let plan = survey.plan.as_ref()?;
        let other = match asked.plan(survey, plan) {
            Ok(other) => other,
            Err(faults) => return Some(Ok(Tried::Refused(faults))),
        };
        let steps = |dataset: &Dataset| WeightingSteps::new(&catalogue, survey, &other, dataset);
        if has_same_rows(&own.dataset, plan, &other) {
            return Some(Ok(Tried::Steps(Box::new(steps(&own.dataset)))));
        }
        let source = (&app.store, &app.kept());
        let rows = lean_dataset(&catalogue, survey, &other, source, own.extent.clone());
        Some(rows.map(|rows| Tried::Steps(Box::new(steps(&rows)))))
    });
    match tried.await.flatten() {
        Some(Ok(tried)) => Ok(tried),
        Some(Err(NoFigures::Store(_))) => Err(ErrorKind::Receipt.into()),
        _ => Err(ErrorKind::Internal.into()),
    }
}

/// The responses that figures rest on: whole batches, as for the provisional figures.
fn responses(app: &App, survey: &Survey) -> Result<u64, StoreError> {
    let count = app.store.count(&survey.id)?;
    Ok(whole_batches(count, app.site.batch))
}
