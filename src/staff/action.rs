//! What the audit record can name, and one entry of it.

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// An account was made.
    AccountAdded,
    /// The role of an account changed.
    RoleChanged,
    /// An account was disabled.
    AccountDisabled,
    /// A disabled account can log in again.
    AccountEnabled,
    /// A new link to choose a password was made; the sessions ended.
    PasswordReset,
    /// The second factor of an account was removed, so that it can be set up again.
    FactorReset,
    /// A person chose a password.
    PasswordChosen,
    /// A person set up the second factor.
    FactorSetUp,
    /// A person logged in.
    LoggedIn,
    /// A person logged in with a recovery code.
    RecoveryCodeUsed,
    /// A person logged out.
    LoggedOut,
    /// Sessions were ended.
    SessionsEnded,
    /// A device token was issued.
    TokenIssued,
    /// A device token was revoked.
    TokenRevoked,
    /// Microdata or tables were downloaded.
    Downloaded,
    /// A wording or plan was amended.
    Amended,
    /// Fieldwork was opened, closed or extended.
    FieldworkChanged,
    /// The approval of a questionnaire was entered.
    ApprovalEntered,
    /// The folder of a new wave was made.
    WaveMade,
    /// A form on paper was entered.
    PaperEntered,
    /// Differences of a form on paper were settled.
    PaperSettled,
    /// Responses were uploaded as a file.
    Uploaded,
    /// Invitations were issued.
    InvitationsIssued,
    /// A backup was made.
    BackedUp,
    /// A draft of a release was made.
    ReleaseDrafted,
    /// A draft was submitted for review.
    ReleaseSubmitted,
    /// A draft was approved.
    ReleaseApproved,
    /// A draft was returned.
    ReleaseReturned,
    /// A release was looked at before its second.
    ReleaseSeen,
    /// The date of a release was announced or changed.
    ReleaseAnnounced,
    /// A person was put on the list of those who may see a release early.
    EarlyReaderAdded,
    /// It was decided whether evidence may be shown.
    EvidenceReviewed,
    /// A question about a published number was replied to.
    ObjectionReplied,
    /// Visits to cases were recorded or corrected.
    VisitsRecorded,
    /// The result of a back-check was entered.
    BackCheckEntered,
    /// It was proposed to hold responses.
    HoldProposed,
    /// Responses are held.
    HoldConsented,
    /// A proposal to hold responses was refused.
    HoldRefused,
    /// A proposal to hold responses was taken back.
    HoldWithdrawn,
    /// It was proposed to free held responses.
    FreeProposed,
    /// Held responses were freed.
    FreeConsented,
    /// A proposal to free held responses was refused.
    FreeRefused,
    /// A proposal to free held responses was taken back.
    FreeWithdrawn,
}

impl Action {
    /// All of them.
    pub const ALL: [Action; 43] = [
        Action::AccountAdded,
        Action::RoleChanged,
        Action::AccountDisabled,
        Action::AccountEnabled,
        Action::PasswordReset,
        Action::FactorReset,
        Action::PasswordChosen,
        Action::FactorSetUp,
        Action::LoggedIn,
        Action::RecoveryCodeUsed,
        Action::LoggedOut,
        Action::SessionsEnded,
        Action::TokenIssued,
        Action::TokenRevoked,
        Action::Downloaded,
        Action::Amended,
        Action::FieldworkChanged,
        Action::ApprovalEntered,
        Action::WaveMade,
        Action::PaperEntered,
        Action::PaperSettled,
        Action::Uploaded,
        Action::InvitationsIssued,
        Action::BackedUp,
        Action::ReleaseDrafted,
        Action::ReleaseSubmitted,
        Action::ReleaseApproved,
        Action::ReleaseReturned,
        Action::ReleaseSeen,
        Action::ReleaseAnnounced,
        Action::EarlyReaderAdded,
        Action::EvidenceReviewed,
        Action::ObjectionReplied,
        Action::VisitsRecorded,
        Action::BackCheckEntered,
        Action::HoldProposed,
        Action::HoldConsented,
        Action::HoldRefused,
        Action::HoldWithdrawn,
        Action::FreeProposed,
        Action::FreeConsented,
        Action::FreeRefused,
        Action::FreeWithdrawn,
    ];

    /// The word for it in the database, in URLs, and under `office.action` in the locale files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Action::AccountAdded => "account_added",
            Action::RoleChanged => "role_changed",
            Action::AccountDisabled => "account_disabled",
            Action::AccountEnabled => "account_enabled",
            Action::PasswordReset => "password_reset",
            Action::FactorReset => "factor_reset",
            Action::PasswordChosen => "password_chosen",
            Action::FactorSetUp => "factor_set_up",
            Action::LoggedIn => "logged_in",
            Action::RecoveryCodeUsed => "recovery_code_used",
            Action::LoggedOut => "logged_out",
            Action::SessionsEnded => "sessions_ended",
            Action::TokenIssued => "token_issued",
            Action::TokenRevoked => "token_revoked",
            Action::Downloaded => "downloaded",
            Action::Amended => "amended",
            Action::FieldworkChanged => "fieldwork_changed",
            Action::ApprovalEntered => "approval_entered",
            Action::WaveMade => "wave_made",
            Action::PaperEntered => "paper_entered",
            Action::PaperSettled => "paper_settled",
            Action::Uploaded => "uploaded",
            Action::InvitationsIssued => "invitations_issued",
            Action::BackedUp => "backed_up",
            Action::ReleaseDrafted => "release_drafted",
            Action::ReleaseSubmitted => "release_submitted",
            Action::ReleaseApproved => "release_approved",
            Action::ReleaseReturned => "release_returned",
            Action::ReleaseSeen => "release_seen",
            Action::ReleaseAnnounced => "release_announced",
            Action::EarlyReaderAdded => "early_reader_added",
            Action::EvidenceReviewed => "evidence_reviewed",
            Action::ObjectionReplied => "objection_replied",
            Action::VisitsRecorded => "visits_recorded",
            Action::BackCheckEntered => "back_check_entered",
            Action::HoldProposed => "hold_proposed",
            Action::HoldConsented => "hold_consented",
            Action::HoldRefused => "hold_refused",
            Action::HoldWithdrawn => "hold_withdrawn",
            Action::FreeProposed => "free_proposed",
            Action::FreeConsented => "free_consented",
            Action::FreeRefused => "free_refused",
            Action::FreeWithdrawn => "free_withdrawn",
        }
    }

    /// The action with that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Action> {
        Action::ALL
            .into_iter()
            .find(|action| action.as_str() == word)
    }
}

/// One entry of the audit record: who did what, when, from where, to what, what it was before and
/// after, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// Microseconds UTC.
    pub happened_at: i64,
    /// Account name; [`TERMINAL`] for a command on the server itself.
    pub who: String,
    /// The person's role; empty for a command.
    pub role: String,
    /// Keyed hash of the address block that it came from; empty for a command.
    pub place: String,
    /// What was done.
    pub action: Action,
    /// The survey, such as `satisfaction-2026`; empty if it concerns none.
    pub survey: String,
    /// To what: an account, a token, a file, a form.
    pub subject: String,
    /// What it was before; empty if nothing was.
    pub before: String,
    /// What it is now.
    pub after: String,
    /// Why; empty where no reason is asked for.
    pub reason: String,
}

/// Who gave a command on the server itself.
pub const TERMINAL: &str = "terminal";

impl AuditEntry {
    /// An entry about a command on the server itself.
    #[must_use]
    pub fn by_terminal(action: Action, subject: &str, now: i64) -> AuditEntry {
        AuditEntry {
            happened_at: now,
            who: TERMINAL.to_owned(),
            role: String::new(),
            place: String::new(),
            action,
            survey: String::new(),
            subject: subject.to_owned(),
            before: String::new(),
            after: String::new(),
            reason: String::new(),
        }
    }

    /// With what it concerns, such as `satisfaction-2026`.
    #[must_use]
    pub fn of_survey(self, survey: &str) -> AuditEntry {
        AuditEntry {
            survey: survey.to_owned(),
            ..self
        }
    }

    /// With what it was before, and what it is now.
    #[must_use]
    pub fn change(self, before: &str, after: &str) -> AuditEntry {
        AuditEntry {
            before: before.to_owned(),
            after: after.to_owned(),
            ..self
        }
    }

    /// With the reason.
    #[must_use]
    pub fn because(self, reason: &str) -> AuditEntry {
        AuditEntry {
            reason: reason.trim().to_owned(),
            ..self
        }
    }
}
