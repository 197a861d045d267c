//! Texts in all languages.

use std::collections::BTreeMap;

use toml::de::{DeTable, DeValue};

use super::reader::{Entries, kind_of};
use crate::questionnaire::text::Text;
use crate::questionnaire::word::nearest;

/// The languages that every text must have.
const LANGUAGES: [&str; 2] = ["zh", "en"];

impl<'t, 's> Entries<'t, 's> {
    /// An optional text in every language.
    pub(super) fn text(&self, key: &str) -> Text {
        let Some((at, value)) = self.get(key) else {
            return Text::default();
        };
        match value.get_ref() {
            DeValue::Table(table) => {
                self.languages(key, at, table, &format!("`{key}`{}", self.of()), &[])
            }
            other => {
                let cure = format!("write `{key}.zh = \"…\"` and `{key}.en = \"…\"`");
                self.wrong(key, at, "a text in both languages", other, cure);
                Text::default()
            }
        }
    }

    pub(super) fn required_text(&self, key: &str) -> Text {
        if self.get(key).is_none() {
            self.missing(
                key,
                format!("write `{key}.zh = \"…\"` and `{key}.en = \"…\"`"),
            );
        }
        self.text(key)
    }

    /// A text; a plain string stands for every language.
    pub(super) fn name(&self, key: &str, required: bool) -> Text {
        match self.get(key).map(|(_, value)| value.get_ref()) {
            Some(DeValue::String(text)) => {
                let texts = LANGUAGES.iter();
                let texts = texts.map(|language| ((*language).to_owned(), text.to_string()));
                Text::from(texts.collect::<BTreeMap<_, _>>())
            }
            None if required => {
                self.missing(
                    key,
                    format!("write `{key} = \"…\"`, or `{key}.zh` and `{key}.en`"),
                );
                Text::default()
            }
            _ => self.text(key),
        }
    }

    /// The text of `what` in a table of languages. The table may also have the keys `besides`.
    pub(super) fn languages(
        &self,
        key: &str,
        at: usize,
        table: &'t DeTable<'s>,
        what: &str,
        besides: &[&str],
    ) -> Text {
        let mut text = BTreeMap::new();
        for (language, value) in table
            .iter()
            .filter(|(key, _)| !besides.contains(&key.get_ref().as_ref()))
        {
            let place = language.span().start;
            let language = language.get_ref();
            let is_language = matches!(language.len(), 2 | 3)
                && language.bytes().all(|byte| byte.is_ascii_lowercase());
            match value.get_ref() {
                _ if !is_language => {
                    let message = format!("unknown key `{language}` of {what}");
                    let cure = match nearest(language, besides.iter().copied()) {
                        Some(known) => format!("did you mean `{known}`?"),
                        None => "use language codes such as `zh` and `en`".to_owned(),
                    };
                    self.file.report(place, message, cure);
                }
                DeValue::String(words) if words.trim().is_empty() => {
                    let message = format!("the translation `{language}` of {what} is empty");
                    self.file.report(
                        place,
                        message,
                        "write it, or leave the whole text out if it is optional",
                    );
                    text.insert(language.to_string(), String::new());
                }
                DeValue::String(words) => {
                    text.insert(language.to_string(), words.trim().to_owned());
                }
                other => {
                    let message = format!(
                        "`{language}` of {what} must be a string, not {}",
                        kind_of(other)
                    );
                    self.file.report(place, message, "put quotes around it");
                    text.insert(language.to_string(), String::new());
                }
            }
        }
        for language in LANGUAGES {
            if !text.contains_key(language) {
                let message = format!("missing translation: {what} has no `{language}`");
                self.file
                    .report(at, message, format!("add `{key}.{language} = \"…\"`"));
            }
        }
        text.into()
    }
}
