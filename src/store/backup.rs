//! Backups: all rows of either back end in one file that can be verified on its own.
//!
//! A backup is read page by page up to the head of the log at its start. So it is one state of the
//! database, yet no query lasts longer than a page and no submission waits.

use std::collections::BTreeMap;
use std::io::{BufRead, Write};

use crate::store::backup_file::{
    BackupError, End, FORMAT, HASH_DIGITS, Line, LineWriter, Manifest, damaged, each_line,
};
use crate::store::error::StoreError;
use crate::store::handle::Store;
use crate::store::head::StoredCount;
use crate::store::ledger::{Audit, Ledger};
use crate::store::migrations::schema_version;
use crate::store::response::StoredResponse;
use crate::store::tables::logged;

impl Store {
    /// Writes a backup and returns what it holds. Calls `progress` with the number of responses
    /// written so far.
    ///
    /// May run beside a server. If the log contradicts the responses, the backup fails.
    ///
    /// # Errors
    /// See [`BackupError`].
    pub fn backup(
        &self,
        out: &mut impl Write,
        made_at: &str,
        progress: &mut dyn FnMut(u64),
    ) -> Result<Audit, BackupError> {
        let head = self.head_with_invitations()?;
        let mut lines = LineWriter::new(out);
        let mut ledger = Ledger::default();
        lines.write(&Line::Backup(Manifest {
            format: FORMAT,
            software: env!("CARGO_PKG_VERSION").to_owned(),
            schema: schema_version(),
            made_at: made_at.to_owned(),
            leaves: head.next_leaf,
        }))?;
        for (name, value) in head.named_values.clone() {
            lines.write(&Line::NamedValue { name, value })?;
        }
        for ((survey, psu), hashes) in &head.invitations {
            // A line has at most 10,000 hashes.
            for hashes in hashes.as_bytes().chunks(10_000 * HASH_DIGITS) {
                lines.write(&Line::Invitations {
                    survey: survey.clone(),
                    psu: psu.clone(),
                    hashes: String::from_utf8_lossy(hashes).into_owned(),
                })?;
            }
        }
        self.each_leaf(&head, &mut |leaves| {
            leaves.iter().try_for_each(|leaf| {
                ledger.add_leaf(leaf);
                lines.write(&Line::Leaf(leaf.clone()))
            })
        })?;
        for (table, row) in self.logged_rows()? {
            ledger.add_row(table, (table.leaf)(&row));
            let table = table.name.to_owned();
            lines.write(&Line::Row { table, value: row })?;
        }
        let mut n_written = 0;
        self.each_response(&head, &mut |rows| {
            ledger.add_responses(rows);
            n_written += u64::try_from(rows.len()).unwrap_or(0);
            progress(n_written);
            rows.iter()
                .try_for_each(|row| lines.write(&Line::Response(Box::new(row.clone()))))
        })?;
        let audit = ledger.finish(&head.counts);
        if let Some(first) = audit.discrepancies.first() {
            return Err(BackupError::Store(StoreError::Damaged {
                path: self.inner.url.shown(),
                message: first.to_string(),
            }));
        }
        lines.write(&Line::End(End::of(&audit)))?;
        lines.finish()?;
        Ok(audit)
    }
}

/// Reads a whole backup and checks that bytes, log, hashes and counts agree.
///
/// # Errors
/// See [`BackupError`]; in particular any byte that differs from what was written.
pub fn verify(file: &mut dyn BufRead) -> Result<(Manifest, Audit), BackupError> {
    let mut ledger = Ledger::default();
    let mut rows: Vec<StoredResponse> = Vec::new();
    let mut manifest = None;
    let mut end = None;
    let n_lines = each_line(file, &mut |number, line| {
        let misplaced = |what: &str| Err(damaged(number, what));
        match line {
            Line::Backup(first) if number == 1 => manifest = Some(first),
            _ if manifest.is_none() => return misplaced("the first line is not a manifest"),
            _ if end.is_some() => return misplaced("there is a line after the end"),
            Line::Backup(_) => return misplaced("there is a second manifest"),
            Line::NamedValue { .. } => {}
            Line::Invitations { hashes, .. } => {
                if hashes.len() % HASH_DIGITS != 0 || !hashes.is_ascii() {
                    return misplaced("a hash of an invitation has not 32 digits");
                }
            }
            Line::Leaf(leaf) => ledger.add_leaf(&leaf),
            Line::Row { table, value } => match logged(&table) {
                Some(table) => ledger.add_row(table, (table.leaf)(&value)),
                None => return misplaced("a row of a table that this version does not know"),
            },
            Line::Response(row) => {
                rows.push(*row);
                if rows.len() == 1_000 {
                    ledger.add_responses(&rows);
                    rows.clear();
                }
            }
            Line::End(last) => end = Some(last),
        }
        Ok(())
    })?;
    ledger.add_responses(&rows);
    let truncated = || damaged(n_lines, "the file ends too early");
    let (manifest, end) = (manifest.ok_or_else(truncated)?, end.ok_or_else(truncated)?);
    let counts: BTreeMap<(String, String), StoredCount> = end
        .responses
        .iter()
        .map(|count| {
            let stated = StoredCount {
                n: count.n,
                leaf_range: None,
            };
            ((count.survey.clone(), count.mode.clone()), stated)
        })
        .collect();
    let audit = ledger.finish(&counts);
    if let Some(first) = audit.discrepancies.first() {
        return Err(damaged(n_lines, &first.to_string()));
    }
    if End::of(&audit) != end || u64::try_from(manifest.leaves) != Ok(audit.leaves) {
        return Err(damaged(
            n_lines,
            "the counts at the end differ from those of the lines",
        ));
    }
    Ok((manifest, audit))
}
