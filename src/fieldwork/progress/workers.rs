//! Enumerators and channels.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::estimation::count::count;
use crate::fieldwork::count::number;
use crate::fieldwork::period::Period;

/// An enumerator or a channel.
#[derive(Debug, Clone, PartialEq)]
pub struct Worker {
    /// Code.
    pub code: String,
    /// Valid responses by day.
    pub by_day: Vec<(Date, u64)>,
    /// Median duration of a response in seconds, if known.
    pub median_seconds: Option<f64>,
}

/// What an enumerator or a channel did.
#[derive(Debug, Clone, PartialEq)]
pub struct Activity {
    /// Code.
    pub code: String,
    /// Responses.
    pub done: u64,
    /// Share of the responses of all in the list, 0 to 1.
    pub share: f64,
    /// Days with a response.
    pub active_days: usize,
    /// Responses per day with a response; 0 without one.
    pub per_active_day: f64,
    /// Median duration of a response in seconds.
    pub median_seconds: Option<f64>,
    /// Last day with a response.
    pub last_day: Option<Date>,
    /// Working days without a response since then, today not counted; since the first day of fieldwork
    /// without any response.
    pub silent_days: usize,
}

/// The activity of each, in the order given.
#[must_use]
pub fn activity(workers: &[Worker], period: &Period, today: Date) -> Vec<Activity> {
    let total: u64 = workers
        .iter()
        .flat_map(|own| own.by_day.iter().map(|(_, n)| n))
        .sum();
    workers
        .iter()
        .map(|own| {
            let mut days: BTreeMap<Date, u64> = BTreeMap::new();
            for (day, n) in own.by_day.iter().filter(|(_, n)| *n > 0) {
                *days.entry(*day).or_default() += n;
            }
            let done: u64 = days.values().sum();
            let last_day = days.keys().next_back().copied();
            let silent = period
                .finished(today)
                .filter(|day| last_day.is_none_or(|last| *day > last));
            Activity {
                code: own.code.clone(),
                done,
                share: number(done) / number(total).max(1.0),
                active_days: days.len(),
                per_active_day: number(done) / count(days.len()).max(1.0),
                median_seconds: own.median_seconds,
                last_day,
                silent_days: silent.count(),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn who_stopped_is_silent_since_the_last_day() {
        let day = |day| date(2026, 6, day);
        let worker = |code: &str, by_day: Vec<(Date, u64)>| Worker {
            code: code.to_owned(),
            by_day,
            median_seconds: Some(300.0),
        };
        let period = Period {
            first: day(1),
            last: day(30),
            days_off: vec![day(7)],
        };
        let workers = [
            worker("e1", vec![(day(2), 9), (day(1), 6)]),
            worker("e2", Vec::new()),
            worker("e3", vec![(day(9), 5), (day(8), 0)]),
        ];
        let found = activity(&workers, &period, day(9));
        assert_eq!((found[0].done, found[0].active_days), (15, 2));
        assert_eq!((found[0].per_active_day, found[0].silent_days), (7.5, 5));
        assert_eq!((found[1].last_day, found[1].silent_days), (None, 7));
        assert_eq!((found[2].active_days, found[2].silent_days), (1, 0));
        assert_eq!(found[0].share, 0.75);
    }
}
