//! A Frictionless data package (version 2) that describes a CSV file of microdata.

use serde_json::{Map, Value, json};

use crate::formats::column::{Column, ColumnKind, ColumnValue, Source};
use crate::formats::microdata::Cells;
use crate::survey::Survey;

/// Name of the file.
pub const FILE_NAME: &str = "datapackage.json";

/// The description of the CSV file `file` with these columns and this encoding, as JSON.
#[must_use]
pub fn describe(
    survey: &Survey,
    columns: &[Column],
    file: &str,
    (cells, encoding): (Cells, &str),
) -> String {
    let form = &survey.questionnaire;
    let fields: Vec<Value> = columns.iter().map(|own| field(own, cells)).collect();
    let has_id = columns.iter().any(|column| column.name == "response_id");
    let mut schema = json!({ "fields": fields, "missingValues": [""] });
    if let (true, Some(schema)) = (has_id, schema.as_object_mut()) {
        schema.insert("primaryKey".to_owned(), json!(["response_id"]));
    }
    let package = json!({
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": survey.id,
        "title": form.title.get("zh"),
        "description": form.title.get("en"),
        "contributors": [{ "title": form.agency.get("zh"), "roles": ["publisher"] }],
        "resources": [{
            "name": "responses",
            "type": "table",
            "path": file,
            "format": "csv",
            "mediatype": "text/csv",
            "encoding": encoding,
            "dialect": { "delimiter": ",", "lineTerminator": "\r\n", "header": true },
            "schema": schema,
        }],
    });
    let mut text = serde_json::to_string_pretty(&package).unwrap_or_default();
    text.push('\n');
    text
}

/// Whether the description `json` is of the file `file`, so that a new one may replace it.
#[must_use]
pub fn is_of(json: &str, file: &str) -> bool {
    let found: Option<Value> = serde_json::from_str(json).ok();
    let path = found
        .as_ref()
        .and_then(|own| own.pointer("/resources/0/path"));
    path.and_then(Value::as_str) == Some(file)
}

fn field(column: &Column, cells: Cells) -> Value {
    let mut field = Map::new();
    let mut put = |key: &str, value: Value| field.insert(key.to_owned(), value);
    put("name", json!(column.name));
    let has_labels = cells == Cells::Labels
        && column.source == Source::Answer
        && column.choice.is_none()
        && column.kind == ColumnKind::Coded;
    let is_integer = column.has_numeric_codes() && !has_labels;
    let kind = match column.kind {
        ColumnKind::Whole => "integer",
        ColumnKind::Coded if is_integer => "integer",
        ColumnKind::Number(_) => "number",
        ColumnKind::Time => "datetime",
        ColumnKind::Text | ColumnKind::Coded => "string",
    };
    put("type", json!(kind));
    put("title", json!(column.label.get("zh")));
    put("description", json!(column.label.get("en")));
    if !column.unit.is_empty() {
        put("unit", json!(column.unit.get("zh")));
    }
    if column.is_weight() {
        put("role", json!("weight"));
    }
    if column.values.is_empty() || has_labels {
        return Value::Object(field);
    }
    let code = |value: &ColumnValue| match value.code.parse::<i64>() {
        Ok(number) if is_integer => json!(number),
        _ => json!(value.code),
    };
    let of = |missing: bool| {
        let values = column.values.iter();
        values.filter(move |value| value.missing == missing)
    };
    let codes: Vec<Value> = of(false).map(code).collect();
    put("constraints", json!({ "enum": codes }));
    let categories: Vec<Value> = of(false)
        .map(|value| json!({ "value": code(value), "label": value.label.get("zh") }))
        .collect();
    put("categories", json!(categories));
    if of(true).next().is_some() {
        let missing = of(true).map(|value| value.code.as_str());
        let missing: Vec<&str> = std::iter::once("").chain(missing).collect();
        put("missingValues", json!(missing));
    }
    let labels = column.values.iter().map(|value| {
        let label = json!({ "zh": value.label.get("zh"), "en": value.label.get("en") });
        (value.code.clone(), label)
    });
    put("labels", Value::Object(labels.collect()));
    Value::Object(field)
}
