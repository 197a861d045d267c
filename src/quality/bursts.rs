//! When more responses came through a door than its own pace explains.
//!
//! The pace of a door is the mean of its days without the busiest tenth, times the share of the hour
//! of the day. Days differ by more than chance does (weekends, weather, a meeting), so the variance
//! of a count with expectation λ is taken as λ + (c λ)², where c is the spread of the door's days:
//!
//! ```text
//! z = (count − λ)/√(λ + (c λ)²),   c = max(0.3, (q75 − q25)/(1.349 median))
//! ```
//!
//! A burst alone proves nothing: an article in WeChat makes an honest one. Which responses of a
//! burst are strange is for [`density_ratio`](super::density_ratio) to say.

use std::collections::BTreeMap;
use std::ops::Range;

use super::responses::Responses;

/// Lengths of windows, in cells of [`CELL`]: 10 minutes, 1, 6, 24 and 72 hours.
const LENGTHS: [i64; 5] = [1, 6, 36, 144, 432];

/// Microseconds of the shortest window.
const CELL: i64 = 600_000_000;

/// Cells of a day.
const CELLS_OF_DAY: i64 = 144;

/// Cells between two windows of one burst, at most: 12 hours.
const GAP: i64 = 72;

/// Bursts that are looked at for each door, at most.
const MAX_BURSTS: usize = 40;

/// From when on a count is a burst.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BurstLimits {
    /// Fewest responses.
    pub min_count: u32,
    /// Least multiple of the expected count.
    pub ratio: f64,
    /// Least z.
    pub z: f64,
}

/// More responses in some time than the door's own pace explains.
#[derive(Debug, Clone, PartialEq)]
pub struct Burst {
    /// From when, and until when (exclusive), microseconds UTC.
    pub time: Range<i64>,
    /// Its responses, ascending.
    pub rows: Vec<u32>,
    /// Its responses and those shortly before and after it, ascending: half the length of the window
    /// at each end, at least an hour. A flood is seldom as short as the part of it that stands out.
    pub around: Vec<u32>,
    /// How many the pace leads to expect.
    pub expected: f64,
    /// The largest z of the windows that make up the burst.
    pub z: f64,
}

/// The bursts of a door with the responses `rows`, by time. Windows less than
/// [`GAP`] apart are one burst.
#[must_use]
pub fn bursts(responses: &Responses, rows: &[u32], limits: BurstLimits) -> Vec<Burst> {
    let Some(pace) = Pace::of(responses, rows) else {
        return Vec::new();
    };
    let mut windows: Vec<(f64, Range<i64>)> = Vec::new();
    for length in LENGTHS {
        let half = (length / 2).max(1);
        let mut start = pace.first.div_euclid(half) * half - half;
        while start <= pace.last {
            let window = start..start + length;
            let (n, expected) = (pace.count(&window), pace.expected(&window));
            let z = pace.z(n, expected);
            let is_many = n >= f64::from(limits.min_count) && n >= limits.ratio * expected;
            if is_many && z >= limits.z {
                windows.push((z, window));
            }
            start += half;
        }
    }
    windows.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.start.cmp(&b.1.start)));
    let mut chosen: Vec<(f64, Range<i64>)> = Vec::new();
    for (z, window) in windows {
        let is_free = chosen
            .iter()
            .all(|(_, other)| window.end <= other.start || other.end <= window.start);
        if is_free && chosen.len() < MAX_BURSTS {
            chosen.push((z, window));
        }
    }
    chosen.sort_by_key(|(_, window)| window.start);
    let joined = chosen.chunk_by(|a, b| a.1.end + GAP > b.1.start);
    let found = joined.filter_map(|windows| {
        let time = windows.first()?.1.start..windows.last()?.1.end;
        let z = windows.iter().map(|(z, _)| *z).fold(0.0, f64::max);
        Some(pace.burst(time, z))
    });
    found.collect()
}

/// How many responses a door gets, and when it got them.
struct Pace {
    /// Rows by cell.
    cells: BTreeMap<i64, Vec<u32>>,
    first: i64,
    last: i64,
    /// Responses of a usual day.
    day: f64,
    /// Spread of days, as a share of the usual day.
    spread: f64,
    /// Share of each hour of the day.
    hours: Vec<f64>,
}

impl Pace {
    fn of(responses: &Responses, rows: &[u32]) -> Option<Pace> {
        let mut cells: BTreeMap<i64, Vec<u32>> = BTreeMap::new();
        for row in rows {
            let received = responses.received_at.get(usize::try_from(*row).ok()?)?;
            cells
                .entry(received.div_euclid(CELL))
                .or_default()
                .push(*row);
        }
        let (first, last) = (*cells.keys().next()?, *cells.keys().next_back()?);
        let days = first.div_euclid(CELLS_OF_DAY)..=last.div_euclid(CELLS_OF_DAY);
        let mut totals: BTreeMap<i64, f64> = days.map(|day| (day, 0.0)).collect();
        for (cell, rows) in &cells {
            *totals.entry(cell.div_euclid(CELLS_OF_DAY)).or_default() += count(rows.len());
        }
        // Every day counts once, so that a flooded day does not set the hours.
        let mut hours = vec![0.02; 24];
        for (cell, rows) in &cells {
            let total = totals
                .get(&cell.div_euclid(CELLS_OF_DAY))
                .copied()
                .unwrap_or(1.0);
            if let Some(hour) = hours.get_mut(hour(*cell)) {
                *hour += count(rows.len()) / total;
            }
        }
        let sum: f64 = hours.iter().sum();
        hours.iter_mut().for_each(|hour| *hour /= sum);
        let mut totals: Vec<f64> = totals.into_values().collect();
        totals.sort_unstable_by(f64::total_cmp);
        let n_usual = totals.len() - totals.len().div_ceil(10).min(totals.len() / 2);
        let usual = totals.iter().take(n_usual).sum::<f64>() / count(n_usual);
        let quantile = |quarter: usize| totals.get((totals.len() - 1) * quarter / 4).copied();
        let (low, middle, high) = (quantile(1)?, quantile(2)?, quantile(3)?);
        Some(Pace {
            cells,
            first,
            last,
            day: usual,
            spread: ((high - low) / (1.349 * middle.max(1.0))).clamp(0.3, 2.0),
            hours,
        })
    }

    fn count(&self, window: &Range<i64>) -> f64 {
        let cells = self.cells.range(window.clone());
        cells.map(|(_, rows)| count(rows.len())).sum()
    }

    fn expected(&self, window: &Range<i64>) -> f64 {
        let cells = window.clone();
        let shares =
            cells.map(|cell| self.hours.get(hour(cell)).copied().unwrap_or_default() / 6.0);
        self.day * shares.sum::<f64>()
    }

    fn z(&self, n: f64, expected: f64) -> f64 {
        let spread = self.spread * expected;
        (n - expected) / libm::sqrt(expected + spread * spread).max(1.0)
    }

    fn burst(&self, cells: Range<i64>, z: f64) -> Burst {
        let margin = ((cells.end - cells.start) / 2).max(6);
        Burst {
            rows: self.rows(cells.clone()),
            around: self.rows(cells.start - margin..cells.end + margin),
            expected: self.expected(&cells),
            z,
            time: cells.start * CELL..cells.end * CELL,
        }
    }

    fn rows(&self, cells: Range<i64>) -> Vec<u32> {
        let rows = self.cells.range(cells);
        let mut rows: Vec<u32> = rows.flat_map(|(_, rows)| rows.iter().copied()).collect();
        rows.sort_unstable();
        rows
    }
}

/// Hour of the day, of any fixed time zone.
fn hour(cell: i64) -> usize {
    usize::try_from(cell.rem_euclid(CELLS_OF_DAY) / 6).unwrap_or_default()
}

fn count(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::MAX, f64::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_found_and_a_usual_evening_is_not() {
        let minute = 60_000_000;
        // Thirty days with two an hour, and twelve an hour from 19 to 22.
        let usual = (0..30 * 1440_i64).filter(|at| match at / 60 % 24 {
            19..=22 => at % 5 == 0,
            _ => at % 30 == 0,
        });
        let mut received_at: Vec<i64> = usual.map(|at| at * minute).collect();
        let n_usual = u32::try_from(received_at.len()).unwrap();
        let limits = BurstLimits {
            min_count: 20,
            ratio: 3.0,
            z: 6.0,
        };
        let found = |received_at: &[i64]| {
            let responses = Responses {
                received_at: received_at.to_vec(),
                ..Responses::default()
            };
            let rows: Vec<u32> = (0..u32::try_from(received_at.len()).unwrap()).collect();
            bursts(&responses, &rows, limits)
        };
        assert_eq!(found(&received_at), []);
        let start = (10 * 1440 + 600) * minute;
        received_at.extend((0..200).map(|n| start + n * 1_000_000));
        let found = found(&received_at);
        let [burst] = found.as_slice() else {
            panic!("{} bursts", found.len());
        };
        let n_found = burst.rows.iter().filter(|row| **row >= n_usual).count();
        assert_eq!(n_found, 200);
        assert!(burst.rows.len() < 210 && burst.time.contains(&start));
    }
}
