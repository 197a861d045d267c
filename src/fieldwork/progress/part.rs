//! Parts of the sample, targets and progress of each.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::estimation::count::count;
use crate::fieldwork::count::number;
use crate::fieldwork::forecast::Pace;
use crate::fieldwork::period::Period;

/// Valid responses of one day, mode and county.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// Day of the city's time.
    pub day: Date,
    /// Mode, or the group of modes that targets are set for.
    pub mode: String,
    /// Code of the county.
    pub county: String,
    /// All valid responses.
    pub valid: u64,
    /// The sampled ones among them.
    pub sampled: u64,
}

/// A part of the responses. `Part::default()` is all valid ones.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Part {
    /// Only the sampled ones.
    pub is_sampled: bool,
    /// Only this mode.
    pub mode: Option<String>,
    /// Only this county.
    pub county: Option<String>,
}

/// How many responses a part should have at close.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// The part.
    pub part: Part,
    /// Responses, ≥ 0.
    pub responses: f64,
}

/// The progress of one part.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// The part.
    pub part: Part,
    /// Responses wanted at close.
    pub target: Option<f64>,
    /// Responses so far, today's included.
    pub done: u64,
    /// Responses of today.
    pub today: u64,
    /// Responses expected before today.
    pub expected: Option<f64>,
    /// How far it is behind: 0.4 is 40 % less than expected, negative is ahead. `None` without a target or
    /// before the first day is over.
    pub behind: Option<f64>,
    /// Responses a working day; `None` before the first day is over.
    pub pace: Option<f64>,
    /// Responses of each working day of the pace, in order.
    pub pace_days: Vec<u64>,
    /// Responses at close at this pace.
    pub at_close: Option<f64>,
    /// Responses missing at close at this pace, ≥ 0.
    pub missing: Option<f64>,
}

impl Progress {
    /// The pace in the form of the forecast.
    #[must_use]
    pub fn pace_until_close(&self, period: &Period, today: Date) -> Pace {
        let is_today = period.is_working(today);
        let a_day = self.pace.unwrap_or(0.0);
        // What is left of today is what it lacks to a usual day.
        let of_today = match is_today && a_day > 0.0 {
            true => (1.0 - number(self.today) / a_day).max(0.0),
            false => 0.0,
        };
        Pace {
            days: self.pace_days.clone(),
            left: of_today + period.left_after(today),
        }
    }
}

/// Days and counts of a part.
#[derive(Default)]
struct Tally {
    by_day: BTreeMap<Date, u64>,
}

/// The progress of every part: all, sampled, each mode, each county, each county of each mode (all and
/// sampled), and every part that has a target. In the order of [`Part`].
///
/// * `today`: the day on which somebody looks; its responses count as done
#[must_use]
pub fn progress(
    counted: &[Counted],
    targets: &[Target],
    period: &Period,
    today: Date,
) -> Vec<Progress> {
    let mut tallies: BTreeMap<Part, Tally> = BTreeMap::new();
    for target in targets {
        tallies.entry(target.part.clone()).or_default();
    }
    tallies.entry(Part::default()).or_default();
    for own in counted {
        for (is_sampled, n) in [(false, own.valid), (true, own.sampled)] {
            for mode in [None, Some(own.mode.clone())] {
                for county in [None, Some(own.county.clone())] {
                    let part = Part {
                        is_sampled,
                        mode: mode.clone(),
                        county,
                    };
                    let tally = tallies.entry(part).or_default();
                    *tally.by_day.entry(own.day).or_default() += n;
                }
            }
        }
    }
    tallies
        .into_iter()
        .map(|(part, tally)| {
            let target = targets.iter().find(|target| target.part == part);
            of_part(
                part.clone(),
                target.map(|own| own.responses),
                &tally,
                period,
                today,
            )
        })
        .collect()
}

fn of_part(
    part: Part,
    target: Option<f64>,
    tally: &Tally,
    period: &Period,
    today: Date,
) -> Progress {
    let before: u64 = tally.by_day.range(..today).map(|(_, n)| n).sum();
    let of_today: u64 = tally.by_day.range(today..).map(|(_, n)| n).sum();
    let pace_days: Vec<u64> = period
        .of_pace(today)
        .iter()
        .map(|day| tally.by_day.get(day).copied().unwrap_or(0))
        .collect();
    let pace =
        (!pace_days.is_empty()).then(|| number(pace_days.iter().sum()) / count(pace_days.len()));
    let expected = target.map(|target| target * period.elapsed(today));
    let at_close = pace.map(|pace| {
        let usual_today = if period.is_working(today) { pace } else { 0.0 };
        number(before) + usual_today.max(number(of_today)) + pace * period.left_after(today)
    });
    Progress {
        part,
        target,
        done: before + of_today,
        today: of_today,
        behind: expected
            .filter(|expected| *expected > 0.0)
            .map(|expected| 1.0 - number(before) / expected),
        expected,
        pace,
        pace_days,
        missing: target
            .zip(at_close)
            .map(|(target, at_close)| (target - at_close).max(0.0)),
        at_close,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::ToSpan;
    use jiff::civil::date;

    fn counted(day: i8, mode: &str, county: &str, valid: u64, sampled: u64) -> Counted {
        Counted {
            day: date(2026, 6, day),
            mode: mode.to_owned(),
            county: county.to_owned(),
            valid,
            sampled,
        }
    }

    fn period() -> Period {
        Period {
            first: date(2026, 6, 1),
            last: date(2026, 6, 20),
            days_off: Vec::new(),
        }
    }

    #[test]
    fn a_county_that_is_behind_is_missing_interviews_at_close() {
        let on_site = Part {
            is_sampled: true,
            mode: Some("onsite".to_owned()),
            county: Some("411725".to_owned()),
        };
        let rows: Vec<Counted> = (1..=10)
            .map(|day| counted(day, "onsite", "411725", 6, 6))
            .chain([counted(3, "online", "411725", 5, 0)])
            .collect();
        let target = Target {
            part: on_site.clone(),
            responses: 200.0,
        };
        let all = progress(&rows, &[target], &period(), date(2026, 6, 11));
        let own = all.iter().find(|own| own.part == on_site).unwrap();
        assert_eq!((own.done, own.expected), (60, Some(100.0)));
        assert!((own.behind.unwrap() - 0.4).abs() < 1e-12);
        assert_eq!((own.pace, own.at_close), (Some(6.0), Some(120.0)));
        assert_eq!(own.missing, Some(80.0));
        let pace = own.pace_until_close(&period(), date(2026, 6, 11));
        assert_eq!((pace.days, pace.left), (vec![6; 7], 10.0));
        let whole = all.iter().find(|own| own.part == Part::default()).unwrap();
        assert_eq!((whole.done, whole.target, whole.behind), (65, None, None));
    }

    #[test]
    fn today_counts_as_done_but_not_as_expected() {
        let rows = [
            counted(1, "onsite", "a", 10, 10),
            counted(2, "onsite", "a", 4, 4),
        ];
        let target = Target {
            part: Part::default(),
            responses: 200.0,
        };
        let found = progress(
            &rows,
            std::slice::from_ref(&target),
            &period(),
            date(2026, 6, 2),
        );
        let own = found.first().unwrap();
        assert_eq!((own.done, own.today, own.expected), (14, 4, Some(10.0)));
        assert_eq!(own.behind, Some(0.0));
        assert_eq!(own.at_close, Some(10.0 + 10.0 + 180.0));
        assert_eq!(own.missing, Some(0.0));
        let first = progress(&rows[..1], &[target], &period(), date(2026, 6, 1));
        let own = first.first().unwrap();
        assert_eq!((own.behind, own.pace, own.missing), (None, None, None));
    }

    #[test]
    fn days_without_a_response_lower_the_pace_and_a_part_without_any_is_listed() {
        let rows = [counted(1, "onsite", "a", 70, 70)];
        let target = Target {
            part: Part {
                county: Some("b".to_owned()),
                ..Part::default()
            },
            responses: 10.0,
        };
        let today = date(2026, 6, 1).saturating_add(7.days());
        let found = progress(&rows, &[target], &period(), today);
        assert_eq!(found.first().unwrap().pace, Some(10.0));
        let b = found.iter().find(|own| own.target.is_some()).unwrap();
        assert_eq!((b.done, b.behind, b.missing), (0, Some(1.0), Some(10.0)));
    }
}
