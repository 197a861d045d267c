//! Sections and questions of the indicators, each ranked among its kind.

use crate::disclosure::Disclosed;
use crate::disclosure::few_answers::{Support, support};
use crate::release::figures::{IndicatorFigures, ItemFigures, SectionFigures};
use crate::release::report::basis::Basis;
use crate::release::report::ranking::ranked;
use crate::release::report::table::{Cell, Table};
use crate::release::report::words::{self, Words};
use crate::survey::plan::{Indicator, IndicatorKind, SectionCombine};

/// Satisfaction by section and question; `None` if the survey has no such indicator.
pub(super) fn satisfaction(basis: Basis<'_>) -> Option<Table> {
    table(basis, "satisfaction", |own| {
        is_share(own, SectionCombine::Mean)
    })
}

/// Participation by category and activity.
pub(super) fn participation(basis: Basis<'_>) -> Option<Table> {
    table(basis, "participation", |own| {
        is_share(own, SectionCombine::Any)
    })
}

/// Means by kind, such as the disposable goods.
pub(super) fn quantities(basis: Basis<'_>) -> Option<Table> {
    table(basis, "quantities", |own| own.kind == IndicatorKind::Mean)
}

/// The parts of ratios, such as the kinds of appliances.
pub(super) fn parts(basis: Basis<'_>) -> Option<Table> {
    table(basis, "parts", |own| own.kind == IndicatorKind::Ratio)
}

fn is_share(indicator: &Indicator, combine: SectionCombine) -> bool {
    indicator.kind == IndicatorKind::Share && !indicator.reference && indicator.combine == combine
}

/// The sections, then the questions, of the indicators that `is_meant`.
fn table(basis: Basis<'_>, key: &str, is_meant: fn(&Indicator) -> bool) -> Option<Table> {
    let words = basis.words;
    let indicators = basis.plan.indicators.iter();
    let figures = indicators
        .zip(&basis.snapshot.figures.indicators)
        .filter(|(own, _)| is_meant(own));
    let rows: Vec<Vec<Cell>> = figures.flat_map(|(_, own)| rows(words, own)).collect();
    (!rows.is_empty()).then(|| Table {
        name: words.say(key),
        title: words.say(&format!("{key}_title")),
        notes: vec![words.say("interval_note"), words.say("rank_note")],
        header: words.header(&[
            "indicator",
            "level",
            "section",
            "code",
            "question",
            "unit",
            "n",
            "value",
            "lower",
            "upper",
            "rank",
            "n_missing",
        ]),
        rows,
    })
}

fn rows(words: Words, indicator: &IndicatorFigures) -> Vec<Vec<Cell>> {
    let own = |section: &SectionFigures| section.code != "parts";
    let sections: Vec<&SectionFigures> = indicator.sections.iter().filter(|s| own(s)).collect();
    let of_sections = ranked(sections, |section| &section.estimate);
    let mut rows: Vec<Vec<Cell>> = of_sections
        .map(|(rank, section)| {
            let names = [
                Cell::Text(words.say("level_section")),
                words.cell(&section.title),
                Cell::text(&section.code),
                Cell::Empty,
            ];
            row(
                words,
                indicator,
                names,
                (&section.estimate, rank),
                Cell::Empty,
            )
        })
        .collect();
    let items = indicator.sections.iter().flat_map(|section| {
        let items = section.items.iter();
        items.map(move |item| (section, item))
    });
    let items = ranked(items.collect(), |(_, item)| &item.estimate);
    rows.extend(items.map(|(rank, (section, item))| {
        let names = [
            Cell::Text(words.say("level_item")),
            words.cell(&section.title),
            Cell::text(&item.code),
            words.cell(&item.text),
        ];
        let n_missing = match indicator.kind {
            IndicatorKind::Share => missing(item),
            IndicatorKind::Mean | IndicatorKind::Ratio => Cell::Empty,
        };
        row(words, indicator, names, (&item.estimate, rank), n_missing)
    }));
    rows
}

fn row(
    words: Words,
    indicator: &IndicatorFigures,
    names: [Cell; 4],
    (figure, rank): (&Disclosed, Option<u64>),
    missing: Cell,
) -> Vec<Cell> {
    let mut cells = vec![words.cell(&indicator.title)];
    cells.extend(names);
    cells.push(Cell::Text(words.unit(indicator)));
    cells.extend(words::estimate(indicator.kind, figure, None));
    cells.push(rank.map_or(Cell::Empty, Cell::Count));
    cells.push(missing);
    cells
}

/// How many did not know, if that is nobody or enough to be shown.
fn missing(item: &ItemFigures) -> Cell {
    let own = match item.n_missing {
        0 => Support::Enough,
        n => support(n),
    };
    let support = own.min(words::support_of(&item.estimate));
    words::supported(support, Cell::Count(item.n_missing))
}
