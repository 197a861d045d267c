//! Paper forms of the fictional city: one typed by one person, one by two people who disagree.

use std::borrow::Cow;

use crate::demo::city::City;
use crate::demo::office::TYPISTS;
use crate::demo::populate::{Fiction, PopulateError, response};
use crate::demo::waves::WAVES;
use crate::questionnaire::answer::Mode;
use crate::staff::{Action, AuditEntry, Role};
use crate::store::{PaperEntry, Store};

/// The survey of the forms.
const SURVEY: &str = "satisfaction-2026";

/// Numbers of responses that no wave reaches, for the ids of forms.
const FIRST: u64 = 1 << 40;

/// Stores the forms, unless there are some.
///
/// # Errors
/// When the database fails, or a form is not valid.
pub fn type_forms(fiction: &Fiction<'_>, store: &Store, now: i64) -> Result<(), PopulateError> {
    let wave = WAVES.iter().find(|wave| wave.id == SURVEY);
    let survey = fiction.catalogue.surveys.get(SURVEY);
    let (Some(wave), Some(survey)) = (wave, survey) else {
        return Ok(());
    };
    if !store
        .paper_forms(&survey.id)
        .map_err(PopulateError::Store)?
        .is_empty()
    {
        return Ok(());
    }
    let areas = &fiction.catalogue.areas;
    let mut city = City::new(survey, areas, fiction.seed, (wave, fiction.responses));
    let mut filled = std::iter::from_fn(|| city.respond()).take(1_000);
    let Some(mut filled) = filled.find(|filled| filled.mode == Mode::Onsite) else {
        return Ok(());
    };
    filled.mode = Mode::Paper;
    filled.enumerator = "";
    let mut misread = filled.clone();
    if let Some((_, value)) = misread.fields.iter_mut().find(|(name, _)| *name == "a1") {
        *value = Cow::Borrowed(if value == "5" { "4" } else { "5" });
    }
    let [one, other] = TYPISTS;
    let typed = [
        ("1", one, &filled),
        ("1", other, &misread),
        ("2", one, &filled),
    ];
    for (number, (form, (role, typist), filled)) in (FIRST..).zip(typed) {
        let response = response(fiction, survey, filled, number);
        let response = response.ok_or_else(|| PopulateError::Invalid {
            survey: survey.id.clone(),
        })?;
        let entry = PaperEntry::new(form, typist, "", 140, &response);
        let audited = audited(role, typist, form, now).of_survey(&survey.id);
        store
            .enter_paper(entry, response, audited)
            .map_err(PopulateError::Store)?;
    }
    Ok(())
}

fn audited(role: Role, typist: &str, form: &str, now: i64) -> AuditEntry {
    AuditEntry {
        who: typist.to_owned(),
        role: role.as_str().to_owned(),
        ..AuditEntry::by_terminal(Action::PaperEntered, form, now)
    }
}
