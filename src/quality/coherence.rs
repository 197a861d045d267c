//! How well the answers of one response go together, compared with those of known respondents.
//!
//! ```text
//! coherence = mean over pairs of items of one section of ln( p(a, b) / (p(a) p(b)) )
//! ```
//!
//! (pointwise mutual information, Church and Hanks 1990). Real people answer questions about one
//! thing alike, and the old seldom study. Answers that are drawn one by one go together no better
//! than by chance, however well each one is chosen.

use super::responses::{BLANK, Choice, DONT_KNOW, Responses};

/// Pairs that one section has at most.
const MAX_PAIRS: usize = 120;

/// Smoothing: the table of a pair counts as if so many independent pairs had been seen too.
const PRIOR: f64 = 20.0;

/// What the pairs of one group of items say.
struct Pair {
    first: usize,
    second: usize,
    n_second: usize,
    /// ln(p(a, b)/(p(a) p(b))), by answer of the first and the second item.
    information: Vec<f64>,
}

/// The coherence of every response over `groups` of items (indices into `items`): one column. The
/// probabilities are those of the responses in `known`.
#[must_use]
pub fn coherence(responses: &Responses, groups: &[Vec<usize>], known: &[u32]) -> Vec<f64> {
    let pairs = groups.iter().flat_map(|items| {
        let both = items.iter().enumerate().flat_map(|(place, first)| {
            let later = items.iter().skip(place + 1);
            later.map(move |second| (*first, *second))
        });
        both.take(MAX_PAIRS)
    });
    let pairs: Vec<Pair> = pairs
        .filter_map(|(first, second)| Pair::of(responses, first, second, known))
        .collect();
    let n_pairs = f64::from(u32::try_from(pairs.len().max(1)).unwrap_or(u32::MAX));
    let mut sums = vec![0.0; responses.len()];
    for pair in &pairs {
        let (Some(first), Some(second)) = (
            responses.answers.get(pair.first),
            responses.answers.get(pair.second),
        ) else {
            continue;
        };
        let n_first = n_codes(responses, pair.first);
        for ((sum, a), b) in sums.iter_mut().zip(first).zip(second) {
            let place = place(*a, n_first) * pair.n_second + place(*b, pair.n_second);
            *sum += pair.information.get(place).copied().unwrap_or_default();
        }
    }
    sums.iter().map(|sum| sum / n_pairs).collect()
}

impl Pair {
    fn of(responses: &Responses, first: usize, second: usize, known: &[u32]) -> Option<Pair> {
        let (a, b) = (
            responses.answers.get(first)?,
            responses.answers.get(second)?,
        );
        let (n_first, n_second) = (n_codes(responses, first), n_codes(responses, second));
        let mut joint = vec![0.0; n_first * n_second];
        let (mut of_first, mut of_second) = (vec![0.0; n_first], vec![0.0; n_second]);
        let mut n = 0.0;
        for row in known {
            let row = usize::try_from(*row).ok()?;
            let (a, b) = (place(*a.get(row)?, n_first), place(*b.get(row)?, n_second));
            *joint.get_mut(a * n_second + b)? += 1.0;
            *of_first.get_mut(a)? += 1.0;
            *of_second.get_mut(b)? += 1.0;
            n += 1.0;
        }
        let cells = joint.iter().enumerate().map(|(cell, count)| {
            let a = of_first.get(cell / n_second).copied().unwrap_or_default();
            let b = of_second.get(cell % n_second).copied().unwrap_or_default();
            // An answer that no known respondent gave says nothing about how answers go together.
            if a < 1.0 || b < 1.0 {
                return 0.0;
            }
            let independent = a * b / (n * n);
            libm::log((count + PRIOR * independent) / ((n + PRIOR) * independent))
        });
        Some(Pair {
            first,
            second,
            n_second,
            information: cells.collect(),
        })
    }
}

/// Number of different answers: blank, the choices, "don't know".
fn n_codes(responses: &Responses, item: usize) -> usize {
    let item = responses.items.get(item);
    item.map_or(0, |item| usize::from(item.choices)) + 2
}

fn place(answer: Choice, n_codes: usize) -> usize {
    match answer {
        BLANK => 0,
        DONT_KNOW => n_codes.saturating_sub(1),
        choice => usize::from(choice).min(n_codes.saturating_sub(2)),
    }
}
