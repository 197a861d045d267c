//! What describes exported data: `datapackage.json` beside a CSV file, and DDI-Codebook.
//!
//! `MINYI_TEST_DDI` names `codebook.xsd` of DDI-Codebook 2.5, which is not in this repository (LGPL);
//! `MINYI_TEST_PYTHON` a Python with lxml, where there is no xmllint.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use crate::support::site::rows;
use crate::support::{Scratch, city, run};

#[test]
fn exported_data_are_described_for_programs_and_archives() {
    let scratch = Scratch::new("documents");
    city::make(&scratch.0, 1500);
    let export = |name: &str, more: &[&str]| {
        let (file, data) = (scratch.path(name), scratch.0.to_str().unwrap().to_owned());
        let mut arguments = vec!["export", "satisfaction-2026", "--data", &data];
        arguments.extend(["-o", file.to_str().unwrap()]);
        arguments.extend(more);
        let (code, out, errors) = run(&arguments);
        assert_eq!(code, 0, "{errors}");
        (file.clone(), out)
    };
    let (csv, _) = export("out.csv", &[]);
    let package = std::fs::read_to_string(scratch.path("datapackage.json")).unwrap();
    describes(&package, &csv, "utf-8");
    // The description of another file is not replaced; that of the same file is.
    let (other, _) = export("other.csv", &["--labels", "--encoding", "gb18030"]);
    let kept = std::fs::read_to_string(scratch.path("datapackage.json")).unwrap();
    assert_eq!(kept, package);
    let own = std::fs::read_to_string(scratch.path("other-datapackage.json")).unwrap();
    assert!(own.contains("\"gb18030\"") && other.exists());
    let (again, _) = export("out.csv", &["--labels"]);
    let package = std::fs::read_to_string(scratch.path("datapackage.json")).unwrap();
    describes(&package, &again, "utf-8");

    let (xml, out) = export("out.xml", &["--format", "ddi"]);
    let count = rows(csv.to_str().unwrap()).len();
    assert!(out.starts_with(&format!("{count} rows")), "{out}");
    let text = std::fs::read_to_string(&xml).unwrap();
    for needed in [
        format!("<caseQnty>{count}</caseQnty>"),
        "<fileName>out.csv</fileName>".to_owned(),
        "<qstnLit xml:lang=\"zh\">空气质量</qstnLit>".to_owned(),
        "<catgry missing=\"Y\">".to_owned(),
        "wgt=\"wgt\"".to_owned(),
        "表号：ZMD601表".to_owned(),
    ] {
        assert!(text.contains(&needed), "{needed}");
    }
    let names = rows(csv.to_str().unwrap())[0].len();
    assert_eq!(text.matches("<var ").count(), names);
    is_valid(&xml);
}

/// Whether the package describes the columns of the file, and allows what stands in them.
fn describes(package: &str, csv: &Path, encoding: &str) {
    let package: serde_json::Value = serde_json::from_str(package).unwrap();
    let resource = &package["resources"][0];
    assert_eq!(resource["path"], csv.file_name().unwrap().to_str().unwrap());
    assert_eq!(resource["encoding"], encoding);
    let fields = resource["schema"]["fields"].as_array().unwrap();
    let all = rows(csv.to_str().unwrap());
    let described: BTreeSet<&str> = fields
        .iter()
        .map(|own| own["name"].as_str().unwrap())
        .collect();
    let there: BTreeSet<&str> = all[0].keys().map(String::as_str).collect();
    assert_eq!(described, there);
    for field in fields {
        let name = field["name"].as_str().unwrap();
        let text = |value: &serde_json::Value| match value {
            serde_json::Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let list = |value: &serde_json::Value| -> BTreeSet<String> {
            value.as_array().into_iter().flatten().map(text).collect()
        };
        let allowed = list(&field["constraints"]["enum"]);
        let missing = list(&field["missingValues"]);
        for row in &all {
            let cell = &row[name];
            let is_number = matches!(field["type"].as_str(), Some("integer" | "number"));
            if cell.is_empty() || missing.contains(cell) {
                continue;
            }
            assert!(!is_number || cell.parse::<f64>().is_ok(), "{name} {cell}");
            assert!(
                allowed.is_empty() || allowed.contains(cell),
                "{name} {cell}"
            );
        }
    }
}

/// Whether the file is valid DDI-Codebook 2.5, where the schema is at hand.
fn is_valid(xml: &Path) {
    let Ok(schema) = std::env::var("MINYI_TEST_DDI") else {
        println!("SKIPPED: MINYI_TEST_DDI names no codebook.xsd of DDI-Codebook 2.5");
        return;
    };
    let lint = Command::new("xmllint")
        .args(["--noout", "--nonet", "--schema", &schema])
        .arg(xml)
        .output();
    let script = "import sys\nfrom lxml import etree\n\
        schema = etree.XMLSchema(etree.parse(sys.argv[1]))\n\
        schema.assertValid(etree.parse(sys.argv[2]))";
    let output = lint.unwrap_or_else(|_| {
        let python = std::env::var("MINYI_TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned());
        let mut command = Command::new(python);
        command.args(["-c", script, &schema]).arg(xml);
        command.output().unwrap()
    });
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
}
