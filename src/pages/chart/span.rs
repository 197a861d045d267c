//! One estimate with its interval, the target and the national line.

use maud::{Markup, html};

use super::canvas::{AltText, Line, SMALL, canvas, round};
use super::text_metrics;

/// The chart.
pub struct Span<'a> {
    /// Title and finding.
    pub alt: AltText<'a>,
    /// Lower bound, estimate, upper bound.
    pub interval: (f64, f64, f64),
    /// The interval in words.
    pub label: String,
    /// Target and national line.
    pub lines: Vec<Line>,
}

const WIDTH: f64 = 296.0;
const EDGE: f64 = 8.0;

/// Height of one row of labels of lines.
const LABEL_ROW: f64 = 20.0;

/// The chart. One drawing fits every screen, since the card around it is narrow.
pub fn span(chart: &Span<'_>) -> Markup {
    let (low, high) = ends(chart);
    let x = |value: f64| EDGE + (value - low) / (high - low) * (WIDTH - 2.0 * EDGE);
    let labels = label_places(chart, x);
    let last_row = labels.iter().map(|(row, _)| *row).fold(0.0, f64::max);
    let middle = 24.0 + last_row * LABEL_ROW + 16.0;
    let bottom = middle + 32.0;
    let (lower, estimate, upper) = chart.interval;
    let half_label = text_metrics::width(&chart.label, SMALL) / 2.0;
    let label = ((x(lower) + x(upper)) / 2.0).clamp(half_label, WIDTH - half_label);
    canvas(
        "span",
        WIDTH,
        bottom + 8.0,
        &chart.alt,
        &html! {
            line.rail x1=(EDGE) x2=(WIDTH - EDGE) y1=(round(middle)) y2=(round(middle))
                stroke="#cfd9d3" stroke-width="8" stroke-linecap="round" {}
            @for (line, (row, centre)) in chart.lines.iter().zip(&labels) {
                @let (class, colour, dashes) = line.look();
                @let (at, down) = (round(x(line.value)), row * LABEL_ROW);
                line class=(class) x1=(at) x2=(at) y1=(round(22.0 + down)) y2=(round(middle + 12.0))
                    stroke=(colour) stroke-width="2" stroke-dasharray=(dashes) {}
                text class={ (class) "-label" } x=(round(*centre)) y=(round(16.0 + down))
                    text-anchor="middle" fill=(colour) font-size=(SMALL) { (line.label) }
            }
            line.interval x1=(round(x(lower))) x2=(round(x(upper))) y1=(round(middle))
                y2=(round(middle)) stroke="#63b394" stroke-width="8" {}
            circle.point cx=(round(x(estimate))) cy=(round(middle)) r="7.5" fill="#0b6b4b"
                stroke="#ffffff" stroke-width="2" {}
            text.label x=(round(label)) y=(round(bottom)) text-anchor="middle" fill="#12261e"
                font-size=(SMALL) { (chart.label) }
        },
    )
}

/// The ends of the axis: every value lies between them, with room at both sides, and a narrow
/// interval looks narrow.
fn ends(chart: &Span<'_>) -> (f64, f64) {
    let (lower, _, upper) = chart.interval;
    let lines = chart.lines.iter().map(|line| line.value);
    let (low, high) = lines
        .chain([lower, upper])
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(value), high.max(value))
        });
    let room = (high - low).max((upper - lower) * 2.0).max(1e-9) * 0.12;
    (low - room, high + room)
}

/// For each line the row and the centre of its label, so that no two labels overlap.
fn label_places(chart: &Span<'_>, x: impl Fn(f64) -> f64) -> Vec<(f64, f64)> {
    let mut taken: Vec<(f64, f64, f64)> = Vec::new();
    let mut places = Vec::new();
    for line in &chart.lines {
        let half = text_metrics::width(&line.label, SMALL) / 2.0;
        let centre = x(line.value).clamp(half, WIDTH - half);
        let mut row = 0.0;
        while taken.iter().any(|(other, from, to)| {
            *other == row && centre - half < to + 8.0 && centre + half > from - 8.0
        }) {
            row += 1.0;
        }
        taken.push((row, centre - half, centre + half));
        places.push((row, centre));
    }
    places
}
