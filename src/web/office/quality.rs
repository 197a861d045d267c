//! The page of a survey's quality: findings, and responses that are held.

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};

use crate::pages::office::quality::{
    self as pages, QualityPage, ReviewLine, WantedHold, reads_figures,
};
use crate::quality::{Finding, NearDuplicateRates};
use crate::release::hold_effect::HoldEffect;
use crate::staff::Role;
use crate::staff::hold_review::{HoldDecision, HoldRefusal};
use crate::store::{HoldReview, LeafRanges, StoreError};
use crate::survey::Survey;
use crate::web::app::App;
use crate::web::error::{AppError, ErrorKind};
use crate::web::office::actor::Actor;
use crate::web::page::html_with;

/// What the rules found, and the leaf of each row that findings name.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// The findings.
    pub findings: Vec<Finding>,
    /// The leaf of each row that a finding proposes to hold.
    pub leaves: BTreeMap<u32, i64>,
    /// How many responses the rules looked at.
    pub looked_at: u64,
    /// How often responses are alike.
    pub near_duplicates: Option<NearDuplicateRates>,
}

impl Found {
    /// The responses of a finding.
    #[must_use]
    pub fn leaves_of(&self, finding: &Finding) -> LeafRanges {
        let rows = finding.rows.iter();
        let leaves = rows.filter_map(|row| self.leaves.get(row));
        leaves.copied().collect()
    }
}

/// What the rules found in the responses of a survey that are not held; `None` before they were applied.
///
/// # Errors
/// When the database cannot be read.
pub fn found(app: &App, survey: &Survey) -> Result<Option<Found>, StoreError> {
    let Some(found) = app.provisional.findings(&survey.id) else {
        let is_empty = survey.plan.is_some() && app.store.count(&survey.id)? == 0;
        return Ok(is_empty.then(Found::default));
    };
    let held = app.store.held(&survey.id, None)?;
    let is_free = |row: &u32| {
        !found
            .leaves
            .get(row)
            .is_some_and(|leaf| held.contains(*leaf))
    };
    let findings = found.findings.iter().map(|own| Finding {
        rows: own.rows.iter().copied().filter(is_free).collect(),
        ..own.clone()
    });
    Ok(Some(Found {
        findings: findings.filter(|own| !own.rows.is_empty()).collect(),
        leaves: found.leaves.clone(),
        looked_at: found.n,
        near_duplicates: found.near_duplicates,
    }))
}

/// GET `/office/{survey}/quality`.
///
/// # Errors
/// No such survey; a database that does not answer.
pub async fn page(
    app: Data<App>,
    actor: Actor,
    id: Path<String>,
) -> Result<HttpResponse, AppError> {
    show(&app, &actor, &id, &WantedHold::default(), None).await
}

/// The page; `wanted` are the values of its form, `refused` says why the form that was sent changes
/// nothing.
pub(super) async fn show(
    app: &Data<App>,
    actor: &Actor,
    id: &str,
    wanted: &WantedHold,
    refused: Option<String>,
) -> Result<HttpResponse, AppError> {
    let surveys = app.surveys();
    let survey = surveys.survey(id).ok_or(ErrorKind::NotFound)?;
    let (shared, taken, own) = (app.clone(), surveys.clone(), id.to_owned());
    let read = actix_web::web::block(move || {
        let survey = taken.survey(&own);
        let found = survey
            .map(|survey| found(&shared, survey))
            .transpose()?
            .flatten();
        let reviews = shared.store.hold_reviews(&own)?;
        Ok::<_, StoreError>((found, reviews))
    });
    let Ok(Ok((found, reviews))) = read.await else {
        return Err(ErrorKind::Receipt.into());
    };
    let who = (actor.account.name.as_str(), actor.account.role);
    let reviews: Vec<ReviewLine> = reviews.iter().rev().map(|own| line(own, who)).collect();
    let figures = app.provisional.figures(id);
    let figures = figures.filter(|_| reads_figures(actor.account.role));
    let view = QualityPage {
        survey: id,
        title: &survey.questionnaire.title,
        plan: survey.plan.as_ref(),
        figures: figures.as_deref(),
        findings: found.as_ref().map(|own| own.findings.as_slice()),
        looked_at: found.as_ref().map_or(0, |own| own.looked_at),
        near_duplicates: found.as_ref().and_then(|own| own.near_duplicates),
        wanted,
        reviews: &reviews,
    };
    let status = match refused {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    let page = pages::page(actor.frame(), &view, refused.as_deref());
    Ok(html_with(status, page))
}

/// A proposal as `who` sees it.
fn line(own: &HoldReview, who: (&str, Role)) -> ReviewLine {
    let proposal = &own.proposal;
    let decisions = HoldDecision::ALL.into_iter();
    let refused = |decision| own.check(decision, who) == Err(HoldRefusal::SamePerson);
    ReviewLine {
        id: proposal.id.clone(),
        subject: (proposal.subject.clone(), proposal.label.clone()),
        rule: proposal.rule.clone(),
        reason: proposal.reason.clone(),
        responses: u64::try_from(proposal.responses).unwrap_or(0),
        proposed: (
            proposal.proposed_by.clone(),
            Role::parse(&proposal.role),
            proposal.proposed_at,
        ),
        effect: HoldEffect::from_json(&proposal.effect),
        state: own.state(),
        steps: own
            .steps
            .iter()
            .map(|step| {
                (
                    step.decision.clone(),
                    step.by.clone(),
                    Role::parse(&step.role),
                    step.at,
                    step.reason.clone(),
                )
            })
            .collect(),
        allowed: decisions
            .clone()
            .filter(|decision| own.check(*decision, who).is_ok())
            .collect(),
        is_own: decisions.into_iter().any(refused),
    }
}
