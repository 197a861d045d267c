//! The largest share of equal answers that a response has with another one (Kuriakose and Robbins
//! 2016, "Don't get duped", Statistical Journal of the IAOS 32).
//!
//! ```text
//! share of i and j = equal answers / max(answered by i, answered by j)
//! ```
//!
//! A question that was left blank is equal to nothing; "don't know" is an answer.
//!
//! Up to [`MAX_ROWS`] responses all pairs are compared, exactly. Beyond that the pairs inside each
//! group of [`Scope::within`] are compared exactly, in parts of [`MAX_ROWS`] in leaf order, and
//! wholly equal responses are found over all groups by sorting. 100,000 responses with 45 items take
//! some seconds on two cores.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::bit_tiles::{LANES, Slots, Tile, lanes};
use super::responses::{BLANK, Choice};

/// Responses up to which all pairs are compared.
pub const MAX_ROWS: usize = 120_000;

/// Responses that one task compares with all tiles.
const TASK: usize = 256;

/// What a response has in common with the most similar other one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Nearest {
    /// Largest share of equal answers, 0 to 1; 0 if there is no other response.
    pub share: f64,
    /// Row of the other response: among equals the one that answered the fewest questions, then the
    /// first. `None` if no answer is equal to any other response's.
    pub partner: Option<u32>,
    /// Number of other responses that have at least the share asked for.
    pub n_partners: u32,
}

/// Which pairs are compared, and which of them are counted.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// Share of equal answers, 0 to 1, from which on partners are counted.
    pub at_least: f64,
    /// Group of each response, such as its door; used only for more than [`MAX_ROWS`] responses.
    pub within: &'a [u32],
}

/// The nearest other response of every response.
///
/// * `answers`: one column for each item, all of the same length.
///
/// The same input gives the same output on any number of cores.
#[must_use]
pub fn near_duplicates(answers: &[Vec<Choice>], scope: Scope<'_>) -> Vec<Nearest> {
    let n_rows = answers.first().map_or(0, Vec::len);
    let rows: Vec<u32> = (0..number(n_rows)).collect();
    if n_rows <= MAX_ROWS {
        let tiles = Tiles::of(answers, &rows);
        return tiles.nearest(answers, &rows, scope.at_least, true);
    }
    let mut groups: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for row in rows {
        let group = scope.within.get(index(row)).copied().unwrap_or_default();
        groups.entry(group).or_default().push(row);
    }
    let mut nearest = vec![NONE; n_rows];
    for part in groups.values().flat_map(|rows| rows.chunks(MAX_ROWS)) {
        let tiles = Tiles::of(answers, part);
        let found = tiles.nearest(answers, part, scope.at_least, true);
        for (row, found) in part.iter().zip(found) {
            if let Some(place) = nearest.get_mut(index(*row)) {
                *place = found;
            }
        }
    }
    mark_equal(answers, &mut nearest);
    nearest
}

/// The nearest response among `others` of every response of `queries`; both have the same items.
#[must_use]
pub fn nearest_among(
    queries: &[Vec<Choice>],
    others: &[Vec<Choice>],
    at_least: f64,
) -> Vec<Nearest> {
    let rows = |answers: &[Vec<Choice>]| -> Vec<u32> {
        (0..number(answers.first().map_or(0, Vec::len))).collect()
    };
    Tiles::of(others, &rows(others)).nearest(queries, &rows(queries), at_least, false)
}

const NONE: Nearest = Nearest {
    share: 0.0,
    partner: None,
    n_partners: 0,
};

/// Responses in tiles, by the number of answers, then by row.
struct Tiles {
    slots: Slots,
    tiles: Vec<Tile>,
}

impl Tiles {
    fn of(answers: &[Vec<Choice>], rows: &[u32]) -> Tiles {
        let slots = Slots::of(answers);
        let mut by_answered: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for row in rows {
            let n_answered = n_answered(answers, index(*row));
            by_answered.entry(n_answered).or_default().push(*row);
        }
        let groups: Vec<(u32, &[u32])> = by_answered
            .iter()
            .flat_map(|(n_answered, rows)| rows.chunks(LANES).map(|rows| (*n_answered, rows)))
            .collect();
        let tiles = groups
            .par_iter()
            .map(|(n_answered, rows)| Tile::new(&slots, answers, rows, *n_answered));
        let tiles = tiles.collect();
        Tiles { slots, tiles }
    }

    /// `is_own`: the queries are the responses of the tiles, and none is its own partner.
    fn nearest(
        &self,
        answers: &[Vec<Choice>],
        rows: &[u32],
        at_least: f64,
        is_own: bool,
    ) -> Vec<Nearest> {
        let tasks = rows.par_chunks(TASK).flat_map_iter(|rows| {
            let searches = rows.iter().map(|row| {
                let slots = self.slots.of_row(answers, index(*row));
                Search::new(slots, is_own.then_some(*row))
            });
            let mut searches: Vec<Search> = searches.collect();
            for tile in &self.tiles {
                for search in &mut searches {
                    search.visit(tile, at_least);
                }
            }
            searches.into_iter().map(Search::finish)
        });
        tasks.collect()
    }
}

/// The search for one response's nearest other response.
struct Search {
    slots: Vec<u32>,
    own: Option<u32>,
    /// Equal answers and the larger number of answers of the best pair so far.
    best: (u32, u32),
    partner: Option<u32>,
    n_partners: u32,
}

impl Search {
    fn new(slots: Vec<u32>, own: Option<u32>) -> Search {
        Search {
            slots,
            own,
            best: (0, 1),
            partner: None,
            n_partners: 0,
        }
    }

    fn visit(&mut self, tile: &Tile, at_least: f64) {
        let answered = number(self.slots.len()).max(tile.n_answered);
        let enough = least_count(at_least, answered);
        let better = u64::from(self.best.0) * u64::from(answered) / u64::from(self.best.1) + 1;
        let better = u32::try_from(better).unwrap_or(u32::MAX);
        let counts = tile.counts(&self.slots);
        let mut found = counts.at_least(better.min(enough));
        if found.iter().all(|bits| *bits == 0) {
            return;
        }
        // Rows of a tile are ascending.
        let own = self.own.and_then(|own| tile.rows.binary_search(&own).ok());
        if let Some(bits) = own.and_then(|lane| found.get_mut(lane / 64).map(|bits| (lane, bits))) {
            *bits.1 &= !(1 << (bits.0 % 64));
        }
        let are_partners = counts.at_least(enough);
        let partners = are_partners.iter().zip(&found);
        self.n_partners += partners
            .map(|(enough, found)| (enough & found).count_ones())
            .sum::<u32>();
        let mut most = better.saturating_sub(1);
        let mut better = counts.at_least(better);
        better
            .iter_mut()
            .zip(&found)
            .for_each(|(bits, found)| *bits &= found);
        for lane in lanes(&better) {
            let equal = counts.of_lane(lane);
            if let Some(row) = tile.rows.get(lane).filter(|_| equal > most) {
                most = equal;
                self.best = (equal, answered);
                self.partner = Some(*row);
            }
        }
    }

    fn finish(self) -> Nearest {
        Nearest {
            share: f64::from(self.best.0) / f64::from(self.best.1),
            partner: self.partner,
            n_partners: self.n_partners,
        }
    }
}

/// The smallest number of equal answers, at least 1, that is the share `at_least` of `answered`.
fn least_count(at_least: f64, answered: u32) -> u32 {
    // The share may be a quotient of two such numbers: no more is asked than it was rounded from.
    let enough = (at_least * f64::from(answered) - 1e-9).ceil().max(1.0);
    (1..=answered)
        .find(|count| f64::from(*count) >= enough)
        .unwrap_or(u32::MAX)
}

/// Finds wholly equal responses over all groups.
fn mark_equal(answers: &[Vec<Choice>], nearest: &mut [Nearest]) {
    let vector = |row: &u32| -> Vec<Choice> {
        let columns = answers.iter();
        let given = columns.map(|column| column.get(index(*row)).copied().unwrap_or(BLANK));
        given.collect()
    };
    let mut rows: Vec<u32> = (0..number(nearest.len())).collect();
    rows.par_sort_by_cached_key(vector);
    for same in rows.chunk_by(|a, b| vector(a) == vector(b)) {
        let is_blank = same
            .first()
            .is_none_or(|row| n_answered(answers, index(*row)) == 0);
        if same.len() < 2 || is_blank {
            continue;
        }
        for row in same {
            let partner = same.iter().find(|other| *other != row);
            let Some(place) = nearest.get_mut(index(*row)) else {
                continue;
            };
            if place.share < 1.0 {
                place.share = 1.0;
                place.partner = partner.copied();
            }
            place.n_partners = place.n_partners.max(number(same.len() - 1));
        }
    }
}

fn n_answered(answers: &[Vec<Choice>], row: usize) -> u32 {
    let given = answers.iter().filter_map(|column| column.get(row));
    number(given.filter(|answer| **answer != BLANK).count())
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    /// `n_items` columns of answers that agree more often than by chance; some are blank.
    fn answers(n_rows: usize, n_items: usize, seed: u64) -> Vec<Vec<Choice>> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let moods: Vec<f64> = (0..n_rows).map(|_| random.random()).collect();
        let column = |_| {
            let answer = |mood: &f64| match random.random::<f64>() {
                draw if draw < 0.6 * mood => 5,
                draw if draw < 0.63 => BLANK,
                draw if draw < 0.66 => 255,
                _ => random.random_range(1..=5),
            };
            moods.iter().map(answer).collect()
        };
        (0..n_items).map(column).collect()
    }

    fn compared(answers: &[Vec<Choice>], i: usize, j: usize) -> f64 {
        let equal = answers
            .iter()
            .filter(|column| column[i] == column[j] && column[i] != BLANK);
        let answered = n_answered(answers, i).max(n_answered(answers, j));
        f64::from(number(equal.count())) / f64::from(answered.max(1))
    }

    #[test]
    fn wholly_equal_responses_are_found_over_all_groups() {
        let answers = vec![vec![1, 2, 1, 1, 0], vec![3, 3, 3, 3, 0]];
        let mut nearest = vec![NONE; 5];
        mark_equal(&answers, &mut nearest);
        let partners: Vec<Option<u32>> = nearest.iter().map(|found| found.partner).collect();
        assert_eq!(partners, [Some(2), None, Some(0), Some(0), None]);
        let n_partners: Vec<u32> = nearest.iter().map(|found| found.n_partners).collect();
        assert_eq!(n_partners, [2, 0, 2, 2, 0]);
    }

    #[test]
    fn every_pair_is_compared_exactly() {
        for (n_rows, n_items) in [(1, 45), (2, 3), (520, 20), (90, 45), (60, 130)] {
            let answers = answers(n_rows, n_items, 7);
            let scope = Scope {
                at_least: 0.6,
                within: &[],
            };
            for (row, found) in near_duplicates(&answers, scope).iter().enumerate() {
                let others = (0..n_rows).filter(|other| *other != row);
                let shares: Vec<f64> = others.map(|other| compared(&answers, row, other)).collect();
                let most = shares.iter().copied().fold(0.0, f64::max);
                assert_eq!(found.share, most);
                let partner = found
                    .partner
                    .map(|partner| compared(&answers, row, index(partner)));
                assert_eq!(partner.unwrap_or_default(), most);
                let n_partners = shares.iter().filter(|share| **share >= 0.6 - 1e-9).count();
                assert_eq!(index(found.n_partners), n_partners);
            }
        }
    }
}
