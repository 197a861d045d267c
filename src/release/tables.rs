//! The figures as tables to take away: CSV for spreadsheets, JSON-stat 2.0 for PxWeb, R and Python.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use crate::questionnaire::Text;
use crate::release::export::guarded;
use crate::release::figures::{Estimate, Figures, IndicatorFigures, Presentation, Verdict};
use crate::survey::plan::Target;

/// One line of the table: what was estimated for whom.
struct Line<'a> {
    indicator: &'a str,
    dimension: &'a str,
    level: &'a str,
    label: Cow<'a, Text>,
    estimate: &'a Estimate,
}

const COLUMNS: [&str; 17] = [
    "survey",
    "indicator",
    "dimension",
    "level",
    "label_zh",
    "label_en",
    "n",
    "estimate",
    "std_error",
    "df",
    "lower",
    "upper",
    "confidence",
    "design_effect",
    "n_effective",
    "verdict",
    "presentation",
];

/// All estimates as CSV: UTF-8 with BOM and CRLF, for Chinese Excel; suppressed numbers are left empty.
pub fn csv(figures: &Figures) -> Vec<u8> {
    let mut writer = ::csv::WriterBuilder::new()
        .terminator(::csv::Terminator::CRLF)
        .from_writer(vec![0xEF, 0xBB, 0xBF]);
    let mut written = writer.write_record(COLUMNS);
    for line in lines(figures) {
        let shown = line.estimate.presentation != Presentation::Suppress;
        let number = |value: Option<f64>| {
            value
                .filter(|value| shown && value.is_finite())
                .map_or_else(String::new, |value| value.to_string())
        };
        let estimate = line.estimate;
        let row = [
            figures.survey.clone(),
            line.indicator.to_owned(),
            line.dimension.to_owned(),
            line.level.to_owned(),
            guarded(line.label.get("zh")),
            guarded(line.label.get("en")),
            if shown {
                estimate.n.to_string()
            } else {
                String::new()
            },
            number(Some(estimate.estimate)),
            number(Some(estimate.std_error)),
            number(Some(estimate.df)),
            number(Some(estimate.lower)),
            number(Some(estimate.upper)),
            estimate.level.to_string(),
            number(estimate.design_effect),
            number(estimate.n_effective),
            estimate.verdict.map_or("", verdict).to_owned(),
            presentation(estimate.presentation).to_owned(),
        ];
        written = written.and_then(|()| writer.write_record(&row));
    }
    // Writing to memory does not fail.
    let _ = written;
    writer.into_inner().unwrap_or_default()
}

/// All estimates as one JSON-stat 2.0 dataset of dimensions indicator, domain and measure.
///
/// A cell that no table has is null; a suppressed one is null with status `c` (confidential or unreliable). Verdicts,
/// targets, weighting and hashes stand under `extension`. Source: JSON-stat 2.0, <https://json-stat.org/full/>.
pub fn json_stat(figures: &Figures) -> Vec<u8> {
    const MEASURES: [&str; 9] = [
        "estimate",
        "std_error",
        "df",
        "lower",
        "upper",
        "design_effect",
        "n_effective",
        "n",
        "level",
    ];
    let lines = lines(figures);
    let mut indicators: Vec<&str> = Vec::new();
    let mut domains: Vec<String> = Vec::new();
    let mut labels = Map::new();
    for line in &lines {
        if !indicators.contains(&line.indicator) {
            indicators.push(line.indicator);
        }
        let domain = domain(line);
        if !domains.contains(&domain) {
            labels.insert(domain.clone(), Value::from(line.label.get("zh")));
            domains.push(domain);
        }
    }
    let mut values = vec![Value::Null; indicators.len() * domains.len() * MEASURES.len()];
    let mut status = Map::new();
    for line in &lines {
        let indicator = indicators
            .iter()
            .position(|code| *code == line.indicator)
            .unwrap_or_default();
        let domain = domain(line);
        let domain = domains
            .iter()
            .position(|known| *known == domain)
            .unwrap_or_default();
        let start = (indicator * domains.len() + domain) * MEASURES.len();
        for (offset, value) in measures(line.estimate).into_iter().enumerate() {
            if line.estimate.presentation == Presentation::Suppress {
                status.insert((start + offset).to_string(), Value::from("c"));
            } else if let Some(slot) = values.get_mut(start + offset) {
                *slot = value;
            }
        }
    }
    let dataset = json!({
        "version": "2.0",
        "class": "dataset",
        "label": figures.title.get("zh"),
        "source": figures.agency.get("zh"),
        "id": ["indicator", "domain", "measure"],
        "size": [indicators.len(), domains.len(), MEASURES.len()],
        "role": {"metric": ["measure"]},
        "dimension": {
            "indicator": {"label": "指标", "category": {"index": indicators, "label": indicator_labels(figures, &indicators)}},
            "domain": {"label": "分组", "category": {"index": domains, "label": labels}},
            "measure": {"label": "度量", "category": {"index": MEASURES}},
        },
        "value": values,
        "status": status,
        "extension": extension(figures),
    });
    let mut bytes = serde_json::to_vec(&dataset).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

fn measures(estimate: &Estimate) -> [Value; 9] {
    let optional = |value: Option<f64>| {
        value
            .filter(|value| value.is_finite())
            .map_or(Value::Null, Value::from)
    };
    [
        optional(Some(estimate.estimate)),
        optional(Some(estimate.std_error)),
        optional(Some(estimate.df)),
        optional(Some(estimate.lower)),
        optional(Some(estimate.upper)),
        optional(estimate.design_effect),
        optional(estimate.n_effective),
        Value::from(estimate.n),
        Value::from(estimate.level),
    ]
}

fn domain(line: &Line<'_>) -> String {
    if line.dimension.is_empty() {
        "all".to_owned()
    } else {
        format!("{}:{}", line.dimension, line.level)
    }
}

fn indicator_labels(figures: &Figures, codes: &[&str]) -> Map<String, Value> {
    let title = |code: &str| {
        figures
            .indicators
            .iter()
            .find(|indicator| indicator.code == code)
            .map(|indicator| indicator.title.get("zh"))
    };
    codes
        .iter()
        .map(|code| ((*code).to_owned(), Value::from(title(code).unwrap_or(code))))
        .collect()
}

fn extension(figures: &Figures) -> Value {
    let indicators: Map<String, Value> = figures
        .indicators
        .iter()
        .map(|indicator| {
            let change = indicator.change.as_ref().map(|change| {
                json!({
                    "previous": change.previous, "difference": change.difference, "std_error": change.std_error,
                    "lower": change.interval.0, "upper": change.interval.1, "p_value": change.p_value,
                    "relative": change.relative.0, "relative_std_error": change.relative.1,
                })
            });
            let modes = indicator.modes.as_ref().map(|modes| {
                json!({
                    "difference": modes.difference, "std_error": modes.std_error,
                    "lower": modes.interval.0, "upper": modes.interval.1, "p_value": modes.p_value,
                })
            });
            let target = indicator.target.map(|target| match target {
                Target::AtLeast(line) => format!(">= {line}"),
                Target::BelowPreviousWave => "below previous wave".to_owned(),
            });
            let verdict = indicator.whole.verdict.map(verdict);
            let body = json!({
                "title": indicator.title.0, "number": indicator.number, "target": target, "verdict": verdict,
                "unweighted": indicator.unweighted, "change": change, "modes": modes,
            });
            (indicator.code.clone(), body)
        })
        .collect();
    let weighting = figures.weighting.as_ref().map(|weighting| {
        json!({
            "rake": weighting.rake, "sweeps": weighting.sweeps, "max_misfit": weighting.max_misfit,
            "kish_deff": weighting.kish_deff, "n_effective": weighting.n_effective,
            "onsite_share": weighting.onsite_share, "min_g": weighting.g_range.0, "max_g": weighting.g_range.1,
        })
    });
    json!({
        "survey": figures.survey, "wave": figures.wave, "n_received": figures.n_received, "n": figures.n,
        "n_by_mode": figures.n_by_mode.iter().cloned().collect::<std::collections::BTreeMap<_, _>>(),
        "population_unverified": figures.population_unverified, "demonstration": figures.demonstration,
        "indicators": indicators, "weighting": weighting,
        "plan_hash": figures.plan_hash, "population_hash": figures.population_hash,
        "frame_hash": figures.frame_hash,
        "questionnaire_hash": figures.questionnaire_hash, "software": figures.software,
    })
}

fn lines(figures: &Figures) -> Vec<Line<'_>> {
    figures
        .indicators
        .iter()
        .flat_map(indicator_lines)
        .collect()
}

fn indicator_lines(indicator: &IndicatorFigures) -> Vec<Line<'_>> {
    let line = |dimension, level, label, estimate| Line {
        indicator: &indicator.code,
        dimension,
        level,
        label: Cow::Borrowed(label),
        estimate,
    };
    let mut lines = vec![line("", "", &indicator.title, &indicator.whole)];
    // Each part weighted to the population on its own: never the combined figure without them beside it.
    for (level, estimate) in indicator
        .modes
        .iter()
        .flat_map(|modes| [("onsite", &modes.onsite), ("online", &modes.online)])
    {
        lines.push(Line {
            indicator: &indicator.code,
            dimension: "part",
            level,
            label: Cow::Owned(crate::locale::in_every_language(&format!(
                "results.mode_part_{level}"
            ))),
            estimate,
        });
    }
    for table in &indicator.domains {
        lines.extend(
            table
                .rows
                .iter()
                .map(|row| line(&table.dimension, &row.level, &row.label, &row.estimate)),
        );
    }
    for section in &indicator.sections {
        lines.push(line(
            "section",
            &section.code,
            &section.title,
            &section.estimate,
        ));
        lines.extend(
            section
                .items
                .iter()
                .map(|item| line("item", &item.code, &item.text, &item.estimate)),
        );
    }
    lines
}

/// The verdict's word in files.
pub fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Met => "met",
        Verdict::NotMet => "not_met",
        Verdict::Inconclusive => "inconclusive",
        Verdict::Suppressed => "suppressed",
    }
}

fn presentation(presentation: Presentation) -> &'static str {
    match presentation {
        Presentation::Publish => "publish",
        Presentation::Review => "review",
        Presentation::Suppress => "suppress",
    }
}
