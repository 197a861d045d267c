//! The names of the rules that find what needs a look.

use super::{Language, text};

/// What readers call a rule; empty: what a person found. A rule without a text is called by its id.
pub fn rule_name(language: Language, rule: &str) -> String {
    if rule.is_empty() {
        return text(language, "holds.by_person");
    }
    let key = format!("quality_rule.{rule}");
    let name = text(language, &key);
    match name.ends_with(&key) {
        true => rule.to_owned(),
        false => name,
    }
}
