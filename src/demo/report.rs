//! The truth of the fictional city beside what its responses say, unweighted and weighted.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::demo::truth::Truth;
use crate::demo::waves::WAVES;
use crate::release::figures::Figures;
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
    /// The estimate and the bounds of its interval; `None` where it is suppressed.
    weighted: Option<[f64; 3]>,
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
        let whole = indicator.whole.shown();
        Some(Line {
            survey: figures.survey.clone(),
            indicator: indicator.code.clone(),
            kind: indicator.kind,
            truth: *truths.get(indicator.code.as_str())?,
            unweighted: indicator.unweighted,
            weighted: whole.map(|whole| [whole.estimate, whole.lower, whole.upper]),
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
        let unweighted = self.unweighted.map_or_else(String::new, shown);
        write!(
            f,
            "{:20} {:16} true {}   unweighted {unweighted}   weighted ",
            self.survey,
            self.indicator,
            shown(self.truth),
        )?;
        match self.weighted.map(|numbers| numbers.map(shown)) {
            Some([value, lower, upper]) => {
                write!(f, "{value}  [{}, {}]", lower.trim(), upper.trim())
            }
            None => f.write_str("*"),
        }
    }
}
