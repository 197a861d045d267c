//! The figures of one indicator: its headline, its domains, its modes, its change.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::disclosure::{Disclosed, disclose};
use crate::estimation::comparison::UnitTotal;
use crate::estimation::sensitivity::Tipping;
use crate::questionnaire::Text;
use crate::release::analyses::Analyses;
use crate::release::block_effects;
use crate::release::change::{below_previous, change, difference};
use crate::release::channel_effects;
use crate::release::figures::{
    DomainRow, DomainTable, DontKnow, Figures, IndicatorFigures, OtherChoice, PartComparison,
};
use crate::release::labels::Labels;
use crate::release::scenarios::VOLUNTEERS_WITH_HELD;
use crate::release::sections::Sections;
use crate::release::spec::{Key, Reading, domain_column, domains};
use crate::store::BlockShare;
use crate::survey::plan::{Combine, Indicator, IndicatorKind, Plan, Target};

/// What the figures of an indicator are put together from.
pub struct Sources<'a> {
    pub plan: &'a Plan,
    pub analyses: &'a Analyses<'a>,
    pub labels: Labels<'a>,
    pub sections: Sections<'a>,
    /// What the largest address block gave, by day.
    pub blocks: &'a [BlockShare],
    /// The figures of waves before, by survey.
    pub previous: &'a BTreeMap<String, Arc<Figures>>,
}

/// An indicator in the wave before.
#[derive(Clone, Copy)]
struct Before<'a> {
    survey: &'a str,
    estimate: &'a Disclosed,
    contributions: &'a [UnitTotal],
    trend: &'a [(String, Disclosed)],
}

impl<'a> Before<'a> {
    fn side(self) -> (&'a Disclosed, &'a [UnitTotal]) {
        (self.estimate, self.contributions)
    }
}

impl<'a> Sources<'a> {
    /// The figures of one indicator of the plan.
    pub fn indicator(&self, indicator: &'a Indicator) -> IndicatorFigures {
        let before = self.before(indicator);
        let contributions = self.analyses.contributions(Key::Indicator(&indicator.code));
        let whole = self.headline(indicator, before, &contributions);
        let unweighted = self.analyses.unweighted(Key::Indicator(&indicator.code));
        let change = before.and_then(|before| {
            let is_share = indicator.kind == IndicatorKind::Share;
            change(
                before.survey,
                before.side(),
                (&whole, &contributions),
                is_share,
            )
        });
        // The wave before has the trend of all waves before it.
        let trend = before
            .map_or(&[][..], |before| before.trend)
            .iter()
            .cloned();
        let trend = trend.chain([(self.plan.wave.clone(), whole.clone())]);
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
            unweighted: unweighted
                .filter(|_| !whole.is_suppressed())
                .map(|found| found.estimate),
            domains: self.domains(indicator),
            dont_know: self.dont_know(indicator),
            sensitivity: self.sensitivity(indicator, &whole),
            tipping: self.tipping(indicator, &whole),
            parts: self.parts(indicator),
            channels: match whole.is_suppressed() {
                true => Vec::new(),
                false => channel_effects::of(self.plan, self.analyses, indicator),
            },
            block: match whole.is_suppressed() {
                true => None,
                false => block_effects::of(self.blocks, &indicator.code),
            },
            sections: self.sections.of(indicator, &whole),
            change,
            trend: trend.collect(),
            contributions,
            whole,
        }
    }

    /// The indicator in the wave before, if it has figures.
    fn before(&self, indicator: &'a Indicator) -> Option<Before<'a>> {
        let survey = indicator.previous.as_deref()?;
        let figures = self.previous.get(survey)?;
        let mut indicators = figures.indicators.iter();
        let before = indicators.find(|before| before.code == indicator.code)?;
        Some(Before {
            survey,
            estimate: &before.whole,
            contributions: &before.contributions,
            trend: &before.trend,
        })
    }

    /// The estimate of the whole city with the verdict that the plan asks for.
    fn headline(
        &self,
        indicator: &Indicator,
        before: Option<Before<'_>>,
        contributions: &[UnitTotal],
    ) -> Disclosed {
        let Some(found) = self.analyses.whole(Key::Indicator(&indicator.code)) else {
            return Disclosed::nothing();
        };
        let mut whole = found.clone();
        if let (Some(Target::BelowPreviousWave), Some(before)) = (indicator.target, before) {
            whole.verdict = Some(below_previous(before.side(), (&whole, contributions)));
        }
        if indicator.reference {
            whole.verdict = None;
        }
        disclose(&whole)
    }

    fn domains(&self, indicator: &Indicator) -> Vec<DomainTable> {
        domains(self.plan, indicator)
            .map(|domain| self.domain(indicator, domain))
            .collect()
    }

    fn domain(&self, indicator: &Indicator, domain: &str) -> DomainTable {
        let key = Key::Indicator(&indicator.code);
        let levels = self.analyses.domain(key, domain_column(domain));
        let mut rows: Vec<DomainRow> = levels
            .map(|(level, found)| DomainRow {
                level: level.to_owned(),
                label: self.labels.label(domain, level),
                grid: self.labels.area(level).and_then(|area| area.grid),
                estimate: disclose(found),
            })
            .collect();
        rows.sort_by_key(|row| self.labels.position(domain, &row.level));
        DomainTable {
            dimension: domain.to_owned(),
            title: self.labels.title(domain),
            rows,
        }
    }

    fn tipping(&self, indicator: &Indicator, whole: &Disclosed) -> Option<(Tipping, Text)> {
        let tipping = self.analyses.tipping(Key::Indicator(&indicator.code));
        let has_choices = self.plan.modes.combine != Combine::Pool;
        let tipping = tipping.filter(|_| has_choices && !whole.is_suppressed())?;
        let margin = tipping.margin.as_ref();
        let group = margin.map(|own| self.labels.cross_label(&own.dimension, &own.category));
        Some((tipping.clone(), group.unwrap_or_default()))
    }

    /// "Don't know" and what it could change.
    fn dont_know(&self, indicator: &Indicator) -> Option<DontKnow> {
        let reading = |reading| {
            let key = Key::Reading(&indicator.code, reading);
            self.analyses.whole(key).map(disclose)
        };
        Some(DontKnow {
            share: reading(Reading::DontKnow)?,
            all_against: reading(Reading::AllAgainst)?,
            all_for: reading(Reading::AllFor)?,
        })
    }

    /// The headline under other choices: who counts, how they are weighted, how answers are read.
    fn sensitivity(&self, indicator: &Indicator, whole: &Disclosed) -> Vec<OtherChoice> {
        let key = Key::Indicator(&indicator.code);
        let scenarios = self.analyses.scenarios(key);
        if scenarios.is_empty() || indicator.reference || whole.is_suppressed() {
            return Vec::new();
        }
        let parts = self.analyses.parts(key);
        let reading = |reading| self.analyses.whole(Key::Reading(&indicator.code, reading));
        // The volunteers with the held stand beside the volunteers.
        let is_headline = |code: &str| code != VOLUNTEERS_WITH_HELD;
        let scenarios = scenarios.into_iter().filter(|(code, _)| is_headline(code));
        let mut choices = vec![
            ("sampled", parts.as_ref().map(|parts| parts.sampled)),
            ("calibrated", parts.as_ref().and_then(|parts| parts.blend)),
        ];
        choices.extend(scenarios);
        // Where all responses are one sample, nothing but a hold is a choice.
        if self.plan.modes.combine != Combine::Pool {
            let readings = [Reading::Lenient, Reading::AllAgainst, Reading::AllFor];
            choices.extend(readings.map(|own| (own.code(), reading(own))));
        }
        choices
            .into_iter()
            .filter(|(_, estimate)| estimate.is_some())
            .map(|(code, estimate)| OtherChoice {
                code: code.to_owned(),
                estimate: estimate.map_or_else(Disclosed::nothing, disclose),
            })
            .collect()
    }

    fn volunteer_with_held(&self, indicator: &Indicator) -> Option<Disclosed> {
        let scenarios = self.analyses.scenarios(Key::Indicator(&indicator.code));
        let mut scenarios = scenarios.into_iter();
        let (_, estimate) = scenarios.find(|(code, _)| *code == VOLUNTEERS_WITH_HELD)?;
        estimate.map(disclose)
    }

    fn parts(&self, indicator: &Indicator) -> Option<PartComparison> {
        let parts = self.analyses.parts(Key::Indicator(&indicator.code))?;
        let (sampled, volunteer) = (disclose(parts.sampled), disclose(parts.volunteer));
        let is_share = indicator.kind == IndicatorKind::Share;
        Some(PartComparison {
            difference: difference(&sampled, &volunteer, 0.0, is_share),
            sampled,
            volunteer,
            blend: parts.blend.map_or_else(Disclosed::nothing, disclose),
            volunteer_with_held: self.volunteer_with_held(indicator),
        })
    }
}
