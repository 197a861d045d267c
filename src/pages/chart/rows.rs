//! One row for each group on a common axis: points with intervals, bars, or several marks; values in a column of their own.

use maud::{Markup, html};

use super::{Axis, Form, LABEL, Line, SMALL, Words, lettering, place, round, svg};

/// What is drawn at a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// A disc: an estimate, or one that meets its target.
    Disc,
    /// A ring: neither met nor missed; or the sample as it came.
    Ring,
    /// A diamond: below the target.
    Diamond,
    /// An upright stroke: what is known of the population.
    Stroke,
    /// A bar from zero.
    Bar,
}

/// One row.
#[derive(Debug, Clone)]
pub struct Row {
    /// Label at the left, or above on a phone if it is long.
    pub label: String,
    /// Marks in drawing order; none for a suppressed estimate.
    pub marks: Vec<(Mark, f64)>,
    /// Lower and upper bound.
    pub interval: Option<(f64, f64)>,
    /// Values in words, one for each column; a phone shows the first.
    pub values: Vec<String>,
    /// Stands out from the others.
    pub strong: bool,
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
pub struct Rows<'a> {
    /// Title and finding.
    pub words: Words<'a>,
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

const HEADING: f64 = 34.0;
const LINE: f64 = 20.0;

/// The chart in both forms.
pub fn rows(chart: &Rows<'_>) -> Markup {
    html! { @for form in Form::ALL { (draw(chart, form)) } }
}

/// Where things go in one form.
struct Layout {
    width: f64,
    /// Left and right end of the axis.
    left: f64,
    right: f64,
    /// Labels stand above the marks.
    above: bool,
    /// Room of a label.
    room: f64,
    /// Right ends of the columns of values.
    columns: Vec<f64>,
    top: f64,
}

impl Layout {
    fn new(chart: &Rows<'_>, form: Form) -> Layout {
        let width = form.width();
        let all = || chart.groups.iter().flat_map(|group| &group.rows);
        let widest = all()
            .map(|row| lettering::width(&row.label, LABEL))
            .fold(0.0, f64::max);
        let shown = if form == Form::Narrow {
            1
        } else {
            chart.columns.len()
        };
        let column = |index: usize| {
            let heading = chart
                .columns
                .get(index)
                .map_or(0.0, |heading| lettering::width(heading, SMALL));
            let values = all().filter_map(|row| row.values.get(index));
            values
                .map(|value| lettering::width(value, LABEL) + 4.0)
                .fold(heading, f64::max)
        };
        let mut columns = Vec::new();
        let mut end = width;
        for index in (0..shown).rev() {
            columns.insert(0, end);
            end -= column(index) + 18.0;
        }
        let above = form == Form::Narrow && widest > 104.0;
        let room = match (above, form) {
            (true, _) => end,
            (false, Form::Narrow) => widest,
            (false, Form::Broad) => widest.min(236.0),
        };
        let lines = if chart.lines.is_empty() && chart.columns.iter().all(String::is_empty) {
            6.0
        } else {
            28.0
        };
        Layout {
            width,
            left: if above { 8.0 } else { room + 22.0 },
            right: end - 4.0,
            above,
            room,
            columns,
            top: lines,
        }
    }

    fn x(&self, axis: &Axis, value: f64) -> f64 {
        self.left + axis.place(value) * (self.right - self.left)
    }

    fn label(&self, row: &Row) -> Vec<String> {
        lettering::lines(&row.label, LABEL, self.room, if self.above { 3 } else { 2 })
    }

    fn height(&self, row: &Row) -> f64 {
        let lines = place(self.label(row).len());
        if self.above {
            lines * LINE + 32.0
        } else {
            (lines * LINE + 14.0).max(34.0)
        }
    }
}

fn draw(chart: &Rows<'_>, form: Form) -> Markup {
    let layout = Layout::new(chart, form);
    let mut y = layout.top;
    let mut body = Vec::new();
    for group in &chart.groups {
        if !group.heading.is_empty() {
            body.push(html! {
                text.heading x="0" y=(round(y + 23.0)) fill="#4c5f57" font-size=(SMALL) font-weight="bold" { (group.heading) }
            });
            y += HEADING;
        }
        for row in &group.rows {
            body.push(draw_row(chart, &layout, row, y));
            y += layout.height(row);
        }
    }
    let x = |value: f64| layout.x(&chart.axis, value);
    svg(
        form,
        y + 28.0,
        &chart.words,
        html! {
            @for (at, label) in ticks(chart, &layout) {
                line.grid x1=(round(at)) x2=(round(at)) y1=(round(layout.top)) y2=(round(y)) stroke="#dfe6e1" {}
                text.tick x=(round(at)) y=(round(y + 20.0)) text-anchor="middle" fill="#4c5f57" font-size=(SMALL) { (label) }
            }
            @for (heading, end) in chart.columns.iter().zip(&layout.columns) {
                text.tick x=(round(*end)) y="17" text-anchor="end" fill="#4c5f57" font-size=(SMALL) { (heading) }
            }
            @for line in &chart.lines {
                @let (class, colour) = if line.target { ("target", "#8a4b00") } else { ("rule", "#4c5f57") };
                @let half = lettering::width(&line.label, SMALL) / 2.0;
                line class=(class) x1=(round(x(line.place))) x2=(round(x(line.place))) y1=(round(layout.top - 5.0)) y2=(round(y)) stroke=(colour) stroke-width="2" stroke-dasharray="5 3" {}
                text class={ (class) "-label" } x=(round(x(line.place).min(layout.right + 4.0 - half).max(half))) y="17" text-anchor="middle" fill=(colour) font-size=(SMALL) { (line.label) }
            }
            @for part in &body { (part) }
        },
    )
}

/// Ticks that have room, from the left.
fn ticks<'a>(chart: &'a Rows<'_>, layout: &Layout) -> Vec<(f64, &'a str)> {
    let widest = chart
        .ticks
        .iter()
        .map(|label| lettering::width(label, SMALL))
        .fold(0.0, f64::max);
    let apart = chart.axis.step / (chart.axis.high - chart.axis.low) * (layout.right - layout.left);
    let every = [1, 2, 3, 4, 5]
        .into_iter()
        .find(|every| apart * place(*every) >= widest + 10.0)
        .unwrap_or(6);
    let ticks = chart.axis.ticks.iter().zip(&chart.ticks);
    ticks
        .step_by(every)
        .map(|(value, label)| (layout.x(&chart.axis, *value), label.as_str()))
        .collect()
}

fn draw_row(chart: &Rows<'_>, layout: &Layout, row: &Row, top: f64) -> Markup {
    let lines = layout.label(row);
    let height = layout.height(row);
    let count = place(lines.len());
    let (first, y) = if layout.above {
        (top + 20.0, top + count * LINE + 16.0)
    } else {
        (
            top + height / 2.0 - count * LINE / 2.0 + 15.0,
            top + height / 2.0,
        )
    };
    let value = if layout.above { y + 5.0 } else { y + 5.5 };
    let x = |value: f64| layout.x(&chart.axis, value);
    let zero = x(0.0);
    html! {
        line.row x1="0" x2=(layout.width) y1=(round(top)) y2=(round(top)) stroke="#e6ece8" {}
        @for (index, line) in lines.iter().enumerate() {
            text.label.strong[row.strong] x="0" y=(round(first + place(index) * LINE)) fill="#12261e" { (line) }
        }
        @for (_, value) in row.marks.iter().filter(|(mark, _)| *mark == Mark::Bar) {
            rect.bar x=(round(zero)) y=(round(y - 8.0)) width=(round((x(*value) - zero).max(1.0))) height="16" rx="2" fill="#63b394" {}
        }
        @if let Some((lower, upper)) = row.interval {
            @let bar = row.marks.iter().any(|(mark, _)| *mark == Mark::Bar);
            line.interval.over[bar] x1=(round(x(lower))) x2=(round(x(upper))) y1=(round(y)) y2=(round(y)) stroke=(if bar { "#12261e" } else { "#63b394" }) stroke-width=(if bar { "2" } else { "5" }) stroke-linecap="round" {}
        }
        @for (mark, value) in &row.marks { (draw_mark(*mark, x(*value), y)) }
        @for (index, (text, end)) in row.values.iter().zip(&layout.columns).enumerate() {
            text.value.strong[index == 0].minor[index > 0] x=(round(*end)) y=(round(value)) text-anchor="end" fill=(if index == 0 { "#12261e" } else { "#4c5f57" })
                font-weight=[(index == 0).then_some("bold")] { (text) }
        }
    }
}

fn draw_mark(mark: Mark, x: f64, y: f64) -> Markup {
    let (at, level) = (round(x), round(y));
    html! {
        @match mark {
            Mark::Disc => circle.point cx=(at) cy=(level) r="6" fill="#0b6b4b" {},
            Mark::Ring => circle.ring cx=(at) cy=(level) r="5.5" fill="#ffffff" stroke="#8a4b00" stroke-width="2.5" {},
            Mark::Diamond => path.diamond d={ "M" (at) " " (round(y - 8.0)) "L" (round(x + 8.0)) " " (level) "L" (at) " " (round(y + 8.0)) "L" (round(x - 8.0)) " " (level) "Z" } fill="#a4262c" {},
            Mark::Stroke => line.stroke x1=(at) x2=(at) y1=(round(y - 10.0)) y2=(round(y + 10.0)) stroke="#12261e" stroke-width="3" {},
            Mark::Bar => {},
        }
    }
}

/// A mark alone, for a legend.
pub fn key(mark: Mark) -> Markup {
    html! {
        svg.icon viewBox="0 0 20 20" width="20" height="20" aria-hidden="true" focusable="false" xmlns="http://www.w3.org/2000/svg" { (draw_mark(mark, 10.0, 10.0)) }
    }
}
