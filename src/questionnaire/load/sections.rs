//! `[[section]]`: sections with their questions, and codes that are used twice.

use std::collections::{BTreeMap, HashSet};

use toml::de::DeTable;

use super::draft::{RuleDraft, SectionDraft};
use super::question;
use super::reader::Entries;
use crate::questionnaire::area::Areas;
use crate::questionnaire::choice::Choice;
use crate::questionnaire::instrument::Section;

const KEYS: [&str; 5] = ["code", "title", "intro", "ask_if", "question"];

/// All sections of the file.
pub(super) fn sections(
    entries: &Entries<'_, '_>,
    scales: &BTreeMap<String, Vec<Choice>>,
    areas: &Areas,
) -> Vec<SectionDraft> {
    let tables = entries.tables("section", "section");
    if tables.is_empty() {
        entries.file.report(
            entries.at,
            "the questionnaire has no sections",
            "add `[[section]]` and `[[section.question]]`",
        );
    }
    let mut seen = Seen::default();
    let mut asked = Seen::default();
    tables
        .into_iter()
        .map(|(at, table)| section(entries, table, at, (scales, areas), (&mut seen, &mut asked)))
        .collect()
}

fn section(
    top: &Entries<'_, '_>,
    table: &DeTable<'_>,
    at: usize,
    (scales, areas): (&BTreeMap<String, Vec<Choice>>, &Areas),
    (seen, asked): (&mut Seen, &mut Seen),
) -> SectionDraft {
    let what = named("section", table);
    let entries = Entries::new(top.file, table, at, what, &KEYS);
    let code = entries.required_code("code", "environment");
    seen.note(&entries, "section", &code);
    let questions: Vec<_> = entries
        .tables("question", "section.question")
        .into_iter()
        .map(|(at, table)| {
            let entries = Entries::new(
                top.file,
                table,
                at,
                named("question", table),
                &question::KEYS,
            );
            let draft = question::question(&entries, scales, areas);
            asked.note(&entries, "question", &draft.question.code);
            draft
        })
        .collect();
    if questions.is_empty() {
        let message = format!("{} has no questions", entries.what);
        entries.file.report(
            at,
            message,
            "add `[[section.question]]` below it, or remove the section",
        );
    }
    let ask_if = RuleDraft::read(&entries, "ask_if");
    let section = Section {
        code,
        title: entries.required_text("title"),
        intro: entries.text("intro"),
        ask_if: None,
        questions: Vec::new(),
    };
    SectionDraft {
        section,
        ask_if,
        questions,
    }
}

/// The table in the words of a message: "question `a1`", or "a question" if it has no code.
fn named(what: &str, table: &DeTable<'_>) -> String {
    match table.get("code").and_then(|code| code.get_ref().as_str()) {
        Some(code) => format!("{what} `{code}`"),
        None => format!("a {what}"),
    }
}

/// Codes seen so far.
#[derive(Default)]
struct Seen(HashSet<String>);

impl Seen {
    /// Reports `code` if it was seen before.
    fn note(&mut self, entries: &Entries<'_, '_>, what: &str, code: &str) {
        if !code.is_empty() && !self.0.insert(code.to_owned()) {
            entries.report(
                "code",
                format!("the code `{code}` is used by two {what}s"),
                "give one of them another code",
            );
        }
    }
}
