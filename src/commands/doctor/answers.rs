//! Checks that compare the survey folders and the key of the invitations with what is stored.

use std::path::Path;

use crate::commands::doctor::finding::{Finding, fail, ok, unopened};
use crate::commands::settings::Place;
use crate::commands::{invitation_key, open};
use crate::release::agreement;
use crate::store::{Store, StoreError};
use crate::survey::Catalogue;

/// Surveys that have responses but no folder.
pub(super) fn orphans(catalogue: &Catalogue, store: &Store) -> Vec<Finding> {
    let orphans = open::orphans(store, catalogue).unwrap_or_default();
    let finding = |(survey, n): &(String, u64)| {
        let found = format!("{n} responses to {survey}, which has no folder without mistakes");
        let cure = "put the folder back, as it was when people answered";
        fail("orphans", found, cure)
    };
    orphans.iter().map(finding).collect()
}

/// Whether this data folder has the key of the invitations, and whether each spent one has its
/// response.
pub(super) fn invitations(
    data: &Path,
    catalogue: &Catalogue,
    store: &Store,
) -> Result<Vec<Finding>, StoreError> {
    let Some(known) = store.invitation_key_check()? else {
        return Ok(Vec::new());
    };
    let mut findings = vec![match invitation_key::existing(data) {
        Some(key) if key.check_value() == known => ok("invitations", "the key is there"),
        _ => {
            let cure = "copy invitation.key from the data folder where they were issued";
            fail("invitations", "this data folder has another key", cure)
        }
    }];
    for survey in catalogue.surveys.keys() {
        for (psu, count) in store.invitation_counts(survey)? {
            if count.issued > 0 && count.used() != count.responses {
                let found = format!(
                    "{survey}, {psu}: {} are spent, and {} online responses are stored",
                    count.used(),
                    count.responses
                );
                let cure = "the database was changed from outside: compare it with a backup";
                findings.push(fail("invitations", found, cure));
            }
        }
    }
    Ok(findings)
}

/// Questionnaires and plans that are not those that were in use when people answered.
pub(super) fn changed(place: &Place, catalogue: &Catalogue, store: &Store) -> Vec<Finding> {
    let (folder, mut catalogue) = (place.surveys(), catalogue.clone());
    let mut findings = Vec::new();
    match agreement::settle(store, &mut catalogue) {
        Ok(changed) => {
            let lines = changed.iter().flat_map(|changed| changed.lines(&folder));
            findings.extend(lines.map(|line| fail("versions", line, "")));
        }
        Err(error) => findings.push(unopened(&error)),
    }
    match agreement::other_plans(store, &catalogue) {
        Ok(plans) => {
            let lines = plans.iter().map(|plan| plan.line(&folder));
            findings.extend(lines.map(|line| fail("plan", line, "")));
        }
        Err(error) => findings.push(unopened(&error)),
    }
    findings
}
