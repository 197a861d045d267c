//! Visits to the cases of a sample: which outcomes there are, what is checked, and what finally
//! became of a case (AAPOR 2023, *Standard Definitions*, 10th ed.).
//!
//! A case is a number in a PSU: the how many-th household of the list, or the how many-th person who
//! was stopped. What it stands for is known only to those who hold the list.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};

use crate::collection::fieldwork::local_day;
use crate::collection::label::is_label;
use crate::questionnaire::answer::Mode;

/// The modes in which cases are visited.
pub const VISIT_MODES: [Mode; 3] = [Mode::Onsite, Mode::Phone, Mode::Intercept];

/// Largest number of a case in a PSU.
pub const MOST_CASES: u32 = 99_999;

/// Most attempts for a case.
pub const MOST_ATTEMPTS: u32 = 99;

/// What came of a visit, or of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum VisitOutcome {
    /// A complete interview.
    Interview,
    /// A partial interview: broken off, with answers that can be used.
    Partial,
    /// A refusal, or a break-off without answers that can be used.
    Refusal,
    /// Nobody was met, though the household is known to be eligible.
    NoContact,
    /// Eligible, but for another reason without interview: illness, language, absence for the whole
    /// time.
    Other,
    /// Not eligible: no dwelling, nobody lives there, nobody of the population.
    Ineligible,
    /// It is not known whether the case is eligible; on the phone also a number that never answered.
    Unknown,
}

impl VisitOutcome {
    /// All, in the order of tables.
    pub const ALL: [VisitOutcome; 7] = [
        VisitOutcome::Interview,
        VisitOutcome::Partial,
        VisitOutcome::Refusal,
        VisitOutcome::NoContact,
        VisitOutcome::Other,
        VisitOutcome::Ineligible,
        VisitOutcome::Unknown,
    ];

    /// The word in files, requests and the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            VisitOutcome::Interview => "interview",
            VisitOutcome::Partial => "partial",
            VisitOutcome::Refusal => "refusal",
            VisitOutcome::NoContact => "no_contact",
            VisitOutcome::Other => "other",
            VisitOutcome::Ineligible => "ineligible",
            VisitOutcome::Unknown => "unknown",
        }
    }

    /// The outcome with that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<VisitOutcome> {
        let mut all = VisitOutcome::ALL.into_iter();
        all.find(|outcome| outcome.as_str() == word)
    }

    /// Whether a visit by `mode` can end so. A person who is stopped was met.
    #[must_use]
    pub fn is_of_mode(self, mode: Mode) -> bool {
        VISIT_MODES.contains(&mode) && !(mode == Mode::Intercept && self == VisitOutcome::NoContact)
    }

    /// How much it says about the case; the greatest of all attempts is final.
    fn precedence(self) -> u8 {
        match self {
            VisitOutcome::Interview => 6,
            VisitOutcome::Partial => 5,
            VisitOutcome::Ineligible => 4,
            VisitOutcome::Refusal => 3,
            VisitOutcome::Other => 2,
            VisitOutcome::NoContact => 1,
            VisitOutcome::Unknown => 0,
        }
    }
}

/// What finally became of a case with these attempts; `None` without attempts.
///
/// An interview counts whenever it was made, then a partial one. Whether the case is eligible comes
/// before why there is no interview. A refusal stays a refusal, however many visits find nobody
/// afterwards. Of the others, one with contact comes before one without, and what is known to be
/// eligible before what is not (AAPOR, *Final disposition codes*: information about eligibility and
/// human contact take precedence over the latest attempt).
#[must_use]
pub fn final_outcome(attempts: impl IntoIterator<Item = VisitOutcome>) -> Option<VisitOutcome> {
    attempts.into_iter().max_by_key(|own| own.precedence())
}

/// A visit as it comes in, before it is checked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct VisitFields<'a> {
    /// `onsite`, `phone` or `intercept`.
    pub mode: &'a str,
    /// The PSU.
    pub psu: &'a str,
    /// The number of the case, from 1.
    pub case: &'a str,
    /// The how many-th attempt, from 1.
    pub attempt: &'a str,
    /// Word of the outcome.
    pub outcome: &'a str,
    /// A day, or a day with a time in Beijing, or a time of RFC 3339.
    pub visited_at: &'a str,
    /// Who visited; may be empty.
    pub enumerator: &'a str,
}

/// A visit that was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedVisit {
    /// One of [`VISIT_MODES`].
    pub mode: Mode,
    /// A drawn PSU.
    pub psu: String,
    /// The number of the case, 1 to [`MOST_CASES`].
    pub case: u32,
    /// The how many-th attempt, 1 to [`MOST_ATTEMPTS`].
    pub attempt: u32,
    /// What came of it.
    pub outcome: VisitOutcome,
    /// In Beijing: `2026-06-01`, or `2026-06-01 09:30`.
    pub visited_at: String,
    /// Who visited; may be empty.
    pub enumerator: String,
}

/// What is wrong with a field of a visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VisitFault {
    /// The field: `mode`, `psu`, `case`, `attempt`, `outcome`, `visited_at` or `enumerator`.
    pub field: &'static str,
    /// The key of the message under `visits` in the locale files.
    pub key: &'static str,
}

/// Checks a visit at the time `now`. `is_drawn`: whether a PSU was drawn.
///
/// # Errors
/// All faults of its fields.
pub fn check(
    fields: &VisitFields<'_>,
    is_drawn: impl Fn(&str) -> bool,
    now: Timestamp,
) -> Result<CheckedVisit, Vec<VisitFault>> {
    let mut faults = Vec::new();
    let mut fault = |field, key| faults.push(VisitFault { field, key });
    let mode = Mode::from_name(fields.mode.trim()).filter(|mode| VISIT_MODES.contains(mode));
    if mode.is_none() {
        fault("mode", "fault_mode");
    }
    let psu = fields.psu.trim();
    if psu.is_empty() || !is_drawn(psu) {
        fault("psu", "fault_psu");
    }
    let case = number(fields.case, MOST_CASES);
    if case.is_none() {
        fault("case", "fault_case");
    }
    let attempt = number(fields.attempt, MOST_ATTEMPTS);
    if attempt.is_none() {
        fault("attempt", "fault_attempt");
    }
    let outcome = VisitOutcome::parse(fields.outcome.trim());
    match (outcome, mode) {
        (None, _) => fault("outcome", "fault_outcome"),
        (Some(outcome), Some(mode)) if !outcome.is_of_mode(mode) => {
            fault("outcome", "fault_outcome_mode");
        }
        _ => {}
    }
    let visited_at = moment(fields.visited_at.trim());
    let today = local_day(now);
    match &visited_at {
        None => fault("visited_at", "fault_day"),
        Some((day, _)) if *day > today => fault("visited_at", "fault_future"),
        Some(_) => {}
    }
    let enumerator = fields.enumerator.trim();
    if !is_label(enumerator) {
        fault("enumerator", "fault_enumerator");
    }
    match (mode, case, attempt, outcome, visited_at) {
        (Some(mode), Some(case), Some(attempt), Some(outcome), Some((_, visited_at)))
            if faults.is_empty() =>
        {
            Ok(CheckedVisit {
                mode,
                psu: psu.to_owned(),
                case,
                attempt,
                outcome,
                visited_at,
                enumerator: enumerator.to_owned(),
            })
        }
        _ => Err(faults),
    }
}

/// A whole number from 1 to `most`. A spreadsheet may write `3` as `3.0`.
fn number(written: &str, most: u32) -> Option<u32> {
    let written = written.trim();
    let written = written.strip_suffix(".0").unwrap_or(written);
    let digits = !written.is_empty() && written.bytes().all(|byte| byte.is_ascii_digit());
    let number: Option<u32> = written.parse().ok();
    number.filter(|number| digits && (1..=most).contains(number))
}

/// A day, or a day with a time, in Beijing: the day, and both as they are stored.
fn moment(written: &str) -> Option<(Date, String)> {
    let with_time = |time: DateTime| {
        let stored = time.strftime("%Y-%m-%d %H:%M").to_string();
        (time.date(), stored)
    };
    if let Ok(time) = written.parse::<Timestamp>() {
        return Some(with_time(jiff::tz::offset(8).to_datetime(time)));
    }
    if written.len() <= 10 {
        let slashes = written.replace('/', "-");
        let day = Date::strptime("%Y-%m-%d", slashes).ok()?;
        return Some((day, day.to_string()));
    }
    let time: DateTime = written.replace('/', "-").parse().ok()?;
    // A spreadsheet adds a midnight to a day.
    match time.time() == jiff::civil::Time::midnight() {
        true => Some((time.date(), time.date().to_string())),
        false => Some(with_time(time)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use VisitOutcome::{Ineligible, Interview, NoContact, Other, Partial, Refusal, Unknown};

    fn fields() -> VisitFields<'static> {
        VisitFields {
            mode: "onsite",
            psu: "HSD-01",
            case: "7",
            attempt: "1",
            outcome: "no_contact",
            visited_at: "2026-06-01",
            enumerator: "e07",
        }
    }

    fn checked(fields: VisitFields<'_>) -> Result<CheckedVisit, Vec<VisitFault>> {
        let now = "2026-06-02T00:00:00Z".parse().unwrap();
        check(&fields, |psu| psu == "HSD-01", now)
    }

    #[test]
    fn a_refusal_outlasts_empty_doors_and_an_interview_outlasts_a_refusal() {
        assert_eq!(
            final_outcome([Refusal, NoContact, NoContact]),
            Some(Refusal)
        );
        assert_eq!(
            final_outcome([Refusal, Interview, NoContact]),
            Some(Interview)
        );
        assert_eq!(final_outcome([NoContact, Unknown]), Some(NoContact));
        assert_eq!(final_outcome([Refusal, Ineligible]), Some(Ineligible));
        assert_eq!(final_outcome([Other, Partial]), Some(Partial));
        assert_eq!(final_outcome([]), None);
    }

    #[test]
    fn nobody_is_stopped_without_contact() {
        let wrong = VisitFields {
            mode: "intercept",
            ..fields()
        };
        let faults = checked(wrong).unwrap_err();
        assert_eq!(
            faults,
            [VisitFault {
                field: "outcome",
                key: "fault_outcome_mode"
            }]
        );
    }

    #[test]
    fn every_fault_is_named_at_once() {
        let wrong = VisitFields {
            mode: "paper",
            psu: "elsewhere",
            case: "13800000000",
            attempt: "0",
            outcome: "away",
            visited_at: "2026-06-03",
            enumerator: "e07",
        };
        let fields: Vec<&str> = checked(wrong)
            .unwrap_err()
            .iter()
            .map(|own| own.field)
            .collect();
        assert_eq!(
            fields,
            ["mode", "psu", "case", "attempt", "outcome", "visited_at"]
        );
    }

    #[test]
    fn times_are_kept_in_beijing() {
        for (written, stored) in [
            ("2026-06-01", "2026-06-01"),
            ("2026/6/1", "2026-06-01"),
            ("2026-06-01 09:30", "2026-06-01 09:30"),
            ("2026-06-01T01:30:00Z", "2026-06-01 09:30"),
            ("2026-06-01 00:00:00", "2026-06-01"),
        ] {
            let own = VisitFields {
                visited_at: written,
                ..fields()
            };
            assert_eq!(checked(own).unwrap().visited_at, stored, "{written}");
        }
        let own = VisitFields {
            visited_at: "1 June",
            ..fields()
        };
        assert_eq!(checked(own).unwrap_err().len(), 1);
    }
}
