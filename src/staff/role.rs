//! What a member of staff may do.

/// A role; each account has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Accounts and devices.
    Administrator,
    /// Fieldwork, quality, weighting, downloads, drafts of releases.
    Statistician,
    /// Approves releases and sets their date.
    Publisher,
    /// Fieldwork and paper entry.
    Supervisor,
    /// Interviews.
    Enumerator,
    /// Reads the audit record.
    Auditor,
}

impl Role {
    /// All roles.
    pub const ALL: [Role; 6] = [
        Role::Administrator,
        Role::Statistician,
        Role::Publisher,
        Role::Supervisor,
        Role::Enumerator,
        Role::Auditor,
    ];

    /// The word for it in the database, in URLs and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Role::Administrator => "administrator",
            Role::Statistician => "statistician",
            Role::Publisher => "publisher",
            Role::Supervisor => "supervisor",
            Role::Enumerator => "enumerator",
            Role::Auditor => "auditor",
        }
    }

    /// The role with that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.as_str() == word)
    }

    /// Whether it logs in with a one-time code beside the password. Enumerators do not: they see no
    /// answers of others.
    #[must_use]
    pub const fn needs_second_factor(self) -> bool {
        !matches!(self, Role::Enumerator)
    }
}
