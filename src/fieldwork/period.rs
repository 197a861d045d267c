//! The days of fieldwork.

use jiff::civil::Date;
use jiff::{Span, ToSpan};

use crate::estimation::count::count;

/// Finished days that make the pace: a week has every weekday once.
pub const PACE_DAYS: i32 = 7;

/// The days of fieldwork.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Period {
    /// First day.
    pub first: Date,
    /// Last day.
    pub last: Date,
    /// Days on which nobody works, such as holidays, in any order.
    pub days_off: Vec<Date>,
}

impl Period {
    /// Whether somebody works on that day.
    #[must_use]
    pub fn is_working(&self, day: Date) -> bool {
        (self.first..=self.last).contains(&day) && !self.days_off.contains(&day)
    }

    /// The working days from `from` to `to`, both included.
    pub fn working_days(&self, from: Date, to: Date) -> impl Iterator<Item = Date> + '_ {
        let from = from.max(self.first);
        let to = to.min(self.last);
        let step: Span = 1.day();
        from.series(step)
            .take_while(move |day| *day <= to)
            .filter(|day| self.is_working(*day))
    }

    /// The share of the working time that is over before `today`, 0 to 1. Today does not count: it is not
    /// over.
    #[must_use]
    pub fn elapsed(&self, today: Date) -> f64 {
        let all = count(self.working_days(self.first, self.last).count());
        let over = count(self.finished(today).count());
        if all > 0.0 { over / all } else { 1.0 }
    }

    /// The working days before `today`.
    pub fn finished(&self, today: Date) -> impl Iterator<Item = Date> + '_ {
        self.working_days(self.first, self.last)
            .take_while(move |day| *day < today)
    }

    /// The working days of the pace: those of the last [`PACE_DAYS`] days before `today`, or before the
    /// day after the last if that is over.
    #[must_use]
    pub fn of_pace(&self, today: Date) -> Vec<Date> {
        let end = today.min(self.last.saturating_add(1.day()));
        let first = end.saturating_sub(PACE_DAYS.days());
        self.working_days(first, end.saturating_sub(1.day()))
            .collect()
    }

    /// Working days left after `today`.
    #[must_use]
    pub fn left_after(&self, today: Date) -> f64 {
        count(
            self.working_days(today.saturating_add(1.day()), self.last)
                .count(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn today_and_days_off_do_not_count() {
        let period = Period {
            first: date(2026, 6, 1),
            last: date(2026, 6, 10),
            days_off: vec![date(2026, 6, 7), date(2026, 6, 8)],
        };
        assert_eq!(period.elapsed(date(2026, 5, 1)), 0.0);
        assert_eq!(period.elapsed(date(2026, 6, 1)), 0.0);
        assert_eq!(period.elapsed(date(2026, 6, 5)), 0.5);
        assert_eq!(period.elapsed(date(2026, 6, 9)), 0.75);
        assert_eq!(period.elapsed(date(2026, 7, 1)), 1.0);
        assert_eq!(period.left_after(date(2026, 6, 5)), 3.0);
        assert_eq!(period.of_pace(date(2026, 6, 9)).len(), 5);
        assert_eq!(period.of_pace(date(2026, 6, 2)), [date(2026, 6, 1)]);
        assert!(period.of_pace(date(2026, 6, 1)).is_empty());
        assert_eq!(period.of_pace(date(2026, 9, 1)).len(), 5);
    }
}
