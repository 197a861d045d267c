//! The weight and the number of the rows in each category of a column.

use std::collections::BTreeMap;

use crate::estimation::Columns;

/// The rows with a weight, by category of one column.
#[derive(Debug, Default)]
pub struct CategoryTotals {
    /// By the code of the category.
    pub categories: BTreeMap<String, CategoryTotal>,
}

/// The rows of one category.
#[derive(Debug, Clone, Copy, Default)]
pub struct CategoryTotal {
    /// The sum of their weights.
    pub weight: f64,
    /// Their number.
    pub n: u32,
}

impl CategoryTotals {
    /// The totals of a column; `None` if the data have no such column.
    pub fn of(columns: &Columns, name: &str, weights: &[f64]) -> Option<CategoryTotals> {
        let category = columns.get(name).ok()?.to_category();
        let mut totals = vec![CategoryTotal::default(); category.levels.len()];
        for (code, weight) in category.decode().into_iter().zip(weights) {
            let index = usize::try_from(code).ok();
            let total = index.and_then(|index| totals.get_mut(index));
            if let Some(total) = total.filter(|_| *weight > 0.0) {
                total.weight += weight;
                total.n += 1;
            }
        }
        Some(CategoryTotals {
            categories: category.levels.iter().cloned().zip(totals).collect(),
        })
    }

    /// The total of one category; zero if no row is in it.
    pub fn get(&self, category: &str) -> CategoryTotal {
        self.categories.get(category).copied().unwrap_or_default()
    }

    /// The total of all categories.
    pub fn sum(&self) -> CategoryTotal {
        let all = self.categories.values();
        all.fold(CategoryTotal::default(), |sum, one| CategoryTotal {
            weight: sum.weight + one.weight,
            n: sum.n + one.n,
        })
    }
}
