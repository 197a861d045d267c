//! Entering, withdrawing and settling paper forms, and uploading files of them.
//!
//! The second entry, its comparison with the first and the response share one transaction of the
//! writer, so two requests at once cannot make two responses of a form.

use std::collections::BTreeMap;

use diesel::QueryResult;
use diesel::result::Error as DieselError;
use uuid::Uuid;

use crate::collection::Response;
use crate::collection::double_entry::{Right, differences};
use crate::staff::AuditEntry;
use crate::store::audit;
use crate::store::error::StoreError;
use crate::store::handle::Store;
use crate::store::insert::insert_within;
use crate::store::nonce::nonce;
use crate::store::paper_entry::{PaperEntry, Settlement, WITHDRAWN, form};
use crate::store::response::Prepared;
use crate::store::transaction::Transaction;

/// What was done with an entry, a withdrawal or a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PaperOutcome {
    /// It is the first entry of its form, which waits for another person to type it.
    First,
    /// The form is a response now.
    Stored(Uuid),
    /// The entries differ in so many items. The form waits for a decision.
    Differs(usize),
    /// The entry was withdrawn.
    Withdrawn,
    /// The same person has typed this form already. Nothing was stored.
    SamePerson,
    /// Two people have typed this form already, or it is settled. Nothing was stored.
    Complete,
    /// The form has no entry in force that the person may withdraw, or no two entries to decide
    /// between. Nothing was stored.
    NoSuchEntry,
}

impl Store {
    /// Stores an entry of a form. If it is the second and agrees with the first, `response` is stored
    /// too.
    ///
    /// # Errors
    /// When the database cannot be read or written; then nothing is stored.
    pub fn enter_paper(
        &self,
        entry: PaperEntry,
        response: Response,
        audited: AuditEntry,
    ) -> Result<PaperOutcome, StoreError> {
        let prepared = self.prepared(response)?;
        self.change(move |transaction: &mut Transaction<'_>| {
            transaction.lock_log()?;
            let form = form(transaction.connection, &entry.survey, &entry.form)?;
            if form.settled.is_some() {
                return Ok(PaperOutcome::Complete);
            }
            let own = form.entries.iter().find(|own| own.typist == entry.typist);
            if let Some(own) = own {
                let is_repeated = form.entries.len() == 1 && own.typed() == entry.typed();
                return Ok(match is_repeated {
                    true => PaperOutcome::First,
                    false => PaperOutcome::SamePerson,
                });
            }
            let differing = match form.entries.as_slice() {
                [] => {
                    audit::append(transaction, audited)?;
                    transaction.append(entry)?;
                    return Ok(PaperOutcome::First);
                }
                [first] => differences(&first.typed(), &entry.typed()).len(),
                _ => return Ok(PaperOutcome::Complete),
            };
            audit::append(transaction, audited)?;
            let (survey, number, now) =
                (entry.survey.clone(), entry.form.clone(), entry.entered_at);
            transaction.append(entry)?;
            if differing > 0 {
                return Ok(PaperOutcome::Differs(differing));
            }
            settle(transaction, prepared, &survey, &number, ("", "{}"), now)
        })
    }

    /// Withdraws the entry that `typist` made of a form that is not settled.
    ///
    /// # Errors
    /// When the database cannot be read or written.
    pub fn withdraw_paper(
        &self,
        survey: &str,
        number: &str,
        typist: &str,
        audited: AuditEntry,
    ) -> Result<PaperOutcome, StoreError> {
        let (survey, number) = (survey.to_owned(), number.to_owned());
        let typist = typist.to_owned();
        self.change(move |transaction: &mut Transaction<'_>| {
            transaction.lock_log()?;
            let form = form(transaction.connection, &survey, &number)?;
            let is_open = form.settled.is_none();
            let mut own = form.entries.into_iter().filter(|own| own.typist == typist);
            let Some(own) = own.next().filter(|_| is_open) else {
                return Ok(PaperOutcome::NoSuchEntry);
            };
            let now = audited.happened_at;
            audit::append(transaction, audited)?;
            transaction.append(PaperEntry {
                event: WITHDRAWN.to_owned(),
                entered_at: now,
                ..own
            })?;
            Ok(PaperOutcome::Withdrawn)
        })
    }

    /// Stores the response of a form whose two entries differ, and who decided what.
    ///
    /// # Errors
    /// When the database cannot be read or written; then nothing is stored.
    pub fn settle_paper(
        &self,
        number: &str,
        decided_by: &str,
        decisions: &BTreeMap<String, Right>,
        response: Response,
        audited: AuditEntry,
    ) -> Result<PaperOutcome, StoreError> {
        let survey = response.survey.clone();
        let now = response.timing.received_at;
        let prepared = self.prepared(response)?;
        let (number, decided_by) = (number.to_owned(), decided_by.to_owned());
        let decisions = serde_json::to_string(decisions).unwrap_or_default();
        self.change(move |transaction: &mut Transaction<'_>| {
            transaction.lock_log()?;
            let form = form(transaction.connection, &survey, &number)?;
            match (form.settled, form.entries.len()) {
                (Some(_), _) => Ok(PaperOutcome::Complete),
                (None, 2) => {
                    audit::append(transaction, audited)?;
                    let decided = (decided_by.as_str(), decisions.as_str());
                    settle(transaction, prepared, &survey, &number, decided, now)
                }
                _ => Ok(PaperOutcome::NoSuchEntry),
            }
        })
    }

    /// Stores the responses of an uploaded file and the entry of the audit record, all or nothing.
    /// How many are new.
    ///
    /// # Errors
    /// When the database cannot be read or written, or a response has the id of another one.
    pub fn upload(
        &self,
        responses: Vec<Response>,
        audited: AuditEntry,
    ) -> Result<usize, StoreError> {
        let prepared = responses
            .into_iter()
            .map(|response| self.prepared(response));
        let mut batch = prepared.collect::<Result<Vec<_>, StoreError>>()?;
        self.change(move |transaction: &mut Transaction<'_>| {
            let outcomes = insert_within(transaction, &mut batch)?;
            let mut n_new = 0;
            for outcome in outcomes {
                let receipt = outcome.map_err(|_| DieselError::RollbackTransaction)?;
                n_new += usize::from(!receipt.repeated);
            }
            audit::append(transaction, audited)?;
            Ok(n_new)
        })
    }

    fn prepared(&self, response: Response) -> Result<Box<Prepared>, StoreError> {
        let failed = |error| StoreError::database(&self.inner.url, error);
        if !response.is_text() {
            return Err(StoreError::database(&self.inner.url, "a text contains NUL"));
        }
        Ok(Box::new(Prepared::new(response, &nonce().map_err(failed)?)))
    }
}

/// Stores the response of a form, and that it is settled. `decided`: by whom, and the decisions.
fn settle(
    transaction: &mut Transaction<'_>,
    prepared: Box<Prepared>,
    survey: &str,
    form: &str,
    decided: (&str, &str),
    now: i64,
) -> QueryResult<PaperOutcome> {
    let outcomes = insert_within(transaction, &mut [prepared])?;
    // The id is fresh, so anything but a receipt is a fault of the database.
    let receipt = outcomes.into_iter().next().and_then(Result::ok);
    let receipt = receipt.ok_or(DieselError::RollbackTransaction)?;
    transaction.append(Settlement {
        survey: survey.to_owned(),
        form: form.to_owned(),
        decided_by: decided.0.to_owned(),
        decisions: decided.1.to_owned(),
        response_id: receipt.id.to_string(),
        settled_at: now,
        nonce: String::new(),
        leaf_index: -1,
    })?;
    Ok(PaperOutcome::Stored(receipt.id))
}
