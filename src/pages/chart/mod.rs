//! Charts as SVG, drawn here: values in, markup out.
//!
//! | file | chart |
//! |---|---|
//! | [`rows`] | one row for each group: points with intervals, bars, or several marks, on a common axis |
//! | [`stacked`] | 100 % bars of the answers to items on one scale |
//! | [`tiles`] | a tile map of areas |
//! | [`trend`] | waves from left to right |
//! | [`span`] | one estimate, its interval and the lines it is held against |
//! | [`icon`] | shapes of verdicts |
//! | [`axis`], [`lettering`] | round ticks; widths and line breaks of labels |
//!
//! Every chart has a title and a description that states the finding; colours come from the page's stylesheet through
//! classes, with presentation attributes behind them, so that a downloaded file still shows them. Two forms are drawn,
//! one for phones and one for desks, so that no text shrinks below reading size.

pub mod axis;
pub mod icon;
pub mod lettering;
pub mod rows;
pub mod span;
pub mod stacked;
pub mod tiles;
pub mod trend;

pub use axis::Axis;
pub use rows::{Group, Mark, Row, Rows, rows};
pub use span::{Span, span};
pub use stacked::{Bar, Stacked, stacked};
pub use tiles::{Tile, tiles};
pub use trend::{Trend, Wave, trend};

use maud::{Markup, html};

/// Title and description of a chart, for those who cannot see it.
#[derive(Debug, Clone, Copy)]
pub struct Words<'a> {
    /// What it is.
    pub title: &'a str,
    /// What it shows: the finding.
    pub finding: &'a str,
}

/// A line that estimates are held against.
#[derive(Debug, Clone)]
pub struct Line {
    /// Where it lies on the axis.
    pub place: f64,
    /// What it is.
    pub label: String,
    /// The target itself; other lines are drawn more quietly.
    pub target: bool,
}

/// For which screen a chart is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A phone.
    Narrow,
    /// A desk, and paper.
    Broad,
}

impl Form {
    /// Both forms; the stylesheet shows the one that fits.
    pub const ALL: [Form; 2] = [Form::Narrow, Form::Broad];

    /// Class of the stylesheet.
    const fn class(self) -> &'static str {
        match self {
            Form::Narrow => "phone",
            Form::Broad => "desk",
        }
    }

    /// Width in px: a phone of 360 px less its margins; the chart column of a desk.
    const fn width(self) -> f64 {
        match self {
            Form::Narrow => 328.0,
            Form::Broad => 672.0,
        }
    }
}

/// Size of labels and values, px.
const LABEL: f64 = 15.5;
/// Size of ticks and notes, px.
const SMALL: f64 = 14.0;

/// An SVG of that height around `body`.
fn svg(form: Form, height: f64, words: &Words<'_>, body: Markup) -> Markup {
    canvas(form.class(), form.width(), height, words, body)
}

fn canvas(class: &str, width: f64, height: f64, words: &Words<'_>, body: Markup) -> Markup {
    html! {
        svg class={ "chart " (class) } viewBox={ "0 0 " (round(width)) " " (round(height)) } width=(round(width)) height=(round(height))
            role="img" aria-label={ (words.title) "。" (words.finding) } xmlns="http://www.w3.org/2000/svg"
            font-size=(LABEL) font-family="system-ui, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif" {
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

/// A position in a list as a coordinate.
fn place(index: usize) -> f64 {
    u32::try_from(index).map_or(0.0, f64::from)
}
