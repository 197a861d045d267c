//! Fills the database with the responses of all waves of the fictional city.

use std::fmt;

use jiff::{Timestamp, civil, tz};
use uuid::Uuid;

use crate::collection::{self, Answers, Intake, Response, Submission, Timing};
use crate::demo::city::{City, Filled};
use crate::demo::waves::WAVES;
use crate::questionnaire::answer;
use crate::store::{Store, StoreError, SubmitError};
use crate::survey::{Catalogue, Survey};

/// Responses stored at a time.
const BATCH: usize = 2_000;

/// Days over which the responses of a wave are spread, from the first day of its collection.
const DAYS: u64 = 60;

/// Responses come in by day: from 08:00 in China, for this many seconds (11 hours).
const DAYLIGHT: u64 = 39_600;

/// Why the city could not be made.
#[derive(Debug)]
pub enum PopulateError {
    /// The database could not be read.
    Store(StoreError),
    /// The responses could not be stored.
    Submit(SubmitError),
    /// A form that this program filled in does not satisfy the questionnaire.
    Invalid {
        /// The survey.
        survey: String,
    },
}

impl fmt::Display for PopulateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PopulateError::Store(error) => write!(f, "{error}"),
            PopulateError::Submit(error) => write!(f, "{error}"),
            PopulateError::Invalid { survey } => write!(
                f,
                "a fictional response to {survey} is not valid: the questionnaire was changed, or \
                 this is a bug of minyi"
            ),
        }
    }
}

impl std::error::Error for PopulateError {}

/// Stores what is missing of `responses` over all waves; after an interruption it goes on where it
/// stopped. `progress` is called with the number of responses made.
///
/// # Errors
/// See [`PopulateError`].
pub fn populate(
    catalogue: &Catalogue,
    store: &Store,
    seed: u64,
    responses: u32,
    progress: &mut dyn FnMut(u64),
) -> Result<(), PopulateError> {
    let mut made = 0;
    for wave in WAVES {
        let Some(survey) = catalogue.surveys.get(wave.id) else {
            continue;
        };
        let count = wave.n_responses(responses);
        let stored = store.count(wave.id).map_err(PopulateError::Store)?;
        if stored >= count {
            made += count;
            continue;
        }
        let mut city = City::new(survey, &catalogue.areas, seed, wave.levels);
        let mut batch = Vec::with_capacity(BATCH);
        for number in 0..count {
            // Also for responses that are stored: the next ones depend on the same random numbers.
            let filled = city.respond();
            made += 1;
            if number < stored {
                continue;
            }
            let response = response(catalogue, survey, &filled, seed, number, count);
            batch.push(response.ok_or_else(|| PopulateError::Invalid {
                survey: survey.id.clone(),
            })?);
            if batch.len() == BATCH || number + 1 == count {
                let batch = std::mem::take(&mut batch);
                store.insert_all(batch).map_err(PopulateError::Submit)?;
                progress(made);
            }
        }
    }
    Ok(())
}

/// The response number `number` of `count`; `None` where the form is not valid.
fn response(
    catalogue: &Catalogue,
    survey: &Survey,
    filled: &Filled<'_>,
    seed: u64,
    number: u64,
    count: u64,
) -> Option<Response> {
    let name = format!("demo/{seed}/{}/{number}", survey.id);
    let filled_in = filled.fields.iter();
    let fields: Vec<(&str, &str)> = filled_in
        .map(|(name, value)| (*name, value.as_ref()))
        .collect();
    // The city answers every question; those that this person is not asked are taken out.
    let (areas, given) = (&catalogue.areas, fields.iter().copied());
    let asked = answer::asked(&survey.questionnaire, areas, filled.mode, given.clone());
    let fields: Vec<(&str, &str)> = given.filter(|(name, _)| asked.contains(name)).collect();
    let submission = Submission {
        version: &survey.questionnaire_hash,
        id: Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()),
        mode: filled.mode,
        channel: filled.channel,
        psu: filled.psu,
        invited: !filled.psu.is_empty(),
        enumerator: "",
        device: "",
        timing: timing(survey, number, count, filled.seconds)?,
        flags: "",
        answers: Answers::Form(&fields),
    };
    match collection::intake(survey, areas, &submission) {
        Intake::Accepted(response) => Some(*response),
        Intake::Faults(_) | Intake::ScreenedOut { .. } => None,
    }
}

/// When a response was given: spread over the days of [`DAYS`], by daylight.
fn timing(survey: &Survey, number: u64, count: u64, seconds: u32) -> Option<Timing> {
    let opens: civil::Date = survey.questionnaire.opens.parse().ok()?;
    let china = tz::TimeZone::fixed(tz::offset(8));
    let first = opens.at(8, 0, 0, 0).to_zoned(china).ok()?.timestamp();
    let day = i64::try_from(number * DAYS / count.max(1)).ok()?;
    let second = i64::try_from(number.wrapping_mul(7_919) % DAYLIGHT).ok()?;
    let started = Timestamp::from_second(first.as_second() + day * 86_400 + second).ok()?;
    let finished = Timestamp::from_second(started.as_second() + i64::from(seconds)).ok()?;
    Some(Timing::new(finished, Some(started), Some(finished)))
}
