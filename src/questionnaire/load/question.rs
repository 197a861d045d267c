//! `[[section.question]]`: one question, and which keys its kind may have.

use std::collections::BTreeMap;

use toml::de::DeValue;

use super::areas;
use super::choices::choices;
use super::draft::{QuestionDraft, RuleDraft, RuleDrafts};
use super::reader::Entries;
use crate::questionnaire::answer::reserved::is_reserved_column;
use crate::questionnaire::area::Areas;
use crate::questionnaire::choice::Choice;
use crate::questionnaire::instrument::{Kind, Question};
use crate::questionnaire::word::nearest;

/// All keys of a question.
pub(super) const KEYS: [&str; 22] = [
    "code",
    "kind",
    "text",
    "hint",
    "choices",
    "required",
    "min",
    "max",
    "max_length",
    "min_choices",
    "max_choices",
    "decimals",
    "unit",
    "areas",
    "ask_if",
    "valid_if",
    "valid_text",
    "screen_out_if",
    "screen_out_text",
    "indicators",
    "role",
    "interviewer_only",
];

/// Keys that only some kinds have, with those kinds.
const KEYS_OF_KINDS: [(&str, &[&str]); 9] = [
    ("choices", &["single", "multiple"]),
    ("min_choices", &["multiple"]),
    ("max_choices", &["multiple"]),
    ("min", &["integer", "decimal"]),
    ("max", &["integer", "decimal"]),
    ("unit", &["integer", "decimal"]),
    ("decimals", &["decimal"]),
    ("max_length", &["text"]),
    ("areas", &["area"]),
];

/// Keys that a note cannot have, because it has no answer.
const KEYS_OF_ANSWERS: [&str; 6] = [
    "required",
    "valid_if",
    "valid_text",
    "role",
    "screen_out_if",
    "screen_out_text",
];

const KINDS: [&str; 7] = [
    "single", "multiple", "integer", "decimal", "text", "area", "note",
];

const ROLES: [&str; 6] = ["area", "sex", "age", "education", "urban", "occupation"];

/// Words of the rule language. No question can have such a word as its code.
const RULE_WORDS: [&str; 9] = [
    "and", "or", "not", "in", "true", "false", "count", "answered", "mode",
];

/// Most characters of a text answer where the file gives no `max_length`.
const USUAL_LENGTH: u32 = 200;

/// Largest `max_length`.
const LONGEST_TEXT: i64 = 2_000;

/// Reads one question.
pub(super) fn question(
    entries: &Entries<'_, '_>,
    scales: &BTreeMap<String, Vec<Choice>>,
    areas: &Areas,
) -> QuestionDraft {
    let kind_name = kind_name(entries);
    let kind = kind_name
        .as_deref()
        .map(|name| kind(entries, name, scales, areas));
    let rules = RuleDrafts {
        ask_if: RuleDraft::read(entries, "ask_if"),
        valid_if: RuleDraft::read(entries, "valid_if"),
        screen_out_if: RuleDraft::read(entries, "screen_out_if"),
    };
    paired(entries, "valid_if", "valid_text", true);
    paired(entries, "screen_out_if", "screen_out_text", false);
    QuestionDraft {
        question: Question {
            code: code(entries),
            text: entries.required_text("text"),
            hint: entries.text("hint"),
            required: entries.boolean("required"),
            ask_if: None,
            valid_if: None,
            valid_text: entries.text("valid_text"),
            screen_out_if: None,
            screen_out_text: entries.text("screen_out_text"),
            indicators: indicators(entries),
            role: entries.word("role", &ROLES),
            interviewer_only: entries.boolean("interviewer_only"),
            kind: kind.unwrap_or(Kind::Note),
        },
        kind_known: kind_name.is_some(),
        rules,
    }
}

/// The code: the form field, the column and the variable in rules.
fn code(entries: &Entries<'_, '_>) -> String {
    let code = entries.required_code("code", "a1");
    if is_reserved_column(&code) {
        let message = format!("the code `{code}` is the name of a field of every form");
        entries.report(
            "code",
            message,
            format!("use another code, such as `{code}_1`"),
        );
    } else if RULE_WORDS.contains(&code.as_str()) {
        let message = format!("the code `{code}` is a word of the rule language");
        entries.report(
            "code",
            message,
            format!("use another code, such as `{code}_1`"),
        );
    } else if code.contains("__") {
        let message = format!(
            "the code `{code}` has two underscores together, which separate question and choice in \
             columns"
        );
        entries.report("code", message, "use single underscores");
    }
    code
}

fn kind_name(entries: &Entries<'_, '_>) -> Option<String> {
    if entries.get("kind").is_none() {
        entries.missing("kind", format!("say which of {} it is", KINDS.join(", ")));
    }
    let name = entries.word("kind", &KINDS)?;
    for (key, kinds) in KEYS_OF_KINDS {
        if entries.get(key).is_some() && !kinds.contains(&name.as_str()) {
            let message = format!(
                "`{key}` means nothing in {}, which is of the kind `{name}`",
                entries.what
            );
            entries.report(
                key,
                message,
                format!("remove it; it belongs to {}", kinds.join(" and ")),
            );
        }
    }
    for key in KEYS_OF_ANSWERS {
        if name == "note" && entries.get(key).is_some() {
            let message = format!("`{key}` means nothing in {}, which is a note", entries.what);
            entries.report(key, message, "remove it; a note is not answered");
        }
    }
    Some(name)
}

fn kind(
    entries: &Entries<'_, '_>,
    name: &str,
    scales: &BTreeMap<String, Vec<Choice>>,
    areas: &Areas,
) -> Kind {
    match name {
        "single" => Kind::Single(choices_of(entries, scales)),
        "multiple" => multiple(entries, choices_of(entries, scales)),
        "integer" => {
            let limit = Kind::INTEGER_LIMIT;
            let min = entries.integer("min", -limit, limit).unwrap_or(-limit);
            let max = entries.integer("max", -limit, limit).unwrap_or(limit);
            ordered(entries, ("min", min), ("max", max));
            Kind::Integer {
                min,
                max,
                unit: entries.name("unit", false),
            }
        }
        "decimal" => {
            let limit = Kind::DECIMAL_LIMIT;
            let min = entries.number("min", limit).unwrap_or(-limit);
            let max = entries.number("max", limit).unwrap_or(limit);
            ordered(entries, ("min", min), ("max", max));
            let decimals = entries
                .integer("decimals", 1, 9)
                .and_then(|digits| u32::try_from(digits).ok());
            Kind::Decimal {
                min,
                max,
                decimals: decimals.unwrap_or(2),
                unit: entries.name("unit", false),
            }
        }
        "text" => {
            let length = entries
                .integer("max_length", 1, LONGEST_TEXT)
                .and_then(|length| u32::try_from(length).ok());
            Kind::Text {
                max_length: length.unwrap_or(USUAL_LENGTH),
            }
        }
        "area" => Kind::Area {
            kinds: area_kinds(entries, areas),
        },
        "note" => Kind::Note,
        other => {
            let message = format!("the kind `{other}` is in the list of kinds, but cannot be read");
            entries.report("kind", message, "report this as a bug of minyi");
            Kind::Note
        }
    }
}

fn multiple(entries: &Entries<'_, '_>, choices: Vec<Choice>) -> Kind {
    let most = i64::try_from(choices.len().max(1)).unwrap_or(i64::MAX);
    let limit = |key| {
        entries
            .integer(key, 0, most)
            .and_then(|limit| u32::try_from(limit).ok())
    };
    let min_choices = limit("min_choices").unwrap_or(0);
    let max_choices =
        limit("max_choices").unwrap_or_else(|| u32::try_from(most).unwrap_or(u32::MAX));
    ordered(
        entries,
        ("min_choices", min_choices),
        ("max_choices", max_choices),
    );
    Kind::Multiple {
        choices,
        min_choices,
        max_choices,
    }
}

fn ordered<N: PartialOrd + std::fmt::Display>(
    entries: &Entries<'_, '_>,
    min: (&str, N),
    max: (&str, N),
) {
    if min.1 > max.1 {
        let message = format!(
            "`{}` {} is above `{}` {} in {}",
            min.0, min.1, max.0, max.1, entries.what
        );
        entries.report(min.0, message, "swap the two, or correct one");
    }
}

/// The choices: by the name of a scale, or written at the question itself.
fn choices_of(entries: &Entries<'_, '_>, scales: &BTreeMap<String, Vec<Choice>>) -> Vec<Choice> {
    match entries
        .get("choices")
        .map(|(at, value)| (at, value.get_ref()))
    {
        None => {
            let cure =
                "name a scale, `choices = \"satisfaction\"`, or write `[section.question.choices]`";
            entries.missing("choices", cure);
            Vec::new()
        }
        Some((at, DeValue::Table(table))) => choices(entries.file, table, at, &entries.what),
        Some((_, DeValue::String(name))) => {
            scales.get(name.as_ref()).cloned().unwrap_or_else(|| {
                let cure = match nearest(name, scales.keys().map(String::as_str)) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("add `[choices.{name}]`, or name a scale that exists"),
                };
                entries.report(
                    "choices",
                    format!("unknown scale `{name}` in {}", entries.what),
                    cure,
                );
                Vec::new()
            })
        }
        Some(_) => {
            let cure = "name a scale in quotes, or write `[section.question.choices]`";
            entries.report(
                "choices",
                format!("`choices` of {} must be a scale or a table", entries.what),
                cure,
            );
            Vec::new()
        }
    }
}

fn area_kinds(entries: &Entries<'_, '_>, areas: &Areas) -> Vec<String> {
    let usual = || vec!["county".to_owned(), "zone".to_owned()];
    let kinds = entries.list("areas").map_or_else(usual, |items| {
        let mut kinds = Vec::new();
        for item in items {
            match item.get_ref() {
                DeValue::String(kind) if areas::KINDS.contains(&kind.as_ref()) => {
                    kinds.push(kind.to_string())
                }
                _ => {
                    let message =
                        format!("`areas` of {} lists an unknown kind of area", entries.what);
                    entries.file.report(
                        item.span().start,
                        message,
                        format!("use {}", areas::KINDS.join(", ")),
                    );
                }
            }
        }
        kinds
    });
    if areas.of_kinds(&kinds).next().is_none() {
        let key = if entries.get("areas").is_some() {
            "areas"
        } else {
            "kind"
        };
        let message = format!("{} has no area to offer", entries.what);
        entries.report(
            key,
            message,
            format!("add areas of the kinds {} to areas.toml", kinds.join(", ")),
        );
    }
    kinds
}

/// Reports a `text` without its `rule`, and a `rule` without its `text` if that is `needed`.
fn paired(entries: &Entries<'_, '_>, rule: &str, text: &str, needed: bool) {
    if needed && entries.get(rule).is_some() && entries.get(text).is_none() {
        let message = format!("`{rule}` of {} has no `{text}`", entries.what);
        entries.report(
            rule,
            message,
            format!("say what the respondent must correct: `{text}.zh` and `{text}.en`"),
        );
    }
    if entries.get(text).is_some() && entries.get(rule).is_none() {
        let message = format!("`{text}` of {} has no `{rule}`", entries.what);
        entries.report(text, message, format!("add `{rule}`, or remove it"));
    }
}

fn indicators(entries: &Entries<'_, '_>) -> Vec<u16> {
    let mut numbers = Vec::new();
    for item in entries.list("indicators").unwrap_or_default() {
        let number = match item.get_ref() {
            DeValue::Integer(integer) => integer
                .as_str()
                .parse::<u16>()
                .ok()
                .filter(|number| *number > 0),
            _ => None,
        };
        match number {
            Some(number) if numbers.contains(&number) => {
                let message = format!("indicator {number} is listed twice in {}", entries.what);
                entries
                    .file
                    .report(item.span().start, message, "remove one");
            }
            Some(number) => numbers.push(number),
            None => {
                let message = format!(
                    "`indicators` of {} must be numbers of the plan",
                    entries.what
                );
                entries.file.report(
                    item.span().start,
                    message,
                    "write `indicators = [8]`, without quotes",
                );
            }
        }
    }
    numbers
}
