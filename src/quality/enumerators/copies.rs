//! Whether a set holds forms that were copied from other forms of the same set.
//!
//! A fixed limit, such as 85 % equal answers, finds honest people where nine in ten are satisfied.
//! Here each form is compared with the forms before it in its set, and the best match is compared
//! with what the same form finds among as many forms of other enumerators. A form of "very satisfied"
//! throughout matches many forms everywhere, so that a match in the set says nothing.

use rayon::prelude::*;

use crate::estimation::count::count;
use crate::quality::finding::{Finding, Measure, Subject};
use crate::quality::responses::Responses;

use super::binomial::at_least;
use super::measures::FormValues;
use super::sets::{Set, at};

/// The share of answers that a copier is taken to change. It shapes the score only: rare answers in
/// common count for more. Between 0.05 and 0.3 the results hardly differ.
const CHANGED: f64 = 0.15;

/// Parts of a unit of the score, so that it is a whole number and its sum exact.
const PARTS: f64 = 1000.0;

/// Earlier forms of the set that a form is compared with, at most: the last ones.
const WINDOW: usize = 1000;

/// Forms of others that a form is compared with, at most.
const REFERENCE: usize = 4000;

/// As many matches among others show that a match is common; the search then ends (Besag & Clifford
/// 1991).
const COMMON: usize = 8;

/// Forms of others that are needed at least.
const LEAST_REFERENCE: usize = 200;

/// The p from which on a match is closer than chance.
const CLOSE: f64 = 0.001;

/// The share of close matches that is taken as usual at least: people of one PSU answer alike, and
/// honest sets have up to twice [`CLOSE`] of them (ICC 0.1).
const USUAL: f64 = 0.004;

/// The share of close matches below which a set is left alone, however large it is: members of a
/// household may answer alike.
const LEAST_SHARE: f64 = 0.05;

/// Rule: copied forms.
pub const COPIES: &str = "enumerator_copies";

/// The sets with more close matches than chance gives.
///
/// # Formula
///
/// ```text
/// c_e: forms with p_r ≤ 0.001, of the n_e that have one before them        p_r: see `matches`
/// P_e = P(Bin(n_e, π) ≥ c_e)        π = max(0.004, twice the rate of the three quarters with the fewest)
/// Holm over the sets at `alpha`; at least 5 % of the forms
/// ```
///
/// # Source
///
/// Kuriakose & Robbins 2016, Stat. J. IAOS 32, 283–291 (largest share of equal answers); Simmons,
/// Mercer, Schwarzer & Kennedy 2016, *Evaluating a new proposal for detecting data falsification in
/// surveys*, Pew Research Center (why no fixed limit holds).
pub(super) fn findings(
    responses: &Responses,
    sets: &[Set],
    values: &[FormValues],
    alpha: f64,
) -> Vec<Finding> {
    let mut close: Vec<(usize, usize, &Set)> = matches(responses, sets, values)
        .into_iter()
        .zip(sets)
        .filter_map(|(p, set)| {
            let p = p?;
            let close = p.iter().filter(|p| **p <= CLOSE).count();
            Some((close, p.len(), set))
        })
        .collect();
    let usual = usual_rate(&close);
    close.sort_by(|a, b| {
        let p = |of: &(usize, usize, &Set)| at_least(of.0, of.1, usual);
        p(a).total_cmp(&p(b))
            .then(a.2.enumerator.cmp(&b.2.enumerator))
    });
    let m = close.len();
    let mut found: Vec<Finding> = close
        .into_iter()
        .enumerate()
        .take_while(|(before, (close, of, _))| {
            at_least(*close, *of, usual) <= alpha / count(m - before)
        })
        .filter(|(_, (close, of, _))| count(*close) >= LEAST_SHARE * count(*of))
        .map(|(before, (close, of, set))| {
            let passes = |times: &usize| {
                at_least(*times, of, usual) <= alpha / count(m - before)
                    && count(*times) >= LEAST_SHARE * count(of)
            };
            Finding {
                rule: COPIES,
                version: 1,
                subject: Subject::Enumerator(set.enumerator.clone()),
                rows: set.rows.clone(),
                is_proposed: true,
                measures: [
                    ("forms", count(set.rows.len())),
                    ("close_matches", count(close)),
                    ("close_matches_usual", usual * count(of)),
                    (
                        "close_matches_limit",
                        count((1..=close).find(passes).unwrap_or(close)),
                    ),
                ]
                .map(|(key, value)| Measure { key, value })
                .to_vec(),
            }
        })
        .collect();
    found.sort_by(|a, b| a.subject.cmp(&b.subject));
    found
}

/// Twice the rate of close matches in the three quarters of sets with the lowest rates, at least
/// [`USUAL`]: a few copiers do not hide each other.
fn usual_rate(close: &[(usize, usize, &Set)]) -> f64 {
    let mut rates: Vec<(usize, usize)> = close.iter().map(|(close, of, _)| (*close, *of)).collect();
    rates.sort_by(|a, b| (a.0 * b.1).cmp(&(b.0 * a.1)));
    rates.truncate(rates.len() * 3 / 4);
    let (close, of) = rates
        .iter()
        .fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    if of == 0 {
        return USUAL;
    }
    (2.0 * count(close) / count(of)).max(USUAL)
}

/// Answers of forms side by side.
struct Forms {
    width: usize,
    codes: Vec<u8>,
    /// The score of an equal answer: 256 for each item.
    scores: Vec<i16>,
    /// The set of each form.
    set: Vec<usize>,
}

/// How likely the best match of each form of each of `sets` is by chance: one p for each form that
/// has one before it in its set. `None` if too few forms of others are there to compare with.
///
/// # Formula
///
/// ```text
/// s(r, o) = Σ over items with equal answers of ln((1 − ε + ε p)/p) − ln ε      p: share of the answer
/// s = max s(r, o) over the forms o before r in its set, n of them
/// q = P(s(r, o) ≥ s) for forms o of others: their share, and beyond the largest of them
///     (k/l) exp(−(s − u)/b)      u: the k-th largest of l scores, b: mean of what is above u
/// p_r = 1 − (1 − q)ⁿ
/// ```
///
/// s is, but for a constant, the logarithm of the likelihood ratio of "o is a copy of r with a share ε
/// of answers changed" to "both are drawn from the answers of the survey". Don't-knows and blanks are
/// answers here, as a copier copies them too.
///
/// A straight-lined form has p = 1: two people of a PSU who are satisfied with everything are no
/// copies, and the rule about variance looks at such forms.
///
/// * `sets`: their rows ascending, in the order in which they were handed in
/// * `values`: of the forms of each set
fn matches(responses: &Responses, sets: &[Set], values: &[FormValues]) -> Vec<Option<Vec<f64>>> {
    let forms = Forms::of(responses, sets);
    let is_straight: Vec<bool> = values
        .iter()
        .flat_map(|values| values.straight.iter().map(|share| *share > 0.5))
        .collect();
    let mut jobs = Vec::new();
    let mut start = 0;
    for set in sets {
        jobs.extend((start + 1..start + set.rows.len()).map(|form| (start, form)));
        start += set.rows.len();
    }
    let p: Vec<Option<f64>> = jobs
        .par_iter()
        .map(|&(start, form)| {
            if is_straight.get(form).copied().unwrap_or(false) {
                Some(1.0)
            } else {
                forms.p(start, form)
            }
        })
        .collect();
    let mut p = p.into_iter();
    sets.iter()
        .map(|set| {
            let of_set: Vec<Option<f64>> =
                p.by_ref().take(set.rows.len().saturating_sub(1)).collect();
            of_set.into_iter().collect()
        })
        .collect()
}

impl Forms {
    fn of(responses: &Responses, sets: &[Set]) -> Self {
        let held: Vec<u32> = sets
            .iter()
            .flat_map(|set| set.rows.iter().copied())
            .collect();
        let mut set: Vec<usize> = Vec::new();
        for (number, of_set) in sets.iter().enumerate() {
            set.extend(of_set.rows.iter().map(|_| number));
        }
        let mut rows = held.clone();
        let largest = sets.iter().map(|set| set.rows.len()).max().unwrap_or(0);
        if held.len() - largest < LEAST_REFERENCE {
            // Too few enumerators to compare with: everyone else's answers, evenly spaced.
            let mut is_held = vec![false; responses.len()];
            for row in positions(&held) {
                if let Some(is_held) = is_held.get_mut(row) {
                    *is_held = true;
                }
            }
            let others: Vec<u32> = (0..)
                .zip(&is_held)
                .filter(|(_, is_held)| !**is_held)
                .map(|(row, _)| row)
                .collect();
            let step = others.len().div_ceil(REFERENCE).max(1);
            rows.extend(others.into_iter().step_by(step));
        }
        set.resize(rows.len(), usize::MAX);
        let width = responses.items.len();
        let mut codes = vec![0; width * rows.len()];
        let mut scores = Vec::with_capacity(256 * width);
        for (item, column) in responses.answers.iter().enumerate() {
            let mut times = [0_usize; 256];
            let places = codes.iter_mut().skip(item).step_by(width);
            for (code, answer) in places.zip(at(column, &rows)) {
                *code = answer;
                if let Some(times) = times.get_mut(usize::from(answer)) {
                    *times += 1;
                }
            }
            scores.extend(times.map(|times| score(times, rows.len())));
        }
        Self {
            width,
            codes,
            scores,
            set,
        }
    }

    fn answers(&self, form: usize) -> &[u8] {
        self.codes
            .get(form * self.width..(form + 1) * self.width)
            .unwrap_or_default()
    }

    /// The score of `other` as a copy of the form with `answers` and their `scores`.
    fn score(answers: &[u8], scores: &[i16], other: &[u8]) -> i32 {
        answers
            .iter()
            .zip(other)
            .zip(scores)
            .map(|((a, b), score)| if a == b { i32::from(*score) } else { 0 })
            .sum()
    }

    /// The p of `form` in the set that begins at the form `start`.
    fn p(&self, start: usize, form: usize) -> Option<f64> {
        let answers = self.answers(form);
        let scores: Vec<i16> = answers
            .iter()
            .zip(self.scores.chunks_exact(256))
            .filter_map(|(answer, of_item)| of_item.get(usize::from(*answer)).copied())
            .collect();
        let scores = scores.as_slice();
        let earlier = start.max(form.saturating_sub(WINDOW))..form;
        let n = count(earlier.len());
        let best = earlier
            .map(|other| Self::score(answers, scores, self.answers(other)))
            .max()?;
        let set = self.set.get(form).copied();
        let all = self.set.len();
        // A walk over all forms in steps that share no factor with their number.
        let step = coprime_step(all);
        let mut found = Vec::new();
        let mut common = 0;
        let mut at = form;
        for _ in 0..all {
            at = (at + step) % all;
            if self.set.get(at).copied() == set {
                continue;
            }
            let score = Self::score(answers, scores, self.answers(at));
            found.push(score);
            if score >= best {
                common += 1;
            }
            if common == COMMON || found.len() == REFERENCE {
                break;
            }
        }
        if common < COMMON && found.len() < LEAST_REFERENCE {
            return None;
        }
        let q = if common == COMMON {
            count(COMMON) / count(found.len())
        } else {
            tail(&mut found, best).max(count(common) / count(found.len()))
        };
        Some(-libm::expm1(n * libm::log1p(-q.min(1.0))))
    }
}

/// Rows as positions.
fn positions(rows: &[u32]) -> impl Iterator<Item = usize> {
    rows.iter().filter_map(|row| usize::try_from(*row).ok())
}

/// The score of an equal answer that `times` of `of` forms have.
#[expect(
    clippy::as_conversions,
    reason = "a whole number between 0 and 32,767 after the clamp"
)]
fn score(times: usize, of: usize) -> i16 {
    let p = (count(times) + 0.5) / (count(of) + 1.0);
    let ratio = libm::log((1.0 - CHANGED + CHANGED * p) / p) - libm::log(CHANGED);
    (ratio * PARTS).round().clamp(0.0, 32_767.0) as i16
}

/// The probability of a score of at least `best`, from the largest of the scores `found`: their
/// excess is taken as exponential, which is more than a sum of bounded scores has.
fn tail(found: &mut [i32], best: i32) -> f64 {
    let k = (found.len() / 50).clamp(10, 80).min(found.len());
    let (_, threshold, _) = found.select_nth_unstable_by(k - 1, |a, b| b.cmp(a));
    let threshold = f64::from(*threshold);
    let excess: f64 = found
        .iter()
        .take(k)
        .map(|score| f64::from(*score) - threshold)
        .sum::<f64>()
        / count(k);
    let over = (f64::from(best) - threshold).max(0.0);
    count(k) / count(found.len()) * libm::exp(-over / excess.max(PARTS / 2.0))
}

/// A step near 0.618 of `n` that shares no factor with it: a walk in it meets everything once, and
/// neighbours late.
fn coprime_step(n: usize) -> usize {
    let shares = |step: usize| {
        let (mut a, mut b) = (n, step);
        while b > 0 {
            (a, b) = (b, a % b);
        }
        a > 1
    };
    let mut step = (n * 618 / 1000).max(1);
    while step > 1 && shares(step) {
        step -= 1;
    }
    step
}
