//! What of each person may stand in a file for researchers.
//!
//! People with equal identifying values are a class. A class is safe if it has at least
//! [`SMALLEST_CLASS`] people and if they do not all agree: on each question that more than one answer
//! was given to in the whole file, those of the class who answered gave at least two answers. The
//! identifying values of an unsafe class are taken away, the last column first, until the class that
//! these people form is safe. Whoever is then still in an unsafe class is left out.

use std::collections::{BTreeMap, BTreeSet};

/// Fewest people of a class.
pub const SMALLEST_CLASS: usize = 5;

/// A person as codes; 0 stands for no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Values that others may know of the person, those that are to be kept longest first. The same
    /// number for everybody.
    pub identifying: Vec<u32>,
    /// Answers. The same number for everybody.
    pub answers: Vec<u32>,
}

/// How many of the identifying values of each person may be shown, from the first one; `None` for a
/// person who may not be in the file.
#[must_use]
pub fn shown_values(people: &[Person]) -> Vec<Option<usize>> {
    let all: Vec<&Person> = people.iter().collect();
    let varied = varied(&all);
    let columns = people.first().map_or(0, |person| person.identifying.len());
    let mut shown = vec![None; people.len()];
    let mut open: Vec<usize> = (0..people.len()).collect();
    for kept in (0..=columns).rev() {
        let mut classes: BTreeMap<&[u32], Vec<usize>> = BTreeMap::new();
        for place in open.drain(..) {
            let values = people
                .get(place)
                .and_then(|own| own.identifying.get(..kept));
            classes
                .entry(values.unwrap_or_default())
                .or_default()
                .push(place);
        }
        for class in classes.into_values() {
            if !is_safe(people, &class, &varied) {
                open.extend(class);
                continue;
            }
            for place in class {
                if let Some(own) = shown.get_mut(place) {
                    *own = Some(kept);
                }
            }
        }
    }
    shown
}

/// The questions that more than one answer was given to.
fn varied(people: &[&Person]) -> Vec<usize> {
    let questions = people.first().map_or(0, |person| person.answers.len());
    let is_varied = |question: &usize| answers(people, *question).len() > 1;
    (0..questions).filter(is_varied).collect()
}

fn answers(people: &[&Person], question: usize) -> BTreeSet<u32> {
    let given = people.iter().filter_map(|own| own.answers.get(question));
    given.copied().filter(|answer| *answer != 0).collect()
}

fn is_safe(people: &[Person], class: &[usize], varied: &[usize]) -> bool {
    if class.len() < SMALLEST_CLASS {
        return false;
    }
    let own: Vec<&Person> = class
        .iter()
        .filter_map(|place| people.get(*place))
        .collect();
    let agree = |question: &usize| answers(&own, *question).len() == 1;
    !varied.iter().any(agree)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(identifying: [u32; 2], answer: u32) -> Person {
        Person {
            identifying: identifying.to_vec(),
            answers: vec![answer, 7],
        }
    }

    #[test]
    fn values_are_taken_away_until_five_people_who_disagree_are_alike() {
        let mut people = Vec::new();
        // Five alike who disagree; three and three who are five only together; five who agree.
        people.extend([1, 2, 1, 2, 1].map(|answer| person([1, 1], answer)));
        people.extend([1, 2, 1].map(|answer| person([2, 1], answer)));
        people.extend([1, 2, 1].map(|answer| person([2, 2], answer)));
        people.extend([1, 1, 1, 1, 1].map(|answer| person([3, 1], answer)));
        let shown = shown_values(&people);
        assert!(shown.iter().take(5).all(|own| *own == Some(2)));
        assert!(shown.iter().skip(5).take(6).all(|own| *own == Some(1)));
        // Nobody is left with whom those who agree could be mixed.
        assert!(shown.iter().skip(11).all(Option::is_none));
    }

    #[test]
    fn four_people_are_no_class_though_they_disagree() {
        let four = [1, 2, 1, 2].map(|answer| person([1, 1], answer));
        assert_eq!(shown_values(&four), vec![None; 4]);
        let five = [1, 2, 1, 2, 1].map(|answer| person([1, 1], answer));
        assert_eq!(shown_values(&five), vec![Some(2); 5]);
    }

    #[test]
    fn people_who_gave_no_answer_give_none_away() {
        let people = vec![person([1, 1], 0); 6];
        assert_eq!(shown_values(&people), vec![Some(2); 6]);
        assert!(shown_values(&[]).is_empty());
    }
}
