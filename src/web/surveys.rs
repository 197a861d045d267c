//! The surveys as they are served: one value, which is replaced as a whole when they change.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use jiff::Timestamp;

use crate::collection::{Fieldwork, Period};
use crate::http::document::{Document, Effort};
use crate::http::limits::Announced;
use crate::locale::Language;
use crate::pages;
use crate::pages::layout::Reader;
use crate::pages::questionnaire::{Attempt, InvitationField};
use crate::store::{FieldworkChange, Store, StoreError};
use crate::survey::{Catalogue, Survey};
use crate::web::versions::Versions;

/// The surveys of this moment. A request takes them once and uses them to its end.
pub struct Surveys {
    /// Surveys, areas and the city plan. The days of a questionnaire are those in force.
    pub catalogue: Arc<Catalogue>,
    /// The questionnaire versions that answers may name.
    pub versions: Versions,
    /// What is wrong with the folders, each line as `file:line: what; cure`. Their surveys are
    /// served as they were before, or not at all.
    pub mistakes: Vec<String>,
    periods: BTreeMap<String, Period>,
    /// The changes of fieldwork that `periods` follows, oldest first.
    changes: Vec<FieldworkChange>,
    prepared: BTreeMap<String, Arc<Prepared>>,
}

/// The pages that are made once for a survey.
struct Prepared {
    /// By language.
    questionnaire: BTreeMap<&'static str, Document>,
    /// By language, in large text. Made at the first request.
    large: BTreeMap<&'static str, OnceLock<Document>>,
}

impl Surveys {
    /// Prepares what is served of `catalogue`. Pages that are the same are taken from `before`.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn new(
        mut catalogue: Catalogue,
        mistakes: Vec<String>,
        store: &Store,
        before: Option<&Surveys>,
    ) -> Result<Surveys, StoreError> {
        let changes = store.fieldwork_changes()?;
        let mut periods = BTreeMap::new();
        for survey in catalogue.surveys.values_mut() {
            let period = in_force(survey, &changes);
            // So that every page, and the API, states the days in force.
            let state = |day: Option<jiff::civil::Date>, to: &mut String| {
                if let Some(day) = day {
                    *to = day.to_string();
                }
            };
            state(period.opens, &mut survey.questionnaire.opens);
            state(period.closes, &mut survey.questionnaire.closes);
            periods.insert(survey.id.clone(), period);
        }
        let surveys = catalogue.surveys.values();
        let prepared = surveys.map(|survey| {
            let same = before.and_then(|before| before.same(survey, &catalogue));
            let prepared = same.unwrap_or_else(|| Arc::new(Prepared::new(survey, &catalogue)));
            (survey.id.clone(), prepared)
        });
        Ok(Surveys {
            prepared: prepared.collect(),
            versions: Versions::load(store, &catalogue)?,
            catalogue: Arc::new(catalogue),
            mistakes,
            periods,
            changes,
        })
    }

    /// Whether the database has other changes of fieldwork by now.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn is_fieldwork_changed(&self, store: &Store) -> Result<bool, StoreError> {
        Ok(store.fieldwork_changes()? != self.changes)
    }

    /// The changes of a survey's fieldwork, oldest first.
    pub fn fieldwork_changes(&self, survey: &str) -> Vec<&FieldworkChange> {
        let changes = self.changes.iter();
        changes.filter(|change| change.survey == survey).collect()
    }

    /// The survey with this id.
    pub fn survey(&self, id: &str) -> Option<&Survey> {
        self.catalogue.surveys.get(id)
    }

    /// The questionnaire page of a survey for `reader`.
    pub fn questionnaire(&self, id: &str, reader: Reader) -> Option<&Document> {
        let prepared = self.prepared.get(id)?;
        let language = reader.language.code();
        if !reader.large {
            return prepared.questionnaire.get(language);
        }
        let survey = self.survey(id)?;
        let make = || questionnaire_document(reader, survey, &self.catalogue);
        Some(prepared.large.get(language)?.get_or_init(make))
    }

    /// The days on which a survey takes responses.
    pub fn period(&self, survey: &str) -> Period {
        self.periods.get(survey).copied().unwrap_or_default()
    }

    /// Whether `survey` takes responses on the local day of `now`.
    ///
    /// The validity of the form's approval is not checked here: a questionnaire whose approval ends
    /// before the last day is not loaded, and no later day is decided.
    pub fn fieldwork(&self, survey: &Survey, now: Timestamp) -> Fieldwork {
        self.period(&survey.id).state(now)
    }

    /// The announced channels of all surveys.
    pub fn announced(&self) -> impl Iterator<Item = Announced> {
        self.catalogue.surveys.values().flat_map(|survey| {
            let channels = survey.plan.iter().flat_map(|plan| &plan.channels);
            channels.map(|channel| Announced {
                survey: survey.id.clone(),
                channel: channel.code.clone(),
                an_hour: channel.an_hour,
            })
        })
    }

    /// The pages of `survey`, if they are the same as those of a survey of `catalogue`.
    fn same(&self, survey: &Survey, catalogue: &Catalogue) -> Option<Arc<Prepared>> {
        let own = self.survey(&survey.id)?;
        let is_same = own.questionnaire == survey.questionnaire
            && own.questionnaire_hash == survey.questionnaire_hash
            && own.frame.is_empty() == survey.frame.is_empty()
            && self.catalogue.areas == catalogue.areas;
        let prepared = self.prepared.get(&survey.id).filter(|_| is_same);
        prepared.map(Arc::clone)
    }
}

/// The days that the newest change of a survey set, or those of its questionnaire.
pub fn in_force(survey: &Survey, changes: &[FieldworkChange]) -> Period {
    let newest = changes.iter().rfind(|change| change.survey == survey.id);
    let questionnaire = &survey.questionnaire;
    newest.map_or_else(
        || Period::of_days(&questionnaire.opens, &questionnaire.closes),
        FieldworkChange::period,
    )
}

/// The surveys that are served now.
#[derive(Clone)]
pub struct Current(Arc<RwLock<Arc<Surveys>>>);

impl Current {
    /// Starts with `surveys`.
    pub fn new(surveys: Surveys) -> Current {
        Current(Arc::new(RwLock::new(Arc::new(surveys))))
    }

    /// The surveys of this moment. The lock is held only while the pointer is copied.
    pub fn get(&self) -> Arc<Surveys> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Serves `surveys` from now on. Requests under way end with those that they took.
    pub fn replace(&self, surveys: Surveys) {
        let surveys = Arc::new(surveys);
        let mut current = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let before = std::mem::replace(&mut *current, surveys);
        drop(current);
        // After the lock is released: freeing a catalogue takes long.
        drop(before);
    }
}

impl Prepared {
    fn new(survey: &Survey, catalogue: &Catalogue) -> Prepared {
        let languages = Language::all().iter();
        let questionnaire = languages.clone().map(|language| {
            let document = questionnaire_document((*language).into(), survey, catalogue);
            (language.code(), document)
        });
        Prepared {
            questionnaire: questionnaire.collect(),
            large: languages
                .map(|language| (language.code(), OnceLock::new()))
                .collect(),
        }
    }
}

/// Whether the page of a survey asks for an invitation: only a survey with a frame has drawn PSUs.
pub(super) fn invitation_field(survey: &Survey) -> InvitationField {
    match survey.frame.is_empty() {
        true => InvitationField::Absent,
        false => InvitationField::Offered,
    }
}

fn questionnaire_document(reader: Reader, survey: &Survey, catalogue: &Catalogue) -> Document {
    let page = pages::questionnaire::document(
        reader,
        &survey.questionnaire,
        &catalogue.areas,
        &survey.questionnaire_hash,
        &Attempt {
            invitation: invitation_field(survey),
            ..Attempt::default()
        },
    );
    Document::new(
        page.html.into_bytes(),
        "text/html; charset=utf-8",
        "public, max-age=60",
        Some(&page.policy),
        Effort::Best,
    )
}
