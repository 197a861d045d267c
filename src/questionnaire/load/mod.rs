//! `questionnaire.toml` read and checked as a whole: every mistake with file, line and cure, not the first only.

use std::fmt;
use std::sync::Arc;

use super::{Areas, ObservationUnit, Questionnaire};

mod areas;
mod choices;
mod dates;
mod question;
mod reader;
mod rules;
mod sections;
mod texts;

pub use areas::load_areas;
use reader::{Entries, Page};

/// One mistake in a file, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mistake {
    /// The file, as named by the caller.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub cure: String,
}

/// `file:line: message; cure`.
impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}:{}: {}; {}",
            self.file, self.line, self.message, self.cure
        )
    }
}

impl std::error::Error for Mistake {}

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

/// Reads a `questionnaire.toml`. `file_name` is for the mistakes only; `areas` are those that `area` questions offer.
///
/// # Errors
/// All mistakes, in the order of the file.
pub fn load(source: &str, file_name: &str, areas: &Areas) -> Result<Questionnaire, Vec<Mistake>> {
    let page = Page::new(source, file_name);
    let table = page.parse();
    let read = |table| questionnaire(&Entries::new(&page, table, 0, String::new(), &KEYS), areas);
    let questionnaire = table.as_ref().map(read);
    page.finish(questionnaire)
}

fn questionnaire(entries: &Entries<'_, '_>, areas: &Areas) -> Questionnaire {
    let scales = choices::scales(entries);
    let drafts = sections::sections(entries, &scales, areas);
    let sections = rules::attach(entries.page, drafts, areas);
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
        index: Arc::new(super::Index::of(&sections)),
        sections,
    }
}

/// The edition: letters, digits and underscores, so that `survey-wave` can be taken apart again.
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

/// Whether `code` is a short word: a lower-case letter, then lower-case letters, digits and underscores, 32 at most.
pub(super) fn is_word(code: &str) -> bool {
    code.len() <= 32
        && code.starts_with(|first: char| first.is_ascii_lowercase())
        && code
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// The candidate closest to `word`, if one is close enough to be a slip of it.
pub(super) fn nearest<'n>(
    word: &str,
    candidates: impl Iterator<Item = &'n str>,
) -> Option<&'n str> {
    let far = (word.chars().count() / 3).max(1);
    candidates
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|(distance, _)| *distance <= far)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Levenshtein distance in characters.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (line, left) in left.chars().enumerate() {
        let mut diagonal = line;
        let mut before = line.saturating_add(1);
        let mut next = vec![before];
        for (right, above) in right.iter().zip(row.iter().skip(1)) {
            let replaced = diagonal.saturating_add(usize::from(left != *right));
            before = replaced
                .min(above.saturating_add(1))
                .min(before.saturating_add(1));
            diagonal = *above;
            next.push(before);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}
