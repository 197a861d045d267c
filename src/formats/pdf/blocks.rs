//! Blocks as strips.

use super::document::{Block, Document, Figure, Run};
use super::error::PdfError;
use super::face::Faces;
use super::key_figures::key_figures;
use super::lines::{Line, Setting, lines};
use super::setting::ragged;
use super::strip::{Laid, NodeId, Piece, Role, Strip, rule, text_piece};
use super::style::{
    BLACK, CAPTION, COLUMN, GREEN, GREY, HEADING, Ink, PALE, SMALL, SUBHEADING, TITLE, TITLES, Type,
};
use super::table::table;

/// Lays `document` out.
///
/// # Errors
/// When a character has no glyph.
pub fn lay<'d>(document: &'d Document, faces: &Faces) -> Result<Laid<'d>, PdfError> {
    let mut laid = Laid::default();
    for block in &document.blocks {
        lay_block(document, faces, block, &mut laid)?;
    }
    Ok(laid)
}

fn lay_block<'d>(
    document: &'d Document,
    faces: &Faces,
    block: &'d Block,
    laid: &mut Laid<'d>,
) -> Result<(), PdfError> {
    match block {
        Block::Title {
            above,
            title,
            below,
        } => title_block(faces, (above, title, below), laid),
        Block::Heading(text) => {
            let look = Look::new(HEADING, GREEN, 13.0, 4.0);
            heading(faces, (text, 2), look, laid)
        }
        Block::Subheading(text) => {
            let look = Look::new(SUBHEADING, BLACK, 7.0, 2.0);
            heading(faces, (text, 3), look, laid)
        }
        Block::Paragraph(runs) => paragraph(faces, runs, laid),
        Block::List(points) => list(faces, points, laid),
        Block::KeyFigures(figures) => key_figures(faces, figures, laid),
        Block::Table(own) => table(faces, own, &document.continued, laid),
        Block::Figure(own) => figure(faces, own, laid),
        Block::Note(text) => {
            let owner = laid.nodes.add(Role::Paragraph, None);
            let runs = [Run::plain(text.as_str())];
            let setting = Setting {
                size: SMALL.size,
                width: COLUMN,
                indent: 0.0,
                is_justified: faces.is_chinese(),
            };
            let set = lines(&faces.glyphs(&runs)?, &setting);
            push_lines(laid, set, (SMALL, GREY), (3.0, 0.0), owner);
            Ok(())
        }
    }
}

/// How a heading looks.
#[derive(Clone, Copy)]
struct Look {
    face: Type,
    ink: Ink,
    above: f32,
    below: f32,
}

impl Look {
    const fn new(face: Type, ink: Ink, above: f32, below: f32) -> Look {
        Look {
            face,
            ink,
            above,
            below,
        }
    }
}

/// The title with what stands above and below it.
fn title_block(
    faces: &Faces,
    (above, title, below): (&(String, String), &str, &[String]),
    laid: &mut Laid<'_>,
) -> Result<(), PdfError> {
    let mut pieces = vec![rule(0.0, 0.0, COLUMN, 3.0, GREEN)];
    let mut y = 10.0;
    let owner = laid.nodes.add(Role::Paragraph, None);
    for (text, is_right) in [(&above.0, false), (&above.1, true)] {
        for line in ragged(faces, &[Run::plain(text.as_str())], CAPTION, COLUMN)? {
            let x = if is_right { COLUMN - line.width } else { 0.0 };
            pieces.push(text_piece(line, x, y + CAPTION.baseline(), GREY, owner));
        }
    }
    y += CAPTION.leading + 12.0;
    let owner = laid.nodes.add(Role::Title(title.to_owned()), None);
    let (face, set) = title_lines(faces, title)?;
    for line in set {
        pieces.push(text_piece(line, 0.0, y + face.baseline(), BLACK, owner));
        y += face.leading;
    }
    y += 6.0;
    for text in below {
        let owner = laid.nodes.add(Role::Paragraph, None);
        for line in ragged(faces, &[Run::plain(text.as_str())], CAPTION, COLUMN)? {
            pieces.push(text_piece(line, 0.0, y + CAPTION.baseline(), GREY, owner));
            y += CAPTION.leading;
        }
    }
    y += 9.0;
    pieces.push(rule(0.0, y, COLUMN, 0.5, PALE));
    laid.strips.push(Strip {
        height: y + 6.0,
        pieces,
        ..Strip::default()
    });
    Ok(())
}

/// The title on one line as large as it fits, else on lines of about the same length.
fn title_lines(faces: &Faces, title: &str) -> Result<(Type, Vec<Line>), PdfError> {
    let runs = [Run::strong(title)];
    for face in TITLES {
        let set = ragged(faces, &runs, face, COLUMN)?;
        if set.len() == 1 {
            return Ok((face, set));
        }
    }
    let mut set = ragged(faces, &runs, TITLE, COLUMN)?;
    for narrower in 1..40_u8 {
        let width = COLUMN - 5.0 * f32::from(narrower);
        let closer = ragged(faces, &runs, TITLE, width)?;
        if closer.len() > set.len() {
            break;
        }
        set = closer;
    }
    Ok((TITLE, set))
}

fn heading(
    faces: &Faces,
    (text, level): (&str, u16),
    look: Look,
    laid: &mut Laid<'_>,
) -> Result<(), PdfError> {
    let owner = laid.nodes.add(Role::Heading(level, text.to_owned()), None);
    let set = ragged(faces, &[Run::strong(text)], look.face, COLUMN)?;
    let from = laid.strips.len();
    push_lines(
        laid,
        set,
        (look.face, look.ink),
        (look.above, look.below),
        owner,
    );
    let own = laid.strips.iter_mut().skip(from);
    for (index, strip) in own.enumerate() {
        strip.keeps_next = true;
        if index == 0 {
            strip.outline = Some((usize::from(level) - 1, text.to_owned()));
        }
    }
    Ok(())
}

/// A paragraph: in Chinese with an indent of two characters and no distance; otherwise with a
/// distance and no indent.
fn paragraph(faces: &Faces, runs: &[Run], laid: &mut Laid<'_>) -> Result<(), PdfError> {
    let owner = laid.nodes.add(Role::Paragraph, None);
    let body = faces.body();
    let (indent, after) = match faces.is_chinese() {
        true => (2.0 * body.size, 0.0),
        false => (0.0, 5.0),
    };
    let setting = Setting {
        size: body.size,
        width: COLUMN,
        indent,
        is_justified: faces.is_chinese(),
    };
    let set = lines(&faces.glyphs(runs)?, &setting);
    push_lines(laid, set, (body, BLACK), (0.0, after), owner);
    Ok(())
}

/// Points, each with a small square before it.
fn list(faces: &Faces, points: &[Vec<Run>], laid: &mut Laid<'_>) -> Result<(), PdfError> {
    let list = laid.nodes.add(Role::List, None);
    let face = faces.point();
    for point in points {
        let item = laid.nodes.add(Role::Item, Some(list));
        let mark = laid.nodes.add(Role::Mark, Some(item));
        let body = laid.nodes.add(Role::Body, Some(item));
        let hang = 1.5 * face.size;
        let setting = Setting {
            size: face.size,
            width: COLUMN - hang,
            indent: 0.0,
            is_justified: faces.is_chinese(),
        };
        let set = lines(&faces.glyphs(point)?, &setting);
        let from = laid.strips.len();
        push_lines(laid, set, (face, BLACK), (0.0, 2.0), body);
        for strip in laid.strips.iter_mut().skip(from) {
            for piece in &mut strip.pieces {
                if let Piece::Text { x, .. } = piece {
                    *x += hang;
                }
            }
        }
        let small = Type {
            size: 6.0,
            leading: face.leading,
        };
        let marks = ragged(faces, &[Run::plain("■")], small, COLUMN)?;
        if let Some((strip, line)) = laid.strips.get_mut(from).zip(marks.into_iter().next()) {
            let y = small.baseline() - 0.4;
            strip
                .pieces
                .insert(0, text_piece(line, 2.0, y, GREEN, mark));
        }
    }
    Ok(())
}

/// A picture with its caption above, as over a table.
fn figure<'d>(faces: &Faces, own: &'d Figure, laid: &mut Laid<'d>) -> Result<(), PdfError> {
    let owner = laid.nodes.add(Role::Figure(own.alt.clone()), None);
    let caption = laid.nodes.add(Role::Caption, Some(owner));
    let mut pieces = Vec::new();
    let mut y = 0.0;
    for line in ragged(faces, &[Run::strong(own.caption.as_str())], CAPTION, COLUMN)? {
        pieces.push(text_piece(
            line,
            0.0,
            y + CAPTION.baseline(),
            BLACK,
            caption,
        ));
        y += CAPTION.leading;
    }
    y += 4.0;
    let width = COLUMN * own.width.clamp(0.1, 1.0);
    let natural = own.drawing.size();
    let height = natural.1 * width / natural.0;
    pieces.push(Piece::Picture {
        drawing: &own.drawing,
        x: 0.0,
        y,
        size: (width, height),
        owner,
    });
    laid.strips.push(Strip {
        before: 9.0,
        height: y + height + 6.0,
        pieces,
        ..Strip::default()
    });
    Ok(())
}

/// Adds a strip for each line. The first two and the last two stay together.
fn push_lines(
    laid: &mut Laid<'_>,
    set: Vec<Line>,
    (face, ink): (Type, Ink),
    (above, below): (f32, f32),
    owner: NodeId,
) {
    let count = set.len();
    for (index, line) in set.into_iter().enumerate() {
        let is_last = index + 1 == count;
        let indent = line.indent;
        laid.strips.push(Strip {
            before: if index == 0 { above } else { 0.0 },
            height: face.leading + if is_last { below } else { 0.0 },
            pieces: vec![text_piece(line, indent, face.baseline(), ink, owner)],
            keeps_next: !is_last && (index == 0 || index + 2 == count),
            ..Strip::default()
        });
    }
}
