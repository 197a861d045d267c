//! From a file to the columns of a specification: what `minyi estimate` checks in its data beyond
//! what the survey product checks in its own.

use serde_json::json;

use crate::estimation::columns::Columns;
use crate::estimation::csv::{self, Source};
use crate::estimation::error::{Code, Error};
use crate::estimation::spec::estimate::EstimateSpec;
use crate::estimation::spec::label::{Label, Names};
use crate::estimation::spec::specification::Spec;
use crate::estimation::weighting::margins::Margins;

/// Reads the columns that `spec` needs from a CSV. `progress` is called after each piece of
/// the file with the number of bytes read so far.
///
/// # Errors
/// Those of [`csv::read`]; `SPEC_INVALID` if a code counts that is also missing, or that is not
/// among the estimate's `codes`; `NOT_A_CODE` if a code counts that no row holds, unless the estimate has
/// `codes`. Early in fieldwork such a code is no mistake, so columns in memory are not checked.
pub fn read<S: Source + ?Sized>(
    source: &S,
    spec: &Spec,
    margins: &Margins,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Columns, Error> {
    spec.estimates.iter().try_for_each(refuse_contradictions)?;
    let columns = csv::read(source, &spec.columns(margins), progress)?;
    for estimate in spec.estimates.iter().filter(|spec| spec.codes.is_empty()) {
        refuse_absent(estimate, &columns)?;
    }
    Ok(columns)
}

fn refuse_contradictions(spec: &EstimateSpec) -> Result<(), Error> {
    let among =
        |code: &Label, list: &[Label]| list.iter().any(|own| own.matches(&code.to_string()));
    for code in &spec.counts {
        let fault = if among(code, &spec.missing) {
            "is counted and missing"
        } else if !spec.codes.is_empty() && !among(code, &spec.codes) {
            "is counted, but is not among the codes"
        } else {
            continue;
        };
        return Err(Error::new(
            Code::SpecInvalid,
            format!("estimate {}: code {code} {fault}", spec.name),
            json!({"estimate": spec.name, "code": code}),
        ));
    }
    Ok(())
}

/// Refuses codes that count and that none of the columns of the estimate holds.
fn refuse_absent(spec: &EstimateSpec, columns: &Columns) -> Result<(), Error> {
    let items = spec.sections.iter().flat_map(|section| &section.items);
    let variable = spec.variable.iter().flat_map(Names::as_slice);
    let names: Vec<&String> = variable.chain(items).collect();
    let mut levels: Vec<String> = Vec::new();
    for name in &names {
        let category = columns.get(name)?.to_category();
        levels.extend(category.levels.iter().cloned());
    }
    let absent: Vec<&Label> = spec
        .counts
        .iter()
        .filter(|code| !levels.iter().any(|level| code.matches(level)))
        .collect();
    let Some(first) = absent.first() else {
        return Ok(());
    };
    levels.sort_unstable();
    levels.dedup();
    levels.truncate(20);
    let place = names.iter().map(|name| name.as_str()).collect::<Vec<_>>();
    Err(Error::new(
        Code::NotACode,
        format!(
            "estimate {}: no row holds code {first} in {}; it holds {}",
            spec.name,
            place.join(", "),
            levels.join(", ")
        ),
        json!({"estimate": spec.name, "codes": absent, "columns": names, "levels": levels}),
    ))
}
