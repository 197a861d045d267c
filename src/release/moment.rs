//! Moments of a release in words and in files. Days are those of China, which has one time zone.

use jiff::Timestamp;
use jiff::civil::Date;

/// The local offset in hours.
const OFFSET: i8 = 8;

/// A moment (microseconds UTC) as RFC 3339 with the offset of China: `2026-12-01T09:30:00+08:00`. Empty
/// if it is no moment.
#[must_use]
pub fn rfc3339(moment: i64) -> String {
    let found = Timestamp::from_microsecond(moment);
    found.map_or_else(
        |_| String::new(),
        |time| {
            let local = jiff::tz::offset(OFFSET).to_datetime(time);
            format!("{}+08:00", local.strftime("%Y-%m-%dT%H:%M:%S"))
        },
    )
}

/// Days from one local day (`YYYY-MM-DD`) to another; `None` if one of them is no day.
#[must_use]
pub fn days_between(from: &str, to: &str) -> Option<i64> {
    let from: Date = from.parse().ok()?;
    let to: Date = to.parse().ok()?;
    let span = from.until(to).ok()?;
    Some(i64::from(span.get_days()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_in_the_time_of_china() {
        let moment = 1_796_058_000_000_000;
        assert_eq!(rfc3339(moment), "2026-12-01T01:00:00+08:00");
        assert_eq!(days_between("2026-08-31", "2026-12-01"), Some(92));
        assert_eq!(days_between("2026-08-31", "soon"), None);
    }
}
