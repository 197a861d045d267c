//! The figures of a large wave as they were computed last, so that a server that starts has them at
//! once.
//!
//! They are used only for the same responses, folders, stored versions and program; the name of all
//! that is a [`Basis`]. Figures of a wave that does not fill a segment are computed from the database
//! at once, and are not kept.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::questionnaire::Text;
use crate::release::figures::Figures;
use crate::release::kept::folder::{KeptColumns, write_whole};
use crate::survey::hex_digest;

/// What figures rest on, as a hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Basis(String);

/// Collects what figures rest on.
pub struct BasisBuilder(Sha256);

impl Default for BasisBuilder {
    fn default() -> BasisBuilder {
        let mut basis = BasisBuilder(Sha256::new());
        basis.add(&env!("CARGO_PKG_VERSION"));
        basis.add(&program());
        basis
    }
}

impl BasisBuilder {
    /// Adds a value by what `Debug` writes of it.
    pub fn add(&mut self, value: &dyn std::fmt::Debug) {
        let written = format!("{value:?}");
        self.0.update(written.len().to_le_bytes());
        self.0.update(written);
    }

    /// The hash of all that was added.
    #[must_use]
    pub fn finish(self) -> Basis {
        Basis(hex_digest(&self.0.finalize()))
    }
}

/// Length and time of the program's file: another build may compute other figures.
fn program() -> Option<(u64, std::time::SystemTime)> {
    let file = std::env::current_exe().and_then(fs::metadata).ok()?;
    Some((file.len(), file.modified().ok()?))
}

#[derive(Serialize, Deserialize)]
struct Kept {
    basis: String,
    /// Without the rows of evidence.
    figures: Figures,
    /// The different texts in the rows of evidence: many thousand rows repeat a few.
    texts: Vec<Text>,
    /// The rows, as places in `texts`.
    rows: Vec<Vec<usize>>,
}

impl Kept {
    fn new(basis: &Basis, figures: &Figures) -> Kept {
        let mut figures = figures.clone();
        let rows = figures
            .evidence
            .as_mut()
            .map(|own| std::mem::take(&mut own.rows));
        let mut places: BTreeMap<Text, usize> = BTreeMap::new();
        let mut texts = Vec::new();
        let mut place = |text: Text| {
            *places.entry(text).or_insert_with_key(|text| {
                texts.push(text.clone());
                texts.len() - 1
            })
        };
        let rows = rows.unwrap_or_default().into_iter();
        let rows = rows.map(|row| row.into_iter().map(&mut place).collect());
        Kept {
            basis: basis.0.clone(),
            rows: rows.collect(),
            texts,
            figures,
        }
    }

    /// The figures. Equal texts share their memory, as those do that were computed.
    fn into_figures(self) -> Figures {
        let text = |place: usize| self.texts.get(place).cloned().unwrap_or_default();
        let rows = self.rows.into_iter();
        let rows = rows.map(|row| row.into_iter().map(text).collect());
        let mut figures = self.figures;
        if let Some(evidence) = &mut figures.evidence {
            evidence.rows = rows.collect();
        }
        figures
    }
}

impl KeptColumns {
    fn figures_path(&self, survey: &str) -> Option<PathBuf> {
        Some(self.folder()?.join(survey).join("figures.json"))
    }

    /// The figures that were kept for this basis; `None` if there are none.
    #[must_use]
    pub fn figures(&self, survey: &str, basis: &Basis) -> Option<Figures> {
        let bytes = fs::read(self.figures_path(survey)?).ok()?;
        let kept: Kept = serde_json::from_slice(&bytes).ok()?;
        (kept.basis == basis.0).then(|| kept.into_figures())
    }

    /// Keeps figures of `n` responses. Figures that would not be the same after reading are not kept.
    pub fn keep_figures(&self, figures: &Figures, basis: &Basis, n: u64) {
        let path = self.figures_path(&figures.survey);
        let Some(path) = path.filter(|_| self.is_large(n)) else {
            return;
        };
        let kept = Kept::new(basis, figures);
        let Ok(bytes) = serde_json::to_vec(&kept) else {
            return;
        };
        let again = serde_json::from_slice::<Kept>(&bytes);
        let again = again.and_then(|kept| serde_json::to_vec(&kept));
        // JSON writes an infinite number as it writes NaN.
        let written = format!("{figures:?}");
        let is_infinite = [": inf", ": -inf", "(inf", "(-inf"]
            .iter()
            .any(|own| written.contains(own));
        if is_infinite || !again.is_ok_and(|again| again == bytes) {
            tracing::debug!(
                survey = figures.survey,
                "the figures have a value that cannot be kept"
            );
            return;
        }
        if let Err(error) = write_whole(&path, &bytes) {
            tracing::warn!(survey = figures.survey, %error, "figures cannot be kept; the next start takes longer");
        }
    }

    /// Removes the kept figures of a survey.
    pub fn forget_figures(&self, survey: &str) {
        if let Some(path) = self.figures_path(survey).filter(|path| path.exists())
            && let Err(error) = fs::remove_file(path)
        {
            tracing::warn!(survey, %error, "kept figures cannot be removed");
        }
    }
}
