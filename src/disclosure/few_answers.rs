//! The rule of few answers: a number that too few answers support is not shown, or shown as weak.

/// How many answers support a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Support {
    /// Fewer than [`FEWEST_SHOWN`]: the number is not shown.
    Hidden,
    /// Fewer than [`FEWEST_SAFE`]: the number is shown in brackets.
    Few,
    /// Enough.
    Enough,
}

/// Fewest answers, unweighted, behind a number that is shown.
pub const FEWEST_SHOWN: u64 = 10;

/// Fewest answers, unweighted, behind a number that is shown without brackets.
pub const FEWEST_SAFE: u64 = 30;

/// The support of a number that rests on `n` answers.
#[must_use]
pub fn support(n: u64) -> Support {
    match n {
        0..FEWEST_SHOWN => Support::Hidden,
        FEWEST_SHOWN..FEWEST_SAFE => Support::Few,
        _ => Support::Enough,
    }
}

/// The support of each part of a whole whose total is known: if the hidden parts have fewer than
/// [`FEWEST_SHOWN`] answers together, or only one is hidden, the total would give them away. Then the
/// smallest of the others are hidden too. A part that nobody is in hides nobody: its 0 is shown.
#[must_use]
pub fn support_of_parts(counts: &[u64]) -> Vec<Support> {
    let own = |n: &u64| match n {
        0 => Support::Enough,
        n => support(*n),
    };
    let mut parts: Vec<Support> = counts.iter().map(own).collect();
    if !parts.contains(&Support::Hidden) {
        return parts;
    }
    let places = counts.iter().copied().enumerate();
    let mut by_size: Vec<(usize, u64)> = places.filter(|(_, n)| *n > 0).collect();
    by_size.sort_by_key(|(place, n)| (*n, *place));
    let (mut hidden, mut sum) = (0, 0);
    for (place, n) in by_size {
        let Some(part) = parts.get_mut(place) else {
            continue;
        };
        if *part != Support::Hidden && hidden > 1 && sum >= FEWEST_SHOWN {
            break;
        }
        *part = Support::Hidden;
        hidden += 1;
        sum += n;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use Support::{Enough, Few, Hidden};

    #[test]
    fn limits_are_ten_and_thirty_answers() {
        assert_eq!(
            [0, 9, 10, 29, 30].map(support),
            [Hidden, Hidden, Few, Few, Enough]
        );
    }

    #[test]
    fn a_hidden_part_cannot_be_computed_from_the_total() {
        for (counts, parts) in [
            (vec![40, 50], vec![Enough, Enough]),
            (vec![3, 50, 40], vec![Hidden, Enough, Hidden]),
            (vec![3, 4, 40, 50], vec![Hidden, Hidden, Hidden, Enough]),
            (vec![8, 9, 40], vec![Hidden, Hidden, Enough]),
            (vec![0, 15, 90], vec![Enough, Few, Enough]),
            (vec![0, 3, 90], vec![Enough, Hidden, Hidden]),
            (vec![5], vec![Hidden]),
            (vec![], vec![]),
        ] {
            assert_eq!(support_of_parts(&counts), parts, "{counts:?}");
        }
    }
}
