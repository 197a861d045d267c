//! The fictional office: a person for each role, and a history of what they did.

use uuid::Uuid;

use crate::staff::session::{LINK_LASTS, Stage, token_hash};
use crate::staff::{Account, AccountState, Action, AuditEntry, Role};
use crate::store::{EntryLink, Store, StoreError};

/// Names of accounts and persons by role.
const PEOPLE: [(Role, &str, &str); 6] = [
    (Role::Administrator, "demo.zhao", "赵敏（演示）"),
    (Role::Statistician, "demo.wang", "王芳（演示）"),
    (Role::Publisher, "demo.li", "李强（演示）"),
    (Role::Supervisor, "demo.chen", "陈静（演示）"),
    (Role::Enumerator, "demo.liu", "刘洋（演示）"),
    (Role::Auditor, "demo.sun", "孙伟（演示）"),
];

/// Stores the people and their history, unless they are there, and a new link for each role that logs
/// in with one press of a button. The tokens of the links by role.
///
/// # Errors
/// When the database cannot be read or written.
pub fn enter(store: &Store, now: i64) -> Result<Vec<(Role, String)>, StoreError> {
    let known = store.accounts()?;
    let mut links = Vec::new();
    let is_new = known.is_empty();
    for (role, name, full_name) in PEOPLE {
        let id = match known.iter().find(|account| account.name == name) {
            Some(account) => account.id.clone(),
            None => add(store, role, (name, full_name), now)?,
        };
        let token = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        store.add_entry_link(EntryLink {
            token_hash: token_hash(&token),
            account: id,
            stage: Stage::Full,
            ends_at: now + LINK_LASTS,
        })?;
        links.push((role, token));
    }
    if is_new {
        history(store, now)?;
    }
    Ok(links)
}

const DAY: i64 = 24 * 3600 * 1_000_000;

fn add(
    store: &Store,
    role: Role,
    (name, full_name): (&str, &str),
    now: i64,
) -> Result<String, StoreError> {
    let account = Account {
        id: Uuid::new_v4().to_string(),
        name: name.to_owned(),
        full_name: full_name.to_owned(),
        role,
        state: AccountState::Active,
        password_hash: String::new(),
        factor_seed: String::new(),
        recovery_hashes: Vec::new(),
        changed_at: now - 9 * DAY,
    };
    let id = account.id.clone();
    let entry = AuditEntry::by_terminal(Action::AccountAdded, name, now - 9 * DAY)
        .change("", role.as_str());
    store.add_account(account, entry)?;
    Ok(id)
}

/// What they did in the last days.
fn history(store: &Store, now: i64) -> Result<(), StoreError> {
    let entry = |person: usize, action, subject: &str, days: i64| {
        let (role, name, _) = PEOPLE.get(person).copied().unwrap_or(PEOPLE[0]);
        AuditEntry {
            who: name.to_owned(),
            role: role.as_str().to_owned(),
            place: "5a1c07de".to_owned(),
            ..AuditEntry::by_terminal(action, subject, now - days * DAY)
        }
    };
    let survey = "satisfaction-2026";
    let entries = [
        entry(0, Action::LoggedIn, "demo.zhao", 8),
        entry(0, Action::TokenIssued, "平板-03", 8).change("", "onsite"),
        entry(1, Action::LoggedIn, "demo.wang", 6),
        entry(1, Action::Downloaded, "data.xlsx", 6)
            .of_survey(survey)
            .because("每日质量检查"),
        entry(0, Action::TokenRevoked, "平板-03", 3).because("设备遗失"),
        entry(1, Action::Downloaded, "data.sav", 2)
            .of_survey(survey)
            .because("加权核对"),
    ];
    entries
        .into_iter()
        .try_for_each(|entry| store.record(entry))
}
