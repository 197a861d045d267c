//! What the handlers share.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use jiff::civil::Date;
use sha2::Sha256;
use tokio::sync::Semaphore;
use uuid::Uuid;

use crate::collection::Response;
use crate::http::body::Bodies;
use crate::http::document::{Document, Effort};
use crate::locale::Language;
use crate::pages;
use crate::pages::layout::Reader;
use crate::release::Publication;
use crate::store::{Receipt, Store, StoreError, SubmitError};
use crate::survey::{Catalogue, Survey};
use crate::web::documents::ResultsDocuments;

/// How long a response waits for a database that does not answer, before its sender is asked to send
/// it again.
const SUBMIT_DEADLINE: Duration = Duration::from_secs(20);

/// Most responses out of arrays that wait for the writer at once: a quarter of its queue, so that
/// forms find a place however many devices send at once.
const MOST_IN_ARRAYS: usize = 256;

/// Everything that a server knows.
pub struct App {
    /// Surveys, areas and the city plan.
    pub catalogue: Arc<Catalogue>,
    /// The database.
    pub store: Store,
    /// How this server presents itself.
    pub site: Site,
    /// The figures.
    pub publication: Arc<Publication>,
    /// The pages and tables made of published figures.
    pub results: ResultsDocuments,
    surveys: BTreeMap<String, Served>,
    assets: BTreeMap<&'static str, Document>,
    /// Key of the ids that are derived for forms without one.
    form_key: Vec<u8>,
    /// Forms that are being read: 64 KiB each, in the time that a phone needs to send one.
    pub(super) forms: Bodies,
    /// Uploads of devices that are being read: a day's interviews of one enumerator, in the time to
    /// send them over a village's network.
    pub(super) uploads: Bodies,
    /// Places for responses that came in arrays and wait for the writer.
    pub(super) in_arrays: Semaphore,
}

/// How a server presents itself.
#[derive(Debug, Clone)]
pub struct Site {
    /// Address that citizens reach it at, without a slash at the end, such as
    /// `https://survey.example.gov.cn`.
    pub public_url: String,
    /// Fictional data: figures follow every response at once, and every page says so.
    pub demonstration: bool,
    /// New responses that figures wait for, so that no one's answers follow from two figures.
    pub batch: u64,
}

/// What is made ahead for a survey.
struct Served {
    /// First and last day.
    days: (Option<Date>, Option<Date>),
    questionnaire: BTreeMap<&'static str, Document>,
    /// The same in large text, made when first asked for.
    large: BTreeMap<&'static str, OnceLock<Document>>,
}

/// Whether a survey takes responses today.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fieldwork {
    /// The first day is still to come.
    NotYet,
    /// The survey takes responses.
    Open,
    /// The last day, or the month until which the approval is valid, has passed.
    Closed,
}

impl App {
    /// Makes every document that can be made ahead.
    ///
    /// # Errors
    /// When the key that all servers of a database share can be neither read nor stored.
    pub fn new(catalogue: Catalogue, store: Store, site: Site) -> Result<App, StoreError> {
        let surveys = catalogue.surveys.iter();
        let surveys = surveys.map(|(id, survey)| (id.clone(), Served::new(survey, &catalogue)));
        let fresh = || Uuid::new_v4().simple().to_string() + &Uuid::new_v4().simple().to_string();
        // In the database, so that several servers, and one after a restart, derive the same ids.
        let form_key = store.keep("form_key", fresh)?.into_bytes();
        Ok(App {
            surveys: surveys.collect(),
            publication: Arc::new(Publication::new(&catalogue)),
            catalogue: Arc::new(catalogue),
            store,
            site,
            results: ResultsDocuments::default(),
            assets: assets(),
            form_key,
            forms: Bodies::new(64 * 1024, Duration::from_secs(20), 1024 * 1024),
            uploads: Bodies::new(1024 * 1024, Duration::from_secs(120), 64 * 1024 * 1024),
            in_arrays: Semaphore::new(MOST_IN_ARRAYS),
        })
    }

    /// The file of that name under `/assets/`.
    pub fn asset(&self, name: &str) -> Option<&Document> {
        self.assets.get(name)
    }

    /// The id of a form that carries none (sent without script): the same form through the same
    /// channel from the same kind of browser on the same day has the same id, so that a double tap is
    /// one response.
    pub fn derived_id(
        &self,
        survey: &str,
        channel: &str,
        now: Timestamp,
        body: &[u8],
        agent: &[u8],
    ) -> Uuid {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.form_key) else {
            return Uuid::new_v4();
        };
        let day = local_day(now).to_string();
        for part in [
            survey.as_bytes(),
            channel.as_bytes(),
            day.as_bytes(),
            agent,
            body,
        ] {
            mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            mac.update(part);
        }
        let digest = mac.finalize().into_bytes();
        let mut bytes = [0; 16];
        bytes
            .iter_mut()
            .zip(digest)
            .for_each(|(to, from)| *to = from);
        uuid::Builder::from_custom_bytes(bytes).into_uuid()
    }

    /// Stores a response.
    ///
    /// # Errors
    /// See [`SubmitError`]. After [`SUBMIT_DEADLINE`] it may still be stored; a sender that sends it
    /// again gets its receipt.
    pub async fn submit(&self, response: Response) -> Result<Receipt, SubmitError> {
        let stored = tokio::time::timeout(SUBMIT_DEADLINE, self.store.submit(response)).await;
        stored.unwrap_or(Err(SubmitError::Busy))
    }

    /// The survey of that id.
    pub fn survey(&self, id: &str) -> Option<&Survey> {
        self.catalogue.surveys.get(id)
    }

    /// Its questionnaire page for `reader`.
    pub fn questionnaire(&self, id: &str, reader: Reader) -> Option<&Document> {
        let served = self.surveys.get(id)?;
        let language = reader.language.code();
        if !reader.large {
            return served.questionnaire.get(language);
        }
        let survey = self.survey(id)?;
        let make = || questionnaire_document(reader, survey, &self.catalogue);
        Some(served.large.get(language)?.get_or_init(make))
    }

    /// Whether `survey` takes responses on the local day of `now`. The approval of a form is valid
    /// until after the last day, or the questionnaire would not have been loaded.
    pub fn fieldwork(&self, survey: &Survey, now: Timestamp) -> Fieldwork {
        let today = local_day(now);
        let served = self.surveys.get(&survey.id);
        let (opens, closes) = served.map_or((None, None), |served| served.days);
        if opens.is_none_or(|opens| today < opens) {
            Fieldwork::NotYet
        } else if closes.is_none_or(|closes| today > closes) {
            Fieldwork::Closed
        } else {
            Fieldwork::Open
        }
    }
}

impl Served {
    fn new(survey: &Survey, catalogue: &Catalogue) -> Served {
        let day = |written: &str| written.parse::<Date>().ok();
        let languages = Language::all().iter();
        let questionnaire = languages.clone().map(|language| {
            let document = questionnaire_document((*language).into(), survey, catalogue);
            (language.code(), document)
        });
        Served {
            days: (
                day(&survey.questionnaire.opens),
                day(&survey.questionnaire.closes),
            ),
            questionnaire: questionnaire.collect(),
            large: languages
                .map(|language| (language.code(), OnceLock::new()))
                .collect(),
        }
    }
}

/// The files under `/assets/`. Their names change with their content.
fn assets() -> BTreeMap<&'static str, Document> {
    let immutable = "public, max-age=31536000, immutable";
    let assets = pages::assets::all().into_iter().map(|asset| {
        let body = asset.body.clone().into_bytes();
        let document = Document::new(body, asset.content_type, immutable, None, Effort::Best);
        (asset.name.as_str(), document)
    });
    assets.collect()
}

/// The day of `now` in China Standard Time (UTC+8 the whole year).
pub fn local_day(now: Timestamp) -> Date {
    jiff::tz::offset(8).to_datetime(now).date()
}

fn questionnaire_document(reader: Reader, survey: &Survey, catalogue: &Catalogue) -> Document {
    let page = pages::questionnaire::document(
        reader,
        &survey.questionnaire,
        &catalogue.areas,
        &Default::default(),
    );
    Document::new(
        page.html.into_bytes(),
        "text/html; charset=utf-8",
        "public, max-age=60",
        Some(&page.policy),
        Effort::Best,
    )
}
