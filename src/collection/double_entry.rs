//! Double entry of paper forms: two people type each form, and what differs is decided by a third
//! look at the paper.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::questionnaire::answer::half_width;

/// Items of an entry that are no questions. No question may have these names.
pub const HEAD: [&str; 4] = ["version", "psu", "enumerator", "started_at"];

/// Longest number of a form, characters.
const LONGEST_NUMBER: usize = 32;

/// What one person typed from one form: the value of each item that is not empty, by the code of the
/// question or the name of an item in [`HEAD`]. A value is a code, a number or a text; several
/// choices are separated by `;`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Typed(BTreeMap<String, String>);

/// One item in which two entries differ; a value is empty where the person typed none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The code of a question, or a name in [`HEAD`].
    pub item: String,
    /// What the first person typed.
    pub first: String,
    /// What the second person typed.
    pub second: String,
}

/// Which value of an item is right.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Right {
    /// That of the first entry.
    First,
    /// That of the second entry.
    Second,
    /// Neither: this one is on the paper. Empty: no answer is.
    Third(String),
}

impl Typed {
    /// The head of a form and its canonical answers, a JSON object.
    pub fn new(head: [&str; 4], answers: &str) -> Typed {
        let head = HEAD.iter().zip(head);
        let head = head.map(|(name, value)| ((*name).to_owned(), value.to_owned()));
        let answers: BTreeMap<String, Value> = serde_json::from_str(answers).unwrap_or_default();
        let answers = answers
            .into_iter()
            .map(|(code, value)| (code, in_words(&value)));
        Typed(
            head.chain(answers)
                .filter(|(_, value)| !value.is_empty())
                .collect(),
        )
    }

    /// The value of an item; empty if there is none.
    pub fn get(&self, item: &str) -> &str {
        self.0.get(item).map_or("", String::as_str)
    }

    /// The answers as column names and cells of a row.
    pub fn cells(&self) -> Vec<(&str, &str)> {
        let all = self
            .0
            .iter()
            .map(|(item, value)| (item.as_str(), value.as_str()));
        all.filter(|(item, _)| !HEAD.contains(item)).collect()
    }
}

/// A value of canonical answers as it is typed.
fn in_words(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(values) => {
            let values: Vec<String> = values.iter().map(in_words).collect();
            values.join(";")
        }
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// The items in which two entries of one form differ, the head first, then by code. Blanks and wide
/// characters make no difference: they are not on the paper.
pub fn differences(first: &Typed, second: &Typed) -> Vec<Difference> {
    let codes = first.0.keys().chain(second.0.keys()).map(String::as_str);
    let codes: BTreeSet<&str> = codes.filter(|code| !HEAD.contains(code)).collect();
    HEAD.into_iter()
        .chain(codes)
        .map(|item| (item, first.get(item), second.get(item)))
        .filter(|(_, first, second)| plain(first) != plain(second))
        .map(|(item, first, second)| Difference {
            item: item.to_owned(),
            first: first.to_owned(),
            second: second.to_owned(),
        })
        .collect()
}

fn plain(value: &str) -> String {
    let letters = value.chars().map(half_width);
    letters.filter(|letter| !letter.is_whitespace()).collect()
}

/// The form as it is, after every difference was decided.
///
/// # Errors
/// The items that differ and are not decided.
pub fn settled(
    first: &Typed,
    second: &Typed,
    decisions: &BTreeMap<String, Right>,
) -> Result<Typed, Vec<String>> {
    let mut form = first.clone();
    let mut open = Vec::new();
    for difference in differences(first, second) {
        let value = match decisions.get(&difference.item) {
            Some(Right::First) => difference.first,
            Some(Right::Second) => difference.second,
            Some(Right::Third(value)) => value.trim().to_owned(),
            None => {
                open.push(difference.item);
                continue;
            }
        };
        form.0.remove(&difference.item);
        if !value.is_empty() {
            form.0.insert(difference.item, value);
        }
    }
    match open.is_empty() {
        true => Ok(form),
        false => Err(open),
    }
}

/// The number of a form as it is stored: without blanks, with half-width letters, and without zeros
/// at its start if it has only digits, so that `０012` and `12` are one form. `None` if it is empty,
/// too long, or has other characters than letters, digits, `-`, `.` and `_`.
pub fn form_number(typed: &str) -> Option<String> {
    let number = plain(typed).to_ascii_uppercase();
    let has_only_digits = number.bytes().all(|byte| byte.is_ascii_digit());
    let number = match number.trim_start_matches('0') {
        "" if !number.is_empty() => "0",
        short if has_only_digits => short,
        _ => &number,
    };
    let fits = !number.is_empty() && number.chars().count() <= LONGEST_NUMBER;
    let is_plain = |letter: char| letter.is_alphanumeric() || matches!(letter, '-' | '.' | '_');
    (fits && number.chars().all(is_plain)).then(|| number.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(answers: &str) -> Typed {
        Typed::new(["v", "p1", "", "2026-06-01"], answers)
    }

    fn items(first: &str, second: &str) -> Vec<String> {
        let found = differences(&typed(first), &typed(second)).into_iter();
        found.map(|difference| difference.item).collect()
    }

    #[test]
    fn entries_are_compared_item_by_item_and_blanks_are_no_difference() {
        let one = r#"{"a1":5,"m":[1,3],"t":"水 质","d":"1.5"}"#;
        assert!(items(one, r#"{"a1":5,"m":[1,3],"t":"水质","d":"1.5"}"#).is_empty());
        assert_eq!(
            items(one, r#"{"a1":4,"m":[1],"t":"水质好","d":"1.5"}"#),
            ["a1", "m", "t"]
        );
        assert_eq!(items(one, r#"{"a1":5,"m":[1,3],"t":"水质"}"#), ["d"]);
        let other = Typed::new(["v", "p2", "7", "2026-06-01"], one);
        let found = differences(&typed(one), &other);
        let found: Vec<&str> = found.iter().map(|own| own.item.as_str()).collect();
        assert_eq!(found, ["psu", "enumerator"]);
    }

    #[test]
    fn every_difference_is_decided_before_a_form_is_settled() {
        let (first, second) = (
            typed(r#"{"a":1,"b":2,"c":3}"#),
            typed(r#"{"a":2,"b":3,"d":4}"#),
        );
        let mut decisions = BTreeMap::from([
            ("a".to_owned(), Right::First),
            ("b".to_owned(), Right::Third(" 9 ".to_owned())),
            ("d".to_owned(), Right::Second),
        ]);
        assert_eq!(
            settled(&first, &second, &decisions),
            Err(vec!["c".to_owned()])
        );
        decisions.insert("c".to_owned(), Right::Third(String::new()));
        let form = settled(&first, &second, &decisions).unwrap();
        assert_eq!(form.cells(), [("a", "1"), ("b", "9"), ("d", "4")]);
        assert_eq!(form.get("psu"), "p1");
    }

    #[test]
    fn a_number_is_the_same_however_it_is_typed() {
        for typed in ["12", " 0012", "０１２", "1 2"] {
            assert_eq!(form_number(typed).as_deref(), Some("12"), "{typed}");
        }
        assert_eq!(form_number("zy-007").as_deref(), Some("ZY-007"));
        assert_eq!(form_number("000").as_deref(), Some("0"));
        for wrong in ["", "  ", "a\u{200b}", "a/b", &"9".repeat(33)] {
            assert_eq!(form_number(wrong), None, "{wrong}");
        }
    }
}
