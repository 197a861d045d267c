//! Points with intervals on a common axis, sorted by the caller, values in a column of their own.

use maud::{Markup, html};

use super::{WIDTHS, Words, round, svg};

/// One row.
pub struct Dot {
    /// Label at the left.
    pub label: String,
    /// Point, lower and upper bound in the unit of the axis; `None` draws the label and `shown` only.
    pub place: Option<(f64, f64, f64)>,
    /// The value in words, at the right.
    pub shown: String,
    /// Stands out from the others.
    pub strong: bool,
}

/// The whole chart.
pub struct Dots<'a> {
    /// Title and finding.
    pub words: Words<'a>,
    /// Rows from top to bottom.
    pub rows: Vec<Dot>,
    /// A line across all rows, with its label.
    pub target: Option<(f64, String)>,
    /// Ends of the axis; outside points are moved to the end.
    pub range: (f64, f64),
    /// Labels of the axis: place and words.
    pub ticks: Vec<(f64, String)>,
}

const ROW: f64 = 30.0;
const TOP: f64 = 26.0;
const BOTTOM: f64 = 24.0;

/// The chart in both widths.
pub fn dots(chart: &Dots<'_>) -> Markup {
    html! { @for (class, width) in WIDTHS { (draw(chart, class, width)) } }
}

fn draw(chart: &Dots<'_>, class: &str, width: f64) -> Markup {
    let narrow = class == "narrow";
    let (left, right) = if narrow { (104.0, 62.0) } else { (210.0, 150.0) };
    let span = width - left - right;
    let (low, high) = chart.range;
    let scale = if high > low { span / (high - low) } else { 1.0 };
    let x = |value: f64| left + (value.clamp(low, high) - low) * scale;
    let rows = u32::try_from(chart.rows.len()).map_or(0.0, f64::from);
    let bottom = TOP + rows * ROW;
    let characters = if narrow { 6 } else { 14 };
    svg(
        class,
        width,
        bottom + BOTTOM,
        &chart.words,
        html! {
            @for (place, label) in &chart.ticks {
                line.grid x1=(round(x(*place))) x2=(round(x(*place))) y1=(TOP) y2=(round(bottom)) stroke="#cfd9d3" {}
                text.tick x=(round(x(*place))) y=(round(bottom + 18.0)) text-anchor="middle" fill="#4c5f57" font-size="13" { (label) }
            }
            @if let Some((place, label)) = &chart.target {
                line.target x1=(round(x(*place))) x2=(round(x(*place))) y1=(TOP - 4.0) y2=(round(bottom)) stroke="#8a4b00" stroke-width="2" stroke-dasharray="5 3" {}
                text.target-label x=(round(x(*place))) y="15" text-anchor="middle" fill="#8a4b00" font-size="14" { (label) }
            }
            @for (index, row) in chart.rows.iter().enumerate() {
                @let y = TOP + u32::try_from(index).map_or(0.0, f64::from) * ROW + ROW / 2.0;
                text.label.strong[row.strong] x="0" y=(round(y + 5.0)) fill="#12261e" { (clip(&row.label, characters)) }
                @if let Some((point, lower, upper)) = row.place {
                    line.interval x1=(round(x(lower))) x2=(round(x(upper))) y1=(round(y)) y2=(round(y)) stroke="#0b6b4b" stroke-width="3" stroke-linecap="round" opacity="0.45" {}
                    circle.point cx=(round(x(point))) cy=(round(y)) r=(if row.strong { "7" } else { "5.5" }) fill="#0b6b4b" {}
                }
                text.value x=(width) y=(round(y + 5.0)) text-anchor="end" fill="#12261e" { (row.shown) }
            }
        },
    )
}

/// `label` in at most `characters` wide characters; Latin letters count half.
pub(super) fn clip(label: &str, characters: usize) -> String {
    let mut room = characters * 2;
    let mut clipped = String::new();
    for character in label.chars() {
        let width = if character.is_ascii() { 1 } else { 2 };
        if room < width {
            clipped.pop();
            clipped.push('…');
            return clipped;
        }
        room -= width;
        clipped.push(character);
    }
    clipped
}
