//! Rules for passwords, and their hashes by Argon2id.

use std::collections::HashSet;
use std::sync::LazyLock;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};

/// The 3,000 commonest passwords, from zxcvbn (Dropbox, MIT licence).
const COMMON: &str = include_str!("common_passwords.txt");

static COMMON_PASSWORDS: LazyLock<HashSet<&str>> = LazyLock::new(|| COMMON.lines().collect());

/// Fewest and most characters of a password.
pub const LENGTH: std::ops::RangeInclusive<usize> = 12..=128;

/// What is wrong with a new password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordFault {
    /// Fewer than 12 characters.
    TooShort,
    /// More than 128 characters.
    TooLong,
    /// One of the commonest passwords, or one repeated or with digits behind it.
    Common,
    /// It contains the name of the account, of the person or of the service.
    OwnWord,
    /// Fewer than five different characters.
    Monotonous,
}

/// What is wrong with `password` as a new password of an account with the words `own`: the names of
/// account and person. There are no rules on kinds of characters (NIST SP 800-63B, 3.1.1.2).
#[must_use]
pub fn fault(password: &str, own: &[&str]) -> Option<PasswordFault> {
    let length = password.chars().count();
    if length < *LENGTH.start() {
        return Some(PasswordFault::TooShort);
    }
    if length > *LENGTH.end() {
        return Some(PasswordFault::TooLong);
    }
    let lower = password.to_lowercase();
    if lower.chars().collect::<HashSet<_>>().len() < 5 {
        return Some(PasswordFault::Monotonous);
    }
    let words = own.iter().flat_map(|name| name.split_whitespace());
    let mut words = words.map(str::to_lowercase).chain(["minyi".to_owned()]);
    let is_long =
        |word: &str| word.chars().count() >= 3 || !word.is_ascii() && word.chars().count() >= 2;
    if words.any(|word| is_long(&word) && lower.contains(&word)) {
        return Some(PasswordFault::OwnWord);
    }
    is_common(&lower).then_some(PasswordFault::Common)
}

/// Whether a password is common: itself, without the digits and signs at its ends, or as a common
/// one that is repeated.
fn is_common(lower: &str) -> bool {
    let core = lower.trim_matches(|sign: char| !sign.is_alphabetic());
    [lower, core].into_iter().any(|word| {
        COMMON_PASSWORDS.contains(word)
            || (1..=word.len() / 2)
                .filter(|size| word.len().is_multiple_of(*size))
                .filter_map(|size| word.get(..size))
                .any(|part| {
                    COMMON_PASSWORDS.contains(part) && part.repeat(word.len() / part.len()) == word
                })
    })
}

/// Argon2id with 19 MiB, two passes, one lane (OWASP's first choice).
fn argon2() -> Argon2<'static> {
    let params = Params::new(19 * 1024, 2, 1, None).unwrap_or_default();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// The PHC string of `password` under 16 random bytes of salt. `None` if the library refuses them.
#[must_use]
pub fn hash(password: &str, salt: [u8; 16]) -> Option<String> {
    let hash = argon2()
        .hash_password_with_salt(password.as_bytes(), &salt)
        .ok()?;
    Some(hash.to_string())
}

/// Whether `password` is the one of the PHC string `hash`. With an empty hash it computes one all the
/// same and answers false: the time does not tell whether an account exists.
#[must_use]
pub fn verify(password: &str, hash: &str) -> bool {
    if let Ok(parsed) = PasswordHash::new(hash) {
        return argon2()
            .verify_password(password.as_bytes(), &parsed)
            .is_ok();
    }
    let _ = self::hash(password, [0; 16]);
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_short_own_and_monotonous_passwords_are_refused() {
        let own = ["wang.fang", "王芳 Wang"];
        for (password, expected) in [
            ("elf zeichen", Some(PasswordFault::TooShort)),
            ("passwordpassword", Some(PasswordFault::Common)),
            ("qwertyuiop123", Some(PasswordFault::Common)),
            ("baseball2026!!", Some(PasswordFault::Common)),
            ("ababababababab", Some(PasswordFault::Monotonous)),
            ("wang.fang.2026", Some(PasswordFault::OwnWord)),
            ("我是王芳今天很高兴在这里", Some(PasswordFault::OwnWord)),
            ("Minyi-ist-schoen", Some(PasswordFault::OwnWord)),
            ("correct horse battery", None),
            ("山高水长风景如画万里云", Some(PasswordFault::TooShort)),
            ("山高水长风景如画万里云天", None),
        ] {
            assert_eq!(fault(password, &own), expected, "{password}");
        }
        assert_eq!(
            fault(&"ä1b2c3".repeat(22), &own),
            Some(PasswordFault::TooLong)
        );
    }

    #[test]
    fn a_hash_names_its_parameters_and_verifies_only_its_password() {
        let made = hash("correct horse battery", [7; 16]).unwrap();
        assert!(
            made.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{made}"
        );
        assert!(verify("correct horse battery", &made));
        assert!(!verify("correct horse batter", &made));
        assert!(!verify("correct horse battery", ""));
    }
}
