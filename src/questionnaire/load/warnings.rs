//! Warnings: what is allowed in a questionnaire, but is probably a mistake.

use toml::de::{DeTable, DeValue};

use super::mistake::Mistake;
use super::questionnaire::load;
use super::reader::SourceFile;
use crate::questionnaire::area::Areas;
use crate::questionnaire::instrument::{Question, Questionnaire};
use crate::questionnaire::reach::{Reach, reach};

/// The warnings about a `questionnaire.toml`, in the order of the file. A file with mistakes has no
/// warnings. The arguments are those of [`load`].
///
/// There is a warning for two choices of a question with the same label, for an `ask_if` that is
/// never true, for a `screen_out_if` that is true for every answer, and for a `valid_if` that is
/// false for every answer. A rule that depends on more than 10,000 combinations of answers is not
/// judged.
pub fn warnings(source: &str, file_name: &str, areas: &Areas) -> Vec<Mistake> {
    let Ok(questionnaire) = load(source, file_name, areas) else {
        return Vec::new();
    };
    let file = SourceFile::new(source, file_name);
    if let Some(table) = file.parse() {
        for (name, scale) in entries(&table, "choices") {
            same_labels(&file, scale, &format!("scale `{name}`"));
        }
        rules(&file, &table, &questionnaire, areas);
    }
    file.finish(Some(())).err().unwrap_or_default()
}

/// Warns about every rule, and about choices that are written at a question.
fn rules(file: &SourceFile<'_>, table: &DeTable<'_>, questionnaire: &Questionnaire, areas: &Areas) {
    let mut place = 0_usize;
    for (section, own) in tables(table, "section").zip(&questionnaire.sections) {
        let mut is_warned = false;
        for (table, question) in tables(section, "question").zip(&own.questions) {
            if let Some(DeValue::Table(choices)) = table.get("choices").map(|own| own.get_ref()) {
                same_labels(file, choices, &format!("question `{}`", question.code));
            }
            match reach(questionnaire, areas, place) {
                Some(reach) if !reach.section_is_asked => {
                    if !is_warned {
                        let message = format!("`ask_if` of section `{}` is never true", own.code);
                        let cure = "no question of it is ever asked; correct the rule";
                        file.report(at(section, "ask_if"), message, cure);
                    }
                    is_warned = true;
                }
                Some(reach) => question_rules(file, table, question, reach),
                None => {}
            }
            place = place.saturating_add(1);
        }
    }
}

/// Warns about the rules of one question.
fn question_rules(file: &SourceFile<'_>, table: &DeTable<'_>, question: &Question, reach: Reach) {
    let what = format!("of question `{}`", question.code);
    if !reach.is_asked {
        let (message, cure) = match question.ask_if {
            Some(_) => (
                format!("`ask_if` {what} is never true"),
                "the question is never asked; correct the rule, or remove the question",
            ),
            None => (
                format!("question `{}` is never asked", question.code),
                "it is `interviewer_only`, but its section is asked only online",
            ),
        };
        return file.report(at(table, "ask_if"), message, cure);
    }
    if question.screen_out_if.is_some() && !reach.goes_on {
        let message = format!("`screen_out_if` {what} is true for every answer");
        let cure = "every interview ends here; name only the answers that must end it";
        file.report(at(table, "screen_out_if"), message, cure);
    }
    if question.valid_if.is_some() && reach.is_answered && !reach.is_valid {
        let message = format!("`valid_if` {what} is false for every answer");
        let cure = "no answer is accepted; correct the rule";
        file.report(at(table, "valid_if"), message, cure);
    }
}

/// Warns about choices of one table with the same label.
fn same_labels(file: &SourceFile<'_>, table: &DeTable<'_>, what: &str) {
    let mut rows: Vec<_> = table.iter().collect();
    rows.sort_by_key(|(code, _)| code.span().start);
    let mut seen: Vec<(&str, &str, &str)> = Vec::new();
    for (code, value) in rows {
        let DeValue::Table(choice) = value.get_ref() else {
            continue;
        };
        for (language, label) in choice {
            let Some(label) = label.get_ref().as_str().map(str::trim) else {
                continue;
            };
            let language = language.get_ref().as_ref();
            let first = seen
                .iter()
                .find(|(own, other, _)| (*own, *other) == (language, label));
            if let Some((_, _, first)) = first {
                let message = format!(
                    "choices `{first}` and `{}` of {what} have the same label: \
                     `{language}` \"{label}\"",
                    code.get_ref()
                );
                let cure = "respondents cannot tell them apart; change one of the labels";
                file.report(code.span().start, message, cure);
            } else {
                seen.push((language, label, code.get_ref()));
            }
        }
    }
}

/// The byte at which `key` of the table is, or its code where it has no such key.
fn at(table: &DeTable<'_>, key: &str) -> usize {
    let place = |key: &str| {
        let mut keys = table.keys();
        keys.find(|own| own.get_ref() == key)
            .map(|own| own.span().start)
    };
    place(key).or_else(|| place("code")).unwrap_or_default()
}

/// The tables in the table `key`, with their names.
fn entries<'t, 's>(
    table: &'t DeTable<'s>,
    key: &str,
) -> impl Iterator<Item = (&'t str, &'t DeTable<'s>)> {
    let inner = table.get(key).and_then(|value| value.get_ref().as_table());
    inner.into_iter().flatten().filter_map(|(name, value)| {
        let value = value.get_ref().as_table()?;
        Some((name.get_ref().as_ref(), value))
    })
}

/// The tables of the list `[[key]]`.
fn tables<'t, 's>(table: &'t DeTable<'s>, key: &str) -> impl Iterator<Item = &'t DeTable<'s>> {
    let list = table.get(key).and_then(|value| value.get_ref().as_array());
    let items = list.into_iter().flat_map(|list| list.iter());
    items.filter_map(|item| item.get_ref().as_table())
}
