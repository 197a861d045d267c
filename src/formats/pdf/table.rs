//! Tables: a rule above, one below the head, one at the end.

use std::rc::Rc;

use super::columns::{Column, columns};
use super::document::{Align, Row, Run, Table};
use super::error::PdfError;
use super::face::Faces;
use super::lines::{Line, count};
use super::setting::ragged;
use super::strip::{Continued, Laid, NodeId, Piece, Role, Strip, rule, text_piece};
use super::style::{BLACK, CAPTION, COLUMN, GREY, PALE, SMALL, Type};

/// Blank above and below the text of a row.
const PADDING: f32 = 1.7;
/// Thickness of the rules above and at the end.
const THICK: f32 = 1.0;
/// Thickness of the rule below the head.
const THIN: f32 = 0.5;

/// A table that is being laid out.
struct Laying<'t> {
    faces: &'t Faces,
    table: &'t Table,
    columns: Vec<Column>,
    node: NodeId,
}

/// Adds the table as strips.
///
/// # Errors
/// When a character has no glyph.
pub fn table<'d>(
    faces: &Faces,
    own: &Table,
    continued: &str,
    laid: &mut Laid<'d>,
) -> Result<(), PdfError> {
    let node = laid.nodes.add(Role::Table, None);
    let laying = Laying {
        faces,
        table: own,
        columns: columns(faces, own)?,
        node,
    };
    let caption = laying.caption(laid)?;
    let head = laying.head(laid)?;
    let repeated = Rc::new(laying.continued(&head, continued)?);
    laid.strips.push(caption);
    laid.strips.push(head);
    let last = own.rows.len().saturating_sub(1);
    for (index, row) in own.rows.iter().enumerate() {
        let mut strip = laying.row(row, laid)?;
        // The head of a group stays with its first row.
        let is_group = !matches!(row, Row::Cells(_)) && index != last;
        strip.keeps_next = index == last || index + 1 == last || index == 0 || is_group;
        strip.table = Some(Rc::clone(&repeated));
        laid.strips.push(strip);
    }
    let mut end = end();
    end.pieces.extend(laying.note(laid, &mut end.height)?);
    end.height += 4.0;
    laid.strips.push(end);
    Ok(())
}

/// The rule at the end.
fn end() -> Strip<'static> {
    Strip {
        height: 4.0,
        pieces: vec![rule(0.0, 1.5, COLUMN, THICK, BLACK)],
        ..Strip::default()
    }
}

impl Laying<'_> {
    fn caption<'d>(&self, laid: &mut Laid<'d>) -> Result<Strip<'d>, PdfError> {
        let owner = laid.nodes.add(Role::Caption, Some(self.node));
        let mut y = 0.0;
        let mut pieces = Vec::new();
        for line in self.lines(&self.table.caption, true, COLUMN, CAPTION)? {
            pieces.push(text_piece(line, 0.0, y + CAPTION.baseline(), BLACK, owner));
            y += CAPTION.leading;
        }
        Ok(Strip {
            before: 9.0,
            height: y + 3.0,
            pieces,
            keeps_next: true,
            ..Strip::default()
        })
    }

    fn lines(
        &self,
        text: &str,
        is_strong: bool,
        width: f32,
        face: Type,
    ) -> Result<Vec<Line>, PdfError> {
        let text = text.to_owned();
        ragged(self.faces, &[Run { text, is_strong }], face, width)
    }

    /// The heads: first those that span several columns, then one for each column.
    fn head<'d>(&self, laid: &mut Laid<'d>) -> Result<Strip<'d>, PdfError> {
        let mut pieces = vec![rule(0.0, THICK / 2.0, COLUMN, THICK, BLACK)];
        let mut y = THICK + PADDING;
        // Over the first column stands one head beside both rows of heads.
        let is_tall = self
            .table
            .spanning
            .first()
            .is_some_and(|own| own.0.is_empty());
        let mut tall = None;
        if !self.table.spanning.is_empty() {
            let row = laid.nodes.add(Role::Row, Some(self.node));
            if is_tall {
                tall = Some(laid.nodes.add(Role::ColumnHead(1, 2), Some(row)));
            }
            y = self.spanning(laid, row, y, &mut pieces)?;
        }
        let row = laid.nodes.add(Role::Row, Some(self.node));
        let mut heads = Vec::new();
        let mut most = 0;
        for (head, column) in self.table.head.iter().zip(&self.columns) {
            let set = self.lines(head, true, column.width, self.faces.cell())?;
            most = most.max(set.len());
            heads.push((set, column));
        }
        for (index, (set, column)) in heads.into_iter().enumerate() {
            let owner = match tall {
                Some(tall) if index == 0 => tall,
                _ => laid.nodes.add(Role::ColumnHead(1, 1), Some(row)),
            };
            let top = y + count(most - set.len()) * self.faces.cell().leading;
            pieces.extend(column.set(self.faces.cell(), set, top, owner));
        }
        y += count(most) * self.faces.cell().leading + PADDING;
        pieces.push(rule(0.0, y + 0.5, COLUMN, THIN, BLACK));
        Ok(Strip {
            height: y + 2.0,
            pieces,
            keeps_next: true,
            ..Strip::default()
        })
    }

    /// The heads that span several columns, each with a fine rule below. Returns how far down they
    /// reach.
    fn spanning(
        &self,
        laid: &mut Laid<'_>,
        row: NodeId,
        y: f32,
        pieces: &mut Vec<Piece<'_>>,
    ) -> Result<f32, PdfError> {
        let mut from = 0;
        let mut heads = Vec::new();
        let mut most = 1;
        for (text, across) in &self.table.spanning {
            let own = self.columns.get(from..from + across).unwrap_or_default();
            from += across;
            let (Some(first), Some(last), false) = (own.first(), own.last(), text.is_empty())
            else {
                continue;
            };
            let width = last.x + last.width - first.x;
            let set = self.lines(text, true, width, self.faces.cell())?;
            most = most.max(set.len());
            let across = u16::try_from(*across).unwrap_or(1);
            heads.push((set, first.x, width, across));
        }
        let below = y + count(most) * self.faces.cell().leading + 1.5;
        for (set, left, width, across) in heads {
            let owner = laid.nodes.add(Role::ColumnHead(across, 1), Some(row));
            let mut top = y + count(most - set.len()) * self.faces.cell().leading;
            for line in set {
                let x = left + (width - line.width) / 2.0;
                pieces.push(text_piece(
                    line,
                    x,
                    top + self.faces.cell().baseline(),
                    BLACK,
                    owner,
                ));
                top += self.faces.cell().leading;
            }
            pieces.push(rule(left, below, width, 0.4, GREY));
        }
        Ok(below + PADDING)
    }

    /// What is repeated on the next page: the same head, without tags.
    fn continued<'d>(&self, head: &Strip<'d>, words: &str) -> Result<Continued<'d>, PdfError> {
        let mut repeated = Strip {
            height: head.height + SMALL.leading,
            ..Strip::default()
        };
        for line in self.lines(words, false, COLUMN, SMALL)? {
            let x = COLUMN - line.width;
            repeated
                .pieces
                .push(text_piece(line, x, SMALL.baseline() - 2.0, GREY, 0));
        }
        let own = head.pieces.iter().cloned();
        let own = own.map(|piece| piece.lowered(SMALL.leading));
        repeated.pieces.extend(own);
        for piece in &mut repeated.pieces {
            if let Piece::Text { owner, .. } = piece {
                *owner = None;
            }
        }
        Ok(Continued {
            head: repeated,
            end: end(),
        })
    }

    fn row<'d>(&self, row: &Row, laid: &mut Laid<'d>) -> Result<Strip<'d>, PdfError> {
        let node = laid.nodes.add(Role::Row, Some(self.node));
        let (cells, is_strong) = match row {
            Row::Cells(cells) => (cells, false),
            Row::Strong(cells) => (cells, true),
            Row::Group(text) => return self.group(text, node, laid),
        };
        let mut pieces = Vec::new();
        let mut most = 1;
        for (index, (cell, column)) in cells.iter().zip(&self.columns).enumerate() {
            let role = match index {
                0 => Role::RowHead(1),
                _ => Role::Cell,
            };
            let owner = laid.nodes.add(role, Some(node));
            let set = self.lines(cell, is_strong, column.width, self.faces.cell())?;
            most = most.max(set.len());
            pieces.extend(column.set(self.faces.cell(), set, PADDING, owner));
        }
        Ok(Strip {
            height: count(most) * self.faces.cell().leading + 2.0 * PADDING - 0.5,
            pieces,
            ..Strip::default()
        })
    }

    /// What the rows below have in common, on a fine rule.
    fn group<'d>(
        &self,
        text: &str,
        row: NodeId,
        laid: &mut Laid<'d>,
    ) -> Result<Strip<'d>, PdfError> {
        let across = u16::try_from(self.columns.len()).unwrap_or(1);
        let owner = laid.nodes.add(Role::RowHead(across), Some(row));
        let mut pieces = Vec::new();
        let mut y = PADDING + 1.5;
        for line in self.lines(text, true, COLUMN, self.faces.cell())? {
            pieces.push(text_piece(
                line,
                0.0,
                y + self.faces.cell().baseline(),
                BLACK,
                owner,
            ));
            y += self.faces.cell().leading;
        }
        pieces.push(rule(0.0, y + 1.0, COLUMN, 0.3, PALE));
        Ok(Strip {
            height: y + 2.0,
            pieces,
            ..Strip::default()
        })
    }

    /// The remark below the table.
    fn note<'d>(&self, laid: &mut Laid<'d>, height: &mut f32) -> Result<Vec<Piece<'d>>, PdfError> {
        let mut pieces = Vec::new();
        if self.table.note.is_empty() {
            return Ok(pieces);
        }
        let owner = laid.nodes.add(Role::Paragraph, None);
        for line in self.lines(&self.table.note, false, COLUMN, SMALL)? {
            pieces.push(text_piece(
                line,
                0.0,
                *height + SMALL.baseline(),
                GREY,
                owner,
            ));
            *height += SMALL.leading;
        }
        Ok(pieces)
    }
}

impl Column {
    /// The lines of a cell from `top`.
    fn set(&self, face: Type, lines: Vec<Line>, top: f32, owner: NodeId) -> Vec<Piece<'static>> {
        let mut y = top;
        let mut pieces = Vec::new();
        for line in lines {
            let blank = self.width - line.width;
            let x = self.x
                + match self.align {
                    Align::Start => 0.0,
                    Align::Middle => blank / 2.0,
                    Align::End => blank,
                };
            pieces.push(text_piece(line, x, y + face.baseline(), BLACK, owner));
            y += face.leading;
        }
        pieces
    }
}
