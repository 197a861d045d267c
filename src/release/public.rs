//! From the figures of the office to those that the public gets: nobody's answer can be computed from
//! them, alone or with what was published before.
//!
//! # What the public gets
//!
//! Cells that disclosure control suppresses are [`Reason::Confidential`]. What is left is rounded
//! (see [`coarse`]): shares and intervals to 0.1 point, counts to 10. Counts under 10 are left out,
//! and so are unweighted shares, what each PSU contributes, and figures by earlier plans.

use std::collections::{BTreeMap, BTreeSet};

use crate::disclosure::{Disclosed, Reason};
use crate::release::cells::{Cells, Measure};
use crate::release::coarse;
use crate::release::figure_cells::{self, CellName};
use crate::release::figures::{
    BlockEffect, ChannelEffect, CompositionRow, Figures, IndicatorFigures, ItemFigures,
    PartComparison, SectionFigures, WeightingSummary,
};
use crate::release::hidden_cells;
use crate::release::history::{EarlierPlan, Wording};
use crate::release::published_cells::{PublishedCell, PublishedCells};
use crate::release::rounding::half_up;

/// What a release publishes, and the record of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Public {
    /// The figures for the public.
    pub figures: Figures,
    /// What was published of each cell, for the next release. Not for the public.
    pub cells: PublishedCells,
}

/// The public figures of a release.
///
/// `figures` are those of the office, with `cells` as they are counted of the same dataset. `before`
/// are the records of all earlier releases of the same survey, oldest first. `waves` are the public
/// figures of the newest release of each earlier wave; a wave without a release is in no trend.
#[must_use]
pub fn public(
    figures: &Figures,
    cells: &Cells,
    before: &[PublishedCells],
    waves: &[&Figures],
) -> Public {
    let mut shown = figures.clone();
    let published = names(&mut shown);
    let hidden = hidden_cells::hidden(cells, &published, before);
    for indicator in &mut shown.indicators {
        hide(indicator, &hidden);
        indicator_of(indicator, (cells, before), waves);
    }
    head(&mut shown);
    shown.by_plan_indicator = by_plan_indicator(&shown);
    let published = record(&mut shown);
    Public {
        figures: shown,
        cells: PublishedCells {
            cells: cells.clone(),
            published,
        },
    }
}

/// The cells that the figures show, most important first.
fn names(figures: &mut Figures) -> Vec<CellName> {
    let mut names: Vec<CellName> = Vec::new();
    for indicator in &mut figures.indicators {
        figure_cells::each(indicator, &mut |own, estimate| {
            for name in own.iter().filter(|_| !estimate.is_suppressed()) {
                if !names.contains(name) {
                    names.push(name.clone());
                }
            }
        });
    }
    names
}

/// Suppresses what may not be shown, and rounds the rest.
fn hide(indicator: &mut IndicatorFigures, hidden: &BTreeSet<CellName>) {
    let kind = indicator.kind;
    figure_cells::each(indicator, &mut |own, estimate| {
        let is_hidden = own.iter().any(|name| hidden.contains(name));
        let shown = match is_hidden && !estimate.is_suppressed() {
            true => Disclosed::Suppressed {
                reason: Reason::Confidential,
                is_judged: estimate.verdict().is_some(),
            },
            false => coarse::disclosed(estimate, kind),
        };
        *estimate = shown;
    });
}

/// The rest of an indicator: what is not an estimate of a cell.
fn indicator_of(
    indicator: &mut IndicatorFigures,
    (cells, before): (&Cells, &[PublishedCells]),
    waves: &[&Figures],
) {
    let kind = indicator.kind;
    let is_hidden = indicator.whole.is_suppressed();
    indicator.unweighted = None;
    indicator.contributions = Vec::new();
    indicator.tipping = match (is_hidden, &indicator.tipping) {
        (false, Some((tipping, words))) => Some((coarse::tipping(tipping), words.clone())),
        _ => None,
    };
    indicator.parts = indicator.parts.take().map(|parts| PartComparison {
        difference: match parts.sampled.is_suppressed() || parts.volunteer.is_suppressed() {
            true => None,
            false => parts.difference.map(|own| coarse::difference(&own, kind)),
        },
        volunteer_with_held: parts
            .volunteer_with_held
            .filter(|own| !is_confidential(own)),
        ..parts
    });
    // Beside a suppressed headline nothing of its other readings is shown either.
    if is_hidden {
        indicator.sensitivity = Vec::new();
        indicator.block = None;
    }
    if indicator
        .dont_know
        .as_ref()
        .is_some_and(|own| own.share.is_suppressed())
    {
        indicator.dont_know = None;
    }
    indicator
        .sensitivity
        .retain(|own| !is_confidential(&own.estimate));
    indicator.block = indicator.block.map(block);
    indicator.channels = std::mem::take(&mut indicator.channels)
        .into_iter()
        .filter_map(channel)
        .collect();
    let code = indicator.code.clone();
    for section in &mut indicator.sections {
        for item in &mut section.items {
            let name = format!("{code}/{}/{}", section.code, item.code);
            let earlier = before.iter().filter_map(|own| own.cells.measure(&name));
            let earlier: Vec<&Measure> = earlier.collect();
            answers(item, cells.measure(&name), &earlier);
        }
    }
    // Among the levels of a domain, few answers and confidential are one, because the difference
    // would tell which cells are hidden for the others' sake.
    for row in indicator.domains.iter_mut().flat_map(|own| &mut own.rows) {
        if let Disclosed::Suppressed { reason, .. } = &mut row.estimate
            && *reason == Reason::FewAnswers
        {
            *reason = Reason::Confidential;
        }
    }
    earlier(indicator, waves);
}

fn is_confidential(estimate: &Disclosed) -> bool {
    let confidential = Reason::Confidential;
    matches!(estimate, Disclosed::Suppressed { reason, .. } if *reason == confidential)
}

/// From so many answers on, a share rounded to 0.1 point leaves 3 persons open.
const ENOUGH_ANSWERS: u64 = 3_000;

/// The distribution of an item, if at least 10 respondents gave each answer that was given at all, and
/// the difference from an earlier release does not tell what a few gave.
fn answers(item: &mut ItemFigures, own: Option<&Measure>, earlier: &[&Measure]) {
    let few = |n: u64| n > 0 && n < coarse::STEP;
    let n = |measure: &Measure, code: &str| measure.choices.get(code).copied().unwrap_or(0);
    let is_safe = |own: &Measure, code: &str| {
        let answers: u64 = own.choices.values().sum();
        let has_few = |before: &&Measure| few(n(own, code).abs_diff(n(before, code)));
        let tells = answers < ENOUGH_ANSWERS && earlier.iter().any(has_few);
        !few(n(own, code)) && !tells
    };
    let is_shown = !item.estimate.is_suppressed()
        && own.is_some_and(|own| {
            let mut codes = item.distribution.iter();
            codes.all(|(code, _, _)| is_safe(own, code))
        });
    item.n_missing = match item.estimate.is_suppressed() {
        true => 0,
        false => coarse::count(item.n_missing).unwrap_or(0),
    };
    if !is_shown {
        item.distribution = Vec::new();
    }
    for (_, _, share) in &mut item.distribution {
        *share = coarse::share(*share);
    }
}

fn block(own: BlockEffect) -> BlockEffect {
    BlockEffect {
        days: own.days,
        n: coarse::count(own.n).unwrap_or(0),
        of: coarse::count(own.of).unwrap_or(0),
        with: coarse::share(own.with),
        without: coarse::share(own.without),
    }
}

fn channel(own: ChannelEffect) -> Option<ChannelEffect> {
    let (with, without) = (own.with.shown()?, own.without.shown()?);
    let moved = coarse::share(with.estimate - without.estimate);
    Some(ChannelEffect {
        n: coarse::count(own.n)?,
        of: coarse::count(own.of)?,
        busiest_hour: coarse::count(own.busiest_hour).unwrap_or(0),
        moved,
        headline_moved: coarse::share(own.headline_moved),
        headline_without: own.headline_without.filter(|own| !is_confidential(own)),
        code: own.code,
        label: own.label,
        with: own.with,
        without: own.without,
    })
}

/// The figures of earlier waves, as far as they were published.
fn earlier(indicator: &mut IndicatorFigures, waves: &[&Figures]) {
    let kind = indicator.kind;
    let code = indicator.code.clone();
    let find = |is: &dyn Fn(&Figures) -> bool| {
        let wave = waves.iter().find(|own| is(own))?;
        let whole = wave.indicators.iter().find(|own| own.code == code)?;
        Some(&whole.whole)
    };
    let last = indicator.trend.pop();
    indicator.trend = std::mem::take(&mut indicator.trend)
        .into_iter()
        .filter_map(|(name, _)| {
            let whole = find(&|own| own.wave == name)?;
            Some((name, whole.clone()))
        })
        .chain(last)
        .collect();
    indicator.change = indicator.change.take().filter(|change| {
        let before = find(&|own| own.survey == change.previous);
        !indicator.whole.is_suppressed() && before.is_some_and(|own| !own.is_suppressed())
    });
    indicator.change = indicator
        .change
        .as_ref()
        .map(|own| coarse::change(own, kind));
}

/// What stands above the indicators.
fn head(figures: &mut Figures) {
    let rounded = |n: u64| coarse::count(n).unwrap_or(0);
    figures.n_received = rounded(figures.n_received);
    figures.n = rounded(figures.n);
    figures.n_sampled = rounded(figures.n_sampled);
    figures.exclusions = counted(std::mem::take(&mut figures.exclusions));
    figures.held = counted(std::mem::take(&mut figures.held));
    figures.issued = rounded(figures.issued);
    figures.n_by_mode = counted(std::mem::take(&mut figures.n_by_mode));
    figures.n_by_flag = counted(std::mem::take(&mut figures.n_by_flag));
    figures.weighting = figures.weighting.take().map(weighting);
    figures.wordings = std::mem::take(&mut figures.wordings)
        .into_iter()
        .map(|own| Wording {
            n: rounded(own.n),
            ..own
        })
        .collect();
    // No provisional number leaves the office.
    figures.earlier_plans = std::mem::take(&mut figures.earlier_plans)
        .into_iter()
        .map(|own| EarlierPlan {
            headlines: None,
            ..own
        })
        .collect();
}

/// Counts of at least 10, rounded; none stays none.
fn counted<T>(counts: Vec<(T, u64)>) -> Vec<(T, u64)> {
    let counts = counts.into_iter();
    counts
        .filter_map(|(name, n)| match n {
            0 => Some((name, 0)),
            n => Some((name, coarse::count(n)?)),
        })
        .collect()
}

fn weighting(own: WeightingSummary) -> WeightingSummary {
    WeightingSummary {
        sampled_share: own.sampled_share.map(|share| half_up(share, 2)),
        max_misfit: coarse::two_digits(own.max_misfit),
        kish_deff: coarse::two_digits(own.kish_deff),
        n_effective: (own.n_effective / 10.0).round() * 10.0,
        g_range: (
            coarse::two_digits(own.g_range.0),
            coarse::two_digits(own.g_range.1),
        ),
        composition: own
            .composition
            .into_iter()
            .filter_map(composition)
            .collect(),
        ..own
    }
}

fn composition(own: CompositionRow) -> Option<CompositionRow> {
    Some(CompositionRow {
        n: coarse::count(own.n)?,
        unweighted: None,
        weighted: coarse::share(own.weighted),
        population: coarse::share(own.population),
        ..own
    })
}

/// The items by indicator of the city plan, as they are shown in their sections.
fn by_plan_indicator(figures: &Figures) -> Vec<crate::release::figures::PlanIndicatorFigures> {
    let sections = figures.indicators.iter().flat_map(|own| &own.sections);
    let items: BTreeMap<&str, &ItemFigures> = sections
        .flat_map(|section: &SectionFigures| &section.items)
        .rev()
        .map(|item| (item.code.as_str(), item))
        .collect();
    let tables = figures.by_plan_indicator.iter().cloned();
    tables
        .map(|mut table| {
            let own = std::mem::take(&mut table.items);
            let shown = own.iter().filter_map(|item| items.get(item.code.as_str()));
            table.items = shown.map(|item| (*item).clone()).collect();
            table
        })
        .collect()
}

/// What is published of each cell.
fn record(figures: &mut Figures) -> Vec<PublishedCell> {
    let mut published: Vec<PublishedCell> = Vec::new();
    for indicator in &mut figures.indicators {
        figure_cells::each(indicator, &mut |own, estimate| {
            let [name] = own else { return };
            let is_known = |known: &PublishedCell| {
                known.measure == name.measure && known.cell == name.cell && known.value.is_some()
            };
            if published.iter().any(is_known) {
                return;
            }
            published.push(PublishedCell {
                measure: name.measure.clone(),
                cell: name.cell.clone(),
                value: estimate.shown().map(|own| own.estimate),
                n: estimate.shown().map(|own| own.n),
            });
        });
    }
    published
}
