//! What `demo` and `serve` print when they start: in Chinese on a Chinese system, else in English.

use std::sync::LazyLock;

use crate::locale::{Language, text_with};

/// The language of the system's messages.
pub fn language() -> Language {
    static LANGUAGE: LazyLock<Language> = LazyLock::new(|| {
        let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        // The first that is set decides (POSIX, "Internationalization Variables").
        match ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(set) {
            Some(locale) if is_chinese(&locale) => Language::ZH,
            _ => Language::EN,
        }
    });
    *LANGUAGE
}

/// Whether a locale such as `zh_CN.UTF-8` is Chinese.
fn is_chinese(locale: &str) -> bool {
    locale.starts_with("zh")
}

/// Prints the text of `key` in section `terminal` of the locale files, with its placeholders filled.
pub fn say(key: &str, values: &[(&str, &str)]) {
    let key = format!("terminal.{key}");
    println!("{}", text_with(language(), &key, values));
}
