//! A 100 % bar of the answers to each question on one scale, with the shares at both ends.

use maud::{Markup, html};

use super::canvas::{Drawn, LABEL, SMALL, Screen, count, round};
use super::text_metrics;

/// One question.
#[derive(Debug, Clone)]
pub struct Bar {
    /// Label at the left; on a phone above the bar.
    pub label: String,
    /// Shares in the order of the scale with their words, adding up to 1. Empty if suppressed.
    pub shares: Vec<(f64, String)>,
    /// What is printed at the right: the share that counts, and the share of the other end.
    pub values: [String; 2],
}

/// The whole chart.
#[derive(Debug, Clone)]
pub struct Stacked {
    /// Questions from top to bottom.
    pub bars: Vec<Bar>,
    /// Headings of the two columns of values.
    pub columns: [String; 2],
}

/// From the best to the worst answer, distinct for every kind of colour vision. Source: ColorBrewer
/// BrBG.
const COLOURS: [&str; 5] = ["#01665e", "#5ab4ac", "#dfe3e0", "#d8b365", "#8c510a"];

/// Thickness of a bar, px.
const BAR: f64 = 22.0;

/// Height of a line of a label, px.
const LINE: f64 = 20.0;

/// Which of the five colours the answer at `index` of a scale of `length` answers takes. The first
/// and the last answer get the two ends, so they differ most.
pub fn shade(index: usize, length: usize) -> usize {
    match (length, index) {
        (2, 1) => 4,
        (3, index) => index * 2,
        (4, index) if index > 1 => index + 1,
        (_, index) => index.min(4),
    }
}

/// Where things are on one screen, px.
struct Layout {
    screen: Screen,
    is_phone: bool,
    width: f64,
    /// Left and right end of the bars.
    left: f64,
    right: f64,
    /// Right ends of the two columns of values.
    columns: [f64; 2],
    /// Width of a label.
    label: f64,
}

impl Layout {
    fn new(chart: &Stacked, screen: Screen) -> Layout {
        let is_phone = screen == Screen::Phone;
        let width = screen.width();
        let last = text_metrics::width(&chart.columns[1], SMALL) + 14.0;
        let first = width - last.max(if is_phone { 60.0 } else { 76.0 });
        let (left, right) = match is_phone {
            true => (0.0, first - 62.0),
            false => (210.0, first - 70.0),
        };
        Layout {
            screen,
            is_phone,
            width,
            left,
            right,
            columns: [first, width],
            label: if is_phone { width } else { left - 16.0 },
        }
    }
}

/// The chart for one screen.
pub(super) fn draw(chart: &Stacked, screen: Screen) -> Drawn {
    let layout = Layout::new(chart, screen);
    let mut y = 30.0;
    let mut body = Vec::new();
    for bar in &chart.bars {
        let (height, drawn) = draw_bar(&layout, bar, y);
        body.push(drawn);
        y += height;
    }
    Drawn {
        width: layout.width,
        height: y + 4.0,
        body: html! {
            @for (heading, end) in chart.columns.iter().zip(layout.columns) {
                text.tick x=(round(end)) y="18" text-anchor="end" fill=[screen.ink("#4c5f57")]
                    font-size=[screen.size(SMALL)] {
                    (heading)
                }
            }
            @for part in &body { (part) }
        },
    }
}

/// The height of a question and its drawing, from `top`.
fn draw_bar(layout: &Layout, bar: &Bar, top: f64) -> (f64, Markup) {
    let screen = layout.screen;
    let lines = text_metrics::lines(&bar.label, LABEL, layout.label, 3);
    let text = count(lines.len()) * LINE;
    let (height, first_line, bar_top) = match layout.is_phone {
        true => (text + BAR + 18.0, top + 20.0, top + text + 8.0),
        false => {
            let height = (text + 14.0).max(38.0);
            let first_line = top + height / 2.0 - text / 2.0 + 15.0;
            (height, first_line, top + (height - BAR) / 2.0)
        }
    };
    let [first, last] = layout.columns;
    let drawn = html! {
        line.row x1="0" x2=(layout.width) y1=(round(top)) y2=(round(top))
            stroke=[screen.ink("#e6ece8")] {}
        @for (index, line) in lines.iter().enumerate() {
            text.label x="0" y=(round(first_line + count(index) * LINE))
                fill=[screen.ink("#12261e")] { (line) }
        }
        (segments(layout, bar, bar_top))
        text.value.strong x=(round(first)) y=(round(bar_top + 16.5)) text-anchor="end"
            fill=[screen.ink("#12261e")] font-weight=[screen.ink("bold")] { (bar.values[0]) }
        text.value.minor x=(round(last)) y=(round(bar_top + 16.5)) text-anchor="end"
            fill=[screen.ink("#4c5f57")] { (bar.values[1]) }
    };
    (height, drawn)
}

/// The shares of one question, with their words where there is room.
fn segments(layout: &Layout, bar: &Bar, top: f64) -> Markup {
    let screen = layout.screen;
    let length = layout.right - layout.left;
    let mut start = 0.0;
    let mut parts = Vec::new();
    for (index, (share, words)) in bar.shares.iter().enumerate() {
        let shade = shade(index, bar.shares.len());
        let colour = colour(shade);
        let (from, wide) = (layout.left + start * length, share * length);
        let fits = text_metrics::width(words, SMALL) + 8.0 <= wide;
        let is_dark = shade == 0 || shade == 4;
        let ink = if is_dark { "#ffffff" } else { "#12261e" };
        parts.push(html! {
            (swatch(screen, shade, (from, top), ((wide - 1.0).max(0.4), BAR)))
            @if fits {
                text class={ "on hatched h" (shade) } x=(round(from + wide / 2.0))
                    y=(round(top + 16.0))
                    text-anchor="middle" fill=[screen.ink(ink)] stroke=[screen.ink(colour)]
                    stroke-width=[screen.ink("4")] paint-order=[screen.ink("stroke")]
                    stroke-linejoin=[screen.ink("round")] font-size=[screen.size(SMALL)] { (words) }
            }
        });
        start += share;
    }
    html! { @for part in &parts { (part) } }
}

/// The colour of a shade.
fn colour(shade: usize) -> &'static str {
    COLOURS.get(shade).copied().unwrap_or("#999999")
}

/// A rectangle in one of the five shades. The two shades of the worse answers are hatched, each in
/// another direction, so that they can be told from the two of the better answers without colours.
pub(super) fn swatch(
    screen: Screen,
    shade: usize,
    (x, y): (f64, f64),
    (width, height): (f64, f64),
) -> Markup {
    let hatching = match shade {
        3 => Some((hatch((x, y), (width, height), false), "#5c3a00")),
        4 => Some((hatch((x, y), (width, height), true), "#ffffff")),
        _ => None,
    };
    html! {
        rect class={ "scale s" (shade) } x=(round(x)) y=(round(y)) width=(round(width))
            height=(round(height)) fill=[screen.ink(colour(shade))] {}
        @if let Some((path, ink)) = hatching {
            path class={ "hatch" (shade) } d=(path) stroke=[screen.ink(ink)] stroke-width="1.2" {}
        }
    }
}

/// Diagonal lines within a rectangle, as the path of an SVG. A pattern would need an id, which is to
/// be unique on the page.
fn hatch((x, y): (f64, f64), (width, height): (f64, f64), is_mirrored: bool) -> String {
    const DISTANCE: f64 = 6.0;
    let mut path = String::new();
    let mut shift = DISTANCE / 2.0;
    while shift < width + height {
        let (x1, y1) = (shift.min(width), (shift - width).max(0.0));
        let (x2, y2) = ((shift - height).max(0.0), shift.min(height));
        let place = |across: f64| match is_mirrored {
            true => x + width - across,
            false => x + across,
        };
        let (from, to) = ((place(x1), y + y1), (place(x2), y + y2));
        let (a, b, c, d) = (round(from.0), round(from.1), round(to.0), round(to.1));
        path.push_str(&format!("M{a} {b}L{c} {d}"));
        shift += DISTANCE;
    }
    path
}
