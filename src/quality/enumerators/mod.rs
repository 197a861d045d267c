//! The set of each enumerator, on site, on the phone, or typing paper forms: which differ from those
//! of the others by more than chance and areas explain.
//!
//! | rule | what it compares | proposes |
//! |---|---|---|
//! | [`PACE`] | interviews a day; median duration | no |
//! | [`DONT_KNOW`] | share of don't-knows among the answers | no |
//! | [`BLANK_ANSWERS`] | share of questions without an answer | no |
//! | [`LEVEL`] | mean of the answers against others in the same area | no |
//! | [`VARIANCE`] | how different the forms are from each other; variation inside forms; straight-lined forms | yes |
//! | [`COPIES`] | forms that match an earlier one of the same set | yes |
//! | [`BACK_CHECKS`] | answers that were found wrong when some people were asked again | yes |
//!
//! The limits are those of a funnel over enumerators (`funnel.rs`), with Holm's correction: each rule
//! aims at flagging any honest enumerator in 1 % of surveys ([`Settings::alpha`]). A rule that proposes
//! nothing finds habits that need a talk, such as accepting "don't know" at once.
//!
//! Simulated surveys (`tests/quality_enumerators.rs`: 20 to 60 interviews each, 20 items, nine in ten
//! satisfied, ICC of PSUs 0.1, 40 enumerators, two of them cheats): those who write the same or nine
//! tenths of the same into every form were all found; of those who copy 3 in 10 forms and change two
//! answers, 96 %; of those who copy half of them and change four, all. Fewer than 0.1 % of honest
//! enumerators were proposed, and 0.2 % with 16 enumerators; with twice the ICC and 16 enumerators 0.4
//! %. Hardest: "very satisfied" in nine tenths of every form, with 16 enumerators (89 % found).

mod back_checks;
mod binomial;
mod copies;
mod funnel;
mod measures;
mod pace;
mod sets;

pub use back_checks::{ALLOWED_ERROR_RATE, BACK_CHECKS, BackCheck, back_checks};
pub use copies::COPIES;

use rayon::prelude::*;

use crate::estimation::count::count;
use crate::quality::finding::{Finding, Measure, Subject};
use crate::quality::responses::Responses;
use crate::quality::scales::{main_scale, rated};

use funnel::{Point, Side};
use measures::FormValues;
use sets::Set;

/// Rule: pace.
pub const PACE: &str = "enumerator_pace";
/// Rule: share of don't-knows.
pub const DONT_KNOW: &str = "enumerator_dont_know";
/// Rule: share of blanks.
pub const BLANK_ANSWERS: &str = "enumerator_blank";
/// Rule: level of the answers.
pub const LEVEL: &str = "enumerator_level";
/// Rule: too little variation.
pub const VARIANCE: &str = "enumerator_variance";

/// Version of the rules of this module.
const VERSION: u16 = 1;

/// What the rules depend on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// Probability that a rule flags any honest enumerator of a survey, 0 to 1. 0.01 by default: an
    /// accusation is grave, and fabricated sets differ by far more.
    pub alpha: f64,
    /// Forms that a set must have to be looked at. 10 by default: in fewer, equal answers are chance.
    pub least_forms: usize,
    /// Seconds by which the city's time is ahead of UTC. 28,800 by default (China).
    pub utc_offset: i64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            alpha: 0.01,
            least_forms: 10,
            utc_offset: 28_800,
        }
    }
}

/// The findings of all rules but the back-checks, by rule and enumerator.
///
/// A finding has all rows of the enumerator: who invented some forms may have invented any. There is
/// none with fewer than 8 enumerators of enough forms, except for copies. A set with fewer forms than
/// [`Settings::least_forms`] is left out.
///
/// # Example
///
/// ```
/// use minyi::quality::{Responses, enumerators};
///
/// let none = enumerators::findings(&Responses::default(), &enumerators::Settings::default());
/// assert!(none.is_empty());
/// ```
#[must_use]
pub fn findings(responses: &Responses, settings: &Settings) -> Vec<Finding> {
    let sets: Vec<Set> = sets::sets(responses)
        .into_iter()
        .filter(|set| set.rows.len() >= settings.least_forms.max(2))
        .collect();
    let main = main_scale(&responses.items);
    let values: Vec<FormValues> = sets
        .par_iter()
        .map(|set| measures::form_values(responses, set, &main))
        .collect();
    let levels: Vec<f64> = values
        .iter()
        .map(|values| measures::mean_of(&values.level, 2).map_or(0.0, |point| point.value))
        .collect();
    let mut found = Vec::new();
    for rule in [PACE, DONT_KNOW, BLANK_ANSWERS, LEVEL, VARIANCE] {
        let compared = compared(rule, responses, &sets, &values, settings);
        found.extend(by_funnel(rule, &sets, compared, &levels, settings.alpha));
    }
    found.extend(copies::findings(responses, &sets, &values, settings.alpha));
    found
}

/// A measure of each set, and what is unusual about it.
struct Compared {
    /// Keys of the value, of its median over enumerators, and of the limit.
    keys: [&'static str; 3],
    /// One for each set; `None` if it has too little for the measure.
    points: Vec<Option<Point>>,
    side: Side,
    /// Whether it is compared with sets of the same level of answers: where people are more satisfied,
    /// they also differ less.
    is_by_level: bool,
    /// Least variance of one form.
    floor: f64,
    /// The share of the usual value that a low one must be below.
    at_most: Option<f64>,
    /// From the scale of the test to that of the reader.
    back: fn(f64) -> f64,
}

fn compared(
    rule: &'static str,
    responses: &Responses,
    sets: &[Set],
    values: &[FormValues],
    settings: &Settings,
) -> Vec<Compared> {
    let least = settings.least_forms;
    let rate = |of: fn(&FormValues) -> &Vec<f64>| -> Vec<Option<Point>> {
        values
            .iter()
            .map(|values| measures::mean_of(of(values), least).map(measures::root))
            .collect()
    };
    match rule {
        PACE => pace_of(responses, sets, settings),
        DONT_KNOW => vec![Compared {
            keys: [
                "dont_know_rate",
                "dont_know_rate_usual",
                "dont_know_rate_limit",
            ],
            points: rate(|values| &values.dont_know),
            side: Side::High,
            is_by_level: false,
            floor: LEAST_ROOT_VARIANCE,
            at_most: None,
            back: |x| x * x,
        }],
        BLANK_ANSWERS => vec![Compared {
            keys: ["blank_rate", "blank_rate_usual", "blank_rate_limit"],
            points: rate(|values| &values.blank),
            side: Side::High,
            is_by_level: false,
            floor: LEAST_ROOT_VARIANCE,
            at_most: None,
            back: |x| x * x,
        }],
        LEVEL => vec![Compared {
            keys: [
                "level_difference",
                "level_difference_usual",
                "level_difference_limit",
            ],
            points: measures::levels_in_area(responses, sets, values)
                .iter()
                .map(|levels| measures::mean_of(levels, least))
                .collect(),
            side: Side::Both,
            is_by_level: false,
            floor: LEAST_LEVEL_VARIANCE,
            at_most: None,
            back: |x| x,
        }],
        _ => variance(responses, sets, values, least),
    }
}

/// Both sides: too slow is a question as well. Outside of mean ± 2 SD, the usual rule, lies one honest
/// enumerator in twenty; the limits here hold for all of them together.
fn pace_of(responses: &Responses, sets: &[Set], settings: &Settings) -> Vec<Compared> {
    vec![
        Compared {
            keys: [
                "interviews_a_day",
                "interviews_a_day_usual",
                "interviews_a_day_limit",
            ],
            points: sets
                .iter()
                .map(|set| pace::interviews_a_day(responses, set, settings.utc_offset))
                .collect(),
            side: Side::Both,
            is_by_level: false,
            floor: LEAST_LOG_VARIANCE,
            at_most: None,
            back: libm::exp,
        },
        Compared {
            keys: [
                "median_seconds",
                "median_seconds_usual",
                "median_seconds_limit",
            ],
            points: sets
                .iter()
                .map(|set| pace::median_duration(responses, set, settings.least_forms))
                .collect(),
            side: Side::Both,
            is_by_level: false,
            floor: LEAST_LOG_VARIANCE,
            at_most: None,
            back: libm::exp,
        },
    ]
}

/// The share of the usual difference between forms below which a set counts as filled in alike. A PSU
/// where everyone is very satisfied has two thirds of it; invented forms with a fifth of the answers
/// changed have less than half.
const ALIKE: f64 = 0.6;

/// Least variance of a logarithm: an SD of 5 %.
const LEAST_LOG_VARIANCE: f64 = 0.0025;
/// Least variance of the root of a rate of a form: that of a count is 1/4, and a form has some 25
/// questions.
const LEAST_ROOT_VARIANCE: f64 = 0.01;
/// Least variance of a level between 0 and 1: an SD of 0.05.
const LEAST_LEVEL_VARIANCE: f64 = 0.0025;
/// Least variance of a share of answers that differ: an SD of 0.05.
const LEAST_DIFFERENCE_VARIANCE: f64 = 0.0025;
/// Least variance of a standard deviation across items: an SD of 0.1 steps of the scale.
const LEAST_IRV_VARIANCE: f64 = 0.01;

fn variance(
    responses: &Responses,
    sets: &[Set],
    values: &[FormValues],
    least: usize,
) -> Vec<Compared> {
    let rated = rated(&responses.items);
    vec![
        Compared {
            keys: ["difference", "difference_usual", "difference_limit"],
            points: sets
                .par_iter()
                .map(|set| measures::difference(responses, set, &rated, least))
                .collect(),
            side: Side::Low,
            is_by_level: true,
            floor: LEAST_DIFFERENCE_VARIANCE,
            at_most: Some(ALIKE),
            back: |x| x,
        },
        Compared {
            keys: ["variation", "variation_usual", "variation_limit"],
            points: values
                .iter()
                .map(|values| measures::mean_of(&values.irv, least))
                .collect(),
            side: Side::Low,
            is_by_level: true,
            floor: LEAST_IRV_VARIANCE,
            at_most: None,
            back: |x| x,
        },
        Compared {
            keys: [
                "straight_lined",
                "straight_lined_usual",
                "straight_lined_limit",
            ],
            points: values
                .iter()
                .map(|values| measures::mean_of(&values.straight, least).map(measures::root))
                .collect(),
            side: Side::High,
            is_by_level: true,
            floor: 0.25,
            at_most: None,
            back: |x| x * x,
        },
    ]
}

/// One finding for each set that is outside of a funnel, with the measures that are.
fn by_funnel(
    rule: &'static str,
    sets: &[Set],
    compared: Vec<Compared>,
    levels: &[f64],
    alpha: f64,
) -> Vec<Finding> {
    let mut measures: Vec<Vec<Measure>> = vec![Vec::new(); sets.len()];
    let tests = count(compared.len());
    for compared in compared {
        let (at, points): (Vec<usize>, Vec<Point>) = compared
            .points
            .iter()
            .enumerate()
            .filter_map(|(at, point)| point.map(|point| (at, point)))
            .unzip();
        let expected = if compared.is_by_level {
            let of_point: Vec<f64> = at
                .iter()
                .filter_map(|at| levels.get(*at).copied())
                .collect();
            funnel::line(&points, &of_point)
        } else {
            vec![0.0; points.len()]
        };
        let (side, floor) = (compared.side, compared.floor);
        for outside in funnel::outside(&points, &expected, side, floor, alpha / tests) {
            let point = points.get(outside.at);
            let of_set = at.get(outside.at).and_then(|at| measures.get_mut(*at));
            let is_far = |point: &&Point| {
                compared
                    .at_most
                    .is_none_or(|share| point.value < share * outside.usual)
            };
            if let (Some(point), Some(of_set)) = (point.filter(is_far), of_set) {
                let numbers = [point.value, outside.usual, outside.limit];
                of_set.extend(
                    compared
                        .keys
                        .into_iter()
                        .zip(numbers)
                        .map(|(key, value)| Measure {
                            key,
                            value: (compared.back)(value),
                        }),
                );
            }
        }
    }
    sets.iter()
        .zip(measures)
        .filter(|(_, measures)| !measures.is_empty())
        .map(|(set, measures)| Finding {
            rule,
            version: VERSION,
            subject: Subject::Enumerator(set.enumerator.clone()),
            rows: set.rows.clone(),
            is_proposed: rule == VARIANCE,
            measures: std::iter::once(Measure {
                key: "forms",
                value: count(set.rows.len()),
            })
            .chain(measures)
            .collect(),
        })
        .collect()
}
