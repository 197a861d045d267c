//! The days of collection, and the last month in which the form is valid.

use jiff::civil::Date;

use super::reader::Entries;

/// `opens`, `closes` and `valid_until`; each is empty if it is wrong.
pub(super) fn dates(entries: &Entries<'_, '_>) -> (String, String, String) {
    let opens = day(entries, "opens");
    let closes = day(entries, "closes");
    let valid_until = month(entries);
    // Both are YYYY-MM-DD here, so the order of the texts is the order of the days.
    if !opens.is_empty() && !closes.is_empty() && opens > closes {
        let message = format!("the survey closes on {closes}, before it opens on {opens}");
        entries.report("closes", message, "swap the two, or correct the year");
    }
    if !closes.is_empty() && !valid_until.is_empty() && closes.get(..7) > Some(valid_until.as_str())
    {
        let message =
            format!("the survey closes on {closes}, after the form is valid until {valid_until}");
        entries.report(
            "closes",
            message,
            "close it earlier, or have the form's validity extended",
        );
    }
    (opens, closes, valid_until)
}

fn day(entries: &Entries<'_, '_>, key: &str) -> String {
    let written = entries.required_string(
        key,
        &format!("give the local date, such as `{key} = \"2026-06-01\"`"),
    );
    if entries.get(key).is_none() || entries.string(key).is_none() || is_day(&written) {
        return written;
    }
    entries.report(
        key,
        format!("`{written}` is not a date"),
        "write YYYY-MM-DD, such as \"2026-06-01\"",
    );
    String::new()
}

fn month(entries: &Entries<'_, '_>) -> String {
    let cure = "give the last month of the form's validity, such as `valid_until = \"2027-01\"`";
    let written = entries.required_string("valid_until", cure);
    if entries.string("valid_until").is_none() || is_day(&format!("{written}-01")) {
        return written;
    }
    entries.report(
        "valid_until",
        format!("`{written}` is no month"),
        "write YYYY-MM, such as \"2027-01\"",
    );
    String::new()
}

fn is_day(written: &str) -> bool {
    let shaped = written.len() == 10
        && written
            .bytes()
            .enumerate()
            .all(|(place, byte)| match place {
                4 | 7 => byte == b'-',
                _ => byte.is_ascii_digit(),
            });
    shaped && written.parse::<Date>().is_ok()
}
