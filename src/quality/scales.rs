//! Which items share a scale, and answers as numbers.

use super::responses::{BLANK, Choice, DONT_KNOW, Item};

/// The items of each scale, in the order of the questionnaire. Items without a scale are left out.
#[must_use]
pub fn scales(items: &[Item]) -> Vec<Vec<usize>> {
    let mut found: Vec<(usize, Vec<usize>)> = Vec::new();
    for (at, item) in items.iter().enumerate() {
        let Some(scale) = item.scale else { continue };
        match found.iter_mut().find(|(other, _)| *other == scale) {
            Some((_, of_scale)) => of_scale.push(at),
            None => found.push((scale, vec![at])),
        }
    }
    found.into_iter().map(|(_, items)| items).collect()
}

/// The items of the scale with the most items, the first of equals. Empty without a scale.
#[must_use]
pub fn main_scale(items: &[Item]) -> Vec<usize> {
    let mut best: Vec<usize> = Vec::new();
    for scale in scales(items) {
        if scale.len() > best.len() {
            best = scale;
        }
    }
    best
}

/// The items that have a scale, in the order of the questionnaire.
#[must_use]
pub fn rated(items: &[Item]) -> Vec<usize> {
    items
        .iter()
        .enumerate()
        .filter(|(_, item)| item.scale.is_some())
        .map(|(at, _)| at)
        .collect()
}

/// A choice as a number; NaN for a blank or a don't-know.
#[must_use]
pub fn number(answer: Choice) -> f64 {
    if answer == BLANK || answer == DONT_KNOW {
        f64::NAN
    } else {
        f64::from(answer)
    }
}

/// A choice from 0, the lowest of the scale, to 1, the highest, reversed items turned; NaN for a blank
/// or a don't-know.
#[must_use]
pub fn share_of_scale(answer: Choice, item: &Item) -> f64 {
    let share = (number(answer) - 1.0) / (f64::from(item.choices) - 1.0).max(1.0);
    if item.is_reversed { 1.0 - share } else { share }
}
