//! The files of one survey folder held against each other.

use std::path::Path;

use crate::questionnaire::Questionnaire;
use crate::survey::plan::Plan;
use crate::survey::population::Population;

pub(super) fn parse_plan(
    source: &str,
    name: &str,
    questionnaire: &Questionnaire,
) -> Result<Plan, Vec<String>> {
    let plan = Plan::parse(source).map_err(|error| vec![format!("{name}:{error}")])?;
    let mut errors = Vec::new();
    if (plan.survey.as_str(), plan.wave.as_str())
        != (questionnaire.survey.as_str(), questionnaire.wave.as_str())
    {
        errors.push(format!(
            "{name}:1: the plan is for {}-{} but the questionnaire is {}-{}; make them equal",
            plan.survey, plan.wave, questionnaire.survey, questionnaire.wave
        ));
    }
    for (question, place) in plan.questions() {
        if questionnaire.question(question).is_none() {
            let line = Plan::line_of(source, question);
            errors.push(format!("{name}:{line}: {place} names the question `{question}`, which the questionnaire does not have; use a code of questionnaire.toml"));
        }
    }
    for indicator in &plan.indicators {
        for domain in &indicator.domains {
            if domain != "mode" && !plan.variables.contains_key(domain) {
                let line = Plan::line_of(source, domain);
                errors.push(format!("{name}:{line}: the domain `{domain}` is no variable of the plan; add it under [variables]"));
            }
        }
    }
    if let Some(psu) = &plan.design.psu
        && !["psu", "channel"].contains(&psu.as_str())
    {
        let line = Plan::line_of(source, psu);
        errors.push(format!(
            "{name}:{line}: `{psu}` names no PSU; write psu = \"psu\", or leave the line out"
        ));
    }
    if errors.is_empty() {
        Ok(plan)
    } else {
        Err(errors)
    }
}

/// Margins that the plan weights to but the population file does not have.
pub(super) fn margins_missing(plan: &Plan, population: &Population, file: &Path) -> Vec<String> {
    let base = Some(&plan.weighting.base).filter(|base| *base != "none");
    plan.weighting
        .rake
        .iter()
        .chain(base)
        .filter(|dimension| !population.dimensions.contains_key(*dimension))
        .map(|dimension| {
            format!(
                "{}:1: the plan weights to `{dimension}`, which is no dimension here; add its rows",
                file.display()
            )
        })
        .collect()
}
