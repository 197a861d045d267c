//! What needs attention now.

use crate::estimation::count::{count, whole};
use crate::fieldwork::attention::kinds::{Attention, Minimum};
use crate::fieldwork::attention::limits::{
    BEHIND, DECIDABLE, FEWEST_CASES, ITEM_MISSING, MARGIN_FAR, MINIMUM_MISSED, MODE_GAP,
    MODE_GAP_P, NOT_BEGUN, REPRESENTATIVITY, SILENT_DAYS,
};
use crate::fieldwork::forecast::Forecast;
use crate::fieldwork::mode_gap::ModePair;
use crate::fieldwork::progress::{Activity, Distance, Progress, PsuSummary};
use crate::fieldwork::representativity::Representativity;

/// What attention is drawn from. What is not known stays empty.
#[derive(Debug, Clone, Copy, Default)]
pub struct Known<'a> {
    /// Progress of the parts.
    pub progress: &'a [Progress],
    /// PSUs by county.
    pub psus: &'a [PsuSummary],
    /// Enumerators.
    pub enumerators: &'a [Activity],
    /// Channels that were announced.
    pub channels: &'a [Activity],
    /// Margins of the sampled part.
    pub margins: &'a [Distance],
    /// The forecast of the headline, with the code of the indicator.
    pub forecast: Option<(&'a str, &'a Forecast)>,
    /// The minima of the plan.
    pub minimum_sampled: Option<u64>,
    /// Of all valid responses.
    pub minimum_sample: Option<u64>,
    /// The target of the headline.
    pub target: Option<f64>,
    /// Pairs of modes with the difference of their estimates, each with the code of its indicator.
    pub modes: &'a [(String, ModePair)],
    /// Share of each item without a valid answer.
    pub items: &'a [(String, f64)],
    /// The R-indicator with the number of its cases.
    pub representativity: Option<(&'a Representativity, u64)>,
}

/// What needs attention with its threat, the largest first; equal threats in the order of the table above.
#[must_use]
pub fn attention(known: Known<'_>) -> Vec<(f64, Attention)> {
    let mut found = Vec::new();
    of_forecast(known, &mut found);
    of_progress(known, &mut found);
    of_psus(known, &mut found);
    of_workers(known, &mut found);
    of_answers(known, &mut found);
    found.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    found
}

fn of_forecast(known: Known<'_>, found: &mut Vec<(f64, Attention)>) {
    let Some((indicator, forecast)) = known.forecast else {
        return;
    };
    let minima = [
        (
            Minimum::Sampled,
            known.minimum_sampled,
            forecast.sampled.middle,
            forecast.minimum_sampled_missed,
        ),
        (
            Minimum::Valid,
            known.minimum_sample,
            forecast.valid.middle,
            forecast.minimum_sample_missed,
        ),
    ];
    for (minimum, wanted, at_close, probability) in minima {
        let Some(wanted) = wanted.filter(|_| probability >= MINIMUM_MISSED) else {
            continue;
        };
        let by = wanted.saturating_sub(rounded(at_close));
        let what = Attention::MinimumMissed {
            minimum,
            by,
            probability,
        };
        found.push((probability, what));
    }
    if forecast.decidable < DECIDABLE {
        let probability = forecast.decidable;
        let what = Attention::Undecidable {
            indicator: indicator.to_owned(),
            probability,
        };
        found.push((1.0 - probability, what));
    }
}

fn of_progress(known: Known<'_>, found: &mut Vec<(f64, Attention)>) {
    for own in known.progress {
        let (Some(target), Some(behind), Some(missing)) = (own.target, own.behind, own.missing)
        else {
            continue;
        };
        // What was behind and has caught up will not be missing.
        if behind < BEHIND || missing < 1.0 {
            continue;
        }
        let missing_at_close = rounded(missing);
        let what = match &own.part.county {
            Some(county) => Attention::CountyBehind {
                county: county.clone(),
                mode: own.part.mode.clone(),
                behind,
                missing_at_close,
            },
            None => Attention::ModeBehind {
                mode: own.part.mode.clone(),
                is_sampled: own.part.is_sampled,
                behind,
                missing_at_close,
            },
        };
        found.push(((missing / target.max(1.0)).min(1.0), what));
    }
}

fn of_psus(known: Known<'_>, found: &mut Vec<(f64, Attention)>) {
    let all = known.psus.iter().find(|own| own.county.is_none());
    let drawn = all.map_or(0, |own| own.drawn);
    for own in known.psus {
        let late = own.expected_begun - count(own.begun);
        let Some(county) = own.county.clone() else {
            continue;
        };
        if late < 1.0 || late < NOT_BEGUN * count(own.drawn) {
            continue;
        }
        let what = Attention::PsuNotBegun {
            county,
            not_begun: own.not_begun.len(),
            drawn: own.drawn,
            psus: own.not_begun.clone(),
        };
        found.push(((late / count(drawn).max(1.0)).min(1.0), what));
    }
}

fn of_workers(known: Known<'_>, found: &mut Vec<(f64, Attention)>) {
    let silent = |own: &&Activity| own.silent_days >= SILENT_DAYS;
    for own in known.enumerators.iter().filter(silent) {
        let what = Attention::EnumeratorSilent {
            enumerator: own.code.clone(),
            days: own.silent_days,
            last_day: own.last_day,
        };
        found.push((own.share, what));
    }
    for own in known.channels.iter().filter(silent) {
        let what = Attention::ChannelSilent {
            channel: own.code.clone(),
            days: own.silent_days,
            last_day: own.last_day,
        };
        found.push((own.share, what));
    }
}

fn of_answers(known: Known<'_>, found: &mut Vec<(f64, Attention)>) {
    let estimate = known.forecast.map(|(_, forecast)| forecast.estimate);
    let distance = known
        .target
        .zip(estimate)
        .map(|(target, estimate)| (estimate - target).abs());
    // A bias matters as much as it could move the estimate across its target.
    let against_target =
        |bias: f64| 0.5 * distance.map_or(1.0, |distance| (bias / distance.max(1e-9)).min(1.0));
    if let Some((own, _)) = known
        .representativity
        .filter(|(own, cases)| own.r_adjusted < REPRESENTATIVITY && *cases >= FEWEST_CASES)
    {
        let (variable, category) = most_missing(own);
        let what = Attention::Representativity {
            r: own.r_adjusted,
            variable,
            category,
            largest_bias: own.largest_bias,
        };
        found.push((against_target(own.largest_bias), what));
    }
    for (indicator, own) in known.modes {
        let p_value = own.p_value();
        if own.gap.abs() > MODE_GAP && p_value < MODE_GAP_P {
            let what = Attention::ModeGap {
                indicator: indicator.clone(),
                mode: own.mode.clone(),
                other: own.other.clone(),
                gap: own.gap,
                p_value,
            };
            found.push((against_target(own.gap.abs()), what));
        }
    }
    for own in known.margins {
        if own.distance.abs() >= MARGIN_FAR {
            let what = Attention::MarginFar {
                variable: own.variable.clone(),
                category: own.category.clone(),
                sampled: own.sampled,
                population: own.population,
            };
            found.push((own.distance.abs(), what));
        }
    }
    for (item, share) in known
        .items
        .iter()
        .filter(|(_, share)| *share > ITEM_MISSING)
    {
        let what = Attention::ItemMissing {
            item: item.clone(),
            share: *share,
        };
        found.push((0.5 * share, what));
    }
}

/// The variable with the largest conditional indicator and its most negative category.
fn most_missing(own: &Representativity) -> (String, String) {
    let variable = own
        .partials
        .iter()
        .max_by(|a, b| a.conditional.total_cmp(&b.conditional));
    let category = variable.and_then(|variable| {
        let categories = variable.categories.iter();
        categories.min_by(|(_, a), (_, b)| a.total_cmp(b))
    });
    (
        variable.map(|own| own.variable.clone()).unwrap_or_default(),
        category.map(|(name, _)| name.clone()).unwrap_or_default(),
    )
}

/// A number of responses that is not below zero, to the nearest whole.
fn rounded(n: f64) -> u64 {
    whole(libm::round(n.max(0.0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fieldwork::forecast::Range;
    use crate::fieldwork::progress::Part;
    use crate::fieldwork::representativity::Partial;

    fn known_number(middle: f64) -> Range {
        Range {
            middle,
            lower: middle,
            upper: middle,
        }
    }

    fn forecast() -> Forecast {
        Forecast {
            sampled: known_number(3288.0),
            valid: known_number(9000.0),
            psus: 120.0,
            df: 100.0,
            kish_effective: 3000.0,
            correlation: 0.05,
            estimate: 0.92,
            interval_now: (0.89, 0.94),
            half_width_now: 0.025,
            final_estimate: known_number(0.92),
            half_width_at_close: 0.012,
            met: 0.6,
            not_met: 0.0,
            decidable: 0.6,
            minimum_sampled_missed: 0.97,
            minimum_sample_missed: 0.0,
            minimum_missed: 0.97,
        }
    }

    fn behind(county: Option<&str>, target: f64, behind: f64, missing: f64) -> Progress {
        Progress {
            part: Part {
                is_sampled: true,
                mode: Some("onsite".to_owned()),
                county: county.map(str::to_owned),
            },
            target: Some(target),
            done: 0,
            today: 0,
            expected: Some(target),
            behind: Some(behind),
            pace: Some(1.0),
            pace_days: Vec::new(),
            at_close: Some(target - missing),
            missing: Some(missing),
        }
    }

    #[test]
    fn the_largest_threat_comes_first() {
        let forecast = forecast();
        let progress = [
            behind(None, 3500.0, 0.06, 212.0),
            behind(Some("411725"), 400.0, 0.4, 160.0),
            behind(Some("411726"), 400.0, 0.2, 0.0),
        ];
        let items = [("b3".to_owned(), 0.2), ("a1".to_owned(), 0.1)];
        let found = attention(Known {
            forecast: Some(("satisfaction", &forecast)),
            minimum_sampled: Some(3500),
            minimum_sample: Some(7009),
            progress: &progress,
            items: &items,
            target: Some(0.90),
            ..Known::default()
        });
        let what: Vec<&Attention> = found.iter().map(|(_, what)| what).collect();
        assert_eq!(
            what,
            [
                &Attention::MinimumMissed {
                    minimum: Minimum::Sampled,
                    by: 212,
                    probability: 0.97
                },
                &Attention::Undecidable {
                    indicator: "satisfaction".to_owned(),
                    probability: 0.6
                },
                &Attention::CountyBehind {
                    county: "411725".to_owned(),
                    mode: Some("onsite".to_owned()),
                    behind: 0.4,
                    missing_at_close: 160
                },
                &Attention::ItemMissing {
                    item: "b3".to_owned(),
                    share: 0.2
                },
            ]
        );
    }

    #[test]
    fn silence_gaps_margins_and_representativity_are_found() {
        let activity = |code: &str, silent_days, share| Activity {
            code: code.to_owned(),
            done: 10,
            share,
            active_days: 3,
            per_active_day: 3.3,
            median_seconds: None,
            last_day: None,
            silent_days,
        };
        let enumerators = [activity("e1", 2, 0.5), activity("e2", 4, 0.1)];
        let margins = [Distance {
            variable: "age".to_owned(),
            category: "60+".to_owned(),
            sampled: 0.2,
            population: 0.28,
            distance: -0.08,
        }];
        let modes = [
            ModePair::of(("online", 0.80, 0.01, 50.0), ("onsite", 0.92, 0.01, 50.0)),
            ModePair::of(("paper", 0.84, 0.05, 50.0), ("onsite", 0.92, 0.01, 50.0)),
        ];
        assert!((modes[0].df - 100.0).abs() < 1e-9 && modes[0].p_value() < 1e-6);
        let modes = modes.map(|own| ("satisfaction".to_owned(), own));
        let own = Representativity {
            mean: 0.6,
            spread: 0.15,
            r: 0.7,
            r_adjusted: 0.72,
            cv: 0.25,
            largest_bias: 0.07,
            partials: vec![Partial {
                variable: "county".to_owned(),
                unconditional: 0.1,
                conditional: 0.1,
                categories: vec![("a".to_owned(), 0.1), ("b".to_owned(), -0.1)],
            }],
            propensities: Vec::new(),
        };
        let found = attention(Known {
            enumerators: &enumerators,
            margins: &margins,
            modes: &modes,
            representativity: Some((&own, 2000)),
            ..Known::default()
        });
        assert_eq!(found.len(), 4, "{found:?}");
        assert!(found.iter().any(|(threat, what)| {
            let is = matches!(what, Attention::EnumeratorSilent { enumerator, days: 4, .. } if enumerator == "e2");
            is && *threat == 0.1
        }));
        assert!(found.iter().any(|(_, what)| {
            matches!(what, Attention::Representativity { category, .. } if category == "b")
        }));
        let few = attention(Known {
            representativity: Some((&own, 50)),
            ..Known::default()
        });
        assert!(few.is_empty());
    }
}
