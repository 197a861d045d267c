//! Sizes, distances and colours. All lengths are in pt.

/// Width of an A4 page.
pub const PAGE_WIDTH: f32 = 595.28;
/// Height of an A4 page.
pub const PAGE_HEIGHT: f32 = 841.89;
/// Width of the column: 42 Chinese characters of the body.
pub const COLUMN: f32 = 441.0;
/// Left edge of the column.
pub const LEFT: f32 = (PAGE_WIDTH - COLUMN) / 2.0;
/// Top of the column.
pub const TOP: f32 = 69.0;
/// Lowest end of the column.
pub const BOTTOM: f32 = PAGE_HEIGHT - 63.0;
/// Baseline of the running title.
pub const RUNNING: f32 = 44.0;
/// Baseline of the page number.
pub const FOOT: f32 = PAGE_HEIGHT - 37.0;

/// Size of type and distance of baselines.
#[derive(Debug, Clone, Copy)]
pub struct Type {
    /// Size of the type.
    pub size: f32,
    /// From baseline to baseline.
    pub leading: f32,
}

impl Type {
    const fn new(size: f32, leading: f32) -> Type {
        Type { size, leading }
    }

    /// From the top of a line to its baseline, so that Chinese characters stand in the middle.
    #[must_use]
    pub fn baseline(self) -> f32 {
        self.leading / 2.0 + self.size * 0.38
    }
}

/// Title of the document, if it fits on one line.
pub const TITLES: [Type; 4] = [
    Type::new(21.0, 30.0),
    Type::new(20.0, 29.0),
    Type::new(18.5, 27.0),
    Type::new(17.0, 26.0),
];
/// Title of the document, if it needs several lines.
pub const TITLE: Type = Type::new(20.0, 28.0);
/// Heading of a section.
pub const HEADING: Type = Type::new(13.5, 20.0);
/// Heading within a section.
pub const SUBHEADING: Type = Type::new(10.5, 17.0);
/// Paragraphs.
pub const BODY: Type = Type::new(10.5, 17.0);
/// Paragraphs in Latin letters, which look larger and need less distance.
pub const LATIN_BODY: Type = Type::new(9.6, 13.8);
/// Points of a list.
pub const POINT: Type = Type::new(9.5, 15.0);
/// Points of a list in Latin letters.
pub const LATIN_POINT: Type = Type::new(8.8, 12.2);
/// Captions of tables and pictures.
pub const CAPTION: Type = Type::new(9.5, 14.0);
/// Cells of tables.
pub const CELL: Type = Type::new(9.0, 11.8);
/// Cells of tables in Latin letters.
pub const LATIN_CELL: Type = Type::new(8.3, 10.7);
/// Remarks, running titles, page numbers.
pub const SMALL: Type = Type::new(8.5, 12.5);
/// A key figure.
pub const FIGURE: Type = Type::new(30.0, 38.0);

/// A colour: red, green, blue. All of them survive a grey print.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ink(pub u8, pub u8, pub u8);

/// Text.
pub const BLACK: Ink = Ink(0x14, 0x1f, 0x1a);
/// Secondary text.
pub const GREY: Ink = Ink(0x4c, 0x5f, 0x57);
/// Headings and key figures.
pub const GREEN: Ink = Ink(0x0b, 0x5a, 0x41);
/// Fine rules.
pub const PALE: Ink = Ink(0xb4, 0xc2, 0xba);
