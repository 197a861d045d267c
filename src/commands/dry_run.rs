//! The dry computation of `minyi check`: the files of a folder against each other, then figures from
//! fictional responses.

use std::path::Path;

use crate::questionnaire::Areas;
use crate::release::rehearsal::obstacles;
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
    let plan = folder.join("plan.toml");
    let source = std::fs::read_to_string(&plan).unwrap_or_default();
    let catalogue = Catalogue {
        areas: areas.clone(),
        plan_indicators: beside.plan_indicators.clone(),
        ..Catalogue::default()
    };
    for obstacle in obstacles(&catalogue, &survey) {
        let line = Plan::line_of_indicator(&source, obstacle.indicator);
        let text = format!("{}:{line}: {}", plan.display(), obstacle.what);
        match obstacle.is_by_chance {
            true => findings.warnings.push(text),
            false => findings.mistakes.push(text),
        }
    }
    let findings = findings.sorted();
    match findings.mistakes.is_empty() {
        true => Ok((survey, findings.warnings)),
        false => Err(findings.mistakes),
    }
}

/// All surveys in `folder`, and each of them with its warnings.
type AllFit = (Catalogue, Vec<(Survey, Vec<String>)>);

/// [`fit`] for every survey folder in `folder`.
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
