//! What a document says, before it is set: blocks from top to bottom.

use crate::formats::drawing::Drawing;

/// A document.
#[derive(Debug)]
pub struct Document {
    /// Title, for readers and for the file.
    pub title: String,
    /// BCP 47 tag of its language, such as `zh-CN`.
    pub language: String,
    /// Who issues it.
    pub author: String,
    /// Stands at the top of every page but the first, left and right.
    pub running: (String, String),
    /// Stands at the foot of every page; `%{page}` and `%{pages}` are filled.
    pub page_words: String,
    /// Stands above the rest of a table on the next page, such as `续表`.
    pub continued: String,
    /// When it was made: year, month, day, hour, minute, second, UTC.
    pub made: Made,
    /// From top to bottom.
    pub blocks: Vec<Block>,
}

/// A time in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Made {
    /// Such as 2026.
    pub year: u16,
    /// From 1.
    pub month: u8,
    /// From 1.
    pub day: u8,
    /// From 0.
    pub hour: u8,
    /// From 0.
    pub minute: u8,
    /// From 0.
    pub second: u8,
}

/// A part of a document.
#[derive(Debug)]
pub enum Block {
    /// The head of the first page.
    Title {
        /// Stands small above the title, left and right.
        above: (String, String),
        /// The title.
        title: String,
        /// Stands small below it, one line each.
        below: Vec<String>,
    },
    /// Heading of a section.
    Heading(String),
    /// Heading within a section.
    Subheading(String),
    /// A paragraph.
    Paragraph(Vec<Run>),
    /// Points.
    List(Vec<Vec<Run>>),
    /// Figures in large type, side by side.
    KeyFigures(Vec<KeyFigure>),
    /// A table.
    Table(Table),
    /// A picture.
    Figure(Box<Figure>),
    /// A remark in small type.
    Note(String),
}

/// A piece of text of one weight.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The text.
    pub text: String,
    /// Whether it is bold.
    pub is_strong: bool,
}

impl Run {
    /// Normal text.
    #[must_use]
    pub fn plain(text: impl Into<String>) -> Run {
        Run {
            text: text.into(),
            is_strong: false,
        }
    }

    /// Bold text.
    #[must_use]
    pub fn strong(text: impl Into<String>) -> Run {
        Run {
            text: text.into(),
            is_strong: true,
        }
    }
}

/// A figure in large type.
#[derive(Debug, Clone)]
pub struct KeyFigure {
    /// What it is.
    pub label: String,
    /// The figure, such as `92.3%`.
    pub value: String,
    /// The verdict; may be empty.
    pub verdict: String,
    /// Interval, target.
    pub lines: Vec<String>,
}

/// Where the cells of a column begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// At the left: words.
    Start,
    /// In the middle: short words.
    Middle,
    /// At the right: numbers.
    End,
}

/// A table with a rule above, below its head and at its end.
#[derive(Debug, Clone)]
pub struct Table {
    /// Title, such as `表 1 分县（区）`.
    pub caption: String,
    /// How each column is set.
    pub columns: Vec<Align>,
    /// Heads that span several columns, each with its number of columns; empty without.
    pub spanning: Vec<(String, usize)>,
    /// The head of each column.
    pub head: Vec<String>,
    /// From top to bottom.
    pub rows: Vec<Row>,
    /// A remark below; may be empty.
    pub note: String,
}

/// A row of a table.
#[derive(Debug, Clone)]
pub enum Row {
    /// A cell for each column.
    Cells(Vec<String>),
    /// The same in bold: totals.
    Strong(Vec<String>),
    /// What the rows below have in common.
    Group(String),
}

/// A picture with its caption.
#[derive(Debug)]
pub struct Figure {
    /// The picture.
    pub drawing: Drawing,
    /// Title, such as `图 1 分县（区）满意度`.
    pub caption: String,
    /// What it shows, for people who cannot see it.
    pub alt: String,
    /// Width as a share of the column, 0 to 1.
    pub width: f32,
}
