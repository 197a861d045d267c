//! What the marks of a chart mean: as a list on a page, and inside an SVG that stands alone.

use maud::{Markup, html};

use super::canvas::{SMALL, Screen, round};
use super::marks::{Mark, draw_marks};
use super::stacked::swatch;
use super::text_metrics;
use super::trend::break_mark;

/// What is explained.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// A mark of a chart of rows.
    Mark(Mark),
    /// One of the five shades of the answers to a question.
    Answer(usize),
    /// The break of a trend.
    Break,
}

/// The list on a page. Nothing without entries. The signs are drawn, since printers leave
/// backgrounds out.
pub fn legend(entries: &[(Sign, String)]) -> Markup {
    html! {
        @if !entries.is_empty() {
            ul.key { @for (sign, words) in entries { li { (icon(*sign)) (words) } } }
        }
    }
}

fn icon(sign: Sign) -> Markup {
    html! {
        svg.icon viewBox="0 0 20 20" width="20" height="20" aria-hidden="true"
            focusable="false" { (draw(Screen::Desktop, sign, 0.0, 0.0)) }
    }
}

/// A sign in a square of 20 px.
fn draw(screen: Screen, sign: Sign, x: f64, y: f64) -> Markup {
    match sign {
        Sign::Mark(mark) => draw_marks(screen, mark, &[(x + 10.0, y + 10.0)]),
        Sign::Answer(shade) => swatch(screen, shade, (x + 1.0, y + 1.0), (18.0, 18.0)),
        Sign::Break => break_mark(screen, x + 10.0, y + 10.0),
    }
}

/// Height of a row of entries, px.
const ROW: f64 = 26.0;

/// The entries in rows of at most `room` px from `(left, top)`, with the height that they take.
pub(super) fn rows(
    entries: &[(Sign, String)],
    (left, top): (f64, f64),
    room: f64,
) -> (f64, Markup) {
    let (mut x, mut y) = (left, top);
    let mut parts = Vec::new();
    for (sign, words) in entries {
        let wide = 26.0 + text_metrics::width(words, SMALL);
        if x > left && x + wide > left + room {
            (x, y) = (left, y + ROW);
        }
        parts.push(html! {
            (draw(Screen::File, *sign, x, y))
            text x=(round(x + 26.0)) y=(round(y + 15.0)) font-size=(SMALL) fill="#12261e" {
                (words)
            }
        });
        x += wide + 20.0;
    }
    let height = if entries.is_empty() {
        0.0
    } else {
        y - top + ROW
    };
    (height, html! { @for part in &parts { (part) } })
}
