//! From a dataset to the figures of a results page, by the plan.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::estimation::columns::{Column, Columns, MISSING};
use crate::estimation::spec::BlendChoice;
use crate::estimation::{self, Analysis, Spec};
use crate::questionnaire::{Choice, Kind, Text};
use crate::release::change::{below_previous, change};
use crate::release::columns::{BASE_WEIGHT, MODE};
use crate::release::dataset::Dataset;
use crate::release::figures::{
    CompositionRow, DomainRow, DomainTable, Estimate, Evidence, Figures, IndicatorFigures,
    ItemFigures, ModeComparison, PlanIndicatorFigures, Presentation, SectionFigures, Verdict,
    WeightingSummary,
};
use crate::release::spec::{self, Scope};
use crate::survey::plan::{Indicator, Plan};
use crate::survey::plan::{IndicatorKind, Target};
use crate::survey::{Catalogue, Survey};

/// Why there are no figures.
#[derive(Debug, Clone)]
pub enum ComputeError {
    /// The survey has no plan.
    NoPlan,
    /// No response is left after exclusions.
    NoResponses,
    /// The estimation refused, with its code and what to do.
    Estimation(estimation::Error),
}

impl std::fmt::Display for ComputeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ComputeError::NoPlan => {
                f.write_str("the survey folder has no plan.toml, so there are no figures")
            }
            ComputeError::NoResponses => {
                f.write_str("there are no responses to compute figures from")
            }
            ComputeError::Estimation(error) => write!(f, "{error}"),
        }
    }
}

impl std::error::Error for ComputeError {}

impl From<estimation::Error> for ComputeError {
    fn from(error: estimation::Error) -> ComputeError {
        ComputeError::Estimation(error)
    }
}

/// The figures of `survey` from `dataset`; `previous` are the figures of waves before, by id.
///
/// # Errors
/// See [`ComputeError`].
pub fn figures(
    catalogue: &Catalogue,
    survey: &Survey,
    dataset: &Dataset,
    previous: &BTreeMap<String, Arc<Figures>>,
) -> Result<Figures, ComputeError> {
    let plan = survey.plan.as_ref().ok_or(ComputeError::NoPlan)?;
    if dataset.columns.rows() == 0 {
        return Err(ComputeError::NoResponses);
    }
    let work = Work::new(catalogue, survey, plan, dataset)?;
    let indicators: Vec<IndicatorFigures> = plan
        .indicators
        .iter()
        .map(|indicator| work.indicator(indicator, previous))
        .collect();
    let questionnaire = &survey.questionnaire;
    Ok(Figures {
        survey: survey.id.clone(),
        title: questionnaire.title.clone(),
        wave: questionnaire.wave.clone(),
        period: (questionnaire.opens.clone(), questionnaire.closes.clone()),
        agency: questionnaire.agency.clone(),
        updated: dataset.updated.to_string(),
        n_received: dataset.n_received,
        n: count(dataset.columns.rows()),
        exclusions: dataset.exclusions.clone(),
        n_by_mode: dataset
            .n_by_mode
            .iter()
            .map(|(mode, n)| (mode.clone(), *n))
            .collect(),
        population_unverified: survey.population.unverified && !plan.weighting.rake.is_empty(),
        population_sources: survey.population.sources.clone(),
        demonstration: questionnaire.approval_number.is_empty(),
        weighting: work.weighting(),
        by_plan_indicator: work.by_plan_indicator(&indicators),
        indicators,
        evidence: plan.evidence.as_ref().map(|evidence| Evidence {
            title: evidence.title.clone(),
            columns: evidence.columns.clone(),
            rows: dataset.evidence.clone(),
        }),
        plan_hash: survey.plan_hash.clone(),
        population_hash: survey.population_hash.clone(),
        frame_hash: survey.frame_hash.clone(),
        questionnaire_hash: survey.questionnaire_hash.clone(),
        software: env!("CARGO_PKG_VERSION").to_owned(),
    })
}

/// One wave's analyses while its figures are put together.
struct Work<'a> {
    catalogue: &'a Catalogue,
    survey: &'a Survey,
    plan: &'a Plan,
    columns: &'a Columns,
    analysis: Analysis,
    unweighted: Analysis,
    /// Estimates from the on-site part alone; empty without it, or where it is too thin to be weighted on its own.
    onsite: Vec<estimation::Estimate>,
    /// Estimates from the online part alone.
    online: Vec<estimation::Estimate>,
}

impl<'a> Work<'a> {
    fn new(
        catalogue: &'a Catalogue,
        survey: &'a Survey,
        plan: &'a Plan,
        dataset: &'a Dataset,
    ) -> Result<Work<'a>, ComputeError> {
        let columns = &dataset.columns;
        let analysis = analyse(survey, plan, columns, Scope::Full)?;
        let unweighted = analyse(survey, plan, columns, Scope::Unweighted)?;
        let alone = |modes: &[String]| {
            let part = part(survey, plan, columns, modes)?;
            // A mode too thin to be weighted on its own has no figure of its own; the pooled figure stands.
            Some(
                analyse(survey, plan, &part, Scope::Headline)
                    .ok()?
                    .estimates,
            )
        };
        let there = |modes: &[String]| {
            modes
                .iter()
                .any(|mode| dataset.n_by_mode.contains_key(mode))
        };
        let (onsite, online) = match &analysis.blend {
            Some(blend) => (blend.reference.clone(), blend.volunteer.clone()),
            None if there(&plan.modes.onsite) && there(&plan.modes.online) => (
                alone(&plan.modes.onsite).unwrap_or_default(),
                alone(&plan.modes.online).unwrap_or_default(),
            ),
            None => (Vec::new(), Vec::new()),
        };
        Ok(Work {
            catalogue,
            survey,
            plan,
            columns,
            analysis,
            unweighted,
            onsite,
            online,
        })
    }

    fn indicator(
        &self,
        indicator: &Indicator,
        previous: &BTreeMap<String, Arc<Figures>>,
    ) -> IndicatorFigures {
        let whole = find(&self.analysis.estimates, &indicator.code).map(estimate);
        let mut whole = whole.unwrap_or_else(empty);
        let before = indicator.previous.as_ref().and_then(|id| {
            let figures = previous.get(id)?;
            let before = figures
                .indicators
                .iter()
                .find(|before| before.code == indicator.code)?;
            Some((id.clone(), figures.wave.clone(), before.whole.clone()))
        });
        let change = before.as_ref().map(|(id, _, before)| {
            change(id, before, &whole, indicator.kind == IndicatorKind::Share)
        });
        if let (Some(Target::BelowPreviousWave), Some(before)) = (indicator.target, &before) {
            whole.verdict = Some(below_previous(&before.2, &whole));
        }
        let too_few = indicator
            .minimum_sample
            .is_some_and(|least| self.n_used() < least);
        if too_few && whole.verdict.is_some() {
            whole.verdict = Some(Verdict::Suppressed);
        }
        if indicator.reference {
            whole.verdict = None;
        }
        let mut trend: Vec<(String, Estimate)> = before
            .into_iter()
            .map(|(_, wave, estimate)| (wave, estimate))
            .collect();
        trend.push((self.plan.wave.clone(), whole.clone()));
        IndicatorFigures {
            code: indicator.code.clone(),
            number: indicator.number,
            title: indicator.title.clone(),
            kind: indicator.kind,
            unit: indicator.unit.clone(),
            note: indicator.note.clone(),
            target: indicator.target.filter(|_| !indicator.reference),
            national_line: indicator.national_line,
            minimum_sample: indicator.minimum_sample,
            unweighted: find(&self.unweighted.estimates, &indicator.code)
                .map(|found| found.estimate),
            domains: indicator
                .domains
                .iter()
                .map(|domain| self.domain(indicator, domain))
                .collect(),
            modes: self.modes(indicator),
            sections: self.sections(indicator),
            change,
            trend,
            whole,
        }
    }

    /// Responses that the figures rest on: where the on-site part speaks alone, the others weigh nothing.
    fn n_used(&self) -> u64 {
        count(
            self.analysis
                .weights
                .iter()
                .filter(|weight| **weight > 0.0)
                .count(),
        )
    }

    fn domain(&self, indicator: &Indicator, domain: &str) -> DomainTable {
        let column = if domain == "mode" { MODE } else { domain };
        let named = self
            .analysis
            .estimates
            .iter()
            .filter(|found| found.name == indicator.code);
        let levels = named.filter_map(|found| match found.domain.as_slice() {
            [(variable, level)] if variable == column => Some((level.clone(), found)),
            _ => None,
        });
        let mut rows: Vec<DomainRow> = levels
            .map(|(level, found)| DomainRow {
                label: self.label(domain, &level),
                grid: self.area(&level).and_then(|area| area.grid),
                estimate: estimate(found),
                level,
            })
            .collect();
        let order = self.choices_of(domain);
        let rank = |row: &DomainRow| {
            order
                .iter()
                .position(|choice| choice.code == row.level)
                .unwrap_or(usize::MAX)
        };
        rows.sort_by_key(rank);
        DomainTable {
            dimension: domain.to_owned(),
            title: self.title(domain),
            rows,
        }
    }

    fn area(&self, code: &str) -> Option<&crate::questionnaire::Area> {
        self.catalogue.areas.0.iter().find(|area| area.code == code)
    }

    fn choices_of(&self, variable: &str) -> &[Choice] {
        let question = self
            .plan
            .variables
            .get(variable)
            .map(|variable| variable.question.as_str());
        match question
            .and_then(|code| self.survey.questionnaire.question(code))
            .map(|question| &question.kind)
        {
            Some(Kind::Single(choices)) => choices,
            _ => &[],
        }
    }

    /// The words for a category of a variable.
    fn label(&self, variable: &str, level: &str) -> Text {
        if variable == "mode" {
            return crate::locale::in_every_language(&format!("results.mode_{level}"));
        }
        let choice = self
            .choices_of(variable)
            .iter()
            .find(|choice| choice.code == level);
        let area = || self.area(level).map(|area| area.name.clone());
        choice
            .map(|choice| choice.label.clone())
            .or_else(area)
            .unwrap_or_else(|| plain(level))
    }

    /// The words for a variable.
    fn title(&self, variable: &str) -> Text {
        if let Some(title) = self
            .plan
            .variables
            .get(variable)
            .and_then(|variable| variable.title.clone())
        {
            return title;
        }
        let known = [
            "county",
            "area",
            "zone",
            "mode",
            "sex",
            "age",
            "education",
            "urban",
            "occupation",
        ];
        if known.contains(&variable) {
            return crate::locale::in_every_language(&format!("results.domain_{variable}"));
        }
        let question = self
            .plan
            .variables
            .get(variable)
            .map(|variable| variable.question.as_str());
        let question = question.and_then(|code| self.survey.questionnaire.question(code));
        question.map_or_else(|| plain(variable), |question| question.text.clone())
    }

    fn modes(&self, indicator: &Indicator) -> Option<ModeComparison> {
        let onsite = find(&self.onsite, &indicator.code)?;
        let online = find(&self.online, &indicator.code)?;
        let share = indicator.kind == IndicatorKind::Share;
        let difference = estimation::comparison::change(onsite.into(), online.into(), share, 0.95);
        Some(ModeComparison {
            onsite: estimate(onsite),
            online: estimate(online),
            difference: difference.difference,
            std_error: difference.std_error,
            interval: (difference.lower, difference.upper),
            p_value: difference.p_value,
        })
    }

    fn sections(&self, indicator: &Indicator) -> Vec<SectionFigures> {
        let mut sections: Vec<SectionFigures> = indicator
            .sections
            .iter()
            .map(|section| {
                let name = format!("{}/{}", indicator.code, section.code);
                let terms = section.terms.iter().map(|term| term.question.as_str());
                let items = section.items.iter().map(String::as_str).chain(terms);
                SectionFigures {
                    code: section.code.clone(),
                    title: section.title.clone(),
                    estimate: find(&self.analysis.estimates, &name).map_or_else(empty, estimate),
                    items: items
                        .filter_map(|item| self.item(&name, item, indicator.kind))
                        .collect(),
                }
            })
            .collect();
        if indicator.kind == IndicatorKind::Ratio {
            let name = format!("{}/parts", indicator.code);
            let items = indicator
                .terms
                .iter()
                .filter_map(|term| self.item(&name, &term.question, indicator.kind))
                .map(|item| ItemFigures {
                    text: self
                        .section_of(&item.code)
                        .unwrap_or_else(|| item.text.clone()),
                    ..item
                });
            let items: Vec<ItemFigures> = items.collect();
            let whole =
                find(&self.analysis.estimates, &indicator.code).map_or_else(empty, estimate);
            if !items.is_empty() {
                let title = crate::locale::in_every_language("results.by_kind");
                sections.push(SectionFigures {
                    code: "parts".into(),
                    title,
                    estimate: whole,
                    items,
                });
            }
        }
        sections
    }

    /// The title of the section that a question stands in: what a ratio's numerator is a part of.
    fn section_of(&self, code: &str) -> Option<Text> {
        let mut questions = self.survey.questionnaire.questions();
        questions
            .find(|(_, question)| question.code == code)
            .map(|(section, _)| section.title.clone())
    }

    fn item(&self, section: &str, item: &str, kind: IndicatorKind) -> Option<ItemFigures> {
        let question = self.survey.questionnaire.question(item)?;
        let found = find(&self.analysis.estimates, &format!("{section}/{item}"))?;
        let (distribution, n_missing) = match (&question.kind, kind) {
            (Kind::Single(choices), IndicatorKind::Share) => self.distribution(item, choices),
            _ => (Vec::new(), 0),
        };
        Some(ItemFigures {
            code: item.to_owned(),
            text: question.text.clone(),
            estimate: estimate(found),
            distribution,
            n_missing,
        })
    }

    /// Weighted shares of the valid choices, and the unweighted number of don't-knows.
    fn distribution(&self, item: &str, choices: &[Choice]) -> (Vec<(String, Text, f64)>, u64) {
        let Ok(column) = self.columns.get(item) else {
            return (Vec::new(), 0);
        };
        let category = column.to_category();
        let mut sums = vec![0.0; category.levels.len()];
        let mut counts = vec![0_u64; category.levels.len()];
        for (code, weight) in category.decode().into_iter().zip(&self.analysis.weights) {
            if code == MISSING || *weight <= 0.0 {
                continue;
            }
            let level = usize::try_from(code).unwrap_or(usize::MAX);
            if let (Some(sum), Some(count)) = (sums.get_mut(level), counts.get_mut(level)) {
                *sum += weight;
                *count += 1;
            }
        }
        let place = |choice: &Choice| {
            category
                .levels
                .iter()
                .position(|level| *level == choice.code)
        };
        let sum = |choice: &Choice| {
            place(choice)
                .and_then(|level| sums.get(level))
                .copied()
                .unwrap_or(0.0)
        };
        let number = |choice: &Choice| {
            place(choice)
                .and_then(|level| counts.get(level))
                .copied()
                .unwrap_or(0)
        };
        let total: f64 = choices
            .iter()
            .filter(|choice| !choice.missing)
            .map(sum)
            .sum();
        let shares = choices.iter().filter(|choice| !choice.missing);
        let shares = shares.map(|choice| {
            (
                choice.code.clone(),
                choice.label.clone(),
                if total > 0.0 {
                    sum(choice) / total
                } else {
                    0.0
                },
            )
        });
        (
            shares.collect(),
            choices
                .iter()
                .filter(|choice| choice.missing)
                .map(number)
                .sum(),
        )
    }

    fn weighting(&self) -> Option<WeightingSummary> {
        let report = self.analysis.weighting.as_ref()?;
        let blend = self.analysis.blend.as_ref();
        Some(WeightingSummary {
            onsite_share: blend
                .filter(|blend| !blend.reference.is_empty() && !blend.volunteer.is_empty())
                .filter(|blend| blend.publish == BlendChoice::Blended)
                .and_then(|blend| blend.factor.values().next().copied()),
            onsite_alone: blend.is_some_and(|blend| blend.publish == BlendChoice::Reference),
            rake: self.plan.weighting.rake.clone(),
            sweeps: report.sweeps,
            max_misfit: report.max_misfit,
            kish_deff: report.kish_deff,
            n_effective: report.n_effective,
            g_range: (report.min_g, report.max_g),
            composition: self.composition(),
        })
    }

    /// What the sample looks like before and after weighting, beside the census; single dimensions only.
    fn composition(&self) -> Vec<CompositionRow> {
        let mut rows = Vec::new();
        for (dimension, figures) in &self.survey.population.dimensions {
            let Ok(column) = self.columns.get(dimension) else {
                continue;
            };
            let category = column.to_category();
            let mut sums = vec![0.0; category.levels.len()];
            let mut counts = vec![0_u32; category.levels.len()];
            for (code, weight) in category.decode().into_iter().zip(&self.analysis.weights) {
                let level = usize::try_from(code).unwrap_or(usize::MAX);
                if let (Some(sum), Some(count), true) =
                    (sums.get_mut(level), counts.get_mut(level), *weight > 0.0)
                {
                    *sum += weight;
                    *count += 1;
                }
            }
            let weights: f64 = sums.iter().sum();
            let number: f64 = counts.iter().copied().map(f64::from).sum();
            let population: f64 = figures.values().map(|figure| figure.population).sum();
            let order = self.choices_of(dimension);
            let mut levels: Vec<usize> = (0..category.levels.len()).collect();
            levels.sort_by_key(|level| {
                let code = category.levels.get(*level);
                order
                    .iter()
                    .position(|choice| Some(&choice.code) == code)
                    .unwrap_or(usize::MAX)
            });
            for level in levels {
                let (Some(code), Some(sum), Some(n)) = (
                    category.levels.get(level),
                    sums.get(level),
                    counts.get(level),
                ) else {
                    continue;
                };
                rows.push(CompositionRow {
                    dimension: self.title(dimension),
                    category: self.label(dimension, code),
                    n: u64::from(*n),
                    unweighted: f64::from(*n) / number,
                    weighted: sum / weights,
                    population: figures.get(code).map_or(0.0, |figure| figure.population)
                        / population,
                });
            }
        }
        rows
    }

    /// Items by the plan indicator they speak of.
    fn by_plan_indicator(&self, indicators: &[IndicatorFigures]) -> Vec<PlanIndicatorFigures> {
        let items: Vec<&ItemFigures> = indicators
            .iter()
            .flat_map(|indicator| &indicator.sections)
            .flat_map(|section| &section.items)
            .collect();
        let speaks = |item: &ItemFigures, number: u16| {
            let question = self.survey.questionnaire.question(&item.code);
            question.is_some_and(|question| question.indicators.contains(&number))
        };
        let mut tables = Vec::new();
        for indicator in &self.catalogue.plan_indicators {
            let mut own: Vec<ItemFigures> = Vec::new();
            for item in items.iter().filter(|item| speaks(item, indicator.number)) {
                if !own.iter().any(|known| known.code == item.code) {
                    own.push((*item).clone());
                }
            }
            if !own.is_empty() {
                tables.push(PlanIndicatorFigures {
                    number: indicator.number,
                    name: indicator.name.clone(),
                    lead: indicator.lead.clone(),
                    items: own,
                });
            }
        }
        tables
    }
}

fn analyse(
    survey: &Survey,
    plan: &Plan,
    columns: &Columns,
    scope: Scope,
) -> Result<Analysis, ComputeError> {
    let spec = Spec::parse(&spec::spec(survey, plan, scope, "margins.csv"))?;
    let margins = spec::population_margins(plan, &survey.population)?;
    Ok(estimation::analyse(columns, &margins, &spec)?)
}

/// The rows of some modes as a sample of their own: base weights are scaled back to the population of each cell.
fn part(survey: &Survey, plan: &Plan, columns: &Columns, modes: &[String]) -> Option<Columns> {
    let mode = columns.get(MODE).ok()?.to_category();
    let keep: Vec<bool> = mode
        .decode()
        .into_iter()
        .map(|code| {
            let level = usize::try_from(code)
                .ok()
                .and_then(|code| mode.levels.get(code));
            level.is_some_and(|level| modes.contains(level))
        })
        .collect();
    let mut part = columns.select(&keep);
    if part.rows() == 0 {
        return None;
    }
    if plan.weighting.base == "none" {
        return Some(part);
    }
    // N_h / n_h of this part alone, from the pooled N_h / n_h: multiply by pooled n_h over own n_h.
    let variables: Vec<&str> = plan.weighting.base.split('*').collect();
    let cells = |columns: &Columns| -> Option<Vec<Vec<u32>>> {
        let codes: Option<Vec<Vec<u32>>> = variables
            .iter()
            .map(|name| {
                columns
                    .get(name)
                    .ok()
                    .map(|column| column.to_category().decode())
            })
            .collect();
        let codes = codes?;
        let cell = |row: usize| {
            codes
                .iter()
                .map(|codes| codes.get(row).copied().unwrap_or(MISSING))
                .collect()
        };
        Some((0..columns.rows()).map(cell).collect())
    };
    let own = cells(&part)?;
    let figures = survey.population.dimensions.get(&plan.weighting.base)?;
    let names: Option<Vec<_>> = variables
        .iter()
        .map(|name| part.get(name).ok().map(Column::to_category))
        .collect();
    let names = names?;
    let mut counts: BTreeMap<&[u32], f64> = BTreeMap::new();
    for cell in &own {
        *counts.entry(cell).or_insert(0.0) += 1.0;
    }
    let population = |cell: &[u32]| -> f64 {
        let labels = cell.iter().zip(&names).map(|(code, category)| {
            usize::try_from(*code)
                .ok()
                .and_then(|code| category.levels.get(code))
                .map_or("", String::as_str)
        });
        figures
            .get(&labels.collect::<Vec<_>>().join("*"))
            .map_or(f64::NAN, |figure| figure.population)
    };
    let weights: BTreeMap<&[u32], f64> = counts
        .iter()
        .map(|(cell, n)| (*cell, population(cell) / n))
        .collect();
    let column = own
        .iter()
        .map(|cell| weights.get(cell.as_slice()).copied().unwrap_or(f64::NAN))
        .collect();
    part.replace(BASE_WEIGHT, Column::numbers(column)).ok()?;
    Some(part)
}

/// The whole-city estimate of that name.
fn find<'a>(estimates: &'a [estimation::Estimate], name: &str) -> Option<&'a estimation::Estimate> {
    estimates
        .iter()
        .find(|found| found.name == name && found.domain.is_empty())
}

fn estimate(found: &estimation::Estimate) -> Estimate {
    Estimate {
        n: found.n,
        estimate: found.estimate,
        std_error: found.std_error,
        df: found.df,
        lower: found.lower,
        upper: found.upper,
        level: found.level,
        design_effect: Some(found.design_effect).filter(|effect| effect.is_finite()),
        n_effective: Some(found.n_effective).filter(|n| n.is_finite()),
        verdict: found.verdict.map(|verdict| match verdict {
            estimation::judgement::Verdict::Met => Verdict::Met,
            estimation::judgement::Verdict::NotMet => Verdict::NotMet,
            estimation::judgement::Verdict::Inconclusive => Verdict::Inconclusive,
            estimation::judgement::Verdict::Suppressed => Verdict::Suppressed,
        }),
        decision: found.decision_lower.zip(found.decision_upper),
        presentation: match found.presentation {
            estimation::judgement::Presentation::Publish => Presentation::Publish,
            estimation::judgement::Presentation::Review => Presentation::Review,
            estimation::judgement::Presentation::Suppress => Presentation::Suppress,
        },
    }
}

/// An estimate for which there is nothing to estimate from.
fn empty() -> Estimate {
    Estimate {
        n: 0,
        estimate: f64::NAN,
        std_error: f64::NAN,
        df: 0.0,
        lower: f64::NAN,
        upper: f64::NAN,
        level: 0.95,
        design_effect: None,
        n_effective: None,
        verdict: None,
        decision: None,
        presentation: Presentation::Suppress,
    }
}

fn plain(text: &str) -> Text {
    Text::from(BTreeMap::from([
        ("zh".to_owned(), text.to_owned()),
        ("en".to_owned(), text.to_owned()),
    ]))
}

fn count(rows: usize) -> u64 {
    u64::try_from(rows).unwrap_or(u64::MAX)
}
