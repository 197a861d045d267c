//! What `demo` and `serve` print when they start: in Chinese on a Chinese system, else in English.

use std::sync::LazyLock;

use crate::locale::{Language, text_with};

/// The language of the system's messages.
pub fn language() -> Language {
    static LANGUAGE: LazyLock<Language> = LazyLock::new(|| of(|name| std::env::var(name).ok()));
    *LANGUAGE
}

/// The language for the values of the environment's variables.
fn of(variable: impl Fn(&str) -> Option<String>) -> Language {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    // The first that is set decides (POSIX, "Internationalization Variables").
    match ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(set) {
        Some(locale) if is_chinese(&locale) => Language::ZH,
        _ => Language::EN,
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_variable_that_is_set_decides() {
        let language = |values: [&str; 3]| {
            of(|name| {
                let place = ["LC_ALL", "LC_MESSAGES", "LANG"]
                    .iter()
                    .position(|known| *known == name)?;
                values.get(place).map(|value| (*value).to_owned())
            })
        };
        for (values, expected) in [
            (["", "", "zh_CN.UTF-8"], Language::ZH),
            (["", "zh_CN.UTF-8", "en_US.UTF-8"], Language::ZH),
            (["zh", "en_US.UTF-8", "C"], Language::ZH),
            (["C.UTF-8", "zh_CN.UTF-8", "zh_CN.UTF-8"], Language::EN),
            (["", "en_GB.UTF-8", "zh_CN.UTF-8"], Language::EN),
            (["", "", ""], Language::EN),
        ] {
            assert_eq!(language(values), expected, "{values:?}");
        }
        assert_eq!(of(|_| None), Language::EN);
    }
}
