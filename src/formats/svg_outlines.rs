//! An SVG for download: its texts are outlines, so that it looks the same without the fonts.
//!
//! Browsers, Inkscape, Word and WeChat all draw outlines. Fonts inside an SVG are drawn by browsers
//! only. Title and description are kept as text.

use quick_xml::escape::escape;
use resvg::usvg::{Indent, WriteOptions};

use super::drawing::{Drawing, DrawingError};

/// `svg` with outlines instead of text. `title` and `description` say what it shows.
///
/// # Errors
/// When `svg` is not SVG, or when a character of it has no glyph.
pub fn with_outlines(svg: &str, title: &str, description: &str) -> Result<String, DrawingError> {
    let drawing = Drawing::parse(svg)?;
    let options = WriteOptions {
        coordinates_precision: 2,
        transforms_precision: 5,
        indent: Indent::None,
        ..WriteOptions::default()
    };
    let outlined = drawing.tree().to_string(&options);
    let (open, rest) = outlined.split_once('>').unwrap_or((&outlined, ""));
    let (width, height) = drawing.size();
    Ok(format!(
        "{open} viewBox=\"0 0 {width} {height}\" role=\"img\" aria-labelledby=\"title desc\">\
         <title id=\"title\">{}</title><desc id=\"desc\">{}</desc>{rest}",
        escape(title),
        escape(description)
    ))
}
