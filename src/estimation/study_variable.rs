//! Study variables: what each row contributes to an estimate.
//!
//! A row contributes a numerator a and a denominator b, or nothing if an answer is missing. Every
//! linear statistic is a total Σwa, a ratio Σwa/Σwb (a mean or a share has b = 1), or a sum of such
//! ratios.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "block kernels over codes below the level count"
)]

use std::ops::Range;
use std::sync::Arc;

use serde_json::json;

use crate::estimation::columns::{BLOCK, Category, Columns, Numbers, blocks};
use crate::estimation::error::{Code, Error};
use crate::estimation::spec::estimate::{EstimateSpec, Kind};
use crate::estimation::spec::label::{Label, Names};

/// The numerator a and the denominator b of every row.
#[derive(Debug, Clone)]
pub enum StudyVariable {
    /// a = 1 if the answer to a question counts, else 0; b = 1.
    Share(Dichotomy),
    /// a = 1 if the answer to any of several questions counts; b = 1 if any is answered.
    AnyOf(Vec<Dichotomy>),
    /// a = Σ factor·value, b = Σ factor·value or 1.
    Linear {
        /// Columns of the numerator and their factors.
        numerator: Vec<(Arc<Numbers>, f64)>,
        /// Columns of the denominator and their factors; none: b = 1.
        denominator: Vec<(Arc<Numbers>, f64)>,
        /// Values that mean "missing".
        missing: Vec<f64>,
    },
}

/// A question reduced to yes and no: for each code whether it is in the base and whether it counts.
#[derive(Debug, Clone)]
pub struct Dichotomy {
    category: Category,
    /// By level, and at least [`BYTES`]; entries beyond the levels are for empty cells.
    outcomes: Vec<Outcome>,
}

/// Codes that a byte can be.
const BYTES: usize = 256;

/// What an answer means to a share. Of several questions, the greatest outcome is that of "any".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Not in the base.
    Missing,
    /// In the base.
    Other,
    /// In the base, and counts.
    Counts,
}

impl Dichotomy {
    /// Reads a question: the codes `counts` count, the codes `missing` and empty cells are outside
    /// the base. Without `counts`, it is a column of 0 and 1 in which 1 counts.
    ///
    /// # Errors
    ///
    /// `UNKNOWN_COLUMN`; `SPEC_INVALID` if `counts` is empty and the column holds other values than
    /// 0 and 1.
    pub fn new(
        columns: &Columns,
        column: &str,
        counts: &[Label],
        missing: &[Label],
    ) -> Result<Self, Error> {
        let category = columns.get(column)?.to_category();
        let is_missing = |level: &str| missing.iter().any(|label| label.matches(level));
        let number = |level: &str| level.trim().parse::<f64>().ok();
        if counts.is_empty() {
            let zero_or_one = |level: &&String| matches!(number(level), Some(0.0 | 1.0));
            let other = category
                .levels
                .iter()
                .find(|level| !is_missing(level) && !zero_or_one(level));
            if let Some(other) = other {
                return Err(Error::new(
                    Code::SpecInvalid,
                    format!(
                        "say which codes of {column} count: it holds '{other}' besides 0 and 1"
                    ),
                    json!({"column": column, "levels": *category.levels}),
                ));
            }
        }
        let counted = |level: &str| {
            if counts.is_empty() {
                number(level) == Some(1.0)
            } else {
                counts.iter().any(|label| label.matches(level))
            }
        };
        let mut outcomes: Vec<Outcome> = category
            .levels
            .iter()
            .map(|level| match (is_missing(level), counted(level)) {
                (true, _) => Outcome::Missing,
                (false, true) => Outcome::Counts,
                (false, false) => Outcome::Other,
            })
            .collect();
        outcomes.push(Outcome::Missing);
        outcomes.resize(outcomes.len().max(BYTES), Outcome::Missing);
        Ok(Self { category, outcomes })
    }

    /// Calls `write` with each entry of `out` and the outcome of its row of `range`.
    fn visit<T>(&self, range: Range<usize>, out: &mut [T], write: impl Fn(&mut T, Outcome)) {
        let of_byte = self.outcomes.first_chunk::<BYTES>();
        if let (Some(of_byte), Some(codes)) = (of_byte, self.category.codes.bytes(range.clone())) {
            for (to, &code) in out.iter_mut().zip(codes) {
                write(to, of_byte[usize::from(code)]);
            }
            return;
        }
        let mut codes = [0_u32; BLOCK];
        let codes = &mut codes[..range.len()];
        self.category.codes.fill(range, codes);
        let last = self.outcomes.len() - 1;
        for (to, &code) in out.iter_mut().zip(codes.iter()) {
            write(to, self.outcomes[(code as usize).min(last)]);
        }
    }
}

impl StudyVariable {
    /// The study variable of a mean, total, ratio, quantile or proportion.
    ///
    /// | kind | a | b |
    /// |---|---|---|
    /// | proportion | 1 if the code counts, else 0 | 1 |
    /// | mean, total, quantile | Σ factor·value of `variable` | 1 |
    /// | ratio | Σ factor·value of `variable` | Σ factor·value of `denominator` |
    ///
    /// # Example
    ///
    /// ```
    /// use minyi::estimation::spec::{EstimateSpec, Kind, Names};
    /// use minyi::estimation::study_variable::StudyVariable;
    /// use minyi::estimation::{Column, Columns};
    ///
    /// let mut columns = Columns::new();
    /// columns.push("s1", Column::numbers(vec![5.0, 2.0, 9.0, f64::NAN]))?;
    /// let spec = EstimateSpec {
    ///     variable: Some(Names::One("s1".to_owned())),
    ///     counts: vec![4.into(), 5.into()],
    ///     missing: vec![9.into()],
    ///     ..EstimateSpec::new("satisfied", Kind::Proportion)
    /// };
    /// let (a, b) = StudyVariable::new(&columns, &spec)?.decode(4);
    /// assert_eq!((a[0], a[1], &b), (1.0, 0.0, &vec![1.0; 4]));
    /// assert!(a[2].is_nan() && a[3].is_nan());
    /// # Ok::<(), minyi::estimation::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `SPEC_INVALID` for keys that are missing or contradict each other, `UNKNOWN_COLUMN`,
    /// `NOT_A_NUMBER`.
    pub fn new(columns: &Columns, spec: &EstimateSpec) -> Result<Self, Error> {
        let fault = |what: &str| Error::spec(format!("estimate {}: {what}", spec.name));
        let Some(variable) = &spec.variable else {
            return Err(fault("needs a variable"));
        };
        if spec.kind == Kind::Proportion {
            return match variable.as_slice() {
                [one] => Dichotomy::new(columns, one, &spec.counts, &spec.missing).map(Self::Share),
                _ => Err(fault("a proportion takes one variable")),
            };
        }
        let denominator = match (&spec.denominator, spec.kind) {
            (Some(names), Kind::Ratio) => weighted_columns(
                columns,
                &spec.name,
                names,
                spec.denominator_factors.as_deref(),
            )?,
            (None, Kind::Ratio) => return Err(fault("a ratio needs a denominator")),
            (Some(_), _) => return Err(fault("only a ratio has a denominator")),
            (None, _) => Vec::new(),
        };
        Ok(Self::Linear {
            numerator: weighted_columns(columns, &spec.name, variable, spec.factors.as_deref())?,
            denominator,
            missing: spec.missing.iter().filter_map(Label::number).collect(),
        })
    }

    /// Whether a and b are 0 or 1 in every row.
    #[must_use]
    pub const fn is_share(&self) -> bool {
        !matches!(self, Self::Linear { .. })
    }

    /// Writes the outcome of each row of `range` to `out`. [`Outcome::Missing`] throughout if this
    /// is not a share.
    pub fn fill_outcomes(&self, range: Range<usize>, out: &mut [Outcome]) {
        match self {
            Self::Share(question) => question.visit(range, out, |to, outcome| *to = outcome),
            Self::AnyOf(questions) => {
                out.fill(Outcome::Missing);
                for question in questions {
                    let any = |to: &mut Outcome, outcome: Outcome| {
                        if outcome as u8 > *to as u8 {
                            *to = outcome;
                        }
                    };
                    question.visit(range.clone(), out, any);
                    // No further answer can change a row that counts.
                    if out.iter().all(|outcome| *outcome == Outcome::Counts) {
                        break;
                    }
                }
            }
            Self::Linear { .. } => out.fill(Outcome::Missing),
        }
    }

    /// Writes a and b of each row of `range` to slices as long as `range`. a is NaN where an answer
    /// is missing; b is then 0 or 1.
    pub fn fill_values(&self, range: Range<usize>, a: &mut [f64], b: &mut [f64]) {
        match self {
            Self::Share(_) | Self::AnyOf(_) => {
                let mut outcomes = [Outcome::Missing; BLOCK];
                let outcomes = &mut outcomes[..range.len()];
                self.fill_outcomes(range, outcomes);
                b.fill(1.0);
                for (a, outcome) in a.iter_mut().zip(outcomes.iter()) {
                    *a = match outcome {
                        Outcome::Missing => f64::NAN,
                        Outcome::Other => 0.0,
                        Outcome::Counts => 1.0,
                    };
                }
            }
            Self::Linear {
                numerator,
                denominator,
                missing,
            } => {
                add_columns(numerator, missing, range.clone(), a);
                if denominator.is_empty() {
                    b.fill(1.0);
                } else {
                    add_columns(denominator, missing, range, b);
                    for (a, b) in a.iter_mut().zip(b.iter_mut()).filter(|(_, b)| b.is_nan()) {
                        *a = f64::NAN;
                        *b = 0.0;
                    }
                }
            }
        }
    }

    /// a and b of every row of a file with `rows` rows; a is NaN where an answer is missing.
    #[must_use]
    pub fn decode(&self, rows: usize) -> (Vec<f64>, Vec<f64>) {
        let (mut a, mut b) = (vec![0.0; rows], vec![0.0; rows]);
        for range in blocks(rows) {
            self.fill_values(range.clone(), &mut a[range.clone()], &mut b[range]);
        }
        (a, b)
    }
}

/// The columns `names` with their `factors`, 1 where none are given.
///
/// # Errors
///
/// `SPEC_INVALID` if there is not one factor per column, `UNKNOWN_COLUMN`, `NOT_A_NUMBER`.
fn weighted_columns(
    columns: &Columns,
    estimate: &str,
    names: &Names,
    factors: Option<&[f64]>,
) -> Result<Vec<(Arc<Numbers>, f64)>, Error> {
    let names = names.as_slice();
    if names.is_empty() || factors.is_some_and(|factors| factors.len() != names.len()) {
        return Err(Error::spec(format!(
            "estimate {estimate}: needs one factor per variable"
        )));
    }
    let mut weighted = Vec::new();
    for (at, column) in names.iter().enumerate() {
        let factor = factors.map_or(1.0, |factors| factors[at]);
        weighted.push((columns.get(column)?.to_numbers(column)?, factor));
    }
    Ok(weighted)
}

/// Writes Σ factor·value of each row of `range` to `out`, NaN where a value is missing.
fn add_columns(
    columns: &[(Arc<Numbers>, f64)],
    missing: &[f64],
    range: Range<usize>,
    out: &mut [f64],
) {
    out.fill(0.0);
    let mut block = [0.0; BLOCK];
    let block = &mut block[..range.len()];
    for (numbers, factor) in columns {
        numbers.fill(range.clone(), block);
        for (sum, &value) in out.iter_mut().zip(block.iter()) {
            *sum += if missing.contains(&value) {
                f64::NAN
            } else {
                value * factor
            };
        }
    }
}
