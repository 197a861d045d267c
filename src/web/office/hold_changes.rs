//! The forms of the page of quality: proposing to hold responses, and deciding about proposals.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use jiff::civil::{Date, Time};
use uuid::Uuid;

use crate::collection::label;
use crate::locale::text;
use crate::pages::office::quality::{
    self as pages, Confirm, QualityPage, WantedHold, needs_reason, subject_of,
};
use crate::release::hold_effect::{HoldEffect, hold_effect};
use crate::release::stored::NoFigures;
use crate::staff::hold_review::{HoldDecision, HoldRefusal, may_propose};
use crate::staff::{Action, AuditEntry, Role};
use crate::store::{LeafRanges, NewHold, ResponsesOf, StoreError, WantedHoldDecision};
use crate::survey::hex_digest;
use crate::web::app::App;
use crate::web::background::in_background;
use crate::web::error::{AppError, ErrorKind};
use crate::web::office::actor::Actor;
use crate::web::office::gate::see_other;
use crate::web::office::quality::{found, show};
use crate::web::office::submission::Submission;
use crate::web::office::survey::LONGEST_REASON;
use crate::web::page::html_with;
use crate::web::releases::now;
use crate::web::surveys::Surveys;

/// Longest list of responses that a person writes, characters.
const LONGEST_LIST: usize = 2_000;

/// Why a form changes nothing.
enum Refused {
    /// The key of a text under `holds`.
    Text(&'static str),
    /// The reason is missing or too long.
    Reason,
    /// The person's role may not do this.
    Role,
    /// The database does not answer.
    Store,
}

impl From<StoreError> for Refused {
    fn from(_: StoreError) -> Refused {
        Refused::Store
    }
}

impl From<HoldRefusal> for Refused {
    fn from(refusal: HoldRefusal) -> Refused {
        match refusal {
            HoldRefusal::Role => Refused::Role,
            HoldRefusal::SamePerson => Refused::Text("same_person"),
            HoldRefusal::OtherPerson => Refused::Text("other_person"),
            HoldRefusal::Decided => Refused::Text("decided"),
            HoldRefusal::Unknown => Refused::Text("unknown"),
        }
    }
}

/// What a form led to.
enum Done {
    /// It is stored.
    Stored,
    /// It has to be confirmed.
    Confirm(Prepared),
}

/// POST `/office/{survey}/quality`.
///
/// # Errors
/// No such survey; another role; a database that does not answer.
pub async fn submit(
    app: Data<App>,
    actor: Actor,
    id: Path<String>,
    submission: Submission,
) -> Result<HttpResponse, AppError> {
    let surveys = app.surveys();
    surveys.survey(&id).ok_or(ErrorKind::NotFound)?;
    // One at a time: each reads every response, and collection goes first.
    let Ok(permit) = Arc::clone(&app.office.effects).acquire_owned().await else {
        return Err(ErrorKind::Internal.into());
    };
    let wanted = wanted(&submission);
    let change = Change {
        app: app.clone(),
        surveys: surveys.clone(),
        survey: id.clone(),
        who: actor.account.name.clone(),
        role: actor.account.role,
        wanted: wanted.clone(),
        submission,
        entry: actor.entry(Action::HoldProposed, "").of_survey(&id),
    };
    let done = in_background(move || {
        // Until the end, also if the client has gone.
        let _permit = permit;
        change.run()
    });
    let language = actor.reader.language;
    let message = match done.await {
        Some(Ok(Done::Stored)) => {
            let path = format!("/office/{id}/quality");
            return Ok(see_other(&actor.reader.link(&path)));
        }
        Some(Ok(Done::Confirm(prepared))) => {
            return confirm(&surveys, &actor, &id, &wanted, &prepared);
        }
        Some(Err(Refused::Text(key))) => text(language, &format!("holds.{key}")),
        Some(Err(Refused::Reason)) => text(language, "office.reason_missing"),
        Some(Err(Refused::Role)) => return Err(ErrorKind::OtherRole.into()),
        Some(Err(Refused::Store)) | None => return Err(ErrorKind::Receipt.into()),
    };
    show(&app, &actor, &id, &wanted, Some(message)).await
}

/// What the form asks to hold, as it was written.
fn wanted(submission: &Submission) -> WantedHold {
    let value = |name: &str| submission.value(name).trim().to_owned();
    WantedHold {
        subject: value("subject"),
        label: value("label"),
        rule: value("rule"),
        rule_version: value("rule_version").parse().unwrap_or(0),
        reason: value("reason"),
    }
}

fn confirm(
    surveys: &Surveys,
    actor: &Actor,
    id: &str,
    wanted: &WantedHold,
    prepared: &Prepared,
) -> Result<HttpResponse, AppError> {
    let survey = surveys.survey(id).ok_or(ErrorKind::NotFound)?;
    let view = QualityPage {
        survey: id,
        title: &survey.questionnaire.title,
        plan: survey.plan.as_ref(),
        figures: None,
        findings: None,
        looked_at: 0,
        near_duplicates: None,
        wanted,
        reviews: &[],
    };
    let status = match prepared.is_changed {
        true => StatusCode::UNPROCESSABLE_ENTITY,
        false => StatusCode::OK,
    };
    let confirm = Confirm {
        wanted,
        id: Uuid::new_v4().to_string(),
        responses: prepared.leaves.count(),
        basis: (prepared.log_size, prepared.limit),
        digest: &prepared.digest(),
        effect: prepared.effect.as_ref(),
        is_changed: prepared.is_changed,
    };
    let page = pages::confirm_page(actor.frame(), &view, &confirm);
    Ok(html_with(status, page))
}

/// A proposal that was computed.
struct Prepared {
    leaves: LeafRanges,
    effect: Option<HoldEffect>,
    log_size: u64,
    limit: u64,
    is_changed: bool,
}

impl Prepared {
    fn effect_json(&self) -> String {
        self.effect
            .as_ref()
            .map_or_else(String::new, HoldEffect::to_json)
    }

    fn digest(&self) -> String {
        hex_digest(format!("{}|{}", self.leaves, self.effect_json()).as_bytes())
    }
}

/// A form of the page.
struct Change {
    app: Data<App>,
    surveys: Arc<Surveys>,
    survey: String,
    who: String,
    role: Role,
    wanted: WantedHold,
    submission: Submission,
    /// An entry of the audit record about this person and survey.
    entry: AuditEntry,
}

impl Change {
    fn run(&self) -> Result<Done, Refused> {
        match self.submission.value("do") {
            "preview" => self.preview(),
            "propose" => self.propose(),
            word => match HoldDecision::parse(word) {
                Some(decision) => self.decide(decision),
                None => Err(Refused::Text("unknown_form")),
            },
        }
    }

    fn entry(&self, action: Action, subject: &str, reason: &str) -> AuditEntry {
        let entry = AuditEntry {
            action,
            subject: subject.to_owned(),
            ..self.entry.clone()
        };
        entry.because(reason)
    }

    fn preview(&self) -> Result<Done, Refused> {
        let log_size = u64::try_from(self.app.store.log_size()?).unwrap_or(0);
        let limit = self.app.store.count(&self.survey)?;
        self.prepared(log_size, limit).map(Done::Confirm)
    }

    /// Stores the proposal if its responses and its effect are those that the person confirmed; else the
    /// person is asked again.
    fn propose(&self) -> Result<Done, Refused> {
        let number = |name: &str| self.submission.value(name).parse().ok();
        let id = Uuid::parse_str(self.submission.value("id")).ok();
        let (Some(log_size), Some(limit), Some(id)) = (number("log_size"), number("limit"), id)
        else {
            return Err(Refused::Text("unknown_form"));
        };
        let prepared = self.prepared(log_size, limit)?;
        if prepared.digest() != self.submission.value("digest") {
            let Done::Confirm(again) = self.preview()? else {
                return Err(Refused::Text("unknown_form"));
            };
            return Ok(Done::Confirm(Prepared {
                is_changed: true,
                ..again
            }));
        }
        let wanted = &self.wanted;
        let after = format!(
            "{} {} {}: {}",
            wanted.subject,
            self.label(),
            wanted.rule,
            prepared.leaves.count()
        );
        let entry = self.entry(Action::HoldProposed, &id.to_string(), &wanted.reason);
        let new = NewHold {
            id: id.to_string(),
            survey: self.survey.clone(),
            subject: (wanted.subject.clone(), self.label()),
            rule: (wanted.rule.clone(), wanted.rule_version),
            reason: wanted.reason.clone(),
            effect: prepared.effect_json(),
            leaves: prepared.leaves,
            by: self.who.clone(),
            role: self.role,
            at: now(),
        };
        let entry = entry.change("", &after);
        self.app.store.propose_hold(new, entry)??;
        Ok(Done::Stored)
    }

    /// The label as it is stored: single responses have none, their leaves are listed.
    fn label(&self) -> String {
        match self.wanted.subject.as_str() {
            "responses" => String::new(),
            _ => self.wanted.label.clone(),
        }
    }

    /// The responses of the proposal among the first `log_size` leaves, and what holding them changes of
    /// the figures from the first `limit` responses.
    fn prepared(&self, log_size: u64, limit: u64) -> Result<Prepared, Refused> {
        if !may_propose(self.role) {
            return Err(Refused::Role);
        }
        if label::reason(&self.wanted.reason, LONGEST_REASON).is_none() {
            return Err(Refused::Reason);
        }
        let store = &self.app.store;
        let size = i64::try_from(log_size).unwrap_or(i64::MAX);
        let leaves = match self.wanted.rule.is_empty() {
            true => self.leaves_by_hand(size)?,
            false => self.leaves_of_finding()?,
        };
        let held = store.held(&self.survey, None)?;
        let leaves = leaves.without(held.leaves());
        if leaves.is_empty() {
            return Err(Refused::Text("no_responses"));
        }
        let survey = self.surveys.survey(&self.survey);
        let survey = survey.ok_or(Refused::Text("unknown"))?;
        let previous = self.app.provisional.all();
        let basis = (&leaves, limit);
        let effect = hold_effect(
            &self.surveys.catalogue,
            survey,
            (store, &self.app.kept()),
            basis,
            &previous,
        );
        let effect = match effect {
            Ok(effect) => Some(effect),
            Err(NoFigures::Store(_)) => return Err(Refused::Store),
            Err(_) => None,
        };
        Ok(Prepared {
            leaves,
            effect,
            log_size,
            limit,
            is_changed: false,
        })
    }

    /// The responses of the finding that the form names.
    fn leaves_of_finding(&self) -> Result<LeafRanges, Refused> {
        let survey = self.surveys.survey(&self.survey);
        let survey = survey.ok_or(Refused::Text("unknown"))?;
        let found = found(&self.app, survey)?.unwrap_or_default();
        let wanted = (self.wanted.subject.as_str(), self.wanted.label.as_str());
        let mut findings = found.findings.iter();
        let own = findings.find(|own| {
            own.rule == self.wanted.rule
                && i64::from(own.version) == self.wanted.rule_version
                && subject_of(&own.subject) == wanted
        });
        let own = own.ok_or(Refused::Text("no_finding"))?;
        Ok(found.leaves_of(own))
    }

    /// The responses that a person named.
    fn leaves_by_hand(&self, log_size: i64) -> Result<LeafRanges, Refused> {
        let store = &self.app.store;
        let own = self.wanted.label.as_str();
        let is_label = label::is_label(own);
        let found = match self.wanted.subject.as_str() {
            "responses" if own.chars().count() <= LONGEST_LIST => {
                return self.listed(own);
            }
            "channel" if is_label => {
                store.leaves_of(&self.survey, &ResponsesOf::Channel(own), log_size)?
            }
            "enumerator" if is_label && !own.is_empty() => {
                store.leaves_of(&self.survey, &ResponsesOf::Enumerator(own), log_size)?
            }
            "day" => {
                let (from, until) = day(own).ok_or(Refused::Text("no_day"))?;
                let wanted = ResponsesOf::Received(from, until);
                store.leaves_of(&self.survey, &wanted, log_size)?
            }
            _ => return Err(Refused::Text("no_label")),
        };
        Ok(found)
    }

    /// Single responses: numbers of leaves and ranges of them, ids, receipt codes.
    fn listed(&self, list: &str) -> Result<LeafRanges, Refused> {
        let mut leaves = LeafRanges::default();
        let parts = list.split([',', '，', '、', ';', '；', '\n']);
        for part in parts.map(str::trim).filter(|part| !part.is_empty()) {
            let code: String = part.chars().filter(|own| !own.is_whitespace()).collect();
            let one = match self.app.store.leaf_of(&code)? {
                Some(leaf) => [leaf].into_iter().collect(),
                None => LeafRanges::parse(&code).ok_or(Refused::Text("no_number"))?,
            };
            leaves = leaves.with(&one);
        }
        Ok(self.app.store.responses_among(&self.survey, &leaves)?)
    }

    fn decide(&self, decision: HoldDecision) -> Result<Done, Refused> {
        let written = self.submission.value("reason");
        let reason = label::reason(written, LONGEST_REASON).unwrap_or_default();
        let is_missing =
            reason.is_empty() && (needs_reason(decision) || !written.trim().is_empty());
        if is_missing && decision.is_of(self.role) {
            return Err(Refused::Reason);
        }
        let action = match decision {
            HoldDecision::Consent => Action::HoldConsented,
            HoldDecision::Refuse => Action::HoldRefused,
            HoldDecision::Withdraw => Action::HoldWithdrawn,
            HoldDecision::ProposeFree => Action::FreeProposed,
            HoldDecision::ConsentFree => Action::FreeConsented,
            HoldDecision::RefuseFree => Action::FreeRefused,
            HoldDecision::WithdrawFree => Action::FreeWithdrawn,
        };
        let proposal = self.submission.value("proposal").to_owned();
        let (before, after) = decision.step();
        let entry = self.entry(action, &proposal, reason);
        let entry = entry.change(before.as_str(), after.as_str());
        let wanted = WantedHoldDecision {
            survey: self.survey.clone(),
            proposal,
            decision,
            reason: reason.to_owned(),
            by: self.who.clone(),
            role: self.role,
            at: now(),
        };
        self.app.store.decide_hold(wanted, entry)??;
        Ok(Done::Stored)
    }
}

/// First and last moment (not included) of a day of the city's time, microseconds UTC.
fn day(text: &str) -> Option<(i64, i64)> {
    let day: Date = text.parse().ok()?;
    let zone = jiff::tz::offset(8);
    let at = |day: Date| {
        let moment = zone.to_timestamp(day.to_datetime(Time::midnight()));
        moment.ok().map(|moment| moment.as_microsecond())
    };
    Some((at(day)?, at(day.tomorrow().ok()?)?))
}
