//! The plan as an estimation spec: the same text the release computes from and `minyi export` writes beside the data,
//! so that `minyi estimate` gives the published figures to the last digit.

use toml::{Table, Value};

use crate::estimation::Margins;

use crate::questionnaire::Kind;
use crate::release::columns::{BASE_WEIGHT, MODE, PSU, STRATUM, denominator, numerator};
use crate::survey::Survey;
use crate::survey::plan::{Combine, Indicator, Plan, SectionCombine, Term};
use crate::survey::plan::{IndicatorKind, Target};
use crate::survey::population::Population;

/// What an analysis is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Everything a results page shows.
    Full,
    /// The headline of each indicator only: one mode alone.
    Headline,
    /// The headline without any weight, to show what weighting did.
    Unweighted,
}

/// The spec of `survey`'s figures; `margins` is the file name it gives for the population margins.
pub fn spec(survey: &Survey, plan: &Plan, scope: Scope, margins: &str) -> String {
    let mut spec = Table::new();
    let mut design = Table::new();
    if scope != Scope::Unweighted {
        design.insert("weight".into(), BASE_WEIGHT.into());
    }
    design.insert("strata".into(), STRATUM.into());
    design.insert("psu".into(), PSU.into());
    design.insert("lonely_psu".into(), plan.design.lonely_psu.as_str().into());
    spec.insert("design".into(), design.into());
    if scope != Scope::Unweighted && !plan.weighting.rake.is_empty() {
        let mut weighting = Table::new();
        weighting.insert(
            "method".into(),
            if plan.weighting.bounds.is_some() {
                "calibrate"
            } else {
                "rake"
            }
            .into(),
        );
        weighting.insert("margins".into(), margins.into());
        if let Some([lower, upper]) = plan.weighting.bounds {
            weighting.insert(
                "bounds".into(),
                vec![Value::from(lower), Value::from(upper)].into(),
            );
        }
        spec.insert("weighting".into(), weighting.into());
    }
    if let (Scope::Full, Some(publish)) = (scope, published_part(plan.modes.combine)) {
        spec.insert("blend".into(), blend(plan, publish).into());
    }
    let mut estimates = Vec::new();
    for indicator in &plan.indicators {
        indicator_estimates(survey, indicator, scope, &mut estimates);
    }
    spec.insert(
        "estimate".into(),
        estimates
            .into_iter()
            .map(Value::Table)
            .collect::<Vec<_>>()
            .into(),
    );
    toml::to_string(&spec).unwrap_or_default()
}

/// What `[blend]` publishes; none where both modes are one file.
fn published_part(combine: Combine) -> Option<&'static str> {
    match combine {
        Combine::Pool => None,
        Combine::Composite => Some("blended"),
        Combine::Onsite => Some("reference"),
    }
}

fn blend(plan: &Plan, publish: &str) -> Table {
    let modes = |modes: &[String]| -> Value { modes.to_vec().into() };
    Table::from_iter([
        ("mode".to_owned(), MODE.into()),
        ("reference".to_owned(), modes(&plan.modes.onsite)),
        ("volunteer".to_owned(), modes(&plan.modes.online)),
        ("volunteer_weight".to_owned(), BASE_WEIGHT.into()),
        ("publish".to_owned(), publish.into()),
    ])
}

/// The margins that the plan rakes to, as the CSV of `[weighting] margins`.
pub fn margins(plan: &Plan, population: &Population) -> String {
    let mut lines = String::from("dimension,category,population\n");
    for dimension in &plan.weighting.rake {
        for (category, figure) in population.dimensions.get(dimension).into_iter().flatten() {
            lines.push_str(&format!("{dimension},{category},{}\n", figure.population));
        }
    }
    lines
}

/// The margins that the plan rakes to, as the estimation takes them; none if it does not rake.
///
/// # Errors
/// When the population file holds what is no margin.
pub fn population_margins(
    plan: &Plan,
    population: &Population,
) -> Result<Margins, crate::estimation::Error> {
    if plan.weighting.rake.is_empty() {
        return Ok(Margins::new());
    }
    Margins::parse(&margins(plan, population))
}

/// Estimates are named `indicator`, `indicator/section` and `indicator/section/item`.
fn indicator_estimates(
    survey: &Survey,
    indicator: &Indicator,
    scope: Scope,
    estimates: &mut Vec<Table>,
) {
    let mut whole = match indicator.kind {
        IndicatorKind::Share => share(
            survey,
            indicator,
            &indicator.sections.iter().collect::<Vec<_>>(),
        ),
        IndicatorKind::Mean => mean(&terms(indicator)),
        IndicatorKind::Ratio => {
            let mut ratio = named("ratio");
            ratio.insert("variable".into(), numerator(indicator).into());
            ratio.insert("denominator".into(), denominator(indicator).into());
            ratio
        }
    };
    whole.insert("name".into(), indicator.code.as_str().into());
    if scope != Scope::Full {
        estimates.push(whole);
        return;
    }
    if let (Some(Target::AtLeast(line)), false) = (indicator.target, indicator.reference) {
        whole.insert("target".into(), format!(">= {line}").into());
        whole.insert("holm".into(), true.into());
    }
    let domains: Vec<Value> = indicator
        .domains
        .iter()
        .map(|domain| domain_column(domain).into())
        .collect();
    if !domains.is_empty() {
        whole.insert("by".into(), domains.into());
    }
    estimates.push(whole);
    for section in &indicator.sections {
        let name = format!("{}/{}", indicator.code, section.code);
        let mut table = match indicator.kind {
            IndicatorKind::Share => share(survey, indicator, &[section]),
            _ => mean(&section.terms.iter().collect::<Vec<_>>()),
        };
        table.insert("name".into(), name.as_str().into());
        estimates.push(table);
        for item in &section.items {
            let mut table = named("proportion");
            table.insert("name".into(), format!("{name}/{item}").into());
            table.insert("variable".into(), item.as_str().into());
            table.insert("counts".into(), indicator.counts.clone().into());
            insert_codes(survey, &mut table, &[item.as_str()]);
            estimates.push(table);
        }
        for term in &section.terms {
            let mut table = mean(&[term]);
            table.insert("name".into(), format!("{name}/{}", term.question).into());
            estimates.push(table);
        }
    }
    let parts = indicator.terms.iter().zip(&indicator.denominators);
    for (above, below) in parts.filter(|_| indicator.terms.len() == indicator.denominators.len()) {
        let mut table = named("ratio");
        table.insert(
            "name".into(),
            format!("{}/parts/{}", indicator.code, above.question).into(),
        );
        table.insert("variable".into(), above.question.as_str().into());
        table.insert("denominator".into(), below.question.as_str().into());
        estimates.push(table);
    }
}

/// The column of a domain: the mode, or a variable of the plan.
fn domain_column(domain: &str) -> &str {
    if domain == "mode" { MODE } else { domain }
}

/// All terms of a mean, its own and its sections'.
pub fn terms(indicator: &Indicator) -> Vec<&Term> {
    indicator
        .sections
        .iter()
        .flat_map(|section| &section.terms)
        .chain(&indicator.terms)
        .collect()
}

fn share(
    survey: &Survey,
    indicator: &Indicator,
    sections: &[&crate::survey::plan::IndicatorSection],
) -> Table {
    let mut table = named("indicator");
    let entries = sections.iter().map(|section| {
        let mut entry = Table::new();
        entry.insert("code".into(), section.code.as_str().into());
        entry.insert(
            "items".into(),
            section
                .items
                .iter()
                .map(|item| Value::from(item.as_str()))
                .collect::<Vec<_>>()
                .into(),
        );
        let any = section.combine.unwrap_or(indicator.combine) == SectionCombine::Any;
        entry.insert("combine".into(), if any { "any" } else { "mean" }.into());
        Value::Table(entry)
    });
    table.insert("sections".into(), entries.collect::<Vec<_>>().into());
    table.insert("counts".into(), indicator.counts.clone().into());
    let items: Vec<&str> = sections
        .iter()
        .flat_map(|section| section.items.iter().map(String::as_str))
        .collect();
    insert_codes(survey, &mut table, &items);
    table
}

fn mean(terms: &[&Term]) -> Table {
    let mut table = named("mean");
    let variables: Vec<Value> = terms
        .iter()
        .map(|term| Value::from(term.question.as_str()))
        .collect();
    let factors: Vec<Value> = terms.iter().map(|term| Value::from(term.factor)).collect();
    table.insert("variable".into(), variables.into());
    table.insert("factors".into(), factors.into());
    table
}

fn named(kind: &str) -> Table {
    Table::from_iter([("kind".to_owned(), Value::from(kind))])
}

/// The codes that the items may hold, as the questionnaire has them: those outside the base are
/// marked missing there. With all of them known, a code that nobody has chosen yet is no mistake.
fn insert_codes(survey: &Survey, table: &mut Table, items: &[&str]) {
    let (mut missing, mut codes): (Vec<Value>, Vec<Value>) = (Vec::new(), Vec::new());
    let mut known = true;
    for item in items {
        let question = survey.questionnaire.question(item);
        let Some(Kind::Single(choices)) = question.map(|question| &question.kind) else {
            known = false;
            continue;
        };
        for choice in choices {
            let code = choice
                .code
                .parse::<i64>()
                .map_or_else(|_| Value::from(choice.code.as_str()), Value::from);
            let list = if choice.missing {
                &mut missing
            } else {
                &mut codes
            };
            if !list.contains(&code) {
                list.push(code);
            }
        }
    }
    if !missing.is_empty() {
        table.insert("missing".into(), missing.into());
    }
    if known && !codes.is_empty() {
        table.insert("codes".into(), codes.into());
    }
}
