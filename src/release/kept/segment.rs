//! The bytes of a segment: some rows of a wave as a file.
//!
//! | part | bytes |
//! |---|---|
//! | [`MAGIC`] | 16 |
//! | length of the head, little-endian | 4 |
//! | the head, JSON: survey, schema, rows, labels and width of each column of labels | |
//! | ids; leaf indices; times of receipt; durations | 16, 8, 8, 8 a row |
//! | the codes of each column of labels; the largest number is missing | 1, 2 or 4 a row |
//! | SHA-256 of all before | 32 |
//!
//! Equal rows give equal bytes.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::estimation::columns::Codes;
use crate::release::kept::label_column::LabelColumn;
use crate::release::kept::wave_columns::WaveColumns;

/// How a segment begins.
const MAGIC: &[u8; 16] = b"minyi columns 1\n";

/// Bytes of the hash at the end.
const HASH: usize = 32;

#[derive(Serialize, Deserialize)]
struct Head {
    survey: String,
    schema: String,
    rows: usize,
    columns: Vec<HeadColumn>,
}

#[derive(Serialize, Deserialize)]
struct HeadColumn {
    name: String,
    labels: Vec<String>,
    /// Bytes of a code.
    width: usize,
}

/// The bytes of a segment of `survey` with the rows of `wave`.
#[must_use]
pub fn encode(survey: &str, schema: &str, wave: &WaveColumns) -> Vec<u8> {
    let columns = all_columns(wave);
    let head = Head {
        survey: survey.to_owned(),
        schema: schema.to_owned(),
        rows: wave.len(),
        columns: columns.iter().map(head_column).collect(),
    };
    let head = serde_json::to_vec(&head).unwrap_or_default();
    let mut bytes = MAGIC.to_vec();
    bytes.extend(u32::try_from(head.len()).unwrap_or(u32::MAX).to_le_bytes());
    bytes.extend(head);
    for id in &wave.id {
        bytes.extend_from_slice(id.as_bytes());
    }
    for numbers in [&wave.leaf_index, &wave.received_at, &wave.duration] {
        for number in numbers {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
    }
    for (_, column) in columns {
        match column.codes() {
            Codes::U8(codes) => bytes.extend_from_slice(codes),
            Codes::U16(codes) => bytes.extend(codes.iter().flat_map(|code| code.to_le_bytes())),
            Codes::U32(codes) => bytes.extend(codes.iter().flat_map(|code| code.to_le_bytes())),
        }
    }
    let hash = Sha256::digest(&bytes);
    bytes.extend_from_slice(&hash);
    bytes
}

/// The rows of a segment; `None` if the bytes are not those of a whole segment of `survey` with this
/// schema.
#[must_use]
pub fn decode(survey: &str, schema: &str, bytes: &[u8]) -> Option<WaveColumns> {
    let (body, hash) = bytes.split_at_checked(bytes.len().checked_sub(HASH)?)?;
    if Sha256::digest(body).as_slice() != hash {
        return None;
    }
    let body = body.strip_prefix(MAGIC)?;
    let (length, body) = body.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
    let (head, mut body) = body.split_at_checked(length)?;
    let head: Head = serde_json::from_slice(head).ok()?;
    if head.survey != survey || head.schema != schema {
        return None;
    }
    let rows = head.rows;
    let mut take = |width: usize| {
        let (own, rest) = body.split_at_checked(rows.checked_mul(width)?)?;
        body = rest;
        Some(own)
    };
    let id = take(16)?.as_chunks::<16>().0.iter();
    let id = id.map(|bytes| Uuid::from_bytes(*bytes)).collect();
    let (leaf_index, received_at, duration) =
        (integers(take(8)?), integers(take(8)?), integers(take(8)?));
    let mut columns = Vec::with_capacity(head.columns.len());
    for column in head.columns {
        let codes = codes(column.width, take(column.width)?)?;
        columns.push((column.name, LabelColumn::new(codes, column.labels)));
    }
    let mut columns = columns.into_iter();
    let mut next = || columns.next().map(|(_, column)| column);
    Some(WaveColumns {
        id,
        leaf_index,
        received_at,
        duration,
        mode: next()?,
        channel: next()?,
        psu: next()?,
        enumerator: next()?,
        area: next()?,
        version: next()?,
        flags: next()?,
        answers: columns.collect(),
    })
}

/// All columns of labels, in the order of the file.
fn all_columns(wave: &WaveColumns) -> Vec<(&str, &LabelColumn)> {
    let answers = wave.answers.iter();
    let answers = answers.map(|(code, column)| (code.as_str(), column));
    wave.label_columns().into_iter().chain(answers).collect()
}

fn head_column((name, column): &(&str, &LabelColumn)) -> HeadColumn {
    HeadColumn {
        name: (*name).to_owned(),
        labels: column.labels().to_vec(),
        width: match column.codes() {
            Codes::U8(_) => 1,
            Codes::U16(_) => 2,
            Codes::U32(_) => 4,
        },
    }
}

fn integers(bytes: &[u8]) -> Vec<i64> {
    let numbers = bytes.as_chunks::<8>().0.iter();
    numbers.map(|bytes| i64::from_le_bytes(*bytes)).collect()
}

fn codes(width: usize, bytes: &[u8]) -> Option<Codes> {
    Some(match width {
        1 => Codes::U8(bytes.to_vec()),
        2 => {
            let codes = bytes.as_chunks::<2>().0.iter();
            Codes::U16(codes.map(|bytes| u16::from_le_bytes(*bytes)).collect())
        }
        4 => {
            let codes = bytes.as_chunks::<4>().0.iter();
            Codes::U32(codes.map(|bytes| u32::from_le_bytes(*bytes)).collect())
        }
        _ => return None,
    })
}
