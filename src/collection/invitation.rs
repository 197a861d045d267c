//! Invitation codes: how they are written, read and hashed.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::questionnaire::answer::half_width;
use crate::survey::hex;

/// Crockford's base 32: digits and capitals without I, L, O and U, which look like others.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Characters of a code. Each has 5 bits, so a code has 60: at 100 guesses a second against a
/// million codes, one guess succeeds in 365 years.
const LENGTH: usize = 12;

/// Longest text that is read as a code, characters: spaces and hyphens between all of them.
const LONGEST_WRITTEN: usize = 40;

/// A one-time code as it is printed on a slip. It is secret: whoever has it can answer for a person
/// who was drawn.
#[derive(Clone, PartialEq, Eq)]
pub struct InvitationCode([u8; LENGTH]);

impl InvitationCode {
    /// The code of the lowest 60 of random `bits`.
    #[must_use]
    pub fn from_bits(mut bits: u64) -> InvitationCode {
        InvitationCode(std::array::from_fn(|_| {
            let digit = usize::try_from(bits % 32).unwrap_or_default();
            bits /= 32;
            ALPHABET.get(digit).copied().unwrap_or(b'0')
        }))
    }

    /// The code that a person typed: in small letters, in full-width characters, with spaces or
    /// hyphens, with O for 0 and I or L for 1. `None` for a text that cannot be a code.
    #[must_use]
    pub fn parse(text: &str) -> Option<InvitationCode> {
        let mut code = Vec::with_capacity(LENGTH);
        for (position, character) in text.chars().enumerate() {
            let character = half_width(character).to_ascii_uppercase();
            if character.is_whitespace() || is_hyphen(character) {
                continue;
            }
            let meant = match character {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            };
            let byte = u8::try_from(meant)
                .ok()
                .filter(|byte| ALPHABET.contains(byte))?;
            if position >= LONGEST_WRITTEN {
                return None;
            }
            code.push(byte);
        }
        Some(InvitationCode(code.try_into().ok()?))
    }

    /// The code as it stands in a link: 12 characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for InvitationCode {
    /// As it is printed: three groups of four.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, group) in self.0.chunks(4).enumerate() {
            let hyphen = if number > 0 { "-" } else { "" };
            write!(
                f,
                "{hyphen}{}",
                std::str::from_utf8(group).unwrap_or_default()
            )?;
        }
        Ok(())
    }
}

impl fmt::Debug for InvitationCode {
    /// Without the code, so that no log contains one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InvitationCode")
    }
}

/// Hyphens and dashes, and what stands for them on keyboards.
fn is_hyphen(character: char) -> bool {
    matches!(
        character,
        '-' | '_' | '.' | '·' | '—' | '－' | '\u{2010}'..='\u{2015}' | '\u{2212}'
    )
}

/// The key under which codes are hashed. It is kept outside the database, so that whoever has the
/// database alone can try no code.
#[derive(Clone, PartialEq, Eq)]
pub struct InvitationKey([u8; 32]);

impl InvitationKey {
    /// The key with these bytes.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> InvitationKey {
        InvitationKey(bytes)
    }

    /// What the database stores for a code of `survey`. A code of another survey has another hash.
    #[must_use]
    pub fn hash(&self, survey: &str, code: &InvitationCode) -> InvitationHash {
        InvitationHash(self.mac(&[b"code", survey.as_bytes(), &code.0], 16))
    }

    /// What the database stores to recognise the key.
    #[must_use]
    pub fn check_value(&self) -> String {
        self.mac(&[b"key"], 16)
    }

    /// A secret for another use, which does not reveal the key.
    #[must_use]
    pub fn derived(&self, purpose: &str) -> String {
        self.mac(&[b"derived", purpose.as_bytes()], 32)
    }

    /// HMAC-SHA256 of `parts`, each after its length (u64, big-endian); the first `bytes` bytes in
    /// hexadecimal.
    fn mac(&self, parts: &[&[u8]], bytes: usize) -> String {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else {
            return String::new();
        };
        for part in parts {
            mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            mac.update(part);
        }
        hex(mac.finalize().into_bytes().into_iter().take(bytes))
    }
}

impl fmt::Debug for InvitationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InvitationKey")
    }
}

/// The hash of a code: 32 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct InvitationHash(pub(crate) String);

impl InvitationHash {
    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_however_it_is_typed() {
        let code = InvitationCode::from_bits(0x0123_4567_89ab_cdef);
        assert_eq!(code.as_str().len(), 12);
        let printed = code.to_string();
        let written = [
            code.as_str().to_owned(),
            printed.clone(),
            printed.to_lowercase(),
            printed.replace('-', "－"),
            printed.replace('-', " — "),
            format!("\u{3000}{printed}\n"),
            printed
                .chars()
                .map(|c| match c {
                    '!'..='~' => char::from_u32(u32::from(c) + 0xfee0).unwrap(),
                    other => other,
                })
                .collect(),
        ];
        for text in written {
            assert_eq!(InvitationCode::parse(&text), Some(code.clone()), "{text:?}");
        }
        assert_eq!(
            InvitationCode::parse("oOiI lL00 1111"),
            InvitationCode::parse("0011-1100-1111")
        );
    }

    #[test]
    fn what_cannot_be_a_code_is_none() {
        let long = format!("{}0123456789AB", " ".repeat(60));
        for text in [
            "",
            "0123456789A",
            "0123456789ABC",
            "0123456789AU",
            "0123456789A人",
            long.as_str(),
        ] {
            assert_eq!(InvitationCode::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_hash_depends_on_key_survey_and_code() {
        let hash = |key, survey, bits| {
            InvitationKey::new([key; 32]).hash(survey, &InvitationCode::from_bits(bits))
        };
        let one = hash(1, "a", 5);
        assert_eq!(one, hash(1, "a", 5));
        assert_eq!(one.as_str().len(), 32);
        for other in [hash(2, "a", 5), hash(1, "b", 5), hash(1, "a", 6)] {
            assert_ne!(one, other);
        }
    }
}
