//! Whether a response has the answers that people with its total score usually have.
//!
//! ```text
//! fit = mean over items of ln p(answer | total),   less the mean fit of known people of that total
//! ```
//!
//! (the likelihood index of Drasgow, Levine and Williams 1985, British Journal of Mathematical and
//! Statistical Psychology 38, with observed shares for p.) Two people who are content with nearly
//! everything are discontent with the same few things. Noise is discontent with anything.

use super::responses::{BLANK, Choice, DONT_KNOW, Responses};

/// Classes of the total score.
const CLASSES: usize = 12;

/// Weight of the shares over all totals in those of one total, in responses.
const PRIOR: f64 = 10.0;

/// The fit of every response over `items`, which are all answered on one scale. Shares are those of
/// the responses in `known`.
#[must_use]
pub fn person_fit(responses: &Responses, items: &[usize], known: &[u32]) -> Vec<f64> {
    let columns: Vec<&Vec<Choice>> = items
        .iter()
        .filter_map(|item| responses.answers.get(*item))
        .collect();
    let totals = total_classes(responses.len(), &columns, known);
    let known_rows: Vec<usize> = known
        .iter()
        .filter_map(|row| usize::try_from(*row).ok())
        .collect();
    let mut sums = vec![0.0; responses.len()];
    for column in &columns {
        let mut counts = vec![0.0; (CLASSES + 1) * 256];
        for row in &known_rows {
            let (Some(answer), Some(total)) = (column.get(*row), totals.get(*row)) else {
                continue;
            };
            for class in [*total, CLASSES] {
                if let Some(count) = counts.get_mut(class * 256 + usize::from(*answer)) {
                    *count += 1.0;
                }
            }
        }
        let n: Vec<f64> = counts
            .chunks(256)
            .map(|of_class| of_class.iter().sum())
            .collect();
        let n_all = n.get(CLASSES).copied().unwrap_or_default();
        for ((sum, answer), total) in sums.iter_mut().zip(*column).zip(&totals) {
            let of = |class: usize| {
                let place = class * 256 + usize::from(*answer);
                counts.get(place).copied().unwrap_or_default()
            };
            let overall = (of(CLASSES) + 0.5) / (n_all + 1.0);
            let n_class = n.get(*total).copied().unwrap_or_default();
            *sum += libm::log((of(*total) + PRIOR * overall) / (n_class + PRIOR));
        }
    }
    centred(&sums, &totals, &known_rows)
}

/// The class of each response's mean answer, by the quantiles of the known ones.
fn total_classes(n_rows: usize, columns: &[&Vec<Choice>], known: &[u32]) -> Vec<usize> {
    let (mut sums, mut counts) = (vec![0.0; n_rows], vec![0.0_f64; n_rows]);
    for column in columns {
        for ((sum, count), answer) in sums.iter_mut().zip(&mut counts).zip(*column) {
            if !matches!(*answer, BLANK | DONT_KNOW) {
                *sum += f64::from(*answer);
                *count += 1.0;
            }
        }
    }
    let pairs = sums.iter().zip(&counts);
    let means: Vec<f64> = pairs.map(|(sum, count)| sum / count.max(1.0)).collect();
    let usual = known
        .iter()
        .filter_map(|row| means.get(usize::try_from(*row).ok()?));
    let mut usual: Vec<f64> = usual.copied().collect();
    usual.sort_unstable_by(f64::total_cmp);
    let class = |mean: &f64| {
        let below = usual.partition_point(|other| other < mean);
        (below * CLASSES / usual.len().max(1)).min(CLASSES - 1)
    };
    means.iter().map(class).collect()
}

/// The sums less the mean of the known ones of the same class.
fn centred(sums: &[f64], totals: &[usize], known: &[usize]) -> Vec<f64> {
    let mut means = [(0.0, 0.0_f64); CLASSES];
    for row in known {
        let (Some(sum), Some(total)) = (sums.get(*row), totals.get(*row)) else {
            continue;
        };
        if let Some(mean) = means.get_mut(*total) {
            *mean = (mean.0 + sum, mean.1 + 1.0);
        }
    }
    let pairs = sums.iter().zip(totals);
    let centred = pairs.map(|(sum, total)| {
        let mean = means.get(*total).copied().unwrap_or_default();
        sum - mean.0 / mean.1.max(1.0)
    });
    centred.collect()
}
