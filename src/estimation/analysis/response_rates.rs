//! The response rates of a specification.
//!
//! The data are all sampled cases, not only interviews: one row each, with its disposition and base
//! weight. Rates use the base weights of the design and not the final ones: what was adjusted for
//! nonresponse cannot tell how much of it there was.

use serde_json::json;

use crate::estimation::columns::Columns;
use crate::estimation::csv::is_marker;
use crate::estimation::design::base_weights::base_weights;
use crate::estimation::error::{Code, Error};
use crate::estimation::response_rate::dispositions::{Disposition, Dispositions};
use crate::estimation::response_rate::rates::{Outcomes, ResponseRates};
use crate::estimation::spec::design::DesignSpec;
use crate::estimation::spec::estimate::EstimateSpec;

/// The sampled cases: the disposition and the base weight of each row.
pub(super) struct Cases {
    /// `None` for rows with a code that means "missing".
    dispositions: Vec<Option<Disposition>>,
    weights: Vec<f64>,
}

impl Cases {
    /// Reads the column of dispositions of `spec`, and the base weights of the design.
    ///
    /// # Errors
    /// `UNKNOWN_DISPOSITION` if a row in the sample has another code than those of
    /// [`Disposition::CODES`] and of `missing`, or none (unless `missing` has a text such as `NA`
    /// that stands for none); `UNKNOWN_COLUMN`, `NOT_A_NUMBER`,
    /// `INVALID_WEIGHT`.
    pub(super) fn new(
        columns: &Columns,
        design: &DesignSpec,
        spec: &EstimateSpec,
    ) -> Result<Self, Error> {
        let names = spec
            .variable
            .as_ref()
            .map_or(&[][..], |names| names.as_slice());
        let [name] = names else {
            return Err(Error::spec(format!(
                "estimate {}: response rates take one variable",
                spec.name
            )));
        };
        let category = columns.get(name)?.to_category();
        let weights = base_weights(columns, design)?;
        let mut dispositions = Vec::with_capacity(weights.len());
        // The CSV reader turns "NA" and similar texts in `missing` into empty cells.
        let may_be_empty = spec.missing.iter().any(|code| is_marker(&code.to_string()));
        let is_missing = |level: &String| spec.missing.iter().any(|code| code.matches(level));
        for (row, (code, weight)) in category.decode().into_iter().zip(&weights).enumerate() {
            let level = usize::try_from(code)
                .ok()
                .and_then(|at| category.levels.get(at));
            let disposition = level.and_then(|level| Disposition::parse(level));
            let is_missing = level.map_or(may_be_empty, is_missing);
            if disposition.is_none() && *weight > 0.0 && !is_missing {
                return Err(unknown(
                    name,
                    columns.line(row),
                    level.map_or("", String::as_str),
                ));
            }
            dispositions.push(disposition);
        }
        Ok(Self {
            dispositions,
            weights,
        })
    }

    /// The rates of the rows of `member`, with `e` given or estimated.
    pub(super) fn rates(&self, member: &[bool], e: Option<f64>) -> ResponseRates {
        let (mut unweighted, mut weighted) = (Dispositions::default(), Dispositions::default());
        let cases = self.dispositions.iter().zip(&self.weights).zip(member);
        for ((disposition, &weight), _) in cases.filter(|(_, member)| **member) {
            if let Some(disposition) = disposition.filter(|_| weight > 0.0) {
                unweighted.add(disposition, 1.0);
                weighted.add(disposition, weight);
            }
        }
        ResponseRates {
            unweighted: Outcomes::new(unweighted, e),
            weighted: Outcomes::new(weighted, e),
        }
    }
}

/// The error for a row whose code is not a disposition.
fn unknown(column: &str, row: usize, code: &str) -> Error {
    let known = Disposition::CODES.map(|(code, _)| code);
    let found = if code.is_empty() {
        "is empty".to_owned()
    } else {
        format!("is '{code}'")
    };
    Error::new(
        Code::UnknownDisposition,
        format!(
            "row {row}: {column} {found}, which is not a disposition ({})",
            known.join(", ")
        ),
        json!({"column": column, "row": row, "code": code, "codes": known}),
    )
}
