//! What the handlers share: the surveys, the store, the documents made ahead, the figures last computed.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock, RwLock};
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use jiff::civil::Date;
use sha2::Sha256;
use tokio::sync::Semaphore;
use uuid::Uuid;

use crate::locale::Language;
use crate::pages;
use crate::pages::layout::Reader;
use crate::release::figures::Figures;
use crate::release::survey::{Catalogue, Survey};
use crate::store::{NewResponse, Receipt, Store, StoreError, SubmitError};
use crate::web::body::Bodies;
use crate::web::document::{Document, Effort};
use crate::web::{api, questionnaire};

/// How long a response waits for a database that does not come back, before its sender is told to send it again.
const SUBMIT_DEADLINE: Duration = Duration::from_secs(20);

/// Everything a server knows.
pub struct App {
    /// Surveys, areas and the city plan.
    pub catalogue: Catalogue,
    /// The database.
    pub store: Store,
    /// How this server presents itself.
    pub site: Site,
    served: BTreeMap<String, Served>,
    assets: BTreeMap<&'static str, Document>,
    /// Key of the ids that are derived for forms without one.
    form_key: Vec<u8>,
    /// Forms that are being read.
    pub(super) forms: Bodies,
    /// Uploads from devices that are being read.
    pub(super) uploads: Bodies,
    /// Responses that came in arrays and wait for the writer: however many devices send at once, phones find a place too.
    pub(super) in_arrays: Semaphore,
}

/// Most responses out of arrays that wait for the writer at once: a quarter of its queue.
const MOST_IN_ARRAYS: usize = 256;

/// How a server presents itself.
#[derive(Debug, Clone)]
pub struct Site {
    /// Address that citizens reach it at, without a slash at the end, such as `https://survey.example.gov.cn`.
    pub public_url: String,
    /// Fictional data: figures follow every response at once, and every page says so.
    pub demonstration: bool,
    /// New responses that figures wait for, so that no one's answers can be told from two figures.
    pub batch: u64,
}

struct Served {
    /// First and last day.
    days: (Option<Date>, Option<Date>),
    questionnaire: BTreeMap<&'static str, Document>,
    /// The same in large text, made when first asked for.
    large: BTreeMap<&'static str, OnceLock<Document>>,
    published: RwLock<Option<Arc<Published>>>,
    /// Whether this server has looked at the responses that were stored before it started.
    examined: AtomicBool,
}

/// The figures of a survey as they are served.
pub struct Published {
    /// The figures.
    pub figures: Figures,
    pages: BTreeMap<(&'static str, bool), Document>,
    /// The tables as CSV.
    pub csv: Document,
    /// The tables as JSON-stat 2.0.
    pub json: Document,
}

/// Whether a survey takes responses today.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Collection {
    /// Its first day is still to come.
    NotYet,
    /// It takes responses.
    Open,
    /// Its last day, or the month its approval is valid until, has passed.
    Closed,
}

impl App {
    /// Makes every document that can be made ahead.
    ///
    /// # Errors
    /// When the key that all servers of a database share can be neither read nor kept.
    pub fn new(catalogue: Catalogue, store: Store, site: Site) -> Result<App, StoreError> {
        let day = |written: &str| written.parse::<Date>().ok();
        let served = catalogue
            .surveys
            .iter()
            .map(|(id, survey)| {
                let questionnaire = Language::all()
                    .iter()
                    .map(|language| {
                        (
                            language.code(),
                            questionnaire_document((*language).into(), survey, &catalogue),
                        )
                    })
                    .collect();
                let large = Language::all()
                    .iter()
                    .map(|language| (language.code(), OnceLock::new()));
                (
                    id.clone(),
                    Served {
                        days: (
                            day(&survey.questionnaire.opens),
                            day(&survey.questionnaire.closes),
                        ),
                        questionnaire,
                        large: large.collect(),
                        published: RwLock::new(None),
                        examined: AtomicBool::new(false),
                    },
                )
            })
            .collect();
        let assets = pages::assets::all().into_iter().map(|asset| {
            let forever = "public, max-age=31536000, immutable";
            let body = asset.body.clone().into_bytes();
            (
                asset.name.as_str(),
                Document::new(body, asset.content_type, forever, None, Effort::Best),
            )
        });
        let assets = assets.collect();
        let fresh = || Uuid::new_v4().simple().to_string() + &Uuid::new_v4().simple().to_string();
        // Kept with the data, so that several servers derive the same ids; without it a restart would.
        let form_key = store.keep("form_key", fresh)?.into_bytes();
        Ok(App {
            catalogue,
            store,
            site,
            served,
            assets,
            form_key,
            forms: questionnaire::bodies(),
            uploads: api::bodies(),
            in_arrays: Semaphore::new(MOST_IN_ARRAYS),
        })
    }

    /// The file of that name under `/assets/`.
    pub fn asset(&self, name: &str) -> Option<&Document> {
        self.assets.get(name)
    }

    /// Everything that is served as published, in falling order of the surveys' ids.
    pub fn all_published(&self) -> Vec<Arc<Published>> {
        self.served
            .keys()
            .rev()
            .filter_map(|id| self.published(id))
            .collect()
    }

    /// All figures that are served, by survey.
    pub fn figures(&self) -> BTreeMap<String, Figures> {
        let ids = self.served.keys();
        ids.filter_map(|id| Some((id.clone(), self.published(id)?.figures.clone())))
            .collect()
    }

    /// The id of a form that carries none (sent without script): the same form through the same channel from the same kind of
    /// browser on the same day has the same id, so that a double tap is one response.
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

    /// Stores a response, as long as a person waits for it.
    ///
    /// # Errors
    /// See [`SubmitError`]; after [`SUBMIT_DEADLINE`] it may still be stored, and who sends it again gets its receipt.
    pub async fn submit(&self, response: NewResponse) -> Result<Receipt, SubmitError> {
        let stored = tokio::time::timeout(SUBMIT_DEADLINE, self.store.submit(response)).await;
        stored.unwrap_or(Err(SubmitError::Busy))
    }

    /// The survey of that id.
    pub fn survey(&self, id: &str) -> Option<&Survey> {
        self.catalogue.surveys.get(id)
    }

    /// Its questionnaire page for `reader`.
    pub fn questionnaire(&self, id: &str, reader: Reader) -> Option<&Document> {
        let served = self.served.get(id)?;
        let language = reader.language.code();
        if !reader.large {
            return served.questionnaire.get(language);
        }
        let survey = self.survey(id)?;
        let make = || questionnaire_document(reader, survey, &self.catalogue);
        Some(served.large.get(language)?.get_or_init(make))
    }

    /// Its figures, if any were computed.
    pub fn published(&self, id: &str) -> Option<Arc<Published>> {
        self.served.get(id)?.published.read().ok()?.clone()
    }

    /// Whether figures are still to be computed from responses that were stored before this server started.
    pub fn computing(&self, id: &str) -> bool {
        self.served.get(id).is_some_and(|served| {
            !served.examined.load(Ordering::Acquire)
                && served.published.read().is_ok_and(|slot| slot.is_none())
        })
    }

    /// Says that the responses so far were looked at, whether or not figures came of them.
    pub fn examined(&self, id: &str) {
        if let Some(served) = self.served.get(id) {
            served.examined.store(true, Ordering::Release);
        }
    }

    /// Puts figures in the place of those served so far.
    pub fn publish(&self, id: &str, figures: Figures) {
        if let Some(served) = self.served.get(id) {
            let published = Some(Arc::new(Published::new(figures)));
            if let Ok(mut slot) = served.published.write() {
                *slot = published;
            }
        }
    }

    /// Whether `survey` takes responses on the local day of `now`. The form is valid until after the last day, or the
    /// questionnaire would not have been loaded.
    pub fn collection(&self, survey: &Survey, now: Timestamp) -> Collection {
        let today = local_day(now);
        let (opens, closes) = self
            .served
            .get(&survey.id)
            .map_or((None, None), |served| served.days);
        if opens.is_none_or(|opens| today < opens) {
            Collection::NotYet
        } else if closes.is_none_or(|closes| today > closes) {
            Collection::Closed
        } else {
            Collection::Open
        }
    }
}

impl Published {
    fn new(figures: Figures) -> Published {
        let page = |reader: Reader| {
            let markup = pages::results::page(reader, &figures).into_string();
            Document::new(
                markup.into_bytes(),
                "text/html; charset=utf-8",
                "public, max-age=60",
                None,
                Effort::Quick,
            )
        };
        let readers = Language::all().iter().flat_map(|language| {
            let language = *language;
            [false, true].map(|large| Reader { language, large })
        });
        let pages = readers
            .map(|reader| ((reader.language.code(), reader.large), page(reader)))
            .collect();
        let csv = crate::release::tables::csv(&figures);
        let json = crate::release::tables::json_stat(&figures);
        Published {
            pages,
            csv: Document::new(
                csv,
                "text/csv; charset=utf-8",
                "public, max-age=60",
                None,
                Effort::Quick,
            ),
            json: Document::new(
                json,
                "application/json",
                "public, max-age=60",
                None,
                Effort::Quick,
            ),
            figures,
        }
    }

    /// The results page for `reader`.
    pub fn page(&self, reader: Reader) -> Option<&Document> {
        self.pages.get(&(reader.language.code(), reader.large))
    }
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
