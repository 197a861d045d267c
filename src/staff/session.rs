//! A session: its tokens and how long it lasts.

use sha2::{Digest, Sha256};

use crate::survey::hex;

/// Microseconds without a request after which a session ends: 30 minutes.
pub const IDLE: i64 = 30 * 60 * 1_000_000;

/// Microseconds after which a session ends in any case: 12 hours.
pub const ABSOLUTE: i64 = 12 * 3600 * 1_000_000;

/// Sessions that one account may have at once; with one more, the oldest ends.
pub const AT_ONCE: usize = 3;

/// Microseconds for which a one-time link can be used: 72 hours.
pub const LINK_LASTS: i64 = 72 * 3600 * 1_000_000;

/// What a session may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Only to choose a password and to set up the second factor.
    Enrolling,
    /// Everything that the role allows.
    Full,
}

impl Stage {
    /// The word for it in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Stage::Enrolling => "enrolling",
            Stage::Full => "full",
        }
    }
}

/// A session of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// SHA-256 of its token, hex. The token itself is in the cookie only.
    pub token_hash: String,
    /// The account.
    pub account: String,
    /// What it may be used for.
    pub stage: Stage,
    /// When it began, microseconds UTC.
    pub began_at: i64,
    /// When it was last used, to the minute, microseconds UTC.
    pub seen_at: i64,
    /// Where it began: a keyed hash of the address block.
    pub place: String,
    /// Browser and system in words, such as `Firefox, Windows`.
    pub device: String,
}

impl Session {
    /// Whether it is in force at `now`, microseconds UTC. A clock that jumped back ends it too: else
    /// it could last longer than it may.
    #[must_use]
    pub fn is_in_force(&self, now: i64) -> bool {
        (self.seen_at - 60_000_000..=self.seen_at + IDLE).contains(&now)
            && (self.began_at..=self.began_at + ABSOLUTE).contains(&now)
    }
}

/// What a token of 256 random bits is stored as: SHA-256, hex.
#[must_use]
pub fn token_hash(token: &str) -> String {
    hex(Sha256::digest(token.as_bytes()))
}

/// The token that every form of a session carries, derived from the session's own.
#[must_use]
pub fn form_token(session_token: &str) -> String {
    let mut digest = Sha256::new();
    digest.update(b"form ");
    digest.update(session_token.as_bytes());
    hex(digest.finalize())
}

/// Compares two tokens in a time that does not depend on where they differ.
#[must_use]
pub fn is_same(one: &str, other: &str) -> bool {
    let difference = one.bytes().zip(other.bytes());
    let difference = difference.fold(0, |difference, (one, other)| difference | (one ^ other));
    one.len() == other.len() && difference == 0
}

/// Browser and system of a `User-Agent`, in words. Only what helps a person to recognise a session.
#[must_use]
pub fn device_of(agent: &str) -> String {
    let first = |names: &[(&str, &'static str)]| {
        let known = names.iter().find(|(sign, _)| agent.contains(sign));
        known.map_or("", |(_, name)| *name)
    };
    let browser = first(&[
        ("MicroMessenger", "WeChat"),
        ("Edg", "Edge"),
        ("Firefox", "Firefox"),
        ("Chrome", "Chrome"),
        ("Safari", "Safari"),
    ]);
    let system = first(&[
        ("HarmonyOS", "HarmonyOS"),
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    ]);
    let words: Vec<&str> = [browser, system]
        .into_iter()
        .filter(|word| !word.is_empty())
        .collect();
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_ends_when_idle_after_half_a_day_and_when_the_clock_jumps_back() {
        let session = Session {
            token_hash: String::new(),
            account: String::new(),
            stage: Stage::Full,
            began_at: ABSOLUTE,
            seen_at: ABSOLUTE + IDLE,
            place: String::new(),
            device: String::new(),
        };
        assert!(session.is_in_force(session.seen_at + IDLE));
        assert!(!session.is_in_force(session.seen_at + IDLE + 1));
        assert!(!session.is_in_force(ABSOLUTE - 1));
        let late = Session {
            seen_at: 2 * ABSOLUTE,
            ..session
        };
        assert!(late.is_in_force(2 * ABSOLUTE));
        assert!(!late.is_in_force(2 * ABSOLUTE + 1));
    }

    #[test]
    fn tokens_are_compared_whole() {
        assert!(is_same("abc", "abc"));
        for other in ["abd", "ab", "abcd", ""] {
            assert!(!is_same("abc", other));
        }
    }
}
