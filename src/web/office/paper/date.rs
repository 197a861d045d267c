//! The date and time of an interview as they are typed from a form.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};

/// What was typed, in the one form in which it is stored and compared: `2026-06-01`, with ` 09:30` if
/// it has a time. The digits alone are enough: `20260601` or `202606010930`. `None` if it is no date.
pub fn normal(typed: &str) -> Option<String> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Some(String::new());
    }
    let digits: String = typed
        .chars()
        .map(crate::questionnaire::answer::half_width)
        .filter(|letter| !matches!(letter, '-' | ':' | ' ' | 'T' | '/' | '.'))
        .collect();
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part = |from: usize, to: usize| digits.get(from..to);
    let date = format!("{}-{}-{}", part(0, 4)?, part(4, 6)?, part(6, 8)?);
    date.parse::<Date>().ok()?;
    match digits.len() {
        8 => Some(date),
        12 => {
            let time = format!("{}:{}", part(8, 10)?, part(10, 12)?);
            let whole = format!("{date} {time}");
            whole.parse::<DateTime>().ok()?;
            Some(whole)
        }
        _ => None,
    }
}

/// The time in Beijing (UTC+8) that [`normal`] gave; `None` for a date without a time.
pub fn instant(normal: &str) -> Option<Timestamp> {
    let local: DateTime = normal.parse().ok().filter(|_| normal.contains(':'))?;
    jiff::tz::offset(8).to_timestamp(local).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_has_one_form_however_it_is_typed() {
        for typed in [
            "2026-06-01 09:30",
            "202606010930",
            "2026/06/01 09:30",
            "2026.06.01 ０９：３０",
        ] {
            assert_eq!(
                normal(typed).as_deref(),
                Some("2026-06-01 09:30"),
                "{typed}"
            );
        }
        assert_eq!(normal(" 20260601 ").as_deref(), Some("2026-06-01"));
        assert_eq!(normal("").as_deref(), Some(""));
        for wrong in [
            "2026-02-30",
            "202606",
            "2026-06-01 25:00",
            "yesterday",
            "2026060109",
        ] {
            assert_eq!(normal(wrong), None, "{wrong}");
        }
        assert_eq!(instant("2026-06-01"), None);
        let time = instant("2026-06-01 09:30").map(|time| time.to_string());
        assert_eq!(time.as_deref(), Some("2026-06-01T01:30:00Z"));
    }
}
