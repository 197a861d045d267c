//! An indicator by county: best first, with what may be read from the order, and the tile map.

use maud::{Markup, html};

use super::figure::{Frame, Style, bounds, caption, chart, estimates, figure, row, verdict_key};
use super::finding::suppressed;
use super::number;
use super::sheet::Sheet;
use crate::pages::chart::{self as charts, Axis, Group, Tile, Words};
use crate::release::change::differing;
use crate::release::figures::{DomainRow, DomainTable, Estimate, IndicatorFigures, Verdict};
use crate::survey::plan::Target;

/// Counties, best first, with intervals and the tile map; says which neighbours in the order do not differ.
pub fn section(sheet: &Sheet<'_>, indicator: &IndicatorFigures, table: &DomainTable) -> Markup {
    let rows = best_first(indicator, table);
    let findings = ranking(sheet, indicator, &rows);
    let topic = sheet.own(&table.title);
    let style = Style::points(rows.iter().map(|found| &found.estimate));
    let group = Group {
        heading: String::new(),
        rows: rows
            .iter()
            .map(|found| row(indicator, sheet.own(&found.label), &found.estimate, style))
            .collect(),
    };
    let all = findings.join(&sheet.say("space"));
    let words = Words {
        title: topic,
        finding: &all,
    };
    let mut notes = findings.clone();
    if style == Style::Judged {
        notes.push(sheet.say("marks_note"));
    }
    let headline = if notes.is_empty() {
        String::new()
    } else {
        notes.remove(0)
    };
    figure(
        sheet,
        &Frame {
            topic: topic.to_owned(),
            headline,
            notes,
            chart: chart(sheet, indicator, words, vec![group], style),
            key: verdict_key(sheet, style, rows.iter().map(|found| &found.estimate)),
            aside: map(sheet, indicator, table, &all),
            table: estimates(
                sheet,
                indicator,
                caption(sheet, indicator, topic),
                topic.to_owned(),
                rows.iter()
                    .map(|found| (sheet.own(&found.label).to_owned(), &found.estimate)),
            ),
        },
    )
}

/// The highest first, or the lowest where less is better; suppressed ones last.
fn best_first<'a>(indicator: &IndicatorFigures, table: &'a DomainTable) -> Vec<&'a DomainRow> {
    let mut rows: Vec<&DomainRow> = table.rows.iter().collect();
    let less = indicator.target == Some(Target::BelowPreviousWave);
    rows.sort_by(|a, b| {
        let order = b.estimate.estimate.total_cmp(&a.estimate.estimate);
        let order = if less { order.reverse() } else { order };
        let hidden = suppressed(&a.estimate).cmp(&suppressed(&b.estimate));
        // Among the suppressed not even the order may speak.
        if suppressed(&a.estimate) && suppressed(&b.estimate) {
            a.level.cmp(&b.level)
        } else {
            hidden.then(order)
        }
    });
    rows
}

/// What may be read from the order: who differs from whom, and how many reach the target.
fn ranking(sheet: &Sheet<'_>, indicator: &IndicatorFigures, rows: &[&DomainRow]) -> Vec<String> {
    let shown: Vec<&DomainRow> = rows
        .iter()
        .copied()
        .filter(|row| !suppressed(&row.estimate))
        .collect();
    let (Some(first), Some(last)) = (shown.first(), shown.last()) else {
        return vec![sheet.say("groups_none")];
    };
    if shown.len() < 2 {
        return vec![sheet.say("groups_few")];
    }
    let pairs = differing(&shown.iter().map(|row| &row.estimate).collect::<Vec<_>>());
    let value = |row: &DomainRow| {
        number::shown(
            indicator.kind,
            &row.estimate,
            number::line(indicator.target),
            1,
        )
    };
    let less = first.estimate.estimate < last.estimate.estimate;
    let (high, low) = if less { (last, first) } else { (first, last) };
    let key = if pairs.is_empty() {
        "groups_alike"
    } else if pairs.contains(&(0, shown.len() - 1)) {
        "groups_apart"
    } else {
        "groups_partly"
    };
    let mut findings = vec![sheet.fill(
        key,
        &[
            ("first", sheet.own(&high.label)),
            ("first_value", &value(high)),
            ("last", sheet.own(&low.label)),
            ("last_value", &value(low)),
        ],
    )];
    if !pairs.is_empty() {
        findings.push(neighbours(sheet, &shown, &pairs));
    }
    findings.extend(reached(sheet, rows));
    findings
}

/// Which neighbours in the order differ, if any.
fn neighbours(sheet: &Sheet<'_>, shown: &[&DomainRow], pairs: &[(usize, usize)]) -> String {
    let names: Vec<String> = shown
        .iter()
        .zip(shown.iter().skip(1))
        .enumerate()
        .filter(|(index, _)| pairs.contains(&(*index, index + 1)))
        .map(|(_, (before, after))| {
            sheet.fill(
                "pair",
                &[
                    ("first", sheet.own(&before.label)),
                    ("last", sheet.own(&after.label)),
                ],
            )
        })
        .collect();
    if names.is_empty() {
        return sheet.say("neighbours_alike");
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    sheet.fill("neighbours_differ", &[("pairs", &sheet.list(&names))])
}

/// How many groups reach the target, miss it, or cannot be judged.
fn reached(sheet: &Sheet<'_>, rows: &[&DomainRow]) -> Option<String> {
    let count = |verdict: Verdict| {
        rows.iter()
            .filter(|row| row.estimate.verdict == Some(verdict))
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
            sheet.fill(&key, &[("n", &count(verdict).to_string())])
        })
        .collect();
    let counts: Vec<&str> = counts.iter().map(String::as_str).collect();
    let of = rows.len().to_string();
    judged.then(|| sheet.fill("reached", &[("of", &of), ("counts", &sheet.list(&counts))]))
}

fn map(
    sheet: &Sheet<'_>,
    indicator: &IndicatorFigures,
    table: &DomainTable,
    finding: &str,
) -> Markup {
    let shown = || {
        table
            .rows
            .iter()
            .map(|row| &row.estimate)
            .filter(|estimate| !suppressed(estimate))
    };
    let axis = Axis::around(
        shown().map(|estimate| estimate.estimate),
        bounds(indicator.kind),
    );
    let shade = |estimate: &Estimate| {
        let place = (!suppressed(estimate)).then(|| axis.place(estimate.estimate))?;
        Some(
            [0.2, 0.4, 0.6, 0.8]
                .iter()
                .filter(|step| place > **step)
                .count(),
        )
    };
    let tiles: Vec<Tile> = table
        .rows
        .iter()
        .filter_map(|row| {
            Some(Tile {
                label: sheet.own(&row.label).to_owned(),
                place: row.grid?,
                shown: number::shown(
                    indicator.kind,
                    &row.estimate,
                    number::line(indicator.target),
                    1,
                ),
                shade: shade(&row.estimate),
            })
        })
        .collect();
    if tiles.len() < 2 {
        return html! {};
    }
    let title = sheet.fill("map", &[("topic", sheet.own(&table.title))]);
    html! {
        div.map {
            (charts::tiles(&Words { title: &title, finding }, &tiles))
            p.soft {
                (sheet.fill("map_note", &[
                    ("low", &number::threshold(indicator.kind, axis.low)),
                    ("high", &number::threshold(indicator.kind, axis.high)),
                ]))
            }
        }
    }
}
