//! Every mistake of all files of a survey folder at once, also of those that are read after a file
//! with a mistake.

use std::path::{Path, PathBuf};

use crate::questionnaire::{self, Areas, Questionnaire};
use crate::survey::catalogue::Catalogue;
use crate::survey::check::{frame_missing, margins_missing, parse_plan, totals_unequal};
use crate::survey::check_evidence::evidence;
use crate::survey::check_indicators::indicators;
use crate::survey::check_margins::Margins;
use crate::survey::check_report::{Findings, Report};
use crate::survey::check_waves::waves;
use crate::survey::check_weighting::{combine, exclusions, minimums, modes, variables, weighting};
use crate::survey::folder::{
    FolderErrors, Survey, name_unequal, named_file, read, with_shared_scales,
};
use crate::survey::frame::{FrameUnit, parse_frame};
use crate::survey::plan::Plan;
use crate::survey::population::Population;

/// The files of a folder, as far as they can be read.
struct Files {
    questionnaire: Option<Questionnaire>,
    plan: Option<Plan>,
    plan_source: String,
    plan_file: String,
    population: Option<Population>,
    population_file: PathBuf,
    frame: Option<Vec<FrameUnit>>,
    frame_file: PathBuf,
    mistakes: Vec<String>,
}

/// All that can be found in the folder `path` without computing: what [`Survey::load`] refuses, and
/// what would make figures wrong, empty or missing. `beside`: the surveys of the folder that it lies
/// in. Also gives the survey, if there is no mistake.
pub fn check_folder(path: &Path, areas: &Areas, beside: &Catalogue) -> (Option<Survey>, Findings) {
    let mut files = Files::read(path, areas);
    let mut findings = Findings {
        mistakes: std::mem::take(&mut files.mistakes),
        ..Findings::default()
    };
    if let (Some(questionnaire), Some(plan)) = (&files.questionnaire, &files.plan) {
        findings.extend(files.judge(questionnaire, plan, areas));
        let mut report = Report::on(&files.plan_source, &files.plan_file);
        waves(&mut report, path, plan, beside);
        findings.extend(report.finish());
    }
    if !findings.mistakes.is_empty() {
        return (None, findings.sorted());
    }
    let survey = match Survey::load(path, areas) {
        Ok(survey) => Some(survey),
        Err(FolderErrors(errors)) => {
            findings.mistakes.extend(errors);
            None
        }
    };
    (survey, findings.sorted())
}

impl Files {
    /// Reads the files of the folder `path`; a mistake in one of them does not keep the others from
    /// being read.
    fn read(path: &Path, areas: &Areas) -> Files {
        let mut mistakes = Vec::new();
        let file = path.join("questionnaire.toml");
        let name = file.display().to_string();
        let source = read(&file).map_err(|error| vec![error]);
        let source = source.and_then(|source| with_shared_scales(&source, path, &name));
        let questionnaire = source.and_then(|source| {
            let loaded = questionnaire::load(&source, &name, areas);
            loaded.map_err(|found| found.iter().map(ToString::to_string).collect())
        });
        let questionnaire = kept(questionnaire, &mut mistakes);
        let id = questionnaire.as_ref().map(Questionnaire::id);
        mistakes.extend(id.and_then(|id| name_unequal(path, &id, &name)));
        let file = path.join("plan.toml");
        let plan_file = file.display().to_string();
        let plan_source = file.exists().then(|| read(&file));
        let plan_source = plan_source.and_then(|read| match read {
            Ok(source) => Some(source),
            Err(error) => {
                mistakes.push(error);
                None
            }
        });
        let plan_source = plan_source.unwrap_or_default();
        let plan = (!plan_source.is_empty()).then(|| {
            let parsed = Plan::parse(&plan_source);
            parsed.map_err(|error| vec![format!("{plan_file}:{error}")])
        });
        let plan = plan.and_then(|plan| kept(plan, &mut mistakes));
        if let (Some(_), Some(questionnaire)) = (&plan, &questionnaire) {
            kept(
                parse_plan(&plan_source, &plan_file, questionnaire),
                &mut mistakes,
            );
        }
        let named = plan.as_ref().and_then(|plan| plan.population.as_ref());
        let population_file = named_file(path, named, "population.csv", &mut mistakes);
        let named = plan.as_ref().and_then(|plan| plan.frame.as_ref());
        let frame_file = named_file(path, named, "frame.csv", &mut mistakes);
        let population = table(&population_file, &mut mistakes, |source, name| {
            let parsed = Population::parse(source);
            parsed.map_err(|found| found.iter().map(|own| format!("{name}:{own}")).collect())
        });
        let frame = table(&frame_file, &mut mistakes, |source, name| {
            parse_frame(source, name, questionnaire.as_ref(), areas)
        });
        Files {
            questionnaire,
            plan,
            plan_source,
            plan_file,
            population,
            population_file,
            frame,
            frame_file,
            mistakes,
        }
    }

    /// Compares the files with each other.
    fn judge(&self, questionnaire: &Questionnaire, plan: &Plan, areas: &Areas) -> Findings {
        let mut report = Report::on(&self.plan_source, &self.plan_file);
        indicators(&mut report, plan, questionnaire, areas);
        evidence(&mut report, plan, questionnaire);
        modes(&mut report, plan);
        combine(&mut report, plan);
        variables(&mut report, plan, questionnaire);
        weighting(&mut report, plan, questionnaire);
        exclusions(&mut report, plan);
        let (none, no_frame) = (Population::default(), Vec::new());
        let margins = Margins {
            plan,
            questionnaire,
            areas,
            population: self.population.as_ref().unwrap_or(&none),
            population_file: &self.population_file.display().to_string(),
            frame: self.frame.as_ref().unwrap_or(&no_frame),
            frame_file: &self.frame_file.display().to_string(),
        };
        // A file with a mistake is not compared: it would give mistakes that are none.
        let is_unnamed = plan.population.is_none() && !self.population_file.exists();
        if self.population.is_some() || is_unnamed {
            for mistake in margins_missing(plan, margins.population, &self.population_file)
                .into_iter()
                .chain(totals_unequal(
                    plan,
                    margins.population,
                    &self.population_file,
                ))
            {
                report.elsewhere(mistake);
            }
            margins.rows(&mut report);
        }
        if self.frame.is_some() || (plan.frame.is_none() && !self.frame_file.exists()) {
            if let Some(mistake) = frame_missing(plan, margins.frame, &self.frame_file) {
                report.elsewhere(mistake);
            }
            margins.frame(&mut report);
        }
        minimums(&mut report, plan, margins.people());
        report.finish()
    }
}

/// The value, or `None` with its mistakes added to the others.
fn kept<T>(read: Result<T, Vec<String>>, mistakes: &mut Vec<String>) -> Option<T> {
    match read {
        Ok(value) => Some(value),
        Err(found) => {
            mistakes.extend(found);
            None
        }
    }
}

/// A table that may be missing.
fn table<T>(
    file: &Path,
    mistakes: &mut Vec<String>,
    parse: impl FnOnce(&str, &str) -> Result<T, Vec<String>>,
) -> Option<T> {
    if !file.exists() {
        return None;
    }
    let source = read(file).map_err(|error| vec![error]);
    let parsed = source.and_then(|source| parse(&source, &file.display().to_string()));
    kept(parsed, mistakes)
}
