//! The one entry from columns, margins and a specification to judged estimates. `minyi estimate`
//! and the release both use it, so both give the same figures to the last digit.

use crate::estimation::analysis::estimate::Estimate;
use crate::estimation::analysis::kept_rows::kept_rows;
use crate::estimation::analysis::one_sample::analyse_one;
use crate::estimation::analysis::outcome::Analysis;
use crate::estimation::blend::modes::{sampled_rows, spread};
use crate::estimation::blend::stages::{blend, check};
use crate::estimation::columns::Columns;
use crate::estimation::error::Error;
use crate::estimation::judgement::Verdict;
use crate::estimation::sensitivity::scenarios::sensitivity;
use crate::estimation::spec::specification::Spec;
use crate::estimation::weighting::margins::Margins;

/// Weights the sample, estimates and judges.
///
/// * `columns`: the data; those that [`Spec::columns`] names must be there
/// * `margins`: the population margins; none without `[weighting]`
/// * `spec`: what is wanted
///
/// The same input gives the same output, whatever the order of the rows and the number of threads.
///
/// # Errors
///
/// Every code of [`Code`](crate::estimation::error::Code) but those of reading files: the first
/// fault in the order design, weighting, estimates, with all its places.
pub fn analyse(columns: &Columns, margins: &Margins, spec: &Spec) -> Result<Analysis, Error> {
    if spec.keep.is_empty() {
        return of_rows(columns, columns, margins, spec);
    }
    let kept = kept_rows(columns, &spec.keep)?;
    let mut analysis = of_rows(&columns.select(&kept), columns, margins, spec)?;
    analysis.weights = spread(&kept, &analysis.weights);
    Ok(analysis)
}

/// The figures of `rows`, which are kept of `every_row`, and what else they could be.
fn of_rows(
    rows: &Columns,
    every_row: &Columns,
    margins: &Margins,
    spec: &Spec,
) -> Result<Analysis, Error> {
    let mut analysis = judged(rows, margins, spec)?;
    if let Some(how) = &spec.sensitivity {
        let rows = (rows, every_row);
        analysis.sensitivity = Some(sensitivity(rows, margins, spec, how, &analysis)?);
    }
    Ok(analysis)
}

/// The figures, without what else they could be.
fn judged(columns: &Columns, margins: &Margins, spec: &Spec) -> Result<Analysis, Error> {
    let rows = columns.rows();
    let Some(how) = &spec.blend else {
        let mut analysis = analyse_one(columns, margins, spec)?;
        withhold(&mut analysis.estimates, spec, rows, rows);
        return Ok(analysis);
    };
    check(spec, how)?;
    let mut analysis = blend(columns, margins, spec, how)?;
    let sampled = sampled_rows(columns, how)?;
    withhold(&mut analysis.estimates, spec, rows, sampled);
    if let Some(report) = &mut analysis.blend {
        for estimates in [
            &mut report.reference,
            &mut report.volunteer,
            &mut report.blended,
        ] {
            withhold(estimates, spec, rows, sampled);
        }
    }
    Ok(analysis)
}

/// Withholds verdicts that the sample is too small for, and those of domains whose headline has no
/// verdict.
///
/// * `rows`: rows of the data; `sampled`: those of the probability sample
fn withhold(estimates: &mut [Estimate], spec: &Spec, rows: usize, sampled: usize) {
    let is_below = |rows: usize, minimum: Option<u64>| {
        minimum.is_some_and(|minimum| u64::try_from(rows).unwrap_or(u64::MAX) < minimum)
    };
    for of_one in estimates.chunk_by_mut(|a, b| a.index == b.index) {
        let Some(first) = of_one.first() else {
            continue;
        };
        let Some(own) = spec.estimates.get(first.index.0) else {
            continue;
        };
        let is_too_small =
            is_below(rows, own.minimum_rows) || is_below(sampled, own.minimum_sampled);
        let headline = first.verdict.filter(|_| first.domain.is_empty());
        let is_withheld = is_too_small || headline == Some(Verdict::Suppressed);
        for estimate in of_one.iter_mut().filter(|own| own.verdict.is_some()) {
            let is_domain = !estimate.domain.is_empty();
            if is_domain && own.judge_whole_only {
                estimate.verdict = None;
                estimate.target = None;
                estimate.p_value = None;
                (estimate.decision_lower, estimate.decision_upper) = (None, None);
            } else if is_withheld && estimate.verdict != Some(Verdict::Suppressed) {
                estimate.verdict = Some(Verdict::Suppressed);
                estimate.reasons.push(match is_too_small {
                    true => "sample_too_small",
                    false => "headline_not_judged",
                });
            }
        }
    }
}
