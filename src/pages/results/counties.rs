//! An indicator by county: best first, what the order says, and the tile map.

use std::cmp::Ordering;

use maud::{Markup, html};

use super::comparison::{Compared, Comparison, Style, comparison};
use super::figure::{basis_of, bounds, figure};
use super::frame::{Frame, Table};
use super::number;
use super::table::caption;
use super::view::View;
use crate::disclosure::Disclosed;
use crate::estimation::{Estimate, Verdict};
use crate::pages::chart::{Axis, Drawing, Tile};
use crate::release::change::differing;
use crate::release::figures::{DomainRow, DomainTable, IndicatorFigures};
use crate::survey::plan::Target;

/// The figure of the counties, with what may be concluded from their order.
pub fn section(view: &View<'_>, indicator: &IndicatorFigures, table: &DomainTable) -> Markup {
    let rows = best_first(indicator, table);
    let findings = ranking(view, indicator, &rows);
    let spoken = findings.join(&view.text("space"));
    let topic = view.translated(&table.title);
    let style = Style::points(rows.iter().map(|row| &row.estimate));
    let mut findings = findings.into_iter();
    let headline = findings.next().unwrap_or_default();
    let mut notes: Vec<String> = findings.collect();
    if style == Style::Judged {
        notes.push(view.text("marks_note"));
    }
    let rows = rows.iter();
    let rows = rows.map(|row| (view.translated(&row.label).to_owned(), &row.estimate));
    let sorted = comparison(
        view,
        indicator,
        Comparison {
            topic: topic.to_owned(),
            headline: headline.clone(),
            notes,
            spoken: spoken.clone(),
            groups: vec![Compared {
                heading: String::new(),
                rows: rows.collect(),
            }],
            column: topic.to_owned(),
            style,
            basis: basis_of(view, indicator, "reading_counties"),
            is_narrow: false,
        },
    );
    html! { (sorted) (map(view, indicator, table, (headline, spoken))) }
}

/// The first finding about the counties; `None` without a table of counties.
pub fn first_finding(view: &View<'_>, indicator: &IndicatorFigures) -> Option<String> {
    let mut tables = indicator.domains.iter();
    let table = tables.find(|table| table.dimension == "county" && table.rows.len() > 1)?;
    let rows = best_first(indicator, table);
    ranking(view, indicator, &rows).into_iter().next()
}

/// The best first: the highest, or the lowest where less is better. Suppressed ones are last.
fn best_first<'a>(indicator: &IndicatorFigures, table: &'a DomainTable) -> Vec<&'a DomainRow> {
    let mut rows: Vec<&DomainRow> = table.rows.iter().collect();
    let less = indicator.target == Some(Target::BelowPreviousWave);
    rows.sort_by(|a, b| match (a.estimate.shown(), b.estimate.shown()) {
        (Some(x), Some(y)) if less => x.estimate.total_cmp(&y.estimate),
        (Some(x), Some(y)) => y.estimate.total_cmp(&x.estimate),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => a.level.cmp(&b.level),
    });
    rows
}

/// What the order says: who differs from whom, and how many reach the target.
fn ranking(view: &View<'_>, indicator: &IndicatorFigures, rows: &[&DomainRow]) -> Vec<String> {
    let shown: Vec<(&DomainRow, &Estimate)> = rows
        .iter()
        .filter_map(|row| Some((*row, row.estimate.shown()?)))
        .collect();
    let (Some(first), Some(last)) = (shown.first(), shown.last()) else {
        return vec![view.text("groups_none")];
    };
    if shown.len() < 2 {
        return vec![view.text("groups_few")];
    }
    let pairs = differing(
        &shown
            .iter()
            .map(|(row, _)| &row.estimate)
            .collect::<Vec<_>>(),
    );
    let value = |row: &DomainRow| {
        number::shown(
            indicator.kind,
            &row.estimate,
            number::target_line(indicator.target),
            1,
        )
    };
    let rises = first.1.estimate < last.1.estimate;
    let ((high, _), (low, _)) = if rises { (last, first) } else { (first, last) };
    let key = if pairs.is_empty() {
        "groups_alike"
    } else if pairs.contains(&(0, shown.len() - 1)) {
        "groups_apart"
    } else {
        "groups_partly"
    };
    let mut findings = vec![view.text_with(
        key,
        &[
            ("first", view.translated(&high.label)),
            ("first_value", &value(high)),
            ("last", view.translated(&low.label)),
            ("last_value", &value(low)),
        ],
    )];
    if !pairs.is_empty() {
        findings.push(neighbours(view, &shown, &pairs));
    }
    findings.extend(reached(view, rows));
    findings
}

/// Which counties differ from the next in the order, if any.
fn neighbours(
    view: &View<'_>,
    shown: &[(&DomainRow, &Estimate)],
    pairs: &[(usize, usize)],
) -> String {
    let names: Vec<String> = shown
        .iter()
        .zip(shown.iter().skip(1))
        .enumerate()
        .filter(|(index, _)| pairs.contains(&(*index, index + 1)))
        .map(|(_, ((before, _), (after, _)))| {
            view.text_with(
                "pair",
                &[
                    ("first", view.translated(&before.label)),
                    ("last", view.translated(&after.label)),
                ],
            )
        })
        .collect();
    if names.is_empty() {
        return view.text("neighbours_alike");
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    view.text_with("neighbours_differ", &[("pairs", &view.list(&names))])
}

/// How many groups reach the target, miss it, or cannot be judged.
fn reached(view: &View<'_>, rows: &[&DomainRow]) -> Option<String> {
    let count = |verdict: Verdict| {
        rows.iter()
            .filter(|row| row.estimate.verdict() == Some(verdict))
            .count()
    };
    let verdicts = [
        Verdict::Met,
        Verdict::NotMet,
        Verdict::Inconclusive,
        Verdict::Suppressed,
    ];
    let judged = verdicts.iter().take(3).any(|verdict| count(*verdict) > 0);
    let counts: Vec<String> = verdicts
        .into_iter()
        .filter(|verdict| count(*verdict) > 0)
        .map(|verdict| {
            let key = format!("reached_{}", number::verdict_key(verdict));
            view.text_with(&key, &[("n", &count(verdict).to_string())])
        })
        .collect();
    let counts: Vec<&str> = counts.iter().map(String::as_str).collect();
    let of = rows.len().to_string();
    judged.then(|| view.text_with("reached", &[("of", &of), ("counts", &view.list(&counts))]))
}

/// The tile map; nothing if fewer than two counties have a place on it.
fn map(
    view: &View<'_>,
    indicator: &IndicatorFigures,
    table: &DomainTable,
    (headline, spoken): (String, String),
) -> Markup {
    let shown = table.rows.iter().filter_map(|row| row.estimate.shown());
    let values = shown.map(|estimate| estimate.estimate);
    let axis = Axis::around(values, bounds(indicator.kind));
    let line = number::target_line(indicator.target);
    let printed = |row: &DomainRow| view.shown(indicator.kind, &row.estimate, line, 1);
    let placed: Vec<(&DomainRow, (u16, u16))> = table
        .rows
        .iter()
        .filter_map(|row| Some((row, row.grid?)))
        .collect();
    if placed.len() < 2 {
        return html! {};
    }
    let tiles = placed.iter().map(|(row, place)| Tile {
        label: view.translated(&row.label).to_owned(),
        place: *place,
        shown: printed(row),
        shade: shade(&axis, &row.estimate),
    });
    let topic = view.text_with("map", &[("topic", view.translated(&table.title))]);
    let low = number::threshold(indicator.kind, axis.low);
    let high = number::threshold(indicator.kind, axis.high);
    let rows = placed.iter();
    let rows = rows.map(|(row, _)| (view.translated(&row.label).to_owned(), vec![printed(row)]));
    let data = Table {
        caption: caption(view, indicator, &topic),
        head: vec![
            view.translated(&table.title).to_owned(),
            view.text("estimate"),
        ],
        rows: rows.collect(),
    };
    figure(
        view,
        Frame {
            headline,
            spoken,
            notes: vec![view.text_with("map_note", &[("low", &low), ("high", &high)])],
            drawing: Drawing::Tiles(tiles.collect()),
            legend: Vec::new(),
            table: data,
            basis: basis_of(view, indicator, "reading_map"),
            topic,
        },
    )
}

/// The shade of a tile, from 0 (low) to 4 (high); `None` if suppressed.
fn shade(axis: &Axis, figure: &Disclosed) -> Option<usize> {
    let position = axis.position(figure.shown()?.estimate);
    let steps = [0.2, 0.4, 0.6, 0.8].iter();
    Some(steps.filter(|step| position > **step).count())
}
