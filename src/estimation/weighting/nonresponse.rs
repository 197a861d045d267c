//! Adjustment for nonresponse in weighting classes.
//!
//! Respondents stand for the nonrespondents of their class. That removes the bias of nonresponse as
//! far as response does not depend on the answers within classes, so classes should be made of
//! variables that tell both response and answers. Small classes and large factors make weights
//! unequal: they are reported.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "classes are numbered below their count"
)]

use std::sync::Arc;

use serde_json::{Value, json};

use crate::estimation::columns::{Columns, MISSING};
use crate::estimation::cross_classification::CrossClassification;
use crate::estimation::error::{Code, Error};
use crate::estimation::spec::weighting::NonresponseSpec;
use crate::estimation::summation::exact_by;

/// Respondents below which a class should be merged with another.
const MIN_RESPONDENTS: f64 = 30.0;

/// Factor above which a class should be merged with another.
const MAX_FACTOR: f64 = 3.0;

/// The adjusted weights, and warnings.
pub type Adjusted = (Arc<Vec<f64>>, Vec<String>);

/// The weights adjusted for nonresponse, and warnings.
///
/// # Formula
///
/// ```text
/// respondents of class c: d ← d · Σ_eligible in c d/Σ_respondents in c d
/// nonrespondents:         d ← 0
/// ```
///
/// * `weights`: the base weight of each row
/// * `spec`: the column that is 1 for respondents and 0 for eligible nonrespondents, and the
///   columns whose cross-classification gives the classes
///
/// A class with fewer than 30 respondents or a factor above 3 gives a warning.
///
/// # Example
///
/// ```
/// use minyi::estimation::spec::NonresponseSpec;
/// use minyi::estimation::weighting::nonresponse::adjust;
/// use minyi::estimation::{Column, Columns};
///
/// let mut columns = Columns::new();
/// columns.push("county", Column::categories(["C1", "C1", "C1", "C2"].map(Some)))?;
/// columns.push("responded", Column::numbers(vec![1.0, 1.0, 0.0, 1.0]))?;
/// let spec = NonresponseSpec {
///     respondent: "responded".to_owned(),
///     classes: vec!["county".to_owned()],
/// };
/// let (weights, warnings) = adjust(&columns, &[2.0, 2.0, 2.0, 5.0], &spec)?;
/// assert_eq!(*weights, [3.0, 3.0, 0.0, 5.0]);
/// assert_eq!(warnings.len(), 2, "both classes are small");
/// # Ok::<(), minyi::estimation::Error>(())
/// ```
///
/// # Errors
///
/// `MARGIN_CATEGORY_EMPTY` for classes without respondents; `NA_IN_WEIGHTING_VARIABLE` if a row
/// with a weight misses its class or whether it responded; `UNKNOWN_COLUMN`, `NOT_A_NUMBER`.
///
/// # Source
///
/// Valliant, Dever & Kreuter 2018, *Practical Tools for Designing and Weighting Survey Samples*,
/// ch. 13.
pub fn adjust(
    columns: &Columns,
    weights: &[f64],
    spec: &NonresponseSpec,
) -> Result<Adjusted, Error> {
    let classes = Classes::new(columns, weights, spec)?;
    classes.refuse_empty(spec)?;
    Ok((Arc::new(classes.adjusted()), classes.warnings()))
}

/// The rows by class, with the sums of their weights.
struct Classes {
    classes: CrossClassification,
    class_of: Vec<u32>,
    /// d of each respondent, 0 for others.
    respondent_weights: Vec<f64>,
    /// Σ d of the eligible, by class.
    eligible: Vec<f64>,
    /// Σ d of the respondents, by class.
    responding: Vec<f64>,
    /// Number of respondents, by class.
    respondents: Vec<f64>,
}

impl Classes {
    fn new(columns: &Columns, weights: &[f64], spec: &NonresponseSpec) -> Result<Self, Error> {
        let mut variables = Vec::new();
        for class in &spec.classes {
            variables.push(columns.get(class)?.to_category());
        }
        let classes = CrossClassification::new(variables, columns.rows());
        let class_of = classes.decode(columns.rows());
        let column = columns.get(&spec.respondent)?;
        let responded = column.to_numbers(&spec.respondent)?.decode();
        let missing = (0..weights.len())
            .filter(|&row| weights[row] > 0.0)
            .filter(|&row| class_of[row] == MISSING || responded[row].is_nan())
            .count();
        if missing > 0 {
            return Err(Error::new(
                Code::NaInWeightingVariable,
                format!("{missing} sampled rows miss their class or whether they responded"),
                json!({
                    "rows": missing, "variables": spec.classes, "respondent": spec.respondent,
                }),
            ));
        }
        let respondent_weights: Vec<f64> = weights
            .iter()
            .zip(&responded)
            .map(|(d, responded)| if *responded == 0.0 { 0.0 } else { *d })
            .collect();
        let ones: Vec<f64> = respondent_weights
            .iter()
            .map(|d| if *d > 0.0 { 1.0 } else { 0.0 })
            .collect();
        let by_class = |values: &[f64]| exact_by(values, &class_of, classes.len());
        Ok(Self {
            eligible: by_class(weights),
            responding: by_class(&respondent_weights),
            respondents: by_class(&ones),
            respondent_weights,
            classes,
            class_of,
        })
    }

    /// The classes with eligible rows.
    fn with_rows(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.classes.len()).filter(|&class| self.eligible[class] > 0.0)
    }

    /// Σ d of the eligible over Σ d of the respondents.
    fn factor(&self, class: usize) -> f64 {
        self.eligible[class] / self.responding[class]
    }

    /// Refuses classes with eligible rows and no respondent.
    fn refuse_empty(&self, spec: &NonresponseSpec) -> Result<(), Error> {
        let empty: Vec<Value> = self
            .with_rows()
            .filter(|&class| self.responding[class] == 0.0)
            .map(|class| {
                json!({
                    "dimension": spec.classes.join("*"),
                    "category": self.classes.labels(class).join("*"),
                })
            })
            .collect();
        if empty.is_empty() {
            return Ok(());
        }
        Err(Error::new(
            Code::MarginCategoryEmpty,
            format!(
                "{} weighting classes have no respondent; merge each with a neighbour",
                empty.len()
            ),
            json!({"categories": empty}),
        ))
    }

    /// A sentence for each class that should be merged with another.
    fn warnings(&self) -> Vec<String> {
        self.with_rows()
            .filter(|&class| {
                self.respondents[class] < MIN_RESPONDENTS || self.factor(class) > MAX_FACTOR
            })
            .map(|class| {
                format!(
                    "class {} has {} respondents and a factor of {:.2}: merge it with another",
                    self.classes.labels(class).join("*"),
                    self.respondents[class],
                    self.factor(class)
                )
            })
            .collect()
    }

    /// The adjusted weight of each row.
    fn adjusted(&self) -> Vec<f64> {
        self.respondent_weights
            .iter()
            .zip(&self.class_of)
            .map(|(d, &class)| {
                if *d == 0.0 {
                    0.0
                } else {
                    d * self.eligible[class as usize] / self.responding[class as usize]
                }
            })
            .collect()
    }
}
