//! Results by section and question, county and group, and what people are least content with.

use super::estimates::{self, Estimates, Part};
use super::number;
use super::words::Words;
use crate::disclosure::Disclosed;
use crate::formats::pdf::document::{Align, Block, Row, Run, Table};
use crate::release::figures::{DomainTable, IndicatorFigures, ItemFigures};
use crate::survey::plan::IndicatorKind;

/// The most indicators side by side.
const ACROSS: usize = 2;
/// How many of the questions with most discontent are listed.
const MOST: usize = 6;

/// The sections and questions of the first headline.
#[must_use]
pub fn first(words: &Words<'_>, headlines: &[&IndicatorFigures]) -> Vec<Block> {
    headlines
        .first()
        .map_or_else(Vec::new, |own| sections(words, own))
}

/// The sections and questions of the other headlines.
#[must_use]
pub fn others(words: &Words<'_>, headlines: &[&IndicatorFigures]) -> Vec<Block> {
    let others = headlines.iter().skip(1);
    others.flat_map(|own| sections(words, own)).collect()
}

/// The sections of an indicator, each with its questions.
fn sections(words: &Words<'_>, indicator: &IndicatorFigures) -> Vec<Block> {
    let mut parts = Vec::new();
    for section in &indicator.sections {
        let has_items = section.items.len() > 1;
        // A ratio has no figure of a section: its items are what is compared.
        if indicator.kind == IndicatorKind::Ratio {
            parts.push(Part::Group(words.plain(&section.title).into_owned()));
        } else {
            parts.push(Part::Row(Estimates {
                label: words.plain(&section.title).into_owned(),
                figures: vec![Some(&section.estimate)],
                is_strong: has_items,
            }));
        }
        if !has_items {
            continue;
        }
        parts.extend(section.items.iter().map(|item| {
            Part::Row(Estimates {
                label: words.plain(&item.text).into_owned(),
                figures: vec![Some(&item.estimate)],
                is_strong: false,
            })
        }));
    }
    if parts.is_empty() {
        return Vec::new();
    }
    let title = words.plain(&indicator.title);
    let caption = words.say_with("by_question", &[("title", &title)]);
    let heading = words.heading(&caption);
    let column = words.of_results("item");
    let table = estimates::table(words, &[indicator], (&caption, column), &parts);
    let mut blocks = vec![Block::Heading(heading)];
    let extremes = extremes(words, indicator);
    blocks.extend((!extremes.is_empty()).then(|| Block::Paragraph(vec![Run::plain(extremes)])));
    blocks.push(Block::Table(table));
    blocks
}

/// The section with the largest and the one with the smallest figure; empty without two.
fn extremes(words: &Words<'_>, indicator: &IndicatorFigures) -> String {
    let sections = indicator.sections.iter();
    let shown = sections.filter_map(|own| Some((own, own.estimate.shown()?.estimate)));
    let mut shown: Vec<_> = shown.collect();
    shown.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    let (Some((first, high)), Some((last, low))) = (shown.first(), shown.last()) else {
        return String::new();
    };
    if shown.len() < 2 || indicator.kind == IndicatorKind::Ratio {
        return String::new();
    }
    let values = [
        ("first", words.plain(&first.title).into_owned()),
        ("first_value", number::estimate(indicator, *high)),
        ("last", words.plain(&last.title).into_owned()),
        ("last_value", number::estimate(indicator, *low)),
    ];
    let values = values
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    words.of_results_with("parts_extremes", &values)
}

/// The counties, two indicators in one table.
#[must_use]
pub fn counties(words: &Words<'_>, headlines: &[&IndicatorFigures]) -> Vec<Block> {
    let is_county = |table: &&DomainTable| table.dimension == "county";
    let mut blocks = domains(words, headlines, &words.say("counties"), true, &is_county);
    if !blocks.is_empty() {
        blocks.insert(0, Block::Heading(words.heading(&words.say("counties"))));
        let note = words.say("counties_note");
        blocks.insert(1, Block::Paragraph(vec![Run::plain(note)]));
    }
    blocks
}

/// The groups of people, two indicators in one table.
#[must_use]
pub fn groups(words: &Words<'_>, headlines: &[&IndicatorFigures]) -> Vec<Block> {
    let is_group = |table: &&DomainTable| table.dimension != "county" && table.rows.len() > 1;
    // People are weighted; other units, such as shops, are not.
    let title = words.say(match words.figures.weighting {
        Some(_) => "groups",
        None => "groups_other",
    });
    let mut blocks = domains(words, headlines, &title, false, &is_group);
    if !blocks.is_empty() {
        blocks.insert(0, Block::Heading(words.heading(&title)));
    }
    blocks
}

/// The domain tables that `wanted` takes.
fn domains(
    words: &Words<'_>,
    headlines: &[&IndicatorFigures],
    caption: &str,
    is_one_dimension: bool,
    wanted: &dyn Fn(&&DomainTable) -> bool,
) -> Vec<Block> {
    let mut blocks = Vec::new();
    for together in headlines.chunks(ACROSS) {
        let tables = together
            .iter()
            .flat_map(|own| own.domains.iter().filter(wanted));
        let mut names: Vec<&DomainTable> = Vec::new();
        for table in tables {
            if !names.iter().any(|own| own.dimension == table.dimension) {
                names.push(table);
            }
        }
        let mut parts = Vec::new();
        for table in names {
            if !is_one_dimension {
                parts.push(Part::Group(words.plain(&table.title).into_owned()));
            }
            parts.extend(table.rows.iter().map(|row| {
                Part::Row(Estimates {
                    label: words.plain(&row.label).into_owned(),
                    figures: together
                        .iter()
                        .map(|own| of_level(own, &table.dimension, &row.level))
                        .collect(),
                    is_strong: false,
                })
            }));
        }
        if parts.is_empty() {
            continue;
        }
        if is_one_dimension {
            parts.push(Part::Row(Estimates {
                label: words.say("whole"),
                figures: together.iter().map(|own| Some(&own.whole)).collect(),
                is_strong: true,
            }));
        }
        let column = words.of_results(if is_one_dimension {
            "domain_county"
        } else {
            "group"
        });
        let table = estimates::table(words, together, (caption, column), &parts);
        blocks.push(Block::Table(table));
    }
    blocks
}

/// The estimate of an indicator for one level of a dimension.
fn of_level<'f>(
    indicator: &'f IndicatorFigures,
    dimension: &str,
    level: &str,
) -> Option<&'f Disclosed> {
    let mut domains = indicator.domains.iter();
    let own = domains.find(|own| own.dimension == dimension)?;
    let mut rows = own.rows.iter();
    let own = rows.find(|own| own.level == level)?;
    Some(&own.estimate)
}

/// The questions with the largest share at the far end of their scale; nothing without scales.
#[must_use]
pub fn opinions(words: &Words<'_>) -> Vec<Block> {
    let items = words.figures.indicators.iter();
    let items = items.flat_map(|own| own.sections.iter().flat_map(|section| &section.items));
    let mut graded: Vec<(&ItemFigures, f64)> = Vec::new();
    for item in items {
        let is_known = graded.iter().any(|(own, _)| own.code == item.code);
        if let Some(share) = item.far_end().filter(|_| !is_known) {
            graded.push((item, share));
        }
    }
    graded.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    let Some((first, most)) = graded.first() else {
        return Vec::new();
    };
    let most = number::percent(*most);
    let last_two = |item: &ItemFigures| -> String {
        let words_of = item.distribution.iter().rev().take(2);
        let labels: Vec<String> = words_of
            .map(|(_, own, _)| words.of(own).to_owned())
            .collect();
        words.list(&labels.into_iter().rev().collect::<Vec<_>>())
    };
    let values = [
        ("item", words.of(&first.text)),
        ("share", most.as_str()),
        ("answers", &last_two(first)),
    ];
    let rows = graded.iter().take(MOST).map(|(item, share)| {
        let counted = item.estimate.shown();
        Row::Cells(vec![
            words.plain(&item.text).into_owned(),
            number::percent(*share),
            counted.map_or_else(
                || number::HIDDEN.to_owned(),
                |own| number::percent(own.estimate),
            ),
        ])
    });
    vec![
        Block::Heading(words.heading(&words.say("opinions"))),
        Block::Paragraph(vec![Run::plain(words.say_with("opinions_text", &values))]),
        Block::Table(Table {
            caption: words.table_caption(&words.say("opinions_caption")),
            columns: vec![Align::Start, Align::End, Align::End],
            spanning: Vec::new(),
            head: vec![
                words.of_results("item"),
                words.of_results("two_worst"),
                words.of_results("counted"),
            ],
            rows: rows.collect(),
            note: String::new(),
        }),
    ]
}
