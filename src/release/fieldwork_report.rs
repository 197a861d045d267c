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
    Activity, Distance, Part, Progress, PsuSummary, activity, progress, summary,
};
use crate::fieldwork::representativity::Representativity;
use crate::questionnaire::{Areas, Text};
use crate::release::fieldwork_counts::FieldworkCounts;
use crate::release::fieldwork_frame::{FrameStratum, of_sample, psus, strata, targets};
use crate::release::figures::{Figures, IndicatorFigures};
use crate::survey::Survey;
use crate::survey::judgement::IndicatorInterval;
use crate::survey::plan::{self, Indicator, IndicatorKind, Plan};

/// Confidence of published intervals.
const LEVEL: f64 = 0.95;

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
    /// Its code.
    pub code: String,
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
        forecast: worst.and_then(|own| Some((&*own.code, own.forecast.as_ref().ok()?))),
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
        code: own.code.clone(),
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
