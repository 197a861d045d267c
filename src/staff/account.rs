//! An account of the office, and the rules for its names.

use crate::staff::role::Role;

/// An account as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// UUID; it never changes.
    pub id: String,
    /// Name to log in with; see [`is_account_name`].
    pub name: String,
    /// Name of the person, for pages and the audit record.
    pub full_name: String,
    /// What the person may do.
    pub role: Role,
    /// Whether it can log in.
    pub state: AccountState,
    /// PHC string of Argon2id; empty until a password was chosen.
    pub password_hash: String,
    /// From which the secret of the one-time codes is derived; empty until it was set up.
    pub factor_seed: String,
    /// Hashes of the recovery codes that are not used.
    pub recovery_hashes: Vec<String>,
    /// When it last changed, microseconds UTC.
    pub changed_at: i64,
}

/// Whether an account can log in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountState {
    /// The person has not chosen a password yet.
    Invited,
    /// It can log in.
    Active,
    /// It was disabled.
    Disabled,
}

impl AccountState {
    /// The word for it in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            AccountState::Invited => "invited",
            AccountState::Active => "active",
            AccountState::Disabled => "disabled",
        }
    }

    /// The state with that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<AccountState> {
        [
            AccountState::Invited,
            AccountState::Active,
            AccountState::Disabled,
        ]
        .into_iter()
        .find(|state| state.as_str() == word)
    }
}

impl Account {
    /// Whether the person has set up the second factor.
    #[must_use]
    pub fn has_second_factor(&self) -> bool {
        !self.factor_seed.is_empty()
    }
}

/// Whether `name` can be the name of an account: 2 to 40 characters, lower-case letters of any
/// script, digits, `.`, `-` and `_`, the first one a letter.
#[must_use]
pub fn is_account_name(name: &str) -> bool {
    let count = name.chars().count();
    let is_allowed = |sign: char| {
        (sign.is_alphabetic() && !sign.is_uppercase())
            || sign.is_ascii_digit()
            || matches!(sign, '.' | '-' | '_')
    };
    (2..=40).contains(&count)
        && name.chars().all(is_allowed)
        && name.chars().next().is_some_and(char::is_alphabetic)
}

/// Whether `name` can be the name of a person: 1 to 60 characters without control characters, not
/// blank.
#[must_use]
pub fn is_full_name(name: &str) -> bool {
    name.chars().count() <= 60 && !name.trim().is_empty() && !name.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_accounts_are_words_of_lower_case_letters() {
        for good in ["li", "wang.fang", "王芳", "zhao-2", "ab_c"] {
            assert!(is_account_name(good), "{good}");
        }
        for bad in ["", "a", "Li", "2li", "li fang", "<b>", "li\u{202e}", "a/b"] {
            assert!(!is_account_name(bad), "{bad}");
        }
    }
}
