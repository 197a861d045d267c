//! `questionnaire.toml`, read and checked as a whole.

use super::mistake::Mistake;
use super::reader::{Entries, SourceFile};
use super::{choices, dates, rules, sections};
use crate::questionnaire::area::Areas;
use crate::questionnaire::instrument::{ObservationUnit, Questionnaire};

/// The keys of the top level.
const KEYS: [&str; 19] = [
    "survey",
    "wave",
    "title",
    "form_number",
    "agency",
    "approval_number",
    "valid_until",
    "opens",
    "closes",
    "intro",
    "duration",
    "eligibility",
    "privacy",
    "confidentiality",
    "contact",
    "thanks",
    "unit_of_observation",
    "choices",
    "section",
];

/// Reads the text of `questionnaire.toml`. `file_name` is used only in mistakes; `area` questions
/// offer the areas of `areas`.
///
/// # Errors
/// All mistakes, in the order of the file.
pub fn load(source: &str, file_name: &str, areas: &Areas) -> Result<Questionnaire, Vec<Mistake>> {
    let file = SourceFile::new(source, file_name);
    let table = file.parse();
    let read = |table| questionnaire(&Entries::new(&file, table, 0, String::new(), &KEYS), areas);
    let questionnaire = table.as_ref().map(read);
    file.finish(questionnaire)
}

fn questionnaire(entries: &Entries<'_, '_>, areas: &Areas) -> Questionnaire {
    let scales = choices::scales(entries);
    let drafts = sections::sections(entries, &scales, areas);
    let sections = rules::attach(entries.file, drafts, areas);
    let (opens, closes, valid_until) = dates::dates(entries);
    let unit = match entries
        .word("unit_of_observation", &["person", "shop"])
        .as_deref()
    {
        Some("shop") => ObservationUnit::Shop,
        _ => ObservationUnit::Person,
    };
    Questionnaire {
        survey: entries.required_code("survey", "satisfaction"),
        wave: wave(entries),
        title: entries.required_text("title"),
        form_number: entries.required_string(
            "form_number",
            "give the 表号, such as `form_number = \"驻民调01表\"`",
        ),
        agency: entries.name("agency", true),
        approval_number: entries.required_string(
            "approval_number",
            "give the 批准文号; `approval_number = \"\"` for a demonstration",
        ),
        valid_until,
        opens,
        closes,
        intro: entries.text("intro"),
        duration: entries.text("duration"),
        eligibility: entries.text("eligibility"),
        confidentiality: entries.text("confidentiality"),
        privacy: entries.text("privacy"),
        contact: entries.text("contact"),
        thanks: entries.text("thanks"),
        unit,
        index: Questionnaire::index_of(&sections),
        sections,
    }
}

/// The wave. It has no `-`, so that `survey-wave` can be split into its two parts.
fn wave(entries: &Entries<'_, '_>) -> String {
    let wave = entries.required_string("wave", "name the edition, such as `wave = \"2026\"`");
    let shaped = wave
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    if !shaped || wave.len() > 16 {
        let message = format!("`{wave}` is no name of a wave");
        entries.report(
            "wave",
            message,
            "use at most 16 lower-case letters, digits and `_`, such as \"2026\"",
        );
    }
    wave
}
