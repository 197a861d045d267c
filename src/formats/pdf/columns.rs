//! How wide the columns of a table are.

use super::document::{Align, Row, Run, Table};
use super::error::PdfError;
use super::face::Faces;
use super::lines::{count, least_width, natural_width};
use super::style::COLUMN;

/// Least distance between two columns, pt.
const GUTTER: f32 = 8.0;

/// A head of this width is not broken, pt.
const SHORT: f32 = 30.0;

/// A column at its place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Column {
    /// Left edge, pt.
    pub x: f32,
    /// Width, pt.
    pub width: f32,
    /// Where its cells begin.
    pub align: Align,
}

/// What the cells of a column need, pt.
#[derive(Debug, Clone, Copy, Default)]
struct Need {
    /// All cells on one line; heads broken as far as they can be.
    natural: f32,
    /// All cells broken as far as they can be.
    least: f32,
    /// The head on one line.
    head: f32,
}

/// The columns of `table`, from edge to edge.
///
/// # Errors
/// When a character has no glyph.
pub fn columns(faces: &Faces, table: &Table) -> Result<Vec<Column>, PdfError> {
    let needs = needs(faces, table)?;
    let gutters = GUTTER * count(needs.len().saturating_sub(1));
    let room = COLUMN - gutters;
    let mut widths: Vec<f32> = needs.iter().map(|need| need.natural).collect();
    let natural: f32 = widths.iter().sum();
    match natural <= room {
        true => widen(&mut widths, &needs, room - natural),
        false => narrow(&mut widths, &needs, table, natural - room),
    }
    let mut x = 0.0;
    let aligned = table.columns.iter().zip(widths);
    let column = aligned.map(|(align, width)| {
        let own = Column {
            x,
            width,
            align: *align,
        };
        x += width + GUTTER;
        own
    });
    Ok(column.collect())
}

/// Gives `spare` to the columns: first to heads that would be broken, then to all alike, twice as
/// much to the first.
fn widen(widths: &mut [f32], needs: &[Need], mut spare: f32) {
    for (width, need) in widths.iter_mut().zip(needs) {
        let more = (need.head - *width).clamp(0.0, spare.max(0.0));
        *width += more;
        spare -= more;
    }
    let share = spare / (count(widths.len()) + 1.0);
    for (index, width) in widths.iter_mut().enumerate() {
        *width += if index == 0 { 2.0 * share } else { share };
    }
}

/// Takes `missing` from the columns of words, in proportion to what each can give.
fn narrow(widths: &mut [f32], needs: &[Need], table: &Table, missing: f32) {
    let gives = |index: usize, need: &Need| match table.columns.get(index) {
        Some(Align::Start) => (need.natural - need.least).max(0.0),
        _ => 0.0,
    };
    let each = needs.iter().enumerate();
    let gives: Vec<f32> = each.map(|(index, need)| gives(index, need)).collect();
    let all: f32 = gives.iter().sum();
    if all > 0.0 {
        for (width, gives) in widths.iter_mut().zip(gives) {
            *width -= gives * (missing / all).min(1.0);
        }
    }
}

fn needs(faces: &Faces, table: &Table) -> Result<Vec<Need>, PdfError> {
    let size = faces.cell().size;
    let mut needs = vec![Need::default(); table.columns.len()];
    for (need, head) in needs.iter_mut().zip(&table.head) {
        let glyphs = faces.glyphs(&[Run::strong(head.as_str())])?;
        need.head = natural_width(&glyphs, size);
        need.natural = least_width(&glyphs, size).max(need.head.min(SHORT));
        need.least = need.natural;
    }
    for row in &table.rows {
        let (cells, is_strong) = match row {
            Row::Cells(cells) => (cells, false),
            Row::Strong(cells) => (cells, true),
            Row::Group(_) => continue,
        };
        for (need, cell) in needs.iter_mut().zip(cells) {
            let text = cell.clone();
            let glyphs = faces.glyphs(&[Run { text, is_strong }])?;
            // A hair more, so that rounding does not break a cell that fits.
            let natural = natural_width(&glyphs, size) + 0.01;
            need.natural = need.natural.max(natural);
            need.least = need
                .least
                .max(least_width(&glyphs, size).max(natural.min(60.0)));
        }
    }
    Ok(needs)
}
