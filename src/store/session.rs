//! Sessions, used one-time codes and one-time links of the office. Only hashes of their tokens are
//! stored, and none is in a backup.

use diesel::prelude::*;

use crate::staff::session::{AT_ONCE, Session, Stage};
use crate::staff::{Account, AccountState, AuditEntry};
use crate::store::connection::AnyConnection;
use crate::store::error::StoreError;
use crate::store::handle::Store;
use crate::store::schema::{entry_link, session, used_code};
use crate::store::transaction::Transaction;
use crate::store::{audit, staff};

/// A session as it is stored.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = session)]
struct Row {
    token_hash: String,
    account: String,
    stage: String,
    began_at: i64,
    seen_at: i64,
    place: String,
    device: String,
}

impl From<Row> for Session {
    fn from(row: Row) -> Session {
        Session {
            stage: stage(&row.stage),
            token_hash: row.token_hash,
            account: row.account,
            began_at: row.began_at,
            seen_at: row.seen_at,
            place: row.place,
            device: row.device,
        }
    }
}

fn stage(word: &str) -> Stage {
    match word {
        "full" => Stage::Full,
        _ => Stage::Enrolling,
    }
}

/// A one-time link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryLink {
    /// SHA-256 of its token, hex.
    pub token_hash: String,
    /// The account.
    pub account: String,
    /// The stage of the session that it gives.
    pub stage: Stage,
    /// Until when it can be used, microseconds UTC.
    pub ends_at: i64,
}

/// By what a person logs in beside the password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogIn {
    /// By the password alone.
    Password,
    /// By the one-time code of this step.
    Code(u64),
    /// By the recovery code with this hash.
    Recovery(String),
}

/// Stores a session; the oldest ones of the account end if there are too many.
fn begin(connection: &mut AnyConnection, new: Session) -> QueryResult<()> {
    let mut own: Vec<(i64, String)> = session::table
        .filter(session::account.eq(&new.account))
        .select((session::began_at, session::token_hash))
        .load(connection)?;
    own.sort_unstable_by(|one, other| other.cmp(one));
    for (_, oldest) in own.into_iter().skip(AT_ONCE - 1) {
        diesel::delete(session::table.filter(session::token_hash.eq(oldest)))
            .execute(connection)?;
    }
    let row = Row {
        token_hash: new.token_hash,
        account: new.account,
        stage: new.stage.as_str().to_owned(),
        began_at: new.began_at,
        seen_at: new.seen_at,
        place: new.place,
        device: new.device,
    };
    diesel::insert_into(session::table)
        .values(row)
        .execute(connection)?;
    Ok(())
}

impl Store {
    /// The session with this token hash, and its account. Only in force if
    /// [`Session::is_in_force`] says so and the account is not disabled.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn session(&self, token_hash: &str) -> Result<Option<(Session, Account)>, StoreError> {
        self.read(|connection| {
            let row: Option<Row> = session::table
                .filter(session::token_hash.eq(token_hash))
                .select(Row::as_select())
                .get_result(connection)
                .optional()?;
            let Some(row) = row else { return Ok(None) };
            let accounts = staff::accounts(connection)?;
            let account = accounts
                .into_iter()
                .find(|account| account.id == row.account);
            Ok(account.map(|account| (row.into(), account)))
        })
    }

    /// The sessions of an account, or of all accounts, the newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn sessions(&self, account: Option<&str>) -> Result<Vec<Session>, StoreError> {
        let rows: Vec<Row> = self.read(|connection| {
            session::table
                .order(session::began_at.desc())
                .select(Row::as_select())
                .load(connection)
        })?;
        let own = |session: &Session| account.is_none_or(|account| account == session.account);
        Ok(rows.into_iter().map(Session::from).filter(own).collect())
    }

    /// Notes that a session was used at `now`.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn see_session(&self, token_hash: &str, now: i64) -> Result<(), StoreError> {
        let token_hash = token_hash.to_owned();
        self.change(move |transaction: &mut Transaction<'_>| {
            diesel::update(session::table.filter(session::token_hash.eq(token_hash)))
                .set(session::seen_at.eq(now))
                .execute(transaction.connection)
                .map(|_| ())
        })
    }

    /// Begins a session of a person who has proved the password. False, and nothing is stored, if the
    /// one-time code or the recovery code was used before, or the account cannot log in any more.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn log_in(&self, new: Session, by: LogIn, entry: AuditEntry) -> Result<bool, StoreError> {
        self.change(move |transaction: &mut Transaction<'_>| {
            transaction.lock_log()?;
            let accounts = staff::accounts(transaction.connection)?;
            let account = accounts
                .into_iter()
                .find(|account| account.id == new.account);
            let Some(mut account) = account.filter(|own| own.state == AccountState::Active) else {
                return Ok(false);
            };
            match by {
                LogIn::Password => {}
                LogIn::Code(step) => {
                    let step = i64::try_from(step).unwrap_or(i64::MAX);
                    if !use_code(transaction.connection, &account.id, step)? {
                        return Ok(false);
                    }
                }
                LogIn::Recovery(hash) => {
                    let before = account.recovery_hashes.len();
                    account.recovery_hashes.retain(|known| *known != hash);
                    if account.recovery_hashes.len() == before {
                        return Ok(false);
                    }
                    account.changed_at = entry.happened_at;
                    staff::append(transaction, account)?;
                }
            }
            remove_ended(transaction.connection, new.began_at)?;
            begin(transaction.connection, new)?;
            audit::append(transaction, entry)?;
            Ok(true)
        })
    }

    /// Stores a one-time link.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn add_entry_link(&self, link: EntryLink) -> Result<(), StoreError> {
        self.change(move |transaction: &mut Transaction<'_>| {
            let values = (
                entry_link::token_hash.eq(link.token_hash),
                entry_link::account.eq(link.account),
                entry_link::stage.eq(link.stage.as_str()),
                entry_link::ends_at.eq(link.ends_at),
            );
            diesel::insert_into(entry_link::table)
                .values(values)
                .execute(transaction.connection)
                .map(|_| ())
        })
    }

    /// The account of a one-time link that can be used at `now`, and the stage of the session that it
    /// gives.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn entry_link(
        &self,
        token_hash: &str,
        now: i64,
    ) -> Result<Option<(Account, Stage)>, StoreError> {
        self.read(|connection| {
            let row: Option<(String, String)> = entry_link::table
                .filter(entry_link::token_hash.eq(token_hash))
                .filter(entry_link::ends_at.ge(now))
                .select((entry_link::account, entry_link::stage))
                .get_result(connection)
                .optional()?;
            let Some((id, word)) = row else {
                return Ok(None);
            };
            let accounts = staff::accounts(connection)?;
            let account = accounts.into_iter().find(|account| account.id == id);
            let account = account.filter(|account| account.state != AccountState::Disabled);
            Ok(account.map(|account| (account, stage(&word))))
        })
    }

    /// Spends a one-time link and begins the session that it gives. False, and nothing is stored, if
    /// the link is spent.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn enter(
        &self,
        link: &str,
        new: Session,
        entry: Option<AuditEntry>,
    ) -> Result<bool, StoreError> {
        let link = link.to_owned();
        self.change(move |transaction: &mut Transaction<'_>| {
            transaction.lock_log()?;
            let own = entry_link::table.filter(entry_link::token_hash.eq(link));
            if diesel::delete(own).execute(transaction.connection)? == 0 {
                return Ok(false);
            }
            begin(transaction.connection, new)?;
            if let Some(entry) = entry {
                audit::append(transaction, entry)?;
            }
            Ok(true)
        })
    }

    /// Ends the session with this token hash, if there is one.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn end_session(&self, token_hash: &str) -> Result<(), StoreError> {
        let token_hash = token_hash.to_owned();
        self.change(move |transaction: &mut Transaction<'_>| {
            diesel::delete(session::table.filter(session::token_hash.eq(token_hash)))
                .execute(transaction.connection)
                .map(|_| ())
        })
    }

    /// Ends the sessions of `account` with these token hashes, and stores the entry.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn end_sessions(
        &self,
        account: &str,
        token_hashes: Vec<String>,
        entry: AuditEntry,
    ) -> Result<(), StoreError> {
        let account = account.to_owned();
        self.change(move |transaction: &mut Transaction<'_>| {
            for hash in &token_hashes {
                let own = session::table
                    .filter(session::account.eq(&account))
                    .filter(session::token_hash.eq(hash));
                diesel::delete(own).execute(transaction.connection)?;
            }
            audit::append(transaction, entry)
        })
    }

    /// Notes that a one-time code was used outside of a log-in. False if it was used before.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn use_code(&self, account: &str, step: u64) -> Result<bool, StoreError> {
        let account = account.to_owned();
        let step = i64::try_from(step).unwrap_or(i64::MAX);
        self.change(move |transaction: &mut Transaction<'_>| {
            use_code(transaction.connection, &account, step)
        })
    }
}

fn use_code(connection: &mut AnyConnection, account: &str, step: i64) -> QueryResult<bool> {
    let used = used_code::table
        .filter(used_code::account.eq(account))
        .filter(used_code::step.eq(step))
        .count()
        .get_result::<i64>(connection)?;
    if used > 0 {
        return Ok(false);
    }
    diesel::insert_into(used_code::table)
        .values((used_code::account.eq(account), used_code::step.eq(step)))
        .execute(connection)?;
    Ok(true)
}

/// Removes what cannot be used any more at `now`, microseconds UTC.
fn remove_ended(connection: &mut AnyConnection, now: i64) -> QueryResult<()> {
    use crate::staff::session::{ABSOLUTE, IDLE};
    diesel::delete(session::table.filter(session::began_at.lt(now - ABSOLUTE)))
        .execute(connection)?;
    diesel::delete(session::table.filter(session::seen_at.lt(now - IDLE))).execute(connection)?;
    diesel::delete(entry_link::table.filter(entry_link::ends_at.lt(now))).execute(connection)?;
    // A code is accepted for at most two steps; an hour of them is kept.
    let step = now / 30_000_000 - 120;
    diesel::delete(used_code::table.filter(used_code::step.lt(step))).execute(connection)?;
    Ok(())
}
