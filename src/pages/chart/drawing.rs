//! Any chart: on a page, once for phones and once for desktops, or alone.

use maud::{Markup, html};

use super::canvas::{AltText, Drawn, Screen, svg};
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
    /// The chart for a page: drawn for phones and for desktops, and the stylesheet shows the one that
    /// fits. What is narrow on every screen is drawn once.
    pub fn on_page(&self, alt: &AltText<'_>) -> Markup {
        let once = match self {
            Drawing::Tiles(_) => Some("map"),
            Drawing::Trend(_) => Some("trend"),
            Drawing::Rows(rows) if rows.is_narrow => Some("slim"),
            Drawing::Rows(_) | Drawing::Stacked(_) => None,
        };
        let screens: &[Screen] = match once {
            Some(_) => &[Screen::Phone],
            None => &[Screen::Phone, Screen::Desktop],
        };
        let class = |screen: Screen| once.unwrap_or(screen.class());
        html! {
            @for screen in screens { (svg(class(*screen), alt, &self.draw(*screen))) }
        }
    }

    /// The chart for one screen, without the SVG element.
    pub(super) fn draw(&self, screen: Screen) -> Drawn {
        match self {
            Drawing::Rows(chart) => rows::draw(chart, screen),
            Drawing::Stacked(chart) => stacked::draw(chart, screen),
            Drawing::Trend(chart) => trend::draw(chart, screen),
            Drawing::Tiles(places) => tiles::draw(places, screen),
        }
    }
}
