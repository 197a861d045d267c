//! The dry computation of `minyi check`: the files of a folder against each other, then figures from
//! fictional responses.

use std::path::Path;

use crate::questionnaire::Areas;
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
    let (survey, findings) = check_folder(folder, areas, beside);
    match survey {
        Some(survey) if findings.mistakes.is_empty() => Ok((survey, findings.warnings)),
        _ => Err(findings.mistakes),
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
    let mut all = Findings {
        mistakes: broken.0,
        ..Findings::default()
    };
    let mut fine = Vec::new();
    for path in Catalogue::folders(folder).map_err(|error| vec![error])? {
        match fit(&path, &areas, &catalogue) {
            Ok(found) => fine.push(found),
            Err(mistakes) => all.mistakes.extend(mistakes),
        }
    }
    let all = all.sorted();
    match all.mistakes.is_empty() {
        true => Ok((catalogue, fine)),
        false => Err(all.mistakes),
    }
}
