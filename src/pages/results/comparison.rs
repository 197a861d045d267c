//! A chart and a table that compare estimates of an indicator.

use maud::Markup;

use super::figure::{bounds, figure, lines, ticks};
use super::frame::{Basis, Frame};
use super::number;
use super::table::{caption, estimates_table, full_label};
use super::view::View;
use crate::disclosure::Disclosed;
use crate::estimation::Verdict;
use crate::pages::chart::{Axis, Drawing, Group, Mark, Row, Rows, Sign};
use crate::release::figures::IndicatorFigures;

/// A chart and a table that compare estimates of an indicator.
pub struct Comparison<'a> {
    /// What is compared, such as 分县（区）.
    pub topic: String,
    /// The finding.
    pub headline: String,
    /// The finding for people who cannot see the chart.
    pub spoken: String,
    /// More about the finding, in order.
    pub notes: Vec<String>,
    /// The estimates, in groups.
    pub groups: Vec<Compared<'a>>,
    /// Heading of the table's first column.
    pub column: String,
    /// How the estimates are drawn.
    pub style: Style,
    /// What the estimates rest on.
    pub basis: Basis,
    /// Whether the chart is as narrow on every screen as on a phone.
    pub is_narrow: bool,
}

impl<'a> Comparison<'a> {
    /// One group of `rows`.
    pub fn of_rows(
        topic: String,
        column: String,
        headline: String,
        notes: Vec<String>,
        style: Style,
        rows: Vec<(String, &'a Disclosed)>,
    ) -> Comparison<'a> {
        Comparison {
            topic,
            spoken: headline.clone(),
            headline,
            notes,
            groups: vec![Compared {
                heading: String::new(),
                rows,
            }],
            column,
            style,
            basis: Basis::default(),
            is_narrow: false,
        }
    }

    /// The same comparison with what it rests on.
    #[must_use]
    pub fn on(self, basis: Basis) -> Comparison<'a> {
        Comparison { basis, ..self }
    }
}

/// Estimates that belong together.
pub struct Compared<'a> {
    /// What they have in common; empty if they are the only group.
    pub heading: String,
    /// Each with its label.
    pub rows: Vec<(String, &'a Disclosed)>,
}

/// The figure of a comparison.
pub fn comparison(
    view: &View<'_>,
    indicator: &IndicatorFigures,
    comparison: Comparison<'_>,
) -> Markup {
    let style = comparison.style;
    let groups: Vec<Group> = comparison
        .groups
        .iter()
        .map(|group| Group {
            heading: group.heading.clone(),
            rows: group
                .rows
                .iter()
                .map(|(label, estimate)| row(view, indicator, label, estimate, style))
                .collect(),
        })
        .collect();
    let all = comparison.groups.iter().flat_map(|group| &group.rows);
    let legend = verdict_legend(view, style, all.map(|(_, estimate)| *estimate));
    let labelled = comparison.groups.iter().flat_map(|group| {
        group
            .rows
            .iter()
            .map(|(label, estimate)| (full_label(view, &group.heading, label), *estimate))
    });
    let caption = caption(view, indicator, &comparison.topic);
    let frame = Frame {
        drawing: chart(view, indicator, groups, (style, comparison.is_narrow)),
        legend,
        table: estimates_table(view, indicator, caption, comparison.column, labelled),
        topic: comparison.topic,
        headline: comparison.headline,
        spoken: comparison.spoken,
        notes: comparison.notes,
        basis: comparison.basis,
    };
    figure(view, frame)
}

/// The marks of the verdicts that `figures` have. Nothing where the marks show no verdicts.
fn verdict_legend<'e>(
    view: &View<'_>,
    style: Style,
    figures: impl Iterator<Item = &'e Disclosed>,
) -> Vec<(Sign, String)> {
    if style != Style::Judged {
        return Vec::new();
    }
    let shown: Vec<Verdict> = figures
        .filter_map(Disclosed::shown)
        .filter_map(|estimate| estimate.verdict)
        .collect();
    let order = [
        Verdict::Met,
        Verdict::Inconclusive,
        Verdict::NotMet,
        Verdict::Suppressed,
    ];
    order
        .into_iter()
        .filter(|verdict| shown.contains(verdict))
        .map(|verdict| {
            let words = view.text(&format!("verdict_{}", number::verdict_key(verdict)));
            (Sign::Mark(verdict_mark(Some(verdict))), words)
        })
        .collect()
}

fn verdict_mark(verdict: Option<Verdict>) -> Mark {
    match verdict {
        Some(Verdict::NotMet) => Mark::Diamond,
        Some(Verdict::Inconclusive) => Mark::Ring,
        Some(Verdict::Suppressed) => Mark::Cross,
        Some(Verdict::Met) | None => Mark::Disc,
    }
}

/// How an estimate is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// A point.
    Point,
    /// A point with the shape of its verdict.
    Judged,
    /// A bar from zero.
    Bar,
}

impl Style {
    /// Points with the shapes of their verdicts if every shown estimate has one and some are not
    /// "too few answers". A plain point among them would be read as a verdict.
    pub fn points<'e>(figures: impl Iterator<Item = &'e Disclosed>) -> Style {
        let shown: Vec<Option<Verdict>> = figures
            .filter_map(Disclosed::shown)
            .map(|estimate| estimate.verdict)
            .collect();
        let is_judged = |verdict: &Verdict| *verdict != Verdict::Suppressed;
        let some_are_judged = shown.iter().flatten().any(is_judged);
        if some_are_judged && shown.iter().all(Option::is_some) {
            Style::Judged
        } else {
            Style::Point
        }
    }
}

/// One estimate as a row of a chart.
fn row(
    view: &View<'_>,
    indicator: &IndicatorFigures,
    label: &str,
    figure: &Disclosed,
    style: Style,
) -> Row {
    let estimate = figure.shown();
    let mark = match style {
        Style::Point => Mark::Disc,
        Style::Judged => verdict_mark(figure.verdict()),
        Style::Bar => Mark::Bar,
    };
    let line = number::target_line(indicator.target);
    Row {
        label: label.to_owned(),
        marks: estimate
            .map(|estimate| (mark, estimate.estimate))
            .into_iter()
            .collect(),
        interval: estimate.map(|estimate| (estimate.lower, estimate.upper)),
        values: vec![
            view.shown(indicator.kind, figure, line, 1),
            match view.reason(figure) {
                Some(_) => String::new(),
                None => number::interval(indicator.kind, figure, 1),
            },
        ],
        is_strong: false,
    }
}

/// A chart of estimates in groups; points with the target across.
fn chart(
    view: &View<'_>,
    indicator: &IndicatorFigures,
    groups: Vec<Group>,
    (style, is_narrow): (Style, bool),
) -> Drawing {
    let is_bar = style == Style::Bar;
    let lines = match is_bar {
        true => Vec::new(),
        false => lines(view, indicator, false),
    };
    let all = groups.iter().flat_map(|group| &group.rows);
    let values = all.flat_map(|row| {
        let marks = row.marks.iter().map(|(_, value)| *value);
        let bounds = row.interval.into_iter();
        marks.chain(bounds.flat_map(|(lower, upper)| [lower, upper]))
    });
    let values = values.chain(lines.iter().map(|line| line.value));
    let values = values.chain(is_bar.then_some(0.0));
    let axis = Axis::around(values, bounds(indicator.kind));
    let ticks = ticks(indicator.kind, &axis);
    Drawing::Rows(Rows {
        columns: vec![view.text("estimate"), view.text("interval")],
        groups,
        lines,
        axis,
        ticks,
        is_narrow,
    })
}
