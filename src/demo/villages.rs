//! The drawn villages and neighbourhoods: how satisfied their people are, how many interviews they
//! give.

use std::collections::BTreeMap;

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::survey::FrameUnit;

/// Largest effect of a village, up or down.
const VILLAGE_EFFECT: f64 = 0.05;

/// A village with the largest effect gives this many times the interviews of one without effect.
const VILLAGE_TAKE: f64 = 2.0;

/// A selected PSU.
pub struct Village<'a> {
    pub unit: &'a FrameUnit,
    /// What is added to the chance of a positive answer of everybody there.
    pub effect: f64,
    /// How many interviews it gives, relative to others.
    pub take: f64,
}

/// The selected PSUs. Their effects have mean zero over all PSUs of a stratum, by size.
pub fn villages<'a>(frame: &'a [FrameUnit], random: &mut ChaCha8Rng) -> Vec<Village<'a>> {
    let drawn = frame.iter().map(|unit| {
        let effect = random.random_range(-VILLAGE_EFFECT..VILLAGE_EFFECT);
        (unit, effect)
    });
    let drawn: Vec<(&FrameUnit, f64)> = drawn.collect();
    let mut strata: BTreeMap<(&str, &str), (f64, f64)> = BTreeMap::new();
    for (unit, effect) in &drawn {
        let sums = strata.entry((&unit.area, &unit.urban)).or_default();
        sums.0 += unit.population * effect;
        sums.1 += unit.population;
    }
    let selected = drawn.into_iter().filter(|(unit, _)| unit.selected == 1);
    let village = selected.map(|(unit, effect)| {
        let stratum = (unit.area.as_str(), unit.urban.as_str());
        let (sum, size) = strata.get(&stratum).copied().unwrap_or((0.0, 1.0));
        let effect = effect - sum / size;
        Village {
            unit,
            effect,
            take: libm::pow(VILLAGE_TAKE, effect / VILLAGE_EFFECT),
        }
    });
    village.collect()
}
