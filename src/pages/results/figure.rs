//! The frame of a chart: number, headline, chart, key, and the table behind it.

use maud::{Markup, html};

use super::finding::suppressed;
use super::number;
use super::sheet::Sheet;
use crate::pages::chart::{self, Axis, Group, Line, Mark, Row, Rows, Words};
use crate::release::figures::{Estimate, IndicatorFigures, Presentation, Verdict};
use crate::survey::plan::IndicatorKind;

/// A chart with everything around it.
pub struct Frame {
    /// What is compared, such as 分县（区）.
    pub topic: String,
    /// The finding.
    pub headline: String,
    /// More of the finding, in order.
    pub notes: Vec<String>,
    /// The chart.
    pub chart: Markup,
    /// What its marks mean.
    pub key: Markup,
    /// What stands beside the finding, such as a map; may be empty.
    pub aside: Markup,
    /// The numbers.
    pub table: Table,
}

/// A table with one heading a row.
pub struct Table {
    /// What, where, in what unit.
    pub caption: String,
    /// Headings of the columns, the first of the rows' own.
    pub head: Vec<String>,
    /// Heading and cells of each row.
    pub rows: Vec<(String, Vec<String>)>,
}

/// The figure with the next number.
pub fn figure(sheet: &Sheet<'_>, frame: &Frame) -> Markup {
    html! {
        figure.figure {
            figcaption {
                p.topic { (sheet.fill("figure", &[("number", &sheet.next_chart())])) " · " (frame.topic) }
                h3 { (frame.headline) }
                @for note in &frame.notes { p.soft { (note) } }
                (frame.aside)
            }
            div.plot {
                (frame.key)
                (frame.chart)
                details { summary { (sheet.say("table")) } (table(&frame.table)) }
            }
        }
    }
}

/// A table that scrolls by itself where it is too wide.
pub fn table(table: &Table) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label=(table.caption) {
            table {
                caption { (table.caption) }
                thead { tr { @for heading in &table.head { th scope="col" { (heading) } } } }
                tbody {
                    @for (heading, cells) in &table.rows {
                        tr { th scope="row" { (heading) } @for cell in cells { td { (cell) } } }
                    }
                }
            }
        }
    }
}

/// Marks and what they mean.
pub fn key(entries: &[(Mark, String)]) -> Markup {
    html! {
        ul.key { @for (mark, words) in entries { li { (chart::rows::key(*mark)) (words) } } }
    }
}

/// The marks that stand for verdicts, as far as `estimates` have them; nothing where points carry no verdict.
pub fn verdict_key<'e>(
    sheet: &Sheet<'_>,
    style: Style,
    estimates: impl Iterator<Item = &'e Estimate>,
) -> Markup {
    if style != Style::Judged {
        return html! {};
    }
    let shown: Vec<Verdict> = estimates
        .filter(|estimate| !suppressed(estimate))
        .filter_map(|estimate| estimate.verdict)
        .collect();
    let order = [Verdict::Met, Verdict::Inconclusive, Verdict::NotMet];
    let marks: Vec<(Mark, String)> = order
        .into_iter()
        .filter(|verdict| shown.contains(verdict))
        .map(|verdict| {
            let words = sheet.say(&format!("verdict_{}", number::verdict_key(verdict)));
            (mark(Some(verdict)), words)
        })
        .collect();
    if marks.is_empty() {
        html! {}
    } else {
        key(&marks)
    }
}

fn mark(verdict: Option<Verdict>) -> Mark {
    match verdict {
        Some(Verdict::NotMet) => Mark::Diamond,
        Some(Verdict::Inconclusive | Verdict::Suppressed) => Mark::Ring,
        Some(Verdict::Met) | None => Mark::Disc,
    }
}

/// How an estimate is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// A point.
    Point,
    /// A point in the shape of its verdict.
    Judged,
    /// A bar from zero.
    Bar,
}

impl Style {
    /// Points in the shape of their verdicts where every estimate that is shown has one: a mark without a verdict beside
    /// marks with one would be taken for one.
    pub fn points<'e>(estimates: impl Iterator<Item = &'e Estimate>) -> Style {
        let mut shown = estimates
            .filter(|estimate| !suppressed(estimate))
            .map(|estimate| estimate.verdict)
            .peekable();
        if shown.peek().is_some() && shown.all(|verdict| verdict.is_some()) {
            Style::Judged
        } else {
            Style::Point
        }
    }
}

/// One estimate as a row of a chart.
pub fn row(indicator: &IndicatorFigures, label: &str, estimate: &Estimate, style: Style) -> Row {
    let hidden = suppressed(estimate);
    let shape = match style {
        Style::Point => Mark::Disc,
        Style::Judged => mark(estimate.verdict),
        Style::Bar => Mark::Bar,
    };
    let decimals = 1;
    Row {
        label: label.to_owned(),
        marks: if hidden {
            Vec::new()
        } else {
            vec![(shape, estimate.estimate)]
        },
        interval: (!hidden).then_some((estimate.lower, estimate.upper)),
        values: vec![
            number::shown(
                indicator.kind,
                estimate,
                number::line(indicator.target),
                decimals,
            ),
            number::interval(indicator.kind, estimate, decimals),
        ],
        strong: false,
    }
}

/// The target and the national line, as far as they are set.
pub fn lines(sheet: &Sheet<'_>, indicator: &IndicatorFigures, national: bool) -> Vec<Line> {
    let line = |key: &str, place: f64, target: bool| Line {
        place,
        label: sheet.fill(key, &[("line", &number::threshold(indicator.kind, place))]),
        target,
    };
    let target = number::line(indicator.target).map(|place| line("target_line", place, true));
    let national = indicator.national_line.filter(|_| national);
    let national = national.map(|place| line("national_line", place, false));
    national.into_iter().chain(target).collect()
}

/// A chart of estimates, in groups, with the target across.
pub fn chart(
    sheet: &Sheet<'_>,
    indicator: &IndicatorFigures,
    words: Words<'_>,
    groups: Vec<Group>,
    style: Style,
) -> Markup {
    let lines = if style == Style::Bar {
        Vec::new()
    } else {
        lines(sheet, indicator, false)
    };
    let all = groups.iter().flat_map(|group| &group.rows);
    let values = all.flat_map(|row| {
        let marks = row.marks.iter().map(|(_, value)| *value);
        marks.chain(
            row.interval
                .into_iter()
                .flat_map(|(lower, upper)| [lower, upper]),
        )
    });
    let values = values.chain(lines.iter().map(|line| line.place));
    let values = values.chain((style == Style::Bar).then_some(0.0));
    let axis = Axis::around(values, bounds(indicator.kind));
    let ticks = ticks(indicator.kind, &axis);
    chart::rows(&Rows {
        words,
        columns: vec![sheet.say("estimate"), sheet.say("interval")],
        groups,
        lines,
        axis,
        ticks,
    })
}

/// What a value of that kind can be.
pub fn bounds(kind: IndicatorKind) -> (f64, f64) {
    match kind {
        IndicatorKind::Share | IndicatorKind::Ratio => (0.0, 1.0),
        IndicatorKind::Mean => (0.0, f64::INFINITY),
    }
}

/// Labels of the ticks of `axis`, with as many decimals as its steps need.
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

/// The table of estimates of some groups.
pub fn estimates<'e>(
    sheet: &Sheet<'_>,
    indicator: &IndicatorFigures,
    caption: String,
    group: String,
    rows: impl Iterator<Item = (String, &'e Estimate)>,
) -> Table {
    let rows: Vec<(String, &Estimate)> = rows.collect();
    let judged = rows.iter().any(|(_, estimate)| estimate.verdict.is_some());
    let mut head = vec![
        group,
        "n".to_owned(),
        sheet.say("estimate"),
        sheet.say("lower"),
        sheet.say("upper"),
        sheet.say("deff"),
    ];
    if judged {
        head.push(sheet.say("verdict"));
    }
    let flagged = rows
        .iter()
        .any(|(_, estimate)| estimate.presentation != Presentation::Publish);
    if flagged {
        head.push(sheet.say("flag"));
    }
    let line = number::line(indicator.target);
    let rows = rows
        .into_iter()
        .map(|(label, estimate)| {
            let mut cells = cells(sheet, indicator.kind, line, estimate, judged);
            if flagged {
                cells.push(flag(sheet, estimate));
            }
            (label, cells)
        })
        .collect();
    Table {
        caption,
        head,
        rows,
    }
}

fn cells(
    sheet: &Sheet<'_>,
    kind: IndicatorKind,
    line: Option<f64>,
    estimate: &Estimate,
    judged: bool,
) -> Vec<String> {
    let hidden = suppressed(estimate);
    let open = |words: String| if hidden { "*".to_owned() } else { words };
    let deff = estimate
        .design_effect
        .map_or_else(|| "—".to_owned(), |deff| number::fixed(deff, 2));
    let mut cells = vec![
        open(number::count(estimate.n)),
        number::shown(kind, estimate, line, 2),
        open(number::value(kind, estimate.lower, 2)),
        open(number::value(kind, estimate.upper, 2)),
        open(deff),
    ];
    if judged {
        let verdict = estimate.verdict.map(number::verdict_key);
        cells.push(verdict.map_or_else(String::new, |key| sheet.say(&format!("verdict_{key}"))));
    }
    cells
}

/// What a reader must know of a number, in words.
pub fn flag(sheet: &Sheet<'_>, estimate: &Estimate) -> String {
    match estimate.presentation {
        Presentation::Publish => String::new(),
        Presentation::Review => sheet.say("flag_review"),
        Presentation::Suppress => sheet.say("flag_suppress"),
    }
}

/// `title` by `topic`, with the unit: the caption of a table.
pub fn caption(sheet: &Sheet<'_>, indicator: &IndicatorFigures, topic: &str) -> String {
    let unit = match (indicator.kind, sheet.own(&indicator.unit)) {
        (IndicatorKind::Mean, unit) if !unit.is_empty() => {
            sheet.fill("in_brackets", &[("words", unit)])
        }
        _ => String::new(),
    };
    sheet.fill(
        "caption",
        &[
            ("title", sheet.own(&indicator.title)),
            ("topic", topic),
            ("unit", &unit),
        ],
    )
}
