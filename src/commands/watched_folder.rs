//! Reads the survey folders again while a server runs, and decides what is taken over.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::commands::{dry_run, open};
use crate::release::agreement;
use crate::store::{Store, StoreError};
use crate::survey::Catalogue;
use crate::web::Folders;

/// Time and size of every file in the folder of the survey folders.
pub type Stamp = BTreeMap<PathBuf, (Option<SystemTime>, u64)>;

/// What was stored last of each survey whose files differ: hashes of questionnaire and plan. An
/// amendment through another server changes them.
type InUse = BTreeMap<String, (Option<String>, Option<String>)>;

/// The folder of the survey folders, and what was seen of it.
pub struct WatchedFolder {
    folder: PathBuf,
    store: Store,
    /// Files that were read.
    read: Stamp,
    /// Files at the last look.
    seen: Stamp,
    /// What was in use when surveys kept their last state.
    in_use: InUse,
}

impl WatchedFolder {
    /// Watches `folder`. `read` are the files as they were just before they were read.
    pub fn new(folder: PathBuf, store: Store, read: Stamp) -> WatchedFolder {
        WatchedFolder {
            folder,
            store,
            seen: read.clone(),
            read,
            in_use: InUse::new(),
        }
    }

    /// The surveys that can be served now, if something changed since the last look. `served`: those
    /// that are served. A file that has just changed is read at the next look, since it may be half
    /// written, unless `is_asked`.
    pub fn look(&mut self, served: &Catalogue, is_asked: bool) -> Option<Folders> {
        let now = stamp(&self.folder);
        let is_settled = now == self.seen;
        self.seen.clone_from(&now);
        let is_amended = || in_use(&self.store, self.in_use.keys().collect()) != self.in_use;
        let is_changed = (now != self.read && is_settled) || is_amended();
        if !is_changed && !is_asked {
            return None;
        }
        self.read = now;
        match self.fit(served) {
            Ok(folders) => Some(folders),
            Err(error) => {
                tracing::warn!(%error, "the survey folders could not be compared with what is stored");
                // Read again at the next look.
                self.read = Stamp::new();
                None
            }
        }
    }

    /// The surveys whose folders are in order, and the last state of the others.
    fn fit(&mut self, served: &Catalogue) -> Result<Folders, StoreError> {
        let kept = |mistakes: Vec<String>| Folders {
            catalogue: served.clone(),
            mistakes,
        };
        let (mut catalogue, broken) = match Catalogue::load_without_broken(&self.folder) {
            Ok(loaded) => loaded,
            Err(broken) => return Ok(kept(broken.0)),
        };
        let is_broken = !broken.0.is_empty();
        if is_broken && catalogue.areas != served.areas {
            // The survey folders may be in order, and only areas.toml at fault.
            return Ok(kept(broken.0));
        }
        let mut mistakes = broken.0;
        open::keep_versions(&self.store, &catalogue)?;
        let changed = agreement::settle(&self.store, &mut catalogue)?;
        let plans = agreement::other_plans(&self.store, &catalogue)?;
        mistakes.extend(
            changed
                .iter()
                .flat_map(|changed| changed.lines(&self.folder)),
        );
        mistakes.extend(plans.iter().map(|plan| plan.line(&self.folder)));
        let changed = changed.iter().map(|changed| &changed.survey);
        let plans = plans.iter().map(|plan| &plan.survey);
        for survey in changed.clone() {
            catalogue.surveys.remove(survey);
        }
        for survey in plans.clone().filter(|id| served.surveys.contains_key(*id)) {
            // As at a start, a survey that was not served before is served without figures.
            catalogue.surveys.remove(survey);
        }
        self.in_use = in_use(&self.store, changed.chain(plans).collect());
        mistakes.extend(dry_run::plan_mistakes(&self.folder, &catalogue));
        for (id, survey) in &served.surveys {
            let is_there = self.folder.join(id).join("questionnaire.toml").is_file();
            if catalogue.surveys.contains_key(id) {
                continue;
            }
            if is_there || self.store.count(id)? > 0 {
                catalogue.surveys.insert(id.clone(), survey.clone());
            }
            if !is_there && self.store.count(id)? > 0 {
                mistakes.push(format!(
                    "{}:1: the folder of {id} is gone, but its responses are stored; put the folder \
                     back",
                    self.folder.join(id).display()
                ));
            }
        }
        Ok(Folders {
            catalogue,
            mistakes,
        })
    }
}

/// Hashes of the newest questionnaire and plan of `surveys`.
fn in_use(store: &Store, surveys: BTreeSet<&String>) -> InUse {
    let of = |survey: &String| {
        let questionnaire = store.versions(survey).unwrap_or_default().pop();
        let plan = store.plan_versions(survey).unwrap_or_default().pop();
        (
            survey.clone(),
            (
                questionnaire.map(|version| version.hash),
                plan.map(|version| version.hash),
            ),
        )
    };
    surveys.into_iter().map(of).collect()
}

/// Time and size of the files in `folder` and in its folders.
pub fn stamp(folder: &Path) -> Stamp {
    let mut stamp = Stamp::new();
    add_files(folder, true, &mut stamp);
    stamp
}

fn add_files(folder: &Path, with_folders: bool, stamp: &mut Stamp) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries.filter_map(Result::ok) {
        let path = entry.path();
        // Follows links, so that a folder may be one.
        let Ok(metadata) = std::fs::metadata(&path) else {
            continue;
        };
        if metadata.is_dir() {
            if with_folders {
                add_files(&path, false, stamp);
            }
        } else {
            stamp.insert(path, (metadata.modified().ok(), metadata.len()));
        }
    }
}
