//! Every text that a reader sees, by language. The texts are in `src/locale/<language>.toml`. A new
//! file there is a new language.

mod fault;
mod rule;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::questionnaire::Text;

pub use fault::fault_message;
pub use rule::rule_name;

/// A language of the interface by its code, such as `zh`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Language(&'static str);

impl Language {
    /// Chinese, the default.
    pub const ZH: Language = Language("zh");
    /// English.
    pub const EN: Language = Language("en");

    /// The languages that have a locale file, Chinese first, then by code.
    pub fn all() -> &'static [Language] {
        static ALL: LazyLock<Vec<Language>> = LazyLock::new(|| {
            let codes = rust_i18n::available_locales!().into_iter();
            let mut codes: Vec<&'static str> =
                codes.map(|code| &*code.into_owned().leak()).collect();
            codes.sort_unstable_by_key(|code| (*code != Language::ZH.0, *code));
            codes.into_iter().map(Language).collect()
        });
        &ALL
    }

    /// The language of that code, if there is one.
    pub fn from_code(code: &str) -> Option<Language> {
        Self::all()
            .iter()
            .copied()
            .find(|language| language.0 == code)
    }

    /// All other languages.
    pub fn others(self) -> impl Iterator<Item = Language> {
        Self::all()
            .iter()
            .copied()
            .filter(move |language| *language != self)
    }

    /// `zh`, `en`: the key of a [`crate::questionnaire::Text`].
    pub const fn code(self) -> &'static str {
        self.0
    }

    /// BCP 47 tag for the `lang` attribute.
    pub fn tag(self) -> &'static str {
        match self.0 {
            "zh" => "zh-CN",
            other => other,
        }
    }
}

/// The text of `key` in `language`, such as `text(Language::ZH, "form.send")`. [`text_with`] fills
/// its placeholders.
pub fn text(language: Language, key: &str) -> String {
    rust_i18n::t!(key, locale = language.code()).into_owned()
}

/// The text of `key` in `language`, with its placeholders `%{name}` filled.
pub fn text_with(language: Language, key: &str, values: &[(&str, &str)]) -> String {
    let mut filled = text(language, key);
    for (name, value) in values {
        filled = filled.replace(&format!("%{{{name}}}"), value);
    }
    filled
}

/// What `words` says in each language.
pub fn every_language(words: impl Fn(Language) -> String) -> Text {
    let all = Language::all().iter();
    let all = all.map(|language| (language.code().to_owned(), words(*language)));
    Text::from(all.collect::<BTreeMap<_, _>>())
}

/// The text of `key` in every language.
pub fn in_every_language(key: &str) -> Text {
    let texts = Language::all()
        .iter()
        .map(|language| (language.code().to_owned(), text(*language, key)));
    Text::from(texts.collect::<BTreeMap<_, _>>())
}
