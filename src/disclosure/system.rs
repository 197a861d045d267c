//! The cells of all tables of a release, and of those before it, as one system of linear equations.
//!
//! Respondents who are in the same cells are a group. Of each group two numbers are unknown to the
//! public, such as how many said yes and how many said no. Every cell is a sum of groups with whole
//! coefficients; the difference of a cell in two releases has −1 too. Whatever is published of a cell
//! is a statement about such a sum.

use std::collections::BTreeMap;

/// One system. Estimates of other questions are other systems: no equation joins them.
#[derive(Debug, Clone, Default)]
pub struct System {
    /// The two unknown numbers of each group, as they truly are.
    pub groups: Vec<[f64; 2]>,
    /// The cells.
    pub cells: Vec<Cell>,
    /// What is published of a cell.
    pub publishes: Publishes,
}

/// What is published of a cell, and so known to an attacker.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Publishes {
    /// Whether a cell's size is the sum of both numbers. Else the second number is the size, and the
    /// first an amount.
    pub is_share: bool,
    /// The step that a size is rounded to; `None` if it is known exactly.
    pub size_step: Option<f64>,
    /// The step that the ratio of the first number to the size is rounded to; `None` if only the
    /// size is published.
    pub ratio_step: Option<f64>,
}

impl Default for Publishes {
    fn default() -> Self {
        Self {
            is_share: true,
            size_step: Some(10.0),
            ratio_step: Some(0.001),
        }
    }
}

/// A sum of groups that a table shows, or that nobody may find out.
#[derive(Debug, Clone, Default)]
pub struct Cell {
    /// Groups with their coefficients.
    pub sum: Vec<(usize, i64)>,
    /// Whether it can be, or was, published.
    pub role: Role,
    /// Whether it must be protected.
    pub guard: Guard,
    /// Its importance. The least important are suppressed first.
    pub cost: u64,
    /// How wide an attacker's interval must be at least: of the first number, of the second, of the
    /// size. Only for a cell with a guard.
    pub widths: [f64; 3],
    /// The cell to be suppressed first if this one must be protected, such as the newer of the two
    /// whose difference this is.
    pub newer: Option<usize>,
}

/// Whether a cell can be published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Role {
    /// It is published unless it is suppressed.
    #[default]
    Open,
    /// It was published in an earlier release and cannot be taken back.
    Published,
    /// It is in no table, or not shown for another reason.
    Unpublished,
}

/// How a cell is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Guard {
    /// Not at all.
    #[default]
    None,
    /// An attacker must not narrow it down. That it is the difference of two published numbers is
    /// borne if both are rounded enough.
    Interval,
    /// It must not be a combination of published cells either, however they are rounded.
    Full,
}

impl System {
    /// The same with each set of groups that are in the same cells, by the same coefficients, as one
    /// group; in the order of their first group.
    #[must_use]
    pub fn merged(&self) -> System {
        let mut columns: Vec<Vec<(usize, i64)>> = vec![Vec::new(); self.groups.len()];
        for (place, cell) in self.cells.iter().enumerate() {
            for (group, factor) in &cell.sum {
                if let Some(column) = columns.get_mut(*group) {
                    column.push((place, *factor));
                }
            }
        }
        let mut known: BTreeMap<Vec<(usize, i64)>, usize> = BTreeMap::new();
        let mut groups: Vec<[f64; 2]> = Vec::new();
        let mut cells: Vec<Cell> = self.cells.clone();
        for cell in &mut cells {
            cell.sum = Vec::new();
        }
        for (column, [first, second]) in columns.into_iter().zip(&self.groups) {
            if column.is_empty() {
                continue;
            }
            let next = groups.len();
            let place = *known.entry(column).or_insert_with_key(|column| {
                groups.push([0.0; 2]);
                for (cell, factor) in column {
                    if let Some(cell) = cells.get_mut(*cell) {
                        cell.sum.push((next, *factor));
                    }
                }
                next
            });
            if let Some(group) = groups.get_mut(place) {
                group[0] += first;
                group[1] += second;
            }
        }
        System {
            groups,
            cells,
            publishes: self.publishes,
        }
    }

    /// First number, second number and size of a cell.
    #[must_use]
    pub fn values(&self, cell: &Cell) -> [f64; 3] {
        let (mut first, mut second) = (0.0, 0.0);
        for (group, factor) in &cell.sum {
            if let Some([own_first, own_second]) = self.groups.get(*group) {
                let factor = small(*factor);
                first += factor * own_first;
                second += factor * own_second;
            }
        }
        let size = if self.publishes.is_share {
            first + second
        } else {
            second
        };
        [first, second, size]
    }
}

/// A coefficient as a number.
pub(crate) fn small(factor: i64) -> f64 {
    i32::try_from(factor).map_or(f64::NAN, f64::from)
}
