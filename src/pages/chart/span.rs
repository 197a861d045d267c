//! One estimate with its interval, and the lines it is held against.

use maud::{Markup, html};

use super::{Line, SMALL, Words, canvas, lettering, round};

/// The chart.
pub struct Span<'a> {
    /// Title and finding.
    pub words: Words<'a>,
    /// Lower bound, point, upper bound.
    pub place: (f64, f64, f64),
    /// The interval in words.
    pub shown: String,
    /// Target, national line.
    pub lines: Vec<Line>,
}

const WIDTH: f64 = 296.0;
const EDGE: f64 = 8.0;

/// The chart; one form, for it stands in a card.
pub fn span(chart: &Span<'_>) -> Markup {
    let (low, high) = reach(chart);
    let x = |value: f64| EDGE + (value - low) / (high - low) * (WIDTH - 2.0 * EDGE);
    let lanes = lanes(chart, x);
    let depth = lanes.iter().map(|lane| lane.0).fold(0.0, f64::max);
    let top = 24.0 + depth * 20.0;
    let middle = top + 16.0;
    let (lower, point, upper) = chart.place;
    let own = lettering::width(&chart.shown, SMALL) / 2.0;
    let words = ((x(lower) + x(upper)) / 2.0).clamp(own, WIDTH - own);
    let below = middle + 32.0;
    canvas(
        "span",
        WIDTH,
        below + 8.0,
        &chart.words,
        html! {
            line.rail x1=(EDGE) x2=(WIDTH - EDGE) y1=(round(middle)) y2=(round(middle)) stroke="#cfd9d3" stroke-width="8" stroke-linecap="round" {}
            @for (line, (lane, centre)) in chart.lines.iter().zip(&lanes) {
                @let (class, colour) = if line.target { ("target", "#8a4b00") } else { ("rule", "#4c5f57") };
                line class=(class) x1=(round(x(line.place))) x2=(round(x(line.place))) y1=(round(22.0 + lane * 20.0)) y2=(round(middle + 12.0)) stroke=(colour) stroke-width="2" stroke-dasharray="4 3" {}
                text class={ (class) "-label" } x=(round(*centre)) y=(round(16.0 + lane * 20.0)) text-anchor="middle" fill=(colour) font-size=(SMALL) { (line.label) }
            }
            line.interval x1=(round(x(lower))) x2=(round(x(upper))) y1=(round(middle)) y2=(round(middle)) stroke="#63b394" stroke-width="8" stroke-linecap="round" {}
            circle.point cx=(round(x(point))) cy=(round(middle)) r="7.5" fill="#0b6b4b" stroke="#ffffff" stroke-width="2" {}
            text.label x=(round(words)) y=(round(below)) text-anchor="middle" fill="#12261e" font-size=(SMALL) { (chart.shown) }
        },
    )
}

/// Ends of the axis: everything in sight, with room at both sides, and wide enough that a narrow interval looks narrow.
fn reach(chart: &Span<'_>) -> (f64, f64) {
    let (lower, _, upper) = chart.place;
    let places = chart
        .lines
        .iter()
        .map(|line| line.place)
        .chain([lower, upper]);
    let (low, high) = places.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), place| {
        (low.min(place), high.max(place))
    });
    let room = (high - low).max((upper - lower) * 2.0).max(1e-9) * 0.12;
    (low - room, high + room)
}

/// For each line the row and centre of its label, so that labels do not run into each other.
fn lanes(chart: &Span<'_>, x: impl Fn(f64) -> f64) -> Vec<(f64, f64)> {
    let mut taken: Vec<(f64, f64, f64)> = Vec::new();
    let mut lanes = Vec::new();
    for line in &chart.lines {
        let half = lettering::width(&line.label, SMALL) / 2.0;
        let centre = x(line.place).clamp(half, WIDTH - half);
        let mut lane = 0.0;
        while taken.iter().any(|(other, from, to)| {
            *other == lane && centre - half < to + 8.0 && centre + half > from - 8.0
        }) {
            lane += 1.0;
        }
        taken.push((lane, centre - half, centre + half));
        lanes.push((lane, centre));
    }
    lanes
}
