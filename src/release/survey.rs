//! Survey folders: the instrument, its plan and its population, read together and held against each other.

use std::collections::BTreeMap;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::questionnaire::{self, Areas, Kind, Questionnaire};
use crate::release::plan::Plan;
use crate::release::population::Population;

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

/// One village or neighbourhood committee of `frame.csv`.
#[derive(Debug, Clone, PartialEq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FrameUnit {
    /// Its code: the channel of responses collected there.
    pub psu: String,
    /// Area code.
    pub area: String,
    /// `urban` or `rural`: a category of the plan's `urban` variable.
    pub urban: String,
    /// Residents.
    pub population: f64,
    /// 1 if drawn into the sample.
    pub selected: u8,
}

/// Everything under a folder of survey folders.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    /// The areas of `areas.toml`; empty without the file.
    pub areas: Areas,
    /// The city plan's indicators of the top-level `plan.toml`.
    pub plan_indicators: Vec<PlanIndicator>,
    /// The waves by id.
    pub surveys: BTreeMap<String, Survey>,
}

/// One indicator of the city plan.
#[derive(Debug, Clone, PartialEq, serde::Deserialize)]
pub struct PlanIndicator {
    /// Its number in the plan.
    pub number: u16,
    /// Its name.
    #[serde(deserialize_with = "crate::release::plan::text")]
    pub name: questionnaire::Text,
    /// The units that lead it.
    #[serde(default, deserialize_with = "crate::release::plan::text")]
    pub lead: questionnaire::Text,
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

impl Catalogue {
    /// Reads every survey folder under `folder`, with `areas.toml` and `plan.toml` beside them.
    ///
    /// # Errors
    /// Every mistake of every file, so that one run shows them all.
    pub fn load(folder: &Path) -> Result<Catalogue, FolderErrors> {
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
        for path in survey_folders(folder).map_err(|error| FolderErrors(vec![error]))? {
            match Survey::load(&path, &catalogue.areas) {
                Ok(survey) => {
                    catalogue.surveys.insert(survey.id.clone(), survey);
                }
                Err(mistakes) => errors.extend(mistakes.0),
            }
        }
        if errors.is_empty() && catalogue.surveys.is_empty() {
            let folder = folder.display();
            errors.push(format!("{folder}: no survey folder here; give --surveys a folder that holds <survey>-<wave>/questionnaire.toml"));
        }
        if errors.is_empty() {
            Ok(catalogue)
        } else {
            Err(FolderErrors(errors))
        }
    }

    /// The areas of `areas.toml` in `folder`; none without the file.
    ///
    /// # Errors
    /// Every mistake of the file.
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

/// The folders under `folder` that hold a questionnaire.toml, sorted.
fn survey_folders(folder: &Path) -> Result<Vec<std::path::PathBuf>, String> {
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

fn parse_plan(
    source: &str,
    name: &str,
    questionnaire: &Questionnaire,
) -> Result<Plan, Vec<String>> {
    let plan = Plan::parse(source).map_err(|error| vec![format!("{name}:{error}")])?;
    let mut errors = Vec::new();
    if (plan.survey.as_str(), plan.wave.as_str())
        != (questionnaire.survey.as_str(), questionnaire.wave.as_str())
    {
        errors.push(format!(
            "{name}:1: the plan is for {}-{} but the questionnaire is {}-{}; make them equal",
            plan.survey, plan.wave, questionnaire.survey, questionnaire.wave
        ));
    }
    for (question, place) in plan.questions() {
        if questionnaire.question(question).is_none() {
            let line = Plan::line_of(source, question);
            errors.push(format!("{name}:{line}: {place} names the question `{question}`, which the questionnaire does not have; use a code of questionnaire.toml"));
        }
    }
    for indicator in &plan.indicators {
        for domain in &indicator.domains {
            if domain != "mode" && !plan.variables.contains_key(domain) {
                let line = Plan::line_of(source, domain);
                errors.push(format!("{name}:{line}: the domain `{domain}` is no variable of the plan; add it under [variables]"));
            }
        }
    }
    if errors.is_empty() {
        Ok(plan)
    } else {
        Err(errors)
    }
}

/// Margins the plan weights to but population.csv does not have.
fn margins_missing(plan: &Plan, population: &Population, path: &Path) -> Vec<String> {
    let base = Some(&plan.weighting.base).filter(|base| *base != "none");
    plan.weighting
        .rake
        .iter()
        .chain(base)
        .filter(|dimension| !population.dimensions.contains_key(*dimension))
        .map(|dimension| {
            format!(
                "{}:1: the plan weights to `{dimension}`, which is no dimension here; add its rows",
                path.join("population.csv").display()
            )
        })
        .collect()
}

fn parse_frame(
    source: &str,
    name: &str,
    questionnaire: &Questionnaire,
    areas: &Areas,
) -> Result<Vec<FrameUnit>, Vec<String>> {
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(source.as_bytes());
    let mut units = Vec::new();
    let mut errors = Vec::new();
    let mut known = std::collections::BTreeSet::new();
    let urban = questionnaire
        .question("urban")
        .map(|question| &question.kind);
    for (index, row) in reader.deserialize::<FrameUnit>().enumerate() {
        match row {
            Ok(unit) => {
                let line = index + 2;
                let mut wrong = |what: String| errors.push(format!("{name}:{line}: {what}"));
                if !known.insert(unit.psu.clone()) {
                    wrong(format!(
                        "the PSU `{}` stands here twice; keep one row of it",
                        unit.psu
                    ));
                }
                if areas.get(&unit.area).is_none() {
                    wrong(format!(
                        "there is no area `{}`; use a code of areas.toml",
                        unit.area
                    ));
                }
                if let Some(Kind::Single(choices)) = urban
                    && !choices.iter().any(|choice| choice.code == unit.urban)
                {
                    wrong(format!(
                        "`{}` is no answer to the question `urban`; use one of its codes",
                        unit.urban
                    ));
                }
                if unit.selected > 1 || !(unit.population > 0.0 && unit.population.is_finite()) {
                    wrong(
                        "the population is above 0, selected is 0 or 1; correct the row".to_owned(),
                    );
                }
                units.push(unit);
            }
            Err(error) => {
                let line = error.position().map_or(1, csv::Position::line);
                errors.push(format!(
                    "{name}:{line}: {error}; each row is psu,area,urban,population,selected"
                ));
            }
        }
    }
    if errors.is_empty() {
        Ok(units)
    } else {
        Err(errors)
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

fn read(file: &Path) -> Result<String, String> {
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
