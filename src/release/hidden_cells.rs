//! Which cells of a release may not be published.
//!
//! | step | what it hides |
//! |---|---|
//! | limits | cells with too few respondents, or too few on one side |
//! | one release | cells from which these could be computed; see [`suppression`](crate::disclosure::suppression) |
//! | all releases | cells whose difference from an earlier release would give away the few who came or went |
//! | sections | items that the figure of their section would give away |
//!
//! # The width of intervals
//!
//! Of a protected cell at least 10 numbers of respondents must stay possible: that is what one count
//! rounded to 10 leaves. The interval of each side must be 3 persons wide, so that even two of the
//! group who tell each other their own answers cannot tell that of a third. Of an amount it must be
//! that of 3 average persons, of what shops sell a tenth of the cell.

use std::collections::BTreeSet;

use crate::disclosure::limits::{DOMINANCE, is_sensitive_ratio, is_sensitive_share, is_small};
use crate::disclosure::suppression::{eliminated, suppressed};
use crate::disclosure::{Cell, Guard, Publishes, Role, System};
use crate::release::cells::{Cells, Content, Measure, Scale, Unit, WHOLE};
use crate::release::figure_cells::CellName;
use crate::release::published_cells::PublishedCells;
use crate::release::scenarios::{VOLUNTEERS_WITH_HELD, WITH_HELD};
use crate::release::timeline::{Layer, layers};

/// Width of the interval of a number of respondents: 10 numbers are possible.
const COUNT_WIDTH: f64 = 9.0;

/// Width of the interval of one side of a share, in persons.
const SIDE_WIDTH: f64 = 3.0;

/// The cells among `shown` (those of the figures) that may not be published. `before`: the records of
/// earlier releases, oldest first.
#[must_use]
pub fn hidden(cells: &Cells, shown: &[CellName], before: &[PublishedCells]) -> BTreeSet<CellName> {
    let mut hidden: BTreeSet<CellName> = shown.iter().cloned().collect();
    let shown: BTreeSet<&CellName> = shown.iter().collect();
    for measure in &cells.measures {
        let is_shown = |cell: &str| shown.contains(&CellName::new(&measure.name, cell));
        let mut open: BTreeSet<String> = measure.cells.iter().cloned().collect();
        open.retain(|cell| is_shown(cell));
        hide_sensitive(cells.unit, measure, &mut open);
        hide(&Releases::of(cells.unit, measure, &[]), &mut open);
        let earlier = before.iter().filter_map(|own| {
            let measure = own.cells.measure(&measure.name)?;
            Some((own, measure))
        });
        let earlier: Vec<(&PublishedCells, &Measure)> = earlier.collect();
        if !earlier.is_empty() {
            hide(&Releases::of(cells.unit, measure, &earlier), &mut open);
        }
        for cell in open {
            hidden.remove(&CellName::new(&measure.name, cell));
        }
    }
    hide_parts(cells, &shown, &mut hidden);
    hidden
}

/// Whether what is in a cell may not be published.
#[must_use]
pub fn is_sensitive(unit: Unit, scale: Scale, own: &Content) -> bool {
    match (unit, scale) {
        (Unit::Person, Scale::Share) => is_sensitive_share(own.n, own.n_counted, own.n_other),
        (Unit::Person, Scale::Mean | Scale::Ratio) => is_small(own.n),
        (Unit::Shop, _) => {
            is_sensitive_ratio(own.n, own.counted, own.counted + own.other, own.largest)
        }
    }
}

fn hide_sensitive(unit: Unit, measure: &Measure, open: &mut BTreeSet<String>) {
    for (cell, content) in measure.cells.iter().zip(measure.contents()) {
        if is_sensitive(unit, measure.scale, &content) {
            open.remove(cell);
        }
    }
}

/// One measure in this release and in those before it.
struct Releases<'a> {
    unit: Unit,
    measure: &'a Measure,
    earlier: &'a [(&'a PublishedCells, &'a Measure)],
    layers: Vec<Layer>,
}

/// Removes from `open` what the systems of a measure do not allow.
fn hide(releases: &Releases<'_>, open: &mut BTreeSet<String>) {
    for publishes in releases.publishes() {
        let (system, names) = releases.system(publishes, open);
        for place in suppressed(&system) {
            for cell in names.get(place).into_iter().flatten() {
                open.remove(cell);
            }
        }
    }
}

impl<'a> Releases<'a> {
    fn of(
        unit: Unit,
        measure: &'a Measure,
        earlier: &'a [(&'a PublishedCells, &'a Measure)],
    ) -> Releases<'a> {
        let mut all: Vec<&Measure> = earlier.iter().map(|(_, own)| *own).collect();
        all.push(measure);
        Releases {
            unit,
            measure,
            earlier,
            layers: layers(&all),
        }
    }

    /// What is published of a cell: a ratio of what shops sell says nothing of their number, so that
    /// is a system of its own. Whoever counts in the shops knows how much they sell.
    fn publishes(&self) -> Vec<Publishes> {
        let of_persons = |is_share| Publishes {
            is_share,
            ..Publishes::default()
        };
        match self.measure.scale {
            Scale::Share => vec![of_persons(true)],
            Scale::Mean => vec![Publishes {
                ratio_step: Some(self.mean_step()),
                ..of_persons(false)
            }],
            Scale::Ratio => vec![
                Publishes {
                    size_step: None,
                    ..of_persons(true)
                },
                Publishes {
                    ratio_step: None,
                    ..of_persons(false)
                },
            ],
        }
    }

    /// The step that the mean of the whole is rounded to.
    fn mean_step(&self) -> f64 {
        if self.mean().abs() >= 10.0 { 0.1 } else { 0.01 }
    }

    /// The mean of the whole.
    fn mean(&self) -> f64 {
        let newest = self.earlier.len();
        let whole = self.layers.iter().filter(|own| own.is_in(WHOLE, newest));
        let (sum, n) = whole.fold((0.0, 0.0), |(sum, n), own| {
            (sum + own.sums[0], n + own.sums[2])
        });
        if n > 0.0 { sum / n } else { 0.0 }
    }

    /// The system with the names of its open cells. Cells that hold the same respondents are one.
    fn system(&self, publishes: Publishes, open: &BTreeSet<String>) -> (System, Vec<Vec<String>>) {
        let newest = self.earlier.len();
        let groups = self.layers.iter().map(|own| {
            let [counted, other, n] = own.sums;
            match (self.measure.scale, publishes.ratio_step) {
                (_, None) => [0.0, n],
                (Scale::Mean, _) => [counted, n],
                (Scale::Share | Scale::Ratio, _) => [counted, other],
            }
        });
        let mut system = System {
            groups: groups.collect(),
            cells: Vec::new(),
            publishes,
        };
        let mut names: Vec<Vec<String>> = Vec::new();
        for (cell, content) in self.measure.cells.iter().zip(self.measure.contents()) {
            let role = if open.contains(cell) {
                Role::Open
            } else {
                Role::Unpublished
            };
            let guard = match self.is_guarded(cell, &content) && content.n > 0 {
                true => Guard::Full,
                false => Guard::None,
            };
            let own = Cell {
                sum: self.sum(|layer| i64::from(layer.is_in(cell, newest))),
                role,
                guard,
                cost: self.cost(cell, content.n),
                ..Cell::default()
            };
            let is_same = |known: &Cell| known.sum == own.sum && known.role == role;
            if own.sum.is_empty() {
                continue;
            }
            match system.cells.iter().position(is_same) {
                Some(place) => {
                    if let Some(names) = names.get_mut(place) {
                        names.push(cell.clone());
                    }
                }
                None => {
                    system.cells.push(own);
                    names.push(vec![cell.clone()]);
                }
            }
        }
        self.add_earlier(&mut system, &names);
        for cell in &mut system.cells {
            cell.widths = self.widths(publishes, cell);
        }
        (system, names)
    }

    /// Whether what is in a cell must not be computed from others.
    ///
    /// Of held persons only few are protected. Many who all answer alike are what a flood is; which
    /// persons are held is published nowhere, so their answers are nobody's.
    fn is_guarded(&self, cell: &str, content: &Content) -> bool {
        let is_held = cell
            .strip_prefix("hidden:")
            .is_some_and(|own| [WITH_HELD, VOLUNTEERS_WITH_HELD].contains(&own));
        match self.unit {
            Unit::Person if is_held => is_small(content.n),
            _ => is_sensitive(self.unit, self.measure.scale, content),
        }
    }

    fn sum(&self, of: impl Fn(&Layer) -> i64) -> Vec<(usize, i64)> {
        let all = self.layers.iter().enumerate();
        all.map(|(place, layer)| (place, of(layer)))
            .filter(|(_, factor)| *factor != 0)
            .collect()
    }

    /// Adds what earlier releases published, and what must not be seen in the differences from them.
    fn add_earlier(&self, system: &mut System, names: &[Vec<String>]) {
        let newest = self.earlier.len();
        for (release, (record, measure)) in self.earlier.iter().enumerate() {
            for (cell, content) in measure.cells.iter().zip(measure.contents()) {
                let is_sensitive = self.is_guarded(cell, &content);
                let is_published = record.has(&measure.name, cell);
                system.cells.push(Cell {
                    sum: self.sum(|layer| i64::from(layer.is_in(cell, release))),
                    role: if is_published {
                        Role::Published
                    } else {
                        Role::Unpublished
                    },
                    guard: match is_sensitive && !is_published && content.n > 0 {
                        true => Guard::Full,
                        false => Guard::None,
                    },
                    ..Cell::default()
                });
            }
            // What is published now may also tell more of the difference of two earlier releases.
            for later in release + 1..=newest {
                self.add_differences(system, names, (release, later));
            }
        }
    }

    /// Adds the differences of cells between two releases, as far as they are of few.
    fn add_differences(
        &self,
        system: &mut System,
        names: &[Vec<String>],
        (release, later): (usize, usize),
    ) {
        for (place, own) in names.iter().enumerate() {
            let Some(cell) = own.first() else { continue };
            let is_in = |layer: &Layer, release| i64::from(layer.is_in(cell, release));
            let sum = self.sum(|layer| is_in(layer, later) - is_in(layer, release));
            if !sum.is_empty() && self.is_small_change(&sum) {
                system.cells.push(Cell {
                    sum,
                    role: Role::Unpublished,
                    guard: Guard::Interval,
                    newer: Some(place),
                    ..Cell::default()
                });
            }
        }
    }

    /// Whether those who came or went between two releases are so few that they must be protected.
    fn is_small_change(&self, sum: &[(usize, i64)]) -> bool {
        let mut all = [0.0; 3];
        for (group, _) in sum {
            if let Some(layer) = self.layers.get(*group) {
                for (sum, own) in all.iter_mut().zip(layer.sums) {
                    *sum += own;
                }
            }
        }
        let [counted, other, n] = all;
        let whole = |amount: f64| -> u64 {
            // Below the limits only; more is enough in any case.
            (0..100)
                .take_while(|own| f64::from(*own) < amount)
                .count()
                .try_into()
                .unwrap_or(100)
        };
        match (self.unit, self.measure.scale) {
            (Unit::Person, Scale::Share) => {
                is_sensitive_share(whole(n.max(counted + other)), whole(counted), whole(other))
            }
            (Unit::Person, _) => is_small(whole(n)),
            (Unit::Shop, _) => is_sensitive_ratio(whole(n), counted, counted + other, [0.0; 2]),
        }
    }

    /// How important it is that a cell is published: the headline most, then by table, then by size.
    fn cost(&self, cell: &str, n: u64) -> u64 {
        let table = match cell.split_once(':') {
            None => 9,
            Some(("part", _)) => 8,
            Some(("choice", _)) => 2,
            Some(("without" | "hidden", _)) => 1,
            Some((dimension, _)) => {
                let mut all = self.measure.cells.iter();
                let first = all.find_map(|own| own.split_once(':')).map(|(own, _)| own);
                if first == Some(dimension) { 7 } else { 6 }
            }
        };
        table * 1_000_000_000 + n.min(999_999_999)
    }

    fn widths(&self, publishes: Publishes, cell: &Cell) -> [f64; 3] {
        // Who came and who went, not the difference of the two.
        let layers = cell
            .sum
            .iter()
            .filter_map(|(group, _)| self.layers.get(*group));
        let size: f64 = layers.map(|own| own.sums[0] + own.sums[1]).sum();
        match (self.measure.scale, publishes.ratio_step) {
            (_, None) => [0.0, 0.0, COUNT_WIDTH],
            (Scale::Share, _) => [SIDE_WIDTH, SIDE_WIDTH, COUNT_WIDTH],
            (Scale::Mean, _) => [SIDE_WIDTH * self.mean().abs(), 0.0, COUNT_WIDTH],
            (Scale::Ratio, _) => {
                let width = (DOMINANCE * size).max(1.0);
                [width, width, 0.0]
            }
        }
    }
}

/// Hides items and sections that others would give away: the figure of a section is the mean of its
/// items, and an item may be in several sections.
fn hide_parts(cells: &Cells, shown: &BTreeSet<&CellName>, hidden: &mut BTreeSet<CellName>) {
    let whole = |measure: &Measure| CellName::new(&measure.name, WHOLE);
    let place = |name: &str| cells.measures.iter().position(|own| own.name == name);
    let mut system = System::default();
    for (own, measure) in cells.measures.iter().enumerate() {
        let name = whole(measure);
        let is_hidden = hidden.contains(&name);
        let is_open = shown.contains(&name) && !is_hidden;
        let content = measure.contents().into_iter().next().unwrap_or_default();
        let is_small = content.n > 0 && is_sensitive(cells.unit, measure.scale, &content);
        let depth = measure.name.matches('/').count();
        let rank = u64::try_from(5_usize.saturating_sub(depth)).unwrap_or(0);
        system.groups.push([0.0; 2]);
        system.cells.push(Cell {
            sum: vec![(own, 1)],
            role: if is_open {
                Role::Open
            } else {
                Role::Unpublished
            },
            guard: match is_hidden || (!is_open && is_small) {
                true => Guard::Full,
                false => Guard::None,
            },
            cost: rank * 1_000_000_000 + content.n_counted.min(content.n_other),
            ..Cell::default()
        });
    }
    let known = |sum: Vec<(usize, i64)>| Cell {
        sum,
        role: Role::Published,
        ..Cell::default()
    };
    for (own, measure) in cells.measures.iter().enumerate() {
        let parts: Vec<usize> = measure
            .sum_of
            .iter()
            .filter_map(|name| place(name))
            .collect();
        if let Ok(count) = i64::try_from(parts.len())
            && count > 0
        {
            let mut sum: Vec<(usize, i64)> = parts.iter().map(|part| (*part, -1)).collect();
            sum.push((own, count));
            system.cells.push(known(sum));
        }
        let same = measure.same_as.as_deref().and_then(place);
        if let Some(same) = same.filter(|same| *same != own) {
            system.cells.push(known(vec![(own, 1), (same, -1)]));
        }
    }
    for found in eliminated(&system) {
        hidden.extend(cells.measures.get(found).map(whole));
    }
}
