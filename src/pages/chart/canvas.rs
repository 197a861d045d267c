//! The SVG element of a chart: its alternative text, sizes and coordinates.

use maud::{Markup, html};

/// What a chart says to people who cannot see it.
#[derive(Debug, Clone, Copy)]
pub struct AltText<'a> {
    /// What it shows, such as the topic of the figure.
    pub title: &'a str,
    /// The finding.
    pub finding: &'a str,
}

/// A line that estimates are compared with.
#[derive(Debug, Clone)]
pub struct Line {
    /// Its value on the axis.
    pub value: f64,
    /// What it is.
    pub label: String,
    /// Whether it is the target. Other lines are grey.
    pub is_target: bool,
}

impl Line {
    /// Its class, colour and dashes. Lines differ by their dashes too, for print without colours.
    pub(super) fn look(&self) -> (&'static str, &'static str, &'static str) {
        match self.is_target {
            true => ("target", "#8a4b00", "6 3"),
            false => ("rule", "#4c5f57", "2 3"),
        }
    }
}

/// What a chart is drawn for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Screen {
    /// A page on a phone.
    Phone,
    /// A page on a desktop, and on paper.
    Desktop,
    /// A file of its own, as wide as on a desktop.
    File,
}

impl Screen {
    /// Its class in the stylesheet.
    pub(super) const fn class(self) -> &'static str {
        match self {
            Screen::Phone => "phone",
            Screen::Desktop | Screen::File => "desk",
        }
    }

    /// Width of a chart in px: a phone of 360 px less its margins; the chart column of a desktop.
    pub(super) const fn width(self) -> f64 {
        match self {
            Screen::Phone => 328.0,
            Screen::Desktop | Screen::File => 672.0,
        }
    }

    /// What a file of its own says in an attribute. On a page the stylesheet says it, by class.
    pub(super) fn ink(self, value: &'static str) -> Option<&'static str> {
        (self == Screen::File).then_some(value)
    }

    /// A size of text as an attribute of a file of its own, px.
    pub(super) fn size(self, size: f64) -> Option<f64> {
        (self == Screen::File).then_some(size)
    }
}

/// Size of labels and values, px.
pub(super) const LABEL: f64 = 15.5;
/// Size of ticks and notes, px.
pub(super) const SMALL: f64 = 14.0;

/// A chart without the SVG element around it.
pub(super) struct Drawn {
    /// Width, px.
    pub width: f64,
    /// Height, px.
    pub height: f64,
    /// Its elements.
    pub body: Markup,
}

/// An SVG of a chart on a page.
pub(super) fn svg(class: &str, alt: &AltText<'_>, drawn: &Drawn) -> Markup {
    canvas(class, drawn.width, drawn.height, alt, &drawn.body)
}

/// An SVG of that class and size (px) around `body`. Its title is its name, its description the
/// finding. Fonts and widths are those of the stylesheet.
pub(super) fn canvas(
    class: &str,
    width: f64,
    height: f64,
    alt: &AltText<'_>,
    body: &Markup,
) -> Markup {
    html! {
        svg class={ "chart " (class) } viewBox={ "0 0 " (round(width)) " " (round(height)) }
            role="img" {
            title { (alt.title) }
            desc { (alt.finding) }
            (body)
        }
    }
}

/// A coordinate with one decimal.
pub(super) fn round(value: f64) -> String {
    let rounded = (value * 10.0).round() / 10.0;
    format!("{}", if rounded == 0.0 { 0.0 } else { rounded })
}

/// A number of lines or rows as a factor of coordinates.
pub(super) fn count(number: usize) -> f64 {
    u32::try_from(number).map_or(0.0, f64::from)
}
