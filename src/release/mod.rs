//! From stored responses to figures, by the plan.
//!
//! | file | does |
//! |---|---|
//! | [`survey`] | reads a survey folder and holds its files against each other |
//! | [`plan`], [`population`] | `plan.toml` and `population.csv` |
//! | [`dataset`], [`place`] | stored responses to columns: exclusions, variables, places in the sample design, base weights |
//! | [`spec`] | the plan as an estimation spec |
//! | [`compute`], [`change`] | columns to [`figures`], waves and modes compared |
//! | [`tables`] | figures as CSV and JSON-stat |
//! | [`export`] | microdata with codebook |

pub mod change;
pub mod compute;
pub mod dataset;
pub mod export;
pub mod figures;
pub mod place;
pub mod plan;
pub mod population;
pub mod spec;
pub mod survey;
pub mod tables;

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::locale::Language;
use crate::questionnaire::answer::Complete;
use crate::questionnaire::{Kind, Text};
use crate::store::{NewResponse, Store, Timing};

use compute::ComputeError;
use dataset::{Builder, Dataset, DatasetError};
use figures::Figures;
use plan::Plan;
use survey::{Catalogue, Survey};

/// Responses read from the database at a time.
const PAGE: i64 = 5_000;

/// A text of the locale in every language, for figures, which carry all of them.
pub fn words(key: &str) -> Text {
    let texts = Language::all().iter().map(|language| {
        (
            language.code().to_owned(),
            crate::locale::text(*language, key),
        )
    });
    Text::from(texts.collect::<BTreeMap<_, _>>())
}

/// Why figures could not be computed from the store.
#[derive(Debug)]
pub enum Unpublished {
    /// The database could not be read.
    Store(crate::store::StoreError),
    /// The responses could not be made columns.
    Dataset(DatasetError),
    /// The figures could not be computed.
    Compute(ComputeError),
}

impl std::fmt::Display for Unpublished {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Unpublished::Store(error) => write!(f, "{error}"),
            Unpublished::Dataset(error) => write!(f, "{error}"),
            Unpublished::Compute(error) => write!(f, "{error}"),
        }
    }
}

impl std::error::Error for Unpublished {}

impl From<crate::store::StoreError> for Unpublished {
    fn from(error: crate::store::StoreError) -> Unpublished {
        Unpublished::Store(error)
    }
}

/// The figures of a survey from its first `limit` stored responses (all if there are fewer), in leaf order.
///
/// # Errors
/// See [`Unpublished`].
pub fn compute_stored(
    catalogue: &Catalogue,
    survey: &Survey,
    store: &Store,
    limit: u64,
    previous: &BTreeMap<String, Figures>,
) -> Result<Figures, Unpublished> {
    let plan = survey
        .plan
        .as_ref()
        .ok_or(Unpublished::Compute(ComputeError::NoPlan))?;
    let dataset = stored_dataset(catalogue, survey, plan, store, limit)?;
    compute::figures(catalogue, survey, &dataset, previous).map_err(Unpublished::Compute)
}

/// The first `limit` stored responses of a survey as columns, in leaf order.
fn stored_dataset(
    catalogue: &Catalogue,
    survey: &Survey,
    plan: &Plan,
    store: &Store,
    limit: u64,
) -> Result<Dataset, Unpublished> {
    let counted = store
        .count(&survey.id)
        .map_err(Unpublished::Store)?
        .min(limit);
    let mut builder =
        Builder::new(survey, plan, &catalogue.areas, counted).map_err(Unpublished::Dataset)?;
    let mut left = usize::try_from(counted).unwrap_or(usize::MAX);
    // All of them, since only all can be held against their count.
    store.each_logged(&survey.id, &mut |page| {
        for response in page.iter().take(left) {
            builder.push(response).map_err(Unpublished::Dataset)?;
        }
        left = left.saturating_sub(page.len());
        Ok::<(), Unpublished>(())
    })?;
    builder.finish().map_err(Unpublished::Dataset)
}

/// Longest channel, enumerator or device, bytes.
const LONGEST_LABEL: usize = 64;

/// Whether `text` can be a channel, an enumerator or a device: short, without control characters, which could make two
/// lines of one in a list, a file or a terminal, and without what cannot be seen. The same at every door.
pub fn is_label(text: &str) -> bool {
    text.len() <= LONGEST_LABEL
        && !text
            .chars()
            .any(|letter| letter.is_control() || is_hidden(letter))
}

/// Whether a character has no form of its own and changes how others are shown: two texts look alike, or a text reads
/// otherwise than it is written (Unicode Technical Report 36, section 2.5; Default_Ignorable_Code_Point and the
/// bidirectional controls of UAX 9).
pub fn is_hidden(letter: char) -> bool {
    matches!(
        letter,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// A response ready to be stored, from answers that were parsed.
pub fn new_response(
    id: Uuid,
    survey: &Survey,
    channel: &str,
    complete: &Complete,
    timing: Timing,
) -> NewResponse {
    let area = survey
        .questionnaire
        .questions()
        .find(|(_, question)| matches!(question.kind, Kind::Area { .. }));
    let area = area.and_then(|(_, question)| complete.get(&question.code));
    NewResponse {
        id,
        survey: survey.id.clone(),
        questionnaire_hash: survey.questionnaire_hash.clone(),
        mode: complete.mode().as_str().to_owned(),
        channel: channel.to_owned(),
        area: area.map_or_else(String::new, |area| area.text().into_owned()),
        timing,
        enumerator: String::new(),
        device: String::new(),
        flags: String::new(),
        answers: complete.canonical_json(),
    }
}
