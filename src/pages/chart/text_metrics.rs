//! How wide a label is, and where its lines break.

/// Width of `text` in px at a font size of `size` px, for an average sans-serif font: a full-width
/// character is one em wide, a Latin letter by its class.
pub fn width(text: &str, size: f64) -> f64 {
    text.chars().map(em).sum::<f64>() * size
}

fn em(character: char) -> f64 {
    match character {
        'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' | ' ' | '(' | ')'
        | '·' => 0.31,
        'f' | 't' | 'r' | '-' | '/' => 0.4,
        'm' | 'w' | 'M' | 'W' | '%' => 0.88,
        'A'..='Z' => 0.68,
        character if character.is_ascii() => 0.57,
        '–' | '−' | '±' | '…' => 0.62,
        'À'..='ɏ' => 0.6,
        _ => 1.0,
    }
}

/// `text` in at most `most` lines of at most `room` px. Text that does not fit ends in an ellipsis.
///
/// A line breaks after a space or between full-width characters. No line begins with closing
/// punctuation.
pub fn lines(text: &str, size: f64, room: f64, most: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() && lines.len() < most {
        if width(rest, size) <= room {
            lines.push(rest.to_owned());
            return lines;
        }
        if lines.len() + 1 == most {
            lines.push(clipped(rest, size, room));
            return lines;
        }
        let (line, left) = rest.split_at(cut(rest, size, room));
        lines.push(line.trim_end().to_owned());
        rest = left.trim_start();
    }
    lines
}

/// Where the first line ends, in bytes: the last break that fits into `room`, else the last
/// character that fits.
fn cut(text: &str, size: f64, room: f64) -> usize {
    let mut used = 0.0;
    let mut fits = 0;
    let mut breaks = 0;
    let mut before = None;
    for (at, character) in text.char_indices() {
        if before.is_some_and(|before| may_break(before, character)) {
            breaks = at;
        }
        used += em(character) * size;
        if used > room {
            break;
        }
        before = Some(character);
        fits = at + character.len_utf8();
    }
    match (breaks, fits) {
        (0, 0) => text.chars().next().map_or(0, char::len_utf8),
        (0, fits) => fits,
        (breaks, _) => breaks,
    }
}

fn may_break(before: char, after: char) -> bool {
    const CLOSING: &str = "，。、；：？！）》」』”’…%％";
    const OPENING: &str = "（《「『“‘";
    if CLOSING.contains(after) || OPENING.contains(before) {
        return false;
    }
    before == ' ' || before == '/' || (em(before) >= 1.0 && !before.is_ascii()) || em(after) >= 1.0
}

fn clipped(text: &str, size: f64, room: f64) -> String {
    let mut used = em('…') * size;
    let mut clipped = String::new();
    for character in text.chars() {
        used += em(character) * size;
        if used > room {
            break;
        }
        clipped.push(character);
    }
    format!("{}…", clipped.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_that_fits_stays_on_one_line() {
        assert_eq!(lines("驿城区", 15.0, 60.0, 2), ["驿城区"]);
    }

    #[test]
    fn latin_breaks_at_spaces_and_chinese_anywhere_but_before_closing_punctuation() {
        assert_eq!(
            lines("Yicheng District", 15.0, 80.0, 2),
            ["Yicheng", "District"]
        );
        let broken = lines("塑料购物袋（含连卷袋）、纸袋", 10.0, 110.0, 3);
        assert!(
            broken
                .iter()
                .all(|line| !line.starts_with('、') && !line.starts_with('）'))
        );
        assert_eq!(broken.concat(), "塑料购物袋（含连卷袋）、纸袋");
    }

    #[test]
    fn what_does_not_fit_ends_in_an_ellipsis_and_never_loops() {
        let clipped = lines("您对本地空气质量是否满意？", 15.0, 60.0, 1);
        assert_eq!(clipped.len(), 1);
        assert!(clipped.iter().all(|line| line.ends_with('…')));
        assert_eq!(lines("Donaudampfschiff", 15.0, 5.0, 2).len(), 2);
        assert!(lines("", 15.0, 60.0, 2).is_empty());
    }
}
