//! A tile map: one square for each area, placed roughly as the areas lie. It shows no boundaries.

use maud::{Markup, html};

use super::canvas::{Drawn, SMALL, Screen, count, round};
use super::text_metrics;

/// One area.
#[derive(Debug, Clone)]
pub struct Tile {
    /// Name.
    pub label: String,
    /// Column and row.
    pub place: (u16, u16),
    /// The value in words.
    pub shown: String,
    /// Shade from 0 (low) to 4 (high); `None` if suppressed.
    pub shade: Option<usize>,
}

/// Side of a tile with the gap around it, px.
const SIDE: f64 = 84.0;

/// One hue from light to dark, each with the colour of the text on it.
const SHADES: [(&str, &str); 5] = [
    ("#e3f1ec", "#12261e"),
    ("#b9ddd0", "#12261e"),
    ("#86c3ae", "#12261e"),
    ("#2f8a6b", "#ffffff"),
    ("#0b5a41", "#ffffff"),
];

/// The map. It is the same for every screen.
pub(super) fn draw(tiles: &[Tile], screen: Screen) -> Drawn {
    let columns = tiles.iter().map(|tile| tile.place.0).max().unwrap_or(0) + 1;
    let rows = tiles.iter().map(|tile| tile.place.1).max().unwrap_or(0) + 1;
    Drawn {
        width: f64::from(columns) * SIDE,
        height: f64::from(rows) * SIDE,
        body: html! { @for tile in tiles { (draw_tile(tile, screen)) } },
    }
}

fn draw_tile(tile: &Tile, screen: Screen) -> Markup {
    let x = f64::from(tile.place.0) * SIDE;
    let y = f64::from(tile.place.1) * SIDE;
    let known = tile
        .shade
        .and_then(|shade| SHADES.get(shade).map(|colours| (shade, colours)));
    let (class, fill, ink) = known.map_or_else(
        || ("tile none".to_owned(), "#f2f2f2", "#12261e"),
        |(shade, (fill, ink))| (format!("tile t{shade}"), *fill, *ink),
    );
    let light = ink == "#ffffff";
    let size = if text_metrics::width(&tile.shown, 16.0) > SIDE - 18.0 {
        SMALL
    } else {
        16.0
    };
    let name = text_metrics::lines(&tile.label, SMALL, SIDE - 7.0, 2);
    let top = if name.len() > 1 { 27.0 } else { 35.0 };
    let value = top + count(name.len()) * 17.0 + 7.0;
    let is_hidden = tile.shade.is_none();
    let side = SIDE - 4.0;
    html! {
        g.on.light[light] transform={ "translate(" (round(x + SIDE / 2.0)) " " (round(y)) ")" }
            text-anchor="middle" fill=[screen.ink(ink)] font-size=[screen.size(SMALL)] {
            rect class=(class) x=(round(-side / 2.0)) y="2" width=(side) height=(side) rx="8"
                fill=[screen.ink(fill)] stroke=[is_hidden.then_some("#8a9a92")]
                stroke-dasharray=[is_hidden.then_some("4 3")] {}
            @for (index, line) in name.iter().enumerate() {
                text y=(round(top + count(index) * 17.0)) { (line) }
            }
            text y=(round(value)) font-size=(size) font-weight="bold" { (tile.shown) }
        }
    }
}
