//! Documents as PDF, set by the rules of Chinese type.
//!
//! | file | does |
//! |---|---|
//! | [`document`] | what a document says: headings, paragraphs, tables, pictures |
//! | [`characters`] | where lines may break, gaps between characters |
//! | [`face`] | texts as glyphs |
//! | [`lines`], [`setting`] | glyphs in lines; texts in lines |
//! | [`style`] | sizes, distances and colours |
//! | [`strip`] | what stands on a page, in parts that are not broken |
//! | [`blocks`], [`key_figures`], [`table`], [`columns`] | blocks as strips |
//! | [`pages`] | strips on pages |
//! | [`draw`] | pages as PDF, with tags for screen readers |
//! | [`error`] | why a document cannot be made |

pub mod blocks;
pub mod characters;
pub mod columns;
pub mod document;
pub mod draw;
pub mod error;
pub mod face;
pub mod key_figures;
pub mod lines;
pub mod pages;
pub mod setting;
pub mod strip;
pub mod style;
pub mod table;

pub use document::Document;
pub use error::PdfError;

/// `document` as PDF. The same document gives the same bytes on every machine.
///
/// # Errors
/// See [`PdfError`].
pub fn pdf(document: &Document) -> Result<Vec<u8>, PdfError> {
    let faces = face::Faces::new(&document.language)?;
    let laid = blocks::lay(document, &faces)?;
    let pages = pages::paginate(laid.strips);
    draw::draw(document, &faces, &laid.nodes, &pages)
}
