//! Who answered: the sample before and after weighting, beside the census.

use maud::{Markup, html};

use super::figure::{Frame, Table, figure, key, ticks};
use super::finding::suppressed;
use super::number;
use super::sheet::Sheet;
use crate::pages::chart::{self, Axis, Group, Mark, Row, Rows, Words};
use crate::release::figures::{CompositionRow, IndicatorFigures, WeightingSummary};
use crate::survey::plan::IndicatorKind;

/// Who answered, before and after weighting, beside the census.
pub fn section(sheet: &Sheet<'_>, headlines: &[&IndicatorFigures]) -> Markup {
    let weighting = sheet.figures.weighting.as_ref();
    let Some(weighting) = weighting.filter(|weighting| !weighting.composition.is_empty()) else {
        return html! {};
    };
    let topic = sheet.say("composition");
    let (headline, notes) = in_words(sheet, weighting, headlines);
    let words = Words {
        title: &topic,
        finding: &headline,
    };
    let shares = weighting
        .composition
        .iter()
        .flat_map(|row| [row.unweighted, row.weighted, row.population]);
    let axis = Axis::around(shares.chain([0.0]), (0.0, 1.0));
    let columns = ["share_raw", "share_weighted", "share_census"].map(|key| sheet.say(key));
    let drawn = chart::rows(&Rows {
        words,
        columns: vec![sheet.say("share_change")],
        groups: groups(sheet, &weighting.composition),
        lines: Vec::new(),
        ticks: ticks(IndicatorKind::Share, &axis),
        axis,
    });
    let marks = [Mark::Ring, Mark::Disc, Mark::Stroke];
    let marks: Vec<(Mark, String)> = marks.into_iter().zip(columns.clone()).collect();
    let mut head = vec![sheet.say("group"), "n".to_owned()];
    head.extend(columns);
    let percent = |share: f64| number::value(IndicatorKind::Share, share, 2);
    let rows = weighting
        .composition
        .iter()
        .map(|row| {
            let label = sheet.fill(
                "group_of",
                &[
                    ("dimension", sheet.own(&row.dimension)),
                    ("group", sheet.own(&row.category)),
                ],
            );
            let cells = vec![
                number::count(row.n),
                percent(row.unweighted),
                percent(row.weighted),
                percent(row.population),
            ];
            (label, cells)
        })
        .collect();
    let frame = Frame {
        headline,
        notes,
        chart: drawn,
        key: key(&marks),
        aside: html! {},
        table: Table {
            caption: sheet.say("composition_note"),
            head,
            rows,
        },
        topic,
    };
    html! { section.plain #composition { h2 { (sheet.say("composition")) } (figure(sheet, &frame)) } }
}

/// The group that weighting moved most, and what weighting did to each headline.
fn in_words(
    sheet: &Sheet<'_>,
    weighting: &WeightingSummary,
    headlines: &[&IndicatorFigures],
) -> (String, Vec<String>) {
    let gap = |row: &CompositionRow| (row.unweighted - row.population).abs();
    let farthest = weighting
        .composition
        .iter()
        .max_by(|a, b| gap(a).total_cmp(&gap(b)));
    let percent = |share: f64| number::value(IndicatorKind::Share, share, 1);
    let headline = farthest.map_or_else(String::new, |row| {
        sheet.fill(
            "composition_headline",
            &[
                ("dimension", sheet.own(&row.dimension)),
                ("group", sheet.own(&row.category)),
                ("raw", &percent(row.unweighted)),
                ("census", &percent(row.population)),
                ("weighted", &percent(row.weighted)),
            ],
        )
    });
    let mut notes = vec![sheet.say("composition_note")];
    for indicator in headlines
        .iter()
        .filter(|indicator| !suppressed(&indicator.whole))
    {
        let Some(raw) = indicator.unweighted else {
            continue;
        };
        notes.push(sheet.fill(
            "unweighted_note",
            &[
                ("title", sheet.own(&indicator.title)),
                ("raw", &sheet.with_unit(indicator, raw, 2)),
                (
                    "weighted",
                    &sheet.with_unit(
                        indicator,
                        indicator.whole.estimate,
                        number::decimals(
                            indicator.kind,
                            indicator.whole.estimate,
                            number::line(indicator.target),
                            2,
                        ),
                    ),
                ),
            ],
        ));
    }
    (headline, notes)
}

fn groups(sheet: &Sheet<'_>, rows: &[CompositionRow]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let percent = |share: f64| number::value(IndicatorKind::Share, share, 1);
    for row in rows {
        let heading = sheet.own(&row.dimension);
        if groups.last().is_none_or(|group| group.heading != heading) {
            groups.push(Group {
                heading: heading.to_owned(),
                rows: Vec::new(),
            });
        }
        let drawn = Row {
            label: sheet.own(&row.category).to_owned(),
            marks: vec![
                (Mark::Stroke, row.population),
                (Mark::Ring, row.unweighted),
                (Mark::Disc, row.weighted),
            ],
            interval: None,
            values: vec![format!(
                "{} → {}",
                percent(row.unweighted),
                percent(row.weighted)
            )],
            strong: false,
        };
        if let Some(group) = groups.last_mut() {
            group.rows.push(drawn);
        }
    }
    groups
}
