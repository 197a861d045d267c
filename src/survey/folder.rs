//! One survey folder: reads questionnaire, plan, population and frame together.

use std::path::{Component, Path, PathBuf};

use crate::questionnaire::{self, Areas, Questionnaire};
use crate::survey::check::{frame_missing, margins_missing, parse_plan, totals_unequal};
use crate::survey::digest::hex_digest;
use crate::survey::frame::{FrameUnit, parse_frame};
use crate::survey::lines::Lines;
use crate::survey::plan::Plan;
use crate::survey::plan_files::PlanFiles;
use crate::survey::population::Population;

/// One wave of a survey, with everything in its folder.
#[derive(Debug, Clone)]
pub struct Survey {
    /// `satisfaction-2026`: the folder's name.
    pub id: String,
    /// The questionnaire.
    pub questionnaire: Questionnaire,
    /// questionnaire.toml, with shared scales written out.
    pub questionnaire_source: String,
    /// The questionnaire version: SHA-256 of the canonical form, hex. Where responses are stored
    /// under the hash of an earlier minyi for the same questionnaire, that hash.
    pub questionnaire_hash: String,
    /// The plan, if the folder has one. Without a plan there are no figures.
    pub plan: Option<Plan>,
    /// SHA-256 of plan.toml, hex; empty without a plan.
    pub plan_hash: String,
    /// The plan and the files that it takes figures from, as they are.
    pub plan_files: PlanFiles,
    /// The population margins; empty if the folder has none.
    pub population: Population,
    /// SHA-256 of population.csv, hex; empty without one.
    pub population_hash: String,
    /// The on-site sample frame; empty if the folder has none.
    pub frame: Vec<FrameUnit>,
    /// SHA-256 of frame.csv, hex; empty without one. The frame determines the strata of on-site
    /// responses.
    pub frame_hash: String,
}

/// The mistakes in a survey folder, each as `file:line: what; cure`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FolderErrors(pub Vec<String>);

impl std::fmt::Display for FolderErrors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl std::error::Error for FolderErrors {}

impl Survey {
    /// Whether `psu` is a drawn one of the frame.
    #[must_use]
    pub fn is_drawn(&self, psu: &str) -> bool {
        let mut frame = self.frame.iter();
        frame.any(|unit| unit.psu == psu && unit.selected == 1)
    }

    /// Reads the survey folder `path`. `areas` are those of the `areas.toml` beside it.
    ///
    /// # Errors
    /// All mistakes of its files.
    pub fn load(path: &Path, areas: &Areas) -> Result<Survey, FolderErrors> {
        let file = path.join("questionnaire.toml");
        let source = read(&file).map_err(|error| FolderErrors(vec![error]))?;
        let name = file.display().to_string();
        let source = with_shared_scales(&source, path, &name).map_err(FolderErrors)?;
        let loaded = questionnaire::load(&source, &name, areas);
        let questionnaire = loaded
            .map_err(|mistakes| FolderErrors(mistakes.iter().map(ToString::to_string).collect()))?;
        let mut errors = Vec::new();
        let id = format!("{}-{}", questionnaire.survey, questionnaire.wave);
        errors.extend(name_unequal(path, &id, &name));
        let (plan, plan_hash) = optional(&path.join("plan.toml"), &mut errors, |source, name| {
            parse_plan(source, name, &questionnaire)
        });
        let named = plan.as_ref().and_then(|plan| plan.population.as_ref());
        let population_file = named_file(path, named, "population.csv", &mut errors);
        let named = plan.as_ref().and_then(|plan| plan.frame.as_ref());
        let frame_file = named_file(path, named, "frame.csv", &mut errors);
        let (population, population_hash) =
            optional(&population_file, &mut errors, |source, name| {
                let parsed = Population::parse(source);
                parsed.map_err(|errors| errors.iter().map(|e| format!("{name}:{e}")).collect())
            });
        let (frame, frame_hash) = optional(&frame_file, &mut errors, |source, name| {
            parse_frame(source, name, &questionnaire, areas)
        });
        let population = population.unwrap_or_default();
        if let Some(plan) = &plan {
            errors.extend(margins_missing(plan, &population, &population_file));
            let frame = frame.as_deref().unwrap_or_default();
            errors.extend(frame_missing(plan, frame, &frame_file));
            errors.extend(totals_unequal(plan, &population, &population_file));
        }
        if !errors.is_empty() {
            return Err(FolderErrors(errors));
        }
        Ok(Survey {
            id,
            questionnaire_hash: hex_digest(questionnaire::canonical(&questionnaire).as_bytes()),
            questionnaire_source: source,
            questionnaire,
            plan,
            plan_hash,
            plan_files: plan_files(path, &population_file, &frame_file),
            population,
            population_hash,
            frame: frame.unwrap_or_default(),
            frame_hash,
        })
    }

    /// The survey with the plan, population and frame of `files` instead of its own.
    ///
    /// # Errors
    /// All mistakes of the files.
    pub fn with_plan_files(&self, files: &PlanFiles, areas: &Areas) -> Result<Survey, Vec<String>> {
        let own = |name: &str| format!("{}/{name} as it was", self.id);
        let plan = parse_plan(&files.plan, &own("plan.toml"), &self.questionnaire)?;
        let population = match files.population.as_str() {
            "" => Population::default(),
            source => Population::parse(source)
                .map_err(|errors| errors.iter().map(ToString::to_string).collect::<Vec<_>>())?,
        };
        let frame = match files.frame.as_str() {
            "" => Vec::new(),
            source => parse_frame(source, &own("frame.csv"), &self.questionnaire, areas)?,
        };
        let hash = |text: &str| match text {
            "" => String::new(),
            text => hex_digest(text.as_bytes()),
        };
        Ok(Survey {
            plan: Some(plan),
            plan_hash: hash(&files.plan),
            population,
            population_hash: hash(&files.population),
            frame,
            frame_hash: hash(&files.frame),
            plan_files: files.clone(),
            ..self.clone()
        })
    }
}

/// The texts of the plan in `folder` and of the two files that it takes figures from.
fn plan_files(folder: &Path, population: &Path, frame: &Path) -> PlanFiles {
    let text = |file: &Path| std::fs::read_to_string(file).unwrap_or_default();
    PlanFiles {
        plan: text(&folder.join("plan.toml")),
        population: text(population),
        frame: text(frame),
    }
}

/// An error if the folder `path` is not called `id`; `name` is that of the questionnaire.
pub(super) fn name_unequal(path: &Path, id: &str, name: &str) -> Option<String> {
    let folder = path.file_name()?.to_string_lossy();
    (folder != id).then(|| {
        format!("{name}:1: the folder is `{folder}` but the file says `{id}`; make them equal")
    })
}

/// The path of a file that the plan may name: `named`, or `default` in the survey folder. Adds an
/// error if a named file does not exist.
pub(super) fn named_file(
    folder: &Path,
    named: Option<&String>,
    default: &str,
    errors: &mut Vec<String>,
) -> PathBuf {
    let file = without_detour(folder.join(named.map_or(default, |named| named.as_str())));
    if named.is_some() && !file.is_file() {
        let plan = folder.join("plan.toml");
        let source = read(&plan).unwrap_or_default();
        let key = default.trim_end_matches(".csv");
        errors.push(format!(
            "{}:{}: there is no file {}; correct the path, which is relative to this folder",
            plan.display(),
            Lines::of(&source).line(&[key.into()]),
            file.display()
        ));
    }
    file
}

/// `a/c` for `a/b/../c`, if it is the same file: waves that share a file call it by one name.
fn without_detour(file: PathBuf) -> PathBuf {
    let mut short = PathBuf::new();
    for part in file.components() {
        let ends_in_name = matches!(short.components().next_back(), Some(Component::Normal(_)));
        if part == Component::ParentDir && ends_in_name {
            short.pop();
        } else {
            short.push(part);
        }
    }
    match (short.canonicalize(), file.canonicalize()) {
        (Ok(short_path), Ok(path)) if short_path == path => short,
        _ => file,
    }
}

/// The questionnaire with the scales of an older wave added at its end, if it names one by
/// `choices_from = "../satisfaction-2025/questionnaire.toml"`. So a questionnaire is one document
/// with one hash. The numbers of its own lines do not change.
pub(super) fn with_shared_scales(
    source: &str,
    folder: &Path,
    name: &str,
) -> Result<String, Vec<String>> {
    const KEY: &str = "choices_from";
    // The loader refuses invalid TOML, with all mistakes.
    let Ok(own) = toml::from_str::<toml::Table>(source) else {
        return Ok(source.to_owned());
    };
    let Some(from) = own.get(KEY) else {
        return Ok(source.to_owned());
    };
    let key_line = source
        .lines()
        .position(|line| line.trim_start().starts_with(KEY))
        .unwrap_or(0);
    let wrong = |what: String| vec![format!("{name}:{}: {what}", key_line + 1)];
    let file = match from.as_str() {
        Some(path) => folder.join(path),
        None => return Err(wrong(format!("`{KEY}` must be a path in quotes"))),
    };
    let older = read(&file).map_err(|error| vec![error])?;
    let older: toml::Table = toml::from_str(&older).map_err(|error| {
        wrong(format!(
            "{}: {}; correct that file",
            file.display(),
            error.message()
        ))
    })?;
    let mut scales = toml::Table::new();
    let tables = |table: &toml::Table| table.get("choices").and_then(|t| t.as_table()).cloned();
    let own_scales = tables(&own).unwrap_or_default();
    for (scale, choices) in tables(&older).unwrap_or_default() {
        // The questionnaire's own scale with the same name was changed on purpose.
        if !own_scales.contains_key(&scale) {
            scales.insert(scale, choices);
        }
    }
    let shared = toml::Table::from_iter([("choices".to_owned(), toml::Value::Table(scales))]);
    let shared = toml::to_string(&shared).map_err(|error| wrong(error.to_string()))?;
    let own: Vec<String> = source
        .lines()
        .enumerate()
        .map(|(line, text)| {
            if line == key_line {
                format!("# {text}")
            } else {
                text.to_owned()
            }
        })
        .collect();
    Ok(format!("{}\n\n{shared}", own.join("\n")))
}

/// Reads and parses a file that may be missing, and computes its hash. Adds mistakes to `errors`.
fn optional<T>(
    file: &Path,
    errors: &mut Vec<String>,
    parse: impl FnOnce(&str, &str) -> Result<T, Vec<String>>,
) -> (Option<T>, String) {
    if !file.exists() {
        return (None, String::new());
    }
    let parsed = read(file).map_err(|error| vec![error]).and_then(|source| {
        let value = parse(&source, &file.display().to_string())?;
        Ok((value, hex_digest(source.as_bytes())))
    });
    match parsed {
        Ok((value, hash)) => (Some(value), hash),
        Err(mistakes) => {
            errors.extend(mistakes);
            (None, String::new())
        }
    }
}

/// Reads a text file.
///
/// # Errors
/// A message with path and cure.
pub(super) fn read(file: &Path) -> Result<String, String> {
    std::fs::read_to_string(file).map_err(|error| {
        format!(
            "{}:1: {error}; the file must exist, be readable and be UTF-8",
            file.display()
        )
    })
}
