//! Key figures: large numbers side by side, with verdict and interval.

use super::document::{KeyFigure, Run};
use super::error::PdfError;
use super::face::Faces;
use super::lines::count;
use super::setting::ragged;
use super::strip::{Laid, Piece, Role, Strip, rule, text_piece};
use super::style::{BLACK, BODY, COLUMN, FIGURE, GREEN, GREY, Ink, PALE, SMALL, Type};

/// The most figures in one row.
const ACROSS: usize = 3;
/// Distance between two figures.
const GUTTER: f32 = 18.0;

/// Adds the figures as strips, at most three in one.
///
/// # Errors
/// When a character has no glyph.
pub fn key_figures(
    faces: &Faces,
    figures: &[KeyFigure],
    laid: &mut Laid<'_>,
) -> Result<(), PdfError> {
    for row in figures.chunks(ACROSS) {
        let across = count(row.len().max(2));
        let width = (COLUMN - GUTTER * (across - 1.0)) / across;
        let mut pieces = Vec::new();
        let mut height = 0.0_f32;
        let mut x = 0.0;
        for figure in row {
            height = height.max(draw(faces, figure, (x, width), laid, &mut pieces)?);
            x += width + GUTTER;
        }
        pieces.push(rule(0.0, height + 8.0, COLUMN, 0.5, PALE));
        laid.strips.push(Strip {
            before: 4.0,
            height: height + 14.0,
            pieces,
            ..Strip::default()
        });
    }
    Ok(())
}

/// Draws one figure and returns its height.
fn draw(
    faces: &Faces,
    figure: &KeyFigure,
    (x, width): (f32, f32),
    laid: &mut Laid<'_>,
    pieces: &mut Vec<Piece<'_>>,
) -> Result<f32, PdfError> {
    let small = figure.lines.iter().map(|line| (line, false, SMALL, GREY));
    let head: [(&String, bool, Type, Ink); 3] = [
        (&figure.label, true, BODY, BLACK),
        (&figure.value, true, FIGURE, GREEN),
        (&figure.verdict, true, BODY, BLACK),
    ];
    let mut y = 0.0;
    for (text, is_strong, face, ink) in head.into_iter().chain(small) {
        if text.is_empty() {
            continue;
        }
        let owner = laid.nodes.add(Role::Paragraph, None);
        let run = Run {
            text: text.clone(),
            is_strong,
        };
        for line in ragged(faces, &[run], face, width)? {
            pieces.push(text_piece(line, x, y + face.baseline(), ink, owner));
            y += face.leading;
        }
    }
    Ok(y)
}
