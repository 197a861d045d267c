//! One survey folder: the instrument, its plan, its population and its frame, read together.

use std::path::Path;

use sha2::{Digest, Sha256};

use crate::questionnaire::{self, Areas, Questionnaire};
use crate::survey::check::{margins_missing, parse_plan};
use crate::survey::frame::{FrameUnit, parse_frame};
use crate::survey::plan::Plan;
use crate::survey::population::Population;

/// One wave of a survey with everything its folder holds.
#[derive(Debug, Clone)]
pub struct Survey {
    /// `satisfaction-2026`: the folder's name.
    pub id: String,
    /// The instrument.
    pub questionnaire: Questionnaire,
    /// SHA-256 of questionnaire.toml, hex.
    pub questionnaire_hash: String,
    /// The plan, if the folder has one; without it there are no figures.
    pub plan: Option<Plan>,
    /// SHA-256 of plan.toml, hex; empty without a plan.
    pub plan_hash: String,
    /// The population margins; empty if the folder has none.
    pub population: Population,
    /// SHA-256 of population.csv, hex; empty without one.
    pub population_hash: String,
    /// The on-site sample frame; empty if the folder has none.
    pub frame: Vec<FrameUnit>,
    /// SHA-256 of frame.csv, hex; empty without one. It decides the strata of on-site responses.
    pub frame_hash: String,
}

/// What is wrong with a survey folder: each line is `file:line: what; cure`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FolderErrors(pub Vec<String>);

impl std::fmt::Display for FolderErrors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl std::error::Error for FolderErrors {}

impl Survey {
    /// Reads the survey folder `path`; `areas` come from the `areas.toml` beside it.
    ///
    /// # Errors
    /// Every mistake of its files.
    pub fn load(path: &Path, areas: &Areas) -> Result<Survey, FolderErrors> {
        let mut errors = Vec::new();
        let file = path.join("questionnaire.toml");
        let source = read(&file).map_err(|error| FolderErrors(vec![error]))?;
        let loaded = questionnaire::load(&source, &file.display().to_string(), areas);
        let questionnaire = loaded
            .map_err(|mistakes| FolderErrors(mistakes.iter().map(ToString::to_string).collect()))?;
        let id = format!("{}-{}", questionnaire.survey, questionnaire.wave);
        let folder = path
            .file_name()
            .map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        if folder != id {
            errors.push(format!(
                "{}:1: the folder is `{folder}` but the file says `{id}`; make them equal",
                file.display()
            ));
        }
        let (plan, plan_hash) = optional(&path.join("plan.toml"), &mut errors, |source, name| {
            parse_plan(source, name, &questionnaire)
        });
        let (population, population_hash) =
            optional(&path.join("population.csv"), &mut errors, |source, name| {
                Population::parse(source).map_err(|errors| {
                    errors
                        .iter()
                        .map(|error| format!("{name}:{error}"))
                        .collect()
                })
            });
        let (frame, frame_hash) = optional(&path.join("frame.csv"), &mut errors, |source, name| {
            parse_frame(source, name, &questionnaire, areas)
        });
        let population = population.unwrap_or_default();
        if let Some(plan) = &plan {
            errors.extend(margins_missing(plan, &population, path));
        }
        if !errors.is_empty() {
            return Err(FolderErrors(errors));
        }
        Ok(Survey {
            id,
            questionnaire_hash: hex_digest(source.as_bytes()),
            questionnaire,
            plan,
            plan_hash,
            population,
            population_hash,
            frame: frame.unwrap_or_default(),
            frame_hash,
        })
    }
}

fn optional<T>(
    file: &Path,
    errors: &mut Vec<String>,
    parse: impl FnOnce(&str, &str) -> Result<T, Vec<String>>,
) -> (Option<T>, String) {
    if !file.exists() {
        return (None, String::new());
    }
    let parsed = read(file).map_err(|error| vec![error]).and_then(|source| {
        Ok((
            parse(&source, &file.display().to_string())?,
            hex_digest(source.as_bytes()),
        ))
    });
    match parsed {
        Ok((value, hash)) => (Some(value), hash),
        Err(mistakes) => {
            errors.extend(mistakes);
            (None, String::new())
        }
    }
}

pub(super) fn read(file: &Path) -> Result<String, String> {
    std::fs::read_to_string(file).map_err(|error| {
        format!(
            "{}:1: {error}; the file must be there, readable and UTF-8",
            file.display()
        )
    })
}

/// SHA-256 in lower-case hexadecimal.
pub fn hex_digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
