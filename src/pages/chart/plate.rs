//! A chart as a file of its own: an SVG that needs no page, no stylesheet and no script.

use maud::{Markup, html};

use super::canvas::{AltText, SMALL, Screen, count, round};
use super::drawing::Drawing;
use super::legend::{self, Sign};
use super::text_metrics;

/// Fonts of a file of its own. The first is in the program, which makes pictures of the file.
pub const FONTS: &str =
    "'Noto Sans SC', 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif";

/// Room around everything, px.
const EDGE: f64 = 24.0;

/// Size of the title and height of its lines, px.
const TITLE: f64 = 21.0;
const TITLE_LINE: f64 = 30.0;

/// Height of a line of small text, px.
const LINE: f64 = 21.0;

/// A chart with everything that it needs to stand alone.
pub struct Plate<'a> {
    /// The finding; the title of the picture.
    pub title: &'a str,
    /// What, where, in what unit.
    pub subtitle: &'a str,
    /// What the marks mean.
    pub legend: &'a [(Sign, String)],
    /// The chart.
    pub drawing: &'a Drawing,
    /// Warning in red above the source; empty for none.
    pub warning: &'a str,
    /// Source and address, one line or more each.
    pub source: &'a [String],
    /// What it says to people who cannot see it.
    pub alt: AltText<'a>,
}

/// The SVG, from its first to its last element.
pub fn plate(plate: &Plate<'_>) -> String {
    let drawn = plate.drawing.draw(Screen::File);
    let room = Screen::File.width();
    let width = room + 2.0 * EDGE;
    let title = text_metrics::lines(plate.title, TITLE, room, 4);
    let subtitle = text_metrics::lines(plate.subtitle, SMALL, room, 2);
    let subtitle_top = EDGE + count(title.len()) * TITLE_LINE;
    let legend_top = subtitle_top + count(subtitle.len()) * LINE + 14.0;
    let (legend_height, legend) = legend::rows(plate.legend, (EDGE, legend_top), room);
    let chart_top = legend_top + legend_height + 6.0;
    let foot = chart_top + drawn.height + 16.0;
    let (foot_height, source) = source(plate, foot, room);
    // A chart that is narrower than the rest stands at the left edge.
    let body = html! {
        rect width=(round(width)) height=(round(foot + foot_height + EDGE)) fill="#ffffff" {}
        (texts(&title, (EDGE, EDGE + 20.0), TITLE_LINE, TITLE, "#12261e", true))
        (texts(&subtitle, (EDGE, subtitle_top + 14.0), LINE, SMALL, "#4c5f57", false))
        (legend)
        g transform={ "translate(" (EDGE) " " (round(chart_top)) ")" } { (drawn.body) }
        (source)
    };
    standing_alone((width, foot + foot_height + EDGE), &plate.alt, &body)
}

/// Lines of text from top to bottom; `(x, y)` is the start of the first.
pub(super) fn texts(
    lines: &[String],
    (x, y): (f64, f64),
    line: f64,
    size: f64,
    colour: &str,
    is_bold: bool,
) -> Markup {
    html! {
        @for (index, words) in lines.iter().enumerate() {
            text x=(round(x)) y=(round(y + count(index) * line)) font-size=(size) fill=(colour)
                font-weight=[is_bold.then_some("bold")] { (words) }
        }
    }
}

/// Warning, source and address from `top`, with their height.
fn source(plate: &Plate<'_>, top: f64, room: f64) -> (f64, Markup) {
    let warning = text_metrics::lines(plate.warning, SMALL, room, 2);
    let source: Vec<String> = plate
        .source
        .iter()
        .flat_map(|words| text_metrics::lines(words, SMALL, room, 3))
        .collect();
    let source_top = top + 22.0 + count(warning.len()) * LINE;
    let height = source_top - top + count(source.len()) * LINE - 6.0;
    let drawn = html! {
        line x1=(EDGE) x2=(EDGE + room) y1=(round(top)) y2=(round(top)) stroke="#cfd9d3" {}
        (texts(&warning, (EDGE, top + 22.0), LINE, SMALL, "#a4262c", true))
        (texts(&source, (EDGE, source_top), LINE, SMALL, "#4c5f57", false))
    };
    (height, drawn)
}

/// An SVG of that size (px) around `body` that can be a file.
pub(super) fn standing_alone(size: (f64, f64), alt: &AltText<'_>, body: &Markup) -> String {
    let (width, height) = (round(size.0), round(size.1));
    html! {
        svg xmlns="http://www.w3.org/2000/svg" viewBox={ "0 0 " (width) " " (height) }
            width=(width) height=(height) role="img" font-family=(FONTS) font-size="15.5" {
            title { (alt.title) }
            desc { (alt.finding) }
            (body)
        }
    }
    .into_string()
}
