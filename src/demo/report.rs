//! The truth of the fictional city beside what its responses say, unweighted and weighted.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::demo::truth::Truth;
use crate::demo::waves::WAVES;
use crate::release::figures::{Figures, Presentation};
use crate::release::stored::{self, NoFigures};
use crate::store::Store;
use crate::survey::Catalogue;
use crate::survey::plan::IndicatorKind;

/// One indicator of one wave; its text is a line of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    survey: String,
    indicator: String,
    kind: IndicatorKind,
    truth: f64,
    unweighted: Option<f64>,
    /// `None` where the figure is suppressed.
    weighted: Option<f64>,
    lower: f64,
    upper: f64,
}

/// The lines of every wave, or why a wave has no figures, with the survey's id.
pub fn report(
    catalogue: &Catalogue,
    store: &Store,
) -> Vec<(&'static str, Result<Vec<Line>, NoFigures>)> {
    let mut previous = BTreeMap::new();
    let mut report = Vec::new();
    for wave in WAVES {
        let Some(survey) = catalogue.surveys.get(wave.id) else {
            continue;
        };
        let figures = stored::figures(catalogue, survey, store, u64::MAX, &previous);
        let lines = figures.map(|figures| {
            let truth = Truth::of(survey, wave.levels);
            let lines = lines(&figures, &truth);
            previous.insert(wave.id.to_owned(), Arc::new(figures));
            lines
        });
        report.push((wave.id, lines));
    }
    report
}

fn lines(figures: &Figures, truth: &Truth<'_>) -> Vec<Line> {
    let indicators = truth.plan().into_iter().flat_map(|plan| &plan.indicators);
    let truths: BTreeMap<&str, f64> = indicators
        .filter_map(|indicator| Some((indicator.code.as_str(), truth.indicator(indicator)?)))
        .collect();
    let lines = figures.indicators.iter().filter_map(|indicator| {
        let whole = &indicator.whole;
        let is_shown = whole.presentation != Presentation::Suppress;
        Some(Line {
            survey: figures.survey.clone(),
            indicator: indicator.code.clone(),
            kind: indicator.kind,
            truth: *truths.get(indicator.code.as_str())?,
            unweighted: indicator.unweighted,
            weighted: is_shown.then_some(whole.estimate),
            lower: whole.lower,
            upper: whole.upper,
        })
    });
    lines.collect()
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |value: f64| match self.kind {
            IndicatorKind::Mean => format!("{value:8.2}"),
            IndicatorKind::Share | IndicatorKind::Ratio => format!("{:7.2}%", value * 100.0),
        };
        write!(
            f,
            "{:20} {:16} true {}   unweighted {}   weighted {}  [{}, {}]",
            self.survey,
            self.indicator,
            shown(self.truth),
            self.unweighted.map_or_else(String::new, shown),
            self.weighted.map_or_else(|| "*".to_owned(), shown),
            shown(self.lower).trim(),
            shown(self.upper).trim(),
        )
    }
}
