//! The forms of the page of releases: dates, drafts, decisions, early readers, evidence, replies.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use jiff::civil::DateTime;
use uuid::Uuid;

use crate::collection::{Decision, label};
use crate::locale::{text, text_with};
use crate::publication::draft::{NoDraft, Wanted, draft};
use crate::publication::evidence::Verdict;
use crate::release::imprint::Imprint;
use crate::release::moment::rfc3339;
use crate::release::register::Register;
use crate::staff::release_approval::{ReleaseDecision, Stage, is_in_time};
use crate::staff::{Action, AuditEntry, Role};
use crate::store::{
    Announcement, EarlyReader, EvidenceReview, FieldworkChange, ObjectionReply, StoreError,
    WantedDecision,
};
use crate::web::app::App;
use crate::web::background::in_background;
use crate::web::error::{AppError, ErrorKind};
use crate::web::office::actor::Actor;
use crate::web::office::gate::see_other;
use crate::web::office::releases::{date, is_open, lacks_approval, show};
use crate::web::office::submission::Submission;
use crate::web::office::survey::LONGEST_REASON;
use crate::web::releases::now;

/// Why a form changes nothing.
enum Refused {
    /// The key of a text under `releases`.
    Text(&'static str),
    /// What the reader is told.
    Message(String),
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

/// POST `/office/{survey}/releases`.
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
    let change = Change {
        app: app.clone(),
        survey: id.clone(),
        who: actor.account.name.clone(),
        role: actor.account.role,
        submission,
        language: actor.reader.language,
        entry: actor.entry(Action::ReleaseDrafted, "").of_survey(&id),
    };
    let changed = in_background(move || {
        let app = change.app.clone();
        app.releases.refresh(&app.store)?;
        change.run()?;
        app.releases.refresh(&app.store)?;
        Ok::<(), Refused>(())
    });
    let message = match changed.await {
        Some(Ok(())) => {
            let path = format!("/office/{id}/releases");
            return Ok(see_other(&actor.reader.link(&path)));
        }
        Some(Err(Refused::Text(key))) => text(actor.reader.language, &format!("releases.{key}")),
        Some(Err(Refused::Message(message))) => message,
        Some(Err(Refused::Role)) => return Err(ErrorKind::OtherRole.into()),
        Some(Err(Refused::Store)) | None => return Err(ErrorKind::Receipt.into()),
    };
    show(&app, &actor, &id, Some(message)).await
}

/// A form of the page.
struct Change {
    app: Data<App>,
    survey: String,
    who: String,
    role: Role,
    submission: Submission,
    language: crate::locale::Language,
    /// An entry of the audit record about this person and survey.
    entry: AuditEntry,
}

impl Change {
    fn run(&self) -> Result<(), Refused> {
        match self.submission.value("do") {
            "announce" => self.announce(),
            "draft" => self.draft(),
            "grant" => self.grant(),
            "evidence" => self.evidence(),
            "reply" => self.reply(),
            word => match ReleaseDecision::parse(word) {
                Some(decision) => self.decide(decision),
                None => Err(Refused::Text("unknown")),
            },
        }
    }

    /// An entry of the audit record about `action`.
    fn entry(&self, action: Action, subject: &str) -> AuditEntry {
        AuditEntry {
            action,
            subject: subject.to_owned(),
            ..self.entry.clone()
        }
    }

    fn only(&self, roles: &[Role]) -> Result<(), Refused> {
        match roles.contains(&self.role) {
            true => Ok(()),
            false => Err(Refused::Role),
        }
    }

    /// The reason; an error without one.
    fn reason(&self) -> Result<String, Refused> {
        let reason = label::reason(self.submission.value("reason"), LONGEST_REASON);
        let missing = || Refused::Message(text(self.language, "office.reason_missing"));
        reason.map(str::to_owned).ok_or_else(missing)
    }

    fn register(&self) -> std::sync::Arc<Register> {
        self.app.releases.register()
    }

    fn announce(&self) -> Result<(), Refused> {
        self.only(&[Role::Publisher])?;
        let (register, now) = (self.register(), now());
        let number = register.next_number(&self.survey, now);
        if self.submission.value("number").parse() != Ok(number) {
            return Err(Refused::Text("other_number"));
        }
        let at: DateTime = self
            .submission
            .value("at")
            .parse()
            .map_err(|_| Refused::Text("no_time"))?;
        let at = jiff::tz::offset(8).to_timestamp(at);
        let at = at.map_err(|_| Refused::Text("no_time"))?.as_microsecond();
        if at <= now {
            return Err(Refused::Text("past"));
        }
        let known = register.date(&self.survey, number);
        let needs_reason = known.is_some() || !is_in_time(at, now);
        let reason = match needs_reason {
            true => self.reason().map_err(|_| Refused::Text("notice"))?,
            false => String::new(),
        };
        let entry = self.entry(Action::ReleaseAnnounced, &number.to_string());
        let before = known.map_or_else(String::new, |own| rfc3339(own.announcement.publish_at));
        let after = rfc3339(at);
        let entry = entry.change(&before, &after).because(&reason);
        let by = (self.who.as_str(), now);
        let new = Announcement::new((&self.survey, i64::from(number)), at, &reason, by);
        Ok(self.app.store.announce(new, entry)?)
    }

    fn draft(&self) -> Result<(), Refused> {
        self.only(&[Role::Statistician])?;
        let surveys = self.app.surveys();
        let survey = surveys
            .survey(&self.survey)
            .ok_or(Refused::Text("unknown"))?;
        let (register, now) = (self.register(), now());
        let number = register.next_number(&self.survey, now);
        let publish_at = date(&register, &self.survey, number).filter(|at| *at > now);
        let publish_at = publish_at.ok_or(Refused::Text("no_date"))?;
        let closes = is_open(&self.app, survey);
        let reason = match number > 1 || closes {
            true => self.reason()?,
            false => String::new(),
        };
        if closes {
            self.close(&reason)?;
        }
        let surveys = self.app.surveys();
        let survey = surveys
            .survey(&self.survey)
            .ok_or(Refused::Text("unknown"))?;
        let wanted = Wanted {
            survey,
            imprint: Imprint {
                number,
                published_at: publish_at,
                reason: if number > 1 {
                    reason.clone()
                } else {
                    String::new()
                },
                next: next(&register, &self.survey, publish_at),
                public_url: self.app.site.public_url.clone(),
            },
            responses: None,
            log_size: None,
            is_provisional: false,
        };
        let made = draft(&surveys.catalogue, &self.app.store, &register, &wanted);
        let made = made.map_err(|error| match error {
            NoDraft::Evidence(n) => Refused::Message(text_with(
                self.language,
                "releases.evidence_open",
                &[("n", &n.to_string())],
            )),
            NoDraft::Store(_) => Refused::Store,
            other => Refused::Message(text_with(
                self.language,
                "releases.not_made",
                &[("error", &other.to_string())],
            )),
        })?;
        let id = Uuid::new_v4().to_string();
        let new = made.into_new(&id, (&self.who, now), publish_at);
        let entry = self.entry(Action::ReleaseDrafted, &number.to_string());
        let entry = entry.change("", &new.digest).because(&reason);
        Ok(self.app.store.add_release(new, entry)?)
    }

    /// Closes fieldwork, if the form says so.
    fn close(&self, reason: &str) -> Result<(), Refused> {
        if self.submission.value("close") != "yes" {
            return Err(Refused::Text("still_open"));
        }
        let surveys = self.app.surveys();
        let survey = surveys
            .survey(&self.survey)
            .ok_or(Refused::Text("unknown"))?;
        let (time, valid_until) = (jiff::Timestamp::now(), &survey.questionnaire.valid_until);
        let period = surveys.period(&self.survey);
        let period = period.after(Decision::Close, valid_until, time);
        let period = period.map_err(|_| Refused::Text("still_open"))?;
        let change = FieldworkChange::new(
            &self.survey,
            Decision::Close,
            &period,
            (&self.who, reason),
            time.as_microsecond(),
        );
        let entry = change.entry(self.entry(Action::FieldworkChanged, &change.what));
        self.app.store.change_fieldwork(change, entry)?;
        self.app.take_over_changes();
        Ok(())
    }

    fn decide(&self, decision: ReleaseDecision) -> Result<(), Refused> {
        let surveys = self.app.surveys();
        let survey = surveys
            .survey(&self.survey)
            .ok_or(Refused::Text("unknown"))?;
        if decision == ReleaseDecision::Approve && lacks_approval(&self.app, survey) {
            return Err(Refused::Text("lacks_approval"));
        }
        let reason = match decision {
            ReleaseDecision::Return => self.reason()?,
            _ => String::new(),
        };
        let id = self.submission.value("release");
        let register = self.register();
        let own = register
            .with_id(id)
            .filter(|own| own.release.survey == self.survey);
        let own = own.ok_or(Refused::Text("refused_not_this"))?;
        if decision == ReleaseDecision::Return && own.stage(now()) == Stage::Published {
            return Err(Refused::Text("refused_too_late"));
        }
        let action = match decision {
            ReleaseDecision::Submit => Action::ReleaseSubmitted,
            ReleaseDecision::Approve => Action::ReleaseApproved,
            ReleaseDecision::Return => Action::ReleaseReturned,
        };
        let entry = self.entry(action, &own.number().to_string());
        let wanted = WantedDecision {
            release: id.to_owned(),
            decision,
            digest: self.submission.value("digest").to_owned(),
            by: self.who.clone(),
            role: self.role,
            at: now(),
            reason: reason.clone(),
        };
        let entry = entry.change("", &wanted.digest).because(&reason);
        let decided = self.app.store.decide_release(wanted, entry)?;
        decided.map_err(|refusal| {
            let key = format!("releases.refused_{}", refusal.as_str());
            Refused::Message(text(self.language, &key))
        })
    }

    fn grant(&self) -> Result<(), Refused> {
        self.only(&[Role::Statistician, Role::Publisher])?;
        let reason = self.reason()?;
        let (account, post) = (
            self.submission.value("account"),
            self.submission.value("post"),
        );
        let accounts = self.app.store.accounts()?;
        if !accounts.iter().any(|own| own.name == account.trim()) {
            return Err(Refused::Text("no_account"));
        }
        let post = label::reason(post, 100).ok_or(Refused::Text("no_post"))?;
        let now = now();
        let number = self.register().next_number(&self.survey, now);
        let entry = self
            .entry(Action::EarlyReaderAdded, account.trim())
            .because(&reason);
        let new = EarlyReader::new(
            (&self.survey, i64::from(number)),
            (account.trim(), post),
            &reason,
            (&self.who, now),
        );
        Ok(self.app.store.grant_early_reading(new, entry)?)
    }

    fn evidence(&self) -> Result<(), Refused> {
        self.only(&[Role::Statistician])?;
        let (form, now) = (&self.submission, now());
        let mut rows = Vec::new();
        for place in 0.. {
            let item = form.value(&format!("item-{place}"));
            if item.is_empty() {
                break;
            }
            let word = match (form.value(&format!("decision-{place}")), form.value("all")) {
                ("", "shown") => "shown",
                (word, _) => word,
            };
            let Some(verdict) = Verdict::parse(word) else {
                continue;
            };
            let reason = form.value(&format!("reason-{place}")).trim();
            if verdict != Verdict::Shown && label::reason(reason, LONGEST_REASON).is_none() {
                return Err(Refused::Text("evidence_reason"));
            }
            rows.push(EvidenceReview::new(
                (&self.survey, item),
                (verdict.as_str(), "", reason),
                (&self.who, now),
            ));
        }
        let known = self.app.store.evidence_reviews()?;
        rows.retain(|row| {
            let own = known
                .iter()
                .rfind(|own| own.survey == row.survey && own.item == row.item);
            own.is_none_or(|own| (&own.decision, &own.reason) != (&row.decision, &row.reason))
        });
        if rows.is_empty() {
            return Ok(());
        }
        let entry = self.entry(Action::EvidenceReviewed, &rows.len().to_string());
        Ok(self.app.store.review_evidence(rows, entry)?)
    }

    fn reply(&self) -> Result<(), Refused> {
        self.only(&[Role::Statistician, Role::Publisher])?;
        let objection = self.submission.value("objection");
        let reply = self.submission.value("reply").trim();
        if reply.is_empty() || reply.chars().count() > 2000 {
            return Err(Refused::Text("no_reply"));
        }
        let known = self.app.store.objections()?;
        let is_own =
            |own: &crate::store::Objection| own.id == objection && own.survey == self.survey;
        if !known.iter().any(|(own, _)| is_own(own)) {
            return Err(Refused::Text("unknown"));
        }
        let new = ObjectionReply::new(objection, reply, (&self.who, now()));
        let entry = self.entry(Action::ObjectionReplied, objection);
        Ok(self.app.store.reply(new, entry)?)
    }
}

/// The next date after `moment` that is announced for the survey or for another wave of it.
fn next(register: &Register, survey: &str, moment: i64) -> Option<i64> {
    let stem = |id: &str| id.rsplit_once('-').map_or(id, |(stem, _)| stem).to_owned();
    let dates = register.dates().iter().map(|own| &own.announcement);
    let same = dates.filter(|own| stem(&own.survey) == stem(survey));
    same.map(|own| own.publish_at)
        .filter(|at| *at > moment)
        .min()
}
