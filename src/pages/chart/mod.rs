//! Charts as SVG, drawn here: values in, markup out.
//!
//! Every chart has a title and a description that states the finding; colours come from the page's stylesheet through
//! classes, with presentation attributes behind them, so that a downloaded file still shows them. Two widths are drawn,
//! one for phones and one for desks, so that no text shrinks below reading size.

pub mod dots;
pub mod stacked;
pub mod tiles;

pub use dots::{Dot, Dots, dots};
pub use stacked::{Bar, stacked};
pub use tiles::{Tile, tiles};

use maud::{Markup, html};

/// Title and description of a chart, for those who cannot see it.
pub struct Words<'a> {
    /// What it is.
    pub title: &'a str,
    /// What it shows: the finding.
    pub finding: &'a str,
}

/// The two widths a chart is drawn in, px.
pub const WIDTHS: [(&str, f64); 2] = [("narrow", 328.0), ("broad", 720.0)];

/// An SVG of that size around `body`.
fn svg(class: &str, width: f64, height: f64, words: &Words<'_>, body: Markup) -> Markup {
    html! {
        svg class={ "chart " (class) } viewBox={ "0 0 " (width) " " (round(height)) } width=(width) height=(round(height)) role="img"
            aria-label={ (words.title) "。" (words.finding) } xmlns="http://www.w3.org/2000/svg" font-size="15" font-family="sans-serif" {
            title { (words.title) }
            desc { (words.finding) }
            (body)
        }
    }
}

/// A coordinate with one decimal.
fn round(value: f64) -> String {
    let rounded = (value * 10.0).round() / 10.0;
    format!("{}", if rounded == 0.0 { 0.0 } else { rounded })
}
