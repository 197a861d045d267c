//! Titles that break between words.

use maud::{Markup, html};

/// Characters that belong to the word before them: 驻马店市, 满意度, 2026年, 调查表.
const SUFFIXES: &str = "省市县区镇乡村年月日度率量性型品化员者局店表";

/// Particles that end a word: 满意度和, 建设的, 器具中.
const PARTICLES: &str = "和与及的中";

/// Characters that belong to the word after them: 对生态, 非节水.
const PREFIXES: &str = "对非";

/// Words that always begin a new word, whatever is before them.
const WORDS: [&str; 6] = ["调查", "情况", "问卷", "市民", "市场", "型号"];

/// `title` with a `<wbr>` between its Chinese words. Its element needs `word-break: keep-all`, so
/// that a line breaks at a `<wbr>` only. A word that is wider than the line still breaks inside.
///
/// A browser puts a space for each `<wbr>` into the name of a heading or link, so these need the
/// plain title as `aria-label`.
///
/// This uses no dictionary. It takes two characters and their suffixes as a word, which is wrong
/// for some words. Without it a browser breaks after any character.
pub fn title(title: &str) -> Markup {
    let words = words(title);
    html! { @for (index, word) in words.iter().enumerate() { @if index > 0 { wbr; } (word) } }
}

/// The parts of `title` between which a line may break. There is no break beside punctuation: the
/// browser knows where a line may break there.
fn words(title: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut start = 0;
    let mut before = None;
    // Chinese characters of the word so far: two make a word.
    let mut length = 0;
    for (place, character) in title.char_indices() {
        let rest = title.get(place..).unwrap_or_default();
        let is_new_word = before.is_some_and(is_han)
            && match is_han(character) {
                _ if PARTICLES.contains(character) => false,
                _ if WORDS.iter().any(|word| rest.starts_with(word)) => true,
                true => length >= 2 && !SUFFIXES.contains(character),
                false => length >= 2 && character.is_ascii_alphanumeric(),
            };
        if is_new_word {
            words.extend(title.get(start..place));
            start = place;
            length = 0;
        }
        let is_unit = before.is_some_and(|before: char| before.is_ascii_alphanumeric())
            && SUFFIXES.contains(character);
        length = match character {
            _ if !is_han(character) => 0,
            _ if PREFIXES.contains(character) && length == 0 => 0,
            _ if is_unit || PARTICLES.contains(character) => 2,
            _ => length + 1,
        };
        before = Some(character);
    }
    words.extend(title.get(start..));
    words
}

fn is_han(character: char) -> bool {
    matches!(character, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_titles_of_the_citys_surveys_break_between_words() {
        let titles = [
            "2026年|驻马店市|生态|文明|建设|公众|满意度和|参与度|调查|问卷",
            "2026年|驻马店市|居民|一次性|消费品|使用|情况|调查|问卷",
            "2026年|驻马店市|节能|家电|销售|情况|调查表",
            "2026年|驻马店市|在售|节水型|用水|器具|调查表",
            "公众|对生态|文明|建设的|满意度",
            "一次性|消费品|人均|使用量（按重量）",
            "总体|满意度（单题）",
            "节能|家电|市场|占有率",
            "在售|用水|器具中|节水型|器具|占比",
            "在售的|非节水型|型号",
        ];
        for title in titles {
            let plain = title.replace('|', "");
            assert_eq!(words(&plain).join("|"), title);
        }
    }

    #[test]
    fn a_title_without_chinese_has_no_breaks_of_its_own() {
        for title in ["", "Zhumadian 2026 survey: use of single-use items", "2026"] {
            assert_eq!(words(title), [title]);
        }
    }

    #[test]
    fn no_character_of_a_title_is_lost() {
        for title in ["驻马店市2026年，“生态”（第3次）调查", "的和与", "对", "市"]
        {
            assert_eq!(words(title).concat(), title);
        }
    }
}
