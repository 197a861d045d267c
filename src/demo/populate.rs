//! Fills the database with the responses of all waves of the fictional city.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use uuid::Uuid;

use crate::collection::{
    self, Answers, Intake, InvitationCode, InvitationHash, InvitationKey, Response, Submission,
    Timing,
};
use crate::demo::city::City;
use crate::demo::filled::Filled;
use crate::demo::waves::WAVES;
use crate::questionnaire::answer::{self, Mode};
use crate::store::{Store, StoreError, SubmitError};
use crate::survey::{Catalogue, Survey};

/// Responses stored at a time.
const BATCH: usize = 2_000;

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

/// What the city is made of.
#[derive(Debug, Clone, Copy)]
pub struct Fiction<'a> {
    /// The surveys.
    pub catalogue: &'a Catalogue,
    /// Seed of the random numbers.
    pub seed: u64,
    /// Responses over all waves.
    pub responses: u32,
    /// Key of the hashes of invitations.
    pub invitation_key: &'a InvitationKey,
}

/// Stores what is missing of `responses` over all waves; after an interruption it goes on where it
/// stopped. `progress` is called with the number of responses made.
///
/// # Errors
/// See [`PopulateError`].
pub fn populate(
    fiction: &Fiction<'_>,
    store: &Store,
    progress: &mut dyn FnMut(u64),
) -> Result<(), PopulateError> {
    let Fiction {
        catalogue,
        seed,
        responses,
        ..
    } = *fiction;
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
        let city = || City::new(survey, &catalogue.areas, seed, (&wave, responses));
        issue_invitations(fiction, survey, store, city(), stored..count)?;
        let mut city = city();
        let mut batch = Vec::with_capacity(BATCH);
        for number in 0..count {
            // Also for responses that are stored: the next ones depend on the same random numbers.
            let filled = city.respond().ok_or_else(|| invalid(survey))?;
            made += 1;
            if number < stored {
                continue;
            }
            let response = response(fiction, survey, &filled, number);
            batch.push(response.ok_or_else(|| invalid(survey))?);
            if batch.len() == BATCH || number + 1 == count {
                let batch = std::mem::take(&mut batch);
                store.insert_all(batch).map_err(PopulateError::Submit)?;
                progress(made);
            }
        }
    }
    Ok(())
}

fn invalid(survey: &Survey) -> PopulateError {
    PopulateError::Invalid {
        survey: survey.id.clone(),
    }
}

/// Whether a person of the sample was invited and answers online.
fn is_invited(filled: &Filled<'_>) -> bool {
    filled.mode == Mode::Online && !filled.psu.is_empty()
}

fn response_id(fiction: &Fiction<'_>, survey: &Survey, number: u64) -> Uuid {
    let name = format!("demo/{}/{}/{number}", fiction.seed, survey.id);
    Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes())
}

/// A code that is made from the id of a response: the one that is spent with it, or one that is not
/// spent.
fn code(id: Uuid, is_used: bool) -> InvitationCode {
    let name = if is_used { b"used" } else { b"free" };
    let (bits, _) = Uuid::new_v5(&id, name).as_u64_pair();
    InvitationCode::from_bits(bits)
}

impl Fiction<'_> {
    fn hash(&self, survey: &Survey, id: Uuid, is_used: bool) -> InvitationHash {
        self.invitation_key.hash(&survey.id, &code(id, is_used))
    }

    /// A code of the newest wave that is not spent, to try; `None` if nobody is invited.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn unspent_code(
        &self,
        store: &Store,
    ) -> Result<Option<(String, InvitationCode)>, StoreError> {
        let newest = WAVES.iter().rev().find_map(|wave| {
            let survey = self.catalogue.surveys.get(wave.id)?;
            (!survey.frame.is_empty()).then_some((wave, survey))
        });
        let Some((wave, survey)) = newest else {
            return Ok(None);
        };
        let areas = &self.catalogue.areas;
        let mut city = City::new(survey, areas, self.seed, (wave, self.responses));
        for number in 0..wave.n_responses(self.responses) {
            if !city.respond().is_some_and(|filled| is_invited(&filled)) {
                continue;
            }
            let id = response_id(self, survey, number);
            let hash = self.hash(survey, id, false);
            if store.invitation_psu(&hash)?.is_some() {
                return Ok(Some((survey.id.clone(), code(id, false))));
            }
        }
        Ok(None)
    }
}

/// Issues two invitations for each response of an invited person: every second one answers.
fn issue_invitations(
    fiction: &Fiction<'_>,
    survey: &Survey,
    store: &Store,
    mut city: City<'_>,
    missing: std::ops::Range<u64>,
) -> Result<(), PopulateError> {
    let mut hashes: BTreeMap<String, Vec<InvitationHash>> = BTreeMap::new();
    for number in 0..missing.end {
        let filled = city.respond().ok_or_else(|| invalid(survey))?;
        if is_invited(&filled) && missing.contains(&number) {
            let id = response_id(fiction, survey, number);
            let own = hashes.entry(filled.psu.to_owned()).or_default();
            own.extend([true, false].map(|is_used| fiction.hash(survey, id, is_used)));
        }
    }
    let invited = hashes.values().flatten().next();
    // After an interruption they are stored already.
    let is_issued = match invited {
        Some(hash) => store
            .invitation_psu(hash)
            .map_err(PopulateError::Store)?
            .is_some(),
        None => true,
    };
    if is_issued {
        return Ok(());
    }
    let issued_at = Timestamp::now().as_microsecond();
    let key_check = fiction.invitation_key.check_value();
    store
        .issue_invitations(&survey.id, hashes, &key_check, issued_at)
        .map_err(PopulateError::Store)
}

/// The response number `number`; `None` where the form is not valid.
pub(super) fn response(
    fiction: &Fiction<'_>,
    survey: &Survey,
    filled: &Filled<'_>,
    number: u64,
) -> Option<Response> {
    let catalogue = fiction.catalogue;
    let id = response_id(fiction, survey, number);
    let invitation = is_invited(filled).then(|| fiction.hash(survey, id, true));
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
        id,
        mode: filled.mode,
        channel: filled.channel,
        psu: filled.psu,
        invitation: invitation.as_ref(),
        enumerator: filled.enumerator,
        device: "",
        timing: timing(filled)?,
        flags: "",
        answers: Answers::Form(&fields),
    };
    match collection::intake(survey, areas, &submission) {
        Intake::Accepted(response) => Some(*response),
        Intake::Faults(_) | Intake::ScreenedOut { .. } => None,
    }
}

/// When a response was given.
fn timing(filled: &Filled<'_>) -> Option<Timing> {
    let seconds = i64::from(filled.seconds);
    let finished = filled.began.as_second() + seconds;
    let finished = Timestamp::from_second(finished).ok()?;
    Some(Timing::new(finished, Some(filled.began), Some(finished)))
}
