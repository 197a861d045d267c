//! The dry computation of `minyi check`: the files of a folder against each other, then figures from
//! fictional responses.

use std::path::Path;

use crate::questionnaire::{self, Areas};
use crate::release::rehearsal::{Obstacle, Place, obstacles};
use crate::survey::plan::Plan;
use crate::survey::{Catalogue, Findings, Survey, check_folder};

/// The survey in `folder` with warnings about it, if its figures can be computed. `beside`: the
/// surveys of the folder that it lies in.
///
/// # Errors
/// All mistakes, each as `file:line: what; cure`, in the order of files and lines.
pub fn fit(
    folder: &Path,
    areas: &Areas,
    beside: &Catalogue,
) -> Result<(Survey, Vec<String>), Vec<String>> {
    let (survey, mut findings) = check_folder(folder, areas, beside);
    let Some(survey) = survey.filter(|_| findings.mistakes.is_empty()) else {
        return Err(findings.mistakes);
    };
    let catalogue = Catalogue {
        areas: areas.clone(),
        plan_indicators: beside.plan_indicators.clone(),
        ..Catalogue::default()
    };
    for obstacle in obstacles(&catalogue, &survey) {
        let line = match obstacle.is_by_chance {
            true => &mut findings.warnings,
            false => &mut findings.mistakes,
        };
        line.extend(placed(folder, &survey, areas, &obstacle));
    }
    let findings = findings.sorted();
    match findings.mistakes.is_empty() {
        true => Ok((survey, findings.warnings)),
        false => Err(findings.mistakes),
    }
}

/// An obstacle as `file:line: what; cure`; if it is the questionnaire's, with the warnings about it.
fn placed(folder: &Path, survey: &Survey, areas: &Areas, obstacle: &Obstacle) -> Vec<String> {
    let what = &obstacle.what;
    let plan = folder.join("plan.toml");
    let line = match obstacle.place {
        Place::Questionnaire => {
            let file = folder.join("questionnaire.toml").display().to_string();
            let warnings = questionnaire::warnings(&survey.questionnaire_source, &file, areas);
            let first = warnings.first().map_or(1, |warning| warning.line);
            let mut lines = vec![format!("{file}:{first}: {what}")];
            lines.extend(warnings.iter().map(ToString::to_string));
            return lines;
        }
        Place::Plan => 1,
        Place::Indicator(place) => {
            let source = std::fs::read_to_string(&plan).unwrap_or_default();
            Plan::line_of_indicator(&source, place)
        }
    };
    vec![format!("{}:{line}: {what}", plan.display())]
}

/// What keeps the figures of `catalogue` from being right, each as `file:line: what; cure`. `folder`:
/// that of the survey folders.
pub fn plan_mistakes(folder: &Path, catalogue: &Catalogue) -> Vec<String> {
    let mut findings = Findings::default();
    for path in Catalogue::folders(folder).unwrap_or_default() {
        let name = path.file_name().map(|name| name.to_string_lossy());
        let is_served = name.is_some_and(|name| catalogue.surveys.contains_key(name.as_ref()));
        if is_served {
            findings.extend(check_folder(&path, &catalogue.areas, catalogue).1);
        }
    }
    findings.sorted().mistakes
}

/// Says what [`plan_mistakes`] found, when a server starts, and returns it. Answers are collected all
/// the same: they are worth more than a plan that can be corrected.
pub fn warn_of_plans(folder: &Path, catalogue: &Catalogue) -> Vec<String> {
    let mistakes = plan_mistakes(folder, catalogue);
    if !mistakes.is_empty() {
        eprintln!("{}", mistakes.join("\n"));
        eprintln!(
            "minyi: with these mistakes figures are wrong or missing; answers are collected. \
             `minyi check` shows the same list."
        );
    }
    mistakes
}

/// All surveys in `folder`, and each of them with its warnings.
type AllFit = (Catalogue, Vec<(Survey, Vec<String>)>);

/// Does the same as [`fit`] for every survey folder in `folder`.
///
/// # Errors
/// All mistakes of all files. If `areas.toml` has some, only those: everything else depends on it.
pub fn all_fit(folder: &Path) -> Result<AllFit, Vec<String>> {
    let areas = Catalogue::areas_of(folder)?;
    let (catalogue, broken) = match Catalogue::load_without_broken(folder) {
        Ok(loaded) => loaded,
        Err(broken) => (Catalogue::default(), broken),
    };
    let mut all = Findings::default();
    let mut fine = Vec::new();
    for path in Catalogue::folders(folder).map_err(|error| vec![error])? {
        match fit(&path, &areas, &catalogue) {
            Ok(found) => fine.push(found),
            Err(mistakes) => all.mistakes.extend(mistakes),
        }
    }
    if all.mistakes.is_empty() {
        // What concerns no folder: the city plan, or that there is none.
        all.mistakes = broken.0;
    }
    let all = all.sorted();
    match all.mistakes.is_empty() {
        true => Ok((catalogue, fine)),
        false => Err(all.mistakes),
    }
}
