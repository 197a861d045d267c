//! The audit record as CSV.

use crate::formats::csv::{without_formula, writer};
use crate::locale::{Language, text};
use crate::staff::AuditEntry;

/// The entries with their leaf indices as CSV with headings in `language`.
///
/// # Errors
/// When a row cannot be written.
pub fn audit_csv(language: Language, entries: &[(i64, AuditEntry)]) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut csv = writer(&mut bytes)?;
    let heading = |name: &str| text(language, &format!("office.audit_{name}"));
    let names = [
        "leaf", "time", "who", "role", "place", "action", "survey", "subject", "before", "after",
        "reason",
    ];
    csv.write_record(names.map(heading))?;
    for (leaf, entry) in entries {
        let time = jiff::Timestamp::from_microsecond(entry.happened_at);
        let time = time.map_or_else(
            |_| String::new(),
            |time| {
                jiff::tz::offset(8)
                    .to_datetime(time)
                    .strftime("%Y-%m-%d %H:%M:%S")
                    .to_string()
            },
        );
        csv.write_record([
            leaf.to_string(),
            time,
            without_formula(&entry.who),
            entry.role.clone(),
            entry.place.clone(),
            entry.action.as_str().to_owned(),
            entry.survey.clone(),
            without_formula(&entry.subject),
            without_formula(&entry.before),
            without_formula(&entry.after),
            without_formula(&entry.reason),
        ])?;
    }
    csv.flush()?;
    drop(csv);
    Ok(bytes)
}
