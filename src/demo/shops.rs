//! What a shop sells: models on offer, and how many of them meet the standard.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::demo::truth::Truth;
use crate::questionnaire::Kind;
use crate::survey::Survey;
use crate::survey::plan::{Indicator, IndicatorKind, Plan};

/// Chance that a shop sells a kind of goods.
const SELLS_KIND: f64 = 0.75;

/// The questions that [`sales`] answers: the terms of ratios, and the rows of evidence.
pub fn questions(plan: &Plan) -> impl Iterator<Item = &str> {
    let terms = ratios(plan)
        .flat_map(|indicator| indicator.terms.iter().chain(&indicator.denominators))
        .map(|term| term.question.as_str());
    terms.chain(evidence(plan).flatten().map(String::as_str))
}

/// Of each kind of goods that a shop sells: how many models there are, and how many of them meet
/// the standard, with the true share as chance. Models that do not are listed as evidence.
pub fn sales<'a>(
    survey: &'a Survey,
    truth: &Truth<'a>,
    random: &mut ChaCha8Rng,
) -> Vec<(&'a str, String)> {
    let mut fields = Vec::new();
    let Some(plan) = &survey.plan else {
        return fields;
    };
    let mut failing: Vec<&str> = Vec::new();
    for indicator in ratios(plan) {
        for (above, below) in indicator.terms.iter().zip(&indicator.denominators) {
            if !random.random_bool(SELLS_KIND) {
                continue;
            }
            let all: u32 = random.random_range(8..60);
            let level = truth.level(&indicator.code);
            let mut counted = 0_u32;
            for _ in 0..all {
                counted += u32::from(random.random_bool(level));
            }
            fields.push((below.question.as_str(), all.to_string()));
            fields.push((above.question.as_str(), counted.to_string()));
            if counted < all {
                failing.push(&above.question);
            }
        }
    }
    for (row, failed) in evidence(plan).zip(failing) {
        list_model(survey, row, failed, random, &mut fields);
    }
    fields
}

/// Fills a row of evidence with a model of the kind `failed`.
fn list_model<'a>(
    survey: &'a Survey,
    row: &'a [String],
    failed: &str,
    random: &mut ChaCha8Rng,
    fields: &mut Vec<(&'a str, String)>,
) {
    for code in row {
        let question = survey.questionnaire.question(code);
        let value = match question.map(|question| (&question.kind, question.required)) {
            Some((Kind::Single(choices), _)) => {
                let mut choices = choices.iter();
                let kind = choices.find(|choice| failed.starts_with(&choice.code));
                kind.map(|choice| choice.code.to_owned())
            }
            Some((Kind::Text { .. }, false)) => {
                Some(format!("DEMO-{}", random.random_range(100..999_u32)))
            }
            _ => None,
        };
        fields.extend(value.map(|value| (code.as_str(), value)));
    }
}

fn ratios(plan: &Plan) -> impl Iterator<Item = &Indicator> {
    let indicators = plan.indicators.iter();
    indicators.filter(|indicator| indicator.kind == IndicatorKind::Ratio)
}

fn evidence(plan: &Plan) -> impl Iterator<Item = &Vec<String>> {
    plan.evidence.iter().flat_map(|evidence| &evidence.rows)
}
