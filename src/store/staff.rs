//! Accounts of the office. Each change appends the whole account, with a leaf, together with its entry
//! of the audit record.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::staff::{Account, AccountState, AuditEntry, Role};
use crate::store::audit;
use crate::store::connection::AnyConnection;
use crate::store::error::StoreError;
use crate::store::handle::Store;
use crate::store::logged_table::{LoggedTable, logged_row};
use crate::store::schema::{entry_link, session, staff};
use crate::store::transaction::Transaction;

/// An account after a change.
#[derive(
    Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, Serialize, Deserialize,
)]
#[serde(deny_unknown_fields)]
#[diesel(table_name = staff)]
struct Row {
    id: String,
    name: String,
    full_name: String,
    role: String,
    state: String,
    password_hash: String,
    factor_seed: String,
    recovery_hashes: String,
    changed_at: i64,
    nonce: String,
    leaf_index: i64,
}

/// How the table is backed up, restored and audited.
pub(super) const TABLE: LoggedTable = LoggedTable::of::<Row>("staff", "20261202000000");

logged_row!(
    Row,
    staff,
    "staff",
    [
        id,
        name,
        full_name,
        role,
        state,
        password_hash,
        factor_seed,
        recovery_hashes,
        changed_at
    ]
);

impl From<Account> for Row {
    fn from(account: Account) -> Row {
        Row {
            id: account.id,
            name: account.name,
            full_name: account.full_name,
            role: account.role.as_str().to_owned(),
            state: account.state.as_str().to_owned(),
            password_hash: account.password_hash,
            factor_seed: account.factor_seed,
            recovery_hashes: account.recovery_hashes.join(" "),
            changed_at: account.changed_at,
            nonce: String::new(),
            leaf_index: -1,
        }
    }
}

/// The account of a row. A role or state of a later version of minyi gives a disabled account.
fn account(row: Row) -> Account {
    let role = Role::parse(&row.role);
    let state = AccountState::parse(&row.state).filter(|_| role.is_some());
    let hashes = row.recovery_hashes.split_whitespace();
    Account {
        recovery_hashes: hashes.map(str::to_owned).collect(),
        id: row.id,
        name: row.name,
        full_name: row.full_name,
        role: role.unwrap_or(Role::Enumerator),
        state: state.unwrap_or(AccountState::Disabled),
        password_hash: row.password_hash,
        factor_seed: row.factor_seed,
        changed_at: row.changed_at,
    }
}

/// The accounts as they are now, in the order in which they were made.
pub(super) fn accounts(connection: &mut AnyConnection) -> QueryResult<Vec<Account>> {
    let mut accounts: Vec<Account> = Vec::new();
    for row in <Row as crate::store::logged_table::LoggedRow>::all(connection)? {
        let now = account(row);
        match accounts.iter_mut().find(|known| known.id == now.id) {
            Some(known) => *known = now,
            None => accounts.push(now),
        }
    }
    Ok(accounts)
}

/// What becomes of the sessions and links of an account that changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sessions {
    /// They go on.
    Keep,
    /// All end.
    End,
    /// All end but the one with this token hash.
    EndOthers(String),
}

/// Ends sessions of an account, and its links.
pub(super) fn end_sessions(
    transaction: &mut Transaction<'_>,
    account: &str,
    sessions: &Sessions,
) -> QueryResult<()> {
    let kept = match sessions {
        Sessions::Keep => return Ok(()),
        Sessions::End => "",
        Sessions::EndOthers(kept) => kept,
    };
    let own = session::table
        .filter(session::account.eq(account))
        .filter(session::token_hash.ne(kept));
    diesel::delete(own).execute(transaction.connection)?;
    let links = entry_link::table.filter(entry_link::account.eq(account));
    diesel::delete(links).execute(transaction.connection)?;
    Ok(())
}

/// Stores an account that changed, in a transaction.
pub(super) fn append(transaction: &mut Transaction<'_>, account: Account) -> QueryResult<()> {
    transaction.append(Row::from(account))
}

impl Store {
    /// The accounts as they are now, in the order in which they were made.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn accounts(&self) -> Result<Vec<Account>, StoreError> {
        self.read(accounts)
    }

    /// The account with this name.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn account(&self, name: &str) -> Result<Option<Account>, StoreError> {
        let accounts = self.accounts()?;
        Ok(accounts.into_iter().find(|account| account.name == name))
    }

    /// Stores a new account with its entry of the audit record. False, and nothing is stored, if the
    /// name is taken.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn add_account(&self, account: Account, entry: AuditEntry) -> Result<bool, StoreError> {
        self.change(move |transaction: &mut Transaction<'_>| {
            transaction.lock_log()?;
            let known = accounts(transaction.connection)?;
            if known.iter().any(|known| known.name == account.name) {
                return Ok(false);
            }
            append(transaction, account)?;
            audit::append(transaction, entry)?;
            Ok(true)
        })
    }

    /// Applies `change` to the account `id` as it is when the change is made, and stores its entry of
    /// the audit record. False, and nothing is stored, if there is no such account or `change` refuses
    /// by returning false.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn change_account(
        &self,
        id: &str,
        change: impl FnOnce(&mut Account) -> bool + Send + 'static,
        sessions: Sessions,
        entry: AuditEntry,
    ) -> Result<bool, StoreError> {
        let id = id.to_owned();
        self.change(move |transaction: &mut Transaction<'_>| {
            transaction.lock_log()?;
            let known = accounts(transaction.connection)?;
            let Some(mut account) = known.into_iter().find(|known| known.id == id) else {
                return Ok(false);
            };
            if !change(&mut account) {
                return Ok(false);
            }
            account.changed_at = entry.happened_at;
            append(transaction, account)?;
            end_sessions(transaction, &id, &sessions)?;
            audit::append(transaction, entry)?;
            Ok(true)
        })
    }
}
