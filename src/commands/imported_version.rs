//! Which questionnaire version the rows of an imported file answer.

use crate::commands::settings::Place;
use crate::commands::{Exit, open};
use crate::release::agreement;
use crate::store::{QuestionnaireVersion, Store, StoreError, in_force};
use crate::survey::Catalogue;

/// The versions of the survey's questionnaire that answers may name, oldest first; none without a
/// `store` or before the first response.
///
/// # Errors
/// The exit code when the database cannot be read, or the questionnaire is not the one that is in use.
pub fn versions(
    place: &Place,
    store: Option<&Store>,
    survey: &str,
    catalogue: &mut Catalogue,
) -> Result<Vec<QuestionnaireVersion>, Exit> {
    let Some(store) = store else {
        return Ok(Vec::new());
    };
    let unread = |error: StoreError| open::store_error(&error);
    let changed = agreement::settle(store, catalogue).map_err(unread)?;
    let mut changed = changed.iter();
    if let Some(changed) = changed.find(|changed| changed.survey == survey) {
        for line in changed.lines(&place.surveys()) {
            eprintln!("{line}");
        }
        eprintln!("minyi import: nothing was stored");
        return Err(Exit::Input);
    }
    if store.count(survey).map_err(unread)? == 0 {
        // What is stored so far are drafts.
        return Ok(Vec::new());
    }
    let versions = store.versions(survey).map_err(unread)?;
    Ok(in_force(&versions).to_vec())
}

/// Prints which versions a row may name.
pub fn print_versions(versions: &[QuestionnaireVersion]) {
    eprintln!("minyi import: the versions of the questionnaire are:");
    for version in versions {
        let since = open::utc(version.since);
        eprintln!("  {} in use from {since}  {}", version.hash, version.reason);
    }
    eprintln!("name the one that was answered with --version or in a column `version`");
}
