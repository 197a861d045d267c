//! Tokens of devices and scripts: issued and revoked, each with a leaf.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::staff::AuditEntry;
use crate::store::audit;
use crate::store::connection::AnyConnection;
use crate::store::error::StoreError;
use crate::store::handle::Store;
use crate::store::logged_table::{LoggedRow, LoggedTable, logged_row};
use crate::store::response::hex;
use crate::store::schema::device_token;
use crate::store::transaction::Transaction;

/// What happened to a token.
#[derive(
    Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, Serialize, Deserialize,
)]
#[serde(deny_unknown_fields)]
#[diesel(table_name = device_token)]
struct Row {
    name: String,
    event: String,
    token_hash: String,
    modes: String,
    survey: String,
    happened_at: i64,
    nonce: String,
    leaf_index: i64,
}

/// A token that is in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceToken {
    /// Who or what has it; the enumerator of the responses that it sends.
    pub name: String,
    /// Modes that it may send.
    pub modes: Vec<String>,
    /// The only survey that it may send to; `None` for all.
    pub survey: Option<String>,
    /// When it was issued, microseconds UTC.
    pub issued_at: i64,
    token_hash: String,
}

impl DeviceToken {
    /// Whether it may send responses of `mode`.
    #[must_use]
    pub fn has_mode(&self, mode: &str) -> bool {
        self.modes.iter().any(|own| own == mode)
    }

    /// Whether it may send responses to `survey`.
    #[must_use]
    pub fn has_survey(&self, survey: &str) -> bool {
        self.survey.as_deref().is_none_or(|own| own == survey)
    }
}

const ISSUED: &str = "issued";
const REVOKED: &str = "revoked";

/// How the table is backed up, restored and audited.
pub(super) const TABLE: LoggedTable = LoggedTable::of::<Row>("device_token", "20261129000000");

logged_row!(
    Row,
    device_token,
    "device",
    [name, event, token_hash, modes, survey, happened_at]
);

/// The tokens in force: issued and not revoked since.
fn in_force(rows: &[Row]) -> Vec<DeviceToken> {
    let mut tokens: Vec<DeviceToken> = Vec::new();
    for row in rows {
        tokens.retain(|token| token.name != row.name);
        if row.event == ISSUED {
            tokens.push(DeviceToken {
                name: row.name.clone(),
                modes: row.modes.split_whitespace().map(str::to_owned).collect(),
                survey: Some(row.survey.clone()).filter(|survey| !survey.is_empty()),
                issued_at: row.happened_at,
                token_hash: row.token_hash.clone(),
            });
        }
    }
    tokens
}

/// What `token` is stored as. A token has 256 random bits, so no slow hash is needed.
fn hash_of(token: &str) -> String {
    hex(&Sha256::digest(token.as_bytes()))
}

impl Store {
    /// Stores that a token was issued to `name`, with `entry` in the audit record. The token itself is
    /// not stored. A token that the name had before is no longer in force.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn issue_device_token(
        &self,
        name: &str,
        token: &str,
        modes: &[String],
        survey: Option<&str>,
        entry: AuditEntry,
    ) -> Result<(), StoreError> {
        let row = Row {
            name: name.to_owned(),
            event: ISSUED.to_owned(),
            token_hash: hash_of(token),
            modes: modes.join(" "),
            survey: survey.unwrap_or_default().to_owned(),
            happened_at: entry.happened_at,
            nonce: String::new(),
            leaf_index: -1,
        };
        self.log_device_event(row, entry)
    }

    /// Stores that the token of `name` was revoked, with `entry` in the audit record. Whether it had
    /// one in force.
    ///
    /// # Errors
    /// When the database cannot be read or written.
    pub fn revoke_device_token(&self, name: &str, entry: AuditEntry) -> Result<bool, StoreError> {
        let tokens = self.device_tokens()?;
        let Some(token) = tokens.into_iter().find(|token| token.name == name) else {
            return Ok(false);
        };
        let row = Row {
            name: token.name,
            event: REVOKED.to_owned(),
            token_hash: token.token_hash,
            modes: token.modes.join(" "),
            survey: token.survey.unwrap_or_default(),
            happened_at: entry.happened_at,
            nonce: String::new(),
            leaf_index: -1,
        };
        self.log_device_event(row, entry)?;
        Ok(true)
    }

    /// The tokens in force, in the order in which they were issued.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn device_tokens(&self) -> Result<Vec<DeviceToken>, StoreError> {
        self.read(|connection| Ok(in_force(&Row::all(connection)?)))
    }

    /// The token in force that `token` is; `None` if it is unknown or revoked.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn device_token(&self, token: &str) -> Result<Option<DeviceToken>, StoreError> {
        let hash = hash_of(token);
        let tokens = self.device_tokens()?;
        Ok(tokens.into_iter().find(|known| known.token_hash == hash))
    }

    fn log_device_event(&self, row: Row, entry: AuditEntry) -> Result<(), StoreError> {
        self.change(move |transaction: &mut Transaction<'_>| {
            transaction.lock_log()?;
            transaction.append(row)?;
            audit::append(transaction, entry)
        })
    }
}
