//! Why a document cannot be made.

use std::fmt;

use crate::formats::drawing::DrawingError;
use crate::formats::fonts::MissingGlyph;

/// Why a document cannot be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PdfError {
    /// A text has a character without glyph.
    Glyph(MissingGlyph),
    /// A picture cannot be drawn.
    Drawing(DrawingError),
    /// The fonts of the program cannot be read.
    Font,
    /// The file cannot be written.
    Write(String),
}

impl fmt::Display for PdfError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PdfError::Glyph(error) => write!(f, "{error}"),
            PdfError::Drawing(error) => write!(f, "{error}"),
            PdfError::Font => f.write_str("the fonts of the program cannot be read"),
            PdfError::Write(error) => write!(f, "the PDF cannot be written: {error}"),
        }
    }
}

impl std::error::Error for PdfError {}

impl From<MissingGlyph> for PdfError {
    fn from(error: MissingGlyph) -> PdfError {
        PdfError::Glyph(error)
    }
}

impl From<DrawingError> for PdfError {
    fn from(error: DrawingError) -> PdfError {
        PdfError::Drawing(error)
    }
}
