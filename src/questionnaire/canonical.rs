//! The canonical form of a questionnaire, from which its version is known.

use serde_json::{Value, json};

use super::area::Areas;
use super::describe;
use super::instrument::{Kind, Questionnaire};

/// Keys that say when, under which approval and with whose help the form is answered, but not what
/// is asked.
const ADMINISTRATIVE: [&str; 9] = [
    "version",
    "modes",
    "form_number",
    "agency",
    "approval_number",
    "valid_until",
    "opens",
    "closes",
    "contact",
];

/// The canonical form: the questionnaire as JSON in one line, with its keys in a fixed order.
///
/// It holds everything that a respondent reads or that decides how an answer is understood. Comments,
/// spaces and the order of keys in the file do not matter. Neither do the days of collection, the
/// approval, the agency and whom to ask: fieldwork that is extended by a week does not change what
/// was asked. The names of areas belong to `areas.toml`.
pub fn canonical(questionnaire: &Questionnaire) -> String {
    let mut form = describe::to_json(questionnaire, &Areas::default(), "");
    if let Some(form) = form.as_object_mut() {
        form.retain(|key, _| !ADMINISTRATIVE.contains(&key.as_str()));
        let areas = questionnaire
            .questions()
            .filter_map(|(_, question)| match &question.kind {
                Kind::Area { kinds } => Some((question.code.clone(), json!(kinds))),
                _ => None,
            });
        form.insert("areas".to_owned(), Value::Object(areas.collect()));
        let rules = questionnaire.sections.iter().map(|section| {
            let rule = section.ask_if.as_ref().map(ToString::to_string);
            (section.code.clone(), json!(rule))
        });
        form.insert("section_rules".to_owned(), Value::Object(rules.collect()));
    }
    form.to_string()
}

/// Fewest digits of a hash that name a version.
const FEWEST_DIGITS: usize = 12;

/// The version among `known` (hashes) that `name` names: a hash, or at least its first 12 digits.
/// `None` if it names none or more than one.
pub fn version_named<'h>(known: &[&'h str], name: &str) -> Option<&'h str> {
    if name.len() < FEWEST_DIGITS {
        return None;
    }
    let mut named = known.iter().filter(|hash| hash.starts_with(name));
    let first = named.next()?;
    named.all(|other| other == first).then_some(*first)
}
