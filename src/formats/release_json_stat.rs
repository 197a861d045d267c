//! The estimates of a release as JSON-stat 2.0, `figures.json`. Source: <https://json-stat.org/full/>.
//!
//! One dataset of the dimensions indicator, wave (time), area (geo), group and measure (metric). A cell
//! that no table has is null; a suppressed one is null with a status: `c` confidential, `u` unreliable.
//! The values are a list: jsonstat.py 0.1.14 does not read an object of the cells that exist.

use serde_json::{Map, Value, json};

use crate::formats::number::measured;
use crate::locale::{Language, text};
use crate::release::figures::{Figures, IndicatorFigures};
use crate::release::imprint::Imprint;
use crate::release::marker::Marker;
use crate::release::moment::rfc3339;
use crate::release::public_lines::{Measure, Measured, PublicLine, public_lines, target};
use crate::release::tables::verdict;

/// Name of the file.
pub const FILE_NAME: &str = "figures.json";

/// Domain variables whose levels are places.
const PLACES: [&str; 3] = ["county", "area", "zone"];

/// Code of the whole: all areas, or all people.
const ALL: &str = "all";

/// All estimates of the public `figures`, with labels in `language`.
#[must_use]
pub fn dataset(figures: &Figures, imprint: &Imprint, language: Language) -> Vec<u8> {
    let lines = public_lines(figures);
    let words = |name: &str| text(language, &format!("release_files.{name}"));
    let mut indicators = Categories::default();
    let mut waves = Categories::default();
    let mut areas = Categories::default();
    let mut groups = Categories::default();
    areas.add(ALL.to_owned(), words("all_areas"));
    groups.add(ALL.to_owned(), words("all_people"));
    // Time runs from the oldest wave.
    let mut all_waves: Vec<&str> = lines.iter().map(|line| line.wave).collect();
    all_waves.sort_unstable();
    for wave in all_waves {
        waves.add(wave.to_owned(), wave.to_owned());
    }
    for line in &lines {
        let title = line.indicator.title.get(language.code());
        indicators.add(line.indicator.code.clone(), title.to_owned());
        let (area, group) = place(line);
        let label = line.line.label.get(language.code());
        areas.add(area, label.to_owned());
        groups.add(group, group_label(line, language));
    }
    let mut measures = Categories::default();
    for measure in Measure::ALL {
        let name = format!("column_{}", measure.code());
        measures.add(measure.code().to_owned(), words(&name));
    }
    let sizes = [&indicators, &waves, &areas, &groups, &measures].map(|own| own.codes.len());
    let [_, n_waves, n_areas, n_groups, n_measures] = sizes;
    let mut cells: Vec<(usize, Measured)> = Vec::new();
    for line in &lines {
        let (area, group) = place(line);
        let place = indicators.place(&line.indicator.code) * n_waves + waves.place(line.wave);
        let place = place * n_areas + areas.place(&area);
        let start = (place * n_groups + groups.place(&group)) * n_measures;
        let own = Measure::ALL.map(|measure| line.measure(measure));
        cells.extend((start..).zip(own));
    }
    cells.sort_unstable_by_key(|(place, _)| *place);
    let mut values = vec![Value::Null; sizes.iter().product()];
    for (place, cell) in &cells {
        if let Some(slot) = values.get_mut(*place) {
            *slot = value(*cell);
        }
    }
    let status = cells.iter().filter_map(|(place, cell)| {
        let marker = cell.marker()?;
        Some((place.to_string(), Value::from(marker.code())))
    });
    let dataset = json!({
        "version": "2.0",
        "class": "dataset",
        "href": address(figures, imprint, language),
        "label": figures.title.get(language.code()),
        "source": figures.agency.get(language.code()),
        "updated": rfc3339(imprint.published_at),
        "id": ["indicator", "wave", "area", "group", "measure"],
        "size": sizes,
        "role": {"time": ["wave"], "geo": ["area"], "metric": ["measure"]},
        "dimension": {
            "indicator": {"label": words("dimension_indicator"), "category": indicators.json()},
            "wave": {"label": words("dimension_wave"), "category": waves.json()},
            "area": {"label": words("dimension_area"), "category": areas.json()},
            "group": {"label": words("dimension_group"), "category": groups.json()},
            "measure": {"label": words("dimension_measure"), "category": measures.json()},
        },
        "value": values,
        "status": Map::from_iter(status),
        "note": notes(language),
        "extension": extension(figures, imprint),
    });
    let mut bytes = serde_json::to_vec(&dataset).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

fn address(figures: &Figures, imprint: &Imprint, language: Language) -> String {
    let query = match language {
        Language::ZH => String::new(),
        other => format!("?lang={}", other.code()),
    };
    format!("{}/{FILE_NAME}{query}", imprint.address(&figures.survey))
}

/// What each status means.
fn notes(language: Language) -> Vec<String> {
    let all = Marker::ALL.iter();
    let all = all.map(|marker| {
        let key = format!("release_files.marker_{}", marker.code());
        format!("{}: {}", marker.code(), text(language, &key))
    });
    all.collect()
}

/// The categories of a dimension in the order of their first line, each with a label of its own:
/// readers such as pyjstat find categories by label.
#[derive(Default)]
struct Categories {
    codes: Vec<String>,
    labels: Vec<String>,
}

impl Categories {
    fn add(&mut self, code: String, label: String) {
        if self.codes.contains(&code) {
            return;
        }
        let mut own = label.clone();
        if own.is_empty() || self.labels.contains(&own) {
            own = format!("{label} ({code})");
        }
        // Another category could be called just so.
        while self.labels.contains(&own) {
            own.push('*');
        }
        self.codes.push(code);
        self.labels.push(own);
    }

    fn place(&self, code: &str) -> usize {
        let mut codes = self.codes.iter();
        codes.position(|known| known == code).unwrap_or_default()
    }

    fn json(&self) -> Value {
        let labels = self.codes.iter().cloned();
        let labels = labels.zip(self.labels.iter().map(|label| Value::from(label.as_str())));
        json!({"index": self.codes, "label": Map::from_iter(labels)})
    }
}

/// Codes of the area and of the group of a line.
fn place(line: &PublicLine<'_>) -> (String, String) {
    match line.line.dimension {
        "" | "wave" => (ALL.to_owned(), ALL.to_owned()),
        area if PLACES.contains(&area) => (line.line.level.to_owned(), ALL.to_owned()),
        dimension => (ALL.to_owned(), format!("{dimension}:{}", line.line.level)),
    }
}

fn group_label(line: &PublicLine<'_>, language: Language) -> String {
    let code = language.code();
    let values = [
        ("dimension", line.line.dimension_title.get(code)),
        ("group", line.line.label.get(code)),
    ];
    crate::locale::text_with(language, "results.group_of", &values)
}

/// A rounded number; null if there is none. What rounds to zero is zero, with a status.
fn value(cell: Measured) -> Value {
    match cell {
        Measured::Marked(Marker::Low) => Value::from(0),
        cell => measured(cell),
    }
}

fn extension(figures: &Figures, imprint: &Imprint) -> Value {
    let indicators = figures.indicators.iter();
    let indicators = indicators.map(|indicator| (indicator.code.clone(), about(indicator)));
    json!({
        "survey": figures.survey,
        "release": imprint.number,
        "reason": imprint.reason,
        "address": imprint.address(&figures.survey),
        "period": [figures.period.0, figures.period.1],
        "demonstration": figures.demonstration,
        "population_unverified": figures.population_unverified,
        "indicators": Map::from_iter(indicators),
        "plan_hash": figures.plan_hash,
        "population_hash": figures.population_hash,
        "frame_hash": figures.frame_hash,
        "questionnaire_hash": figures.questionnaire_hash,
        "software": figures.software,
    })
}

/// What an indicator has besides its estimates.
fn about(indicator: &IndicatorFigures) -> Value {
    json!({
        "title": indicator.title.0,
        "number": indicator.number,
        "unit": indicator.unit.0,
        "target": target(indicator).0,
        "verdict": indicator.whole.verdict().map(verdict),
    })
}
