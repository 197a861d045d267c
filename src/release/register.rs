//! All drafts and releases with what was decided about them, and which of them are public at a moment.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::questionnaire::Text;
use crate::release::imprint::path_of;
use crate::staff::Role;
use crate::staff::release_approval::{Draft, Stage, may_see};
use crate::store::{
    Announcement, EarlyReader, Release, Store, StoreError, StoredDecision, decided,
};

/// What `release.json` says: what a release was made from, and its files with their hashes. Field order
/// is the order in the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// `satisfaction-2026`.
    pub survey: String,
    /// Number of the release within the survey, from 1.
    pub number: u32,
    /// Title of the questionnaire by language.
    pub title: BTreeMap<String, String>,
    /// Wave, such as `2026`.
    pub wave: String,
    /// The findings in one text by language.
    pub finding: BTreeMap<String, String>,
    /// Its second, RFC 3339 UTC.
    pub published_at: String,
    /// Why it takes the place of the release before; empty for the first.
    pub reason: String,
    /// The second of the next release, RFC 3339 UTC; empty if none is announced.
    pub next: String,
    /// URL of the site.
    pub public_url: String,
    /// Whether everything is fictional.
    pub demonstration: bool,
    /// How many responses it rests on, in the order of the log.
    pub responses: u64,
    /// How many leaves the log had.
    pub log_size: u64,
    /// First and last day of collection in force, `YYYY-MM-DD`.
    pub collection: (String, String),
    /// SHA-256 of the files that the figures were made by, hex, by file name; empty for a file that is
    /// not there.
    pub sources: BTreeMap<String, String>,
    /// Hashes of the questionnaire versions that were answered.
    pub questionnaire_versions: Vec<String>,
    /// Offices and posts of those who could see it before its second, beside the staff who drafted and
    /// approved it.
    pub early_readers: Vec<String>,
    /// Version of this software.
    pub software: String,
    /// Digest of the release that this one revises; empty for the first.
    pub revises: String,
    /// The files by name.
    pub files: BTreeMap<String, ListedFile>,
}

/// A file in a manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedFile {
    /// SHA-256 of the bytes, hex.
    pub sha256: String,
    /// Number of bytes.
    pub bytes: u64,
    /// Media type, such as `text/csv; charset=utf-8`.
    pub media_type: String,
}

impl Manifest {
    /// The title.
    #[must_use]
    pub fn title(&self) -> Text {
        Text::from(self.title.clone())
    }

    /// The finding.
    #[must_use]
    pub fn finding(&self) -> Text {
        Text::from(self.finding.clone())
    }
}

/// A draft or release, and what was decided about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registered {
    /// The row.
    pub release: Release,
    /// What its `release.json` says.
    pub manifest: Manifest,
    /// Whether the row is as it was stored.
    pub is_whole: bool,
    /// What was decided, oldest first.
    pub decisions: Vec<StoredDecision>,
    /// Whether two people approved it in time, so that it is public from its second on. Kept, because
    /// every request for a release asks.
    is_approved: bool,
}

impl Registered {
    /// Whether it is public at `now`, microseconds UTC.
    #[must_use]
    pub fn is_public(&self, now: i64) -> bool {
        self.is_approved && now >= self.release.publish_at
    }

    /// Where it is at `now`, microseconds UTC.
    #[must_use]
    pub fn stage(&self, now: i64) -> Stage {
        self.with_draft(|draft| draft.stage(now))
    }

    /// Runs `f` with the draft as the rules see it.
    pub fn with_draft<T>(&self, f: impl FnOnce(&Draft<'_>) -> T) -> T {
        f(&self.release.draft(&decided(&self.decisions)))
    }

    /// Its path: `/results/satisfaction-2026/r/1`.
    #[must_use]
    pub fn path(&self) -> String {
        path_of(&self.release.survey, self.number())
    }

    /// Its number within the survey.
    #[must_use]
    pub fn number(&self) -> u32 {
        self.manifest.number
    }
}

/// A date of the calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dated {
    /// The date in force.
    pub announcement: Announcement,
    /// The dates before it, oldest first.
    pub earlier: Vec<Announcement>,
}

/// All drafts and releases, the calendar, the lists of early readers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Register {
    releases: Vec<Registered>,
    dates: Vec<Dated>,
    readers: Vec<EarlyReader>,
}

impl Register {
    /// Reads all of it.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn read(store: &Store) -> Result<Register, StoreError> {
        let decisions = store.release_decisions()?;
        let releases = store.releases()?.into_iter();
        let releases = releases.filter_map(|(release, is_whole)| {
            let own = decisions.iter();
            let own = own.filter(|decision| decision.release_id == release.id);
            let mut registered = Registered {
                manifest: serde_json::from_str(&release.manifest).ok()?,
                decisions: own.cloned().collect(),
                release,
                is_whole,
                is_approved: false,
            };
            let second = registered.release.publish_at;
            registered.is_approved = registered.stage(second) == Stage::Published;
            Some(registered)
        });
        let mut dates: Vec<Dated> = Vec::new();
        for announcement in store.announcements()? {
            let same = |own: &&mut Dated| {
                own.announcement.survey == announcement.survey
                    && own.announcement.number == announcement.number
            };
            match dates.iter_mut().find(same) {
                Some(known) => {
                    let before = std::mem::replace(&mut known.announcement, announcement);
                    known.earlier.push(before);
                }
                None => dates.push(Dated {
                    announcement,
                    earlier: Vec::new(),
                }),
            }
        }
        dates.sort_by_key(|own| own.announcement.publish_at);
        Ok(Register {
            releases: releases.collect(),
            dates,
            readers: store.early_readers()?,
        })
    }

    /// All drafts and releases, oldest first.
    #[must_use]
    pub fn all(&self) -> &[Registered] {
        &self.releases
    }

    /// The drafts and releases of a survey, oldest first.
    pub fn of<'r>(&'r self, survey: &str) -> impl DoubleEndedIterator<Item = &'r Registered> {
        let own = self.releases.iter();
        own.filter(move |registered| registered.release.survey == survey)
    }

    /// The releases of a survey that are public at `now`, oldest first.
    pub fn published<'r>(
        &'r self,
        survey: &str,
        now: i64,
    ) -> impl DoubleEndedIterator<Item = &'r Registered> {
        self.of(survey).filter(move |own| own.is_public(now))
    }

    /// The latest public release of a survey.
    #[must_use]
    pub fn latest(&self, survey: &str, now: i64) -> Option<&Registered> {
        self.published(survey, now).max_by_key(|own| own.number())
    }

    /// The public release of a survey with this number.
    #[must_use]
    pub fn numbered(&self, survey: &str, number: u32, now: i64) -> Option<&Registered> {
        self.published(survey, now)
            .find(|own| own.number() == number)
    }

    /// The draft or release with this id.
    #[must_use]
    pub fn with_id(&self, id: &str) -> Option<&Registered> {
        self.releases.iter().find(|own| own.release.id == id)
    }

    /// The number that the next draft of a survey gets: one more than those that were approved.
    #[must_use]
    pub fn next_number(&self, survey: &str, now: i64) -> u32 {
        let approved = self
            .of(survey)
            .filter(|own| matches!(own.stage(now), Stage::Approved | Stage::Published));
        approved.map(Registered::number).max().unwrap_or(0) + 1
    }

    /// The calendar: the date in force of each release and those before it, by date.
    #[must_use]
    pub fn dates(&self) -> &[Dated] {
        &self.dates
    }

    /// The date of a release.
    #[must_use]
    pub fn date(&self, survey: &str, number: u32) -> Option<&Dated> {
        self.dates.iter().find(|own| {
            own.announcement.survey == survey && own.announcement.number == i64::from(number)
        })
    }

    /// The next date after `now` that is announced for a survey.
    #[must_use]
    pub fn next_date(&self, survey: &str, now: i64) -> Option<&Dated> {
        let after = self.dates.iter();
        let mut after = after.filter(|own| own.announcement.publish_at > now);
        after.find(|own| own.announcement.survey == survey)
    }

    /// Who may see a release before its second, beside statisticians and publishers.
    pub fn early_readers(&self, survey: &str, number: u32) -> impl Iterator<Item = &EarlyReader> {
        let survey = survey.to_owned();
        let own = self.readers.iter();
        own.filter(move |own| own.survey == survey && own.number == i64::from(number))
    }

    /// Whether an account may see a draft or release at `now`.
    #[must_use]
    pub fn may_see(&self, registered: &Registered, (name, role): (&str, Role), now: i64) -> bool {
        let survey = &registered.release.survey;
        let mut listed = self.early_readers(survey, registered.number());
        let is_listed = listed.any(|own| own.account == name);
        may_see(Some(role), is_listed, registered.stage(now))
    }
}
