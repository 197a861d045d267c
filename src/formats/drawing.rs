//! An SVG that has been read, with the fonts of this program only. PNG, PDF and the SVG for download
//! are made from it.

use std::borrow::Cow;
use std::fmt;

use resvg::usvg::{Group, Node, Options, Tree};

use super::fonts::{self, MissingGlyph};

/// An SVG that has been read. All its characters have glyphs.
#[derive(Debug)]
pub struct Drawing {
    tree: Tree,
}

/// Why an SVG cannot be drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DrawingError {
    /// It is not SVG.
    Svg(String),
    /// A text has a character without glyph.
    Glyph(MissingGlyph),
    /// The picture would have no pixels, or too many.
    Size(u32),
    /// The picture cannot be written as PNG.
    Png(String),
}

impl fmt::Display for DrawingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DrawingError::Svg(error) => write!(f, "this is not an SVG that can be drawn: {error}"),
            DrawingError::Glyph(error) => write!(f, "{error}"),
            DrawingError::Size(width) => {
                write!(
                    f,
                    "a picture cannot be {width} pixels wide; ask for 1 to 8000"
                )
            }
            DrawingError::Png(error) => write!(f, "the picture cannot be written: {error}"),
        }
    }
}

impl std::error::Error for DrawingError {}

impl Drawing {
    /// Reads an SVG.
    ///
    /// # Errors
    /// When it is not SVG, or when a character of it has no glyph.
    pub fn parse(svg: &str) -> Result<Drawing, DrawingError> {
        let options = Options {
            font_family: fonts::FAMILY.to_owned(),
            fontdb: fonts::database(),
            ..Options::default()
        };
        let tree = Tree::from_str(&with_latin_marks(svg), &options);
        let tree = tree.map_err(|error| DrawingError::Svg(error.to_string()))?;
        check(tree.root()).map_err(DrawingError::Glyph)?;
        Ok(Drawing { tree })
    }

    /// The shapes and texts.
    #[must_use]
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// Width and height, px.
    #[must_use]
    pub fn size(&self) -> (f32, f32) {
        (self.tree.size().width(), self.tree.size().height())
    }
}

/// `svg` with plain quotation marks and dots if it has no Chinese: those of the fonts are as wide as
/// a Chinese character.
fn with_latin_marks(svg: &str) -> Cow<'_, str> {
    const WIDE: [(char, &str); 5] = [
        ('“', "&quot;"),
        ('”', "&quot;"),
        ('‘', "&apos;"),
        ('’', "&apos;"),
        ('…', "..."),
    ];
    let is_han = |own: char| ('\u{3400}'..='\u{9fff}').contains(&own);
    let has_wide = svg.contains(WIDE.map(|(own, _)| own));
    if !has_wide || svg.contains(is_han) {
        return Cow::Borrowed(svg);
    }
    let mut narrow = svg.to_owned();
    for (wide, own) in WIDE {
        narrow = narrow.replace(wide, own);
    }
    Cow::Owned(narrow)
}

/// Checks every text below `group`.
fn check(group: &Group) -> Result<(), MissingGlyph> {
    for node in group.children() {
        match node {
            Node::Group(inner) => check(inner)?,
            Node::Text(text) => {
                for chunk in text.chunks() {
                    fonts::check(chunk.text())?;
                }
            }
            Node::Path(_) | Node::Image(_) => {}
        }
    }
    Ok(())
}
