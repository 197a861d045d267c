//! The headline figures by a plan, to be kept when another plan takes its place.

use crate::release::figures::{Figures, IndicatorFigures};
use crate::release::history::{Headline, Headlines};
use crate::release::tables::verdict;
use crate::survey::plan::Target;

/// The headlines of `figures`. They have passed disclosure control like the figures.
#[must_use]
pub fn headlines(figures: &Figures) -> Headlines {
    Headlines {
        updated: figures.updated.clone(),
        n: figures.n,
        indicators: figures.indicators.iter().map(headline).collect(),
    }
}

fn headline(indicator: &IndicatorFigures) -> Headline {
    let whole = &indicator.whole;
    let estimate = whole.shown();
    let estimate = estimate.map(|own| [own.estimate, own.lower, own.upper]);
    Headline {
        code: indicator.code.clone(),
        title: (*indicator.title.0).clone(),
        kind: indicator.kind,
        target: match indicator.target {
            Some(Target::AtLeast(line)) => Some(line),
            Some(Target::BelowPreviousWave) | None => None,
        },
        estimate: estimate.filter(|own| own.iter().all(|number| number.is_finite())),
        verdict: whole.verdict().map(|own| verdict(own).to_owned()),
    }
}
