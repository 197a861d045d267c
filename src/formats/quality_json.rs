//! The quality report of a release for programs, `quality.json`.

use serde_json::{Value, json};

use crate::formats::number::measured;
use crate::release::imprint::Imprint;
use crate::release::moment::rfc3339;
use crate::release::quality_report::{QualityLine, QualityReport, QualitySection, QualityValue};

/// Name of the file.
pub const FILE_NAME: &str = "quality.json";

/// The report in every language. A number that is not shown is null with a `status`; what is not known
/// is null with `known` false.
#[must_use]
pub fn quality_json(report: &QualityReport, imprint: &Imprint) -> Vec<u8> {
    let sections: Vec<Value> = report.sections.iter().map(section).collect();
    let all = json!({
        "survey": report.survey,
        "release": report.release,
        "published": rfc3339(imprint.published_at),
        "sections": sections,
    });
    let mut bytes = serde_json::to_vec_pretty(&all).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

fn section(section: &QualitySection) -> Value {
    json!({
        "code": section.code,
        "title": section.title.0,
        "lines": section.lines.iter().map(line).collect::<Vec<_>>(),
    })
}

fn line(line: &QualityLine) -> Value {
    let (value, status) = match &line.value {
        QualityValue::Measured(cell) => {
            (measured(*cell), cell.marker().map(|marker| marker.code()))
        }
        QualityValue::Text(words) => (json!(words.0), None),
        QualityValue::NotKnown => (Value::Null, None),
    };
    json!({
        "code": line.code,
        "label": line.label.0,
        "value": value,
        "unit": line.unit.0,
        "status": status,
        "known": line.value != QualityValue::NotKnown,
        "note": line.note.0,
    })
}
