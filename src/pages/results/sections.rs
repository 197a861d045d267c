//! The parts of an indicator: domains of satisfaction, categories of participation, kinds of goods, and their questions.

use maud::{Markup, html};

use super::figure::{Frame, Style, Table, caption, chart, estimates, figure, row, verdict_key};
use super::finding::suppressed;
use super::number;
use super::sheet::Sheet;
use crate::pages::chart::{self as charts, Bar, Group, Stacked, Words, stacked::shade};
use crate::release::figures::{Estimate, IndicatorFigures, ItemFigures, SectionFigures};
use crate::survey::plan::IndicatorKind;

/// The sections side by side, then each with its questions to open.
pub fn sections(sheet: &Sheet<'_>, indicator: &IndicatorFigures) -> Markup {
    let sections = &indicator.sections;
    if sections.is_empty() {
        return html! {};
    }
    html! {
        @if indicator.kind != IndicatorKind::Ratio && sections.len() > 1 { (overview(sheet, indicator)) }
        @for (index, section) in sections.iter().enumerate() {
            @if indicator.kind == IndicatorKind::Ratio {
                (items(sheet, indicator, section))
            } @else if section.items.len() > 1 {
                details.fold open[index == 0] {
                    summary {
                        span.name { (sheet.own(&section.title)) }
                        strong { (number::shown(indicator.kind, &section.estimate, number::line(indicator.target), 1)) }
                        span.soft { (sheet.fill("questions", &[("n", &section.items.len().to_string())])) }
                    }
                    (items(sheet, indicator, section))
                }
            }
        }
    }
}

/// Whether a section's items are scales of more than two answers.
fn graded(section: &SectionFigures) -> bool {
    section.items.iter().any(|item| item.distribution.len() > 2)
}

fn overview(sheet: &Sheet<'_>, indicator: &IndicatorFigures) -> Markup {
    let rows: Vec<(&str, &Estimate)> = indicator
        .sections
        .iter()
        .map(|section| (sheet.own(&section.title), &section.estimate))
        .collect();
    let scales = indicator.sections.iter().any(graded);
    let style = if scales {
        Style::points(rows.iter().map(|(_, estimate)| *estimate))
    } else {
        Style::Bar
    };
    let topic = sheet.say(match (indicator.kind, scales) {
        (IndicatorKind::Mean, _) => "by_item",
        (_, true) => "by_section",
        (_, false) => "by_category",
    });
    parts(sheet, indicator, topic, &rows, style)
}

/// Parts of an indicator, largest first, with the largest and the smallest named.
fn parts(
    sheet: &Sheet<'_>,
    indicator: &IndicatorFigures,
    topic: String,
    rows: &[(&str, &Estimate)],
    style: Style,
) -> Markup {
    let mut rows: Vec<(&str, &Estimate)> = rows.to_vec();
    rows.sort_by(|(_, a), (_, b)| {
        let hidden = suppressed(a).cmp(&suppressed(b));
        if suppressed(a) && suppressed(b) {
            hidden
        } else {
            hidden.then(b.estimate.total_cmp(&a.estimate))
        }
    });
    let shown: Vec<&(&str, &Estimate)> = rows
        .iter()
        .filter(|(_, estimate)| !suppressed(estimate))
        .collect();
    let value = |estimate: &Estimate| {
        number::shown(indicator.kind, estimate, number::line(indicator.target), 1)
    };
    let headline = match (shown.first(), shown.last()) {
        (Some((first, high)), Some((last, low))) if shown.len() > 1 => sheet.fill(
            if indicator.kind == IndicatorKind::Mean {
                "parts_most"
            } else {
                "parts_extremes"
            },
            &[
                ("first", first),
                ("first_value", &value(high)),
                ("last", last),
                ("last_value", &value(low)),
            ],
        ),
        _ => sheet.say("groups_few"),
    };
    let group = Group {
        heading: String::new(),
        rows: rows
            .iter()
            .map(|(label, estimate)| row(indicator, label, estimate, style))
            .collect(),
    };
    let words = Words {
        title: &topic,
        finding: &headline,
    };
    let notes = match (indicator.kind, sheet.own(&indicator.unit)) {
        (IndicatorKind::Mean, unit) if !unit.is_empty() => {
            vec![sheet.fill("unit_note", &[("unit", unit)])]
        }
        _ => Vec::new(),
    };
    let key = verdict_key(sheet, style, rows.iter().map(|(_, estimate)| *estimate));
    figure(
        sheet,
        &Frame {
            chart: chart(sheet, indicator, words, vec![group], style),
            key,
            aside: html! {},
            table: estimates(
                sheet,
                indicator,
                caption(sheet, indicator, &topic),
                topic.clone(),
                rows.iter()
                    .map(|(label, estimate)| ((*label).to_owned(), *estimate)),
            ),
            headline,
            notes,
            topic,
        },
    )
}

/// The questions of one section.
fn items(sheet: &Sheet<'_>, indicator: &IndicatorFigures, section: &SectionFigures) -> Markup {
    if graded(section) {
        return likert(sheet, indicator, section);
    }
    let rows: Vec<(&str, &Estimate)> = section
        .items
        .iter()
        .map(|item| (sheet.own(&item.text), &item.estimate))
        .collect();
    let style = if indicator.kind == IndicatorKind::Ratio {
        Style::Point
    } else {
        Style::Bar
    };
    parts(
        sheet,
        indicator,
        sheet.own(&section.title).to_owned(),
        &rows,
        style,
    )
}

fn likert(sheet: &Sheet<'_>, indicator: &IndicatorFigures, section: &SectionFigures) -> Markup {
    let labels: Vec<&str> = section
        .items
        .iter()
        .max_by_key(|item| item.distribution.len())
        .into_iter()
        .flat_map(|item| &item.distribution)
        .map(|(_, label, _)| sheet.own(label))
        .collect();
    let headline = likert_headline(sheet, indicator, section);
    let topic = sheet.own(&section.title);
    let bars = section
        .items
        .iter()
        .map(|item| bar(sheet, indicator, item))
        .collect();
    let drawn = charts::stacked(&Stacked {
        words: Words {
            title: topic,
            finding: &headline,
        },
        bars,
        columns: [sheet.say("counted"), sheet.say("far_end")],
    });
    let key = html! {
        ul.key { @for (place, label) in labels.iter().enumerate() { li { span class={ "swatch s" (shade(place, labels.len())) } {} (label) } } }
    };
    figure(
        sheet,
        &Frame {
            topic: topic.to_owned(),
            headline,
            notes: vec![sheet.say("likert_note")],
            chart: drawn,
            key,
            aside: html! {},
            table: likert_table(sheet, indicator, section, &labels),
        },
    )
}

fn likert_headline(
    sheet: &Sheet<'_>,
    indicator: &IndicatorFigures,
    section: &SectionFigures,
) -> String {
    let mut shown: Vec<&ItemFigures> = section
        .items
        .iter()
        .filter(|item| !suppressed(&item.estimate))
        .collect();
    shown.sort_by(|a, b| b.estimate.estimate.total_cmp(&a.estimate.estimate));
    let value = |item: &ItemFigures| {
        number::shown(
            indicator.kind,
            &item.estimate,
            number::line(indicator.target),
            1,
        )
    };
    match (shown.first(), shown.last()) {
        (Some(first), Some(last)) if shown.len() > 1 => sheet.fill(
            "likert_extremes",
            &[
                ("first", quoted(sheet.own(&first.text))),
                ("first_value", &value(first)),
                ("last", quoted(sheet.own(&last.text))),
                ("last_value", &value(last)),
            ],
        ),
        _ => sheet.say("groups_few"),
    }
}

/// A question without the mark at its end, to stand in quotes.
fn quoted(question: &str) -> &str {
    question.trim_end_matches(['？', '?', '。', '.'])
}

fn bar(sheet: &Sheet<'_>, indicator: &IndicatorFigures, item: &ItemFigures) -> Bar {
    let hidden = suppressed(&item.estimate);
    let shares = item
        .distribution
        .iter()
        .map(|(_, _, share)| (*share, number::fixed(share * 100.0, 0)));
    let far = item.far_end().filter(|_| !hidden);
    Bar {
        label: sheet.own(&item.text).to_owned(),
        shares: if hidden { Vec::new() } else { shares.collect() },
        values: [
            number::shown(
                indicator.kind,
                &item.estimate,
                number::line(indicator.target),
                1,
            ),
            far.map_or_else(String::new, |share| {
                number::value(IndicatorKind::Share, share, 1)
            }),
        ],
    }
}

fn likert_table(
    sheet: &Sheet<'_>,
    indicator: &IndicatorFigures,
    section: &SectionFigures,
    labels: &[&str],
) -> Table {
    let mut head = vec![sheet.say("item"), "n".to_owned()];
    head.extend(labels.iter().map(|label| (*label).to_owned()));
    head.extend(["counted", "lower", "upper", "unknown", "flag"].map(|key| sheet.say(key)));
    let rows = section
        .items
        .iter()
        .map(|item| {
            let estimate = &item.estimate;
            let hidden = suppressed(estimate);
            let open = |words: String| if hidden { "*".to_owned() } else { words };
            let mut cells = vec![open(number::count(estimate.n))];
            let shares = item
                .distribution
                .iter()
                .map(|(_, _, share)| open(number::value(IndicatorKind::Share, *share, 2)));
            cells.extend(shares);
            cells.resize(labels.len() + 1, String::new());
            cells.push(number::shown(
                indicator.kind,
                estimate,
                number::line(indicator.target),
                2,
            ));
            cells.push(open(number::value(indicator.kind, estimate.lower, 2)));
            cells.push(open(number::value(indicator.kind, estimate.upper, 2)));
            cells.push(open(number::count(item.n_missing)));
            cells.push(super::figure::flag(sheet, estimate));
            (sheet.own(&item.text).to_owned(), cells)
        })
        .collect();
    Table {
        caption: caption(sheet, indicator, sheet.own(&section.title)),
        head,
        rows,
    }
}
