//! Which cells are suppressed so that no protected cell can be computed or narrowed down.
//!
//! # The rule
//!
//! A protected cell must not be a combination of published cells (exact, whatever the rounding), and an
//! attacker who knows all that is published, with its rounding, must be left with intervals that are
//! at least as wide as the [`widths`](crate::disclosure::Cell::widths) of the cell say.
//!
//! # The method
//!
//! 1. Go through the cells from the most to the least important. A cell is published unless a
//!    protected one would then be a combination of published cells (Langsrud 2024, the method of the
//!    R package `GaussSuppression`).
//! 2. Find the interval of each protected cell by two linear programmes for each of its numbers. If
//!    one is too narrow, suppress more: the cell that the difference is of, else the least important
//!    ones, as few as make it wide enough.
//!
//! Suppressing more never narrows another interval, so each cell is looked at once. A cell that is
//! suppressed for another's sake is no secret itself. It cannot be computed exactly, because then
//! step 1 would have published it.
//!
//! # Source
//!
//! Langsrud 2024, *Secondary cell suppression by Gaussian elimination*, PSD 2024.

use std::collections::{BTreeMap, BTreeSet};

use crate::disclosure::audit::Audit;
use crate::disclosure::elimination::Elimination;
use crate::disclosure::system::{Cell, Guard, Role, System};

/// The places of the open cells that must be suppressed.
#[must_use]
pub fn suppressed(system: &System) -> BTreeSet<usize> {
    let system = system.merged();
    let found = eliminated(&system);
    audited(&system, found)
}

/// Most work of the search for a better order, in coefficients looked at.
const WORK: usize = 200_000;

/// Costs from this on are ranks: a cell of a higher rank is never suppressed for one of a lower rank.
pub const RANK: u64 = 1_000_000_000;

/// The open cells that must be suppressed so that no fully guarded cell is a combination of published
/// ones.
///
/// The greedy choice depends on the order of the cells. So it is made again with one cell moved to the
/// front or to the end of its rank, and the new order is kept if fewer cells are suppressed, until no
/// move helps or the work is done.
#[must_use]
pub fn eliminated(system: &System) -> BTreeSet<usize> {
    let mut order = by_importance(system);
    let mut best = in_order(system, &order);
    let coefficients: usize = system.cells.iter().map(|cell| cell.sum.len()).sum();
    let mut left = WORK / coefficients.max(1);
    let mut moves = moves(system, &order, &best);
    while let Some((place, is_front)) = moves.pop() {
        if left == 0 {
            break;
        }
        left -= 1;
        let other = moved(system, &order, place, is_front);
        let found = in_order(system, &other);
        if price(system, &found) < price(system, &best) {
            (order, best) = (other, found);
            moves = self::moves(system, &order, &best);
        }
    }
    best
}

/// What is suppressed by rank, the highest rank first.
fn price(system: &System, suppressed: &BTreeSet<usize>) -> BTreeMap<std::cmp::Reverse<u64>, usize> {
    let mut price = BTreeMap::new();
    for cell in suppressed
        .iter()
        .filter_map(|place| system.cells.get(*place))
    {
        *price
            .entry(std::cmp::Reverse(cell.cost / RANK))
            .or_insert(0) += 1;
    }
    price
}

/// The moves to try, the most promising last: suppressed cells to the front, then published ones to
/// the end. Nothing if nothing is suppressed for another's sake.
fn moves(system: &System, order: &[usize], suppressed: &BTreeSet<usize>) -> Vec<(usize, bool)> {
    let is_free = |place: &&usize| {
        let cell = system.cells.get(**place);
        cell.is_some_and(|cell| cell.role == Role::Open && cell.guard == Guard::None)
    };
    let free: Vec<usize> = order.iter().filter(is_free).copied().collect();
    let (hidden, shown): (Vec<usize>, Vec<usize>) = free
        .into_iter()
        .partition(|place| suppressed.contains(place));
    if hidden.is_empty() {
        return Vec::new();
    }
    let to_the_end = shown.into_iter().map(|place| (place, false));
    let to_the_front = hidden.into_iter().rev().map(|place| (place, true));
    to_the_end.chain(to_the_front).collect()
}

/// The order with one cell as the first or the last of its rank.
fn moved(system: &System, order: &[usize], place: usize, is_front: bool) -> Vec<usize> {
    let rank = |place: usize| system.cells.get(place).map_or(0, |cell| cell.cost / RANK);
    let mut other: Vec<usize> = order.iter().copied().filter(|own| *own != place).collect();
    let mut ranks = other.iter().map(|own| rank(*own));
    let at = match is_front {
        true => ranks.position(|own| own <= rank(place)),
        false => ranks.position(|own| own < rank(place)),
    };
    other.insert(at.unwrap_or(other.len()), place);
    other
}

fn by_importance(system: &System) -> Vec<usize> {
    let mut order: Vec<usize> = (0..system.cells.len()).collect();
    order.sort_by_key(|place| {
        let cost = system.cells.get(*place).map_or(0, |cell| cell.cost);
        (std::cmp::Reverse(cost), *place)
    });
    order
}

fn in_order(system: &System, order: &[usize]) -> BTreeSet<usize> {
    let guarded = |cell: &&Cell| cell.guard == Guard::Full;
    let protected = system.cells.iter().filter(guarded);
    let mut span = Elimination::new(protected.map(|cell| cell.sum.as_slice()));
    for cell in system
        .cells
        .iter()
        .filter(|cell| cell.role == Role::Published)
    {
        span.force(&cell.sum);
    }
    let mut suppressed = BTreeSet::new();
    for place in order {
        let Some(cell) = system.cells.get(*place) else {
            continue;
        };
        if cell.role != Role::Open {
            continue;
        }
        if cell.guard != Guard::None || !span.try_add(&cell.sum) {
            suppressed.insert(*place);
        }
    }
    suppressed
}

/// `suppressed` and what must be suppressed besides, so that no interval is too narrow. `system` must
/// be merged.
fn audited(system: &System, mut suppressed: BTreeSet<usize>) -> BTreeSet<usize> {
    let cells = system.cells.iter().enumerate();
    let is_published = |(place, cell): (usize, &Cell)| match cell.role {
        Role::Published => true,
        Role::Open => !suppressed.contains(&place),
        Role::Unpublished => false,
    };
    let mut audit = Audit::new(system, cells.map(is_published).collect());
    for cell in &system.cells {
        let is_protected = cell.guard != Guard::None && cell.role != Role::Published;
        if is_protected && !audit.is_wide(cell) {
            suppressed.extend(repaired(system, &mut audit, cell));
        }
    }
    suppressed
}

/// Withdraws cells until the intervals of `cell` are wide enough, or nothing is left to withdraw.
fn repaired(system: &System, audit: &mut Audit<'_>, cell: &Cell) -> Vec<usize> {
    let is_open = |audit: &Audit<'_>, place: usize| {
        let own = system.cells.get(place);
        let is_published = audit.published().get(place).copied().unwrap_or(false);
        is_published && own.is_some_and(|own| own.role == Role::Open)
    };
    if let Some(newer) = cell.newer.filter(|newer| is_open(audit, *newer)) {
        audit.withdraw(newer);
        if audit.is_wide(cell) {
            return vec![newer];
        }
        audit.publish(newer);
    }
    let mut candidates = by_importance(system);
    candidates.retain(|place| is_open(audit, *place));
    candidates.reverse();
    // Twice as many at each step: a wide search costs a few programmes, not one for each cell.
    let mut withdrawn: Vec<usize> = Vec::new();
    let mut step = 1;
    let mut left = candidates.into_iter();
    loop {
        let next: Vec<usize> = left.by_ref().take(step).collect();
        if next.is_empty() {
            break;
        }
        for place in next {
            audit.withdraw(place);
            withdrawn.push(place);
        }
        if audit.is_wide(cell) {
            break;
        }
        step *= 2;
    }
    if !audit.is_wide(cell) {
        // Nothing helps: the interval is that of what was published before. The cells stay.
        for place in withdrawn {
            audit.publish(place);
        }
        return Vec::new();
    }
    // The most important come back first, as far as they can.
    let mut needed = Vec::new();
    for place in withdrawn.into_iter().rev() {
        audit.publish(place);
        if !audit.is_wide(cell) {
            audit.withdraw(place);
            needed.push(place);
        }
    }
    needed
}
