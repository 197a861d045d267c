//! On which day and at what time of day the responses of a wave come in.
//!
//! Collection starts slowly, on Sundays fewer come, and a flood of fabricated forms comes within two
//! days. People answer online in the evening; enumerators work by day.

use jiff::civil::{Date, Weekday};
use jiff::{Span, Timestamp, tz};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::questionnaire::answer::Mode;

/// Days until as many come as on the days after.
const RAMP_DAYS: u32 = 10;

/// Responses of a Sunday, as a share of those of another day.
const SUNDAY: f64 = 0.75;

/// The day after the first on which the flood begins, as a share of all days.
const FLOOD_BEGINS: f64 = 0.52;

/// How the fabricated forms divide over the days of the flood.
const FLOOD_DAYS: [f64; 2] = [0.55, 0.45];

/// Times of day: share of the responses (0 to 1), first hour, last hour.
type Hours = &'static [(f64, f64, f64)];

/// On site: by day, and some people are at home in the evening only.
const ONSITE: Hours = &[(0.45, 9.0, 12.0), (0.40, 14.5, 18.0), (0.15, 18.5, 20.5)];

/// Paper forms are typed in office hours.
const TYPED: Hours = &[(0.5, 9.0, 12.0), (0.5, 14.5, 17.5)];

/// Online: most in the evening, some at lunch.
const ONLINE: Hours = &[(0.52, 19.0, 22.5), (0.18, 12.0, 14.0), (0.30, 7.5, 23.0)];

/// Fabricated forms come at any hour.
const FABRICATED: Hours = &[(1.0, 9.0, 23.5)];

/// The days of a wave's collection.
pub struct Calendar {
    days: Vec<Day>,
}

/// A day of collection.
#[derive(Debug, Clone, Copy)]
pub struct Day {
    /// The day.
    pub date: Date,
    /// Days before it, as a share of all days.
    pub elapsed: f64,
    /// Share of its forms that are fabricated, 0 to 1.
    pub fabricated: f64,
    /// The share of all forms that come up to its end, 0 to 1.
    until: f64,
}

impl Day {
    /// Whether it is a Sunday.
    #[must_use]
    pub fn is_sunday(&self) -> bool {
        self.date.weekday() == Weekday::Sunday
    }
}

impl Calendar {
    /// The calendar of a wave.
    ///
    /// * `days`: number of days, ≥ 1
    /// * `fabricated`: share of all forms that are fabricated, 0 to 1, 1 excluded
    #[must_use]
    pub fn new(first: Date, days: u32, fabricated: f64) -> Calendar {
        let mut sizes = Vec::new();
        for number in 0..days.max(1) {
            let date = first.saturating_add(Span::new().days(i64::from(number)));
            let ramp = f64::from(number + 1) / f64::from(RAMP_DAYS);
            let sunday = match date.weekday() {
                Weekday::Sunday => SUNDAY,
                _ => 1.0,
            };
            sizes.push((date, ramp.min(1.0) * sunday));
        }
        let honest: f64 = sizes.iter().map(|(_, size)| size).sum();
        let flood = honest * fabricated / (1.0 - fabricated);
        let begins = libm::floor(FLOOD_BEGINS * f64::from(days));
        let mut until = 0.0;
        let days = (0_u32..).zip(sizes).map(|(number, (date, size))| {
            let of_flood = (0_u32..)
                .zip(FLOOD_DAYS)
                .find(|(day, _)| begins + f64::from(*day) >= f64::from(number))
                .filter(|(day, _)| begins + f64::from(*day) <= f64::from(number))
                .map_or(0.0, |(_, share)| share * flood);
            until += (size + of_flood) / (honest + flood);
            Day {
                date,
                elapsed: f64::from(number) / f64::from(days.max(1)),
                fabricated: of_flood / (size + of_flood),
                until,
            }
        });
        Calendar {
            days: days.collect(),
        }
    }

    /// The day on which the form comes that has the share `before` of all forms before it.
    #[must_use]
    pub fn day(&self, before: f64) -> Option<Day> {
        let place = self.days.partition_point(|day| day.until <= before);
        self.days.get(place).or(self.days.last()).copied()
    }
}

/// When a form was begun.
///
/// * `is_fabricated`: by a machine, at any hour
#[must_use]
pub fn began(
    date: Date,
    mode: Mode,
    is_fabricated: bool,
    random: &mut ChaCha8Rng,
) -> Option<Timestamp> {
    let hours = match mode {
        _ if is_fabricated => FABRICATED,
        Mode::Paper => TYPED,
        Mode::Online => ONLINE,
        _ => ONSITE,
    };
    let mut left: f64 = random.random();
    let span = hours.iter().find(|(share, _, _)| {
        left -= share;
        left < 0.0
    });
    let (_, from, to) = span.or(hours.last()).copied()?;
    let hour = random.random_range(from..to);
    let midnight = date.at(0, 0, 0, 0);
    let china = tz::offset(8).to_timestamp(midnight).ok()?;
    let second = Span::new()
        .try_milliseconds(milliseconds(hour * 3_600.0))
        .ok()?;
    china.checked_add(second).ok()
}

/// Whole milliseconds of `seconds`, 0 to 86,400.
fn milliseconds(seconds: f64) -> i64 {
    let whole = libm::round(seconds.clamp(0.0, 86_400.0) * 1_000.0);
    // A whole number below 2^53 is written without a point.
    whole.to_string().parse().unwrap_or(0)
}
