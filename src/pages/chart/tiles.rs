//! A tile map: one equal square for each area, placed roughly as the areas lie. No boundary is drawn.

use maud::{Markup, html};

use super::dots::clip;
use super::{Words, round, svg};

/// One area.
pub struct Tile {
    /// Name.
    pub label: String,
    /// Column and row.
    pub place: (u16, u16),
    /// The value in words.
    pub shown: String,
    /// Shade from 0 (low) to 4 (high); `None` for suppressed.
    pub shade: Option<u8>,
}

const SIDE: f64 = 80.0;
const SHADES: [&str; 5] = ["#f0d9c4", "#f3ead6", "#d5eadd", "#8fcbb0", "#3f9a77"];

/// The map.
pub fn tiles(words: &Words<'_>, tiles: &[Tile]) -> Markup {
    let columns = tiles.iter().map(|tile| tile.place.0).max().unwrap_or(0) + 1;
    let rows = tiles.iter().map(|tile| tile.place.1).max().unwrap_or(0) + 1;
    svg(
        "map",
        f64::from(columns) * SIDE,
        f64::from(rows) * SIDE,
        words,
        html! {
            @for tile in tiles {
                @let x = f64::from(tile.place.0) * SIDE;
                @let y = f64::from(tile.place.1) * SIDE;
                @let shade = tile.shade.map_or("#e3e3e3", |shade| SHADES.get(usize::from(shade)).copied().unwrap_or("#e3e3e3"));
                rect.tile x=(round(x + 2.0)) y=(round(y + 2.0)) width=(SIDE - 4.0) height=(SIDE - 4.0) rx="8" fill=(shade) {}
                text.on-tile x=(round(x + SIDE / 2.0)) y=(round(y + 35.0)) text-anchor="middle" fill="#12261e" font-size="14" { (clip(&tile.label, 5)) }
                text.on-tile.strong x=(round(x + SIDE / 2.0)) y=(round(y + 57.0)) text-anchor="middle" fill="#12261e" font-size="16" font-weight="bold" { (tile.shown) }
            }
        },
    )
}
