//! Entries of paper forms and how the forms became responses: two logged tables, and reading them.

use std::collections::BTreeMap;

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::collection::Response;
use crate::collection::double_entry::{Difference, Right, Typed, differences};
use crate::store::connection::AnyConnection;
use crate::store::error::StoreError;
use crate::store::handle::Store;
use crate::store::logged_table::{LoggedTable, logged_row};
use crate::store::schema::{paper_entry, paper_settlement};

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
    pub(super) event: String,
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
    pub(super) nonce: String,
    pub(super) leaf_index: i64,
}

/// How a form became a response.
#[derive(
    Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, Serialize, Deserialize,
)]
#[serde(deny_unknown_fields)]
#[diesel(table_name = paper_settlement)]
pub(super) struct Settlement {
    pub(super) survey: String,
    pub(super) form: String,
    pub(super) decided_by: String,
    pub(super) decisions: String,
    pub(super) response_id: String,
    pub(super) settled_at: i64,
    pub(super) nonce: String,
    pub(super) leaf_index: i64,
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

pub(super) const ENTERED: &str = "entered";
pub(super) const WITHDRAWN: &str = "withdrawn";

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

/// The form with this number; without entries if there is none.
pub(super) fn form(
    connection: &mut AnyConnection,
    survey: &str,
    number: &str,
) -> QueryResult<PaperForm> {
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
