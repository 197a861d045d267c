//! The files of a release as a Frictionless data package (version 2), `datapackage.json`: names, hashes,
//! sizes, and the columns of every CSV file.

use serde_json::{Map, Value, json};

use crate::formats::release_csv::{COLUMNS, FILE_NAME as FIGURES_CSV, ReleaseColumn};
use crate::locale::Language;
use crate::release::figures::Figures;
use crate::release::imprint::Imprint;
use crate::release::marker::Marker;
use crate::release::moment::rfc3339;
use crate::survey::hex_digest;

/// The licence of the figures: whoever uses them names the source.
pub const LICENSE: &str = "https://creativecommons.org/licenses/by/4.0/";

/// Name of the file.
pub const FILE_NAME: &str = "datapackage.json";

/// The description of `files` (name and bytes) of the release, in that order.
#[must_use]
pub fn describe(figures: &Figures, imprint: &Imprint, files: &[(&str, &[u8])]) -> String {
    let resources: Vec<Value> = files
        .iter()
        .map(|(name, bytes)| resource(name, bytes))
        .collect();
    let package = json!({
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": format!("{}-r{}", figures.survey, imprint.number),
        "id": imprint.address(&figures.survey),
        "title": figures.title.get("zh"),
        "description": figures.title.get("en"),
        "homepage": imprint.address(&figures.survey),
        "version": format!("{}.0.0", imprint.number),
        "created": rfc3339(imprint.published_at),
        "licenses": [{ "name": "CC-BY-4.0", "path": LICENSE }],
        "contributors": [{ "title": figures.agency.get("zh"), "roles": ["publisher"] }],
        "resources": resources,
    });
    let mut text = serde_json::to_string_pretty(&package).unwrap_or_default();
    text.push('\n');
    text
}

fn resource(name: &str, bytes: &[u8]) -> Value {
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
    let mut resource = json!({
        "name": format!("{stem}-{ending}").to_lowercase(),
        "path": name,
        "format": ending,
        "mediatype": media_type(ending),
        "bytes": bytes.len(),
        "hash": format!("sha256:{}", hex_digest(bytes)),
    });
    if let ("csv", Some(resource)) = (ending, resource.as_object_mut()) {
        resource.insert("type".to_owned(), json!("table"));
        resource.insert("encoding".to_owned(), json!("utf-8"));
        let dialect = json!({ "delimiter": ",", "lineTerminator": "\r\n", "header": true });
        resource.insert("dialect".to_owned(), dialect);
        let fields = match name {
            FIGURES_CSV => own_fields(),
            _ => found_fields(bytes),
        };
        let schema = json!({ "fields": fields, "missingValues": missing_values() });
        resource.insert("schema".to_owned(), schema);
    }
    resource
}

fn media_type(ending: &str) -> &'static str {
    match ending {
        "csv" => "text/csv",
        "json" => "application/json",
        "xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "pdf" => "application/pdf",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "txt" => "text/plain",
        _ => "application/octet-stream",
    }
}

/// Empty cells, and the shorthand.
fn missing_values() -> Vec<&'static str> {
    let markers = Marker::ALL.iter().map(|marker| marker.shorthand());
    std::iter::once("").chain(markers).collect()
}

/// The columns of `figures.csv`.
fn own_fields() -> Vec<Value> {
    let fields = COLUMNS.iter().map(|column| {
        let kind = match column {
            ReleaseColumn::Number(_) => "number",
            ReleaseColumn::Code("release") => "integer",
            ReleaseColumn::Code(_) | ReleaseColumn::Words(..) => "string",
        };
        let mut field = Map::new();
        field.insert("name".to_owned(), json!(column.heading()));
        field.insert("type".to_owned(), json!(kind));
        field.insert("title".to_owned(), json!(column.title(Language::ZH)));
        field.insert("description".to_owned(), json!(column.title(Language::EN)));
        // The shorthand is what this column holds.
        if *column == ReleaseColumn::Code("status") {
            field.insert("missingValues".to_owned(), json!([""]));
        }
        Value::Object(field)
    });
    fields.collect()
}

/// The columns of another CSV file: numbers where every cell is a number or shorthand.
fn found_fields(bytes: &[u8]) -> Vec<Value> {
    let bytes = bytes.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(bytes);
    let mut reader = csv::Reader::from_reader(bytes);
    let names = reader.headers().cloned().unwrap_or_default();
    let missing = missing_values();
    let mut is_number = vec![true; names.len()];
    for record in reader.records().flatten() {
        for (is_number, cell) in is_number.iter_mut().zip(&record) {
            let is_own = missing.contains(&cell) || cell.parse::<f64>().is_ok();
            *is_number = *is_number && is_own;
        }
    }
    let fields = names.iter().zip(is_number).map(|(name, is_number)| {
        let kind = if is_number { "number" } else { "string" };
        json!({ "name": name, "type": kind })
    });
    fields.collect()
}
