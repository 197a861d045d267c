//! The contrast of a specification.
//!
//! Its groups are the levels of `by` that have a coefficient. What is compared is a ratio (with
//! `denominator`), a share (with `counts`) or a mean.

use serde_json::json;

use crate::estimation::columns::{Columns, MISSING};
use crate::estimation::contrast::{Contrast, contrast};
use crate::estimation::count::whole;
use crate::estimation::error::{Code, Error};
use crate::estimation::simple_random::answered;
use crate::estimation::spec::estimate::{EstimateSpec, Kind};
use crate::estimation::statistic::Sample;
use crate::estimation::study_variable::StudyVariable;

/// The contrast of `spec` on a sample.
///
/// # Errors
///
/// | code | if |
/// |---|---|
/// | `EMPTY_DOMAIN` | a group with a coefficient has no row with an answer |
/// | `DF_ZERO` | the design leaves no degree of freedom |
/// | `SPEC_INVALID` | a coefficient names a level that the column does not have |
/// | `UNKNOWN_COLUMN`, `NOT_A_NUMBER` | a column does not exist, or is not numeric |
pub(super) fn contrast_of(
    columns: &Columns,
    sample: &Sample<'_>,
    spec: &EstimateSpec,
) -> Result<Contrast, Error> {
    let by = spec.by.iter().flat_map(|by| by.as_slice()).next();
    let by = by.ok_or_else(|| Error::spec(format!("estimate {}: needs by", spec.name)))?;
    let category = columns.get(by)?.to_category();
    // The groups of the contrast: the levels with a coefficient, in the order of their labels.
    let mut labels = Vec::new();
    let mut group_of_level = Vec::new();
    for level in category.levels.iter() {
        let coefficient = spec.coefficients.get(level).copied();
        group_of_level.push(coefficient.map_or(MISSING, |_| next_number(&labels)));
        labels.extend(coefficient.map(|coefficient| (level.clone(), coefficient)));
    }
    if let Some(unknown) = spec
        .coefficients
        .keys()
        .find(|label| !category.levels.contains(label))
    {
        return Err(Error::new(
            Code::SpecInvalid,
            format!("estimate {}: {by} has no level '{unknown}'", spec.name),
            json!({"estimate": spec.name, "column": by, "levels": *category.levels}),
        ));
    }
    let group_of: Vec<u32> = category
        .decode()
        .into_iter()
        .map(|code| {
            let at = usize::try_from(code).unwrap_or(usize::MAX);
            group_of_level.get(at).copied().unwrap_or(MISSING)
        })
        .collect();
    let (a, b) = StudyVariable::new(columns, &with_kind(spec))?.decode(sample.design.rows);
    sample.check(&a)?;
    let mut groups = Vec::new();
    for ((label, coefficient), group) in labels.into_iter().zip(0_u32..) {
        let rows = sample.member.iter().zip(&group_of);
        let member: Vec<bool> = rows.map(|(member, own)| *member && *own == group).collect();
        let n = answered(&sample.design.weights, &a, &member);
        if n == 0.0 {
            return Err(Error::new(
                Code::EmptyDomain,
                format!(
                    "estimate {}: no row of {by} {label} has an answer",
                    spec.name
                ),
                json!({"estimate": spec.name, "column": by, "level": label}),
            ));
        }
        groups.push((label, coefficient, whole(n)));
    }
    let estimated = sample.group_ratios(&a, &b, &group_of, next_number(&groups));
    Ok(contrast(by, groups, &estimated, spec.level))
}

/// The estimate whose groups are compared: a ratio, a proportion or a mean.
fn with_kind(spec: &EstimateSpec) -> EstimateSpec {
    let kind = if spec.denominator.is_some() {
        Kind::Ratio
    } else if spec.counts.is_empty() {
        Kind::Mean
    } else {
        Kind::Proportion
    };
    EstimateSpec {
        kind,
        ..spec.clone()
    }
}

/// The number of the next group.
fn next_number<T>(groups: &[T]) -> u32 {
    u32::try_from(groups.len()).unwrap_or(MISSING)
}
