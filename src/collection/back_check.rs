//! Back-checks: which interviews are checked, what a check can say, how facts are compared.
//!
//! Of each enumerator the first three interviews are checked, and of all later ones every tenth by a
//! keyed hash. Nobody without the key can know beforehand which these are. Whether an interview is
//! checked depends on nothing that comes after it: so the choice never changes, and for at least
//! three at any time it must be the first three.

use std::collections::BTreeMap;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::survey::hex;

/// Interviews of each enumerator that are checked in any case.
pub const AT_LEAST: usize = 3;

/// One in so many of the others is checked.
const ONE_IN: u64 = 10;

/// Whether somebody was reached.
pub const CONTACTS: [&str; 2] = ["reached", "not_reached"];

/// Whether the interview took place.
pub const INTERVIEWS: [&str; 3] = ["confirmed", "denied", "other_person"];

/// Whether the stored duration can be true.
pub const DURATIONS: [&str; 2] = ["plausible", "implausible"];

/// The secret by which interviews are chosen. It is derived from a file of the data folder, so it is
/// not in the database.
#[derive(Clone)]
pub struct BackCheckKey(String);

impl BackCheckKey {
    /// The key that a secret gives.
    #[must_use]
    pub fn new(secret: &str) -> BackCheckKey {
        BackCheckKey(secret.to_owned())
    }

    /// HMAC-SHA256 of a purpose and the id of a response.
    fn mac(&self, purpose: &str, response_id: &str) -> Vec<u8> {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.0.as_bytes()) else {
            return Vec::new();
        };
        mac.update(purpose.as_bytes());
        mac.update(&[0]);
        mac.update(response_id.as_bytes());
        mac.finalize().into_bytes().to_vec()
    }

    /// The short reference of a response, by which it is named to those who check: it is not its id,
    /// and does not lead to it without the key.
    #[must_use]
    pub fn reference(&self, response_id: &str) -> String {
        hex(self.mac("reference", response_id).into_iter().take(5))
    }

    /// Whether the hash chooses a response, whatever its place.
    fn chooses(&self, response_id: &str) -> bool {
        let mac = self.mac("choice", response_id);
        let first = mac.iter().take(8);
        let number = first.fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        number < u64::MAX / ONE_IN
    }
}

/// Chooses from interviews as they come in.
pub struct Choice<'k> {
    key: &'k BackCheckKey,
    /// How many interviews each enumerator has so far.
    so_far: BTreeMap<String, usize>,
}

impl<'k> Choice<'k> {
    /// Enumerators have so many interviews `so_far`.
    #[must_use]
    pub fn after(key: &'k BackCheckKey, so_far: BTreeMap<String, usize>) -> Choice<'k> {
        Choice { key, so_far }
    }

    /// Whether the next interview is checked. Interviews are given in the order of the log.
    pub fn takes(&mut self, enumerator: &str, response_id: &str) -> bool {
        let so_far = self.so_far.entry(enumerator.to_owned()).or_insert(0);
        *so_far += 1;
        *so_far <= AT_LEAST || self.key.chooses(response_id)
    }

    /// Interviews of each enumerator so far.
    #[must_use]
    pub fn interviews(&self) -> &BTreeMap<String, usize> {
        &self.so_far
    }
}

/// What a check said, as it was entered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entered {
    /// One of [`CONTACTS`].
    pub contact: String,
    /// One of [`INTERVIEWS`], if somebody was reached.
    pub interview: String,
    /// One of [`DURATIONS`]; may be empty.
    pub duration: String,
    /// The facts that were asked again: question and code.
    pub facts: Vec<(String, String)>,
}

impl Entered {
    /// What is wrong with it: the key of the message under `back_checks` in the locale files.
    #[must_use]
    pub fn fault(&self) -> Option<&'static str> {
        let is = |word: &str, words: &[&str]| words.contains(&word);
        if !is(&self.contact, &CONTACTS) {
            return Some("fault_contact");
        }
        let was_reached = self.contact == "reached";
        if was_reached && !is(&self.interview, &INTERVIEWS) {
            return Some("fault_interview");
        }
        let said_more =
            !self.interview.is_empty() || !self.duration.is_empty() || !self.facts.is_empty();
        if !was_reached && said_more {
            return Some("fault_not_reached");
        }
        // Another person does not know the facts.
        if self.interview == "other_person" && !self.facts.is_empty() {
            return Some("fault_other_person");
        }
        let duration_is_known = self.duration.is_empty() || is(&self.duration, &DURATIONS);
        (!duration_is_known).then_some("fault_duration")
    }
}

/// How many facts were compared, and how many of them differ. `stored` gives the stored code of a
/// question; a fact that is not stored is not compared.
#[must_use]
pub fn compared(facts: &[(String, String)], stored: impl Fn(&str) -> Option<String>) -> (i64, i64) {
    let pairs = facts.iter();
    let pairs = pairs.filter_map(|(question, code)| Some((stored(question)?, code)));
    pairs.fold((0, 0), |(compared, differing), (stored, asked)| {
        (compared + 1, differing + i64::from(stored != *asked))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(key: &str, n: usize) -> Vec<usize> {
        let key = BackCheckKey::new(key);
        let mut choice = Choice::after(&key, BTreeMap::new());
        (0..n)
            .filter(|number| choice.takes("e07", &format!("0190a000-{number}")))
            .collect()
    }

    #[test]
    fn the_choice_is_a_tenth_at_least_three_and_never_changes_as_data_grow() {
        for n in 0..=3 {
            assert_eq!(chosen("a", n).len(), n);
        }
        let (few, many) = (chosen("a", 200), chosen("a", 5_000));
        assert_eq!(
            many.iter()
                .copied()
                .filter(|own| *own < 200)
                .collect::<Vec<_>>(),
            few
        );
        assert!((400..600).contains(&many.len()), "{}", many.len());
        let other = chosen("b", 5_000);
        let both = many.iter().filter(|own| other.contains(own)).count();
        assert!(both < 100, "another key chooses others: {both}");
    }

    #[test]
    fn facts_that_are_not_stored_are_not_compared() {
        let facts = [("sex", "f"), ("age", "a60"), ("education", "x")];
        let facts = facts.map(|(question, code)| (question.to_owned(), code.to_owned()));
        let stored = |question: &str| match question {
            "sex" => Some("f".to_owned()),
            "age" => Some("a18".to_owned()),
            _ => None,
        };
        assert_eq!(compared(&facts, stored), (2, 1));
    }
}
