//! Answers that cannot both be true, areas outside of the survey, durations that no one can keep.
//!
//! All of these only flag. One response alone is never proposed for slowness, speed or giving one
//! answer to everything: honest people read fast, and are satisfied with everything.

use std::collections::BTreeMap;

use crate::estimation::count::count;

use super::finding::{Finding, Measure, Subject};
use super::responses::{Choice, Responses};

/// Rule: an area that is not one of the survey's.
pub const OUT_OF_AREA: &str = "out_of_area";
/// Rule: shorter than the questionnaire can be read.
pub const IMPOSSIBLE_DURATION: &str = "impossible_duration";
/// Rule: much shorter than usual in its mode.
pub const FAST: &str = "fast";

/// The share of the median duration of a mode below which a response is [`FAST`]: the usual limit for
/// speeders.
pub const FAST_SHARE: f64 = 0.30;

/// Known durations that the median of a mode needs.
const LEAST_DURATIONS: usize = 30;

/// Two answers that cannot both be true, such as "under 18" and "retired".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contradiction {
    /// Id of the rule, as in [`Finding::rule`].
    pub rule: &'static str,
    /// Position of the first question in [`Responses::items`].
    pub first_item: usize,
    /// Its choices that exclude those of the second.
    pub first: Vec<Choice>,
    /// Position of the second question.
    pub second_item: usize,
    /// Its choices.
    pub second: Vec<Choice>,
}

/// One finding for each contradiction that responses hold.
///
/// * `contradictions`: a question that does not exist is never contradicted
///
/// The measure `pair` is the position in `contradictions`, from 0.
#[must_use]
pub fn contradictions(responses: &Responses, contradictions: &[Contradiction]) -> Vec<Finding> {
    let mut found = Vec::new();
    for (pair, contradiction) in contradictions.iter().enumerate() {
        let columns = responses
            .answers
            .get(contradiction.first_item)
            .zip(responses.answers.get(contradiction.second_item));
        let Some((first, second)) = columns else {
            continue;
        };
        let rows = (0..)
            .zip(first.iter().zip(second))
            .filter(|(_, (first, second))| {
                contradiction.first.contains(first) && contradiction.second.contains(second)
            })
            .map(|(row, _)| row)
            .collect();
        found.extend(flag(contradiction.rule, rows, [("pair", count(pair))]));
    }
    found
}

/// The responses from areas that are not in `areas`. Those without an area are left out.
///
/// * `areas`: codes of the survey's areas, at the level of [`Responses::area`]
#[must_use]
pub fn out_of_area(responses: &Responses, areas: &[&str]) -> Option<Finding> {
    let is_outside: Vec<bool> = responses
        .area
        .labels
        .iter()
        .map(|label| !label.is_empty() && !areas.contains(&label.as_str()))
        .collect();
    let rows = (0..)
        .zip(&responses.area.codes)
        .filter(|(_, code)| {
            usize::try_from(**code)
                .ok()
                .and_then(|code| is_outside.get(code).copied())
                .unwrap_or(false)
        })
        .map(|(row, _)| row)
        .collect();
    flag(OUT_OF_AREA, rows, [])
}

/// The responses that were too short: [`IMPOSSIBLE_DURATION`], and [`FAST`] once for each mode.
///
/// # Formula
///
/// ```text
/// impossible: duration < `least_seconds`
/// fast: duration < 0.30 · median of the durations of the mode, and not impossible
/// ```
///
/// * `least_seconds`: what the texts take to read, such as 0.1 s for a Chinese character; 0 for none
///
/// A mode with fewer than 30 known durations has no median.
///
/// # Source
///
/// Greszki, Meyer & Schoen 2015, Public Opin. Q. 79, 471–503 (speeders by a share of the median).
#[must_use]
pub fn too_short(responses: &Responses, least_seconds: u32) -> Vec<Finding> {
    let known = || {
        (0_u32..)
            .zip(responses.duration.iter().zip(&responses.mode.codes))
            .map(|(row, (seconds, mode))| (row, *seconds, *mode))
            .filter(|(_, seconds, _)| *seconds != Responses::NO_DURATION)
    };
    let impossible = known()
        .filter(|(_, seconds, _)| *seconds < least_seconds)
        .map(|(row, ..)| row)
        .collect();
    let limit = [("limit_seconds", f64::from(least_seconds))];
    let mut found: Vec<Finding> = flag(IMPOSSIBLE_DURATION, impossible, limit)
        .into_iter()
        .collect();
    let mut of_mode: BTreeMap<u32, Vec<(u32, u32)>> = BTreeMap::new();
    for (row, seconds, mode) in known() {
        of_mode.entry(mode).or_default().push((row, seconds));
    }
    for durations in of_mode.into_values() {
        let mut sorted: Vec<u32> = durations.iter().map(|(_, seconds)| *seconds).collect();
        sorted.sort_unstable();
        let median = sorted.get(sorted.len() / 2).copied().map(f64::from);
        let Some(median) = median.filter(|_| sorted.len() >= LEAST_DURATIONS) else {
            continue;
        };
        let limit = FAST_SHARE * median;
        let rows = durations
            .into_iter()
            .filter(|(_, seconds)| *seconds >= least_seconds && f64::from(*seconds) < limit)
            .map(|(row, _)| row)
            .collect();
        let measures = [("median_seconds", median), ("limit_seconds", limit)];
        found.extend(flag(FAST, rows, measures));
    }
    found
}

/// A finding that proposes nothing; `None` without rows.
fn flag<const N: usize>(
    rule: &'static str,
    rows: Vec<u32>,
    measures: [(&'static str, f64); N],
) -> Option<Finding> {
    if rows.is_empty() {
        return None;
    }
    let mut all = vec![Measure {
        key: "responses",
        value: count(rows.len()),
    }];
    all.extend(measures.map(|(key, value)| Measure { key, value }));
    Some(Finding {
        rule,
        version: 1,
        subject: Subject::Responses,
        rows,
        is_proposed: false,
        measures: all,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quality::responses::{Item, Labels};

    fn responses(durations: &[u32]) -> Responses {
        let n = durations.len();
        let item = |code: &str| Item {
            code: code.to_owned(),
            scale: None,
            choices: 3,
            section: 0,
            is_reversed: false,
        };
        let label = |labels: &[&str], codes: Vec<u32>| Labels {
            labels: labels.iter().map(|label| (*label).to_owned()).collect(),
            codes,
        };
        Responses {
            items: vec![item("age"), item("job")],
            answers: vec![
                (0..n)
                    .map(|row| u8::try_from(row % 3).unwrap() + 1)
                    .collect(),
                vec![2; n],
            ],
            received_at: vec![0; n],
            duration: durations.to_vec(),
            mode: label(&["online"], vec![0; n]),
            area: label(
                &["", "370101", "999999"],
                (0..n).map(|row| u32::try_from(row % 3).unwrap()).collect(),
            ),
            ..Responses::default()
        }
    }

    #[test]
    fn a_contradiction_flags_the_rows_that_hold_both_answers() {
        let contradiction = |second: Choice| Contradiction {
            rule: "young_and_retired",
            first_item: 0,
            first: vec![1, 3],
            second_item: 1,
            second: vec![second],
        };
        let all = [contradiction(1), contradiction(2)];
        let found = contradictions(&responses(&[60; 5]), &all);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].rule, "young_and_retired");
        assert_eq!(found[0].rows, [0, 2, 3]);
        assert!(!found[0].is_proposed);
        assert!(found[0].measures.contains(&Measure {
            key: "pair",
            value: 1.0
        }));
    }

    #[test]
    fn an_area_outside_of_the_survey_is_flagged_and_a_missing_one_is_not() {
        let found = out_of_area(&responses(&[60; 6]), &["370101"]).unwrap();
        assert_eq!(found.rows, [2, 5]);
        assert!(out_of_area(&responses(&[60; 6]), &["370101", "999999"]).is_none());
    }

    #[test]
    fn short_durations_are_flagged_once_and_unknown_ones_never() {
        let mut durations = vec![600; 40];
        durations[3] = 5;
        durations[7] = 179;
        durations[8] = 180;
        durations[9] = Responses::NO_DURATION;
        let found = too_short(&responses(&durations), 30);
        let rules: Vec<_> = found
            .iter()
            .map(|finding| (finding.rule, finding.rows.clone(), finding.is_proposed))
            .collect();
        assert_eq!(
            rules,
            [
                (IMPOSSIBLE_DURATION, vec![3], false),
                (FAST, vec![7], false)
            ]
        );
    }

    #[test]
    fn too_few_durations_have_no_median() {
        let mut durations = vec![600; 29];
        durations[0] = 10;
        assert!(too_short(&responses(&durations), 0).is_empty());
    }
}
