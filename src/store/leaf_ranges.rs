//! A set of leaves as ranges: `17-20,33`.

use std::fmt::Write;

/// Leaves in ascending order, as ranges that neither overlap nor touch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LeafRanges(Vec<(i64, i64)>);

impl LeafRanges {
    /// Reads the text of a set: numbers from 0 and ranges of them, in any order, between commas.
    /// `None` for another text.
    #[must_use]
    pub fn parse(text: &str) -> Option<LeafRanges> {
        let number = |text: &str| {
            let text = text.trim();
            let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            is_number.then(|| text.parse::<i64>().ok()).flatten()
        };
        let ranges = text.split(',').filter(|part| !part.trim().is_empty());
        let ranges = ranges.map(|part| {
            let (first, last) = match part.split_once('-') {
                Some((first, last)) => (number(first)?, number(last)?),
                None => (number(part)?, number(part)?),
            };
            (first <= last).then_some((first, last))
        });
        Some(LeafRanges::merged(ranges.collect::<Option<_>>()?))
    }

    /// The ranges (first, last) in any order, as one set.
    fn merged(mut ranges: Vec<(i64, i64)>) -> LeafRanges {
        ranges.sort_unstable();
        let mut merged: Vec<(i64, i64)> = Vec::new();
        for (first, last) in ranges {
            match merged.last_mut() {
                Some((_, end)) if first <= end.saturating_add(1) => *end = last.max(*end),
                _ => merged.push((first, last)),
            }
        }
        LeafRanges(merged)
    }

    /// What is in one of the two sets.
    #[must_use]
    pub fn with(&self, other: &LeafRanges) -> LeafRanges {
        LeafRanges::merged([self.0.as_slice(), &other.0].concat())
    }

    /// What is in this set and not in the other.
    #[must_use]
    pub fn without(&self, other: &LeafRanges) -> LeafRanges {
        let leaves = self.0.iter().flat_map(|(first, last)| *first..=*last);
        leaves.filter(|leaf| !other.contains(*leaf)).collect()
    }

    /// Whether a leaf is in it.
    #[must_use]
    pub fn contains(&self, leaf: i64) -> bool {
        let after = self.0.partition_point(|(first, _)| *first <= leaf);
        let range = after.checked_sub(1).and_then(|place| self.0.get(place));
        range.is_some_and(|(_, last)| leaf <= *last)
    }

    /// How many leaves it has.
    #[must_use]
    pub fn count(&self) -> u64 {
        let lengths = self.0.iter().map(|(first, last)| last.abs_diff(*first) + 1);
        lengths.sum()
    }

    /// Whether it has no leaf.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The ranges, each with its first and last leaf.
    #[must_use]
    pub fn ranges(&self) -> &[(i64, i64)] {
        &self.0
    }
}

impl FromIterator<i64> for LeafRanges {
    fn from_iter<I: IntoIterator<Item = i64>>(leaves: I) -> LeafRanges {
        LeafRanges::merged(leaves.into_iter().map(|leaf| (leaf, leaf)).collect())
    }
}

impl std::fmt::Display for LeafRanges {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut text = String::new();
        for (first, last) in &self.0 {
            if !text.is_empty() {
                text.push(',');
            }
            match first == last {
                true => write!(text, "{first}")?,
                false => write!(text, "{first}-{last}")?,
            }
        }
        f.write_str(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_written_and_read_back() {
        let set: LeafRanges = [20, 17, 33, 18, 19, 18].into_iter().collect();
        assert_eq!(set.to_string(), "17-20,33");
        assert_eq!(LeafRanges::parse("33, 17-18,19-20"), Some(set.clone()));
        assert_eq!(set.count(), 5);
        let has: Vec<i64> = (0..40).filter(|leaf| set.contains(*leaf)).collect();
        assert_eq!(has, [17, 18, 19, 20, 33]);
        let more = set.with(&LeafRanges::parse("21-32").unwrap());
        assert_eq!(more.to_string(), "17-33");
        let rest = set.without(&LeafRanges::parse("18,30-40").unwrap());
        assert_eq!(rest.to_string(), "17,19-20");
        for wrong in ["a", "3-1", "-3", "1-2-3", "1;2", "99999999999999999999"] {
            assert_eq!(LeafRanges::parse(wrong), None, "{wrong}");
        }
        assert!(LeafRanges::parse("").unwrap().is_empty());
    }
}
