//! A server with the surveys of this repository, and a form that satisfies one of them.

use std::collections::BTreeMap;

use super::{Answer, Scratch, Server, run};

/// A complete form of satisfaction-2026, as a phone sends it.
pub fn complete() -> Vec<(&'static str, &'static str)> {
    let mut fields = vec![
        ("adult", "yes"),
        ("residence", "over"),
        ("area", "411702"),
        ("urban", "urban"),
    ];
    let items = [
        "a1", "a2", "a3", "a4", "a5", "b1", "b2", "b3", "b4", "b5", "c1", "c2", "c3", "d1", "d2",
        "d3", "e1", "e2", "e3",
    ];
    fields.extend(items.map(|item| (item, "4")));
    fields.push(("z1", "5"));
    let activities = [
        "p1", "p2", "p3", "p4", "p5", "p6", "p7", "p8", "p9", "p10", "p11", "p12",
    ];
    fields.extend(activities.map(|activity| (activity, "1")));
    fields.extend([("sex", "f"), ("age", "a60"), ("education", "junior")]);
    fields.extend([("internet", "daily"), ("surveyed", "0"), ("civic", "0")]);
    fields
}

/// The answers of [`complete`] as a device sends them.
pub fn answers() -> serde_json::Value {
    let answers: serde_json::Map<String, serde_json::Value> = complete()
        .into_iter()
        .map(|(code, value)| match value.parse::<i64>() {
            Ok(number) if code != "area" => (code.to_owned(), serde_json::json!(number)),
            _ => (code.to_owned(), serde_json::json!(value)),
        })
        .collect();
    answers.into()
}

/// A server with its own folder.
pub struct Site {
    pub scratch: Scratch,
    pub server: Server,
}

impl Site {
    pub fn start(name: &str) -> Site {
        let scratch = Scratch::new(name);
        let server = Server::start(&[
            "serve",
            "--data",
            scratch.0.to_str().unwrap(),
            "--surveys",
            "surveys",
        ]);
        Site { scratch, server }
    }

    /// The stored responses of satisfaction-2026, by the export that a statistician makes.
    pub fn stored(&self) -> Vec<BTreeMap<String, String>> {
        stored(&self.scratch, "satisfaction-2026")
    }

    pub fn submit(&self, fields: &[(&str, &str)]) -> Answer {
        self.server.post_form("/s/satisfaction-2026", fields)
    }
}

/// Every stored response of `survey`, by column, as `minyi export` writes them.
pub fn stored(scratch: &Scratch, survey: &str) -> Vec<BTreeMap<String, String>> {
    let file = scratch.path("out.csv");
    let (data, file) = (scratch.0.to_str().unwrap(), file.to_str().unwrap());
    let (code, _, errors) = run(&[
        "export",
        survey,
        "--format",
        "csv",
        "-o",
        file,
        "--data",
        data,
        "--surveys",
        "surveys",
    ]);
    assert_eq!(code, 0, "{errors}");
    let mut all = rows(file);
    // A test fills in faster than any person: the plan may exclude its responses, and they are in
    // another file.
    let excluded = scratch.path("out-excluded.csv");
    if excluded.exists() {
        all.extend(rows(excluded.to_str().unwrap()));
    }
    all
}

/// The rows of a CSV file, by column.
pub fn rows(file: &str) -> Vec<BTreeMap<String, String>> {
    let text = std::fs::read_to_string(file).unwrap();
    let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let header = reader.headers().unwrap().clone();
    let row = |record: csv::StringRecord| {
        header
            .iter()
            .zip(record.iter())
            .map(|(name, cell)| (name.to_owned(), cell.to_owned()))
            .collect()
    };
    reader
        .records()
        .map(|record| row(record.unwrap()))
        .collect()
}
