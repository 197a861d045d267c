//! A draft of a release from the stored responses: figures by the plan, disclosure control, files.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::locale::Language;
use crate::pages::results;
use crate::publication::evidence;
use crate::publication::files::{NoFile, files};
use crate::release::cells::Cells;
use crate::release::compute::ComputeError;
use crate::release::dispositions::SurveyCases;
use crate::release::figures::Figures;
use crate::release::imprint::Imprint;
use crate::release::margins::margins_csv;
use crate::release::moment::rfc3339;
use crate::release::public::{Public, public};
use crate::release::published_cells::PublishedCells;
use crate::release::register::{ListedFile, Manifest, Register, Registered};
use crate::release::stored::{self, Extent, NoFigures};
use crate::store::{NewRelease, Store, StoreError, StoredFile, in_force};
use crate::survey::{Catalogue, Survey, hex_digest};

/// What a draft is made for.
#[derive(Debug, Clone)]
pub struct Wanted<'a> {
    /// The survey.
    pub survey: &'a Survey,
    /// Number, time, reason, next date, address.
    pub imprint: Imprint,
    /// How many responses it rests on, in the order of the log; `None` for all that are stored.
    pub responses: Option<u64>,
    /// How many leaves the log had; `None` for all.
    pub log_size: Option<u64>,
    /// Whether evidence that nobody has looked at is left out instead of stopping the draft: for the
    /// office's own folder, which is not published.
    pub is_provisional: bool,
}

/// A draft.
#[derive(Debug)]
pub struct Draft {
    /// What is published.
    pub figures: Figures,
    /// What `release.json` says.
    pub manifest: Manifest,
    /// The bytes of `release.json`.
    pub manifest_json: String,
    /// All other files.
    pub files: Vec<StoredFile>,
    /// What it lets be known of small groups, as JSON. Never published.
    pub cells: String,
}

/// Why there is no draft.
#[derive(Debug)]
pub enum NoDraft {
    /// There are no figures.
    Figures(NoFigures),
    /// The database cannot be read.
    Store(StoreError),
    /// So many rows of evidence were not looked at.
    Evidence(usize),
    /// What the release with this number published is not known, so it is not known what a new one would
    /// give away beside it.
    Cells(u32),
    /// A file cannot be made.
    File(NoFile),
}

impl std::fmt::Display for NoDraft {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            NoDraft::Figures(error) => write!(f, "{error}"),
            NoDraft::Store(error) => write!(f, "{error}"),
            NoDraft::Evidence(n) => write!(
                f,
                "{n} rows of evidence were not looked at; decide about them on the office's page of \
                 releases"
            ),
            NoDraft::Cells(number) => write!(
                f,
                "the stored row of release {number} was altered or cannot be read, so it is not known \
                 what a new release would give away beside it; run minyi doctor and restore a backup"
            ),
            NoDraft::File(error) => write!(f, "{error}"),
        }
    }
}

impl std::error::Error for NoDraft {}

impl From<StoreError> for NoDraft {
    fn from(error: StoreError) -> NoDraft {
        NoDraft::Store(error)
    }
}

/// Makes a draft.
///
/// # Errors
/// See [`NoDraft`].
pub fn draft(
    catalogue: &Catalogue,
    store: &Store,
    register: &Register,
    wanted: &Wanted<'_>,
) -> Result<Draft, NoDraft> {
    let (survey, imprint) = (wanted.survey, &wanted.imprint);
    let responses = wanted.responses.unwrap_or(u64::MAX);
    let responses = store.count(&survey.id)?.min(responses);
    let log_size = match wanted.log_size {
        Some(size) => size,
        None => u64::try_from(store.log_size()?).unwrap_or(0),
    };
    let wanted = &Wanted {
        log_size: Some(log_size),
        ..wanted.clone()
    };
    let waves = stored::figures_before(catalogue, survey, store);
    let before = released(&waves, register, imprint.published_at);
    let extent = Extent::at(store, survey, responses, Some(log_size))?;
    let public = public_figures(catalogue, store, register, wanted, extent, &before)?;
    let (figures, cells) = (public.figures, public.cells.to_json());
    let revised = register
        .published(&survey.id, imprint.published_at)
        .rfind(|own| own.number() < imprint.number);
    let earlier = match revised {
        Some(own) => Some(revised_figures(
            catalogue, store, register, wanted, own, &waves,
        )?),
        None => None,
    };
    let sources = source_files(survey, store)?;
    let made = files(&figures, imprint, earlier.as_ref(), &sources).map_err(NoDraft::File)?;
    let manifest = Manifest {
        survey: survey.id.clone(),
        number: imprint.number,
        title: (*figures.title.0).clone(),
        wave: figures.wave.clone(),
        finding: finding(&figures, imprint),
        published_at: rfc3339(imprint.published_at),
        reason: imprint.reason.clone(),
        next: imprint.next.map_or_else(String::new, rfc3339),
        public_url: imprint.public_url.clone(),
        demonstration: figures.demonstration,
        responses,
        log_size,
        collection: collection(survey, store)?,
        sources: source_hashes(&figures),
        questionnaire_versions: figures
            .wordings
            .iter()
            .map(|wording| wording.hash.clone())
            .collect(),
        early_readers: register
            .early_readers(&survey.id, imprint.number)
            .map(|own| own.post.clone())
            .collect(),
        software: figures.software.clone(),
        revises: revised.map_or_else(String::new, |own| own.release.digest.clone()),
        files: made.iter().map(listed).collect(),
    };
    let mut manifest_json = serde_json::to_string_pretty(&manifest).unwrap_or_default();
    manifest_json.push('\n');
    Ok(Draft {
        figures,
        manifest,
        manifest_json,
        files: made,
        cells,
    })
}

impl Draft {
    /// The draft as it is stored, with a new id, made by an account at a time (microseconds UTC).
    #[must_use]
    pub fn into_new(self, id: &str, (by, at): (&str, i64), publish_at: i64) -> NewRelease {
        let count = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        NewRelease {
            id: id.to_owned(),
            survey: self.manifest.survey,
            number: i64::from(self.manifest.number),
            responses: count(self.manifest.responses),
            log_size: count(self.manifest.log_size),
            publish_at,
            reason: self.manifest.reason,
            digest: hex_digest(self.manifest_json.as_bytes()),
            manifest: self.manifest_json,
            cells: self.cells,
            drafted_by: by.to_owned(),
            drafted_at: at,
            files: self.files,
        }
    }
}

/// The figures of a survey for the public, from the stored responses of `extent`.
fn public_figures(
    catalogue: &Catalogue,
    store: &Store,
    register: &Register,
    wanted: &Wanted<'_>,
    extent: Extent,
    before: &BTreeMap<String, Arc<Figures>>,
) -> Result<Public, NoDraft> {
    let (survey, moment) = (wanted.survey, wanted.imprint.published_at);
    let plan = survey.plan.as_ref();
    let plan = plan.ok_or(NoDraft::Figures(NoFigures::Compute(ComputeError::NoPlan)))?;
    let snapshot = stored::snapshot(catalogue, survey, store, extent, before);
    let snapshot = snapshot.map_err(NoDraft::Figures)?;
    let figures = with_reviewed_evidence(snapshot.figures, store, wanted)?;
    let visits = store.visits(&survey.id, wanted.log_size)?;
    let interviews = &snapshot.dataset.interviews;
    let cases = SurveyCases::new(survey, &catalogue.areas, interviews, &visits);
    let cases = cases.map_err(|error| NoDraft::Figures(NoFigures::Dataset(error)))?;
    let figures = Figures {
        outcome_rates: cases.groups(survey, &catalogue.areas),
        ..figures
    };
    let counted = Cells::of(survey, plan, &snapshot.dataset);
    let earlier = register.published(&survey.id, moment);
    let earlier = earlier.filter(|own| own.number() < wanted.imprint.number);
    let read = |own: &Registered| {
        let cells = PublishedCells::from_json(&own.release.cells).ok();
        let cells = cells.filter(|_| own.is_whole);
        cells.ok_or(NoDraft::Cells(own.number()))
    };
    let earlier: Vec<PublishedCells> = earlier.map(read).collect::<Result<_, _>>()?;
    let waves = public_waves(catalogue, store, register, wanted, before)?;
    let waves: Vec<&Figures> = waves.iter().collect();
    Ok(public(&figures, &counted, &earlier, &waves))
}

/// The public figures of the newest release of each earlier wave.
fn public_waves(
    catalogue: &Catalogue,
    store: &Store,
    register: &Register,
    wanted: &Wanted<'_>,
    before: &BTreeMap<String, Arc<Figures>>,
) -> Result<Vec<Figures>, NoDraft> {
    let mut waves = Vec::new();
    for id in before.keys() {
        let released = register.latest(id, wanted.imprint.published_at);
        let survey = catalogue.surveys.get(id);
        let (Some(released), Some(survey)) = (released, survey) else {
            continue;
        };
        let own = Wanted {
            survey,
            ..wanted.clone()
        };
        let before = stored::figures_before(catalogue, survey, store);
        let figures = revised_figures(catalogue, store, register, &own, released, &before)?;
        waves.push(figures);
    }
    Ok(waves)
}

/// The public figures of a release that exists. `waves` are the figures of the waves before its own.
fn revised_figures(
    catalogue: &Catalogue,
    store: &Store,
    register: &Register,
    wanted: &Wanted<'_>,
    revised: &Registered,
    waves: &BTreeMap<String, Arc<Figures>>,
) -> Result<Figures, NoDraft> {
    let earlier = Wanted {
        imprint: Imprint {
            number: revised.number(),
            published_at: revised.release.publish_at,
            ..wanted.imprint.clone()
        },
        is_provisional: true,
        log_size: Some(revised.manifest.log_size),
        ..wanted.clone()
    };
    let before = released(waves, register, revised.release.publish_at);
    let (responses, log_size) = (revised.manifest.responses, revised.manifest.log_size);
    let extent = Extent::at(store, wanted.survey, responses, Some(log_size))?;
    let made = public_figures(catalogue, store, register, &earlier, extent, &before)?;
    Ok(made.figures)
}

/// The files of the survey's folder that the figures were made by, and the questionnaires that were
/// answered: the first is `questionnaire-1.toml`.
fn source_files(survey: &Survey, store: &Store) -> Result<Vec<(String, String)>, NoDraft> {
    let named = survey.plan_files.named().into_iter();
    let named = named.filter(|(_, text)| !text.is_empty());
    let mut files: Vec<(String, String)> = named
        .map(|(name, text)| (name.to_owned(), text.to_owned()))
        .collect();
    if let Some(plan) = &survey.plan {
        files.push((
            "margins.csv".to_owned(),
            margins_csv(plan, &survey.population),
        ));
    }
    let versions = store.versions(&survey.id)?;
    for (version, n) in in_force(&versions).iter().zip(1..) {
        files.push((format!("questionnaire-{n}.toml"), version.source.clone()));
    }
    Ok(files)
}

/// Those of `waves` that have a public release at that moment: the others are not public, so nothing may
/// be compared with them.
fn released(
    waves: &BTreeMap<String, Arc<Figures>>,
    register: &Register,
    moment: i64,
) -> BTreeMap<String, Arc<Figures>> {
    let public = waves.iter();
    public
        .filter(|(id, _)| register.latest(id, moment).is_some())
        .map(|(id, figures)| (id.clone(), Arc::clone(figures)))
        .collect()
}

fn with_reviewed_evidence(
    figures: Figures,
    store: &Store,
    wanted: &Wanted<'_>,
) -> Result<Figures, NoDraft> {
    let Some(all) = &figures.evidence else {
        return Ok(figures);
    };
    let reviews = store.evidence_reviews()?;
    let shown = match evidence::shown(all, &figures.survey, &reviews) {
        Ok(shown) => shown,
        Err(_) if wanted.is_provisional => evidence::decided(all, &figures.survey, &reviews),
        Err(open) => return Err(NoDraft::Evidence(open)),
    };
    Ok(Figures {
        evidence: Some(shown),
        ..figures
    })
}

/// The finding in each language.
fn finding(figures: &Figures, imprint: &Imprint) -> BTreeMap<String, String> {
    let languages = Language::all().iter();
    languages
        .map(|language| {
            let finding = results::finding_of(*language, imprint, figures);
            (language.code().to_owned(), finding)
        })
        .collect()
}

/// First and last day of collection in force.
fn collection(survey: &Survey, store: &Store) -> Result<(String, String), StoreError> {
    let changes = store.fieldwork_changes()?;
    let newest = changes.iter().rfind(|change| change.survey == survey.id);
    let questionnaire = &survey.questionnaire;
    Ok(newest.map_or_else(
        || (questionnaire.opens.clone(), questionnaire.closes.clone()),
        |change| (change.opens.clone(), change.closes.clone()),
    ))
}

fn source_hashes(figures: &Figures) -> BTreeMap<String, String> {
    let named = [
        ("plan.toml", &figures.plan_hash),
        ("population.csv", &figures.population_hash),
        ("frame.csv", &figures.frame_hash),
        ("questionnaire.toml", &figures.questionnaire_hash),
    ];
    let named = named.into_iter();
    named
        .map(|(name, hash)| (name.to_owned(), hash.clone()))
        .collect()
}

fn listed(file: &StoredFile) -> (String, ListedFile) {
    let listed = ListedFile {
        sha256: hex_digest(&file.bytes),
        bytes: u64::try_from(file.bytes.len()).unwrap_or(u64::MAX),
        media_type: file.media_type.clone(),
    };
    (file.name.clone(), listed)
}
