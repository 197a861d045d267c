//! Who works in the office: roles, passwords, one-time codes, sessions. Pure: random bytes, keys and
//! times are parameters.
//!
//! | file | does |
//! |---|---|
//! | [`role`] | the roles, and whether a role needs a second factor |
//! | [`account`] | an account and the rules for its names |
//! | [`password`] | rules for passwords; Argon2id |
//! | [`one_time_code`] | the second factor: TOTP and recovery codes |
//! | [`session`] | how long a session lasts; its tokens |
//! | [`action`] | what the audit record can name |
//! | [`hold_review`] | who must agree before responses are held, and before they are freed |
//! | [`release_approval`] | who must agree before a release is published; from when it is public |

pub mod account;
pub mod action;
pub mod hold_review;
pub mod one_time_code;
pub mod password;
pub mod release_approval;
pub mod role;
pub mod session;

pub use account::{Account, AccountState};
pub use action::{Action, AuditEntry};
pub use role::Role;
pub use session::Session;
