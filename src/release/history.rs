//! What was in use before: the wordings that the responses answered, and the plans that figures were
//! made by.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::questionnaire::Text;
use crate::release::versions::{StoredVersion, StoredVersions};
use crate::store::PlanVersion;
use crate::survey::plan::IndicatorKind;
use crate::survey::{PlanFiles, hex_digest};

/// A questionnaire version that responses in the figures answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wording {
    /// Its hash.
    pub hash: String,
    /// Responses in the figures that answered it.
    pub n: u64,
    /// The days on which it was taken into use, `YYYY-MM-DD`; empty if it is not stored.
    pub since: Vec<String>,
    /// Why it was taken into use, each time with a reason.
    pub reasons: Vec<String>,
}

/// The wordings by which `n_by_version` responses were given: the stored ones oldest first, then those
/// that are not stored.
pub fn wordings(n_by_version: &BTreeMap<String, u64>, versions: &StoredVersions) -> Vec<Wording> {
    let mut found: Vec<(usize, Wording)> = Vec::new();
    for (hash, n) in n_by_version {
        let version = versions.answered(hash);
        let rows: Vec<_> = version
            .map(|version| versions.same_wording(version).collect())
            .unwrap_or_default();
        // The hash of the newest row is the one that new responses get.
        let hash = rows.last().map_or(hash, |row| &row.row.hash);
        if let Some((_, known)) = found.iter_mut().find(|(_, known)| known.hash == *hash) {
            known.n += n;
            continue;
        }
        let first = |row: &&StoredVersion| {
            let mut all = versions.all().iter();
            all.position(|own| own.row == row.row)
        };
        let reasons = rows.iter().map(|row| row.row.reason.clone());
        found.push((
            rows.first().and_then(first).unwrap_or(usize::MAX),
            Wording {
                hash: hash.clone(),
                n: *n,
                since: rows.iter().map(|row| day(row.row.since)).collect(),
                reasons: reasons.filter(|reason| !reason.is_empty()).collect(),
            },
        ));
    }
    found.sort_by_key(|(place, _)| *place);
    found.into_iter().map(|(_, wording)| wording).collect()
}

/// A plan that is no longer in use, and what came out by it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EarlierPlan {
    /// The day on which another took its place, `YYYY-MM-DD`.
    pub until: String,
    /// Why.
    pub reason: String,
    /// The files that were changed, each with the SHA-256 that it had before; empty for a file that
    /// was not there.
    pub files: Vec<(String, String)>,
    /// The headline figures by it at that moment; `None` if there were none.
    pub headlines: Option<Headlines>,
}

/// The headline figures by a plan, as they are kept in the database.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Headlines {
    /// When the newest response in them was received, RFC 3339 UTC.
    pub updated: String,
    /// Responses that counted.
    pub n: u64,
    /// One for each indicator of the plan, in plan order.
    pub indicators: Vec<Headline>,
}

/// One indicator by a plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Headline {
    /// Its code.
    pub code: String,
    /// Its title by language.
    pub title: BTreeMap<String, String>,
    /// Share, mean or ratio.
    pub kind: IndicatorKind,
    /// The target in numbers, if it had such a one.
    pub target: Option<f64>,
    /// Estimate, lower and upper bound; `None` if it was suppressed.
    pub estimate: Option<[f64; 3]>,
    /// `met`, `not_met`, `inconclusive` or `suppressed`; `None` without a target.
    pub verdict: Option<String>,
}

impl Headlines {
    /// As JSON for the database.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl Headline {
    /// Its title.
    #[must_use]
    pub fn title(&self) -> Text {
        Text::from(self.title.clone())
    }
}

/// The plans of `versions` (oldest first) that others took the place of while there were responses,
/// oldest first.
pub fn earlier_plans(versions: &[PlanVersion]) -> Vec<EarlierPlan> {
    let pairs = versions.iter().zip(versions.iter().skip(1));
    pairs
        .filter(|(_, next)| !next.reason.is_empty())
        .map(|(plan, next)| {
            let files = |version: &PlanVersion| PlanFiles::from_json(&version.source);
            let (old, new) = (files(plan).unwrap_or_default(), files(next));
            let changed = new.unwrap_or_default().changed_from(&old);
            let named = old.named().into_iter();
            let named = named.filter(|(name, _)| changed.contains(name));
            let hash = |text: &str| match text {
                "" => String::new(),
                text => hex_digest(text.as_bytes()),
            };
            EarlierPlan {
                until: day(next.since),
                reason: next.reason.clone(),
                files: named
                    .map(|(name, text)| (name.to_owned(), hash(text)))
                    .collect(),
                headlines: serde_json::from_str(&next.figures).ok(),
            }
        })
        .collect()
}

/// The local day of a moment (microseconds UTC), `YYYY-MM-DD`.
pub fn day(moment: i64) -> String {
    Timestamp::from_microsecond(moment).map_or_else(
        |_| String::new(),
        |time| jiff::tz::offset(8).to_datetime(time).date().to_string(),
    )
}
