//! Named columns of equal length: what an estimation reads instead of rows.
//!
//! Memory is what limits ten million responses, so categories are small codes beside one sorted list of labels and
//! whole numbers are kept in one, two or four bytes. Missing is a value of the column, never a sentinel of the caller.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "block kernels: every index is below the row count, codes are below the level count"
)]

mod storage;

use std::cmp::Ordering;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use serde_json::json;

use super::error::{Code, Error};
pub use storage::{Codes, Numbers};

/// The code of a missing category in a decoded block.
pub const MISSING: u32 = u32::MAX;

/// Named columns of one length.
#[derive(Debug, Clone, Default)]
pub struct Columns {
    rows: usize,
    names: Vec<String>,
    columns: Vec<Column>,
}

impl Columns {
    /// No column yet; the first one pushed fixes the number of rows.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a column.
    ///
    /// # Errors
    /// `LENGTH_MISMATCH` if it has another length than those before it, `SPEC_INVALID` if the name is taken.
    pub fn push(&mut self, name: impl Into<String>, column: Column) -> Result<(), Error> {
        let name = name.into();
        if self.names.contains(&name) {
            return Err(Error::spec(format!("column {name} is given twice")));
        }
        if !self.columns.is_empty() && column.len() != self.rows {
            return Err(Error::new(
                Code::LengthMismatch,
                format!(
                    "column {name} has {} rows, the others have {}",
                    column.len(),
                    self.rows
                ),
                json!({"column": name, "rows": column.len(), "expected": self.rows}),
            ));
        }
        self.rows = column.len();
        self.names.push(name);
        self.columns.push(column);
        Ok(())
    }

    /// Number of rows.
    #[must_use]
    pub const fn rows(&self) -> usize {
        self.rows
    }

    /// Names in the order of pushing.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The column of that name.
    ///
    /// # Errors
    /// `UNKNOWN_COLUMN`, with the names that exist.
    pub fn get(&self, name: &str) -> Result<&Column, Error> {
        match self.names.iter().position(|known| known == name) {
            Some(at) => Ok(&self.columns[at]),
            None => Err(Error::new(
                Code::UnknownColumn,
                format!("there is no column {name}"),
                json!({"column": name, "columns": self.names}),
            )),
        }
    }

    /// Puts a column in the place of one of the same name, or adds it.
    ///
    /// # Errors
    /// As [`Columns::push`].
    pub fn replace(&mut self, name: &str, column: Column) -> Result<(), Error> {
        if let Some(at) = self.names.iter().position(|known| known == name) {
            if column.len() != self.rows {
                return Err(Error::new(
                    Code::LengthMismatch,
                    format!("column {name} has another length"),
                    json!({}),
                ));
            }
            self.columns[at] = column;
            return Ok(());
        }
        self.push(name, column)
    }

    /// The rows for which `keep` is true, as columns of their own. For samples that are separate surveys;
    /// a domain of one sample is never made this way (its PSUs without members would be lost).
    #[must_use]
    pub fn select(&self, keep: &[bool]) -> Self {
        let rows: Vec<usize> = keep
            .iter()
            .enumerate()
            .filter(|(_, kept)| **kept)
            .map(|(row, _)| row)
            .collect();
        let columns = self
            .columns
            .iter()
            .map(|column| column.gather(&rows))
            .collect();
        Self {
            rows: rows.len(),
            names: self.names.clone(),
            columns,
        }
    }
}

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

    /// Categories from codes (indices into `levels`, [`MISSING`] or out of range is missing). Levels are sorted here
    /// and those without a row are kept.
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
        let codes = Arc::new(Codes::pack(codes, sorted.len()));
        Self::Category(Category {
            codes,
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
    /// `NOT_A_NUMBER` with the labels that are none.
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

    fn gather(&self, rows: &[usize]) -> Self {
        match self {
            Self::Numeric(numbers) => Self::Numeric(Arc::new(match &**numbers {
                Numbers::I8(values) => Numbers::I8(rows.iter().map(|&row| values[row]).collect()),
                Numbers::I32(values) => Numbers::I32(rows.iter().map(|&row| values[row]).collect()),
                Numbers::F64(values) => Numbers::F64(rows.iter().map(|&row| values[row]).collect()),
            })),
            Self::Category(category) => {
                let codes = match &*category.codes {
                    Codes::U8(codes) => Codes::U8(rows.iter().map(|&row| codes[row]).collect()),
                    Codes::U16(codes) => Codes::U16(rows.iter().map(|&row| codes[row]).collect()),
                    Codes::U32(codes) => Codes::U32(rows.iter().map(|&row| codes[row]).collect()),
                };
                Self::Category(Category {
                    codes: Arc::new(codes),
                    levels: Arc::clone(&category.levels),
                })
            }
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
    /// `NOT_A_NUMBER` with the labels that are none.
    pub fn numeric_levels(&self, name: &str) -> Result<Vec<f64>, Error> {
        let parsed: Vec<Option<f64>> = self
            .levels
            .iter()
            .map(|level| level.trim().parse().ok())
            .collect();
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
    let codes = Codes::pack(
        values.iter().map(|&value| code_of[value as u8 as usize]),
        levels.len(),
    );
    Category {
        codes: Arc::new(codes),
        levels: Arc::new(levels),
    }
}

/// Rows per block of the kernels: small enough for the first-level cache, long enough to forget the loop around it.
pub(crate) const BLOCK: usize = 1024;

/// The blocks of `rows` rows, in order.
pub(crate) fn blocks(rows: usize) -> impl Iterator<Item = Range<usize>> {
    (0..rows)
        .step_by(BLOCK)
        .map(move |start| start..(start + BLOCK).min(rows))
}

/// Whether every label reads as a number, which makes a column sort by value.
pub(crate) fn all_numbers(levels: &[String]) -> bool {
    levels
        .iter()
        .all(|level| level.trim().parse::<f64>().is_ok_and(f64::is_finite))
}

/// The order of two labels of a column: by value if `numeric`, else by bytes.
pub(crate) fn compare_levels(a: &str, b: &str, numeric: bool) -> Ordering {
    let by_value = match (numeric, a.trim().parse::<f64>(), b.trim().parse::<f64>()) {
        (true, Ok(a), Ok(b)) => a.total_cmp(&b),
        _ => Ordering::Equal,
    };
    by_value.then_with(|| a.as_bytes().cmp(b.as_bytes()))
}
