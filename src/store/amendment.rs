//! Changes of a survey that has responses: a new wording, another plan, or both, with the reason.

use serde::{Deserialize, Serialize};

use crate::staff::AuditEntry;
use crate::store::error::StoreError;
use crate::store::handle::Store;
use crate::store::transaction::Transaction;
use crate::store::{audit, plan_version, questionnaire_version};

/// What changes, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amendment {
    /// `satisfaction-2026`.
    pub survey: String,
    /// Why it changes; not empty.
    pub reason: String,
    /// Microseconds UTC.
    pub since: i64,
    /// Hash and source of the new questionnaire version, if it changes.
    pub questionnaire: Option<(String, String)>,
    /// The new plan, if it changes.
    pub plan: Option<PlanChange>,
}

/// Another plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanChange {
    /// Hash of its files.
    pub hash: String,
    /// Its files, as a JSON object.
    pub source: String,
    /// The headline figures under the plan before, as JSON; empty if there are none.
    pub figures: String,
}

impl Store {
    /// Stores all of an amendment, each part with its leaf, and `entry` in the audit record, or
    /// nothing. It does not check what
    /// changed: `minyi amend` does.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn amend(&self, amendment: Amendment, entry: AuditEntry) -> Result<(), StoreError> {
        self.change(move |transaction: &mut Transaction<'_>| {
            transaction.lock_log()?;
            let (survey, since) = (amendment.survey.as_str(), amendment.since);
            let reason = amendment.reason.as_str();
            if let Some((hash, source)) = &amendment.questionnaire {
                let version = (survey, hash.as_str(), source.as_str());
                questionnaire_version::append(transaction, version, reason, since)?;
            }
            if let Some(plan) = &amendment.plan {
                let version = (survey, plan.hash.as_str(), plan.source.as_str());
                plan_version::append(transaction, version, (reason, &plan.figures), since)?;
            }
            audit::append(transaction, entry)
        })
    }
}
