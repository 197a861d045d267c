//! How many interviews an enumerator does a day, and how long they take.

use std::collections::BTreeMap;

use crate::estimation::count::count;
use crate::quality::responses::Responses;

use super::funnel::{Point, median};
use super::measures::mean_of;
use super::sets::{Set, at};

/// Days that an enumerator must have worked for a pace a day.
const LEAST_DAYS: usize = 3;

const SECONDS_A_DAY: i64 = 86_400;
const MICROSECONDS: i64 = 1_000_000;

/// The logarithm of the interviews a day, over the days with one. `None` for fewer than three days.
///
/// The day is that of receipt: interviews done without a connection count on the day on which they
/// were sent.
///
/// * `utc_offset`: seconds by which the city's time is ahead of UTC
pub(super) fn interviews_a_day(responses: &Responses, set: &Set, utc_offset: i64) -> Option<Point> {
    let mut of_day: BTreeMap<i64, usize> = BTreeMap::new();
    for received in at(&responses.received_at, &set.rows) {
        let day = (received.div_euclid(MICROSECONDS) + utc_offset).div_euclid(SECONDS_A_DAY);
        *of_day.entry(day).or_default() += 1;
    }
    let logs: Vec<f64> = of_day.values().map(|n| libm::log(count(*n))).collect();
    mean_of(&logs, LEAST_DAYS)
}

/// The logarithm of the median duration in seconds. `None` for fewer than `least` known ones.
///
/// The variance of a median is π/2 times that of a mean (normal logarithms).
pub(super) fn median_duration(responses: &Responses, set: &Set, least: usize) -> Option<Point> {
    let logs: Vec<f64> = at(&responses.duration, &set.rows)
        .filter(|seconds| *seconds != Responses::NO_DURATION)
        .map(|seconds| libm::log(f64::from(seconds.max(1))))
        .collect();
    let mean = mean_of(&logs, least)?;
    Some(Point {
        value: median(logs.into_iter()),
        variance: mean.variance * std::f64::consts::FRAC_PI_2,
        forms: mean.forms,
    })
}
