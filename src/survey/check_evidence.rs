//! Checks the table of evidence of a plan.

use crate::questionnaire::{Kind, Questionnaire};
use crate::survey::check_report::Report;
use crate::survey::plan::Plan;

/// Reports rows of the table of evidence that have not one question for each column.
pub(super) fn evidence(report: &mut Report<'_>, plan: &Plan, questionnaire: &Questionnaire) {
    let Some(evidence) = &plan.evidence else {
        return;
    };
    for (place, row) in evidence.rows.iter().enumerate() {
        let at = ["evidence".into(), "rows".into(), place.into()];
        if row.len() != evidence.columns.len() {
            let what = format!(
                "row {} of the evidence has {} questions for {} columns; give each column one",
                place + 1,
                row.len(),
                evidence.columns.len()
            );
            report.mistake(&at, &what);
        }
        for (cell, code) in row.iter().enumerate() {
            let question = questionnaire.question(code);
            if question.is_some_and(|question| question.kind == Kind::Note) {
                let what = format!(
                    "the evidence shows `{code}`, a note that nobody answers; use a question"
                );
                report.mistake(&[&at[..], &[cell.into()]].concat(), &what);
            }
        }
    }
}
