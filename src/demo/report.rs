//! The truth of the fictional city beside what its responses say: counted raw, pooled as one sample,
//! and published.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::demo::truth::Truth;
use crate::demo::waves::WAVES;
use crate::locale::{Language, text, text_with};
use crate::release::figures::Figures;
use crate::release::stored::{self, NoFigures};
use crate::release::tables::verdict;
use crate::store::Store;
use crate::survey::Catalogue;
use crate::survey::plan::IndicatorKind;

/// One indicator of one wave: a line of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    survey: String,
    indicator: String,
    kind: IndicatorKind,
    truth: f64,
    unweighted: Option<f64>,
    /// What the figure would be if volunteers counted as if they had been drawn.
    pooled: Option<f64>,
    /// The estimate and the bounds of its interval; `None` where it is suppressed.
    published: Option<[f64; 3]>,
    verdict: &'static str,
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
        let extent = stored::Extent::now(store, survey, u64::MAX).map_err(NoFigures::Store);
        let figures =
            extent.and_then(|extent| stored::figures(catalogue, survey, store, extent, &previous));
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
            pooled: indicator
                .sensitivity
                .iter()
                .find(|choice| choice.code == "pooled")
                .and_then(|choice| Some(choice.estimate.shown()?.estimate)),
            published: whole.map(|whole| [whole.estimate, whole.lower, whole.upper]),
            verdict: indicator.whole.verdict().map_or("", verdict),
        })
    });
    lines.collect()
}

impl Line {
    /// The line of the table in `language`.
    pub fn text(&self, language: Language) -> String {
        let shown = |value: f64| match self.kind {
            IndicatorKind::Mean => format!("{value:8.2}"),
            IndicatorKind::Share | IndicatorKind::Ratio => format!("{:7.2}%", value * 100.0),
        };
        let optional = |value: Option<f64>| value.map_or_else(|| format!("{:>8}", "-"), shown);
        let published = match self.published.map(|numbers| numbers.map(shown)) {
            Some([value, lower, upper]) => {
                let verdict = match self.verdict {
                    "" => String::new(),
                    word => text(language, &format!("results.verdict_{word}")),
                };
                let (lower, upper) = (lower.trim(), upper.trim());
                format!("{value}  [{lower}, {upper}]  {verdict}")
            }
            None => "*".to_owned(),
        };
        text_with(
            language,
            "terminal.report_line",
            &[
                ("survey", &format!("{:20}", self.survey)),
                ("indicator", &format!("{:16}", self.indicator)),
                ("truth", &shown(self.truth)),
                ("raw", &optional(self.unweighted)),
                ("pooled", &optional(self.pooled)),
                ("published", &published),
            ],
        )
    }
}
