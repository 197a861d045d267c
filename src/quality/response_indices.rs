//! All indices of all responses of a wave.

use rayon::prelude::*;

use super::indices::even_odd::{LEAST_FACTORS, across_factors};
use super::indices::irv::{irv, irv_by_thirds};
use super::indices::longstring::{Runs, longstring};
use super::indices::mahalanobis::Mahalanobis;
use super::indices::moments::Moments;
use super::indices::person_total::person_total;
use super::indices::synonyms::{CRITICAL_R, Direction, LEAST_PAIRS, pairs, within_person};
use super::responses::{BLANK, Choice, DONT_KNOW, Responses};
use super::scales::{main_scale, number, rated, scales, share_of_scale};

/// Responses that means and correlations of items are computed from, at most, evenly spaced over the
/// wave. Their error is then below 0.003, far below what matters here.
const SAMPLE: usize = 1 << 17;

/// The indices of one response, 112 bytes. NaN where there is no value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ResponseIndices {
    /// Longest run of one answer over the items of one scale, over all scales.
    pub longest_run: usize,
    /// Mean length of the runs inside scales.
    pub mean_run: f64,
    /// Longest run of one choice over all items with a scale, whichever it is.
    pub longest_run_overall: usize,
    /// Standard deviation across the items of the scale with the most items.
    pub irv: f64,
    /// The same for the first, second and last third of these items.
    pub irv_thirds: [f64; 3],
    /// Mahalanobis D² over the items with a scale.
    pub d_squared: f64,
    /// P(χ² > D²).
    pub d_p: f64,
    /// Within-person correlation over psychometric synonyms; NaN in surveys with fewer than 3 pairs.
    pub synonyms: f64,
    /// The same over antonyms.
    pub antonyms: f64,
    /// Even-odd consistency across sections; −1 is the most consistent.
    pub even_odd: f64,
    /// Correlation with the means of the items.
    pub person_total: f64,
    /// Answers to any item, don't-knows counted.
    pub answered: u16,
    /// Don't-knows.
    pub dont_know: u16,
}

/// What all responses are measured with.
struct Instrument<'a> {
    responses: &'a Responses,
    rated: Vec<usize>,
    scales: Vec<Vec<usize>>,
    main: Vec<usize>,
    /// Items with a scale of each section and scale with at least two of them.
    factors: Vec<Vec<usize>>,
    reference: Mahalanobis,
    means: Vec<f64>,
    synonyms: Vec<(usize, usize)>,
    antonyms: Vec<(usize, usize)>,
}

/// The indices of every response, in the order of the rows.
///
/// The same responses give the same bytes on any number of processors. Besides the result it needs 8
/// bytes for each item of at most 131,072 responses, twice.
#[must_use]
pub fn response_indices(responses: &Responses) -> Vec<ResponseIndices> {
    let instrument = Instrument::of(responses);
    (0..responses.len())
        .into_par_iter()
        .with_min_len(1024)
        .map_init(Vec::new, |scratch, row| instrument.indices(row, scratch))
        .collect()
}

impl<'a> Instrument<'a> {
    fn of(responses: &'a Responses) -> Self {
        let items = &responses.items;
        let rated = rated(items);
        let step = responses.len().div_ceil(SAMPLE).max(1);
        let columns: Vec<Vec<f64>> = rated
            .par_iter()
            .filter_map(|item| responses.answers.get(*item))
            .map(|column| column.iter().step_by(step).map(|x| number(*x)).collect())
            .collect();
        let moments = Moments::of(&columns);
        let scales = scales(items);
        let mut factors: Vec<((usize, usize), Vec<usize>)> = Vec::new();
        for (at, item) in items.iter().enumerate() {
            let Some(scale) = item.scale else { continue };
            let of = (item.section, scale);
            match factors.iter_mut().find(|(other, _)| *other == of) {
                Some((_, items)) => items.push(at),
                None => factors.push((of, vec![at])),
            }
        }
        Self {
            responses,
            main: main_scale(items),
            factors: factors
                .into_iter()
                .map(|(_, items)| items)
                .filter(|items| items.len() >= 2)
                .collect(),
            reference: Mahalanobis::new(&moments),
            synonyms: pairs(&moments, Direction::Synonyms, CRITICAL_R),
            antonyms: pairs(&moments, Direction::Antonyms, CRITICAL_R),
            means: moments.mean,
            rated,
            scales,
        }
    }

    /// The answer of `row` to `item`; blank for what does not exist.
    fn answer(&self, row: usize, item: usize) -> Choice {
        self.responses
            .answers
            .get(item)
            .and_then(|column| column.get(row).copied())
            .unwrap_or(BLANK)
    }

    /// Puts the answers of `row` to `items` into `scratch`.
    fn gather(&self, row: usize, items: &[usize], scratch: &mut Vec<f64>) {
        scratch.clear();
        scratch.extend(items.iter().map(|item| number(self.answer(row, *item))));
    }

    fn even_odd(&self, row: usize) -> f64 {
        let factors: Vec<Vec<f64>> = self
            .factors
            .iter()
            .map(|items| {
                items
                    .iter()
                    .filter_map(|at| self.responses.items.get(*at).map(|item| (at, item)))
                    .map(|(at, item)| share_of_scale(self.answer(row, *at), item))
                    .collect()
            })
            .collect();
        across_factors(factors.iter().map(Vec::as_slice), LEAST_FACTORS)
    }

    fn indices(&self, row: usize, scratch: &mut Vec<f64>) -> ResponseIndices {
        let runs = self.scales.iter().fold(Runs::default(), |runs, scale| {
            runs.union(longstring(
                scale.iter().map(|item| number(self.answer(row, *item))),
            ))
        });
        self.gather(row, &self.main, scratch);
        let (irv, irv_thirds) = (irv(scratch), irv_by_thirds(scratch));
        self.gather(row, &self.rated, scratch);
        let distance = self.reference.distance(scratch);
        let (mut answered, mut dont_know) = (0, 0);
        for item in 0..self.responses.items.len() {
            let answer = self.answer(row, item);
            answered += u16::from(answer != BLANK);
            dont_know += u16::from(answer == DONT_KNOW);
        }
        ResponseIndices {
            longest_run: runs.longest,
            mean_run: runs.mean(),
            longest_run_overall: longstring(scratch.iter().copied()).longest,
            irv,
            irv_thirds,
            d_squared: distance.squared,
            d_p: distance.p(),
            synonyms: within_person(scratch, &self.synonyms, LEAST_PAIRS),
            antonyms: within_person(scratch, &self.antonyms, LEAST_PAIRS),
            even_odd: self.even_odd(row),
            person_total: person_total(scratch, &self.means),
            answered,
            dont_know,
        }
    }
}
