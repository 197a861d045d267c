//! Channels, PSUs, enumerators and devices: short texts in which every character can be seen.

/// Longest channel, PSU or enumerator, characters.
pub const LONGEST_LABEL: usize = 64;

/// Longest device, characters: an ordinary user agent has about 200.
pub const LONGEST_DEVICE: usize = 512;

/// Whether `text` can be a channel, a PSU or an enumerator.
pub fn is_label(text: &str) -> bool {
    text.chars().count() <= LONGEST_LABEL && is_visible(text)
}

/// Whether `text` can describe a device.
pub fn is_device(text: &str) -> bool {
    text.chars().count() <= LONGEST_DEVICE && is_visible(text)
}

/// Whether every character of `text` can be seen. A control character could make two lines of one in
/// a list, a file or a terminal.
fn is_visible(text: &str) -> bool {
    !text
        .chars()
        .any(|letter| letter.is_control() || is_hidden(letter))
}

/// Whether a character has no form of its own and changes how others are shown: two texts look
/// alike, or a text reads differently from how it is written.
///
/// Source: Unicode Technical Report 36, section 2.5; Default_Ignorable_Code_Point; the bidirectional
/// controls of UAX 9.
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
