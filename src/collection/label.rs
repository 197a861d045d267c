//! Checks channels, PSUs, enumerators and devices: short texts without invisible characters.

/// Longest channel, PSU or enumerator, characters.
pub const LONGEST_LABEL: usize = 64;

/// Longest device, characters: an ordinary user agent has about 200.
pub const LONGEST_DEVICE: usize = 512;

/// Whether `text` is a valid channel, PSU or enumerator.
pub fn is_label(text: &str) -> bool {
    text.chars().count() <= LONGEST_LABEL && is_visible(text)
}

/// Whether `text` is a valid description of a device.
pub fn is_device(text: &str) -> bool {
    text.chars().count() <= LONGEST_DEVICE && is_visible(text)
}

/// The reason of a change without spaces around it; `None` if it is empty, has more than `longest`
/// characters, or one that is not visible. Readers of the figures see it.
#[must_use]
pub fn reason(written: &str, longest: usize) -> Option<&str> {
    let reason = written.trim();
    let is_fit = !reason.is_empty() && reason.chars().count() <= longest && is_visible(reason);
    is_fit.then_some(reason)
}

/// Whether every character of `text` is visible. A control character could break a line in a list,
/// a file or a terminal.
fn is_visible(text: &str) -> bool {
    !text
        .chars()
        .any(|letter| letter.is_control() || is_hidden(letter))
}

/// Whether a character is invisible or changes how others are shown. With such characters two
/// different texts can look the same, and a text can look different from what it is.
///
/// Source: Unicode Technical Report 36, section 2.5; Default_Ignorable_Code_Point; the
/// bidirectional controls of UAX 9.
pub fn is_hidden(letter: char) -> bool {
    matches!(
        letter,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}
