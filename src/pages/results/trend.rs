//! An indicator by wave, with the test of the change.

use maud::{Markup, html};

use super::figure::{Frame, bounds, figure, lines, ticks};
use super::finding::{change_clause, change_is_shown, suppressed};
use super::number;
use super::table::{caption, estimates_table};
use super::view::{View, wave};
use crate::pages::chart::{self, AltText, Axis, Trend, Wave};
use crate::release::figures::{Change, IndicatorFigures};

/// The figure; nothing if there is no previous wave.
pub fn section(view: &View<'_>, indicator: &IndicatorFigures) -> Markup {
    let Some(change) = &indicator.change else {
        return html! {};
    };
    let headline = change_clause(view, indicator).map_or_else(
        || view.text("change_hidden"),
        |clause| {
            let title = view.translated(&indicator.title);
            view.text_with("change_headline", &[("title", title), ("change", &clause)])
        },
    );
    let topic = view.text("trend");
    let waves = indicator.trend.iter();
    let waves = waves.map(|(label, estimate)| (label.clone(), estimate));
    let caption = caption(view, indicator, &topic);
    let alt = AltText {
        title: &topic,
        finding: &headline,
    };
    figure(
        view,
        &Frame {
            chart: drawn(view, indicator, alt),
            legend: html! {},
            aside: html! {},
            table: estimates_table(view, indicator, caption, view.text("wave"), waves),
            notes: test(view, indicator, change).into_iter().collect(),
            headline,
            topic,
        },
    )
}

/// The test of the change; `None` if a side of it is suppressed.
fn test(view: &View<'_>, indicator: &IndicatorFigures, change: &Change) -> Option<String> {
    if !change_is_shown(indicator) {
        return None;
    }
    let values = [
        ("wave", wave(&change.previous).to_owned()),
        ("size", view.difference(indicator, change.difference)),
        (
            "interval",
            view.difference_interval(indicator, change.interval),
        ),
        ("p", number::p_value(change.p_value)),
        ("relative", signed_percent(change.relative.0)),
    ];
    let values = values
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    Some(view.text_with("change_test", &values))
}

fn signed_percent(share: f64) -> String {
    let sign = if share > 0.0 { "+" } else { "" };
    format!("{sign}{}%", number::fixed(share * 100.0, 1))
}

fn drawn(view: &View<'_>, indicator: &IndicatorFigures, alt: AltText<'_>) -> Markup {
    let line = number::target_line(indicator.target);
    let waves: Vec<Wave> = indicator
        .trend
        .iter()
        .map(|(label, estimate)| Wave {
            label: label.clone(),
            interval: (!suppressed(estimate)).then_some((
                estimate.lower,
                estimate.estimate,
                estimate.upper,
            )),
            shown: number::shown(indicator.kind, estimate, line, 1),
        })
        .collect();
    let lines = lines(view, indicator, false);
    let bounds_of_waves = waves
        .iter()
        .filter_map(|wave| wave.interval)
        .flat_map(|(lower, _, upper)| [lower, upper]);
    let values = bounds_of_waves.chain(lines.iter().map(|line| line.value));
    let axis = Axis::around(values, bounds(indicator.kind));
    chart::trend(&Trend {
        alt,
        ticks: ticks(indicator.kind, &axis),
        waves,
        lines,
        axis,
    })
}
