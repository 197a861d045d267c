//! The fonts of charts and bulletins. `README.md` in this folder says where they come from.
//!
//! No font of the machine is used, so that the same text gives the same bytes everywhere.

use std::fmt;
use std::sync::{Arc, LazyLock};

use resvg::usvg::fontdb::{Database, Source};
use rustybuzz::Face;

/// The family of both fonts.
pub const FAMILY: &str = "Minyi Sans";

/// Normal and strong text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Weight {
    /// Normal.
    Regular,
    /// Headings, and what is emphasised.
    Bold,
}

const REGULAR: &[u8] = include_bytes!("minyi-sans-regular.otf");
const BOLD: &[u8] = include_bytes!("minyi-sans-bold.otf");

impl Weight {
    /// The font file.
    #[must_use]
    pub const fn data(self) -> &'static [u8] {
        match self {
            Weight::Regular => REGULAR,
            Weight::Bold => BOLD,
        }
    }
}

/// Both fonts for SVG. A family that is not there falls back to them.
#[must_use]
pub fn database() -> Arc<Database> {
    static DATABASE: LazyLock<Arc<Database>> = LazyLock::new(|| {
        let mut database = Database::new();
        for weight in [Weight::Regular, Weight::Bold] {
            database.load_font_source(Source::Binary(Arc::new(weight.data())));
        }
        database.set_sans_serif_family(FAMILY);
        database.set_serif_family(FAMILY);
        database.set_monospace_family(FAMILY);
        Arc::new(database)
    });
    Arc::clone(&DATABASE)
}

/// A character that the fonts do not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingGlyph {
    /// The character.
    pub character: char,
    /// The text in which it stands.
    pub text: String,
}

impl fmt::Display for MissingGlyph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the fonts have no glyph for {:?} (U+{:04X}) in the text {:?}; write it with another \
             character, or add it in src/formats/fonts/make_fonts.py and make the fonts again",
            self.character,
            u32::from(self.character),
            self.text
        )
    }
}

impl std::error::Error for MissingGlyph {}

/// Checks that every character of `text` has a glyph. Line breaks need none.
///
/// # Errors
/// The first character without one.
pub fn check(text: &str) -> Result<(), MissingGlyph> {
    static FACE: LazyLock<Option<Face<'static>>> = LazyLock::new(|| Face::from_slice(REGULAR, 0));
    let has_glyph = |character: char| {
        let face = FACE.as_ref();
        character == '\n' || face.is_some_and(|face| face.glyph_index(character).is_some())
    };
    match text.chars().find(|character| !has_glyph(*character)) {
        Some(character) => Err(MissingGlyph {
            character,
            text: text.to_owned(),
        }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_without_glyph_is_named_with_its_text() {
        assert_eq!(check("驻马店市 2026 年"), Ok(()));
        let error = check("开心😀").unwrap_err();
        assert_eq!(error.character, '😀');
        let message = error.to_string();
        assert!(
            message.contains("U+1F600") && message.contains("开心"),
            "{message}"
        );
    }

    #[test]
    fn both_weights_have_the_same_characters() {
        let faces =
            [Weight::Regular, Weight::Bold].map(|own| Face::from_slice(own.data(), 0).unwrap());
        let [regular, bold] = faces;
        for character in '\u{20}'..'\u{FFFF}' {
            assert_eq!(
                regular.glyph_index(character).is_some(),
                bold.glyph_index(character).is_some(),
                "{character:?}"
            );
        }
    }
}
