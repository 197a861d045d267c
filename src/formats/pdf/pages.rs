//! Strips on pages.

use super::strip::{Piece, Strip};
use super::style::{BOTTOM, TOP};

/// A page.
#[derive(Debug, Default)]
pub struct Page<'d> {
    /// What stands on it, measured from its top and from the left edge of the column.
    pub pieces: Vec<Piece<'d>>,
    /// Headings: level, text, and how far down.
    pub outline: Vec<(usize, String, f32)>,
}

/// The page that is being filled.
struct Filling<'d> {
    pages: Vec<Page<'d>>,
    page: Page<'d>,
    y: f32,
}

/// Puts strips on pages. Strips that belong together stay together where a page is high enough.
pub fn paginate(strips: Vec<Strip<'_>>) -> Vec<Page<'_>> {
    let mut filling = Filling {
        pages: Vec::new(),
        page: Page::default(),
        y: TOP,
    };
    let mut group: Vec<Strip<'_>> = Vec::new();
    for strip in strips {
        let ends_group = !strip.keeps_next;
        group.push(strip);
        if ends_group {
            filling.place_group(std::mem::take(&mut group));
        }
    }
    filling.place_group(group);
    filling.pages.push(filling.page);
    filling.pages
}

impl<'d> Filling<'d> {
    /// Places strips that belong together.
    fn place_group(&mut self, group: Vec<Strip<'d>>) {
        let height: f32 = group.iter().map(|strip| strip.before + strip.height).sum();
        let table = group.first().and_then(|strip| strip.table.clone());
        let end = table.as_ref().map_or(0.0, |table| table.end.height);
        let is_at_top = self.y <= TOP;
        if !is_at_top && self.y + height + end > BOTTOM {
            if let Some(table) = &table {
                self.place(table.end.clone());
            }
            self.turn();
            if let Some(table) = table {
                self.place(table.head.clone());
            }
        }
        for strip in group {
            // A group that is higher than a page is broken after all.
            if self.y > TOP && self.y + strip.before + strip.height > BOTTOM {
                self.turn();
            }
            self.place(strip);
        }
    }

    fn place(&mut self, strip: Strip<'d>) {
        if self.y > TOP {
            self.y += strip.before;
        }
        if let Some((level, text)) = strip.outline {
            self.page.outline.push((level, text, self.y));
        }
        let top = self.y;
        let pieces = strip.pieces.into_iter();
        self.page
            .pieces
            .extend(pieces.map(|piece| piece.lowered(top)));
        self.y += strip.height;
    }

    fn turn(&mut self) {
        self.pages.push(std::mem::take(&mut self.page));
        self.y = TOP;
    }
}
