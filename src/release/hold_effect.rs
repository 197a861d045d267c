//! What holding responses changes: the headlines before and after.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::disclosure::Disclosed;
use crate::release::figures::Figures;
use crate::release::kept::KeptColumns;
use crate::release::stored::{self, Extent, NoFigures};
use crate::release::tables::verdict;
use crate::store::{LeafRanges, Store};
use crate::survey::{Catalogue, Survey};

/// What holding the responses of a proposal changes. It is stored with the proposal, so that everyone who
/// decides sees what the person who proposed it saw.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct HoldEffect {
    /// Responses that count before and after.
    pub n: (u64, u64),
    /// One for each indicator, in plan order.
    pub indicators: Vec<IndicatorEffect>,
}

/// What it changes of one indicator.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IndicatorEffect {
    /// Code in plan.toml.
    pub code: String,
    /// The headline before and after.
    pub headline: (HeadlineEffect, HeadlineEffect),
    /// The figure of the volunteers before and after; `None` for a survey without them.
    pub volunteer: Option<(HeadlineEffect, HeadlineEffect)>,
}

/// A figure before or after.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct HeadlineEffect {
    /// The estimate: a share is 0 to 1. `None` if it is suppressed.
    pub estimate: Option<f64>,
    /// Bounds of the interval.
    pub interval: Option<(f64, f64)>,
    /// The verdict: `met`, `not_met`, `inconclusive`, `suppressed`; empty without one.
    pub verdict: String,
    /// Responses behind it.
    pub n: u64,
}

impl HoldEffect {
    /// As JSON, for the database.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// From the JSON of the database; `None` for another text.
    #[must_use]
    pub fn from_json(json: &str) -> Option<HoldEffect> {
        serde_json::from_str(json).ok()
    }
}

/// What holding `leaves` changes, beside what is held already, of the figures from the first `limit`
/// responses; `previous` as in [`stored::figures`].
///
/// # Errors
/// When there are no figures before. If there are none after (nothing is left), the effect says so.
pub fn hold_effect(
    catalogue: &Catalogue,
    survey: &Survey,
    (store, kept): (&Store, &KeptColumns),
    (leaves, limit): (&LeafRanges, u64),
    previous: &BTreeMap<String, Arc<Figures>>,
) -> Result<HoldEffect, NoFigures> {
    let before = Extent::now(store, survey, limit)?;
    let after = Extent {
        held: before.held.with(leaves),
        ..before.clone()
    };
    let wave = stored::wave_from(survey, (store, kept), limit)?;
    let of = |extent| {
        let own = (wave.clone(), extent);
        stored::figures_of(catalogue, survey, store, own, previous)
    };
    let before = of(before)?;
    let after = match of(after) {
        Ok(figures) => Some(figures),
        Err(error) if error.is_for_few_responses() => None,
        Err(error) => return Err(error),
    };
    Ok(effect(&before, after.as_ref()))
}

fn effect(before: &Figures, after: Option<&Figures>) -> HoldEffect {
    let indicators = before.indicators.iter().map(|own| {
        let then = after.and_then(|figures| {
            let mut all = figures.indicators.iter();
            all.find(|then| then.code == own.code)
        });
        let parts = own.parts.as_ref();
        let volunteer_then = then.and_then(|then| then.parts.as_ref());
        IndicatorEffect {
            code: own.code.clone(),
            headline: (
                of(&own.whole),
                then.map(|then| of(&then.whole)).unwrap_or_default(),
            ),
            volunteer: parts.map(|parts| {
                let then = volunteer_then.map(|then| of(&then.volunteer));
                (of(&parts.volunteer), then.unwrap_or_default())
            }),
        }
    });
    HoldEffect {
        n: (before.n, after.map_or(0, |figures| figures.n)),
        indicators: indicators.collect(),
    }
}

fn of(figure: &Disclosed) -> HeadlineEffect {
    let shown = figure.shown();
    HeadlineEffect {
        estimate: shown.map(|own| own.estimate),
        interval: shown
            .map(|own| (own.lower, own.upper))
            .filter(|(lower, upper)| lower.is_finite() && upper.is_finite()),
        verdict: figure
            .verdict()
            .map_or_else(String::new, |own| verdict(own).to_owned()),
        n: shown.map_or(0, |own| own.n),
    }
}
