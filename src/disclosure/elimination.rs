//! Which combinations of published cells there are: Gaussian elimination over sparse rows, exact, modulo
//! a prime.

/// 2^61 − 1. Two rows that are independent are so modulo this prime, unless a determinant of small
/// whole numbers is a multiple of it.
const PRIME: u64 = (1 << 61) - 1;

/// A row: column and coefficient, columns ascending, no coefficient 0.
type Row = Vec<(usize, u64)>;

/// The span of the published cells, and what of each protected cell lies outside it.
#[derive(Debug, Default)]
pub struct Elimination {
    /// Rows with a leading 1 in a column that no other row, and no rest, has.
    basis: Vec<Row>,
    /// What of each protected cell is not in the span; never empty.
    rests: Vec<Row>,
}

impl Elimination {
    /// An empty span, and the cells that must stay outside it.
    #[must_use]
    pub fn new<'c>(protected: impl IntoIterator<Item = &'c [(usize, i64)]>) -> Elimination {
        let rests = protected.into_iter().map(row);
        Elimination {
            basis: Vec::new(),
            rests: rests.filter(|row| !row.is_empty()).collect(),
        }
    }

    /// Adds a cell to the span, whatever it gives away. What it gives away is no longer protected.
    pub fn force(&mut self, cell: &[(usize, i64)]) {
        let rest = self.reduced(row(cell));
        if !rest.is_empty() {
            self.add(rest);
        }
        self.rests.retain(|row| !row.is_empty());
    }

    /// Adds a cell to the span, unless a protected cell would then be in it. Whether it was added.
    pub fn try_add(&mut self, cell: &[(usize, i64)]) -> bool {
        let rest = self.reduced(row(cell));
        if rest.is_empty() {
            return true;
        }
        if self.rests.iter().any(|own| is_multiple(own, &rest)) {
            return false;
        }
        self.add(rest);
        true
    }

    /// What of `row` is not in the span.
    fn reduced(&self, mut row: Row) -> Row {
        for own in &self.basis {
            row = without_column(row, own);
        }
        row
    }

    fn add(&mut self, rest: Row) {
        let Some((_, lead)) = rest.first() else {
            return;
        };
        let inverse = inverse(*lead);
        let pivot: Row = rest
            .iter()
            .map(|(column, own)| (*column, times(*own, inverse)))
            .collect();
        for row in self.basis.iter_mut().chain(&mut self.rests) {
            *row = without_column(std::mem::take(row), &pivot);
        }
        self.basis.push(pivot);
    }
}

/// A cell as a row.
fn row(cell: &[(usize, i64)]) -> Row {
    let mut row: Row = cell
        .iter()
        .map(|(column, factor)| {
            let size = factor.unsigned_abs() % PRIME;
            (*column, if *factor < 0 { negative(size) } else { size })
        })
        .filter(|(_, factor)| *factor != 0)
        .collect();
    row.sort_unstable_by_key(|(column, _)| *column);
    row
}

/// `row` minus so many times `pivot` that the pivot's leading column is gone.
fn without_column(row: Row, pivot: &Row) -> Row {
    let Some((column, _)) = pivot.first() else {
        return row;
    };
    let Ok(place) = row.binary_search_by_key(column, |(own, _)| *own) else {
        return row;
    };
    let factor = row.get(place).map_or(0, |(_, own)| negative(*own));
    let mut sum = Row::with_capacity(row.len() + pivot.len());
    let (mut left, mut right) = (row.into_iter().peekable(), pivot.iter().peekable());
    loop {
        let (own, other) = (left.peek().copied(), right.peek().map(|own| **own));
        match (own, other) {
            (None, None) => return sum,
            (Some(own), other) if other.is_none_or(|other| own.0 < other.0) => {
                sum.push(own);
                left.next();
            }
            (Some(own), Some(other)) if own.0 == other.0 => {
                let value = plus(own.1, times(other.1, factor));
                if value != 0 {
                    sum.push((own.0, value));
                }
                left.next();
                right.next();
            }
            (_, Some(other)) => {
                sum.push((other.0, times(other.1, factor)));
                right.next();
            }
            (Some(_), None) => return sum,
        }
    }
}

/// Whether `row` is `other` times a number.
fn is_multiple(row: &Row, other: &Row) -> bool {
    let (Some((_, first)), Some((_, lead))) = (row.first(), other.first()) else {
        return false;
    };
    row.len() == other.len()
        && row
            .iter()
            .zip(other)
            .all(|((column, own), (place, factor))| {
                column == place && times(*own, *lead) == times(*factor, *first)
            })
}

fn plus(a: u64, b: u64) -> u64 {
    (a + b) % PRIME
}

fn negative(a: u64) -> u64 {
    (PRIME - a) % PRIME
}

fn times(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b) % u128::from(PRIME);
    u64::try_from(product).unwrap_or(0)
}

/// The inverse by Fermat: a^(PRIME − 2).
fn inverse(a: u64) -> u64 {
    let (mut result, mut base, mut power) = (1, a, PRIME - 2);
    while power > 0 {
        if power & 1 == 1 {
            result = times(result, base);
        }
        base = times(base, base);
        power >>= 1;
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_that_the_total_would_give_away_is_kept_out() {
        // Three counties; the third is protected.
        let third: &[(usize, i64)] = &[(2, 1)];
        let mut span = Elimination::new([third]);
        assert!(span.try_add(&[(0, 1), (1, 1), (2, 1)]));
        assert!(span.try_add(&[(0, 1)]));
        assert!(!span.try_add(&[(1, 1)]));
        // What adds nothing new may be published.
        assert!(span.try_add(&[(1, 2), (2, 2)]));
    }

    #[test]
    fn a_difference_of_two_releases_is_a_combination() {
        // Group 1 came after the first release.
        let late: &[(usize, i64)] = &[(1, 1)];
        let mut span = Elimination::new([late]);
        span.force(&[(0, 1)]);
        assert!(!span.try_add(&[(0, 1), (1, 1)]));
        assert!(span.try_add(&[(0, -3)]));
    }

    #[test]
    fn inverses_are_inverses() {
        for own in [1, 2, 3, 12_345, PRIME - 1] {
            assert_eq!(times(own, inverse(own)), 1);
        }
    }
}
