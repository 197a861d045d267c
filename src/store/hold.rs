//! Proposals to hold responses, and what was decided about them.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::staff::hold_review::{
    HoldDecided, HoldDecision, HoldProposed, HoldRefusal, HoldState, may_propose,
};
use crate::staff::{AuditEntry, Role};
use crate::store::audit;
use crate::store::connection::AnyConnection;
use crate::store::error::StoreError;
use crate::store::handle::Store;
use crate::store::leaf_ranges::LeafRanges;
use crate::store::logged_table::{LoggedRow, LoggedTable, logged_row};
use crate::store::release::is_as_logged;
use crate::store::schema::{free_decision, hold_decision, hold_proposal};
use crate::store::transaction::Transaction;

/// Version of the migration that made the tables.
const MIGRATION: &str = "20261207000000";

/// A proposal to hold responses.
#[derive(
    Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, Serialize, Deserialize,
)]
#[serde(deny_unknown_fields)]
#[diesel(table_name = hold_proposal)]
pub struct HoldProposal {
    /// A random UUID.
    pub id: String,
    /// `satisfaction-2026`.
    pub survey: String,
    /// What it concerns: `responses`, `channel`, `enumerator` or `day`.
    pub subject: String,
    /// The channel, the enumerator or the day; empty for single responses and for the open link.
    pub label: String,
    /// Id of the rule that found it; empty for what a person found.
    pub rule: String,
    /// Version of the rule; 0 without one.
    pub rule_version: i64,
    /// Why.
    pub reason: String,
    /// The leaves of exactly these responses, as [`LeafRanges`].
    pub leaves: String,
    /// How many they are.
    pub responses: i64,
    /// What holding them changes, as JSON; empty if it was not computed.
    pub effect: String,
    /// Name of the account.
    pub proposed_by: String,
    /// Its role at that time.
    pub role: String,
    /// Microseconds UTC.
    pub proposed_at: i64,
    nonce: String,
    leaf_index: i64,
}

/// Makes the row of a table of decisions: those about holding and those about freeing have leaves of
/// their own kinds, so that the log alone says what happened when.
macro_rules! decision_row {
    ($row:ident, $table:ident, $kind:literal) => {
        #[derive(
            Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, Serialize, Deserialize,
        )]
        #[serde(deny_unknown_fields)]
        #[diesel(table_name = $table)]
        struct $row {
            proposal_id: String,
            decision: String,
            reason: String,
            decided_by: String,
            role: String,
            decided_at: i64,
            nonce: String,
            leaf_index: i64,
        }

        logged_row!(
            $row,
            $table,
            $kind,
            [proposal_id, decision, reason, decided_by, role, decided_at]
        );

        impl From<$row> for HoldStep {
            fn from(row: $row) -> HoldStep {
                HoldStep {
                    proposal: row.proposal_id,
                    decision: row.decision,
                    reason: row.reason,
                    by: row.decided_by,
                    role: row.role,
                    at: row.decided_at,
                    leaf_index: row.leaf_index,
                }
            }
        }

        impl From<WantedHoldDecision> for $row {
            fn from(wanted: WantedHoldDecision) -> $row {
                $row {
                    proposal_id: wanted.proposal,
                    decision: wanted.decision.as_str().to_owned(),
                    reason: wanted.reason,
                    decided_by: wanted.by,
                    role: wanted.role.as_str().to_owned(),
                    decided_at: wanted.at,
                    nonce: String::new(),
                    leaf_index: -1,
                }
            }
        }
    };
}

decision_row!(HoldRow, hold_decision, "hold");
decision_row!(FreeRow, free_decision, "free");
logged_row!(
    HoldProposal,
    hold_proposal,
    "hold_proposal",
    [
        id,
        survey,
        subject,
        label,
        rule,
        rule_version,
        reason,
        leaves,
        responses,
        effect,
        proposed_by,
        role,
        proposed_at
    ]
);

/// How the tables are backed up, restored and audited.
pub(super) const PROPOSALS: LoggedTable =
    LoggedTable::of::<HoldProposal>("hold_proposal", MIGRATION);
/// See [`PROPOSALS`].
pub(super) const HOLDS: LoggedTable = LoggedTable::of::<HoldRow>("hold_decision", MIGRATION);
/// See [`PROPOSALS`].
pub(super) const FREES: LoggedTable = LoggedTable::of::<FreeRow>("free_decision", MIGRATION);

/// What a person decided about a proposal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldStep {
    /// Id of the proposal.
    pub proposal: String,
    /// The word of a [`HoldDecision`].
    pub decision: String,
    /// Why.
    pub reason: String,
    /// Name of the account.
    pub by: String,
    /// Its role at that time.
    pub role: String,
    /// Microseconds UTC.
    pub at: i64,
    /// The leaf of the decision.
    leaf_index: i64,
}

impl HoldStep {
    fn decided(&self) -> Option<HoldDecided<'_>> {
        Some(HoldDecided {
            decision: HoldDecision::parse(&self.decision)?,
            by: &self.by,
            role: Role::parse(&self.role)?,
        })
    }
}

/// A proposal with what was decided about it, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldReview {
    /// The proposal.
    pub proposal: HoldProposal,
    /// The decisions.
    pub steps: Vec<HoldStep>,
}

impl HoldReview {
    /// Where it is.
    #[must_use]
    pub fn state(&self) -> HoldState {
        self.with_rules(|proposed| proposed.state())
    }

    /// Whether a person may make this decision now.
    ///
    /// # Errors
    /// The first [`HoldRefusal`].
    pub fn check(&self, decision: HoldDecision, who: (&str, Role)) -> Result<(), HoldRefusal> {
        self.with_rules(|proposed| proposed.check(decision, who))
    }

    /// The responses that it covers.
    #[must_use]
    pub fn leaves(&self) -> LeafRanges {
        LeafRanges::parse(&self.proposal.leaves).unwrap_or_default()
    }

    fn with_rules<T>(&self, f: impl FnOnce(&HoldProposed<'_>) -> T) -> T {
        let decided: Vec<HoldDecided<'_>> =
            self.steps.iter().filter_map(HoldStep::decided).collect();
        f(&HoldProposed {
            by: &self.proposal.proposed_by,
            // A word that is no role may propose nothing.
            role: Role::parse(&self.proposal.role).unwrap_or(Role::Auditor),
            decided: &decided,
        })
    }
}

/// A proposal that a person wants to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewHold {
    /// A random UUID.
    pub id: String,
    /// `satisfaction-2026`.
    pub survey: String,
    /// Kind and label of what it concerns; see [`HoldProposal`].
    pub subject: (String, String),
    /// Id and version of the rule that found it; empty and 0 without one.
    pub rule: (String, i64),
    /// Why.
    pub reason: String,
    /// The responses.
    pub leaves: LeafRanges,
    /// What holding them changes, as JSON.
    pub effect: String,
    /// Name of the account.
    pub by: String,
    /// Its role.
    pub role: Role,
    /// Microseconds UTC.
    pub at: i64,
}

/// A decision that a person wants to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedHoldDecision {
    /// The survey that the person sees.
    pub survey: String,
    /// Id of the proposal.
    pub proposal: String,
    /// What is decided.
    pub decision: HoldDecision,
    /// Why.
    pub reason: String,
    /// Name of the account.
    pub by: String,
    /// Its role.
    pub role: Role,
    /// Microseconds UTC.
    pub at: i64,
}

impl Store {
    /// Stores a proposal if the role may make one, and `entry` in the audit record. One with an id that is
    /// stored already, from a form that was sent twice, is not stored again.
    ///
    /// # Errors
    /// When the database cannot be written. The inner error: what the rules say against it.
    pub fn propose_hold(
        &self,
        new: NewHold,
        entry: AuditEntry,
    ) -> Result<Result<(), HoldRefusal>, StoreError> {
        if !may_propose(new.role) {
            return Ok(Err(HoldRefusal::Role));
        }
        self.change(move |transaction: &mut Transaction<'_>| {
            transaction.lock_log()?;
            let known: i64 = hold_proposal::table
                .filter(hold_proposal::id.eq(&new.id))
                .count()
                .get_result(transaction.connection)?;
            if known > 0 {
                return Ok(Ok(()));
            }
            let responses = i64::try_from(new.leaves.count()).unwrap_or(i64::MAX);
            transaction.append(HoldProposal {
                id: new.id,
                survey: new.survey,
                subject: new.subject.0,
                label: new.subject.1,
                rule: new.rule.0,
                rule_version: new.rule.1,
                reason: new.reason,
                leaves: new.leaves.to_string(),
                responses,
                effect: new.effect,
                proposed_by: new.by,
                role: new.role.as_str().to_owned(),
                proposed_at: new.at,
                nonce: String::new(),
                leaf_index: -1,
            })?;
            audit::append(transaction, entry)?;
            Ok(Ok(()))
        })
    }

    /// Stores a decision if the rules allow it, and `entry` in the audit record. Rules and row share one
    /// transaction, so that two requests at once cannot pass where one would not.
    ///
    /// # Errors
    /// When the database cannot be written. The inner error: what the rules say against it.
    pub fn decide_hold(
        &self,
        wanted: WantedHoldDecision,
        entry: AuditEntry,
    ) -> Result<Result<(), HoldRefusal>, StoreError> {
        self.change(move |transaction: &mut Transaction<'_>| {
            transaction.lock_log()?;
            let all = reviews(transaction.connection, &wanted.survey)?;
            let own = all.whole.iter();
            let mut own = own.filter(|own| own.proposal.id == wanted.proposal);
            let Some(own) = own.next() else {
                return Ok(Err(HoldRefusal::Unknown));
            };
            if let Err(refusal) = own.check(wanted.decision, (&wanted.by, wanted.role)) {
                return Ok(Err(refusal));
            }
            match wanted.decision.is_about_freeing() {
                true => transaction.append(FreeRow::from(wanted))?,
                false => transaction.append(HoldRow::from(wanted))?,
            }
            audit::append(transaction, entry)?;
            Ok(Ok(()))
        })
    }

    /// The proposals of a survey that are as they were stored, oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn hold_reviews(&self, survey: &str) -> Result<Vec<HoldReview>, StoreError> {
        Ok(self.read_reviews(survey)?.whole)
    }

    fn read_reviews(&self, survey: &str) -> Result<Reviews, StoreError> {
        if !self.inner.has_migration(MIGRATION) {
            return Ok(Reviews::default());
        }
        self.read(|connection| reviews(connection, survey))
    }

    /// The held responses of a survey, by the decisions among the first `log_size` leaves; `None`: by
    /// all.
    ///
    /// # Errors
    /// When the database cannot be read. [`StoreError::Altered`] if a proposal or decision is not as it
    /// was stored: it must not change a figure unnoticed.
    pub fn held(&self, survey: &str, log_size: Option<u64>) -> Result<Held, StoreError> {
        let reviews = self.read_reviews(survey)?;
        if let Some(index) = reviews.altered {
            return Err(StoreError::Altered {
                url: self.inner.url.shown(),
                index,
            });
        }
        let size = log_size.map_or(i64::MAX, |size| i64::try_from(size).unwrap_or(i64::MAX));
        let mut held = Held::default();
        for mut review in reviews.whole {
            review.steps.retain(|step| step.leaf_index < size);
            if review.proposal.leaf_index < size && review.state().is_held() {
                held.leaves = held.leaves.with(&review.leaves());
                held.holds.push(Hold {
                    leaves: review.leaves(),
                    rule: review.proposal.rule,
                    rule_version: review.proposal.rule_version,
                });
            }
        }
        Ok(held)
    }

    /// A number that changes with every decision about holds: the last leaf of one; -1 without any.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn holds_version(&self) -> Result<i64, StoreError> {
        use diesel::dsl::max;
        if !self.inner.has_migration(MIGRATION) {
            return Ok(-1);
        }
        self.read(|connection| {
            let held: Option<i64> = hold_decision::table
                .select(max(hold_decision::leaf_index))
                .get_result(connection)?;
            let freed: Option<i64> = free_decision::table
                .select(max(free_decision::leaf_index))
                .get_result(connection)?;
            Ok(held.unwrap_or(-1).max(freed.unwrap_or(-1)))
        })
    }
}

/// The held responses of a survey.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Held {
    leaves: LeafRanges,
    /// The holds in force, oldest first. A response may be in several.
    pub holds: Vec<Hold>,
}

/// A hold in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// Its responses.
    pub leaves: LeafRanges,
    /// Id of the rule that found them; empty for what a person found.
    pub rule: String,
    /// Version of the rule; 0 without one.
    pub rule_version: i64,
}

impl Held {
    /// All of them.
    #[must_use]
    pub fn leaves(&self) -> &LeafRanges {
        &self.leaves
    }

    /// With these responses beside those that are held.
    #[must_use]
    pub fn with(&self, leaves: &LeafRanges) -> Held {
        Held {
            leaves: self.leaves.with(leaves),
            holds: self.holds.clone(),
        }
    }

    /// Whether the response with this leaf is held.
    #[must_use]
    pub fn contains(&self, leaf: i64) -> bool {
        self.leaves.contains(leaf)
    }

    /// The rule that found a held response, by the oldest of its holds; empty if a person found it.
    #[must_use]
    pub fn rule_of(&self, leaf: i64) -> &str {
        let mut holds = self.holds.iter();
        let own = holds.find(|hold| hold.leaves.contains(leaf));
        own.map_or("", |hold| &hold.rule)
    }

    /// Whether none is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.leaves.is_empty()
    }
}

/// The proposals of a survey.
#[derive(Default)]
struct Reviews {
    /// Those that are as they were stored, oldest first.
    whole: Vec<HoldReview>,
    /// The leaf of the first row that is not.
    altered: Option<i64>,
}

fn reviews(connection: &mut AnyConnection, survey: &str) -> QueryResult<Reviews> {
    let mut altered = None;
    let proposals = as_logged::<HoldProposal>(connection, &mut altered)?;
    let holds = as_logged::<HoldRow>(connection, &mut altered)?.into_iter();
    let frees = as_logged::<FreeRow>(connection, &mut altered)?.into_iter();
    let mut steps: Vec<HoldStep> = holds.map(HoldStep::from).collect();
    steps.extend(frees.map(HoldStep::from));
    steps.sort_by_key(|step| step.leaf_index);
    let own = proposals.into_iter().filter(|own| own.survey == survey);
    let whole = own.map(|proposal| HoldReview {
        steps: steps
            .iter()
            .filter(|step| step.proposal == proposal.id)
            .cloned()
            .collect(),
        proposal,
    });
    Ok(Reviews {
        whole: whole.collect(),
        altered,
    })
}

/// The rows of a table that are as they were stored; notes the leaf of the first other one.
fn as_logged<R: LoggedRow>(
    connection: &mut AnyConnection,
    altered: &mut Option<i64>,
) -> QueryResult<Vec<R>> {
    let mut whole = Vec::new();
    for row in R::all(connection)? {
        match is_as_logged(connection, &row)? {
            true => whole.push(row),
            false => *altered = altered.or(Some(row.entry().1)),
        }
    }
    Ok(whole)
}
