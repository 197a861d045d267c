//! The second factor: time-based one-time codes (RFC 6238) and recovery codes.
//!
//! The secret of an account is derived from a key that is not in the database and from a random seed
//! that is: HMAC-SHA256(key, id ‖ seed), the first 20 bytes. So whoever has the database alone has no
//! secret.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use totp_rs::{Algorithm, Builder, Totp};

use crate::survey::hex;

/// Number of recovery codes of an account.
pub const RECOVERY_CODES: usize = 10;

/// Letters and digits of recovery codes, without look-alikes.
const ALPHABET: &[u8; 32] = b"23456789abcdefghjkmnpqrstuvwxyz-";

/// The secret of the one-time codes of an account.
pub struct CodeSecret([u8; 20]);

impl CodeSecret {
    /// The secret of the account `id` with this seed, under `key`.
    #[must_use]
    pub fn derive(key: &str, id: &str, seed: &str) -> CodeSecret {
        let mut secret = [0; 20];
        if let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.as_bytes()) {
            for part in ["one-time code", id, seed] {
                mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
                mac.update(part.as_bytes());
            }
            let digest = mac.finalize().into_bytes();
            secret
                .iter_mut()
                .zip(digest)
                .for_each(|(to, from)| *to = from);
        }
        CodeSecret(secret)
    }

    fn totp(&self) -> Option<Totp> {
        // SHA-1, six digits, 30 seconds: what every authenticator app understands.
        let builder = Builder::new()
            .with_algorithm(Algorithm::SHA1)
            .with_digits(6)
            .with_skew(1)
            .with_step_duration(30)
            .with_secret(self.0);
        builder.build().ok()
    }

    /// The step (30 s since 1970) whose code is `code`, if it is that of `seconds` or of the step
    /// before or after. The caller lets each step be used once.
    #[must_use]
    pub fn check(&self, code: &str, seconds: u64) -> Option<u64> {
        let code: String = code.chars().filter(|sign| !sign.is_whitespace()).collect();
        let is_code = code.len() == 6 && code.bytes().all(|digit| digit.is_ascii_digit());
        is_code.then(|| self.totp()?.check(&code, seconds))?
    }

    /// The code at `seconds` since 1970.
    #[must_use]
    pub fn code(&self, seconds: u64) -> Option<String> {
        Some(self.totp()?.generate(seconds).to_string())
    }

    /// The secret in base 32 (RFC 4648), to type into an authenticator app.
    #[must_use]
    pub fn to_base32(&self) -> String {
        const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        let (mut bits, mut held, mut text) = (0_u32, 0_u32, String::new());
        for byte in self.0 {
            bits = bits << 8 | u32::from(byte);
            held += 8;
            while held >= 5 {
                held -= 5;
                let place = usize::try_from(bits >> held & 31).unwrap_or(0);
                text.push(LETTERS.get(place).copied().map_or('A', char::from));
            }
        }
        text
    }

    /// The address that a QR code gives to an authenticator app. `name` is the account's; both are
    /// percent-encoded already.
    #[must_use]
    pub fn address(&self, issuer: &str, name: &str) -> String {
        let secret = self.to_base32();
        format!("otpauth://totp/{issuer}:{name}?secret={secret}&issuer={issuer}")
    }
}

/// A recovery code of 12 signs in groups of four, from 8 random bytes: 59 bits.
#[must_use]
pub fn recovery_code(random: [u8; 8]) -> String {
    let mut bits = u64::from_be_bytes(random);
    let mut code = String::new();
    for place in 0..12 {
        if place > 0 && place % 4 == 0 {
            code.push('-');
        }
        // 31 signs; the hyphen is not one of them.
        let sign = usize::try_from(bits % 31).unwrap_or(0);
        bits /= 31;
        code.push(ALPHABET.get(sign).copied().map_or('2', char::from));
    }
    code
}

/// What a recovery code of the account `id` is stored as, under `key`: HMAC-SHA256, hex. Without the
/// key nobody can try codes against the database.
#[must_use]
pub fn recovery_hash(key: &str, id: &str, code: &str) -> String {
    let plain = code.to_lowercase();
    let plain = plain.chars().filter(char::is_ascii_alphanumeric);
    let plain: String = plain.collect();
    match Hmac::<Sha256>::new_from_slice(key.as_bytes()) {
        Ok(mut mac) => {
            mac.update(id.as_bytes());
            mac.update(plain.as_bytes());
            hex(mac.finalize().into_bytes())
        }
        Err(_) => hex(Sha256::digest(plain.as_bytes())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_agree_with_the_vectors_of_rfc_6238() {
        let secret = CodeSecret(*b"12345678901234567890");
        // Appendix B has eight digits; the last six are the same code with six.
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_234_567_890, "005924"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(secret.code(seconds).unwrap(), code);
            assert_eq!(
                secret.check(code, seconds + 29),
                Some(seconds / 30).filter(|_| true)
            );
            assert_eq!(secret.check(code, seconds + 90), None);
        }
        assert_eq!(secret.to_base32(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(secret.check("28708", 59), None);
        assert_eq!(secret.check("28 70 82", 59), Some(1));
    }

    #[test]
    fn a_secret_depends_on_key_account_and_seed() {
        let base = CodeSecret::derive("k", "a", "s").to_base32();
        for other in [
            ("l", "a", "s"),
            ("k", "b", "s"),
            ("k", "a", "t"),
            ("k", "as", ""),
        ] {
            let other = CodeSecret::derive(other.0, other.1, other.2).to_base32();
            assert_ne!(base, other);
        }
    }

    #[test]
    fn a_recovery_code_may_be_typed_without_hyphens_and_in_capitals() {
        let code = recovery_code([9, 8, 7, 6, 5, 4, 3, 2]);
        assert_eq!(code.len(), 14);
        let typed = code.replace('-', " ").to_uppercase();
        assert_eq!(
            recovery_hash("k", "a", &code),
            recovery_hash("k", "a", &typed)
        );
        assert_ne!(
            recovery_hash("k", "a", &code),
            recovery_hash("k", "b", &code)
        );
    }
}
