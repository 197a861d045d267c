//! How fieldwork goes on a day: progress, forecast, who is missing, what needs attention.
//!
//! Everything follows from counts and from the figures of the moment, so it takes milliseconds whatever
//! the number of responses.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::estimation::Estimate;
use crate::estimation::interval::Method;
use crate::estimation::judgement::{self, Side};
use crate::fieldwork::attention::{Attention, Known, attention};
use crate::fieldwork::count;
use crate::fieldwork::forecast::{
    Forecast, Judged, NoForecast, Pace, Rule, Situation, Stratum, forecast,
};
use crate::fieldwork::mode_gap::ModePair;
use crate::fieldwork::period::Period;
use crate::fieldwork::progress::{
    Activity, Distance, Part, Progress, Psu, PsuSummary, Target, activity, progress, split, summary,
};
use crate::fieldwork::representativity::{
    Group, Model, Representativity, Variable, representativity,
};
use crate::questionnaire::{Areas, Text};
use crate::release::fieldwork_counts::{FieldworkCounts, county_of};
use crate::release::figures::{Figures, IndicatorFigures};
use crate::release::row::Reader;
use crate::release::sample_design::stratum_of;
use crate::survey::judgement::IndicatorInterval;
use crate::survey::plan::{self, Indicator, IndicatorKind, Plan};
use crate::survey::{FrameUnit, Survey};

/// Confidence of published intervals.
const LEVEL: f64 = 0.95;

/// Names of the auxiliary variables of the R-indicator; also their keys in the locale files.
const AUXILIARIES: [&str; 3] = ["county", "urban", "size"];

/// How fieldwork goes on a day.
#[derive(Debug, Clone)]
pub struct FieldworkReport {
    /// The day.
    pub today: Date,
    /// The days of fieldwork.
    pub period: Period,
    /// The progress of all parts.
    pub progress: Vec<Progress>,
    /// PSUs: all, then by county.
    pub psus: Vec<PsuSummary>,
    /// Enumerators.
    pub enumerators: Vec<Activity>,
    /// Channels of the open link.
    pub channels: Vec<Activity>,
    /// Unweighted margins of the sample against the population: dimension, category.
    pub margins: Vec<(Text, Text, Distance)>,
    /// The forecast of each indicator that has a target.
    pub forecasts: Vec<IndicatorForecast>,
    /// Share of each item without a valid answer: code, text, share from 0 to 1; the largest first.
    pub items: Vec<(String, Text, f64)>,
    /// The sampled against the volunteers, for each indicator with a target: its code, its title.
    pub gaps: Vec<(String, Text, ModePair)>,
    /// How representative the sampled part is, and the number of its cases.
    pub representativity: Option<(Representativity, u64)>,
    /// What needs attention, the largest threat first.
    pub attention: Vec<Attention>,
}

/// The forecast of an indicator.
#[derive(Debug, Clone)]
pub struct IndicatorForecast {
    /// Its title.
    pub title: Text,
    /// What it is.
    pub kind: IndicatorKind,
    /// Its target.
    pub target: f64,
    /// The estimate of the sampled part.
    pub now: Estimate,
    /// Kish's effective sample size.
    pub kish_effective: f64,
    /// The forecast, or why there is none.
    pub forecast: Result<Forecast, NoForecast>,
}

/// A stratum of the frame.
#[derive(Default)]
struct FrameStratum<'a> {
    population: f64,
    drawn: Vec<&'a FrameUnit>,
    per_psu: Option<f64>,
}

/// How fieldwork of `survey` goes on the day `today`.
///
/// * `cases`: cases that were issued in each PSU, where they are known
#[must_use]
pub fn fieldwork_report(
    (survey, areas): (&Survey, &Areas),
    counts: &FieldworkCounts,
    figures: Option<&Figures>,
    cases: &BTreeMap<String, u64>,
    today: Date,
) -> FieldworkReport {
    let plan = survey.plan.as_ref();
    let period = period(survey, today);
    let strata = plan
        .map(|plan| strata(survey, plan, areas))
        .unwrap_or_default();
    let targets = plan
        .map(|plan| targets(plan, &strata, areas))
        .unwrap_or_default();
    let progress = progress(&counts.by_day, &targets, &period, today);
    let psus = summary(&psus(&strata, counts, areas), &period, today);
    let enumerators = activity(&counts.enumerators, &period, today);
    let channels = activity(&counts.channels, &period, today);
    let margins = figures.map(margins).unwrap_or_default();
    let distances: Vec<Distance> = margins.iter().map(|(_, _, own)| own.clone()).collect();
    let judged = plan
        .zip(figures)
        .map(|(plan, figures)| judged(plan, figures));
    let judged = judged.unwrap_or_default();
    let paces = Paces::new(&progress, &period, today);
    let forecasts: Vec<IndicatorForecast> = judged
        .iter()
        .filter_map(|(indicator, own)| {
            let plan = plan?;
            of_indicator(plan, (indicator, own), &strata, counts, figures?, &paces)
        })
        .collect();
    let gaps: Vec<_> = judged.iter().filter_map(|(_, own)| gap(own)).collect();
    let pairs: Vec<(String, ModePair)> = gaps
        .iter()
        .map(|(code, _, pair)| (code.clone(), pair.clone()))
        .collect();
    let items = figures.map(items).unwrap_or_default();
    let missing: Vec<(String, f64)> = items
        .iter()
        .map(|(code, _, n)| (code.clone(), *n))
        .collect();
    let answered = forecasts.first().map_or(0.5, |own| own.now.estimate);
    let representativity = of_sample(&strata, counts, cases, areas, answered);
    let found = |own: &IndicatorForecast| own.forecast.as_ref().map_or(1.0, |own| own.decidable);
    let worst = forecasts
        .iter()
        .min_by(|one, other| found(one).total_cmp(&found(other)));
    let worst_target = worst.map(|own| own.target);
    let attention = attention(Known {
        progress: &progress,
        psus: &psus,
        enumerators: &enumerators,
        channels: &channels,
        margins: &distances,
        forecast: worst.and_then(|own| own.forecast.as_ref().ok()),
        minimum_sampled: plan.and_then(|plan| plan.weighting.minimum_sampled),
        minimum_sample: judged.first().and_then(|(own, _)| own.minimum_sample),
        target: worst_target,
        modes: &pairs,
        items: &missing,
        representativity: representativity.as_ref().map(|(own, n)| (own, *n)),
    });
    FieldworkReport {
        today,
        progress,
        psus,
        enumerators,
        channels,
        margins,
        forecasts,
        items,
        gaps,
        representativity,
        attention: attention.into_iter().map(|(_, own)| own).collect(),
        period,
    }
}

fn period(survey: &Survey, today: Date) -> Period {
    let questionnaire = &survey.questionnaire;
    Period {
        first: questionnaire.opens.parse().unwrap_or(today),
        last: questionnaire.closes.parse().unwrap_or(today),
        days_off: Vec::new(),
    }
}

/// The strata of the frame in which PSUs are drawn, each with what is planned in a PSU.
fn strata<'a>(survey: &'a Survey, plan: &Plan, areas: &Areas) -> Vec<FrameStratum<'a>> {
    let Ok(reader) = Reader::new(survey, areas) else {
        return Vec::new();
    };
    let mut strata: BTreeMap<String, FrameStratum<'a>> = BTreeMap::new();
    for unit in &survey.frame {
        let stratum = stratum_of(unit, survey, plan, &reader).unwrap_or_default();
        let own = strata.entry(stratum).or_default();
        own.population += unit.population;
        if unit.selected == 1 {
            own.drawn.push(unit);
        }
    }
    let mut strata: Vec<FrameStratum<'a>> = strata.into_values().collect();
    if let Some(minimum) = plan.weighting.minimum_sampled {
        let sizes: Vec<(f64, usize)> = strata
            .iter()
            .map(|own| (own.population, own.drawn.len()))
            .collect();
        let shares = split(count::number(minimum), &sizes);
        for (own, share) in strata.iter_mut().zip(shares) {
            own.per_psu = Some(share.per_psu);
        }
    }
    strata.retain(|own| !own.drawn.is_empty());
    strata
}

/// The targets of the plan: all valid responses, the sampled ones, and those of each county.
fn targets(plan: &Plan, strata: &[FrameStratum<'_>], areas: &Areas) -> Vec<Target> {
    let mut targets = Vec::new();
    let minimum = plan.indicators.iter().find_map(|own| own.minimum_sample);
    if let Some(minimum) = minimum {
        targets.push(Target {
            part: Part::default(),
            responses: count::number(minimum),
        });
    }
    let Some(sampled) = plan.weighting.minimum_sampled else {
        return targets;
    };
    let all_sampled = Part {
        is_sampled: true,
        ..Part::default()
    };
    targets.push(Target {
        part: all_sampled.clone(),
        responses: count::number(sampled),
    });
    let mut by_county: BTreeMap<String, f64> = BTreeMap::new();
    for stratum in strata {
        for unit in &stratum.drawn {
            let county = by_county.entry(county_of(areas, &unit.area)).or_default();
            *county += stratum.per_psu.unwrap_or(0.0);
        }
    }
    targets.extend(by_county.into_iter().map(|(county, responses)| Target {
        part: Part {
            county: Some(county),
            ..all_sampled.clone()
        },
        responses,
    }));
    targets
}

fn psus(strata: &[FrameStratum<'_>], counts: &FieldworkCounts, areas: &Areas) -> Vec<Psu> {
    let mut psus = Vec::new();
    for stratum in strata {
        psus.extend(stratum.drawn.iter().map(|unit| {
            let own = counts.psus.get(&unit.psu);
            let last_day = own.and_then(|days| days.keys().next_back());
            Psu {
                code: unit.psu.clone(),
                county: county_of(areas, &unit.area),
                is_urban: unit.urban == "urban",
                target: stratum.per_psu,
                interviews: counts.interviews(&unit.psu),
                last_day: last_day.copied(),
            }
        }));
    }
    psus
}

/// The margins of the sample before weighting.
fn margins(figures: &Figures) -> Vec<(Text, Text, Distance)> {
    let weighting = figures.weighting.iter();
    let rows = weighting.flat_map(|own| &own.composition);
    rows.filter_map(|row| {
        let sampled = row.unweighted?;
        let name = |text: &Text| text.get("zh").to_owned();
        let distance = Distance {
            variable: name(&row.dimension),
            category: name(&row.category),
            sampled,
            population: row.population,
            distance: sampled - row.population,
        };
        Some((row.dimension.clone(), row.category.clone(), distance))
    })
    .collect()
}

/// The indicators that have a target.
fn judged<'a>(plan: &'a Plan, figures: &'a Figures) -> Vec<(&'a Indicator, &'a IndicatorFigures)> {
    let planned = plan.indicators.iter().filter(|own| !own.reference);
    planned
        .filter(|own| matches!(own.target, Some(plan::Target::AtLeast(_))))
        .filter_map(|own| {
            let mut all = figures.indicators.iter();
            Some((own, all.find(|figures| figures.code == own.code)?))
        })
        .collect()
}

/// The estimate that the verdict rests on.
fn sampled_estimate(own: &IndicatorFigures) -> Option<&Estimate> {
    let parts = own.parts.as_ref();
    let sampled = parts.and_then(|parts| parts.sampled.shown());
    sampled.or_else(|| own.whole.shown())
}

/// What comes in a day.
struct Paces {
    /// The days that make the pace.
    days: Vec<Date>,
    sampled: Pace,
    others: Pace,
}

impl Paces {
    fn new(progress: &[Progress], period: &Period, today: Date) -> Paces {
        let none = || Pace {
            days: Vec::new(),
            left: 0.0,
        };
        let of = |is_sampled: bool| {
            let part = Part {
                is_sampled,
                ..Part::default()
            };
            let own = progress.iter().find(|own| own.part == part);
            own.map_or_else(none, |own| own.pace_until_close(period, today))
        };
        let (all, sampled) = (of(false), of(true));
        let days = all.days.iter().zip(&sampled.days);
        Paces {
            days: period.of_pace(today),
            others: Pace {
                days: days.map(|(all, own)| all.saturating_sub(*own)).collect(),
                left: all.left,
            },
            sampled,
        }
    }
}

fn of_indicator(
    plan: &Plan,
    (indicator, own): (&Indicator, &IndicatorFigures),
    strata: &[FrameStratum<'_>],
    counts: &FieldworkCounts,
    figures: &Figures,
    paces: &Paces,
) -> Option<IndicatorForecast> {
    let now = sampled_estimate(own)?;
    let plan::Target::AtLeast(target) = indicator.target? else {
        return None;
    };
    let judged = match (indicator.kind, plan.judgement.indicator_interval) {
        (IndicatorKind::Mean, _) => Judged::Mean,
        (_, IndicatorInterval::KornGraubard) => Judged::Share(Method::KornGraubard),
        (_, IndicatorInterval::Default | IndicatorInterval::Logit) => Judged::Share(Method::Logit),
    };
    let kish_effective = figures
        .weighting
        .as_ref()
        .map_or(f64::NAN, |own| own.n_effective);
    let stratum = |own: &FrameStratum<'_>| Stratum {
        population: own.population,
        drawn: own.drawn.len(),
        interviews: own
            .drawn
            .iter()
            .map(|unit| counts.interviews(&unit.psu))
            .filter(|n| *n > 0)
            .collect(),
        planned: own.per_psu,
        recent: own
            .drawn
            .iter()
            .filter_map(|unit| counts.psus.get(&unit.psu))
            .flatten()
            .filter(|(day, _)| paces.days.contains(day))
            .map(|(_, n)| n)
            .sum(),
    };
    let situation = Situation {
        estimate: now.estimate,
        std_error: now.std_error,
        variance_factor: now.variance_factor,
        df: now.df,
        kish_effective,
        design_effect: now.design_effect,
        strata: strata.iter().map(stratum).collect(),
        others: counts.n_valid.saturating_sub(counts.n_sampled),
        pace: paces.sampled.clone(),
        others_pace: paces.others.clone(),
        stops_when_planned: false,
        rule: Rule {
            target: judgement::Target {
                side: Side::AtLeast,
                value: target,
            },
            judged,
            alpha: plan.judgement.alpha,
            level: LEVEL,
            minimum_sampled: plan.weighting.minimum_sampled,
            minimum_sample: indicator.minimum_sample,
        },
    };
    Some(IndicatorForecast {
        title: own.title.clone(),
        kind: own.kind,
        target,
        now: now.clone(),
        kish_effective,
        forecast: forecast(&situation),
    })
}

/// The sampled against the volunteers.
fn gap(own: &IndicatorFigures) -> Option<(String, Text, ModePair)> {
    let parts = own.parts.as_ref()?;
    let (sampled, volunteer) = (parts.sampled.shown()?, parts.volunteer.shown()?);
    let values = |name, own: &Estimate| (name, own.estimate, own.std_error, own.df);
    let pair = ModePair::of(values("volunteer", volunteer), values("sampled", sampled));
    Some((own.code.clone(), own.title.clone(), pair))
}

fn items(figures: &Figures) -> Vec<(String, Text, f64)> {
    let indicators = figures.indicators.iter();
    let sections = indicators.flat_map(|own| &own.sections);
    let mut items: Vec<(String, Text, f64)> = Vec::new();
    for item in sections.flat_map(|own| &own.items) {
        if !items.iter().any(|(code, _, _)| *code == item.code) {
            let share = count::number(item.n_missing) / count::number(figures.n.max(1));
            items.push((item.code.clone(), item.text.clone(), share));
        }
    }
    items.sort_by(|(_, _, one), (_, _, other)| other.total_cmp(one));
    items
}

/// The R-indicator of the sampled part: a case is one that was issued in a drawn PSU, or one of those
/// that are planned there.
fn of_sample(
    strata: &[FrameStratum<'_>],
    counts: &FieldworkCounts,
    cases: &BTreeMap<String, u64>,
    areas: &Areas,
    share: f64,
) -> Option<(Representativity, u64)> {
    let drawn = || {
        strata
            .iter()
            .flat_map(|own| own.drawn.iter().map(move |unit| (own, *unit)))
    };
    let mut sizes: Vec<f64> = drawn().map(|(_, unit)| unit.population).collect();
    sizes.sort_by(f64::total_cmp);
    let limit = |part: usize| sizes.get(sizes.len() * part / 3).copied().unwrap_or(0.0);
    let mut variables: Vec<Variable> = AUXILIARIES
        .iter()
        .map(|name| Variable {
            name: (*name).to_owned(),
            categories: Vec::new(),
        })
        .collect();
    let mut groups = Vec::new();
    for (stratum, unit) in drawn() {
        let size = match unit.population {
            own if own < limit(1) => "small",
            own if own < limit(2) => "middle",
            _ => "large",
        };
        let words = [
            county_of(areas, &unit.area),
            unit.urban.clone(),
            size.to_owned(),
        ];
        let place = |(variable, word): (&mut Variable, String)| {
            let known = variable.categories.iter().position(|own| *own == word);
            known.unwrap_or_else(|| {
                variable.categories.push(word);
                variable.categories.len() - 1
            })
        };
        let planned = stratum.per_psu.map(|own| libm::ceil(own).max(0.0));
        let planned = planned.map_or(0, whole);
        let issued = cases.get(&unit.psu).copied().unwrap_or(planned);
        let weight = stratum.population / count::number(whole_of(stratum.drawn.len()));
        groups.push(Group {
            categories: variables.iter_mut().zip(words).map(place).collect(),
            cases: issued,
            respondents: counts.interviews(&unit.psu),
            weight: weight / count::number(issued.max(1)),
        });
    }
    let spread = (share * (1.0 - share)).max(0.0).sqrt();
    let found = representativity(&variables, &groups, Model::Logistic, spread)?;
    Some((found, groups.iter().map(|own| own.cases).sum()))
}

/// A whole number that is not negative.
#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "saturates"
)]
fn whole(value: f64) -> u64 {
    value as u64
}

fn whole_of(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}
