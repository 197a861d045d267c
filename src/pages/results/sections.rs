//! An indicator by section, and each section by question.

use maud::{Markup, html};

use super::comparison::{Comparison, Style, comparison};
use super::figure::basis_of;
use super::likert::{is_graded, likert};
use super::number;
use super::view::View;
use crate::disclosure::Disclosed;
use crate::release::figures::{IndicatorFigures, SectionFigures};
use crate::survey::plan::IndicatorKind;

/// The sections in one figure; the questions of an indicator that has no sections to compare.
pub fn sections(view: &View<'_>, indicator: &IndicatorFigures) -> Markup {
    let is_ratio = indicator.kind == IndicatorKind::Ratio;
    html! {
        @if !is_ratio && indicator.sections.len() > 1 { (overview(view, indicator)) }
    }
}

/// Each section with its questions, folded.
pub fn questions(view: &View<'_>, indicator: &IndicatorFigures) -> Markup {
    let sections = &indicator.sections;
    let is_ratio = indicator.kind == IndicatorKind::Ratio;
    html! {
        @for (index, section) in sections.iter().enumerate() {
            @if is_ratio {
                (items(view, indicator, section))
            } @else if section.items.len() > 1 {
                @let line = number::target_line(indicator.target);
                @let count = section.items.len().to_string();
                details.fold open[index == 0] {
                    summary {
                        span.name { (view.translated(&section.title)) }
                        strong { (view.shown(indicator.kind, &section.estimate, line, 1)) }
                        span.soft { (view.text_with("questions", &[("n", &count)])) }
                    }
                    (items(view, indicator, section))
                }
            }
        }
    }
}

fn overview(view: &View<'_>, indicator: &IndicatorFigures) -> Markup {
    let sections = indicator.sections.iter();
    let rows: Vec<(&str, &Disclosed)> = sections
        .map(|section| (view.translated(&section.title), &section.estimate))
        .collect();
    let is_scale = indicator.sections.iter().any(is_graded);
    let style = match is_scale {
        true => Style::points(rows.iter().map(|(_, estimate)| *estimate)),
        false => Style::Bar,
    };
    let topic = view.text(match (indicator.kind, is_scale) {
        (IndicatorKind::Mean, _) => "by_item",
        (_, true) => "by_section",
        (_, false) => "by_category",
    });
    parts(view, indicator, topic, rows, style)
}

/// The questions of one section.
fn items(view: &View<'_>, indicator: &IndicatorFigures, section: &SectionFigures) -> Markup {
    if is_graded(section) {
        return likert(view, indicator, section);
    }
    let items = section.items.iter();
    let rows = items.map(|item| (view.translated(&item.text), &item.estimate));
    let style = match indicator.kind {
        IndicatorKind::Ratio => Style::Point,
        _ => Style::Bar,
    };
    let topic = view.translated(&section.title).to_owned();
    parts(view, indicator, topic, rows.collect(), style)
}

/// The figure of the parts of an indicator, largest first.
fn parts(
    view: &View<'_>,
    indicator: &IndicatorFigures,
    topic: String,
    mut rows: Vec<(&str, &Disclosed)>,
    style: Style,
) -> Markup {
    // A stable sort: suppressed parts stay in the order of the plan, which says nothing about them.
    rows.sort_by(|(_, a), (_, b)| match (a.shown(), b.shown()) {
        (Some(a), Some(b)) => b.estimate.total_cmp(&a.estimate),
        (a, b) => b.is_some().cmp(&a.is_some()),
    });
    let headline = extremes(view, indicator, &rows);
    let notes = match (indicator.kind, view.translated(&indicator.unit)) {
        (IndicatorKind::Mean, unit) if !unit.is_empty() => {
            vec![view.text_with("unit_note", &[("unit", unit)])]
        }
        _ => Vec::new(),
    };
    let rows = rows.into_iter();
    let rows = rows.map(|(label, estimate)| (label.to_owned(), estimate));
    let basis = basis_of(
        view,
        indicator,
        match style {
            Style::Bar => "reading_bars",
            Style::Point | Style::Judged => "reading_points",
        },
    );
    let compared =
        Comparison::of_rows(topic.clone(), topic, headline, notes, style, rows.collect()).on(basis);
    comparison(view, indicator, compared)
}

/// The largest and the smallest part, of parts that are sorted.
fn extremes(
    view: &View<'_>,
    indicator: &IndicatorFigures,
    sorted: &[(&str, &Disclosed)],
) -> String {
    let shown: Vec<_> = sorted
        .iter()
        .filter(|(_, estimate)| !estimate.is_suppressed())
        .collect();
    let line = number::target_line(indicator.target);
    let printed = |estimate: &Disclosed| number::shown(indicator.kind, estimate, line, 1);
    let key = match indicator.kind {
        IndicatorKind::Mean => "parts_most",
        _ => "parts_extremes",
    };
    match (shown.first(), shown.last()) {
        (Some((first, high)), Some((last, low))) if shown.len() > 1 => view.text_with(
            key,
            &[
                ("first", first),
                ("first_value", &printed(high)),
                ("last", last),
                ("last_value", &printed(low)),
            ],
        ),
        _ => view.text("groups_few"),
    }
}
