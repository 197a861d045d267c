//! The flags of a response: why it may need a review. A flag never removes a response by itself.
//!
//! # Times
//!
//! The questionnaire is one static page without a session. So the server sees only when a response
//! arrives; when it was begun is the phone's word. It cannot be checked, but it can be missing or
//! impossible:
//!
//! - Missing (`no_time`): someone without script has no times, and so has a program that hides them.
//!   The server cannot tell them apart. Such responses count, and the figures are shown without them
//!   too.
//! - Impossible (`bad_time`): a finish before the start, one of two times, or longer than the survey
//!   has been open. No page sends that, unless the phone's clock was changed meanwhile. A rule of the
//!   plan about `duration` takes it as 0 s.
//!
//! A wrong date alone is no fault: many phones have one, and the duration is right all the same.

use crate::collection::response::Timing;

/// The field that people do not see was filled in.
pub const HONEYPOT: &str = "honeypot";
/// An online response without times.
pub const NO_TIME: &str = "no_time";
/// An online response whose times cannot be true.
pub const BAD_TIME: &str = "bad_time";

/// All flags.
pub const ALL: [&str; 3] = [HONEYPOT, NO_TIME, BAD_TIME];

/// Whether `flags`, separated by spaces, has `flag`.
pub fn has(flags: &str, flag: &str) -> bool {
    flags.split(' ').any(|own| own == flag)
}

/// The flag for the times of an online response, if any. `opened_at`: when the survey opened,
/// microseconds UTC.
pub fn of_times(timing: &Timing, opened_at: Option<i64>) -> Option<&'static str> {
    let (started, finished) = match (timing.started_at, timing.finished_at) {
        (None, None) => return Some(NO_TIME),
        (Some(started), Some(finished)) => (started, finished),
        _ => return Some(BAD_TIME),
    };
    let open = opened_at.and_then(|opened| timing.received_at.checked_sub(opened));
    let taken = finished.checked_sub(started).filter(|taken| *taken >= 0);
    let is_possible = taken.is_some_and(|taken| open.is_none_or(|open| taken <= open));
    (!is_possible).then_some(BAD_TIME)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_missing_impossible_or_fine_whatever_the_date_of_the_phone() {
        let day = 86_400_000_000;
        let flag = |started: Option<i64>, finished: Option<i64>| {
            let timing = Timing {
                received_at: 1000 * day,
                started_at: started,
                finished_at: finished,
            };
            of_times(&timing, Some(990 * day))
        };
        assert_eq!(flag(None, None), Some(NO_TIME));
        for (started, finished) in [
            (Some(5), None),
            (None, Some(5)),
            (Some(1000 * day), Some(1000 * day - 1)),
            (Some(980 * day), Some(1000 * day)),
            (Some(i64::MIN), Some(i64::MAX)),
        ] {
            assert_eq!(
                flag(started, finished),
                Some(BAD_TIME),
                "{started:?} {finished:?}"
            );
        }
        // Years ahead, years behind, a draft of three days.
        for (started, finished) in [(9000 * day, 9000 * day + 1), (0, 1), (995 * day, 998 * day)] {
            assert_eq!(flag(Some(started), Some(finished)), None, "{started}");
        }
        assert!(has("honeypot no_time", NO_TIME) && !has("no_times", NO_TIME));
    }
}
