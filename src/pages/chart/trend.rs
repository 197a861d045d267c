//! Waves from left to right: points with intervals, joined.

use maud::{Markup, html};

use super::{Axis, Form, LABEL, Line, SMALL, Words, lettering, place, round, svg};

/// One wave.
#[derive(Debug, Clone)]
pub struct Wave {
    /// Its name, such as `2026`.
    pub label: String,
    /// Lower bound, point, upper bound; `None` if suppressed, which breaks the line.
    pub place: Option<(f64, f64, f64)>,
    /// The value in words.
    pub shown: String,
}

/// The whole chart.
pub struct Trend<'a> {
    /// Title and finding.
    pub words: Words<'a>,
    /// Oldest first.
    pub waves: Vec<Wave>,
    /// Lines across all waves.
    pub lines: Vec<Line>,
    /// The upright axis.
    pub axis: Axis,
    /// A label for each tick.
    pub ticks: Vec<String>,
}

const TOP: f64 = 30.0;
const TALL: f64 = 190.0;

/// The chart in both forms.
pub fn trend(chart: &Trend<'_>) -> Markup {
    html! { @for form in Form::ALL { (draw(chart, form)) } }
}

fn draw(chart: &Trend<'_>, form: Form) -> Markup {
    let width = form.width();
    let widest = chart
        .ticks
        .iter()
        .map(|tick| lettering::width(tick, SMALL))
        .fold(0.0, f64::max);
    let left = widest + 12.0;
    let apart = (width - left) / place(chart.waves.len().max(1));
    let x = |index: usize| left + apart * (place(index) + 0.5);
    let y = |value: f64| TOP + (1.0 - chart.axis.place(value)) * TALL;
    let bottom = TOP + TALL;
    let points: Vec<(usize, &Wave, (f64, f64, f64))> = chart
        .waves
        .iter()
        .enumerate()
        .filter_map(|(index, wave)| Some((index, wave, wave.place?)))
        .collect();
    let joined = points.iter().zip(points.iter().skip(1));
    let joined = joined.filter(|(before, after)| before.0 + 1 == after.0);
    svg(
        form,
        bottom + 34.0,
        &chart.words,
        html! {
            @for (value, label) in chart.axis.ticks.iter().zip(&chart.ticks) {
                line.grid x1=(round(left)) x2=(width) y1=(round(y(*value))) y2=(round(y(*value))) stroke="#dfe6e1" {}
                text.tick x=(round(left - 8.0)) y=(round(y(*value) + 5.0)) text-anchor="end" fill="#4c5f57" font-size=(SMALL) { (label) }
            }
            @for line in &chart.lines {
                @let (class, colour) = if line.target { ("target", "#8a4b00") } else { ("rule", "#4c5f57") };
                @let (at, level, anchor) = free(y(line.place), (left, width), &points, y);
                line class=(class) x1=(round(left)) x2=(width) y1=(round(y(line.place))) y2=(round(y(line.place))) stroke=(colour) stroke-width="2" stroke-dasharray="5 3" {}
                text class={ "halo " (class) "-label" } x=(round(at)) y=(round(level)) text-anchor=(anchor) fill=(colour) font-size=(SMALL) { (line.label) }
            }
            @for ((from, _, (_, before, _)), (to, _, (_, after, _))) in joined {
                line.join x1=(round(x(*from))) x2=(round(x(*to))) y1=(round(y(*before))) y2=(round(y(*after))) stroke="#0b6b4b" stroke-width="2" {}
            }
            @for (index, wave, (lower, point, upper)) in &points {
                line.interval x1=(round(x(*index))) x2=(round(x(*index))) y1=(round(y(*lower))) y2=(round(y(*upper))) stroke="#63b394" stroke-width="6" stroke-linecap="round" {}
                circle.point cx=(round(x(*index))) cy=(round(y(*point))) r="6.5" fill="#0b6b4b" {}
                text.value.strong.halo x=(round(x(*index))) y=(round(y(*upper) - 10.0)) text-anchor="middle" fill="#12261e" font-weight="bold" { (wave.shown) }
            }
            @for (index, wave) in chart.waves.iter().enumerate() {
                @if wave.place.is_none() { text.value x=(round(x(index))) y=(round(bottom - 10.0)) text-anchor="middle" fill="#12261e" { (wave.shown) } }
                text.label x=(round(x(index))) y=(round(bottom + 24.0)) text-anchor="middle" fill="#12261e" font-size=(LABEL) { (wave.label) }
            }
        },
    )
}

/// Where the label of a line stands clear of the values of the first and the last wave: left or right end, above or below,
/// else in the middle, between waves.
fn free(
    line: f64,
    (left, right): (f64, f64),
    points: &[(usize, &Wave, (f64, f64, f64))],
    y: impl Fn(f64) -> f64,
) -> (f64, f64, &'static str) {
    let value = |point: Option<&(usize, &Wave, (f64, f64, f64))>| {
        point.map(|(_, _, (_, _, upper))| y(*upper) - 10.0)
    };
    let (first, last) = (value(points.first()), value(points.last()));
    let places = [
        (left, line - 6.0, "start", first),
        (right, line - 6.0, "end", last),
        (left, line + 17.0, "start", first),
        (right, line + 17.0, "end", last),
        ((left + right) / 2.0, line - 6.0, "middle", None),
    ];
    let clear = places
        .iter()
        .find(|(_, level, _, value)| value.is_none_or(|value| (value - level).abs() >= 22.0));
    clear.map_or((left, line - 6.0, "start"), |(at, level, anchor, _)| {
        (*at, *level, *anchor)
    })
}
