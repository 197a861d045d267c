//! Which keys of an `[[estimate]]` go together.

use crate::estimation::error::Error;
use crate::estimation::interval::Method;
use crate::estimation::spec::estimate::{EstimateSpec, Kind};

/// Refuses keys that contradict each other or do not belong to the kind of the estimate.
///
/// # Errors
/// `SPEC_INVALID` with the name of the estimate and the first rule that it breaks.
pub fn check(spec: &EstimateSpec) -> Result<(), Error> {
    let broken = rules(spec).into_iter().find(|(holds, _)| !holds);
    broken.map_or(Ok(()), |(_, rule)| {
        Err(Error::spec(format!("estimate {}: {rule}", spec.name)))
    })
}

/// Every rule, and whether it holds.
fn rules(spec: &EstimateSpec) -> Vec<(bool, &'static str)> {
    let kind = spec.kind;
    let inside = |value: f64| value > 0.0 && value < 1.0;
    let is = |wanted: Kind| kind == wanted;
    let figures = !matches!(kind, Kind::Crosstab | Kind::ResponseRates | Kind::Contrast);
    let variables = spec
        .variable
        .as_ref()
        .map_or(0, |names| names.as_slice().len());
    vec![
        (
            inside(spec.level) && inside(spec.alpha),
            "level and alpha must lie between 0 and 1",
        ),
        (
            is(Kind::Indicator) != spec.sections.is_empty(),
            "an indicator has sections, nothing else has",
        ),
        (
            spec.sections
                .iter()
                .all(|section| !section.items.is_empty()),
            "a section needs items",
        ),
        (
            !is(Kind::Indicator) || spec.variable.is_none(),
            "an indicator names its items in sections, not a variable",
        ),
        (
            kind.is_share() || is(Kind::Contrast) || spec.counts.is_empty(),
            "counts belongs to proportions, indicators and contrasts of shares",
        ),
        (
            kind.is_share() || spec.interval.is_none_or(|method| method == Method::Wald),
            "this interval is for proportions and indicators; others use t",
        ),
        (
            figures || spec.target.is_none(),
            "a crosstab, response rates or a contrast has no target",
        ),
        (
            !is(Kind::Crosstab) || variables == 2,
            "a crosstab takes two variables: that of the rows and that of the columns",
        ),
        (
            !is(Kind::ResponseRates) || variables == 1,
            "response rates take one variable: the column of dispositions",
        ),
        (
            spec.e.is_none_or(|e| (0.0..=1.0).contains(&e)),
            "e must lie between 0 and 1",
        ),
        (
            is(Kind::ResponseRates) || spec.e.is_none(),
            "e belongs to response_rates",
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
