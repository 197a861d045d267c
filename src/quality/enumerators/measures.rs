//! What is measured of an enumerator's set: rates, variation and level of its answers.

use crate::estimation::count::count;
use crate::quality::indices::irv::irv;
use crate::quality::responses::{BLANK, DONT_KNOW, Responses};
use crate::quality::scales::{number, share_of_scale};

use super::funnel::Point;
use super::sets::{Set, at};

/// Answers that a form must have for "straight-lined": of fewer, many honest forms are.
const LEAST_ANSWERS: usize = 8;

/// The share of one answer from which on a form is straight-lined.
const STRAIGHT: f64 = 0.9;

/// Forms of others in an area that its mean needs.
const LEAST_IN_AREA: usize = 5;

/// Per-form values of a set, of the closed questions that have a rating scale and of all of them.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct FormValues {
    /// Share of don't-knows among the answers; NaN without one.
    pub dont_know: Vec<f64>,
    /// Share of blanks among the questions.
    pub blank: Vec<f64>,
    /// Standard deviation of the answers to the main scale ([`irv`]); NaN without one.
    pub irv: Vec<f64>,
    /// 1 for a straight-lined form, else 0; NaN with too few answers.
    pub straight: Vec<f64>,
    /// Mean of the answers on rating scales, 0 to 1, reversed items turned; NaN without one.
    pub level: Vec<f64>,
}

/// The values of each form of `set`.
pub(super) fn form_values(responses: &Responses, set: &Set, main: &[usize]) -> FormValues {
    let mut values = FormValues::default();
    let mut of_main = Vec::with_capacity(main.len());
    for &row in &set.rows {
        let one = [row];
        let (mut asked, mut blank, mut unknown) = (0, 0, 0);
        let (mut level, mut rated) = (0.0, 0);
        for (item, column) in responses.items.iter().zip(&responses.answers) {
            asked += 1;
            for answer in at(column, &one) {
                match answer {
                    BLANK => blank += 1,
                    DONT_KNOW => unknown += 1,
                    _ if item.scale.is_some() => {
                        level += share_of_scale(answer, item);
                        rated += 1;
                    }
                    _ => {}
                }
            }
        }
        of_main.clear();
        for column in main.iter().filter_map(|item| responses.answers.get(*item)) {
            of_main.extend(at(column, &one).map(number));
        }
        values.dont_know.push(count(unknown) / count(asked - blank));
        values.blank.push(count(blank) / count(asked));
        values.irv.push(irv(&of_main));
        values.straight.push(is_straight(&of_main));
        values.level.push(level / count(rated));
    }
    values
}

/// 1 if one answer has at least 90 % of at least 8 answers, else 0; NaN with fewer.
fn is_straight(answers: &[f64]) -> f64 {
    let given: Vec<f64> = answers.iter().copied().filter(|x| !x.is_nan()).collect();
    if given.len() < LEAST_ANSWERS {
        return f64::NAN;
    }
    let most = given
        .iter()
        .map(|x| given.iter().filter(|y| x == *y).count())
        .max()
        .unwrap_or(0);
    if count(most) >= STRAIGHT * count(given.len()) {
        1.0
    } else {
        0.0
    }
}

/// The mean of the values that are there, with the variance of one. `None` for fewer than `least`.
pub(super) fn mean_of(values: &[f64], least: usize) -> Option<Point> {
    let given = || values.iter().filter(|x| !x.is_nan());
    let n = given().count();
    if n < least.max(2) {
        return None;
    }
    let mean = given().sum::<f64>() / count(n);
    let squares: f64 = given().map(|x| (x - mean) * (x - mean)).sum();
    Some(Point {
        value: mean,
        variance: squares / count(n - 1),
        forms: n,
    })
}

/// The root of a mean, which steadies the variance of a share.
pub(super) fn root(point: Point) -> Point {
    Point {
        value: point.value.max(0.0).sqrt(),
        variance: if point.value > 0.0 {
            point.variance / (4.0 * point.value)
        } else {
            0.0
        },
        ..point
    }
}

/// How different the forms of a set are from each other.
///
/// # Formula
///
/// ```text
/// D = mean over pairs of forms and items of [answers differ]
/// ```
///
/// The variance is that of a mean over pairs: 4 times that of a form's own mean (Hoeffding 1948).
///
/// * `items`: which to compare; blanks are left out
///
/// `None` for fewer than `least` forms with an answer.
pub(super) fn difference(
    responses: &Responses,
    set: &Set,
    items: &[usize],
    least: usize,
) -> Option<Point> {
    let mut equal = vec![0.0; set.rows.len()];
    let mut compared = vec![0.0; set.rows.len()];
    for column in items.iter().filter_map(|item| responses.answers.get(*item)) {
        let mut times = [0_usize; 256];
        let answers = || at(column, &set.rows);
        for answer in answers() {
            if let Some(times) = times.get_mut(usize::from(answer)) {
                *times += 1;
            }
        }
        let of = answers().filter(|answer| *answer != BLANK).count();
        for ((answer, equal), compared) in answers().zip(&mut equal).zip(&mut compared) {
            if answer == BLANK || of < 2 {
                continue;
            }
            let times = times.get(usize::from(answer)).copied().unwrap_or(1);
            *equal += count(times - 1) / count(of - 1);
            *compared += 1.0;
        }
    }
    let differences: Vec<f64> = equal
        .iter()
        .zip(&compared)
        .map(|(equal, compared)| 1.0 - equal / compared)
        .collect();
    mean_of(&differences, least).map(|point| Point {
        variance: 4.0 * point.variance,
        ..point
    })
}

/// The level of each form of each set against the mean of the other sets' forms in the same area.
///
/// NaN for a form without answers, without an area, or in an area with fewer than five forms of
/// others.
pub(super) fn levels_in_area(
    responses: &Responses,
    sets: &[Set],
    values: &[FormValues],
) -> Vec<Vec<f64>> {
    let areas = responses.area.labels.len();
    let mut whole = vec![(0.0, 0_usize); areas];
    let own: Vec<Vec<(usize, f64, usize)>> = sets
        .iter()
        .zip(values)
        .map(|(set, values)| {
            let mut of_set = vec![(0.0, 0_usize); areas];
            for (area, level) in areas_of(responses, set).zip(&values.level) {
                if level.is_nan() {
                    continue;
                }
                for sums in [&mut of_set, &mut whole] {
                    if let Some((sum, n)) = sums.get_mut(area) {
                        *sum += level;
                        *n += 1;
                    }
                }
            }
            of_set
                .into_iter()
                .enumerate()
                .filter(|(_, (_, n))| *n > 0)
                .map(|(area, (sum, n))| (area, sum, n))
                .collect()
        })
        .collect();
    sets.iter()
        .zip(values)
        .zip(own)
        .map(|((set, values), own)| {
            areas_of(responses, set)
                .zip(&values.level)
                .map(|(area, level)| {
                    let (sum, n) = whole.get(area).copied().unwrap_or_default();
                    let (_, own_sum, own_n) = own
                        .iter()
                        .find(|(other, ..)| *other == area)
                        .copied()
                        .unwrap_or_default();
                    if n - own_n < LEAST_IN_AREA {
                        return f64::NAN;
                    }
                    level - (sum - own_sum) / count(n - own_n)
                })
                .collect()
        })
        .collect()
}

/// The area of each form of `set`; one that does not exist for "none".
fn areas_of<'a>(responses: &'a Responses, set: &'a Set) -> impl Iterator<Item = usize> + 'a {
    let is_none = |area: &usize| {
        responses
            .area
            .labels
            .get(*area)
            .is_none_or(String::is_empty)
    };
    at(&responses.area.codes, &set.rows).map(move |code| {
        usize::try_from(code)
            .ok()
            .filter(|area| !is_none(area))
            .unwrap_or(usize::MAX)
    })
}
