//! Compares the files of one survey folder with each other.

use std::collections::BTreeSet;
use std::path::Path;

use crate::questionnaire::{Question, Questionnaire};
use crate::survey::channel::channels_at_fault;
use crate::survey::check_margins::first_line;
use crate::survey::frame::FrameUnit;
use crate::survey::lines::Lines;
use crate::survey::plan::{Combine, IndicatorKind, Plan, Target};
use crate::survey::population::Population;

/// Reads plan.toml and compares it with the questionnaire; `name` is the file's name for messages.
///
/// # Errors
/// All mistakes, each as `file:line: what; cure`.
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
    for (question, named_in) in plan.questions() {
        if questionnaire.question(question).is_none() {
            let line = Plan::line_of(source, question);
            errors.push(format!(
                "{name}:{line}: {named_in} names the question `{question}`, which the \
                 questionnaire does not have; use a code of questionnaire.toml"
            ));
        }
    }
    for (variable, what) in variables_at_fault(&plan, questionnaire) {
        let line = Plan::line_of(source, variable);
        errors.push(format!("{name}:{line}: variables.{variable}: {what}"));
    }
    for indicator in &plan.indicators {
        for domain in &indicator.domains {
            if domain != "mode" && !plan.variables.contains_key(domain) {
                let line = Plan::line_of(source, domain);
                errors.push(format!(
                    "{name}:{line}: the domain `{domain}` is not a variable of the plan; add it \
                     under [variables]"
                ));
            }
        }
    }
    let of_channels = channels_at_fault(&plan.channels);
    for (word, what) in method_at_fault(&plan).into_iter().chain(of_channels) {
        let line = Plan::line_of(source, word);
        errors.push(format!("{name}:{line}: {what}"));
    }
    errors.extend(targets_at_fault(&plan, source, name));
    if let Some(psu) = &plan.design.psu
        && !["psu", "channel"].contains(&psu.as_str())
    {
        let line = Plan::line_of(source, psu);
        errors.push(format!(
            "{name}:{line}: `{psu}` is not a column of PSUs; write psu = \"psu\", or leave the \
             line out"
        ));
    }
    if errors.is_empty() {
        Ok(plan)
    } else {
        Err(errors)
    }
}

/// What is wrong with each variable: the name of a question whose answers it does not have, groups of
/// answers that the question does not have or that are in two groups, words for what is no group.
fn variables_at_fault<'a>(plan: &'a Plan, questionnaire: &Questionnaire) -> Vec<(&'a str, String)> {
    let (mut found, mut mistakes) = (Vec::new(), Vec::new());
    for (name, variable) in &plan.variables {
        let question = questionnaire.question(&variable.question);
        let has_answers =
            variable.question == *name && variable.group.is_empty() && variable.to.is_none();
        if questionnaire.question(name).is_some() && !has_answers {
            mistakes.push(format!(
                "the question `{name}` has this name, and an export has one column for both; give \
                 the variable another name"
            ));
        }
        let choices = question.map_or(&[][..], Question::choices);
        let mut grouped = BTreeSet::new();
        for code in variable.members() {
            if !choices.is_empty() && !choices.iter().any(|choice| choice.code == code) {
                mistakes.push(format!(
                    "`{code}` is not an answer to the question `{}`; use one of its codes",
                    variable.question
                ));
            }
            if !grouped.insert(code.clone()) {
                mistakes.push(format!("`{code}` is in two groups; keep it in one"));
            }
        }
        for code in variable.label.keys() {
            if !variable.group.contains_key(code) {
                mistakes.push(format!(
                    "`{code}` has a label but is not a group; use the name of a group"
                ));
            }
        }
        found.extend(mistakes.drain(..).map(|what| (name.as_str(), what)));
    }
    found
}

/// What is wrong with how the figures are made, each with a word of the line that has to change.
fn method_at_fault(plan: &Plan) -> Vec<(&str, String)> {
    let mut mistakes = Vec::new();
    let is_pool = plan.modes.combine == Combine::Pool;
    if is_pool && !plan.modes.online.is_empty() {
        mistakes.push((
            "pool",
            "combine = \"pool\" counts people who use the open link as if they had been drawn; \
             write combine = \"sampled\", or online = [] if nobody answers by the open link"
                .to_owned(),
        ));
    }
    if !is_pool && plan.design.psu.is_none() {
        mistakes.push((
            "combine",
            "without psu under [design] nobody is sampled, so there are no figures; write psu = \
             \"psu\", or combine = \"pool\" with online = []"
                .to_owned(),
        ));
    }
    for calibrator in &plan.weighting.calibrators {
        if !plan.variables.contains_key(calibrator) {
            mistakes.push((
                calibrator.as_str(),
                format!(
                    "the calibrator `{calibrator}` is not a variable of the plan; add it under \
                     [variables]"
                ),
            ));
        }
    }
    if !(plan.judgement.alpha > 0.0 && plan.judgement.alpha < 0.5) {
        mistakes.push((
            "alpha",
            "alpha must lie between 0 and 0.5; write 0.05".to_owned(),
        ));
    }
    mistakes
}

/// An error for each target of a share or ratio that is no share.
fn targets_at_fault(plan: &Plan, source: &str, name: &str) -> Vec<String> {
    let lines = Lines::of(source);
    let indicators = plan.indicators.iter().enumerate();
    let wrong = indicators.filter_map(|(place, indicator)| {
        let Some(Target::AtLeast(target)) = indicator.target else {
            return None;
        };
        let is_share = indicator.kind != IndicatorKind::Mean;
        (is_share && !(0.0..=1.0).contains(&target)).then(|| {
            let line = lines.line(&["indicator".into(), place.into(), "target".into()]);
            format!(
                "{name}:{line}: indicator {}: the target {target} is not a share; write \
                 \">= 0.90\" for 90 %",
                indicator.code
            )
        })
    });
    wrong.collect()
}

/// An error if the base weights come from a frame that the survey does not have.
pub(super) fn frame_missing(plan: &Plan, frame: &[FrameUnit], file: &Path) -> Option<String> {
    let is_selected = frame.iter().any(|unit| unit.selected == 1);
    let what = match plan.weighting.base.as_str() {
        "frame" if frame.is_empty() => "the file is missing or empty",
        "frame" if !is_selected => "no row has selected = 1",
        _ => return None,
    };
    Some(format!(
        "{}:1: {what}, but base = \"frame\" takes the weights from it; add the PSUs, and mark those \
         that are drawn",
        file.display()
    ))
}

/// An error for each margin that the plan uses but the population file does not have.
pub(super) fn margins_missing(plan: &Plan, population: &Population, file: &Path) -> Vec<String> {
    let base = Some(&plan.weighting.base);
    let base = base.filter(|base| !["none", "frame"].contains(&base.as_str()));
    plan.weighting
        .rake
        .iter()
        .chain(base)
        .filter(|dimension| !population.dimensions.contains_key(*dimension))
        .map(|dimension| {
            format!(
                "{}:1: the plan weights to `{dimension}`, which is missing here; add its rows",
                file.display()
            )
        })
        .collect()
}

/// An error for each margin of the plan that does not add up to the same total as the first.
pub(super) fn totals_unequal(plan: &Plan, population: &Population, file: &Path) -> Vec<String> {
    let rake = plan.weighting.rake.iter();
    let mut totals = rake.filter_map(|dimension| {
        let figures = population.dimensions.get(dimension)?;
        let total: f64 = figures.values().map(|figure| figure.population).sum();
        Some((dimension, total, first_line(figures)))
    });
    let Some((first, expected, _)) = totals.next() else {
        return Vec::new();
    };
    totals
        .filter(|(_, total, _)| (total - expected).abs() > 0.5)
        .map(|(dimension, total, line)| {
            format!(
                "{}:{line}: the rows of `{dimension}` add up to {total}, those of `{first}` to \
                 {expected}; correct the rows, or add those that are missing",
                file.display()
            )
        })
        .collect()
}
