//! An indicator by wave, with the test of the change.

use maud::{Markup, html};

use super::figure::{basis_of, bounds, figure, lines, ticks};
use super::finding::change_clause;
use super::frame::Frame;
use super::number;
use super::table::{caption, estimates_table};
use super::view::{View, wave};
use crate::pages::chart::{Axis, Drawing, Sign, Trend, Wave};
use crate::release::figures::{Change, IndicatorFigures};

/// The figure; nothing if there is no previous wave.
pub fn section(view: &View<'_>, indicator: &IndicatorFigures) -> Markup {
    if indicator.trend.len() < 2 {
        return html! {};
    }
    let headline = change_clause(view, indicator).map_or_else(
        || match has_break(indicator) {
            true => view.word("change_break"),
            false => view.text("change_hidden"),
        },
        |clause| {
            let title = view.translated(&indicator.title);
            view.text_with("change_headline", &[("title", title), ("change", &clause)])
        },
    );
    let topic = view.text("trend");
    let waves = indicator.trend.iter();
    let waves = waves.map(|(label, estimate)| (label.clone(), estimate));
    let caption = caption(view, indicator, &topic);
    let drawn = drawn(view, indicator);
    let has_break = drawn.waves.iter().any(|wave| wave.is_after_break);
    let legend = has_break.then(|| (Sign::Break, view.word("break")));
    let tests = indicator.change.iter();
    figure(
        view,
        Frame {
            drawing: Drawing::Trend(drawn),
            legend: legend.into_iter().collect(),
            table: estimates_table(view, indicator, caption, view.text("wave"), waves),
            notes: tests.map(|change| test(view, indicator, change)).collect(),
            spoken: headline.clone(),
            basis: basis_of(view, indicator, "reading_trend"),
            headline,
            topic,
        },
    )
}

/// The test of the change.
fn test(view: &View<'_>, indicator: &IndicatorFigures, change: &Change) -> String {
    let test = &change.difference;
    let values = [
        ("wave", wave(&change.previous).to_owned()),
        ("size", view.difference(indicator, test.difference)),
        (
            "interval",
            view.difference_interval(indicator, (test.lower, test.upper)),
        ),
        ("p", number::p_value(test.p_value)),
        ("relative", signed_percent(test.relative)),
    ];
    let values = values
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    view.text_with("change_test", &values)
}

fn signed_percent(share: f64) -> String {
    let sign = if share > 0.0 { "+" } else { "" };
    format!("{sign}{}%", number::fixed(share * 100.0, 1))
}

/// Whether this wave cannot be compared with the one before though both have figures.
fn has_break(indicator: &IndicatorFigures) -> bool {
    let last = indicator.trend.len().saturating_sub(1);
    is_after_break(indicator, last)
}

/// Whether the wave at `index` cannot be compared with the one before: a year between them is
/// missing, or both have figures and their difference has none.
fn is_after_break(indicator: &IndicatorFigures, index: usize) -> bool {
    let wave = |index: usize| indicator.trend.get(index);
    let Some((before, own)) = index.checked_sub(1).and_then(wave).zip(wave(index)) else {
        return false;
    };
    let year = |label: &str| label.parse::<u32>().ok();
    let has_gap = year(&before.0)
        .zip(year(&own.0))
        .is_some_and(|(before, own)| before + 1 != own);
    let is_last = index + 1 == indicator.trend.len();
    let are_shown = before.1.shown().is_some() && own.1.shown().is_some();
    has_gap || (is_last && are_shown && indicator.change.is_none())
}

fn drawn(view: &View<'_>, indicator: &IndicatorFigures) -> Trend {
    let line = number::target_line(indicator.target);
    let waves: Vec<Wave> = indicator
        .trend
        .iter()
        .enumerate()
        .map(|(index, (label, figure))| Wave {
            label: label.clone(),
            interval: figure
                .shown()
                .map(|estimate| (estimate.lower, estimate.estimate, estimate.upper)),
            shown: view.shown(indicator.kind, figure, line, 1),
            is_after_break: is_after_break(indicator, index),
        })
        .collect();
    let lines = lines(view, indicator, false);
    let bounds_of_waves = waves
        .iter()
        .filter_map(|wave| wave.interval)
        .flat_map(|(lower, _, upper)| [lower, upper]);
    let values = bounds_of_waves.chain(lines.iter().map(|line| line.value));
    let axis = Axis::around(values, bounds(indicator.kind));
    Trend {
        ticks: ticks(indicator.kind, &axis),
        waves,
        lines,
        axis,
    }
}
