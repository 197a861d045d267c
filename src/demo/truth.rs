//! What is true of the city in one wave: the values that every estimate is compared with.

use std::collections::BTreeSet;

use crate::demo::waves::Levels;
use crate::survey::Survey;
use crate::survey::plan::{Indicator, IndicatorKind, IndicatorSection, Plan, SectionCombine, Term};

/// Share of positive answers where [`Levels`] has no value.
const OTHER_LEVEL: f64 = 0.9;

/// How far the items of one section differ from the section's share, at most.
const ITEM_SPREAD: f64 = 0.02;

/// True means of counted goods, by their order in the plan; repeated after the last.
const MEAN_COUNTS: [f64; 10] = [5.2, 3.4, 3.0, 2.2, 2.6, 1.8, 1.4, 2.9, 2.3, 0.25];

/// The true values of one wave.
pub struct Truth<'a> {
    plan: Option<&'a Plan>,
    levels: Levels,
    /// Items of sections in which one activity is enough.
    activities: BTreeSet<&'a str>,
}

impl<'a> Truth<'a> {
    /// The truth of the wave `survey`; codes without a level get 0.9.
    pub fn of(survey: &'a Survey, levels: Levels) -> Truth<'a> {
        let plan = survey.plan.as_ref();
        let indicators = plan.into_iter().flat_map(|plan| &plan.indicators);
        let sections = indicators.flat_map(|indicator| {
            let sections = indicator.sections.iter();
            sections.filter(|section| combine(indicator, section) == SectionCombine::Any)
        });
        Truth {
            plan,
            levels,
            activities: sections
                .flat_map(|section| &section.items)
                .map(String::as_str)
                .collect(),
        }
    }

    /// The plan of the wave.
    pub fn plan(&self) -> Option<&'a Plan> {
        self.plan
    }

    /// The true value of an indicator: a share (0 to 1) or a mean. `None` for shares of
    /// participation that have no closed form.
    pub fn indicator(&self, indicator: &Indicator) -> Option<f64> {
        match indicator.kind {
            IndicatorKind::Share => {
                let sections = indicator.sections.iter();
                let shares = sections.map(|section| self.section(indicator, section));
                let shares: Option<Vec<f64>> = shares.collect();
                shares.map(|shares| mean(shares.into_iter()))
            }
            IndicatorKind::Mean => {
                let terms = terms(indicator);
                Some(
                    terms
                        .map(|term| term.factor * self.mean_count(&term.question))
                        .sum(),
                )
            }
            IndicatorKind::Ratio => Some(self.level(&indicator.code)),
        }
    }

    fn section(&self, indicator: &Indicator, section: &IndicatorSection) -> Option<f64> {
        let is_activity = self.is_activity(section);
        match combine(indicator, section) {
            SectionCombine::Any if is_activity => self.known_level(&section.code),
            SectionCombine::Mean if !is_activity => {
                Some(mean(section.items.iter().map(|item| self.item(item))))
            }
            _ => None,
        }
    }

    /// Whether the items of `section` are activities of which one is enough.
    pub fn is_activity(&self, section: &IndicatorSection) -> bool {
        let first = section.items.first();
        first.is_some_and(|first| self.activities.contains(first.as_str()))
    }

    /// The true share of positive answers for the code of a section, a question or an indicator.
    pub fn level(&self, code: &str) -> f64 {
        self.known_level(code).unwrap_or(OTHER_LEVEL)
    }

    fn known_level(&self, code: &str) -> Option<f64> {
        let mut levels = self.levels.iter();
        levels
            .find(|(known, _)| *known == code)
            .map(|(_, level)| *level)
    }

    /// The true share of positive answers to an item. Items of one section differ from each other,
    /// evenly around the section's share, so that their mean is the section's share.
    pub fn item(&self, item: &str) -> f64 {
        let mut sections = self.sections();
        let Some(section) = sections.find(|section| section.items.iter().any(|own| own == item))
        else {
            return self.level(item);
        };
        let level = match section.code.as_str() {
            "" => self.level(item),
            code => self.level(code),
        };
        let position = section.items.iter().position(|own| own == item);
        let middle = (as_f64(section.items.len()) - 1.0) / 2.0;
        if middle > 0.0 {
            level + (as_f64(position.unwrap_or_default()) - middle) / middle * ITEM_SPREAD
        } else {
            level
        }
    }

    /// The true mean of a counted item.
    pub fn mean_count(&self, question: &str) -> f64 {
        let rank = self.counted().position(|term| term.question == question);
        let mean = MEAN_COUNTS.iter().cycle().nth(rank.unwrap_or_default());
        mean.copied().unwrap_or(1.0) * self.level("count")
    }

    /// The sections of the indicators that this wave measures.
    pub fn sections(&self) -> impl Iterator<Item = &'a IndicatorSection> + use<'a> {
        let indicators = self.plan.into_iter().flat_map(|plan| &plan.indicators);
        indicators
            .filter(|indicator| !indicator.reference)
            .flat_map(|indicator| &indicator.sections)
    }

    /// The counted items: the terms of the first indicator that is a mean.
    pub fn counted(&self) -> impl Iterator<Item = &'a Term> + use<'a> {
        let indicators = self.plan.into_iter().flat_map(|plan| &plan.indicators);
        let mut means = indicators.filter(|indicator| indicator.kind == IndicatorKind::Mean);
        means.next().into_iter().flat_map(terms)
    }
}

fn combine(indicator: &Indicator, section: &IndicatorSection) -> SectionCombine {
    section.combine.unwrap_or(indicator.combine)
}

/// The terms of an indicator's sections, then its own.
fn terms(indicator: &Indicator) -> impl Iterator<Item = &Term> {
    let sections = indicator.sections.iter();
    let terms = sections.flat_map(|section| &section.terms);
    terms.chain(&indicator.terms)
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    if count > 0.0 { sum / count } else { 0.0 }
}

fn as_f64(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}
