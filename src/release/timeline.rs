//! The groups of a measure over several releases: who was in which of them.
//!
//! Of each group only how many there are is known, not who they are. So what a release has more of a
//! group than the one before came in between, and what it has less was taken out, the newest first.

use std::collections::{BTreeMap, BTreeSet};

use crate::release::cells::Measure;

/// The first and the last release that a layer is in.
pub type Span = (usize, usize);

/// Respondents who are in the same cells and in the same releases.
#[derive(Debug, Clone, PartialEq)]
pub struct Layer {
    /// The names of their cells.
    pub cells: BTreeSet<String>,
    /// The releases.
    pub span: Span,
    /// What counts, what does not, respondents.
    pub sums: [f64; 3],
}

impl Layer {
    /// How often the layer counts in a cell of a release: 1 or 0.
    #[must_use]
    pub fn is_in(&self, cell: &str, release: usize) -> bool {
        self.span.0 <= release && release <= self.span.1 && self.cells.contains(cell)
    }
}

/// The family of a cell: its dimension, or the cell itself if it stands alone.
fn family(cell: &str) -> &str {
    match cell.split_once(':') {
        Some(("part" | "choice" | "hidden" | "without", _)) | None => cell,
        Some((dimension, _)) => dimension,
    }
}

/// The layers of a measure in `releases`, oldest first, by the cells that all releases have.
#[must_use]
pub fn layers(releases: &[&Measure]) -> Vec<Layer> {
    let families = |measure: &&Measure| -> BTreeSet<String> {
        measure
            .cells
            .iter()
            .map(|own| family(own).to_owned())
            .collect()
    };
    let mut all = releases.iter();
    let first = all.next().map(families).unwrap_or_default();
    let common = all.fold(first, |common, measure| {
        common.intersection(&families(measure)).cloned().collect()
    });
    let mut sums: BTreeMap<BTreeSet<String>, Vec<[f64; 3]>> = BTreeMap::new();
    for (release, measure) in releases.iter().enumerate() {
        for group in &measure.groups {
            let names = group
                .cells
                .iter()
                .filter_map(|place| measure.cells.get(*place));
            let key: BTreeSet<String> = names
                .filter(|name| common.contains(family(name)))
                .cloned()
                .collect();
            let row = sums
                .entry(key)
                .or_insert_with(|| vec![[0.0; 3]; releases.len()]);
            if let Some([counted, other, n]) = row.get_mut(release) {
                *counted += group.content.counted;
                *other += group.content.other;
                *n += u32::try_from(group.content.n).map_or(f64::NAN, f64::from);
            }
        }
    }
    let layers = sums.into_iter().flat_map(|(cells, row)| {
        let spans = spans(&row).into_iter();
        spans.map(move |(span, sums)| Layer {
            cells: cells.clone(),
            span,
            sums,
        })
    });
    layers.collect()
}

/// What is in the releases of each span.
fn spans(row: &[[f64; 3]]) -> BTreeMap<Span, [f64; 3]> {
    let mut found: BTreeMap<Span, [f64; 3]> = BTreeMap::new();
    for part in 0..3 {
        // What is still in, with the release that it came in.
        let mut stack: Vec<(usize, f64)> = Vec::new();
        let mut add = |span: Span, amount: f64| {
            if let Some(own) = found.entry(span).or_default().get_mut(part) {
                *own += amount;
            }
        };
        let mut before = 0.0;
        for (release, sums) in row.iter().enumerate() {
            let now = sums.get(part).copied().unwrap_or(0.0);
            // Sums of the same answers may differ in the last digits.
            let change = if (now - before).abs() < 1e-9 {
                0.0
            } else {
                now - before
            };
            let mut gone = -change;
            if change > 0.0 {
                stack.push((release, change));
            }
            while gone > 1e-9 {
                let Some((since, amount)) = stack.pop() else {
                    break;
                };
                let out = amount.min(gone);
                add((since, release.saturating_sub(1)), out);
                gone -= out;
                if amount - out > 1e-9 {
                    stack.push((since, amount - out));
                }
            }
            before = now;
        }
        for (since, amount) in stack {
            add((since, row.len().saturating_sub(1)), amount);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_later_and_what_was_taken_out_are_layers_of_their_own() {
        let found = spans(&[[5.0, 1.0, 6.0], [7.0, 1.0, 8.0], [6.0, 1.0, 7.0]]);
        assert_eq!(found.get(&(0, 2)), Some(&[5.0, 1.0, 6.0]));
        assert_eq!(found.get(&(1, 1)), Some(&[1.0, 0.0, 1.0]));
        assert_eq!(found.get(&(1, 2)), Some(&[1.0, 0.0, 1.0]));
        assert_eq!(found.len(), 3);
    }

    #[test]
    fn an_answer_that_was_changed_is_one_taken_out_and_one_come_in() {
        let found = spans(&[[5.0, 1.0, 6.0], [4.0, 2.0, 6.0]]);
        assert_eq!(found.get(&(0, 0)), Some(&[1.0, 0.0, 0.0]));
        assert_eq!(found.get(&(1, 1)), Some(&[0.0, 1.0, 0.0]));
    }
}
