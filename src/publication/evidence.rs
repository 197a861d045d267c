//! Evidence that may be shown: what strangers wrote, after a member of staff has looked at it.

use std::collections::BTreeMap;

use crate::questionnaire::Text;
use crate::release::figures::Evidence;
use crate::store::EvidenceReview;

/// What can be decided about a row of evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It may be shown.
    Shown,
    /// It may not be shown.
    Hidden,
    /// It is the same as another row, which stands for both.
    Merged,
}

impl Verdict {
    /// The word for it in the database and in forms.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Verdict::Shown => "shown",
            Verdict::Hidden => "hidden",
            Verdict::Merged => "merged",
        }
    }

    /// The decision with that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Verdict> {
        let all = [Verdict::Shown, Verdict::Hidden, Verdict::Merged];
        all.into_iter().find(|own| own.as_str() == word)
    }
}

/// A row of evidence with the decision about it.
#[derive(Debug, Clone, PartialEq)]
pub struct ReviewedRow<'a> {
    /// The key of the row; see [`key`].
    pub key: String,
    /// Its texts.
    pub row: &'a [Text],
    /// How many times it occurs.
    pub n: usize,
    /// The newest decision about it, with its reason; `None` if nobody has decided.
    pub decision: Option<(Verdict, &'a EvidenceReview)>,
}

/// The key of a row: its Chinese texts as a JSON array.
#[must_use]
pub fn key(row: &[Text]) -> String {
    let texts: Vec<&str> = row.iter().map(|text| text.get("zh")).collect();
    serde_json::to_string(&texts).unwrap_or_default()
}

/// The different rows of `evidence` in order, each with the newest decision among `reviews` (of this
/// survey, oldest first).
#[must_use]
pub fn reviewed<'a>(
    evidence: &'a Evidence,
    survey: &str,
    reviews: &'a [EvidenceReview],
) -> Vec<ReviewedRow<'a>> {
    let own = reviews.iter().filter(|review| review.survey == survey);
    let decided: BTreeMap<&str, &EvidenceReview> =
        own.map(|review| (review.item.as_str(), review)).collect();
    let mut rows: Vec<ReviewedRow<'a>> = Vec::new();
    for row in &evidence.rows {
        let key = key(row);
        if let Some(known) = rows.iter_mut().find(|known| known.key == key) {
            known.n += 1;
            continue;
        }
        let decision = decided.get(key.as_str()).copied();
        rows.push(ReviewedRow {
            decision: decision.and_then(|own| Some((Verdict::parse(&own.decision)?, own))),
            key,
            row,
            n: 1,
        });
    }
    rows
}

/// The evidence that may be shown, each row once. The inner error: how many rows nobody has looked at
/// yet.
///
/// # Errors
/// When a row has no decision.
pub fn shown(
    evidence: &Evidence,
    survey: &str,
    reviews: &[EvidenceReview],
) -> Result<Evidence, usize> {
    let rows = reviewed(evidence, survey, reviews);
    let open = rows.iter().filter(|row| row.decision.is_none()).count();
    if open > 0 {
        return Err(open);
    }
    Ok(decided(evidence, survey, reviews))
}

/// The evidence that somebody decided to show; rows without a decision are left out.
#[must_use]
pub fn decided(evidence: &Evidence, survey: &str, reviews: &[EvidenceReview]) -> Evidence {
    let rows = reviewed(evidence, survey, reviews);
    let shown = rows
        .iter()
        .filter(|row| row.decision.is_some_and(|(own, _)| own == Verdict::Shown));
    Evidence {
        title: evidence.title.clone(),
        columns: evidence.columns.clone(),
        rows: shown.map(|row| row.row.to_vec()).collect(),
    }
}
