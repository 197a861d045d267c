//! How much of an indicator one response says yes to, to the first order: the mean over its sections.
//!
//! Sums of scores tell how far a group of responses moves a figure without keeping anyone's answers.
//! They are not weighted, so they are near the figure, not equal to it.

use serde_json::{Map, Value};

use crate::release::codes::labels;
use crate::release::row::category;
use crate::survey::Survey;
use crate::survey::plan::{Indicator, IndicatorKind, IndicatorSection, SectionCombine};

/// The score of one response on each indicator, with the code of the indicator.
pub type IndicatorScores<'s> = Vec<(&'s str, Option<f64>)>;

/// The score of a response, 0 to 1, on each judged indicator that is a share; `None` if it answers no
/// item of it. `answers` are canonical. Nothing without a plan.
pub fn scores<'s>(survey: &'s Survey, answers: &str) -> IndicatorScores<'s> {
    let answers: Map<String, Value> = serde_json::from_str(answers).unwrap_or_default();
    let indicators = survey.plan.iter().flat_map(|plan| &plan.indicators);
    let judged = indicators
        .filter(|indicator| indicator.kind == IndicatorKind::Share && !indicator.reference);
    judged
        .map(|indicator| (indicator.code.as_str(), score(survey, indicator, &answers)))
        .collect()
}

fn score(survey: &Survey, indicator: &Indicator, answers: &Map<String, Value>) -> Option<f64> {
    let sections = indicator.sections.iter();
    mean(sections.filter_map(|section| section_score(survey, indicator, section, answers)))
}

fn section_score(
    survey: &Survey,
    indicator: &Indicator,
    section: &IndicatorSection,
    answers: &Map<String, Value>,
) -> Option<f64> {
    let counts = labels(&indicator.counts);
    let items = section.items.iter().filter_map(|item| {
        let code = category(answers.get(item)?)?;
        let question = survey.questionnaire.question(item)?;
        let mut choices = question.choices().iter();
        let is_missing = choices.any(|choice| choice.missing && choice.code == code);
        let counts = counts.iter().any(|label| label.matches(&code));
        (!is_missing).then_some(if counts { 1.0 } else { 0.0 })
    });
    match section.combine.unwrap_or(indicator.combine) {
        SectionCombine::Mean => mean(items),
        SectionCombine::Any => items.reduce(f64::max),
    }
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (n, sum) = values.fold((0.0, 0.0), |(n, sum), value| (n + 1.0, sum + value));
    (n > 0.0).then(|| sum / n)
}
