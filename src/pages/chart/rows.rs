//! One row for each group on a common axis: points with intervals, bars, or several marks. The
//! values are printed in columns at the right.

use maud::{Markup, html};

use super::axis::Axis;
use super::canvas::{Drawn, LABEL, Line, SMALL, Screen, count, round};
use super::marks::{Mark, draw_marks, segments};
use super::text_metrics;

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
    /// Whether it is drawn for phones only and shown so on every screen.
    pub is_narrow: bool,
}

/// Height of a group's heading, px.
const HEADING: f64 = 34.0;

/// Height of a line of a label, px.
const LINE: f64 = 20.0;

/// The widest label, px, that is at the left of its row on a phone.
const WIDEST_BESIDE: f64 = 104.0;

/// Where things are on one screen, px.
struct Layout {
    screen: Screen,
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
            screen,
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

/// A row with its place, px.
struct Placed<'a> {
    row: &'a Row,
    /// Lines of the label, with the baseline of the first.
    label: (Vec<String>, f64),
    /// Upper end of the row.
    top: f64,
    /// Height of the marks.
    level: f64,
    /// Baseline of the values.
    value_level: f64,
}

/// The chart for one screen. What looks alike stands in one group or one path, which keeps the page
/// small.
pub(super) fn draw(chart: &Rows, screen: Screen) -> Drawn {
    let layout = Layout::new(chart, screen);
    let mut y = layout.top;
    let mut headings = Vec::new();
    let mut rows = Vec::new();
    for group in &chart.groups {
        if !group.heading.is_empty() {
            headings.push((y + 23.0, group.heading.as_str()));
            y += HEADING;
        }
        for row in &group.rows {
            rows.push(place(&layout, row, y));
            y += layout.height(row);
        }
    }
    let rules = rows
        .iter()
        .map(|row| ((0.0, row.top), (layout.width, row.top)));
    Drawn {
        width: layout.width,
        height: y + 28.0,
        body: html! {
            (axis(chart, &layout, y))
            @for line in &chart.lines { (draw_line(chart, &layout, line, y)) }
            path.row d=(segments(rules)) stroke=[screen.ink("#e6ece8")] {}
            @if !headings.is_empty() {
                g.heading fill=[screen.ink("#4c5f57")] font-size=[screen.size(SMALL)]
                    font-weight=[screen.ink("bold")] {
                    @for (level, heading) in &headings {
                        text y=(round(*level)) { (heading) }
                    }
                }
            }
            (labels(screen, &rows))
            (estimates(chart, &layout, &rows))
            @for (index, end) in layout.columns.iter().enumerate() {
                (values(screen, &rows, index, *end))
            }
        },
    }
}

fn place<'a>(layout: &Layout, row: &'a Row, top: f64) -> Placed<'a> {
    let lines = layout.label(row);
    let text = count(lines.len()) * LINE;
    let (first_line, level, value_level) = match layout.is_above {
        true => (top + 20.0, top + text + 16.0, top + text + 21.0),
        false => {
            let middle = top + layout.height(row) / 2.0;
            (middle - text / 2.0 + 15.0, middle, middle + 5.0)
        }
    };
    Placed {
        row,
        label: (lines, first_line),
        top,
        level,
        value_level,
    }
}

/// Grid and ticks down to `bottom`, and the headings of the columns.
fn axis(chart: &Rows, layout: &Layout, bottom: f64) -> Markup {
    let screen = layout.screen;
    let ticks = ticks(chart, layout);
    let grid = ticks
        .iter()
        .map(|(at, _)| ((*at, layout.top), (*at, bottom)));
    html! {
        path.grid d=(segments(grid)) stroke=[screen.ink("#dfe6e1")] {}
        g.tick text-anchor=[screen.ink("middle")] fill=[screen.ink("#4c5f57")]
            font-size=[screen.size(SMALL)] {
            @for (at, label) in &ticks { text x=(round(*at)) y=(round(bottom + 20.0)) { (label) } }
        }
        g.tick.end text-anchor=[screen.ink("end")] fill=[screen.ink("#4c5f57")]
            font-size=[screen.size(SMALL)] {
            @for (heading, end) in chart.columns.iter().zip(&layout.columns) {
                text x=(round(*end)) y="17" { (heading) }
            }
        }
    }
}

/// A line across all rows, down to `bottom`, with its label on top.
fn draw_line(chart: &Rows, layout: &Layout, line: &Line, bottom: f64) -> Markup {
    let screen = layout.screen;
    let (class, colour, dashes) = line.look();
    let at = layout.x(&chart.axis, line.value);
    let half = text_metrics::width(&line.label, SMALL) / 2.0;
    let label = at.min(layout.right + 4.0 - half).max(half);
    html! {
        line class=(class) x1=(round(at)) x2=(round(at)) y1=(round(layout.top - 5.0))
            y2=(round(bottom)) stroke=[screen.ink(colour)] stroke-width=[screen.ink("2")]
                stroke-dasharray=[screen.ink(dashes)] {}
        text class={ (class) "-label" } x=(round(label)) y="17" text-anchor="middle"
            fill=[screen.ink(colour)]
            font-size=[screen.size(SMALL)] { (line.label) }
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

/// The labels; strong ones in a group of their own.
fn labels(screen: Screen, rows: &[Placed<'_>]) -> Markup {
    let of = |is_strong: bool| {
        rows.iter()
            .filter(move |own| own.row.is_strong == is_strong)
    };
    html! {
        @for is_strong in [false, true] {
            @if of(is_strong).next().is_some() {
                g.label.strong[is_strong] fill=[screen.ink("#12261e")]
                    font-weight=[screen.ink("bold").filter(|_| is_strong)] {
                    @for own in of(is_strong) {
                        @for (index, line) in own.label.0.iter().enumerate() {
                            text y=(round(own.label.1 + count(index) * LINE)) { (line) }
                        }
                    }
                }
            }
        }
    }
}

/// The values of a column that ends at `end`. The first column is bold.
fn values(screen: Screen, rows: &[Placed<'_>], column: usize, end: f64) -> Markup {
    let is_first = column == 0;
    let values = rows.iter();
    let values = values.filter_map(|own| Some((own.value_level, own.row.values.get(column)?)));
    html! {
        g.value.strong[is_first].minor[!is_first] transform={ "translate(" (round(end)) ")" }
            text-anchor=[screen.ink("end")]
            fill=[screen.ink(if is_first { "#12261e" } else { "#4c5f57" })]
            font-weight=[screen.ink("bold").filter(|_| is_first)] {
            @for (level, value) in values.filter(|(_, value)| !value.is_empty()) {
                text y=(round(level)) { (value) }
            }
        }
    }
}

/// Bars, intervals and marks of all rows.
fn estimates(chart: &Rows, layout: &Layout, rows: &[Placed<'_>]) -> Markup {
    let screen = layout.screen;
    let x = |value: f64| layout.x(&chart.axis, value);
    let zero = x(0.0);
    let marks = |wanted: Mark| {
        let marks = rows.iter().flat_map(move |own| {
            let marks = own.row.marks.iter();
            marks.map(move |(mark, value)| (*mark, *value, own.level))
        });
        marks.filter(move |(mark, _, _)| *mark == wanted)
    };
    let has_bar = marks(Mark::Bar).next().is_some();
    let intervals = rows.iter().filter_map(|own| {
        let (lower, upper) = own.row.interval?;
        Some(((x(lower), own.level), (x(upper), own.level)))
    });
    let intervals = segments(intervals);
    html! {
        @if has_bar {
            g.bar fill=[screen.ink("#63b394")] {
                @for (_, value, y) in marks(Mark::Bar) {
                    rect x=(round(zero)) y=(round(y - 8.0))
                        width=(round((x(value) - zero).max(1.0))) height="16" {}
                }
            }
        }
        @if !intervals.is_empty() {
            path.interval.over[has_bar] d=(intervals)
                stroke=[screen.ink(if has_bar { "#12261e" } else { "#63b394" })]
                stroke-width=[screen.ink(if has_bar { "2" } else { "5" })] {}
        }
        @for mark in [Mark::Stroke, Mark::Ring, Mark::Disc, Mark::Diamond, Mark::Cross] {
            @let points: Vec<(f64, f64)> = marks(mark).map(|(_, value, y)| (x(value), y)).collect();
            (draw_marks(screen, mark, &points))
        }
    }
}
