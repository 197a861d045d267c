//! Published tables as JSON-stat 2.0, for PxWeb, R and Python. Source: <https://json-stat.org/full/>.

use serde_json::{Map, Value, json};

use crate::disclosure::Disclosed;
use crate::estimation::Estimate;
use crate::estimation::comparison::Change;
use crate::estimation::sensitivity::Tipping;
use crate::formats::number::published;
use crate::locale::{Language, text};
use crate::release::figures::{Figures, IndicatorFigures, WeightingSummary};
use crate::release::history::{EarlierPlan, Wording};
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
        let cells = start..start + MEASURES.len();
        match line.estimate {
            Disclosed::Shown(estimate) => {
                let slots = values.iter_mut().skip(start);
                slots
                    .zip(measures(estimate))
                    .for_each(|(slot, value)| *slot = value);
            }
            Disclosed::Suppressed { .. } => {
                status.extend(cells.map(|cell| (cell.to_string(), Value::from("c"))));
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
    [
        number(estimate.estimate),
        number(estimate.std_error),
        number(estimate.df),
        number(estimate.lower),
        number(estimate.upper),
        number(estimate.design_effect),
        number(estimate.n_effective),
        Value::from(estimate.n),
        number(estimate.level),
    ]
}

/// A number as published; null if there is none.
fn number(value: f64) -> Value {
    published(value).map_or(Value::Null, Value::from)
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
    let indicators = figures.indicators.iter();
    let indicators = indicators.map(|indicator| (indicator.code.clone(), about(indicator)));
    json!({
        "survey": figures.survey,
        "wave": figures.wave,
        "n_received": figures.n_received,
        "n": figures.n,
        "n_by_mode": Map::from_iter(
            figures.n_by_mode.iter().map(|(mode, n)| (mode.clone(), Value::from(*n))),
        ),
        "population_unverified": figures.population_unverified,
        "demonstration": figures.demonstration,
        "indicators": Map::from_iter(indicators),
        "weighting": figures.weighting.as_ref().map(about_weighting),
        "plan_hash": figures.plan_hash,
        "population_hash": figures.population_hash,
        "frame_hash": figures.frame_hash,
        "questionnaire_hash": figures.questionnaire_hash,
        "questionnaire_versions": wordings(&figures.wordings),
        "earlier_plans": figures.earlier_plans.iter().map(earlier_plan).collect::<Vec<_>>(),
        "software": figures.software,
    })
}

/// The questionnaire versions behind the figures; empty if there is only one.
fn wordings(wordings: &[Wording]) -> Vec<Value> {
    let about = |wording: &Wording| {
        json!({
            "version": wording.hash,
            "n": wording.n,
            "since": wording.since,
            "reasons": wording.reasons,
        })
    };
    let several = wordings.iter().filter(|_| wordings.len() > 1);
    several.map(about).collect()
}

/// A plan that was in use before, with the headline figures by it.
fn earlier_plan(plan: &EarlierPlan) -> Value {
    let files = plan.files.iter();
    let files = files.map(|(name, hash)| (name.clone(), Value::from(hash.as_str())));
    json!({
        "until": plan.until,
        "reason": plan.reason,
        "files": Map::from_iter(files),
        "headlines": plan.headlines,
    })
}

/// What an indicator has besides its estimates.
fn about(indicator: &IndicatorFigures) -> Value {
    let target = indicator.target.map(|target| match target {
        Target::AtLeast(line) => format!(">= {line}"),
        Target::BelowPreviousWave => "below previous wave".to_owned(),
    });
    let change = indicator.change.as_ref().map(|change| {
        let mut about = difference(&change.difference);
        about.insert("previous".to_owned(), Value::from(change.previous.as_str()));
        about.insert("relative".to_owned(), number(change.difference.relative));
        let error = number(change.difference.relative_std_error);
        about.insert("relative_std_error".to_owned(), error);
        about
    });
    let parts = indicator.parts.as_ref();
    let parts = parts.and_then(|parts| parts.difference.as_ref());
    json!({
        "title": indicator.title.0,
        "number": indicator.number,
        "target": target,
        "verdict": indicator.whole.verdict().map(verdict),
        "unweighted": indicator.unweighted.map(number),
        "change": change,
        "parts": parts.map(difference),
        "tipping": indicator.tipping.as_ref().map(|(own, _)| about_tipping(own)),
    })
}

/// How far an input must move until the verdict changes.
fn about_tipping(tipping: &Tipping) -> Value {
    json!({
        "margin": tipping.margin.as_ref().map(|margin| json!({
            "dimension": margin.dimension,
            "category": margin.category,
            "share": number(margin.share),
            "tipping_share": number(margin.tipping_share),
            "verdict": verdict(margin.verdict),
        })),
        "fabrication": tipping.fabrication.as_ref().map(|forms| json!({
            "volunteers": forms.volunteers,
            "published": forms.published,
            "pooled": forms.pooled,
        })),
    })
}

/// A difference with its test.
fn difference(change: &Change) -> Map<String, Value> {
    Map::from_iter([
        ("difference".to_owned(), number(change.difference)),
        ("std_error".to_owned(), number(change.std_error)),
        ("lower".to_owned(), number(change.lower)),
        ("upper".to_owned(), number(change.upper)),
        ("p_value".to_owned(), number(change.p_value)),
    ])
}

fn about_weighting(weighting: &WeightingSummary) -> Value {
    json!({
        "rake": weighting.rake,
        "sweeps": weighting.sweeps,
        "max_misfit": number(weighting.max_misfit),
        "kish_deff": number(weighting.kish_deff),
        "n_effective": number(weighting.n_effective),
        "sampled_share": weighting.sampled_share.map(number),
        "min_g": number(weighting.g_range.0),
        "max_g": number(weighting.g_range.1),
    })
}
