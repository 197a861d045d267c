//! Changes of accounts that commands ask for, as they are made on the database.

use crate::staff::session::Stage;
use crate::staff::{Account, AccountState, Action, AuditEntry, Role};
use crate::store::{Store, StoreError};
use crate::web::office::staff;

/// An account that can log in, as it goes to the server.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub struct ActiveUser {
    /// UUID.
    pub id: String,
    /// Account name.
    pub name: String,
    /// Name of the person.
    pub full_name: String,
    /// Word of the role.
    pub role: String,
    /// PHC string.
    pub password_hash: String,
    /// Seed of the second factor; empty for none.
    pub factor_seed: String,
    /// Microseconds UTC.
    pub now: i64,
}

/// Stores an account that can log in. False if the name is taken.
///
/// # Errors
/// When the database cannot be written.
pub fn add_active(store: &Store, user: ActiveUser) -> Result<bool, StoreError> {
    let role = Role::parse(&user.role).unwrap_or(Role::Enumerator);
    let entry = AuditEntry::by_terminal(Action::AccountAdded, &user.name, user.now)
        .change("", role.as_str());
    let account = Account {
        id: user.id,
        name: user.name,
        full_name: user.full_name,
        role,
        state: AccountState::Active,
        password_hash: user.password_hash,
        factor_seed: user.factor_seed,
        recovery_hashes: Vec::new(),
        changed_at: user.now,
    };
    store.add_account(account, entry)
}

/// Applies a change that a command asks for. The token of a new link; `None` inside if there is none,
/// outside if there is no such account.
///
/// # Errors
/// When the database cannot be read or written.
pub fn apply(
    store: &Store,
    name: &str,
    action: Action,
    now: i64,
) -> Result<Option<Option<String>>, StoreError> {
    let Some(account) = store.account(name)? else {
        return Ok(None);
    };
    let entry = AuditEntry::by_terminal(action, name, now);
    staff::apply(store, &account, action, None, entry).map(Some)
}

/// A one-time link for the first administrator, if nobody can administer yet: the token. The account
/// is `admin`; it is made if it is not there.
///
/// # Errors
/// When the database cannot be read or written.
pub fn first_administrator(store: &Store, now: i64) -> Result<Option<String>, StoreError> {
    let accounts = store.accounts()?;
    let is_administrator = |account: &&Account| account.role == Role::Administrator;
    let mut administrators = accounts.iter().filter(is_administrator);
    if administrators.any(|account| account.state == AccountState::Active) {
        return Ok(None);
    }
    let invited = accounts.iter().filter(is_administrator);
    let mut invited = invited.filter(|account| account.state == AccountState::Invited);
    if let Some(account) = invited.next() {
        return staff::link(store, account.id.clone(), Stage::Enrolling, now).map(Some);
    }
    let taken = |name: &String| accounts.iter().any(|account| account.name == *name);
    let names = (1..).map(|number| match number {
        1 => "admin".to_owned(),
        number => format!("admin{number}"),
    });
    let name = names
        .into_iter()
        .find(|name| !taken(name))
        .unwrap_or_default();
    let entry = AuditEntry::by_terminal(Action::AccountAdded, &name, now)
        .change("", Role::Administrator.as_str());
    staff::invite(store, &name, &name, Role::Administrator, entry)
}
