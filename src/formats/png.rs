//! An SVG as PNG.

use resvg::tiny_skia::{Color, Pixmap};
use resvg::usvg::Transform;

use super::drawing::{Drawing, DrawingError};

/// The widest and highest picture, px.
const LARGEST: u32 = 8_000;

/// `svg` as a PNG of `width` px on white. Its height follows from the shape of the SVG. The same SVG
/// gives the same bytes on every machine.
///
/// # Errors
/// When `svg` is not SVG, when a character of it has no glyph, or when the picture would have no
/// pixels or more than 8,000 in one direction.
pub fn png(svg: &str, width: u32) -> Result<Vec<u8>, DrawingError> {
    let drawing = Drawing::parse(svg)?;
    let own = drawing.tree().size();
    let size = own.to_int_size().scale_to_width(width);
    let size = size.filter(|size| size.width().max(size.height()) <= LARGEST);
    let size = size.ok_or(DrawingError::Size(width))?;
    let pixmap = Pixmap::new(size.width(), size.height());
    let mut pixmap = pixmap.ok_or(DrawingError::Size(width))?;
    pixmap.fill(Color::WHITE);
    let scale = size.to_size().width() / own.width();
    let transform = Transform::from_scale(scale, scale);
    resvg::render(drawing.tree(), transform, &mut pixmap.as_mut());
    let encoded = pixmap.encode_png();
    encoded.map_err(|error| DrawingError::Png(error.to_string()))
}
