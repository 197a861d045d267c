//! A stored response, its leaf in the log, and its receipt.

use diesel::prelude::*;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use uuid::Uuid;

use crate::collection::Response;
use crate::store::schema::{leaf, response};

/// A response as it is stored.
#[derive(
    Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, Serialize, Deserialize,
)]
#[serde(deny_unknown_fields)]
// Binds NULL for a missing value: with DEFAULT instead, SQLite would parse the statement again for
// every row.
#[diesel(table_name = response, treat_none_as_default_value = false)]
pub struct StoredResponse {
    /// UUID.
    pub id: String,
    /// `satisfaction-2026`.
    pub survey: String,
    /// SHA-256 of the questionnaire, hex.
    pub questionnaire_hash: String,
    /// `online`, `onsite`, `paper`, `phone` or `intercept`.
    pub mode: String,
    /// The channel inside the mode: a QR code or an invitation; empty for the open link.
    pub channel: String,
    /// The PSU that the response was drawn in; empty if it was not drawn. Missing in backups that
    /// were made before the column existed.
    #[serde(default)]
    pub psu: String,
    /// Area code; empty if not asked.
    pub area: String,
    /// Microseconds UTC.
    pub received_at: i64,
    /// Microseconds UTC by the device's clock.
    pub started_at: Option<i64>,
    /// Microseconds UTC by the device's clock.
    pub finished_at: Option<i64>,
    /// From start to finish, seconds.
    pub duration: Option<i64>,
    /// Name or number of the enumerator; empty online.
    pub enumerator: String,
    /// The device; empty if unknown.
    pub device: String,
    /// Why the response may need a review; separated by spaces.
    pub flags: String,
    /// Canonical answers, JSON.
    pub answers: String,
    /// Key of the leaf's hash: 32 random bytes, hex.
    pub nonce: String,
    /// Index of the response's leaf.
    pub leaf_index: i64,
}

impl StoredResponse {
    /// Whether `new`, which has the same id, has the same content. A phone sends the same again
    /// when it did not receive the answer.
    pub(super) fn is_repeated_by(&self, new: &StoredResponse) -> bool {
        self.survey == new.survey && self.mode == new.mode && self.answers == new.answers
    }

    /// The leaf's hash: HMAC-SHA256 under the nonce of `0x03`, then the fields kind (`sub`), id,
    /// survey, questionnaire hash, mode, channel, PSU, area, times of receipt, start and finish
    /// (microseconds, decimal), duration (seconds, decimal), enumerator, device, flags, answers.
    ///
    /// Each field is its length in bytes (u32, big-endian) and its UTF-8 bytes; a missing value is
    /// empty. The hash covers every column but the nonce and the leaf index, so that any change of
    /// a stored response is noticed. Without a key the hash would reveal the answers: ten items of
    /// five steps have 23 bits, and all combinations can be tried.
    pub fn leaf_hash(&self) -> String {
        self.hash_of_columns(3, &[&self.channel, &self.psu])
    }

    /// Whether `leaf` is the leaf of this row.
    pub fn is_logged_by(&self, leaf: &Leaf) -> bool {
        leaf.idx == self.leaf_index && self.has_hash(|hash| *hash == leaf.hash)
    }

    /// Whether `is_logged` accepts the hash of this row, computed as any version of minyi did.
    pub(super) fn has_hash(&self, is_logged: impl Fn(&String) -> bool) -> bool {
        is_logged(&self.leaf_hash())
            || self.hash_v2().is_some_and(|hash| is_logged(&hash))
            || self.hash_v1().is_some_and(|hash| is_logged(&hash))
    }

    /// The hash of the second version, `0x02`: without the PSU, which was in `channel` on site.
    /// `None` for a row that the second version cannot have stored.
    fn hash_v2(&self) -> Option<String> {
        Some(self.hash_of_columns(2, &[self.old_channel()?]))
    }

    /// The hash of the first version: `0x01`, then the fields kind, id, survey, questionnaire hash,
    /// mode, channel, day of receipt (days since 1970-01-01 UTC, decimal), answers. `None` for a
    /// row that the first version cannot have stored.
    fn hash_v1(&self) -> Option<String> {
        let day = self.received_at.div_euclid(86_400_000_000).to_string();
        let fields = [
            "sub",
            &self.id,
            &self.survey,
            &self.questionnaire_hash,
            &self.mode,
            self.old_channel()?,
            &day,
            &self.answers,
        ];
        Some(self.hash(1, fields.into_iter()))
    }

    /// What `channel` held before the PSU had its own column. `None` for a row with both channel
    /// and PSU, or with a PSU online: earlier versions did not store such rows.
    fn old_channel(&self) -> Option<&str> {
        match (
            self.psu.is_empty(),
            self.channel.is_empty(),
            self.mode.as_str(),
        ) {
            (true, _, _) => Some(&self.channel),
            (false, true, "onsite" | "paper") => Some(&self.psu),
            _ => None,
        }
    }

    fn hash_of_columns(&self, version: u8, channel_and_psu: &[&str]) -> String {
        let number = |number: Option<i64>| number.map_or_else(String::new, |n| n.to_string());
        let (started, finished) = (number(self.started_at), number(self.finished_at));
        let duration = number(self.duration);
        let mut received = itoa::Buffer::new();
        let before = [
            "sub",
            &self.id,
            &self.survey,
            &self.questionnaire_hash,
            &self.mode,
        ];
        let after = [
            &self.area,
            received.format(self.received_at),
            &started,
            &finished,
            &duration,
            &self.enumerator,
            &self.device,
            &self.flags,
            &self.answers,
        ];
        let fields = before.into_iter().chain(channel_and_psu.iter().copied());
        self.hash(version, fields.chain(after))
    }

    fn hash<'f>(&self, version: u8, fields: impl Iterator<Item = &'f str>) -> String {
        // An invalid nonce gives a hash that matches no leaf.
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

/// A response ready to be written, except for its leaf index.
///
/// The submitting thread makes it, because every submission waits for the one writer. This is
/// possible since the leaf's hash does not depend on the index.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) row: StoredResponse,
    pub(super) leaf: Leaf,
    /// Hash of the invitation to spend.
    pub(super) invitation: Option<String>,
    id: Uuid,
}

impl Prepared {
    /// The stored form of `new` under a fresh nonce.
    pub(super) fn new(new: Response, nonce: &[u8; 32]) -> Prepared {
        let row = StoredResponse {
            id: new.id.to_string(),
            survey: new.survey,
            questionnaire_hash: new.questionnaire_hash,
            mode: new.mode,
            channel: new.channel,
            psu: new.psu,
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
            invitation: new.invitation.map(|hash| hash.0),
            id: new.id,
        }
    }

    /// The receipt to send after the commit.
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
    /// `sub` for a response; `store::tables` has the other kinds.
    pub kind: String,
    /// Hex.
    pub hash: String,
}

/// The receipt for a stored response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The response.
    pub id: Uuid,
    /// The index of its leaf, from 0.
    pub leaf_index: i64,
    /// Its leaf's hash, hex. It reveals nothing about the answers.
    pub leaf_hash: String,
    /// Microseconds UTC.
    pub received_at: i64,
    /// Whether the response was stored before.
    pub repeated: bool,
}

/// A stored response and the hash in its leaf.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = response)]
pub(super) struct LoggedResponse {
    #[diesel(embed)]
    pub(super) row: StoredResponse,
    /// `None` if the leaf is missing: the log is damaged.
    #[diesel(select_expression = leaf::hash.nullable())]
    pub(super) hash: Option<String>,
}

impl LoggedResponse {
    /// Whether the row has the hash that its leaf has.
    pub(super) fn matches_leaf(&self) -> bool {
        self.hash
            .as_ref()
            .is_some_and(|logged| self.row.has_hash(|hash| hash == logged))
    }

    /// The receipt, with the hash from the log.
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

/// Bytes from lower-case hexadecimal; `None` if `text` is anything else.
pub(super) fn unhex(text: &str) -> Option<Vec<u8>> {
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
