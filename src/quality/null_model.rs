//! Answers as honest people of this survey give them, by chance: what two of them have in common.
//!
//! A null response takes each section of the questionnaire whole from another respondent of the
//! same stratum. Strata are people with about the same mean rating and about as many first choices
//! elsewhere. So the margins are the survey's own, the answers within a section hang together as
//! real ones do, and a person who rates everything 5 does so in every section. Two null responses
//! are alike only because people are alike.
//!
//! Donors are the respondents of sampled doors, if there are enough of them.
//!
//! The fixed limit of 85 % (Kuriakose and Robbins 2016) is reported beside it: where nine of ten
//! are satisfied it flags honest people (Simmons, Mercer, Schwarzer and Kennedy 2016, "Evaluating a
//! new proposal for detecting data falsification in surveys", Pew Research Center).

use std::collections::BTreeMap;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::doors::Door;
use super::near_duplicates::{Nearest, nearest_among};
use super::profile::{known, longest_runs, sections};
use super::responses::{Choice, DONT_KNOW, Responses};

/// The share of Kuriakose and Robbins.
pub const FIXED_SHARE: f64 = 0.85;

/// Null responses.
const N_NULL: usize = 4_000;

/// Strata by the mean rating.
const RATING_CLASSES: usize = 12;

/// What null responses have in common with real ones.
#[derive(Debug, Clone, PartialEq)]
pub struct NullModel {
    /// Their answers, one column for each item.
    pub answers: Vec<Vec<Choice>>,
    /// Largest share of equal answers of each with a real response, ascending.
    pub shares: Vec<f64>,
    /// Longest run of one answer over each scale with at least 6 items, by scale: ascending.
    pub runs: BTreeMap<usize, Vec<f64>>,
}

impl NullModel {
    /// Draws null responses with `seed`; `None` if there are no responses or no items.
    #[must_use]
    pub fn draw(responses: &Responses, doors: &[Door], seed: u64) -> Option<NullModel> {
        let known = known(doors, responses.len());
        let strata = strata(responses, &known);
        let answers = draw(responses, &known, &strata, seed)?;
        let nearest = nearest_among(&answers, &responses.answers, FIXED_SHARE);
        let mut shares: Vec<f64> = nearest.iter().map(|nearest| nearest.share).collect();
        shares.sort_unstable_by(f64::total_cmp);
        let drawn = Responses {
            items: responses.items.clone(),
            received_at: vec![0; shares.len()],
            answers,
            ..Responses::default()
        };
        let runs = scales(responses).into_iter().map(|(scale, items)| {
            let mut runs = longest_runs(&drawn, &items);
            runs.sort_unstable_by(f64::total_cmp);
            (scale, runs)
        });
        Some(NullModel {
            runs: runs.collect(),
            answers: drawn.answers,
            shares,
        })
    }

    /// The share of equal answers that at most the part `rate` (0 to 1) of null responses exceed.
    #[must_use]
    pub fn share_limit(&self, rate: f64) -> f64 {
        upper(&self.shares, rate)
    }

    /// The run over `scale` that at most the part `rate` (0 to 1) of null responses exceed.
    #[must_use]
    pub fn run_limit(&self, scale: usize, rate: f64) -> Option<f64> {
        self.runs.get(&scale).map(|runs| upper(runs, rate))
    }

    /// The part of null responses that the fixed limit of 85 % would flag, 0 to 1.
    #[must_use]
    pub fn fixed_rate(&self) -> f64 {
        let above = self.shares.iter().filter(|share| **share > FIXED_SHARE);
        count(above.count()) / count(self.shares.len()).max(1.0)
    }

    /// For each null response the nearest real one, counting partners from `at_least` on.
    #[must_use]
    pub fn nearest(&self, responses: &Responses, at_least: f64) -> Vec<Nearest> {
        nearest_among(&self.answers, &responses.answers, at_least)
    }
}

/// The items of each scale with at least 6 items.
#[must_use]
pub fn scales(responses: &Responses) -> BTreeMap<usize, Vec<usize>> {
    let mut scales: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (place, item) in responses.items.iter().enumerate() {
        if let Some(scale) = item.scale {
            scales.entry(scale).or_default().push(place);
        }
    }
    scales.retain(|_, items| items.len() >= 6);
    scales
}

/// The smallest value that at most the part `rate` exceeds.
fn upper(sorted: &[f64], rate: f64) -> f64 {
    let above = rate * count(sorted.len());
    let n_above = (0..sorted.len())
        .take_while(|n| count(*n + 1) <= above)
        .count();
    let place = sorted.len().saturating_sub(1 + n_above);
    sorted.get(place).copied().unwrap_or(1.0)
}

/// The rows of `known` by stratum.
fn strata(responses: &Responses, known: &[u32]) -> Vec<Vec<u32>> {
    let (mut ratings, mut firsts) = (Vec::new(), Vec::new());
    for row in known {
        let row = usize::try_from(*row).unwrap_or(usize::MAX);
        let (mut sum, mut n_rated, mut n_first) = (0.0, 0.0, 0.0_f64);
        for (item, column) in responses.items.iter().zip(&responses.answers) {
            let answer = column.get(row).copied().unwrap_or_default();
            if item.scale.is_some() && (1..DONT_KNOW).contains(&answer) {
                sum += f64::from(answer) / f64::from(item.choices.max(1));
                n_rated += 1.0;
            } else if item.choices == 2 && answer == 1 {
                n_first += 1.0;
            }
        }
        ratings.push(sum / f64::max(n_rated, 1.0));
        firsts.push(n_first);
    }
    let classes = ranks(&ratings, RATING_CLASSES)
        .into_iter()
        .zip(ranks(&firsts, 4));
    let mut strata: BTreeMap<(usize, usize), Vec<u32>> = BTreeMap::new();
    for (class, row) in classes.zip(known) {
        strata.entry(class).or_default().push(*row);
    }
    strata.into_values().collect()
}

/// The class of each value; equal values have one class.
fn ranks(values: &[f64], n_classes: usize) -> Vec<usize> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let class = |value: &f64| {
        let below = sorted.partition_point(|other| other < value);
        below * n_classes / sorted.len().max(1)
    };
    values.iter().map(class).collect()
}

fn draw(
    responses: &Responses,
    known: &[u32],
    strata: &[Vec<u32>],
    seed: u64,
) -> Option<Vec<Vec<Choice>>> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let sections = sections(&responses.items);
    let n_known = u32::try_from(known.len()).ok().filter(|n| *n > 0)?;
    let mut answers = vec![Vec::with_capacity(N_NULL); responses.items.len()];
    for _ in 0..N_NULL.min(known.len()) {
        // A stratum as often as it has members.
        let mut place = usize::try_from(random.random_range(0..n_known)).ok()?;
        let stratum = strata.iter().find(|stratum| {
            let is_here = place < stratum.len();
            if !is_here {
                place -= stratum.len();
            }
            is_here
        })?;
        for items in sections.values() {
            let donor = stratum.get(random.random_range(0..stratum.len()))?;
            let donor = usize::try_from(*donor).ok()?;
            for item in items {
                let answer = *responses.answers.get(*item)?.get(donor)?;
                answers.get_mut(*item)?.push(answer);
            }
        }
    }
    (!answers.is_empty()).then_some(answers)
}

fn count(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::MAX, f64::from)
}
