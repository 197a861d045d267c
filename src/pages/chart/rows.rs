//! One row for each group on a common axis: points with intervals, bars, or several marks. The
//! values are printed in columns at the right.

use maud::{Markup, html};

use super::axis::Axis;
use super::canvas::{Drawn, LABEL, Line, SMALL, Screen, count, round};
use super::text_metrics;

/// What is drawn at a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// A disc: an estimate, or one that meets its target.
    Disc,
    /// A ring: an inconclusive estimate, or the sample before weighting.
    Ring,
    /// A diamond: an estimate that does not meet its target.
    Diamond,
    /// A vertical stroke: the share in the population.
    Stroke,
    /// A bar from zero.
    Bar,
}

/// One row.
#[derive(Debug, Clone)]
pub struct Row {
    /// Label at the left; on a phone above the row if one label of the chart is long.
    pub label: String,
    /// Marks in drawing order; none for a suppressed estimate.
    pub marks: Vec<(Mark, f64)>,
    /// Lower and upper bound.
    pub interval: Option<(f64, f64)>,
    /// Values as they are printed, one for each column. A phone shows the first.
    pub values: Vec<String>,
    /// Whether the label is bold.
    pub is_strong: bool,
}

/// Rows that belong together.
#[derive(Debug, Clone)]
pub struct Group {
    /// Heading; empty for none.
    pub heading: String,
    /// From top to bottom.
    pub rows: Vec<Row>,
}

/// The whole chart.
#[derive(Debug, Clone)]
pub struct Rows {
    /// Headings of the columns of values.
    pub columns: Vec<String>,
    /// Groups from top to bottom.
    pub groups: Vec<Group>,
    /// Lines across all rows.
    pub lines: Vec<Line>,
    /// The axis.
    pub axis: Axis,
    /// A label for each tick.
    pub ticks: Vec<String>,
}

/// Height of a group's heading, px.
const HEADING: f64 = 34.0;

/// Height of a line of a label, px.
const LINE: f64 = 20.0;

/// The widest label, px, that is at the left of its row on a phone.
const WIDEST_BESIDE: f64 = 104.0;

/// Where things are on one screen, px.
struct Layout {
    width: f64,
    /// Left and right end of the axis.
    left: f64,
    right: f64,
    /// Whether labels are above the marks.
    is_above: bool,
    /// Width of a label.
    label: f64,
    /// Right ends of the columns of values.
    columns: Vec<f64>,
    /// Top of the first row.
    top: f64,
}

impl Layout {
    fn new(chart: &Rows, screen: Screen) -> Layout {
        let is_phone = screen == Screen::Phone;
        let width = screen.width();
        let rows = chart.groups.iter().flat_map(|group| &group.rows);
        let widest = rows
            .map(|row| text_metrics::width(&row.label, LABEL))
            .fold(0.0, f64::max);
        let shown = if is_phone { 1 } else { chart.columns.len() };
        let mut columns = Vec::new();
        let mut end = width;
        for index in (0..shown).rev() {
            columns.insert(0, end);
            end -= column_width(chart, index) + 18.0;
        }
        let is_above = is_phone && widest > WIDEST_BESIDE;
        let label = match (is_above, is_phone) {
            (true, _) => end,
            (false, true) => widest,
            (false, false) => widest.min(236.0),
        };
        let is_bare = chart.lines.is_empty() && chart.columns.iter().all(String::is_empty);
        Layout {
            width,
            left: if is_above { 8.0 } else { label + 22.0 },
            right: end - 4.0,
            is_above,
            label,
            columns,
            top: if is_bare { 6.0 } else { 28.0 },
        }
    }

    fn x(&self, axis: &Axis, value: f64) -> f64 {
        self.left + axis.position(value) * (self.right - self.left)
    }

    /// The lines of the label of `row`.
    fn label(&self, row: &Row) -> Vec<String> {
        let most = if self.is_above { 3 } else { 2 };
        text_metrics::lines(&row.label, LABEL, self.label, most)
    }

    fn height(&self, row: &Row) -> f64 {
        let text = count(self.label(row).len()) * LINE;
        match self.is_above {
            true => text + 32.0,
            false => (text + 14.0).max(34.0),
        }
    }
}

/// Width of a column of values with its heading, px.
fn column_width(chart: &Rows, index: usize) -> f64 {
    let heading = chart
        .columns
        .get(index)
        .map_or(0.0, |heading| text_metrics::width(heading, SMALL));
    let rows = chart.groups.iter().flat_map(|group| &group.rows);
    rows.filter_map(|row| row.values.get(index))
        .map(|value| text_metrics::width(value, LABEL) + 4.0)
        .fold(heading, f64::max)
}

/// The chart for one screen.
pub(super) fn draw(chart: &Rows, screen: Screen) -> Drawn {
    let layout = Layout::new(chart, screen);
    let mut y = layout.top;
    let mut body = Vec::new();
    for group in &chart.groups {
        if !group.heading.is_empty() {
            body.push(html! {
                text.heading x="0" y=(round(y + 23.0)) fill="#4c5f57" font-size=(SMALL)
                    font-weight="bold" { (group.heading) }
            });
            y += HEADING;
        }
        for row in &group.rows {
            body.push(draw_row(chart, &layout, row, y));
            y += layout.height(row);
        }
    }
    Drawn {
        width: layout.width,
        height: y + 28.0,
        body: html! {
            @for (at, label) in ticks(chart, &layout) {
                line.grid x1=(round(at)) x2=(round(at)) y1=(round(layout.top)) y2=(round(y))
                    stroke="#dfe6e1" {}
                text.tick x=(round(at)) y=(round(y + 20.0)) text-anchor="middle" fill="#4c5f57"
                    font-size=(SMALL) { (label) }
            }
            @for (heading, end) in chart.columns.iter().zip(&layout.columns) {
                text.tick x=(round(*end)) y="17" text-anchor="end" fill="#4c5f57"
                    font-size=(SMALL) { (heading) }
            }
            @for line in &chart.lines { (draw_line(chart, &layout, line, y)) }
            @for part in &body { (part) }
        },
    }
}

/// A line across all rows, down to `bottom`, with its label on top.
fn draw_line(chart: &Rows, layout: &Layout, line: &Line, bottom: f64) -> Markup {
    let (class, colour, dashes) = line.look();
    let at = layout.x(&chart.axis, line.value);
    let half = text_metrics::width(&line.label, SMALL) / 2.0;
    let label = at.min(layout.right + 4.0 - half).max(half);
    html! {
        line class=(class) x1=(round(at)) x2=(round(at)) y1=(round(layout.top - 5.0))
            y2=(round(bottom)) stroke=(colour) stroke-width="2" stroke-dasharray=(dashes) {}
        text class={ (class) "-label" } x=(round(label)) y="17" text-anchor="middle" fill=(colour)
            font-size=(SMALL) { (line.label) }
    }
}

/// The ticks that have room, with their places, from the left.
fn ticks<'a>(chart: &'a Rows, layout: &Layout) -> Vec<(f64, &'a str)> {
    let widest = chart
        .ticks
        .iter()
        .map(|label| text_metrics::width(label, SMALL))
        .fold(0.0, f64::max);
    let axis = &chart.axis;
    let distance = axis.step / (axis.high - axis.low) * (layout.right - layout.left);
    let every = [1, 2, 3, 4, 5]
        .into_iter()
        .find(|every| distance * count(*every) >= widest + 10.0)
        .unwrap_or(6);
    let ticks = axis.ticks.iter().zip(&chart.ticks);
    ticks
        .step_by(every)
        .map(|(value, label)| (layout.x(axis, *value), label.as_str()))
        .collect()
}

fn draw_row(chart: &Rows, layout: &Layout, row: &Row, top: f64) -> Markup {
    let lines = layout.label(row);
    let height = layout.height(row);
    let text = count(lines.len()) * LINE;
    let (first_line, y, value_level) = match layout.is_above {
        true => (top + 20.0, top + text + 16.0, top + text + 21.0),
        false => {
            let middle = top + height / 2.0;
            (middle - text / 2.0 + 15.0, middle, middle + 5.5)
        }
    };
    html! {
        line.row x1="0" x2=(layout.width) y1=(round(top)) y2=(round(top)) stroke="#e6ece8" {}
        @for (index, line) in lines.iter().enumerate() {
            text.label.strong[row.is_strong] x="0" y=(round(first_line + count(index) * LINE))
                fill="#12261e" font-weight=[row.is_strong.then_some("bold")] { (line) }
        }
        (draw_estimate(chart, layout, row, y))
        @for (index, (text, end)) in row.values.iter().zip(&layout.columns).enumerate() {
            @let is_first = index == 0;
            text.value.strong[is_first].minor[!is_first] x=(round(*end)) y=(round(value_level))
                text-anchor="end" fill=(if is_first { "#12261e" } else { "#4c5f57" })
                font-weight=[is_first.then_some("bold")] { (text) }
        }
    }
}

/// Bar, interval and marks of a row at the height `y`.
fn draw_estimate(chart: &Rows, layout: &Layout, row: &Row, y: f64) -> Markup {
    let x = |value: f64| layout.x(&chart.axis, value);
    let zero = x(0.0);
    let bars = || row.marks.iter().filter(|(mark, _)| *mark == Mark::Bar);
    let has_bar = bars().next().is_some();
    html! {
        @for (_, value) in bars() {
            rect.bar x=(round(zero)) y=(round(y - 8.0)) width=(round((x(*value) - zero).max(1.0)))
                height="16" rx="2" fill="#63b394" {}
        }
        @if let Some((lower, upper)) = row.interval {
            line.interval.over[has_bar] x1=(round(x(lower))) x2=(round(x(upper))) y1=(round(y))
                y2=(round(y)) stroke=(if has_bar { "#12261e" } else { "#63b394" })
                stroke-width=(if has_bar { "2" } else { "5" }) {}
        }
        @for (mark, value) in &row.marks { (draw_mark(*mark, x(*value), y)) }
    }
}

/// A mark with its centre at that point.
pub(super) fn draw_mark(mark: Mark, x: f64, y: f64) -> Markup {
    let (at, level) = (round(x), round(y));
    html! {
        @match mark {
            Mark::Disc => circle.point cx=(at) cy=(level) r="6" fill="#0b6b4b" {},
            Mark::Ring => circle.ring cx=(at) cy=(level) r="5.5" fill="#ffffff" stroke="#8a4b00"
                stroke-width="2.5" {},
            Mark::Diamond => path.diamond d={
                "M" (at) " " (round(y - 8.0)) "L" (round(x + 8.0)) " " (level)
                "L" (at) " " (round(y + 8.0)) "L" (round(x - 8.0)) " " (level) "Z"
            } fill="#a4262c" {},
            Mark::Stroke => line.stroke x1=(at) x2=(at) y1=(round(y - 10.0)) y2=(round(y + 10.0))
                stroke="#12261e" stroke-width="3" {},
            Mark::Bar => {},
        }
    }
}
