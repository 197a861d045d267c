//! Agreement with R's `survey` on cases that R computed: `cargo test reference`.
//!
//! The cases of `tests/reference/` are in the repository; `MINYI_VECTORS=DIR` reads any other
//! directory of that format. Prints per case what failed and ends with
//! `reference: C cases, V values checked, S skipped, F failed`.

mod comparisons;
mod design;
mod estimates;
mod expected;
mod query;

use std::path::{Path, PathBuf};

use minyi::estimation::csv::{self, Role, Wanted};
use minyi::estimation::design::Design;
use minyi::estimation::replicate::Replicates;
use minyi::estimation::{Columns, Error};
use serde_json::Value;

use design::prepare;
use expected::{Expected, Tally, list, text};
use query::{Query, Tolerance};

#[test]
fn every_reference_case_agrees_with_r() {
    let given = std::env::var_os("MINYI_VECTORS").map(PathBuf::from);
    let root =
        given.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference"));
    let mut files: Vec<PathBuf> = std::fs::read_dir(root.join("cases"))
        .unwrap_or_else(|error| panic!("{}: {error}", root.display()))
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        })
        .collect();
    files.sort();
    let mut total = Tally::default();
    for file in &files {
        let case: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
        let mut tally = Tally::default();
        check_case(&root, &case, &mut tally);
        if !tally.failures.is_empty() {
            println!(
                "{}: {} of {} failed",
                text(&case["id"]),
                tally.failures.len(),
                tally.checked
            );
            tally
                .failures
                .iter()
                .take(40)
                .for_each(|failure| println!("    {failure}"));
        }
        tally
            .skipped
            .iter()
            .for_each(|skipped| println!("{}: skipped {skipped}", text(&case["id"])));
        total.checked += tally.checked;
        total.failures.extend(tally.failures);
        total.skipped.extend(tally.skipped);
    }
    println!(
        "reference: {} cases, {} values checked, {} skipped, {} failed",
        files.len(),
        total.checked,
        total.skipped.len(),
        total.failures.len()
    );
    assert!(!files.is_empty() && total.failures.is_empty() && total.skipped.is_empty());
}

fn check_case(root: &Path, case: &Value, tally: &mut Tally) {
    let id = text(&case["id"]);
    let columns = read(&root.join(text(&case["data"])), &list(&case["categorical"]));
    let prepared = prepare(root, case, &columns);
    if let Some(code) = case["product_should"].as_str() {
        let ours = refusal(case, &columns, &prepared).unwrap_or("no error");
        tally.claim(ours == code, || {
            format!("error: ours {ours}, expected {code}")
        });
        return;
    }
    let (design, replicates) = match prepared {
        Ok(prepared) => prepared,
        Err(error) => {
            tally.claim(false, || format!("ours fails: {error}"));
            return;
        }
    };
    check_weights(root, case, &design, tally);
    let raked_replicates = replicates.is_some() && !design.adjustments.is_empty();
    let loose = id.ends_with("_bnd") || id.ends_with("_callogit");
    for query in case["queries"].as_array().unwrap() {
        let ask = &query["query"];
        let place = format!("{} ({})", text(&ask["qid"]), text(&ask["stat"]));
        let tolerance = Tolerance {
            estimate: if raked_replicates || loose {
                1e-6
            } else {
                1e-8
            },
            error: if raked_replicates || loose {
                1e-6
            } else {
                1e-7
            },
        };
        let expected = Expected {
            tally,
            place,
            values: &query["expected"],
            newer: query
                .get("alt_survey_4_5")
                .filter(|newer| newer.is_object()),
            seen: vec!["degenerate".to_owned(), "warnings".to_owned()],
            floor: 0.0,
        };
        Query {
            columns: &columns,
            design: &design,
            replicates: replicates.as_ref(),
            ask,
            tolerance,
        }
        .check(expected);
    }
}

/// The code with which the design, the weights or the first impossible query is refused.
fn refusal(
    case: &Value,
    columns: &Columns,
    prepared: &Result<(Design, Option<Replicates>), Error>,
) -> Option<&'static str> {
    let (design, replicates) = match prepared {
        Ok(prepared) => prepared,
        Err(error) => return Some(error.code()),
    };
    let tolerance = || Tolerance {
        estimate: 0.0,
        error: 0.0,
    };
    case["queries"]
        .as_array()
        .into_iter()
        .flatten()
        .find_map(|query| {
            let ask = &query["query"];
            let query = Query {
                columns,
                design,
                replicates: replicates.as_ref(),
                ask,
                tolerance: tolerance(),
            };
            let name = [&ask["x"], &ask["num"]].into_iter().flat_map(list).next()?;
            let values = columns.get(&name).ok()?.to_numbers(&name).ok()?.decode();
            query
                .sample()
                .check(&values)
                .err()
                .map(|error| error.code())
        })
}

fn read(path: &Path, categorical: &[String]) -> Columns {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let header = csv::header(bytes.as_slice()).unwrap();
    // Anything that is not a number in a column not declared is a label too.
    let wanted: Vec<Wanted> = header
        .iter()
        .map(|name| {
            let role = if categorical.contains(name) {
                Role::Category
            } else {
                Role::Number
            };
            Wanted::new(name, role)
        })
        .collect();
    csv::read(bytes.as_slice(), &wanted, &|_| {})
        .or_else(|_| {
            let labels: Vec<Wanted> = wanted
                .iter()
                .map(|one| {
                    let one = std::slice::from_ref(one);
                    match csv::read(bytes.as_slice(), one, &|_| {}) {
                        Ok(_) => one[0].clone(),
                        Err(_) => Wanted::new(&one[0].name, Role::Category),
                    }
                })
                .collect();
            csv::read(bytes.as_slice(), &labels, &|_| {})
        })
        .unwrap()
}

fn check_weights(root: &Path, case: &Value, design: &Design, tally: &mut Tally) {
    let files: Vec<&str> = [&case["weights_file"], &case["weights_file_survey_4_5"]]
        .into_iter()
        .filter_map(Value::as_str)
        .collect();
    if files.is_empty() {
        return;
    }
    let id = text(&case["id"]);
    let relative = if id.ends_with("_bnd") || id.ends_with("_callogit") {
        1e-6
    } else {
        1e-8
    };
    let mut worst = f64::INFINITY;
    for file in files {
        let columns = read(&root.join(file), &[]);
        let expected = columns
            .get("weight")
            .unwrap()
            .to_numbers("weight")
            .unwrap()
            .decode();
        assert_eq!(expected.len(), design.rows);
        let gap = expected
            .iter()
            .zip(design.weights.iter())
            .map(|(e, w)| if e == w { 0.0 } else { (w / e - 1.0).abs() })
            .fold(0.0, f64::max);
        worst = worst.min(gap);
    }
    tally.checked += design.rows - 1;
    tally.claim(worst <= relative, || {
        format!("weights: worst relative gap {worst:e}")
    });
}
