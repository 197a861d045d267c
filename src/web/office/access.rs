//! Who may use a route with a method.

use crate::staff::Role;

/// Who may use a route with a method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Everyone; no session is looked up.
    Public,
    /// Everyone, but a form is checked as in the office: pages before the log-in.
    Visitor,
    /// A session of any stage: choosing a password.
    Enrolling,
    /// A session of a person with one of these roles.
    Staff(&'static [Role]),
}

/// Everyone who works in the office.
pub const ANYONE: Access = Access::Staff(&Role::ALL);

impl Access {
    /// Whether a person with `role` may use it.
    #[must_use]
    pub fn admits(self, role: Role) -> bool {
        match self {
            Access::Public | Access::Visitor | Access::Enrolling => true,
            Access::Staff(roles) => roles.contains(&role),
        }
    }
}
