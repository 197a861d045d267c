//! Published tables as JSON-stat 2.0, for PxWeb, R and Python. Source: <https://json-stat.org/full/>.

use serde_json::{Map, Value, json};

use crate::locale::{Language, text};
use crate::release::figures::{Estimate, Figures, Presentation};
use crate::release::tables::{Line, lines, verdict};
use crate::survey::plan::Target;

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

/// All estimates as one dataset of the dimensions indicator, domain and measure, with labels in
/// `language`.
///
/// A cell that no table has is null; a suppressed one is null with status `c`. Verdicts, targets,
/// weighting and hashes are under `extension`.
pub fn dataset(figures: &Figures, language: Language) -> Vec<u8> {
    let lines = lines(figures);
    let mut indicators = Category::default();
    let mut domains = Category::default();
    for line in &lines {
        let titles = figures.indicators.iter();
        let title = titles.filter(|indicator| indicator.code == line.indicator);
        let title = title
            .map(|indicator| indicator.title.get(language.code()))
            .next();
        indicators.add(
            line.indicator.to_owned(),
            title.unwrap_or(line.indicator).to_owned(),
        );
        domains.add(domain(line), domain_label(line, language));
    }
    let (n_indicators, n_domains) = (indicators.codes.len(), domains.codes.len());
    let mut values = vec![Value::Null; n_indicators * n_domains * MEASURES.len()];
    let mut status = Map::new();
    for line in &lines {
        let indicator = indicators.place(line.indicator);
        let start = (indicator * n_domains + domains.place(&domain(line))) * MEASURES.len();
        for (offset, value) in measures(line.estimate).into_iter().enumerate() {
            if line.estimate.presentation == Presentation::Suppress {
                status.insert((start + offset).to_string(), Value::from("c"));
            } else if let Some(slot) = values.get_mut(start + offset) {
                *slot = value;
            }
        }
    }
    let words = |name: &str| text(language, &format!("results.json_{name}"));
    let measure_labels = MEASURES.map(|code| (code.to_owned(), words(code).into()));
    let dataset = json!({
        "version": "2.0",
        "class": "dataset",
        "label": figures.title.get(language.code()),
        "source": figures.agency.get(language.code()),
        "updated": figures.updated,
        "id": ["indicator", "domain", "measure"],
        "size": [n_indicators, n_domains, MEASURES.len()],
        "role": {"metric": ["measure"]},
        "dimension": {
            "indicator": {"label": words("indicator"), "category": indicators.json()},
            "domain": {"label": words("domain"), "category": domains.json()},
            "measure": {
                "label": words("measure"),
                "category": {"index": MEASURES, "label": Map::from_iter(measure_labels)},
            },
        },
        "value": values,
        "status": status,
        "extension": extension(figures),
    });
    let mut bytes = serde_json::to_vec(&dataset).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

/// The categories of a dimension in the order of their first line, each with a label of its own:
/// readers such as pyjstat find categories by label.
#[derive(Default)]
struct Category {
    codes: Vec<String>,
    labels: Vec<String>,
}

impl Category {
    fn add(&mut self, code: String, label: String) {
        if self.codes.contains(&code) {
            return;
        }
        let label = match self.labels.contains(&label) {
            true => format!("{label} ({code})"),
            false => label,
        };
        self.codes.push(code);
        self.labels.push(label);
    }

    fn place(&self, code: &str) -> usize {
        self.codes
            .iter()
            .position(|known| known == code)
            .unwrap_or_default()
    }

    fn json(&self) -> Value {
        let labels = self.codes.iter().cloned();
        let labels = labels.zip(self.labels.iter().map(|label| Value::from(label.as_str())));
        json!({"index": self.codes, "label": Map::from_iter(labels)})
    }
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
    match line.dimension {
        "" => "all".to_owned(),
        dimension => format!("{dimension}:{}", line.level),
    }
}

fn domain_label(line: &Line<'_>, language: Language) -> String {
    let code = language.code();
    match line.dimension {
        "" => text(language, "results.json_all"),
        _ => format!(
            "{}: {}",
            line.dimension_title.get(code),
            line.label.get(code)
        ),
    }
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
