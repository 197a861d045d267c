//! Where lines of Chinese and Latin text may break, and how wide the gaps between characters are.

/// What a character is for the setting of lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// A full-width character that is no punctuation.
    Han,
    /// Full-width opening punctuation: its left half is blank.
    Open,
    /// Full-width closing punctuation: its right half is blank.
    Close,
    /// A full-width character that may not begin a line: dashes, dots, unit signs.
    Bound,
    /// A Latin letter or digit, or a sign that is set like one.
    Letter,
    /// Latin punctuation.
    Mark,
    /// A space at which a line may break.
    Space,
}

const OPEN: &str = "（《〈「『【〔［｛“‘";
const CLOSE: &str = "），。、；：？！》〉」』】〕］｝”’．";
const BOUND: &str = "·—…～℃％‰ー";
const LETTERLIKE: &str = "%±+−=<>≤≥≈°$€£×#@&*";
/// Words after a number that stay with it.
const UNITS: &str = "年月日号个人份名户家项件次万亿元岁百千点页题县区类种天时分秒道位台";

/// The class of `character`; `is_wide` if it is as wide as a Chinese character.
#[must_use]
pub fn class(character: char, is_wide: bool) -> Class {
    match character {
        ' ' => Class::Space,
        _ if is_wide && OPEN.contains(character) => Class::Open,
        _ if is_wide && CLOSE.contains(character) => Class::Close,
        _ if BOUND.contains(character) => Class::Bound,
        _ if is_wide => Class::Han,
        _ if character.is_alphanumeric() || LETTERLIKE.contains(character) => Class::Letter,
        _ => Class::Mark,
    }
}

/// Whether a line may break between two characters that follow each other.
#[must_use]
pub fn may_break(before: (char, Class), after: (char, Class)) -> bool {
    use Class::{Bound, Close, Han, Letter, Mark, Open, Space};
    match (before.1, after.1) {
        (_, Space | Close | Bound) | (Open, _) => false,
        (Space, _) => true,
        (Letter | Mark, Letter | Mark) => is_hyphen(before.0, after.0),
        (Letter, Han) | (Han, Letter) => !is_bound(before.0, after.0),
        (Han, Mark) => !matches!(after.0, ')' | ']' | '.' | ',' | ';' | ':' | '!' | '?' | '/'),
        (Mark, Han) => !matches!(before.0, '(' | '[' | '/'),
        (Han | Close | Bound | Letter | Mark, Han | Open | Letter | Mark) => true,
    }
}

/// Whether two characters stay together, also with a space between: a number and its unit, 第 and a
/// number.
#[must_use]
pub fn is_bound(before: char, after: char) -> bool {
    (before.is_ascii_digit() && UNITS.contains(after)) || (before == '第' && after.is_ascii_digit())
}

/// Whether the first of two characters is the hyphen of a compound word.
fn is_hyphen(before: char, after: char) -> bool {
    before == '-' && after.is_alphabetic()
}

/// Whether a long word without spaces, such as an address or a hash, may break after `own`: after a
/// slash or a hyphen, and between any letters of a hash. `before` and `after` stand around `own`.
#[must_use]
pub fn may_break_long_word(before: char, own: char, after: char, is_hash: bool) -> bool {
    match own {
        '/' => before != '/' && after != '/' && before != ':',
        '-' | '=' | '&' | '?' | '_' => true,
        _ => is_hash,
    }
}

/// The gap between two characters that follow each other on a line, in em: a quarter between Chinese
/// and Latin, minus a half where two blank halves of punctuation meet.
#[must_use]
pub fn gap(before: Class, after: Class) -> f32 {
    use Class::{Close, Han, Letter, Open};
    match (before, after) {
        (Han, Letter) | (Letter, Han) => 0.22,
        (Close, Close | Open) | (Open, Open) => -0.5,
        _ => 0.0,
    }
}

/// Whether a line that is set to full width is stretched between these characters.
#[must_use]
pub fn can_stretch(before: Class, after: Class) -> bool {
    use Class::{Close, Letter, Mark, Open, Space};
    !matches!(
        (before, after),
        (Letter | Mark, Letter | Mark) | (_, Space | Close) | (Open, _)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn breaks(before: char, after: char) -> bool {
        let with_class = |own: char| (own, class(own, !own.is_ascii()));
        may_break(with_class(before), with_class(after))
    }

    #[test]
    fn no_line_begins_with_closing_punctuation_or_ends_with_opening() {
        for after in CLOSE.chars().chain(BOUND.chars()) {
            assert!(!breaks('满', after), "{after}");
        }
        for before in OPEN.chars() {
            assert!(!breaks(before, '满'), "{before}");
        }
        assert!(breaks('满', '意') && breaks('。', '满') && breaks('满', '（'));
    }

    #[test]
    fn a_number_stays_with_its_unit_and_a_word_is_not_broken() {
        assert!(!breaks('6', '年') && !breaks('第', '1') && !breaks('9', '%'));
        assert!(!breaks('a', 'b') && breaks(' ', 'b') && breaks('-', 'b'));
        assert!(!breaks('满', ' '));
        assert!(breaks('6', '满') && breaks('满', '6'));
    }

    #[test]
    fn blank_halves_that_meet_are_closed_up() {
        assert!(gap(Class::Close, Class::Open) < 0.0);
        assert!(gap(Class::Han, Class::Letter) > 0.0);
        assert!(gap(Class::Close, Class::Letter).abs() < f32::EPSILON);
    }
}
