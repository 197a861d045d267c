//! Entries of paper forms: typed by two people, compared, settled, and stored as one response.
//!
//! Both tables are logged. The second entry, its comparison with the first and the response share
//! one transaction of the writer, so two requests at once cannot make two responses of a form.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::result::Error as DieselError;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::collection::Response;
use crate::collection::double_entry::{Difference, Right, Typed, differences};
use crate::staff::AuditEntry;
use crate::store::audit;
use crate::store::connection::AnyConnection;
use crate::store::error::StoreError;
use crate::store::handle::Store;
use crate::store::insert::insert_within;
use crate::store::logged_table::{LoggedTable, logged_row};
use crate::store::nonce::nonce;
use crate::store::response::Prepared;
use crate::store::schema::{paper_entry, paper_settlement};
use crate::store::transaction::Transaction;

/// What one person typed from one form.
#[derive(
    Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, Serialize, Deserialize,
)]
#[serde(deny_unknown_fields)]
#[diesel(table_name = paper_entry)]
pub struct PaperEntry {
    /// `satisfaction-2026`.
    pub survey: String,
    /// The number of the form.
    pub form: String,
    /// `entered` or `withdrawn`.
    event: String,
    /// The account that typed.
    pub typist: String,
    /// Hash of the questionnaire version that is printed on the form.
    pub version: String,
    /// The PSU; empty if the survey has no frame.
    pub psu: String,
    /// The interviewer, as on the form; may be empty.
    pub enumerator: String,
    /// Date of the interview, with a time if the form has one, in Beijing; may be empty.
    pub started_at: String,
    /// Canonical answers, JSON.
    pub answers: String,
    /// Seconds that the typing took; 0 if unknown.
    pub seconds: i64,
    /// When it was stored, microseconds UTC.
    pub entered_at: i64,
    nonce: String,
    leaf_index: i64,
}

/// How a form became a response.
#[derive(
    Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, Serialize, Deserialize,
)]
#[serde(deny_unknown_fields)]
#[diesel(table_name = paper_settlement)]
struct Settlement {
    survey: String,
    form: String,
    decided_by: String,
    decisions: String,
    response_id: String,
    settled_at: i64,
    nonce: String,
    leaf_index: i64,
}

/// How the table of entries is backed up, restored and audited.
pub(super) const ENTRIES: LoggedTable =
    LoggedTable::of::<PaperEntry>("paper_entry", "20261203000000");

/// How the table of settlements is backed up, restored and audited.
pub(super) const SETTLEMENTS: LoggedTable =
    LoggedTable::of::<Settlement>("paper_settlement", "20261203000000");

logged_row!(
    PaperEntry,
    paper_entry,
    "paper",
    [
        survey, form, event, typist, version, psu, enumerator, started_at, answers, seconds,
        entered_at,
    ]
);

logged_row!(
    Settlement,
    paper_settlement,
    "settled",
    [survey, form, decided_by, decisions, response_id, settled_at]
);

const ENTERED: &str = "entered";
const WITHDRAWN: &str = "withdrawn";

/// A form: its entries that are in force, and how it was settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaperForm {
    /// The number of the form.
    pub form: String,
    /// One or two entries, in the order in which they were stored.
    pub entries: Vec<PaperEntry>,
    /// `None` while it waits for its second entry or for a decision.
    pub settled: Option<PaperSettlement>,
}

/// How a form became a response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaperSettlement {
    /// The account that decided; `None` if the entries agreed.
    pub decided_by: Option<String>,
    /// By item, which value is right.
    pub decisions: BTreeMap<String, Right>,
    /// The response.
    pub response_id: Uuid,
    /// Microseconds UTC.
    pub settled_at: i64,
}

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

impl PaperEntry {
    /// The entry of `response`, which is what the form would become.
    pub fn new(
        form: &str,
        typist: &str,
        started_at: &str,
        seconds: i64,
        response: &Response,
    ) -> PaperEntry {
        PaperEntry {
            survey: response.survey.clone(),
            form: form.to_owned(),
            event: ENTERED.to_owned(),
            typist: typist.to_owned(),
            version: response.questionnaire_hash.clone(),
            psu: response.psu.clone(),
            enumerator: response.enumerator.clone(),
            started_at: started_at.to_owned(),
            answers: response.answers.clone(),
            seconds,
            entered_at: response.timing.received_at,
            nonce: String::new(),
            leaf_index: -1,
        }
    }

    /// Its items, to be compared.
    pub fn typed(&self) -> Typed {
        let head = [&self.version, &self.psu, &self.enumerator, &self.started_at];
        Typed::new(head.map(String::as_str), &self.answers)
    }
}

impl PaperForm {
    /// In what the two entries differ; empty while there is one.
    pub fn differences(&self) -> Vec<Difference> {
        match self.entries.as_slice() {
            [first, second, ..] => differences(&first.typed(), &second.typed()),
            _ => Vec::new(),
        }
    }
}

impl From<Settlement> for PaperSettlement {
    fn from(row: Settlement) -> PaperSettlement {
        PaperSettlement {
            decided_by: Some(row.decided_by).filter(|name| !name.is_empty()),
            decisions: serde_json::from_str(&row.decisions).unwrap_or_default(),
            response_id: Uuid::parse_str(&row.response_id).unwrap_or_default(),
            settled_at: row.settled_at,
        }
    }
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

    /// How many forms of a survey `typist` typed at or after `since`, microseconds UTC.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn paper_typed_since(
        &self,
        survey: &str,
        typist: &str,
        since: i64,
    ) -> Result<usize, StoreError> {
        let n: i64 = self.read(|connection| {
            paper_entry::table
                .filter(paper_entry::survey.eq(survey))
                .filter(paper_entry::typist.eq(typist))
                .filter(paper_entry::event.eq(ENTERED))
                .filter(paper_entry::entered_at.ge(since))
                .count()
                .get_result(connection)
        })?;
        Ok(usize::try_from(n).unwrap_or(0))
    }

    /// The form with this number; without entries if there is none.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn paper_form(&self, survey: &str, number: &str) -> Result<PaperForm, StoreError> {
        self.read(|connection| form(connection, survey, number))
    }

    /// All forms of a survey that have an entry in force, in the order of their first entries.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn paper_forms(&self, survey: &str) -> Result<Vec<PaperForm>, StoreError> {
        let (entries, settlements) = self.read(|connection| {
            let entries: Vec<PaperEntry> = paper_entry::table
                .filter(paper_entry::survey.eq(survey))
                .order(paper_entry::leaf_index)
                .select(PaperEntry::as_select())
                .load(connection)?;
            let settlements: Vec<Settlement> = paper_settlement::table
                .filter(paper_settlement::survey.eq(survey))
                .select(Settlement::as_select())
                .load(connection)?;
            Ok((entries, settlements))
        })?;
        let mut by_form: BTreeMap<String, Vec<PaperEntry>> = BTreeMap::new();
        for entry in entries {
            by_form.entry(entry.form.clone()).or_default().push(entry);
        }
        let settlements = settlements.into_iter();
        let mut settlements: BTreeMap<String, Settlement> =
            settlements.map(|row| (row.form.clone(), row)).collect();
        let forms = by_form.into_iter().map(|(form, rows)| PaperForm {
            settled: settlements.remove(&form).map(PaperSettlement::from),
            entries: in_force(rows),
            form,
        });
        let mut forms: Vec<PaperForm> = forms.filter(|form| !form.entries.is_empty()).collect();
        forms.sort_by_key(|form| form.entries.first().map(|entry| entry.leaf_index));
        Ok(forms)
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

/// The entries that were not withdrawn since.
fn in_force(rows: Vec<PaperEntry>) -> Vec<PaperEntry> {
    let mut entries: Vec<PaperEntry> = Vec::new();
    for row in rows {
        entries.retain(|own| own.typist != row.typist);
        if row.event == ENTERED {
            entries.push(row);
        }
    }
    entries
}

fn form(connection: &mut AnyConnection, survey: &str, number: &str) -> QueryResult<PaperForm> {
    let rows: Vec<PaperEntry> = paper_entry::table
        .filter(paper_entry::survey.eq(survey))
        .filter(paper_entry::form.eq(number))
        .order(paper_entry::leaf_index)
        .select(PaperEntry::as_select())
        .load(connection)?;
    let settled: Option<Settlement> = paper_settlement::table
        .filter(paper_settlement::survey.eq(survey))
        .filter(paper_settlement::form.eq(number))
        .select(Settlement::as_select())
        .first(connection)
        .optional()?;
    Ok(PaperForm {
        form: number.to_owned(),
        entries: in_force(rows),
        settled: settled.map(PaperSettlement::from),
    })
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
