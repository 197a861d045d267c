//! Names of columns that SPSS and Stata accept.

use std::collections::BTreeSet;

use crate::survey::hex_digest;

/// Most bytes of a name in SPSS (64 since version 12) and Stata (32).
const LONGEST: usize = 32;

/// Digits of the hash at the end of a name that was made.
const DIGITS: usize = 7;

/// Words that are no names in SPSS or Stata.
const RESERVED: [&str; 31] = [
    "all", "and", "by", "eq", "ge", "gt", "le", "lt", "ne", "not", "or", "to", "with", "byte",
    "double", "float", "if", "in", "int", "long", "using", "strl", "_all", "_b", "_coef", "_cons",
    "_n", "_pi", "_pred", "_rc", "_skip",
];

/// A name for each of `names`, in their order: ASCII letters, digits and underscores, at most 32 bytes,
/// each once whatever the case.
///
/// A name that is one stays. A longer one, and one that is a word of these programs, is cut to 24 bytes
/// and gets an underscore and the first 7 digits of its SHA-256. So the same column has the same
/// name in every export, whatever columns stand beside it.
#[must_use]
pub fn short_names(names: &[&str]) -> Vec<String> {
    let mut taken = BTreeSet::new();
    let mut short = Vec::new();
    for name in names {
        let mut own = match is_name(name) {
            true => (*name).to_owned(),
            false => made(name, name),
        };
        let mut tried = (*name).to_owned();
        while !taken.insert(own.to_ascii_lowercase()) {
            tried.push('\'');
            own = made(name, &tried);
        }
        short.push(own);
    }
    short
}

fn is_name(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let is_string_type = lower
        .strip_prefix("str")
        .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()));
    name.len() <= LONGEST
        && name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && !RESERVED.contains(&lower.as_str())
        && !is_string_type
}

/// The beginning of `name` with the hash of `hashed`.
fn made(name: &str, hashed: &str) -> String {
    let start = match name.starts_with(|first: char| first.is_ascii_alphabetic()) {
        true => "",
        false => "v",
    };
    let plain = name
        .chars()
        .map(|letter| match letter.is_ascii_alphanumeric() {
            true => letter,
            false => '_',
        });
    let plain: String = start
        .chars()
        .chain(plain)
        .take(LONGEST - DIGITS - 1)
        .collect();
    let hash: String = hex_digest(hashed.as_bytes()).chars().take(DIGITS).collect();
    format!("{plain}_{hash}")
}

#[cfg(test)]
mod tests {
    use super::short_names;

    #[test]
    fn names_are_short_unique_and_no_words_of_the_programs() {
        let long = "sources__a_choice_with_a_very_long_code";
        let longer = "sources__a_choice_with_a_very_long_coda";
        let names = ["a1", long, longer, "A1", "with", "str5", "weight", "_all"];
        let short = short_names(&names);
        assert_eq!(short.first().map(String::as_str), Some("a1"));
        assert_eq!(short.get(6).map(String::as_str), Some("weight"));
        let mut lower: Vec<String> = short.iter().map(|name| name.to_ascii_lowercase()).collect();
        lower.sort();
        lower.dedup();
        assert_eq!(lower.len(), names.len());
        for name in &short {
            assert!(name.len() <= 32, "{name}");
            assert!(!["with", "str5", "_all"].contains(&name.as_str()));
        }
        // The same name whatever stands beside it.
        assert_eq!(short_names(&[long]).first(), short.get(1));
    }
}
