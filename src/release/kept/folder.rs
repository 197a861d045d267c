//! The folder of the columns of all waves: reads a wave from there, and from the database what is not
//! there yet.
//!
//! A wave is a folder of segments of [`SEGMENT`] rows. A segment is written once and never changed,
//! because the log only grows. What does not fill a segment is read from the database each time. The
//! files can be deleted at any time: they are written again.
//!
//! The rows of the database stay what counts. Before the segments are used, their last row is
//! compared with the database; [`KeptColumns::verify`] compares all, each row with its leaf.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::release::kept::segment::{decode, encode};
use crate::release::kept::wave_columns::{WaveColumns, questions};
use crate::release::row::DatasetError;
use crate::store::{Store, StoreError, StoredResponse};
use crate::survey::{Survey, hex_digest};

/// Rows of a segment.
pub const SEGMENT: usize = 16_384;

/// Why a wave cannot be read.
#[derive(Debug)]
pub enum ReadError {
    /// The database could not be read.
    Store(StoreError),
    /// A response could not be read.
    Dataset(DatasetError),
}

impl From<StoreError> for ReadError {
    fn from(error: StoreError) -> ReadError {
        ReadError::Store(error)
    }
}

impl From<DatasetError> for ReadError {
    fn from(error: DatasetError) -> ReadError {
        ReadError::Dataset(error)
    }
}

/// The columns of all waves of a database, kept in a folder.
#[derive(Debug, Clone)]
pub struct KeptColumns {
    /// `None` where nothing is kept: everything is read from the database.
    folder: Option<PathBuf>,
    /// Rows of a segment.
    rows: usize,
}

/// The segments of one wave.
struct Segments<'a> {
    folder: Option<PathBuf>,
    survey: &'a Survey,
    schema: String,
    /// Rows of a segment.
    rows: usize,
}

impl KeptColumns {
    /// In the data folder `data`.
    #[must_use]
    pub fn in_folder(data: &Path) -> KeptColumns {
        KeptColumns {
            folder: Some(data.join("columns")),
            rows: SEGMENT,
        }
    }

    /// Nowhere: every row is read from the database each time.
    #[must_use]
    pub fn nowhere() -> KeptColumns {
        KeptColumns {
            folder: None,
            rows: SEGMENT,
        }
    }

    /// The same with segments of `rows` rows (at least 1), for small waves.
    #[must_use]
    pub fn with_segments_of(self, rows: usize) -> KeptColumns {
        KeptColumns {
            rows: rows.max(1),
            ..self
        }
    }

    /// Whether a wave of `n` responses fills a segment. Smaller ones are read from the database each
    /// time.
    #[must_use]
    pub fn is_large(&self, n: u64) -> bool {
        usize::try_from(n).is_ok_and(|n| n >= self.rows)
    }

    pub(super) fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    fn segments<'a>(&self, survey: &'a Survey) -> Segments<'a> {
        let schema = format!("{} {}", self.rows, questions(survey).join(" "));
        Segments {
            folder: self.folder.as_ref().map(|own| own.join(&survey.id)),
            survey,
            schema: hex_digest(schema.as_bytes()),
            rows: self.rows,
        }
    }

    /// The first `limit` stored responses of a wave (all if there are fewer), in leaf order. Keeps
    /// whole segments of what it had to read from the database.
    ///
    /// # Errors
    /// See [`ReadError`]. A segment that is damaged or not of this database is no error: it is
    /// written again.
    pub fn wave(
        &self,
        survey: &Survey,
        store: &Store,
        limit: u64,
    ) -> Result<WaveColumns, ReadError> {
        let segments = self.segments(survey);
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut wave = segments.read(limit);
        if !is_of(&wave, survey, store)? {
            segments.remove();
            wave = WaveColumns::new(survey);
        }
        let mut number = wave.len() / self.rows;
        let mut tail = WaveColumns::new(survey);
        let after = wave.leaf_index.last().copied().unwrap_or(-1);
        let n_before = u64::try_from(wave.len()).unwrap_or(u64::MAX);
        let mut take = |mut page: &[StoredResponse]| -> Result<(), ReadError> {
            while wave.len() + tail.len() < limit && !page.is_empty() {
                let room = (self.rows - tail.len()).min(limit - wave.len() - tail.len());
                let (own, rest) = page.split_at(room.min(page.len()));
                tail.push(own)?;
                page = rest;
                if tail.len() == self.rows {
                    segments.write(number, &tail);
                    wave.append(&tail);
                    number += 1;
                    tail = WaveColumns::new(survey);
                }
            }
            Ok(())
        };
        // Reads all of them: only all can be compared with their count.
        store.each_verified_page_after(&survey.id, (after, n_before), &mut take)?;
        wave.append(&tail);
        wave.truncate(limit);
        Ok(wave)
    }

    /// Compares every kept row with the database, and that with the log. Returns whether all are the
    /// same; those that are not are removed, so that they are read again.
    ///
    /// # Errors
    /// See [`ReadError`]; also for a row that is not the one of the log.
    pub fn verify(&self, survey: &Survey, store: &Store) -> Result<bool, ReadError> {
        let segments = self.segments(survey);
        let (mut number, mut is_same) = (0, true);
        let mut tail = WaveColumns::new(survey);
        let mut take = |mut page: &[StoredResponse]| -> Result<(), ReadError> {
            while !page.is_empty() {
                let (own, rest) = page.split_at((self.rows - tail.len()).min(page.len()));
                tail.push(own)?;
                page = rest;
                if tail.len() == self.rows {
                    let kept = segments.path(number).and_then(|path| fs::read(path).ok());
                    is_same &= kept.is_none_or(|kept| kept == segments.encode(&tail));
                    number += 1;
                    tail = WaveColumns::new(survey);
                }
            }
            Ok(())
        };
        store.each_verified_page(&survey.id, &mut take)?;
        if !is_same {
            segments.remove();
        }
        Ok(is_same)
    }
}

/// Whether the last row of `wave` is the one that the database has at its leaf.
fn is_of(wave: &WaveColumns, survey: &Survey, store: &Store) -> Result<bool, StoreError> {
    let (Some(last), Some(id)) = (wave.leaf_index.last(), wave.id.last()) else {
        return Ok(true);
    };
    let stored = store.scan(&survey.id, *last - 1, 1)?;
    Ok(stored
        .first()
        .is_some_and(|row| row.leaf_index == *last && row.id == id.to_string()))
}

/// Writes a file as a whole: others see the old one or the new one. Only the owner can read it.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)?;
    }
    let new = path.with_extension("new");
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    let mut file = options.open(&new)?;
    file.write_all(bytes)?;
    file.sync_data()?;
    fs::rename(new, path)
}

impl Segments<'_> {
    fn path(&self, number: usize) -> Option<PathBuf> {
        let folder = self.folder.as_ref()?;
        Some(folder.join(format!("{number:06}.columns")))
    }

    fn encode(&self, rows: &WaveColumns) -> Vec<u8> {
        encode(&self.survey.id, &self.schema, rows)
    }

    /// The rows of the segments that begin before the row `limit`, up to the first that cannot be
    /// read.
    fn read(&self, limit: usize) -> WaveColumns {
        let mut wave = WaveColumns::new(self.survey);
        let mut number = 0;
        let at_once = rayon::current_num_threads().max(1);
        loop {
            let numbers = number..number + at_once;
            let read = |number: usize| {
                let path = self.path(number).filter(|_| number * self.rows < limit)?;
                let bytes = fs::read(path).ok()?;
                let rows = decode(&self.survey.id, &self.schema, &bytes)?;
                (rows.len() == self.rows).then_some(rows)
            };
            let read: Vec<Option<WaveColumns>> = numbers.into_par_iter().map(read).collect();
            for rows in read {
                let Some(rows) = rows else { return wave };
                wave.append(&rows);
                number += 1;
            }
        }
    }

    /// Keeps a segment. A folder that cannot be written costs time, but no figure.
    fn write(&self, number: usize, rows: &WaveColumns) {
        let Some(path) = self.path(number) else {
            return;
        };
        let bytes = self.encode(rows);
        if let Err(error) = write_whole(&path, &bytes) {
            tracing::warn!(survey = self.survey.id, %error, "columns cannot be kept; figures take longer");
        }
    }

    fn remove(&self) {
        let Some(folder) = self.folder.as_ref().filter(|folder| folder.exists()) else {
            return;
        };
        if let Err(error) = fs::remove_dir_all(folder) {
            tracing::warn!(survey = self.survey.id, %error, "kept columns cannot be removed; delete them by hand");
        }
    }
}
