//! Texts as glyphs.

use krilla::text::Font;
use rustybuzz::ttf_parser::Tag;
use rustybuzz::{Direction, Feature, UnicodeBuffer};

use super::characters::{Class, class};
use super::document::Run;
use super::error::PdfError;
use super::style::{BODY, CELL, LATIN_BODY, LATIN_CELL, LATIN_POINT, POINT, Type};
use crate::formats::fonts::{self, Weight};

/// A glyph of a text.
#[derive(Debug, Clone, Copy)]
pub struct Glyph {
    /// Its number in the font.
    pub id: u32,
    /// Which font.
    pub weight: Weight,
    /// The character.
    pub character: char,
    /// What it is for the setting of lines.
    pub class: Class,
    /// How far the next glyph is, em, before gaps.
    pub advance: f32,
    /// Its own shift to the right, em.
    pub shift: f32,
}

/// Both fonts, for measuring and for drawing.
pub struct Faces {
    regular: (rustybuzz::Face<'static>, Font),
    bold: (rustybuzz::Face<'static>, Font),
    is_chinese: bool,
}

impl Faces {
    /// The fonts for a document in `language`.
    ///
    /// # Errors
    /// When a font cannot be read.
    pub fn new(language: &str) -> Result<Faces, PdfError> {
        let read = |weight: Weight| {
            let face = rustybuzz::Face::from_slice(weight.data(), 0);
            let font = Font::new(weight.data().into(), 0);
            face.zip(font).ok_or(PdfError::Font)
        };
        Ok(Faces {
            regular: read(Weight::Regular)?,
            bold: read(Weight::Bold)?,
            is_chinese: language.starts_with("zh"),
        })
    }

    /// Whether lines are filled to both edges, and quotation marks are full-width.
    pub fn is_chinese(&self) -> bool {
        self.is_chinese
    }

    /// How paragraphs are set.
    pub fn body(&self) -> Type {
        match self.is_chinese {
            true => BODY,
            false => LATIN_BODY,
        }
    }

    /// How the points of a list are set.
    pub fn point(&self) -> Type {
        match self.is_chinese {
            true => POINT,
            false => LATIN_POINT,
        }
    }

    /// How the cells of a table are set.
    pub fn cell(&self) -> Type {
        match self.is_chinese {
            true => CELL,
            false => LATIN_CELL,
        }
    }

    /// The font of that weight for drawing.
    pub fn font(&self, weight: Weight) -> Font {
        self.of(weight).1.clone()
    }

    fn of(&self, weight: Weight) -> &(rustybuzz::Face<'static>, Font) {
        match weight {
            Weight::Regular => &self.regular,
            Weight::Bold => &self.bold,
        }
    }

    /// The glyphs of `runs`, in order.
    ///
    /// # Errors
    /// When a character has no glyph.
    pub fn glyphs(&self, runs: &[Run]) -> Result<Vec<Glyph>, PdfError> {
        let mut glyphs = Vec::new();
        for run in runs {
            let weight = match run.is_strong {
                true => Weight::Bold,
                false => Weight::Regular,
            };
            fonts::check(&run.text)?;
            self.shape(&run.text, weight, &mut glyphs);
        }
        Ok(glyphs)
    }

    fn shape(&self, text: &str, weight: Weight, glyphs: &mut Vec<Glyph>) {
        let (face, font) = self.of(weight);
        let mut buffer = UnicodeBuffer::new();
        buffer.push_str(text);
        buffer.guess_segment_properties();
        buffer.set_direction(Direction::LeftToRight);
        let on = |tag: &[u8; 4], value| Feature::new(Tag::from_bytes(tag), value, ..);
        // Without kerning, digits are of one width: columns of figures stand in line.
        let kerning = u32::from(!text.bytes().any(|byte| byte.is_ascii_digit()));
        let proportional = u32::from(!self.is_chinese);
        let features = [on(b"kern", kerning), on(b"pwid", proportional)];
        let shaped = rustybuzz::shape(face, &features, buffer);
        let em = font.units_per_em();
        let share = |units: i32| i16::try_from(units).map_or(0.0, f32::from) / em;
        let of_glyphs = shaped.glyph_infos().iter().zip(shaped.glyph_positions());
        for (info, position) in of_glyphs {
            let at = usize::try_from(info.cluster).unwrap_or(0);
            let character = text.get(at..).and_then(|rest| rest.chars().next());
            let Some(character) = character else { continue };
            let advance = share(position.x_advance);
            glyphs.push(Glyph {
                id: info.glyph_id,
                weight,
                character,
                class: class(character, advance > 0.8 && !character.is_ascii()),
                advance,
                shift: share(position.x_offset),
            });
        }
    }
}
