//! A text as lines that are not filled to the right edge.

use super::document::Run;
use super::error::PdfError;
use super::face::Faces;
use super::lines::{Line, Setting, lines};
use super::style::Type;

/// Lines of a text, at the left.
///
/// # Errors
/// When a character has no glyph.
pub fn ragged(faces: &Faces, runs: &[Run], face: Type, width: f32) -> Result<Vec<Line>, PdfError> {
    let setting = Setting {
        size: face.size,
        width,
        indent: 0.0,
        is_justified: false,
    };
    Ok(lines(&faces.glyphs(runs)?, &setting))
}
