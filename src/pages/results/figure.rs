//! A chart with its number, finding, legend and table; axes and lines of charts.

use maud::{Markup, html};

use super::number;
use super::table::{Table, table};
use super::view::View;
use crate::pages::chart::rows::legend_mark;
use crate::pages::chart::{Axis, Line, Mark};
use crate::release::figures::IndicatorFigures;
use crate::survey::plan::IndicatorKind;

/// A chart with everything around it.
pub struct Frame {
    /// What is compared, such as 分县（区）.
    pub topic: String,
    /// The finding.
    pub headline: String,
    /// More about the finding, in order.
    pub notes: Vec<String>,
    /// The chart.
    pub chart: Markup,
    /// What its marks mean.
    pub legend: Markup,
    /// What is beside the finding, such as a map. May be empty.
    pub aside: Markup,
    /// The data.
    pub table: Table,
}

/// The figure with the next number.
pub fn figure(view: &View<'_>, frame: &Frame) -> Markup {
    let number = view.text_with("figure", &[("number", &view.next_figure_number())]);
    html! {
        figure.figure {
            figcaption {
                p.topic { (number) " · " (frame.topic) }
                h3 { (frame.headline) }
                @for note in &frame.notes { p.soft { (note) } }
                (frame.aside)
            }
            div.plot {
                (frame.legend)
                (frame.chart)
                details { summary { (view.text("table")) } (table(&frame.table)) }
            }
        }
    }
}

/// Marks and what they mean.
pub fn legend(entries: &[(Mark, String)]) -> Markup {
    html! {
        ul.key { @for (mark, words) in entries { li { (legend_mark(*mark)) (words) } } }
    }
}

/// The target and the national line, if they are set.
pub fn lines(view: &View<'_>, indicator: &IndicatorFigures, with_national: bool) -> Vec<Line> {
    let line = |key: &str, value: f64, is_target: bool| {
        let printed = number::threshold(indicator.kind, value);
        Line {
            value,
            label: view.text_with(key, &[("line", &printed)]),
            is_target,
        }
    };
    let target = number::target_line(indicator.target);
    let target = target.map(|value| line("target_line", value, true));
    let national = indicator.national_line.filter(|_| with_national);
    let national = national.map(|value| line("national_line", value, false));
    national.into_iter().chain(target).collect()
}

/// The smallest and the largest value that an indicator of that kind can have.
pub fn bounds(kind: IndicatorKind) -> (f64, f64) {
    match kind {
        IndicatorKind::Share | IndicatorKind::Ratio => (0.0, 1.0),
        IndicatorKind::Mean => (0.0, f64::INFINITY),
    }
}

/// The labels of the ticks of `axis`, with as many decimals as its steps need.
pub fn ticks(kind: IndicatorKind, axis: &Axis) -> Vec<String> {
    let step = if kind == IndicatorKind::Mean {
        axis.step
    } else {
        axis.step * 100.0
    };
    let decimals = [1.0, 0.1, 0.01]
        .iter()
        .take_while(|unit| step < **unit * 0.999)
        .count();
    axis.ticks
        .iter()
        .map(|tick| number::value(kind, *tick, decimals))
        .collect()
}
