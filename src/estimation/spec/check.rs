//! Which keys of an `[[estimate]]` go together.
//!
//! A key that a kind does not have is refused instead of ignored: it is a mistake of the person who
//! wrote it, and the figure would not be what they meant.

use crate::estimation::error::Error;
use crate::estimation::interval::Method;
use crate::estimation::spec::estimate::{EstimateSpec, Kind};

/// Refuses keys that contradict each other or do not belong to the kind of the estimate.
///
/// # Errors
/// `SPEC_INVALID` with the name of the estimate and the first rule that it breaks.
pub fn check(spec: &EstimateSpec) -> Result<(), Error> {
    let mut rules = rules_of_keys(spec);
    rules.extend(rules_of_tabulations(spec));
    let broken = rules.into_iter().find(|(holds, _)| !holds);
    broken.map_or(Ok(()), |(_, rule)| {
        Err(Error::spec(format!("estimate {}: {rule}", spec.name)))
    })
}

/// A rule, and whether it holds.
type Rule = (bool, &'static str);

/// The rules of keys that several kinds have.
fn rules_of_keys(spec: &EstimateSpec) -> Vec<Rule> {
    let kind = spec.kind;
    let inside = |value: f64| value > 0.0 && value < 1.0;
    let mut sections = spec.sections.iter();
    vec![
        (
            inside(spec.level) && inside(spec.alpha),
            "level and alpha must lie between 0 and 1",
        ),
        (
            (kind == Kind::Indicator) != spec.sections.is_empty(),
            "an indicator has sections, nothing else has",
        ),
        (
            sections.all(|section| !section.items.is_empty()),
            "a section needs items",
        ),
        (
            kind != Kind::Indicator || spec.variable.is_none(),
            "an indicator names its items in sections, not a variable",
        ),
        (
            kind.is_share() || kind == Kind::Contrast || spec.counts.is_empty(),
            "counts belongs to proportions, indicators and contrasts of shares",
        ),
        (
            kind.is_share()
                || spec.interval.is_none_or(|method| {
                    method == Method::Wald || (method == Method::Logit && kind == Kind::Ratio)
                }),
            "this interval is for proportions and indicators; ratios use t or logit, others t",
        ),
        (
            !kind.is_share()
                || spec
                    .target
                    .is_none_or(|target| (0.0..=1.0).contains(&target.value)),
            "the target of a share lies between 0 and 1 (write \">= 0.90\" or \">= 90 %\")",
        ),
        (
            kind.is_single_number() || spec.target.is_none(),
            "a crosstab, response rates and a contrast have no target",
        ),
    ]
}

/// The rules of the kinds that give more than a single number.
fn rules_of_tabulations(spec: &EstimateSpec) -> Vec<Rule> {
    let is = |kind: Kind| spec.kind == kind;
    let variables = spec.variable.as_ref();
    let variables = variables.map_or(0, |names| names.as_slice().len());
    vec![
        (
            !is(Kind::Crosstab) || variables == 2,
            "a crosstab takes two variables: that of the rows and that of the columns",
        ),
        (
            !is(Kind::ResponseRates) || variables == 1,
            "response rates take one variable: the column of dispositions",
        ),
        (
            is(Kind::ResponseRates) || spec.e.is_none(),
            "e belongs to response_rates",
        ),
        (
            spec.e.is_none_or(|e| (0.0..=1.0).contains(&e)),
            "e must lie between 0 and 1",
        ),
        (
            is(Kind::Contrast) != spec.coefficients.is_empty(),
            "a contrast has coefficients, nothing else has",
        ),
        (
            !is(Kind::Contrast) || matches!(spec.by.as_slice(), [by] if by.as_slice().len() == 1),
            "a contrast takes one column in by: the groups that its coefficients name",
        ),
    ]
}
