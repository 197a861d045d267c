//! The plan as an estimation specification, and how its estimates are found.
//!
//! The figures are computed from this specification. `minyi export` writes the specification beside
//! the data, so that `minyi estimate` gives the published figures to the last digit.

use std::collections::BTreeMap;

use crate::estimation::analysis::{Estimate, estimates_of, whole_of};
use crate::estimation::interval::Method;
use crate::estimation::judgement::{Side, Target};
use crate::estimation::spec::{
    BlendChoice, BlendFactor, BlendSpec, Combine, EstimateIndex, EstimateSpec, Kind, Label, Names,
    SectionSpec, Spec, WeightingMethod, WeightingSpec,
};
use crate::release::codes::{ItemCodes, labels};
use crate::release::columns::{BASE_WEIGHT, MODE, PART, PSU, STRATUM, denominator, numerator};
use crate::release::sample_design::Part;
use crate::release::scenarios::{self, sensitivity};
use crate::survey::Survey;
use crate::survey::judgement::{DomainVerdicts, IndicatorInterval, Judgement};
use crate::survey::plan::{self, Indicator, IndicatorKind, IndicatorSection, Plan, Term};

/// What an analysis is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Everything that a results page shows.
    Full,
    /// The headline of each indicator only, of the sampled, the volunteers and both.
    Headline,
    /// The headline without any weight, to show what weighting did.
    Unweighted,
}

/// What an estimate is of. Codes are those of the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key<'a> {
    /// An indicator.
    Indicator(&'a str),
    /// A section of an indicator.
    Section(&'a str, &'a str),
    /// A question in a section of an indicator.
    Item(&'a str, &'a str, &'a str),
    /// A part of a ratio: the indicator and the question of its numerator.
    Part(&'a str, &'a str),
    /// An indicator, read in another way.
    Reading(&'a str, Reading),
}

/// Another way to read the answers to an indicator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reading {
    /// The share of "don't know".
    DontKnow,
    /// The indicator if nobody who did not know would count.
    AllAgainst,
    /// The indicator if everybody who did not know would count.
    AllFor,
    /// The indicator if the lenient codes counted too.
    Lenient,
}

impl Reading {
    /// The code in names and files.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Reading::DontKnow => "dont_know",
            Reading::AllAgainst => "all_against",
            Reading::AllFor => "all_for",
            Reading::Lenient => "lenient",
        }
    }
}

impl Key<'_> {
    /// The name in exported specifications and in the output of `minyi estimate`.
    fn name(self) -> String {
        match self {
            Key::Indicator(indicator) => indicator.to_owned(),
            Key::Section(indicator, section) => format!("{indicator}/{section}"),
            Key::Item(indicator, section, item) => format!("{indicator}/{section}/{item}"),
            Key::Part(indicator, question) => format!("{indicator}/parts/{question}"),
            Key::Reading(indicator, reading) => format!("{indicator}/reading/{}", reading.code()),
        }
    }
}

/// A specification whose estimates have keys.
#[derive(Debug, Clone)]
pub struct PlanSpec<'a> {
    /// The specification.
    pub spec: Spec,
    judgement: Judgement,
    indices: BTreeMap<Key<'a>, EstimateIndex>,
}

impl<'a> PlanSpec<'a> {
    /// The specification of the estimates of `plan`. `margins`: the file name of the population
    /// margins that is written into the spec.
    #[must_use]
    pub fn new(survey: &'a Survey, plan: &'a Plan, scope: Scope, margins: &str) -> PlanSpec<'a> {
        let mut spec = Spec::default();
        spec.design.weight = (scope != Scope::Unweighted).then(|| BASE_WEIGHT.to_owned());
        spec.design.strata = Some(Names::One(STRATUM.to_owned()));
        spec.design.psu = Some(Names::One(PSU.to_owned()));
        spec.design.lonely_psu = plan.design.lonely_psu;
        if scope != Scope::Unweighted && !plan.weighting.rake.is_empty() {
            spec.weighting = Some(weighting(plan, margins));
        }
        if scope != Scope::Unweighted {
            spec.blend = blend(plan);
        }
        if scope == Scope::Full {
            spec.sensitivity = sensitivity(survey, plan);
        }
        let mut estimates = PlanSpec {
            spec,
            judgement: plan.judgement.clone(),
            indices: BTreeMap::new(),
        };
        for indicator in &plan.indicators {
            estimates.add_indicator(survey, plan, indicator, scope);
        }
        estimates
    }

    /// The same for data in which some rows are held.
    #[must_use]
    pub fn with_held(mut self, plan: &Plan) -> PlanSpec<'a> {
        scenarios::with_held(plan, &mut self.spec);
        self
    }

    /// The specification as TOML, for `minyi estimate`.
    #[must_use]
    pub fn text(&self) -> String {
        toml::to_string(&self.spec).unwrap_or_default()
    }

    /// The estimate of the whole city.
    #[must_use]
    pub fn whole<'e>(&self, estimates: &'e [Estimate], key: Key<'_>) -> Option<&'e Estimate> {
        whole_of(estimates, self.index(key)?)
    }

    /// The whole and all domains.
    #[must_use]
    pub fn all<'e>(&self, estimates: &'e [Estimate], key: Key<'_>) -> &'e [Estimate] {
        self.index(key)
            .map_or(&[], |index| estimates_of(estimates, index))
    }

    /// The index of an estimate in the specification.
    #[must_use]
    pub fn index(&self, key: Key<'_>) -> Option<EstimateIndex> {
        self.indices.get(&key).copied()
    }

    fn add(&mut self, key: Key<'a>, estimate: EstimateSpec) {
        let estimate = EstimateSpec {
            name: key.name(),
            ..with_judgement(&self.judgement, estimate)
        };
        let index = self.spec.add(estimate);
        self.indices.insert(key, index);
    }

    fn add_indicator(
        &mut self,
        survey: &Survey,
        plan: &Plan,
        indicator: &'a Indicator,
        scope: Scope,
    ) {
        let code = indicator.code.as_str();
        let whole = headline(survey, indicator);
        if scope != Scope::Full {
            self.add(Key::Indicator(code), whole);
            return;
        }
        let whole = judged(plan, indicator, whole);
        self.add_readings(survey, indicator, &whole);
        self.add(Key::Indicator(code), whole);
        for section in &indicator.sections {
            self.add_section(survey, indicator, section);
        }
        let parts = indicator.terms.iter().zip(&indicator.denominators);
        let pairs = indicator.terms.len() == indicator.denominators.len();
        for (above, below) in parts.filter(|_| pairs) {
            let part = ratio(&above.question, &below.question);
            self.add(Key::Part(code, &above.question), part);
        }
    }

    /// The other readings of an indicator, as far as its questions have the codes for it.
    fn add_readings(&mut self, survey: &Survey, indicator: &'a Indicator, whole: &EstimateSpec) {
        if indicator.kind != IndicatorKind::Share || indicator.reference {
            return;
        }
        let items = indicator.sections.iter().flat_map(|section| &section.items);
        let codes = ItemCodes::new(survey, items);
        let mut every_code = codes.valid.clone();
        every_code.extend(codes.missing.iter().cloned());
        let with_all = |counts: Vec<Label>| EstimateSpec {
            counts,
            missing: Vec::new(),
            codes: match codes.valid.is_empty() {
                true => Vec::new(),
                false => every_code.clone(),
            },
            by: Vec::new(),
            holm: false,
            ..whole.clone()
        };
        let key = |reading| Key::Reading(&indicator.code, reading);
        let counts = labels(&indicator.counts);
        if !codes.missing.is_empty() {
            let mut sections = whole.sections.clone();
            for section in &mut sections {
                section.combine = Combine::Mean;
            }
            let dont_know = EstimateSpec {
                sections,
                target: None,
                minimum_rows: None,
                minimum_sampled: None,
                ..with_all(codes.missing.clone())
            };
            self.add(key(Reading::DontKnow), dont_know);
            self.add(key(Reading::AllAgainst), with_all(counts.clone()));
            let with_missing = [counts.clone(), codes.missing.clone()].concat();
            self.add(key(Reading::AllFor), with_all(with_missing));
        }
        if !indicator.lenient.is_empty() {
            let lenient = EstimateSpec {
                counts: [counts, labels(&indicator.lenient)].concat(),
                by: Vec::new(),
                holm: false,
                ..whole.clone()
            };
            self.add(key(Reading::Lenient), lenient);
        }
    }

    fn add_section(
        &mut self,
        survey: &Survey,
        indicator: &'a Indicator,
        section: &'a IndicatorSection,
    ) {
        let code = indicator.code.as_str();
        let estimate = match indicator.kind {
            IndicatorKind::Share => share(survey, indicator, &[section]),
            IndicatorKind::Mean | IndicatorKind::Ratio => mean(section.terms.iter()),
        };
        self.add(Key::Section(code, &section.code), estimate);
        for item in &section.items {
            let codes = ItemCodes::new(survey, [item]);
            let estimate = EstimateSpec {
                variable: Some(Names::One(item.clone())),
                counts: labels(&indicator.counts),
                missing: codes.missing,
                codes: codes.valid,
                ..EstimateSpec::new("", Kind::Proportion)
            };
            self.add(Key::Item(code, &section.code, item), estimate);
        }
        for term in &section.terms {
            let key = Key::Item(code, &section.code, &term.question);
            self.add(key, mean([term].into_iter()));
        }
    }
}

/// All terms of a mean: those of the indicator's sections, then those of the indicator itself.
pub fn terms(indicator: &Indicator) -> impl Iterator<Item = &Term> {
    let sections = indicator.sections.iter();
    sections
        .flat_map(|section| &section.terms)
        .chain(&indicator.terms)
}

/// The domains of an indicator. The mode is none where sampled and volunteers are estimated apart:
/// a figure by mode would be a second value of what these show.
pub fn domains<'i>(plan: &Plan, indicator: &'i Indicator) -> impl Iterator<Item = &'i String> {
    let is_one_sample = plan.modes.combine == plan::Combine::Pool;
    let domains = indicator.domains.iter();
    domains.filter(move |domain| is_one_sample || *domain != "mode")
}

/// Intervals and verdicts as the plan wants them.
fn with_judgement(judgement: &Judgement, estimate: EstimateSpec) -> EstimateSpec {
    let (interval, small_sample) = match (estimate.kind, judgement.indicator_interval) {
        (Kind::Proportion, _) => (Some(judgement.item_interval), false),
        (Kind::Indicator | Kind::Ratio, IndicatorInterval::Default) => (Some(Method::Logit), true),
        (Kind::Indicator | Kind::Ratio, IndicatorInterval::Logit) => (Some(Method::Logit), false),
        (Kind::Indicator, IndicatorInterval::KornGraubard) => (Some(Method::KornGraubard), false),
        _ => (None, false),
    };
    EstimateSpec {
        alpha: judgement.alpha,
        df: judgement.df,
        interval,
        small_sample,
        ..estimate
    }
}

/// The column of a domain: the mode, or a variable of the plan.
pub fn domain_column(domain: &str) -> &str {
    if domain == "mode" { MODE } else { domain }
}

fn weighting(plan: &Plan, margins: &str) -> WeightingSpec {
    let method = match plan.weighting.bounds {
        Some(_) => WeightingMethod::Calibrate,
        None => WeightingMethod::Rake,
    };
    WeightingSpec {
        margins: Some(margins.to_owned()),
        bounds: plan.weighting.bounds.map(|[lower, upper]| (lower, upper)),
        ..WeightingSpec::new(method)
    }
}

/// `None` if the responses of all modes are one sample.
fn blend(plan: &Plan) -> Option<BlendSpec> {
    let publish = match plan.modes.combine {
        plan::Combine::Pool => return None,
        plan::Combine::Calibrated => BlendChoice::Blended,
        plan::Combine::Sampled => BlendChoice::Reference,
    };
    let [sampled, volunteer] = Part::ALL.map(|part| [part.as_str().to_owned()]);
    Some(BlendSpec {
        volunteer_weight: Some(BASE_WEIGHT.to_owned()),
        publish,
        factor: BlendFactor::BiasAware,
        calibrators: plan.weighting.calibrators.clone(),
        ..BlendSpec::new(PART, &sampled, &volunteer)
    })
}

/// The estimate of an indicator, without its target and domains.
fn headline(survey: &Survey, indicator: &Indicator) -> EstimateSpec {
    match indicator.kind {
        IndicatorKind::Share => {
            let sections: Vec<&IndicatorSection> = indicator.sections.iter().collect();
            share(survey, indicator, &sections)
        }
        IndicatorKind::Mean => mean(terms(indicator)),
        IndicatorKind::Ratio => ratio(&numerator(indicator), &denominator(indicator)),
    }
}

/// The estimate of an indicator with its target and its domains.
fn judged(plan: &Plan, indicator: &Indicator, estimate: EstimateSpec) -> EstimateSpec {
    let target = match indicator.target {
        Some(plan::Target::AtLeast(value)) if !indicator.reference => Some(Target {
            side: Side::AtLeast,
            value,
        }),
        _ => None,
    };
    let judges_domains = plan.judgement.domains == DomainVerdicts::Holm;
    EstimateSpec {
        holm: target.is_some() && judges_domains,
        judge_whole_only: target.is_some() && !judges_domains,
        minimum_rows: indicator.minimum_sample.filter(|_| target.is_some()),
        minimum_sampled: plan.weighting.minimum_sampled.filter(|_| target.is_some()),
        target,
        by: domains(plan, indicator)
            .map(|domain| Names::One(domain_column(domain).to_owned()))
            .collect(),
        ..estimate
    }
}

fn share(survey: &Survey, indicator: &Indicator, sections: &[&IndicatorSection]) -> EstimateSpec {
    let section = |section: &&IndicatorSection| SectionSpec {
        code: section.code.clone(),
        items: section.items.clone(),
        combine: match section.combine.unwrap_or(indicator.combine) {
            plan::SectionCombine::Mean => Combine::Mean,
            plan::SectionCombine::Any => Combine::Any,
        },
    };
    let items = sections.iter().flat_map(|section| &section.items);
    let codes = ItemCodes::new(survey, items);
    EstimateSpec {
        sections: sections.iter().map(section).collect(),
        counts: labels(&indicator.counts),
        missing: codes.missing,
        codes: codes.valid,
        ..EstimateSpec::new("", Kind::Indicator)
    }
}

fn mean<'t>(terms: impl Iterator<Item = &'t Term>) -> EstimateSpec {
    let (variables, factors) = terms
        .map(|term| (term.question.clone(), term.factor))
        .unzip();
    EstimateSpec {
        variable: Some(Names::Many(variables)),
        factors: Some(factors),
        ..EstimateSpec::new("", Kind::Mean)
    }
}

fn ratio(above: &str, below: &str) -> EstimateSpec {
    EstimateSpec {
        variable: Some(Names::One(above.to_owned())),
        denominator: Some(Names::One(below.to_owned())),
        ..EstimateSpec::new("", Kind::Ratio)
    }
}
