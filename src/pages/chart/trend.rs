//! The waves of an indicator from left to right: points with intervals, joined by lines.

use maud::{Markup, html};

use super::axis::Axis;
use super::canvas::{Drawn, Line, SMALL, Screen, count, round};
use super::text_metrics;

/// One wave.
#[derive(Debug, Clone)]
pub struct Wave {
    /// Its name, such as `2026`.
    pub label: String,
    /// Lower bound, estimate, upper bound; `None` if suppressed: no line leads to it.
    pub interval: Option<(f64, f64, f64)>,
    /// The estimate as it is printed.
    pub shown: String,
    /// Whether it cannot be compared with the wave before it.
    pub is_after_break: bool,
}

/// The whole chart.
#[derive(Debug, Clone)]
pub struct Trend {
    /// Oldest first.
    pub waves: Vec<Wave>,
    /// Lines across all waves.
    pub lines: Vec<Line>,
    /// The vertical axis.
    pub axis: Axis,
    /// A label for each tick.
    pub ticks: Vec<String>,
}

/// Top and height of the area between the highest and the lowest tick, px.
const TOP: f64 = 30.0;
const TALL: f64 = 190.0;

/// A wave that is shown: its index, the wave, its interval.
type Shown<'a> = (usize, &'a Wave, (f64, f64, f64));

/// The chart for one screen.
pub(super) fn draw(chart: &Trend, screen: Screen) -> Drawn {
    let width = screen.width();
    let widest = chart
        .ticks
        .iter()
        .map(|tick| text_metrics::width(tick, SMALL))
        .fold(0.0, f64::max);
    let left = widest + 12.0;
    let step = (width - left) / count(chart.waves.len().max(1));
    let x = |index: usize| left + step * (count(index) + 0.5);
    let y = |value: f64| TOP + (1.0 - chart.axis.position(value)) * TALL;
    let bottom = TOP + TALL;
    let shown: Vec<Shown<'_>> = chart
        .waves
        .iter()
        .enumerate()
        .filter_map(|(index, wave)| Some((index, wave, wave.interval?)))
        .collect();
    Drawn {
        width,
        height: bottom + 34.0,
        body: html! {
            @for (value, label) in chart.axis.ticks.iter().zip(&chart.ticks) {
                @let level = round(y(*value));
                line.grid x1=(round(left)) x2=(width) y1=(level) y2=(level)
                    stroke=[screen.ink("#dfe6e1")] {}
                text.tick x=(round(left - 8.0)) y=(round(y(*value) + 5.0)) text-anchor="end"
                    fill=[screen.ink("#4c5f57")] font-size=[screen.size(SMALL)] { (label) }
            }
            @for line in &chart.lines { (draw_line(screen, line, (left, width), &shown, y)) }
            (draw_waves(screen, &shown, (x, y)))
            @for (index, wave) in chart.waves.iter().enumerate() {
                @if wave.interval.is_none() {
                    text.value x=(round(x(index))) y=(round(bottom - 10.0)) text-anchor="middle"
                        fill=[screen.ink("#12261e")] { (wave.shown) }
                }
                text.label x=(round(x(index))) y=(round(bottom + 24.0)) text-anchor="middle"
                    fill=[screen.ink("#12261e")] { (wave.label) }
            }
        },
    }
}

/// A line across all waves, with its label.
fn draw_line(
    screen: Screen,
    line: &Line,
    (left, width): (f64, f64),
    shown: &[Shown<'_>],
    y: impl Fn(f64) -> f64,
) -> Markup {
    let (class, colour, dashes) = line.look();
    let level = y(line.value);
    let (at, label_level, anchor) = label_place(level, (left, width), shown, y);
    html! {
        line class=(class) x1=(round(left)) x2=(width) y1=(round(level)) y2=(round(level))
            stroke=[screen.ink(colour)] stroke-width=[screen.ink("2")]
                stroke-dasharray=[screen.ink(dashes)] {}
        text class={ "halo " (class) "-label" } x=(round(at)) y=(round(label_level))
            text-anchor=(anchor) fill=[screen.ink(colour)] font-size=[screen.size(SMALL)]
                stroke=[screen.ink("#ffffff")]
            stroke-width=[screen.ink("5")] paint-order=[screen.ink("stroke")]
            stroke-linejoin=[screen.ink("round")] { (line.label) }
    }
}

/// Points with intervals and values; lines join waves that follow each other.
fn draw_waves(
    screen: Screen,
    shown: &[Shown<'_>],
    (x, y): (impl Fn(usize) -> f64, impl Fn(f64) -> f64),
) -> Markup {
    let pairs = shown.iter().zip(shown.iter().skip(1));
    let pairs: Vec<(&Shown<'_>, &Shown<'_>)> = pairs
        .filter(|(before, after)| before.0 + 1 == after.0)
        .collect();
    let is_broken = |pair: &&(&Shown<'_>, &Shown<'_>)| pair.1.1.is_after_break;
    let joined = pairs.iter().filter(|pair| !is_broken(pair));
    let breaks = pairs.iter().filter(is_broken);
    html! {
           @for ((from, _, (_, before, _)), (to, _, (_, after, _))) in joined {
               line.join x1=(round(x(*from))) x2=(round(x(*to))) y1=(round(y(*before)))
                   y2=(round(y(*after))) stroke=[screen.ink("#0b6b4b")] stroke-width="2" {}
           }
           @for (from, to) in breaks {
               (draw_break(screen, (x(from.0), y(from.2.1)), (x(to.0), y(to.2.1))))
           }
           @for (index, wave, (lower, estimate, upper)) in shown {
               @let at = round(x(*index));
               line.interval x1=(at) x2=(at) y1=(round(y(*lower))) y2=(round(y(*upper)))
                   stroke=[screen.ink("#63b394")] stroke-width="6" {}
               circle.point cx=(at) cy=(round(y(*estimate))) r="6.5" fill=[screen.ink("#0b6b4b")] {}
               text.value.strong.halo x=(at) y=(round(y(*upper) - 10.0)) text-anchor="middle"
                   fill=[screen.ink("#12261e")] font-weight=[screen.ink("bold")]
                       stroke=[screen.ink("#ffffff")] stroke-width=[screen.ink("5")]
                       paint-order=[screen.ink("stroke")]
    stroke-linejoin=[screen.ink("round")] { (wave.shown) }
           }
       }
}

/// A break between two points: a dashed grey line with two strokes across its middle.
fn draw_break(screen: Screen, (x1, y1): (f64, f64), (x2, y2): (f64, f64)) -> Markup {
    let (x, y) = ((x1 + x2) / 2.0, (y1 + y2) / 2.0);
    html! {
        line.rule x1=(round(x1)) x2=(round(x2)) y1=(round(y1)) y2=(round(y2))
            stroke=[screen.ink("#4c5f57")]
            stroke-width="2" stroke-dasharray="3 5" {}
        (break_mark(screen, x, y))
    }
}

/// Two slanted strokes: the mark of a break.
pub(super) fn break_mark(screen: Screen, x: f64, y: f64) -> Markup {
    let stroke = |shift: f64| {
        let (from, to) = (x + shift - 3.0, x + shift + 3.0);
        let (bottom, top) = (y + 8.0, y - 8.0);
        format!(
            "M{} {}L{} {}",
            round(from),
            round(bottom),
            round(to),
            round(top)
        )
    };
    html! {
        path.stroke d={ (stroke(-3.0)) (stroke(3.0)) } stroke=[screen.ink("#12261e")]
            stroke-width="2" {}
    }
}

/// Where the label of the line at `level` does not cover the values of the first and last wave:
/// left or right end, above or below the line, else in the middle. Returns x, y and text anchor.
fn label_place(
    level: f64,
    (left, right): (f64, f64),
    shown: &[Shown<'_>],
    y: impl Fn(f64) -> f64,
) -> (f64, f64, &'static str) {
    let value_level = |wave: Option<&Shown<'_>>| wave.map(|(_, _, (_, _, upper))| y(*upper) - 10.0);
    let (first, last) = (value_level(shown.first()), value_level(shown.last()));
    let places = [
        (left, level - 6.0, "start", first),
        (right, level - 6.0, "end", last),
        (left, level + 17.0, "start", first),
        (right, level + 17.0, "end", last),
        ((left + right) / 2.0, level - 6.0, "middle", None),
    ];
    let free = places
        .iter()
        .find(|(_, level, _, value)| value.is_none_or(|value| (value - level).abs() >= 22.0));
    free.map_or((left, level - 6.0, "start"), |(at, level, anchor, _)| {
        (*at, *level, *anchor)
    })
}
