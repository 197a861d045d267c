//! An indicator by mode, by group of people, and against the wave before.

use maud::{Markup, html};

use super::figure::{
    self, Frame, Style, Table, bounds, caption, chart, estimates, figure, lines, row, ticks,
    verdict_key,
};
use super::finding::{change_clause, change_is_shown, suppressed};
use super::number;
use super::sheet::{Sheet, wave};
use crate::pages::chart::{self as charts, Axis, Group, Trend, Wave, Words};
use crate::release::change::differing;
use crate::release::figures::{DomainTable, Estimate, IndicatorFigures};
use crate::survey::plan::IndicatorKind;

/// On site, online and both, and whether the two differ.
pub fn modes(sheet: &Sheet<'_>, indicator: &IndicatorFigures) -> Markup {
    let Some(modes) = &indicator.modes else {
        return html! {};
    };
    let rows = [
        (sheet.say("mode_part_onsite"), &modes.onsite),
        (sheet.say("mode_part_online"), &modes.online),
        (sheet.say("mode_part_both"), &indicator.whole),
    ];
    let hidden =
        suppressed(&modes.onsite) || suppressed(&modes.online) || !modes.p_value.is_finite();
    let (headline, notes) = if hidden {
        (sheet.say("modes_hidden"), Vec::new())
    } else {
        let key = match (modes.p_value < 0.05, modes.difference > 0.0) {
            (false, _) => "modes_alike",
            (true, true) => "modes_higher",
            (true, false) => "modes_lower",
        };
        let unit = sheet.own(&indicator.unit);
        let size = number::amount(sheet.language, indicator.kind, unit, modes.difference.abs());
        let note = sheet.fill(
            "modes_test",
            &[
                ("size", &sheet.difference(indicator, modes.difference)),
                (
                    "interval",
                    &sheet.difference_interval(indicator, modes.interval),
                ),
                ("p", &number::p_value(modes.p_value)),
            ],
        );
        (
            sheet.fill(key, &[("size", &size)]),
            vec![note, sheet.say("modes_note")],
        )
    };
    let topic = sheet.say("by_mode");
    let style = Style::points(rows.iter().map(|(_, estimate)| *estimate));
    let mut drawn: Vec<charts::Row> = rows
        .iter()
        .map(|(label, estimate)| row(indicator, label, estimate, style))
        .collect();
    if let Some(both) = drawn.last_mut() {
        both.strong = true;
    }
    let group = Group {
        heading: String::new(),
        rows: drawn,
    };
    let words = Words {
        title: &topic,
        finding: &headline,
    };
    figure(
        sheet,
        &Frame {
            chart: chart(sheet, indicator, words, vec![group], style),
            key: verdict_key(sheet, style, rows.iter().map(|(_, estimate)| *estimate)),
            aside: html! {},
            table: estimates(
                sheet,
                indicator,
                caption(sheet, indicator, &topic),
                sheet.say("mode"),
                rows.iter()
                    .map(|(label, estimate)| (label.clone(), *estimate)),
            ),
            headline,
            notes,
            topic,
        },
    )
}

/// Sex, age, education and the like on one axis, with the dimensions that show differences named.
pub fn people(sheet: &Sheet<'_>, indicator: &IndicatorFigures) -> Markup {
    let tables: Vec<&DomainTable> = indicator
        .domains
        .iter()
        .filter(|table| {
            !["county", "mode"].contains(&table.dimension.as_str()) && table.rows.len() > 1
        })
        .collect();
    if tables.is_empty() {
        return html! {};
    }
    let differs = |table: &DomainTable| {
        let estimates: Vec<&Estimate> = table.rows.iter().map(|row| &row.estimate).collect();
        !differing(&estimates).is_empty()
    };
    let names = |wanted: bool| -> Vec<&str> {
        tables
            .iter()
            .filter(|table| differs(table) == wanted)
            .map(|table| sheet.own(&table.title))
            .collect()
    };
    let (apart, alike) = (names(true), names(false));
    let values = [
        ("apart", &sheet.list(&apart)),
        ("alike", &sheet.list(&alike)),
    ];
    let values = values.map(|(name, value)| (name, value.as_str()));
    let headline = match (apart.is_empty(), alike.is_empty()) {
        (true, _) => sheet.fill("people_alike", &values),
        (false, true) => sheet.fill("people_apart", &values),
        (false, false) => sheet.fill("people_partly", &values),
    };
    let topic = sheet.say("by_people");
    let all = || tables.iter().flat_map(|table| &table.rows);
    let style = Style::points(all().map(|found| &found.estimate));
    let mut notes = vec![sheet.say("people_note")];
    if style == Style::Judged {
        notes.push(sheet.say("marks_note"));
    }
    let groups = tables
        .iter()
        .map(|table| Group {
            heading: sheet.own(&table.title).to_owned(),
            rows: table
                .rows
                .iter()
                .map(|found| row(indicator, sheet.own(&found.label), &found.estimate, style))
                .collect(),
        })
        .collect();
    let labelled = tables.iter().flat_map(|table| {
        table.rows.iter().map(|found| {
            let label = sheet.fill(
                "group_of",
                &[
                    ("dimension", sheet.own(&table.title)),
                    ("group", sheet.own(&found.label)),
                ],
            );
            (label, &found.estimate)
        })
    });
    let words = Words {
        title: &topic,
        finding: &headline,
    };
    figure(
        sheet,
        &Frame {
            chart: chart(sheet, indicator, words, groups, style),
            key: verdict_key(sheet, style, all().map(|found| &found.estimate)),
            aside: html! {},
            table: estimates(
                sheet,
                indicator,
                caption(sheet, indicator, &topic),
                sheet.say("group"),
                labelled,
            ),
            notes,
            headline,
            topic,
        },
    )
}

/// Against the wave before, with the test in words.
pub fn trend(sheet: &Sheet<'_>, indicator: &IndicatorFigures) -> Markup {
    let Some(change) = &indicator.change else {
        return html! {};
    };
    let shown = change_is_shown(indicator);
    let headline = change_clause(sheet, indicator).map_or_else(
        || sheet.say("change_hidden"),
        |clause| {
            let title = sheet.own(&indicator.title);
            sheet.fill("change_headline", &[("title", title), ("change", &clause)])
        },
    );
    let mut notes = Vec::new();
    if shown {
        notes.push(sheet.fill(
            "change_test",
            &[
                ("wave", wave(&change.previous)),
                ("size", &sheet.difference(indicator, change.difference)),
                (
                    "interval",
                    &sheet.difference_interval(indicator, change.interval),
                ),
                ("p", &number::p_value(change.p_value)),
                ("relative", &signed_percent(change.relative.0)),
            ],
        ));
    }
    let decimals = 1;
    let waves: Vec<Wave> = indicator
        .trend
        .iter()
        .map(|(label, estimate)| Wave {
            label: label.clone(),
            place: (!suppressed(estimate)).then_some((
                estimate.lower,
                estimate.estimate,
                estimate.upper,
            )),
            shown: number::shown(
                indicator.kind,
                estimate,
                number::line(indicator.target),
                decimals,
            ),
        })
        .collect();
    let lines = lines(sheet, indicator, false);
    let values = waves
        .iter()
        .filter_map(|wave| wave.place)
        .flat_map(|(lower, _, upper)| [lower, upper]);
    let axis = Axis::around(
        values.chain(lines.iter().map(|line| line.place)),
        bounds(indicator.kind),
    );
    let topic = sheet.say("trend");
    let drawn = charts::trend(&Trend {
        words: Words {
            title: &topic,
            finding: &headline,
        },
        ticks: ticks(indicator.kind, &axis),
        waves,
        lines,
        axis,
    });
    figure(
        sheet,
        &Frame {
            chart: drawn,
            key: html! {},
            aside: html! {},
            table: estimates(
                sheet,
                indicator,
                caption(sheet, indicator, &topic),
                sheet.say("wave"),
                indicator
                    .trend
                    .iter()
                    .map(|(label, estimate)| (label.clone(), estimate)),
            ),
            headline,
            notes,
            topic,
        },
    )
}

fn signed_percent(share: f64) -> String {
    let sign = if share > 0.0 { "+" } else { "" };
    format!("{sign}{}%", number::fixed(share * 100.0, 1))
}

/// Other readings of the same answers, shown beside and never judged.
pub fn references(sheet: &Sheet<'_>) -> Markup {
    let indicators = &sheet.figures.indicators;
    let others: Vec<&IndicatorFigures> = indicators
        .iter()
        .filter(|indicator| indicator.number.is_none())
        .collect();
    if others.is_empty() || others.len() == indicators.len() {
        return html! {};
    }
    let cells = |other: &IndicatorFigures| {
        let n = if suppressed(&other.whole) {
            "*".to_owned()
        } else {
            number::count(other.whole.n)
        };
        let unit = if other.kind == IndicatorKind::Mean {
            sheet.own(&other.unit).to_owned()
        } else {
            String::new()
        };
        let mut shown = number::shown(other.kind, &other.whole, None, 2);
        if !unit.is_empty() {
            shown = format!("{shown} {unit}");
        }
        let change = change_clause(sheet, other).unwrap_or_default();
        vec![
            shown,
            number::interval(other.kind, &other.whole, 2),
            n,
            change,
        ]
    };
    let table = Table {
        caption: sheet.say("references_note"),
        head: ["reading", "estimate", "interval"]
            .iter()
            .map(|key| sheet.say(key))
            .chain(["n".to_owned(), sheet.say("change")])
            .collect(),
        rows: others
            .iter()
            .map(|other| (sheet.own(&other.title).to_owned(), cells(other)))
            .collect(),
    };
    html! { section.plain #references { h2 { (sheet.say("references")) } (figure::table(&table)) } }
}
