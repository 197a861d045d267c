//! One indicator: its headline, and the charts and tables behind it.

use maud::{Markup, html};

use super::number;
use crate::locale::{Language, text, text_with};
use crate::pages::chart::{self, Bar, Dot, Dots, Tile, Words};
use crate::release::figures::{
    ChangeConclusion, DomainTable, Estimate, Figures, IndicatorFigures, IndicatorKind, ItemFigures,
    Presentation, Target, Verdict,
};

/// The finding in one sentence.
pub fn sentence(language: Language, indicator: &IndicatorFigures) -> String {
    let title = indicator.title.get(language.code());
    let whole = &indicator.whole;
    if whole.presentation == Presentation::Suppress {
        return text_with(language, "results.sentence_suppressed", &[("title", title)]);
    }
    let decimals = number::headline_decimals(whole, indicator.target);
    let value = with_unit(language, indicator, whole.estimate, decimals);
    let mut sentence = text_with(
        language,
        "results.sentence",
        &[("title", title), ("value", &value)],
    );
    if let Some(verdict) = whole.verdict {
        let key = match verdict {
            Verdict::Met => "results.sentence_met",
            Verdict::NotMet => "results.sentence_not_met",
            Verdict::Inconclusive => "results.sentence_inconclusive",
            Verdict::Suppressed => "results.sentence_suppressed_verdict",
        };
        sentence.push_str(&text(language, key));
    }
    if let Some(change) = &indicator.change {
        let key = match change.conclusion {
            ChangeConclusion::Rose => "results.sentence_rose",
            ChangeConclusion::Fell => "results.sentence_fell",
            ChangeConclusion::NoSignificantChange => "results.sentence_steady",
        };
        let size = number::difference(language, indicator.kind, change.difference.abs());
        let size = size.trim_start_matches('+').to_owned();
        sentence.push_str(&text_with(
            language,
            key,
            &[("size", &size), ("wave", wave(&change.previous))],
        ));
    }
    sentence.push_str(&text(language, "results.stop"));
    sentence
}

/// The big figure with its interval, its target and its verdict.
pub fn headline(language: Language, indicator: &IndicatorFigures) -> Markup {
    let whole = &indicator.whole;
    let suppressed = whole.presentation == Presentation::Suppress;
    let decimals = number::headline_decimals(whole, indicator.target);
    html! {
        section.headline {
            h2 { (indicator.title.get(language.code())) }
            p.figure {
                @if suppressed { "*" } @else { (number::value(indicator.kind, whole.estimate, decimals)) }
                @if indicator.kind == IndicatorKind::Mean { span.unit { " " (indicator.unit.get(language.code())) } }
            }
            (verdict(language, whole.verdict))
            p { (sentence(language, indicator)) }
            @if !suppressed {
                p.soft { (text(language, "results.interval")) " " (number::interval(indicator.kind, whole, 1)) (reason(language, indicator)) }
                (line(language, indicator))
            }
        }
    }
}

/// One line for a card.
pub fn brief(language: Language, indicator: &IndicatorFigures) -> Markup {
    let decimals = number::headline_decimals(&indicator.whole, indicator.target);
    html! {
        p.brief {
            span { (indicator.title.get(language.code())) }
            strong { (number::shown(indicator.kind, &indicator.whole, decimals)) }
            (verdict(language, indicator.whole.verdict))
        }
    }
}

/// Why the verdict is what it is.
fn reason(language: Language, indicator: &IndicatorFigures) -> Markup {
    let target = match indicator.target {
        Some(Target::AtLeast(line)) => text_with(
            language,
            "results.target",
            &[("line", &number::value(indicator.kind, line, 0))],
        ),
        Some(Target::BelowPreviousWave) => text(language, "results.target_below"),
        None => String::new(),
    };
    let national = indicator.national_line.map(|line| {
        text_with(
            language,
            "results.national",
            &[("line", &number::value(indicator.kind, line, 0))],
        )
    });
    html! {
        @if !target.is_empty() { " · " (target) }
        @if let Some(national) = national { " · " (national) }
    }
}

fn verdict(language: Language, verdict: Option<Verdict>) -> Markup {
    let Some(verdict) = verdict else { return html! {} };
    let key = number::verdict_key(verdict);
    let shape = match verdict {
        Verdict::Met => "✓",
        Verdict::NotMet => "✗",
        Verdict::Inconclusive => "≈",
        Verdict::Suppressed => "*",
    };
    html! { p.verdict.{ (key) } { span aria-hidden="true" { (shape) } " " (text(language, &format!("results.verdict_{key}"))) } }
}

/// The estimate, its interval and the target on one axis.
fn line(language: Language, indicator: &IndicatorFigures) -> Markup {
    let whole = &indicator.whole;
    let rows = vec![dot(indicator.kind, String::new(), whole, true)];
    chart::dots(&chart_of(
        language,
        indicator,
        indicator.title.get(language.code()),
        &sentence(language, indicator),
        rows,
    ))
}

/// Everything behind a headline.
pub fn section(language: Language, indicator: &IndicatorFigures, figures: &Figures) -> Markup {
    let own = language.code();
    html! {
        section.indicator id=(indicator.code) {
            h2 { (indicator.title.get(own)) }
            @for table in indicator.domains.iter().filter(|table| table.dimension == "county") { (counties(language, indicator, table)) }
            (modes(language, indicator))
            (sections(language, indicator))
            (trend(language, indicator))
            @for table in indicator.domains.iter().filter(|table| table.dimension != "county" && table.dimension != "mode") {
                (figure(language, indicator, table.title.get(own), &rows_of(language, indicator, table, false), None))
            }
            @if let Some(unweighted) = indicator.unweighted {
                @if figures.weighting.is_some() {
                    p.note { (text_with(language, "results.unweighted_note", &[
                        ("raw", &number::value(indicator.kind, unweighted, 2)),
                        ("weighted", &number::value(indicator.kind, indicator.whole.estimate, 2)),
                    ])) }
                }
            }
        }
    }
}

/// A label and its estimate.
struct Row<'a> {
    label: String,
    estimate: &'a Estimate,
}

fn rows_of<'a>(
    language: Language,
    indicator: &IndicatorFigures,
    table: &'a DomainTable,
    sorted: bool,
) -> Vec<Row<'a>> {
    let mut rows: Vec<Row<'_>> = table
        .rows
        .iter()
        .map(|row| Row {
            label: row.label.get(language.code()).to_owned(),
            estimate: &row.estimate,
        })
        .collect();
    if sorted {
        let falling = indicator.kind != IndicatorKind::Mean;
        rows.sort_by(|a, b| {
            let order = a.estimate.estimate.total_cmp(&b.estimate.estimate);
            if falling { order.reverse() } else { order }
        });
    }
    rows
}

/// Counties, sorted, with intervals, and the tile map.
fn counties(language: Language, indicator: &IndicatorFigures, table: &DomainTable) -> Markup {
    let rows = rows_of(language, indicator, table, true);
    let shown: Vec<&Row<'_>> = rows
        .iter()
        .filter(|row| row.estimate.presentation != Presentation::Suppress)
        .collect();
    let finding = match (shown.first(), shown.last()) {
        (Some(first), Some(last)) if shown.len() > 1 => {
            let apart =
                first.estimate.lower > last.estimate.upper || first.estimate.upper < last.estimate.lower;
            let key = if apart {
                "results.counties_differ"
            } else {
                "results.counties_alike"
            };
            text_with(
                language,
                key,
                &[
                    ("first", &first.label),
                    ("first_value", &number::shown(indicator.kind, first.estimate, 1)),
                    ("last", &last.label),
                    ("last_value", &number::shown(indicator.kind, last.estimate, 1)),
                ],
            )
        }
        _ => text(language, "results.counties_few"),
    };
    let title = text(language, "results.by_county");
    html! {
        div.pair {
            (figure(language, indicator, &title, &rows, Some(&finding)))
            (map(language, indicator, table, &finding))
        }
    }
}

fn map(language: Language, indicator: &IndicatorFigures, table: &DomainTable, finding: &str) -> Markup {
    let values: Vec<f64> = table
        .rows
        .iter()
        .filter(|row| row.estimate.presentation != Presentation::Suppress)
        .map(|row| row.estimate.estimate)
        .collect();
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let shade = |estimate: &Estimate| {
        if estimate.presentation == Presentation::Suppress {
            return None;
        }
        let place = if high > low {
            (estimate.estimate - low) / (high - low)
        } else {
            0.5
        };
        [0.2, 0.4, 0.6, 0.8]
            .iter()
            .map(|step| u8::from(place > *step))
            .reduce(|sum, step| sum + step)
    };
    let tiles: Vec<Tile> = table
        .rows
        .iter()
        .filter_map(|row| {
            Some(Tile {
                label: row.label.get(language.code()).to_owned(),
                place: row.grid?,
                shown: number::shown(indicator.kind, &row.estimate, 1),
                shade: shade(&row.estimate),
            })
        })
        .collect();
    html! {
        @if tiles.len() > 1 {
            @let title = text(language, "results.map");
            figure.map {
                figcaption { strong { (title) } br; span.soft { (text(language, "results.map_note")) } }
                (chart::tiles(&Words { title: &title, finding }, &tiles))
            }
        }
    }
}

fn modes(language: Language, indicator: &IndicatorFigures) -> Markup {
    let Some(modes) = &indicator.modes else {
        return html! {};
    };
    let rows = [
        Row {
            label: text(language, "results.mode_part_onsite"),
            estimate: &modes.onsite,
        },
        Row {
            label: text(language, "results.mode_part_online"),
            estimate: &modes.online,
        },
        Row {
            label: text(language, "results.mode_part_both"),
            estimate: &indicator.whole,
        },
    ];
    let key = if modes.p_value < 0.05 {
        "results.modes_differ"
    } else {
        "results.modes_alike"
    };
    let finding = text_with(
        language,
        key,
        &[
            (
                "size",
                &number::difference(language, indicator.kind, modes.difference),
            ),
            (
                "lower",
                &number::difference(language, indicator.kind, modes.interval.0),
            ),
            (
                "upper",
                &number::difference(language, indicator.kind, modes.interval.1),
            ),
            ("p", &number::p_value(modes.p_value)),
        ],
    );
    figure(
        language,
        indicator,
        &text(language, "results.by_mode"),
        &rows,
        Some(&finding),
    )
}

fn sections(language: Language, indicator: &IndicatorFigures) -> Markup {
    let own = language.code();
    if indicator.sections.is_empty() {
        return html! {};
    }
    let rows: Vec<Row<'_>> = indicator
        .sections
        .iter()
        .map(|section| Row {
            label: section.title.get(own).to_owned(),
            estimate: &section.estimate,
        })
        .collect();
    let title = text(
        language,
        if indicator.kind == IndicatorKind::Share {
            "results.by_section"
        } else {
            "results.by_item"
        },
    );
    html! {
        @if indicator.kind == IndicatorKind::Ratio { } @else { (figure(language, indicator, &title, &rows, None)) }
        @for section in &indicator.sections {
            @if section.items.len() > 1 {
                @let bars: Vec<Bar> = section.items.iter().filter(|item| item.distribution.len() > 2).map(|item| bar(language, indicator, item)).collect();
                @if bars.is_empty() {
                    @let rows: Vec<Row<'_>> = section.items.iter().map(|item| Row { label: item.text.get(own).to_owned(), estimate: &item.estimate }).collect();
                    (figure(language, indicator, section.title.get(own), &rows, None))
                } @else {
                    (likert(language, indicator, section.title.get(own), &section.items, &bars))
                }
            }
        }
    }
}

fn bar(language: Language, indicator: &IndicatorFigures, item: &ItemFigures) -> Bar {
    let suppressed = item.estimate.presentation == Presentation::Suppress;
    Bar {
        label: item.text.get(language.code()).to_owned(),
        shares: if suppressed {
            Vec::new()
        } else {
            item.distribution.iter().map(|(_, _, share)| *share).collect()
        },
        shown: number::shown(indicator.kind, &item.estimate, 1),
    }
}

fn likert(
    language: Language,
    indicator: &IndicatorFigures,
    title: &str,
    items: &[ItemFigures],
    bars: &[Bar],
) -> Markup {
    let own = language.code();
    let labels: Vec<&str> = items
        .first()
        .into_iter()
        .flat_map(|item| &item.distribution)
        .map(|(_, label, _)| label.get(own))
        .collect();
    let finding = text(language, "results.likert_finding");
    html! {
        figure {
            figcaption { strong { (title) } }
            ul.legend { @for (place, label) in labels.iter().enumerate() { li { span class={ "key s" (place) } {} (label) } } }
            (chart::stacked(&Words { title, finding: &finding }, bars))
            details {
                summary { (text(language, "results.table")) }
                div.scroll { table {
                    caption { (title) }
                    thead { tr {
                        th scope="col" { (text(language, "results.item")) }
                        @for label in &labels { th scope="col" { (label) } }
                        th scope="col" { (text(language, "results.counted")) }
                        th scope="col" { (text(language, "results.interval")) }
                        th scope="col" { "n" }
                        th scope="col" { (text(language, "results.unknown")) }
                    } }
                    tbody { @for item in items { tr {
                        @let suppressed = item.estimate.presentation == Presentation::Suppress;
                        th scope="row" { (item.text.get(own)) }
                        @for (_, _, share) in &item.distribution { td { @if suppressed { "*" } @else { (number::fixed(share * 100.0, 1)) "%" } } }
                        td { (number::shown(indicator.kind, &item.estimate, 2)) }
                        td { (number::interval(indicator.kind, &item.estimate, 1)) }
                        td { @if suppressed { "*" } @else { (number::count(item.estimate.n)) } }
                        td { @if suppressed { "*" } @else { (number::count(item.n_missing)) } }
                    } } }
                } }
            }
        }
    }
}

fn trend(language: Language, indicator: &IndicatorFigures) -> Markup {
    let Some(change) = &indicator.change else {
        return html! {};
    };
    let rows: Vec<Row<'_>> = indicator
        .trend
        .iter()
        .map(|(wave, estimate)| Row {
            label: wave.clone(),
            estimate,
        })
        .collect();
    let key = match change.conclusion {
        ChangeConclusion::Rose => "results.change_rose",
        ChangeConclusion::Fell => "results.change_fell",
        ChangeConclusion::NoSignificantChange => "results.change_steady",
    };
    let finding = text_with(
        language,
        key,
        &[
            ("wave", wave(&change.previous)),
            (
                "size",
                &number::difference(language, indicator.kind, change.difference),
            ),
            (
                "lower",
                &number::difference(language, indicator.kind, change.interval.0),
            ),
            (
                "upper",
                &number::difference(language, indicator.kind, change.interval.1),
            ),
            ("p", &number::p_value(change.p_value)),
            ("relative", &number::fixed(change.relative.0 * 100.0, 1)),
        ],
    );
    figure(
        language,
        indicator,
        &text(language, "results.trend"),
        &rows,
        Some(&finding),
    )
}

/// Other readings of the same answers, shown beside and never judged.
pub fn references(language: Language, figures: &Figures) -> Markup {
    let others: Vec<&IndicatorFigures> = figures
        .indicators
        .iter()
        .filter(|indicator| indicator.number.is_none())
        .collect();
    html! {
        @if !others.is_empty() && figures.indicators.len() > others.len() {
            section {
                h2 { (text(language, "results.references")) }
                p.soft { (text(language, "results.references_note")) }
                div.scroll { table {
                    thead { tr {
                        th scope="col" { (text(language, "results.reading")) } th scope="col" { (text(language, "results.estimate")) }
                        th scope="col" { (text(language, "results.interval")) } th scope="col" { "n" }
                    } }
                    tbody { @for other in others { tr {
                        th scope="row" { (other.title.get(language.code())) }
                        td { (number::shown(other.kind, &other.whole, 2)) }
                        td { (number::interval(other.kind, &other.whole, 1)) }
                        td { (number::count(other.whole.n)) }
                    } } }
                } }
            }
        }
    }
}

/// A chart of points with the table behind it.
fn figure(
    language: Language,
    indicator: &IndicatorFigures,
    title: &str,
    rows: &[Row<'_>],
    finding: Option<&str>,
) -> Markup {
    let dots = rows
        .iter()
        .map(|row| dot(indicator.kind, row.label.clone(), row.estimate, false))
        .collect();
    let words = finding.map_or_else(
        || text_with(language, "results.chart_of", &[("title", title)]),
        str::to_owned,
    );
    html! {
        figure {
            figcaption { strong { (title) } @if let Some(finding) = finding { br; span.soft { (finding) } } }
            (chart::dots(&chart_of(language, indicator, title, &words, dots)))
            details {
                summary { (text(language, "results.table")) }
                div.scroll { table {
                    caption { (title) }
                    thead { tr {
                        th scope="col" { (text(language, "results.group")) } th scope="col" { (text(language, "results.estimate")) }
                        th scope="col" { (text(language, "results.lower")) } th scope="col" { (text(language, "results.upper")) }
                        th scope="col" { "n" } th scope="col" { (text(language, "results.deff")) } th scope="col" { (text(language, "results.verdict")) }
                    } }
                    tbody { @for row in rows { (table_row(language, indicator, row)) } }
                } }
            }
        }
    }
}

fn table_row(language: Language, indicator: &IndicatorFigures, row: &Row<'_>) -> Markup {
    let estimate = row.estimate;
    let suppressed = estimate.presentation == Presentation::Suppress;
    let bound = |value: f64| {
        if suppressed {
            "*".to_owned()
        } else {
            number::value(indicator.kind, value, 2)
        }
    };
    html! {
        tr {
            th scope="row" { (row.label) }
            td { (number::shown(indicator.kind, estimate, 2)) }
            td { (bound(estimate.lower)) }
            td { (bound(estimate.upper)) }
            td { @if suppressed { "*" } @else { (number::count(estimate.n)) } }
            td { @if let (Some(deff), false) = (estimate.design_effect, suppressed) { (number::fixed(deff, 2)) } }
            td { @if let Some(verdict) = estimate.verdict { (text(language, &format!("results.verdict_{}", number::verdict_key(verdict)))) } }
        }
    }
}

fn dot(kind: IndicatorKind, label: String, estimate: &Estimate, strong: bool) -> Dot {
    let suppressed = estimate.presentation == Presentation::Suppress;
    Dot {
        label,
        place: (!suppressed).then_some((estimate.estimate, estimate.lower, estimate.upper)),
        shown: number::shown(kind, estimate, 1),
        strong,
    }
}

/// The axis: from below the lowest bound to above the highest, in round steps, with the target in sight.
fn chart_of<'a>(
    language: Language,
    indicator: &IndicatorFigures,
    title: &'a str,
    finding: &'a str,
    rows: Vec<Dot>,
) -> Dots<'a> {
    let target = match indicator.target {
        Some(Target::AtLeast(line)) => Some((
            line,
            text_with(
                language,
                "results.target_short",
                &[("line", &number::value(indicator.kind, line, 0))],
            ),
        )),
        _ => None,
    };
    let places = rows
        .iter()
        .filter_map(|row| row.place)
        .flat_map(|(_, lower, upper)| [lower, upper]);
    let places = places.chain(target.iter().map(|(line, _)| *line));
    let (low, high) = places.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), place| {
        (low.min(place), high.max(place))
    });
    let (low, high) = if low.is_finite() { (low, high) } else { (0.0, 1.0) };
    let raw = ((high - low) / 4.0).max(1e-9);
    let power = 10_f64.powf(raw.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0]
        .iter()
        .map(|factor| factor * power)
        .find(|step| *step >= raw)
        .unwrap_or(raw);
    let mut start = (low / step).floor() * step;
    let mut end = (high / step).ceil() * step;
    if indicator.kind != IndicatorKind::Mean {
        start = start.max(0.0);
        end = end.min(1.0);
    }
    let steps = ((end - start) / step).round();
    let decimals = if indicator.kind == IndicatorKind::Mean {
        usize::from(step < 1.0)
    } else {
        usize::from(step < 0.01)
    };
    let mut ticks = Vec::new();
    let mut place = start;
    while place <= end + step / 2.0 && ticks.len() < 12 && steps > 0.0 {
        ticks.push((place, number::value(indicator.kind, place, decimals)));
        place += step;
    }
    Dots {
        words: Words { title, finding },
        rows,
        target,
        range: (start, end),
        ticks,
    }
}

fn with_unit(language: Language, indicator: &IndicatorFigures, value: f64, decimals: usize) -> String {
    let number = number::value(indicator.kind, value, decimals);
    match indicator.unit.get(language.code()) {
        "" => number,
        unit => format!("{number} {unit}"),
    }
}

/// `2025` of `satisfaction-2025`.
fn wave(survey: &str) -> &str {
    survey.rsplit_once('-').map_or(survey, |(_, wave)| wave)
}
