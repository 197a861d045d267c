//! A release as a schema.org `Dataset` in JSON-LD, for search engines. Sources:
//! <https://schema.org/Dataset>, <https://developers.google.com/search/docs/appearance/structured-data/dataset>.

use serde_json::{Map, Value, json};

use crate::formats::{quality_json, release_csv, release_json_stat, release_package, release_xlsx};
use crate::locale::{Language, text, text_with};
use crate::release::figures::{Figures, IndicatorFigures};
use crate::release::imprint::Imprint;
use crate::release::moment::rfc3339;
use crate::survey::plan::IndicatorKind;

/// Files of a release with their media types, and whether English has one of its own.
const FILES: [(&str, &str, bool); 6] = [
    (release_csv::FILE_NAME, "text/csv", false),
    (release_json_stat::FILE_NAME, "application/json", true),
    (
        release_xlsx::FILE_NAME,
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        true,
    ),
    ("bulletin.pdf", "application/pdf", true),
    (quality_json::FILE_NAME, "application/json", false),
    (release_package::FILE_NAME, "application/json", false),
];

/// The description in `language`, as JSON that may stand inside a `script` element: it holds none of
/// the characters `<`, `>` and `&`.
#[must_use]
pub fn dataset(figures: &Figures, imprint: &Imprint, language: Language) -> String {
    let code = language.code();
    let words = |key: &str| text(language, &format!("release_files.{key}"));
    let address = imprint.address(&figures.survey);
    let query = query(language);
    let agency = json!({
        "@type": "GovernmentOrganization",
        "name": figures.agency.get(code),
        "url": imprint.public_url,
    });
    let distribution: Vec<Value> = FILES
        .iter()
        .map(|(name, media, is_translated)| {
            let query = if *is_translated { query.as_str() } else { "" };
            json!({
                "@type": "DataDownload",
                "name": name,
                "encodingFormat": media,
                "contentUrl": format!("{address}/{name}{query}"),
            })
        })
        .collect();
    let variables: Vec<Value> = figures
        .indicators
        .iter()
        .map(|indicator| variable(indicator, language))
        .collect();
    let published = rfc3339(imprint.published_at);
    let mut dataset = json!({
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "@id": address,
        "name": figures.title.get(code),
        "description": description(figures, language),
        "url": format!("{address}{query}"),
        "identifier": address,
        "version": imprint.number.to_string(),
        "license": release_package::LICENSE,
        "isAccessibleForFree": true,
        "inLanguage": language.tag(),
        "creator": agency,
        "publisher": agency,
        "datePublished": published,
        "dateModified": published,
        "temporalCoverage": format!("{}/{}", figures.period.0, figures.period.1),
        "spatialCoverage": places(figures, language),
        "keywords": keywords(figures, language),
        "variableMeasured": variables,
        "measurementTechnique": words("technique"),
        "distribution": distribution,
    });
    if let Some(dataset) = dataset.as_object_mut() {
        about_before(figures, imprint, dataset);
    }
    safe(&dataset.to_string())
}

fn query(language: Language) -> String {
    match language {
        Language::ZH => String::new(),
        other => format!("?lang={}", other.code()),
    }
}

/// The release before, and why this one takes its place.
fn about_before(figures: &Figures, imprint: &Imprint, dataset: &mut Map<String, Value>) {
    let Some(before) = imprint.number.checked_sub(1).filter(|number| *number > 0) else {
        return;
    };
    let earlier = Imprint {
        number: before,
        ..imprint.clone()
    };
    let address = earlier.address(&figures.survey);
    dataset.insert("isBasedOn".to_owned(), Value::from(address));
    if !imprint.reason.is_empty() {
        dataset.insert(
            "correction".to_owned(),
            Value::from(imprint.reason.as_str()),
        );
    }
}

/// What it is, who asked when, which indicators: 50 to 5,000 characters.
fn description(figures: &Figures, language: Language) -> String {
    let code = language.code();
    let titles: Vec<&str> = figures
        .indicators
        .iter()
        .map(|indicator| indicator.title.get(code))
        .collect();
    let values = [
        ("title", figures.title.get(code)),
        ("agency", figures.agency.get(code)),
        ("from", figures.period.0.as_str()),
        ("to", figures.period.1.as_str()),
        ("indicators", &titles.join(&text(language, "results.comma"))),
    ];
    let all = text_with(language, "release_files.description", &values);
    let mut words = match figures.demonstration {
        true => format!("{} {all}", text(language, "results.demonstration")),
        false => all,
    };
    if words.chars().count() > 5_000 {
        words = words.chars().take(5_000).collect();
    }
    words
}

fn keywords(figures: &Figures, language: Language) -> Vec<String> {
    let titles = figures.indicators.iter();
    let titles = titles.map(|indicator| indicator.title.get(language.code()).to_owned());
    let own = text(language, "release_files.keywords");
    titles.chain([own]).collect()
}

/// The counties with figures; the agency's area is not known otherwise.
fn places(figures: &Figures, language: Language) -> Vec<Value> {
    let code = language.code();
    let tables = figures.indicators.iter().flat_map(|own| &own.domains);
    let mut tables = tables.filter(|table| matches!(table.dimension.as_str(), "county" | "area"));
    let Some(table) = tables.next() else {
        return vec![json!({"@type": "Place", "name": figures.agency.get(code)})];
    };
    let rows = table.rows.iter();
    rows.map(|row| {
        json!({
            "@type": "Place",
            "name": row.label.get(code),
        })
    })
    .collect()
}

fn variable(indicator: &IndicatorFigures, language: Language) -> Value {
    let code = language.code();
    let unit = match indicator.kind {
        IndicatorKind::Mean => indicator.unit.get(code).to_owned(),
        IndicatorKind::Share | IndicatorKind::Ratio => text(language, "release_files.percent"),
    };
    json!({
        "@type": "PropertyValue",
        "propertyID": indicator.code,
        "name": indicator.title.get(code),
        "unitText": unit,
    })
}

/// JSON in which no HTML can begin or end.
fn safe(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for letter in json.chars() {
        match letter {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                out.push_str(&format!("\\u{:04x}", u32::from(letter)));
            }
            other => out.push(other),
        }
    }
    out
}
