//! Strips: what stands on a page, in parts that are not broken. And the tree of what they say.

use std::rc::Rc;

use super::lines::Line;
use super::style::Ink;
use crate::formats::drawing::Drawing;

/// Index of a node in [`Nodes`].
pub type NodeId = usize;

/// What a part of the document is, for screen readers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Role {
    /// The title.
    Title(String),
    /// A heading of that level, from 2.
    Heading(u16, String),
    /// A paragraph.
    Paragraph,
    /// A list.
    List,
    /// A point of a list.
    Item,
    /// The mark of a point.
    Mark,
    /// What a point says.
    Body,
    /// A table.
    Table,
    /// A row of a table.
    Row,
    /// The head of so many columns, over so many rows of heads.
    ColumnHead(u16, u16),
    /// The head of a row; it spans so many columns.
    RowHead(u16),
    /// A cell.
    Cell,
    /// The caption of a table or picture.
    Caption,
    /// A picture, with what it shows.
    Figure(String),
}

/// The tree of what a document says.
#[derive(Debug, Default)]
pub struct Nodes(Vec<(Role, Option<NodeId>)>);

impl Nodes {
    /// Adds a node below `parent`.
    pub fn add(&mut self, role: Role, parent: Option<NodeId>) -> NodeId {
        self.0.push((role, parent));
        self.0.len() - 1
    }

    /// Every node with its parent, in the order of reading.
    pub fn all(&self) -> &[(Role, Option<NodeId>)] {
        &self.0
    }
}

/// Something at a place, measured from the top of its strip and the left edge of the column.
#[derive(Debug, Clone)]
pub enum Piece<'d> {
    /// A line of text.
    Text {
        /// The line.
        line: Line,
        /// Left edge.
        x: f32,
        /// Baseline.
        y: f32,
        /// Colour.
        ink: Ink,
        /// To which node it belongs; `None` if it only decorates or repeats.
        owner: Option<NodeId>,
    },
    /// A horizontal rule.
    Rule {
        /// Left edge.
        x: f32,
        /// Middle.
        y: f32,
        /// Length.
        width: f32,
        /// Thickness.
        thickness: f32,
        /// Colour.
        ink: Ink,
    },
    /// A picture.
    Picture {
        /// The picture.
        drawing: &'d Drawing,
        /// Left edge.
        x: f32,
        /// Top.
        y: f32,
        /// Size.
        size: (f32, f32),
        /// To which node it belongs.
        owner: NodeId,
    },
}

impl Piece<'_> {
    /// The piece lower by `distance`.
    pub fn lowered(mut self, distance: f32) -> Self {
        match &mut self {
            Piece::Text { y, .. } | Piece::Rule { y, .. } | Piece::Picture { y, .. } => {
                *y += distance;
            }
        }
        self
    }
}

/// What is repeated where a table goes on on the next page.
#[derive(Debug)]
pub struct Continued<'d> {
    /// The head, with the words that say so.
    pub head: Strip<'d>,
    /// The rule below the last row of a page.
    pub end: Strip<'d>,
}

/// A part that is not broken.
#[derive(Debug, Clone, Default)]
pub struct Strip<'d> {
    /// Distance from what is above; dropped at the top of a page.
    pub before: f32,
    /// Height.
    pub height: f32,
    /// What stands in it.
    pub pieces: Vec<Piece<'d>>,
    /// Whether the next strip must be on the same page.
    pub keeps_next: bool,
    /// Set for rows of a table: what is repeated if the page ends before them.
    pub table: Option<Rc<Continued<'d>>>,
    /// Its heading in the outline, with the level from 1.
    pub outline: Option<(usize, String)>,
}

/// A document as strips.
#[derive(Debug, Default)]
pub struct Laid<'d> {
    /// From top to bottom.
    pub strips: Vec<Strip<'d>>,
    /// What they say.
    pub nodes: Nodes,
}

/// A line that belongs to `owner`.
pub fn text_piece(line: Line, x: f32, y: f32, ink: Ink, owner: NodeId) -> Piece<'static> {
    Piece::Text {
        line,
        x,
        y,
        ink,
        owner: Some(owner),
    }
}

/// A rule.
pub const fn rule(x: f32, y: f32, width: f32, thickness: f32, ink: Ink) -> Piece<'static> {
    Piece::Rule {
        x,
        y,
        width,
        thickness,
        ink,
    }
}
