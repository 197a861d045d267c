//! Responses: as they come in, as they are stored, and their leaves in the log.

use diesel::prelude::*;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use uuid::Uuid;

use crate::store::schema::{leaf, response};

/// A response on its way into the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewResponse {
    /// Chosen by the sender, so that sending again is harmless.
    pub id: Uuid,
    /// `satisfaction-2026`.
    pub survey: String,
    /// SHA-256 of the questionnaire that was answered, hex.
    pub questionnaire_hash: String,
    /// `online`, `onsite` or `paper`.
    pub mode: String,
    /// Where it came from inside its mode: a QR code, a link, on site the PSU.
    pub channel: String,
    /// Area code of the respondent; empty if not asked.
    pub area: String,
    /// When, and how long it took.
    pub timing: Timing,
    /// Who interviewed; empty online.
    pub enumerator: String,
    /// The device; empty if not told.
    pub device: String,
    /// Reasons for a second look, separated by spaces.
    pub flags: String,
    /// Canonical answers: compact JSON in question order.
    pub answers: String,
}

impl NewResponse {
    /// Whether every text can be stored: PostgreSQL has no NUL in a text.
    pub(super) fn is_text(&self) -> bool {
        [
            &self.survey,
            &self.questionnaire_hash,
            &self.mode,
            &self.channel,
            &self.area,
            &self.enumerator,
            &self.device,
            &self.flags,
            &self.answers,
        ]
        .iter()
        .all(|text| memchr::memchr(0, text.as_bytes()).is_none())
    }
}

/// When a response was received, and what its device says of start and finish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// Microseconds UTC.
    pub received_at: i64,
    /// Microseconds UTC by the device's clock.
    pub started_at: Option<i64>,
    /// Microseconds UTC by the device's clock.
    pub finished_at: Option<i64>,
}

impl Timing {
    /// Received now, started and finished by the device's clock.
    pub fn new(
        received: Timestamp,
        started: Option<Timestamp>,
        finished: Option<Timestamp>,
    ) -> Timing {
        Timing {
            received_at: received.as_microsecond(),
            started_at: started.map(Timestamp::as_microsecond),
            finished_at: finished.map(Timestamp::as_microsecond),
        }
    }

    /// Seconds between start and finish; nothing if either is missing or the clock ran backwards.
    pub fn duration(&self) -> Option<i64> {
        let microseconds = self.finished_at?.checked_sub(self.started_at?)?;
        Some(microseconds / 1_000_000).filter(|seconds| *seconds >= 0)
    }
}

/// A response as it is stored.
#[derive(
    Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, Serialize, Deserialize,
)]
#[serde(deny_unknown_fields)]
// A NULL is bound, not left out: with DEFAULT in its place SQLite would parse the statement anew for every row.
#[diesel(table_name = response, treat_none_as_default_value = false)]
pub struct StoredResponse {
    /// UUID.
    pub id: String,
    /// `satisfaction-2026`.
    pub survey: String,
    /// SHA-256 of the questionnaire, hex.
    pub questionnaire_hash: String,
    /// `online`, `onsite` or `paper`.
    pub mode: String,
    /// Where it came from inside its mode.
    pub channel: String,
    /// Area code; empty if not asked.
    pub area: String,
    /// Microseconds UTC.
    pub received_at: i64,
    /// Microseconds UTC by the device's clock.
    pub started_at: Option<i64>,
    /// Microseconds UTC by the device's clock.
    pub finished_at: Option<i64>,
    /// Seconds.
    pub duration: Option<i64>,
    /// Who interviewed.
    pub enumerator: String,
    /// The device.
    pub device: String,
    /// Reasons for a second look.
    pub flags: String,
    /// Canonical answers, JSON.
    pub answers: String,
    /// 32 bytes, hex.
    pub nonce: String,
    /// Position in the log.
    pub leaf_index: i64,
}

impl StoredResponse {
    /// Whether `new`, of the same id, says the same: what a phone sends again after a lost answer.
    pub(super) fn repeats(&self, new: &StoredResponse) -> bool {
        self.survey == new.survey && self.mode == new.mode && self.answers == new.answers
    }

    /// The leaf's hash: HMAC-SHA256 under the nonce of
    ///
    /// `0x02`, then the fields kind (`sub`), id, survey, questionnaire hash, mode, channel, area, time of receipt, of start, of
    /// finish (microseconds, decimal), duration (seconds, decimal), enumerator, device, flags, answers; each as its length
    /// in bytes (u32, big-endian) and its UTF-8 bytes; what is missing is empty.
    ///
    /// That is every column but the nonce and the place, so nothing of a stored response changes unseen (under a leaf of the
    /// first version the columns that it left out can). An unkeyed hash of
    /// answers could be opened by trying all of them (ten five-step items are 23 bits).
    pub fn leaf_hash(&self) -> String {
        let number =
            |number: Option<i64>| number.map_or_else(String::new, |number| number.to_string());
        self.hash(
            2,
            &[
                "sub",
                &self.id,
                &self.survey,
                &self.questionnaire_hash,
                &self.mode,
                &self.channel,
                &self.area,
                itoa::Buffer::new().format(self.received_at),
                &number(self.started_at),
                &number(self.finished_at),
                &number(self.duration),
                &self.enumerator,
                &self.device,
                &self.flags,
                &self.answers,
            ],
        )
    }

    /// Whether this row is the one that was logged under `leaf`'s hash.
    pub fn is_logged_by(&self, leaf: &Leaf) -> bool {
        leaf.idx == self.leaf_index && self.is_hashed_as(&leaf.hash)
    }

    fn is_hashed_as(&self, hash: &str) -> bool {
        *hash == self.leaf_hash() || *hash == self.leaf_hash_v1()
    }

    /// The leaf's hash as the first version made it: `0x01`, then the fields kind, id, survey, questionnaire hash, mode,
    /// channel, day of receipt (days since 1970-01-01 UTC, decimal), answers.
    pub(super) fn leaf_hash_v1(&self) -> String {
        let day = self.received_at.div_euclid(86_400_000_000).to_string();
        self.hash(
            1,
            &[
                "sub",
                &self.id,
                &self.survey,
                &self.questionnaire_hash,
                &self.mode,
                &self.channel,
                &day,
                &self.answers,
            ],
        )
    }

    fn hash(&self, version: u8, fields: &[&str]) -> String {
        // A nonce that is none gives a hash that no leaf has.
        let nonce = unhex(&self.nonce);
        let Some(mut mac) = nonce.and_then(|nonce| Hmac::<Sha256>::new_from_slice(&nonce).ok())
        else {
            return String::new();
        };
        mac.update(&[version]);
        for field in fields {
            mac.update(&u32::try_from(field.len()).unwrap_or(u32::MAX).to_be_bytes());
            mac.update(field.as_bytes());
        }
        hex(&mac.finalize().into_bytes())
    }
}

/// A response ready to be written, but for its place in the log.
///
/// Made by the thread that submits it, because the one writer is what all wait for: the leaf's hash does not depend on
/// the place.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) row: StoredResponse,
    pub(super) leaf: Leaf,
    id: Uuid,
}

impl Prepared {
    /// The stored form of `new` under a fresh nonce.
    pub(super) fn new(new: NewResponse, nonce: &[u8; 32]) -> Prepared {
        let row = StoredResponse {
            id: new.id.to_string(),
            survey: new.survey,
            questionnaire_hash: new.questionnaire_hash,
            mode: new.mode,
            channel: new.channel,
            area: new.area,
            received_at: new.timing.received_at,
            started_at: new.timing.started_at,
            finished_at: new.timing.finished_at,
            duration: new.timing.duration(),
            enumerator: new.enumerator,
            device: new.device,
            flags: new.flags,
            answers: new.answers,
            nonce: hex(nonce),
            leaf_index: -1,
        };
        Prepared {
            leaf: Leaf {
                idx: -1,
                kind: "sub".to_owned(),
                hash: row.leaf_hash(),
            },
            row,
            id: new.id,
        }
    }

    /// What its respondent gets once it is on disk.
    pub(super) fn receipt(&self) -> Receipt {
        Receipt {
            id: self.id,
            leaf_index: self.row.leaf_index,
            leaf_hash: self.leaf.hash.clone(),
            received_at: self.row.received_at,
            repeated: false,
        }
    }
}

/// One entry of the log.
#[derive(
    Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, Serialize, Deserialize,
)]
#[serde(deny_unknown_fields)]
#[diesel(table_name = leaf, treat_none_as_default_value = false)]
pub struct Leaf {
    /// Dense from 0.
    pub idx: i64,
    /// `sub`: a submitted response.
    pub kind: String,
    /// Hex.
    pub hash: String,
}

/// What a respondent gets for a stored response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The response.
    pub id: Uuid,
    /// Its position in the log, from 0.
    pub leaf_index: i64,
    /// Its leaf's hash, hex; reveals nothing of the answers.
    pub leaf_hash: String,
    /// Microseconds UTC.
    pub received_at: i64,
    /// Whether it had been stored before.
    pub repeated: bool,
}

/// A stored response and what the log says of it; nothing where the log is damaged.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = response)]
pub(super) struct Logged {
    #[diesel(embed)]
    pub(super) row: StoredResponse,
    #[diesel(select_expression = leaf::hash.nullable())]
    pub(super) hash: Option<String>,
}

impl Logged {
    /// Whether the row is the one that was logged.
    pub(super) fn is_whole(&self) -> bool {
        self.hash
            .as_deref()
            .is_some_and(|hash| self.row.is_hashed_as(hash))
    }

    /// What its respondent got, or gets again; the hash is the log's own word.
    pub(super) fn receipt(self, repeated: bool) -> Receipt {
        Receipt {
            id: Uuid::parse_str(&self.row.id).unwrap_or_default(),
            leaf_index: self.row.leaf_index,
            received_at: self.row.received_at,
            leaf_hash: self.hash.unwrap_or_else(|| self.row.leaf_hash()),
            repeated,
        }
    }
}

/// Bytes in lower-case hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        for digit in [byte >> 4, byte & 15] {
            text.push(
                DIGITS
                    .get(usize::from(digit))
                    .copied()
                    .map_or('0', char::from),
            );
        }
    }
    text
}

/// Bytes from lower-case hexadecimal; nothing if a digit is anything else.
fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let pair = |pair: &[u8]| match pair {
        [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
        _ => None,
    };
    text.as_bytes().chunks(2).map(pair).collect()
}
