//! Nonresponse adjustment in weighting classes (Valliant, Dever & Kreuter 2018, ch. 13).
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "classes are numbered below their count"
)]

use std::sync::Arc;

use serde_json::{Value, json};

use crate::estimation::columns::{Columns, MISSING};
use crate::estimation::crossing::Crossing;
use crate::estimation::error::{Code, Error};
use crate::estimation::spec::weighting::NonresponseSpec;
use crate::estimation::summation::exact_by;

/// Respondents below which a class should be collapsed.
const MIN_RESPONDENTS: f64 = 30.0;

/// Factor above which a class should be collapsed.
const MAX_FACTOR: f64 = 3.0;

/// In every class d ← d · Σ eligible d / Σ respondents' d; nonrespondents get 0. Returns the weights and warnings for
/// classes with fewer than 30 respondents or a factor above 3.
///
/// # Errors
/// `MARGIN_CATEGORY_EMPTY` for classes without a respondent, `NA_IN_WEIGHTING_VARIABLE`.
pub fn adjust(
    columns: &Columns,
    weights: &[f64],
    spec: &NonresponseSpec,
) -> Result<(Arc<Vec<f64>>, Vec<String>), Error> {
    let mut axes = Vec::new();
    for class in &spec.classes {
        axes.push(columns.get(class)?.to_category());
    }
    let classes = Crossing::new(axes, columns.rows());
    let class_of = classes.decode(columns.rows());
    let responded = columns
        .get(&spec.respondent)?
        .to_numbers(&spec.respondent)?
        .decode();
    let missing = (0..weights.len())
        .filter(|&row| weights[row] > 0.0 && (class_of[row] == MISSING || responded[row].is_nan()))
        .count();
    if missing > 0 {
        return Err(Error::new(
            Code::NaInWeightingVariable,
            format!("{missing} sampled rows miss their class or whether they responded"),
            json!({"rows": missing, "variables": spec.classes, "respondent": spec.respondent}),
        ));
    }
    let of_respondents: Vec<f64> = weights
        .iter()
        .zip(&responded)
        .map(|(d, r)| if *r == 0.0 { 0.0 } else { *d })
        .collect();
    let ones: Vec<f64> = of_respondents
        .iter()
        .map(|d| if *d > 0.0 { 1.0 } else { 0.0 })
        .collect();
    let all = exact_by(weights, &class_of, classes.len());
    let answered = exact_by(&of_respondents, &class_of, classes.len());
    let rows = exact_by(&ones, &class_of, classes.len());
    let empty: Vec<Value> = (0..classes.len())
        .filter(|&class| all[class] > 0.0 && answered[class] == 0.0)
        .map(
            |class| json!({"dimension": spec.classes.join("*"), "category": classes.labels(class).join("*")}),
        )
        .collect();
    if !empty.is_empty() {
        return Err(Error::new(
            Code::MarginCategoryEmpty,
            format!(
                "{} weighting classes have no respondent; merge each with a neighbour",
                empty.len()
            ),
            json!({"categories": empty}),
        ));
    }
    let warnings = (0..classes.len())
        .filter(|&class| {
            all[class] > 0.0
                && (rows[class] < MIN_RESPONDENTS || all[class] > MAX_FACTOR * answered[class])
        })
        .map(|class| {
            let factor = all[class] / answered[class];
            format!(
                "class {} has {} respondents and a factor of {factor:.2}: collapse it",
                classes.labels(class).join("*"),
                rows[class]
            )
        })
        .collect();
    let adjusted = of_respondents
        .iter()
        .zip(&class_of)
        .map(|(d, &class)| {
            if *d == 0.0 {
                0.0
            } else {
                d * all[class as usize] / answered[class as usize]
            }
        })
        .collect();
    Ok((Arc::new(adjusted), warnings))
}
