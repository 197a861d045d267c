//! The two-way table of a specification.
//!
//! The first variable of the estimate gives the rows, the second the columns; codes in `missing`
//! and empty cells are in neither.

use crate::estimation::columns::{Columns, MISSING};
use crate::estimation::crosstab::independence::independence;
use crate::estimation::crosstab::table::Crosstab;
use crate::estimation::crosstab::variable::Variable;
use crate::estimation::domains::Domain;
use crate::estimation::error::{Code, Error};
use crate::estimation::spec::estimate::EstimateSpec;
use crate::estimation::statistic::Sample;

use serde_json::json;

/// The table of the two variables of `spec` on a domain of a sample.
///
/// # Errors
///
/// `UNKNOWN_COLUMN`; for the whole `EMPTY_DOMAIN` if a variable has fewer than two levels, and
/// `DF_ZERO` if the design leaves no degree of freedom. A domain has a table without tests then.
pub(super) fn crosstab_of(
    columns: &Columns,
    sample: &Sample<'_>,
    spec: &EstimateSpec,
    domain: Domain,
) -> Result<Crosstab, Error> {
    let names = spec
        .variable
        .as_ref()
        .map_or(&[][..], |names| names.as_slice());
    let [row, column] = names else {
        return Err(Error::spec(format!(
            "estimate {}: a crosstab takes two variables",
            spec.name
        )));
    };
    let (row, column) = (
        variable(columns, row, spec)?,
        variable(columns, column, spec)?,
    );
    let crosstab = independence(sample, &row, &column);
    if domain == Domain::Whole && crosstab.tests.is_none() {
        let (code, reason) = if crosstab.df < 1.0 {
            (
                Code::DfZero,
                "has as many strata as PSUs, so its error is unknown",
            )
        } else {
            (Code::EmptyDomain, "needs two levels of each variable")
        };
        return Err(Error::new(
            code,
            format!("estimate {} {reason}", spec.name),
            json!({
                "estimate": spec.name, "n": crosstab.n, "df": crosstab.df,
                "rows": crosstab.rows, "columns": crosstab.columns,
            }),
        ));
    }
    Ok(crosstab)
}

/// A column as a categorical variable; the codes that mean "missing" have no level.
fn variable(columns: &Columns, name: &str, spec: &EstimateSpec) -> Result<Variable, Error> {
    let category = columns.get(name)?.to_category();
    let is_missing = |level: &String| spec.missing.iter().any(|code| code.matches(level));
    let missing: Vec<bool> = category.levels.iter().map(is_missing).collect();
    let level = |code: u32| {
        let at = usize::try_from(code).unwrap_or(usize::MAX);
        match missing.get(at) {
            Some(false) => code,
            _ => MISSING,
        }
    };
    Ok(Variable {
        name: name.to_owned(),
        levels: category.levels.to_vec(),
        codes: category.decode().into_iter().map(level).collect(),
    })
}
