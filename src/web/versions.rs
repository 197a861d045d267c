//! Which questionnaire version a form or a JSON response answers.

use std::collections::BTreeMap;
use std::sync::RwLock;

use crate::questionnaire::version_named;
use crate::store::{Store, StoreError, in_force};
use crate::survey::{Catalogue, Survey};

/// The versions of each survey that answers may name.
///
/// They differ only in wording, so the questionnaire that is served can check the answers to each of
/// them. The list is read again when an unknown version is named: another server of the database may
/// have started with a newer wording.
pub struct Versions {
    known: RwLock<BTreeMap<String, Vec<String>>>,
}

impl Versions {
    /// Reads the versions of all surveys.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn load(store: &Store, catalogue: &Catalogue) -> Result<Versions, StoreError> {
        let mut known = BTreeMap::new();
        for survey in catalogue.surveys.keys() {
            known.insert(survey.clone(), stored(store, survey)?);
        }
        Ok(Versions {
            known: RwLock::new(known),
        })
    }

    /// The hash of the version of `survey` that `sent` names, in full or by its first digits. Without
    /// a name it is the version that is served, while no other was in use. `None` if it is not known
    /// which one was answered.
    pub fn find(&self, survey: &Survey, sent: Option<&str>) -> Option<String> {
        let known = self.known.read().ok()?;
        let stored = known.get(&survey.id).map_or(&[][..], Vec::as_slice);
        let served = &survey.questionnaire_hash;
        let others = stored.iter().filter(|hash| *hash != served);
        let Some(sent) = sent.filter(|sent| !sent.is_empty()) else {
            return (others.count() == 0).then(|| served.clone());
        };
        let known: Vec<&str> = others.chain([served]).map(String::as_str).collect();
        version_named(&known, sent).map(str::to_owned)
    }

    /// Reads the versions of a survey again if `sent` names one that is not known.
    pub async fn look_up(&self, store: &Store, survey: &Survey, sent: Option<&str>) {
        if sent.is_none_or(str::is_empty) || self.find(survey, sent).is_some() {
            return;
        }
        let (store, id) = (store.clone(), survey.id.clone());
        let read = actix_web::web::block(move || stored(&store, &id)).await;
        if let (Ok(Ok(versions)), Ok(mut known)) = (read, self.known.write()) {
            known.insert(survey.id.clone(), versions);
        }
    }
}

/// The hashes of the versions in force, each once, oldest first.
fn stored(store: &Store, survey: &str) -> Result<Vec<String>, StoreError> {
    let mut hashes: Vec<String> = Vec::new();
    for version in in_force(&store.versions(survey)?) {
        if !hashes.contains(&version.hash) {
            hashes.push(version.hash.clone());
        }
    }
    Ok(hashes)
}
