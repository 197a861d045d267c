//! One column: numbers or categories.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "block kernels: rows and codes are below their count"
)]

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::json;

use crate::estimation::columns::blocks::{BLOCK, blocks};
use crate::estimation::columns::labels::{all_numbers, compare_levels, number};
use crate::estimation::columns::storage::{Codes, MISSING, Numbers};
use crate::estimation::error::{Code, Error};

/// One column.
#[derive(Debug, Clone)]
pub enum Column {
    /// Numbers; NaN is missing.
    Numeric(Arc<Numbers>),
    /// Codes into sorted labels.
    Category(Category),
}

impl Column {
    /// Numbers, NaN missing; whole numbers are stored compactly.
    #[must_use]
    pub fn numbers(values: Vec<f64>) -> Self {
        Self::Numeric(Arc::new(Numbers::compact(values)))
    }

    /// Categories from labels; `None` is missing.
    #[must_use]
    pub fn categories<'a>(labels: impl IntoIterator<Item = Option<&'a str>>) -> Self {
        let mut index: HashMap<&str, u32> = HashMap::new();
        let mut levels: Vec<&str> = Vec::new();
        let codes: Vec<u32> = labels
            .into_iter()
            .map(|label| {
                label.map_or(MISSING, |label| {
                    *index.entry(label).or_insert_with(|| {
                        levels.push(label);
                        (levels.len() - 1) as u32
                    })
                })
            })
            .collect();
        Self::codes(codes, levels.into_iter().map(str::to_owned).collect())
    }

    /// Categories from codes (indices into `levels`, [`MISSING`] or out of range is missing).
    /// Levels are sorted here, and those without a row are kept.
    #[must_use]
    pub fn codes(codes: Vec<u32>, levels: Vec<String>) -> Self {
        let mut order: Vec<usize> = (0..levels.len()).collect();
        let numeric = all_numbers(&levels);
        order.sort_by(|&a, &b| compare_levels(&levels[a], &levels[b], numeric));
        let mut place = vec![0_u32; levels.len()];
        for (to, &from) in order.iter().enumerate() {
            place[from] = to as u32;
        }
        let codes = codes
            .into_iter()
            .map(|code| place.get(code as usize).copied().unwrap_or(MISSING));
        let sorted: Vec<String> = order.iter().map(|&from| levels[from].clone()).collect();
        Self::Category(Category {
            codes: Arc::new(codes.collect()),
            levels: Arc::new(sorted),
        })
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Numeric(numbers) => numbers.len(),
            Self::Category(category) => category.codes.len(),
        }
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The column as categories; a numeric one gets its distinct values as labels.
    #[must_use]
    pub fn to_category(&self) -> Category {
        match self {
            Self::Category(category) => category.clone(),
            Self::Numeric(numbers) if matches!(**numbers, Numbers::I8(_)) => {
                small_numbers_as_category(numbers)
            }
            Self::Numeric(numbers) => {
                let mut index: HashMap<u64, u32> = HashMap::new();
                let mut levels = Vec::new();
                let mut codes = Vec::with_capacity(numbers.len());
                let mut block = vec![0.0; BLOCK];
                for range in blocks(numbers.len()) {
                    let values = &mut block[..range.len()];
                    numbers.fill(range, values);
                    codes.extend(values.iter().map(|value| {
                        if value.is_nan() {
                            return MISSING;
                        }
                        *index.entry((value + 0.0).to_bits()).or_insert_with(|| {
                            levels.push(format!("{value}"));
                            (levels.len() - 1) as u32
                        })
                    }));
                }
                match Self::codes(codes, levels) {
                    Self::Category(category) => category,
                    Self::Numeric(_) => Category {
                        codes: Arc::new(Codes::U8(Vec::new())),
                        levels: Arc::new(Vec::new()),
                    },
                }
            }
        }
    }

    /// The column as numbers; labels are parsed.
    ///
    /// # Errors
    /// `NOT_A_NUMBER` with the labels that are not numbers.
    pub fn to_numbers(&self, name: &str) -> Result<Arc<Numbers>, Error> {
        match self {
            Self::Numeric(numbers) => Ok(Arc::clone(numbers)),
            Self::Category(category) => {
                let table = category.numeric_levels(name)?;
                let mut out = vec![f64::NAN; self.len()];
                let mut codes = vec![0; BLOCK];
                for range in blocks(self.len()) {
                    let codes = &mut codes[..range.len()];
                    category.codes.fill(range.clone(), codes);
                    for (value, &code) in out[range].iter_mut().zip(codes.iter()) {
                        *value = table.get(code as usize).copied().unwrap_or(f64::NAN);
                    }
                }
                Ok(Arc::new(Numbers::compact(out)))
            }
        }
    }

    pub(super) fn gather(&self, rows: &[u32]) -> Self {
        match self {
            Self::Numeric(numbers) => Self::Numeric(Arc::new(numbers.gather(rows))),
            Self::Category(category) => Self::Category(Category {
                codes: Arc::new(category.codes.gather(rows)),
                levels: Arc::clone(&category.levels),
            }),
        }
    }
}

/// Codes into sorted labels.
#[derive(Debug, Clone)]
pub struct Category {
    /// One code per row.
    pub codes: Arc<Codes>,
    /// Labels: sorted numerically if all are numbers, else by bytes.
    pub levels: Arc<Vec<String>>,
}

impl Category {
    /// Each level as a number.
    ///
    /// # Errors
    /// `NOT_A_NUMBER` with the labels that are not numbers.
    pub fn numeric_levels(&self, name: &str) -> Result<Vec<f64>, Error> {
        let parsed: Vec<Option<f64>> = self.levels.iter().map(|level| number(level)).collect();
        let wrong: Vec<&String> = self
            .levels
            .iter()
            .zip(&parsed)
            .filter(|(_, value)| value.is_none())
            .map(|(level, _)| level)
            .collect();
        if wrong.is_empty() {
            return Ok(parsed.into_iter().flatten().collect());
        }
        Err(Error::new(
            Code::NotANumber,
            format!("column {name} holds {:?}, which is not a number", wrong[0]),
            json!({"column": name, "values": wrong.iter().take(20).collect::<Vec<_>>()}),
        ))
    }

    /// One decoded code per row, [`MISSING`] where missing.
    #[must_use]
    pub fn decode(&self) -> Vec<u32> {
        let mut out = vec![0; self.codes.len()];
        self.codes.fill(0..self.codes.len(), &mut out);
        out
    }
}

/// Categories of a column of small whole numbers, without hashing.
fn small_numbers_as_category(numbers: &Numbers) -> Category {
    let Numbers::I8(values) = numbers else {
        return Category {
            codes: Arc::new(Codes::U8(Vec::new())),
            levels: Arc::new(Vec::new()),
        };
    };
    let mut seen = [false; 256];
    for &value in values {
        seen[value as u8 as usize] = true;
    }
    let mut code_of = [MISSING; 256];
    let mut levels = Vec::new();
    for value in -127..=127_i8 {
        if seen[value as u8 as usize] {
            code_of[value as u8 as usize] = levels.len() as u32;
            levels.push(value.to_string());
        }
    }
    let codes = values.iter().map(|&value| code_of[value as u8 as usize]);
    Category {
        codes: Arc::new(codes.collect()),
        levels: Arc::new(levels),
    }
}
