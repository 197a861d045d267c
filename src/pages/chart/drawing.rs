//! Any chart: on a page, once for phones and once for desktops, or alone.

use maud::{Markup, html};

use super::canvas::{AltText, Drawn, Screen, canvas, svg};
use super::{Rows, Stacked, Tile, Trend};
use super::{rows, stacked, tiles, trend};

/// A chart that can be drawn.
#[derive(Debug, Clone)]
pub enum Drawing {
    /// One row for each group.
    Rows(Rows),
    /// A 100 % bar for each question.
    Stacked(Stacked),
    /// The waves from left to right.
    Trend(Trend),
    /// A tile map.
    Tiles(Vec<Tile>),
}

impl Drawing {
    /// The chart for a page. The stylesheet shows the drawing that fits the screen.
    pub fn on_page(&self, alt: &AltText<'_>) -> Markup {
        if let Drawing::Tiles(places) = self {
            let drawn = tiles::draw(places);
            return canvas("map", drawn.width, drawn.height, alt, &drawn.body);
        }
        html! { @for screen in Screen::ALL { (svg(screen, alt, &self.draw(screen))) } }
    }

    /// The chart for one screen, without the SVG element.
    pub(super) fn draw(&self, screen: Screen) -> Drawn {
        match self {
            Drawing::Rows(chart) => rows::draw(chart, screen),
            Drawing::Stacked(chart) => stacked::draw(chart, screen),
            Drawing::Trend(chart) => trend::draw(chart, screen),
            Drawing::Tiles(places) => tiles::draw(places),
        }
    }
}
