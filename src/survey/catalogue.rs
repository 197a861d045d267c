//! All survey folders of an installation, and the files for areas and city plan beside them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::questionnaire::{self, Areas};
use crate::survey::folder::{FolderErrors, Survey, read};
use crate::survey::text;

/// All surveys of an installation.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    /// The areas in `areas.toml`; empty without the file.
    pub areas: Areas,
    /// The indicators of the city plan, from the top-level `plan.toml`.
    pub plan_indicators: Vec<PlanIndicator>,
    /// The waves by id, such as `satisfaction-2026`.
    pub surveys: BTreeMap<String, Survey>,
}

/// One indicator of the city plan.
#[derive(Debug, Clone, PartialEq, serde::Deserialize)]
pub struct PlanIndicator {
    /// Its number in the plan.
    pub number: u16,
    /// Its name.
    #[serde(deserialize_with = "text::text")]
    pub name: questionnaire::Text,
    /// The departments that are responsible for it.
    #[serde(default, deserialize_with = "text::text")]
    pub lead: questionnaire::Text,
}

impl Catalogue {
    /// Reads every survey folder in `folder`, and `areas.toml` and `plan.toml` beside them.
    ///
    /// # Errors
    /// All mistakes of all files.
    pub fn load(folder: &Path) -> Result<Catalogue, FolderErrors> {
        let (catalogue, errors) = Catalogue::load_without_broken(folder)?;
        match errors.0.is_empty() {
            true => Ok(catalogue),
            false => Err(errors),
        }
    }

    /// Reads every survey folder without mistakes in `folder`, and `areas.toml` and `plan.toml` beside
    /// them; returns the mistakes of the other folders.
    ///
    /// # Errors
    /// All mistakes of all files, if the shared files have some or no folder is without.
    pub fn load_without_broken(folder: &Path) -> Result<(Catalogue, FolderErrors), FolderErrors> {
        let mut errors = Vec::new();
        let mut catalogue = Catalogue::default();
        match Catalogue::areas_of(folder) {
            Ok(areas) => catalogue.areas = areas,
            Err(mistakes) => errors.extend(mistakes),
        }
        match load_plan_indicators(folder) {
            Ok(indicators) => catalogue.plan_indicators = indicators,
            Err(mistake) => errors.push(mistake),
        }
        let is_shared_fit = errors.is_empty();
        for path in Catalogue::folders(folder).map_err(|error| FolderErrors(vec![error]))? {
            match Survey::load(&path, &catalogue.areas) {
                Ok(survey) => {
                    catalogue.surveys.insert(survey.id.clone(), survey);
                }
                Err(mistakes) => errors.extend(mistakes.0),
            }
        }
        if errors.is_empty() && catalogue.surveys.is_empty() {
            let folder = folder.display();
            errors.push(format!(
                "{folder}: there is no survey folder here; give --surveys a folder that contains \
                 <survey>-<wave>/questionnaire.toml"
            ));
        }
        match is_shared_fit && !catalogue.surveys.is_empty() {
            true => Ok((catalogue, FolderErrors(errors))),
            false => Err(FolderErrors(errors)),
        }
    }

    /// The folders in `folder` that contain a questionnaire.toml, sorted.
    ///
    /// # Errors
    /// When `folder` cannot be read.
    pub fn folders(folder: &Path) -> Result<Vec<PathBuf>, String> {
        let entries =
            std::fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let mut folders: Vec<_> = entries
            .filter_map(Result::ok)
            .map(|entry| entry.path())
            .filter(|path| path.join("questionnaire.toml").is_file())
            .collect();
        folders.sort();
        Ok(folders)
    }

    /// The areas in `areas.toml` of `folder`; none without the file.
    ///
    /// # Errors
    /// All mistakes of the file.
    pub fn areas_of(folder: &Path) -> Result<Areas, Vec<String>> {
        let file = folder.join("areas.toml");
        if !file.exists() {
            return Ok(Areas::default());
        }
        let source = read(&file).map_err(|error| vec![error])?;
        questionnaire::load_areas(&source, &file.display().to_string())
            .map_err(|mistakes| mistakes.iter().map(ToString::to_string).collect())
    }
}

fn load_plan_indicators(folder: &Path) -> Result<Vec<PlanIndicator>, String> {
    #[derive(serde::Deserialize)]
    struct File {
        #[serde(default, rename = "indicator")]
        indicators: Vec<PlanIndicator>,
    }
    let file = folder.join("plan.toml");
    if !file.exists() {
        return Ok(Vec::new());
    }
    let source = read(&file)?;
    let parsed: Result<File, toml::de::Error> = toml::from_str(&source);
    parsed.map(|file| file.indicators).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        let line = source
            .bytes()
            .take(start)
            .filter(|byte| *byte == b'\n')
            .count()
            + 1;
        format!(
            "{}:{line}: {}; each indicator has number, name and lead",
            file.display(),
            error.message()
        )
    })
}
