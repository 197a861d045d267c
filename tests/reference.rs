//! Agreement with R's `survey` on cases that R computed: `cargo test reference`.
//!
//! The cases of `tests/reference/` are in the repository; `MINYI_VECTORS=DIR` reads any other directory of that format.
//! Prints per case what failed and ends with `reference: C cases, V values checked, S skipped, F failed`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use minyi::estimation::columns::MISSING;
use minyi::estimation::crossing::Crossing;
use minyi::estimation::crosstab;
use minyi::estimation::csv::{self, Role, Wanted};
use minyi::estimation::design::Design;
use minyi::estimation::distribution::t_upper;
use minyi::estimation::interval::{self, Proportion};
use minyi::estimation::judgement::{self, Presentation, Side, Target, Verdict};
use minyi::estimation::quantile::{self, Interval};
use minyi::estimation::replicate::{Freedom, Replicates};
use minyi::estimation::spec::{
    Compat, DesignSpec, Distance, LonelyPsu, Names, QuantileRule, TrimSpec, WeightingMethod,
    WeightingSpec,
};
use minyi::estimation::statistic::{Estimated, Sample, indicators};
use minyi::estimation::weighting::{self, Residual, trim};
use minyi::estimation::{Columns, Error, Margin, Margins};
use serde_json::Value;

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

/// What was checked of a case.
#[derive(Default)]
struct Tally {
    checked: usize,
    failures: Vec<String>,
    skipped: Vec<String>,
}

impl Tally {
    fn claim(&mut self, holds: bool, failure: impl FnOnce() -> String) {
        self.checked += 1;
        if !holds {
            self.failures.push(failure());
        }
    }
}

/// The expected values of one query; every key must be asked for.
struct Expected<'a> {
    tally: &'a mut Tally,
    place: String,
    values: &'a Value,
    newer: Option<&'a Value>,
    seen: Vec<String>,
    floor: f64,
}

impl Expected<'_> {
    /// Compares ours with the value at `path`, to a relative tolerance and an absolute floor.
    fn number(&mut self, path: &str, ours: f64, relative: f64) {
        self.seen.push(path.to_owned());
        let floor = self.floor;
        let (older, newer) = (
            at(self.values, path),
            self.newer.and_then(|newer| at(newer, path)),
        );
        let Some(older) = older else { return };
        let agrees = |expected: &Value| match as_number(expected) {
            None => true,
            Some(expected) if expected.is_nan() => ours.is_nan(),
            Some(expected) => {
                ours == expected || (ours - expected).abs() <= relative * expected.abs() + floor
            }
        };
        if older.is_null() && newer.is_none() {
            return;
        }
        let fine = agrees(older) || newer.is_some_and(agrees);
        let place = &self.place;
        self.tally.claim(fine, || {
            format!("{place} {path}: ours {ours:e}, expected {older}")
        });
    }

    fn numbers(&mut self, path: &str, ours: &[f64], relative: f64) {
        match at(self.values, path) {
            Some(Value::Array(expected)) => {
                let length = expected.len();
                let place = self.place.clone();
                self.tally.claim(length == ours.len(), || {
                    format!("{place} {path}: {} values, expected {length}", ours.len())
                });
                self.seen.push(path.to_owned());
                for (index, &value) in ours.iter().enumerate() {
                    self.number(&format!("{path}.{index}"), value, relative);
                }
            }
            _ => self.number(path, ours.first().copied().unwrap_or(f64::NAN), relative),
        }
    }

    fn words(&mut self, path: &str, ours: &[String]) {
        self.seen.push(path.to_owned());
        let Some(expected) = at(self.values, path) else {
            return;
        };
        let words: Vec<String> = match expected {
            Value::Array(words) => words.iter().map(word).collect(),
            other => vec![word(other)],
        };
        let place = &self.place;
        self.tally.claim(words == ours, || {
            format!("{place} {path}: ours {ours:?}, expected {words:?}")
        });
    }

    /// Keys that the format says not to match here.
    fn leave(&mut self, paths: &[&str]) {
        self.seen
            .extend(paths.iter().map(|path| (*path).to_owned()));
    }

    fn finish(self) {
        let mut leaves = Vec::new();
        collect(self.values, String::new(), &mut leaves);
        for leaf in leaves {
            let known = self
                .seen
                .iter()
                .any(|seen| leaf == *seen || leaf.starts_with(&format!("{seen}.")));
            if !known {
                self.tally.skipped.push(format!("{} {leaf}", self.place));
            }
        }
    }
}

fn collect(value: &Value, path: String, leaves: &mut Vec<String>) {
    let below = |key: &str| {
        if path.is_empty() {
            key.to_owned()
        } else {
            format!("{path}.{key}")
        }
    };
    match value {
        Value::Object(map) => map
            .iter()
            .for_each(|(key, value)| collect(value, below(key), leaves)),
        Value::Array(list) if !list.is_empty() => {
            list.iter()
                .enumerate()
                .for_each(|(index, value)| collect(value, below(&index.to_string()), leaves));
        }
        Value::Array(_) => {}
        _ => leaves.push(path),
    }
}

fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    let key = |value: &'a Value, key: &str| match value {
        Value::Array(list) => key.parse::<usize>().ok().and_then(|index| list.get(index)),
        // A vector of one may be stored as the number itself.
        Value::Object(map) => map.get(key),
        other => (key == "0").then_some(other),
    };
    path.split('.').try_fold(value, key)
}

fn as_number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(word) => match word.as_str() {
            "NaN" => Some(f64::NAN),
            "Inf" => Some(f64::INFINITY),
            "-Inf" => Some(f64::NEG_INFINITY),
            _ => None,
        },
        Value::Bool(flag) => Some(f64::from(u8::from(*flag))),
        _ => None,
    }
}

fn word(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn list(value: &Value) -> Vec<String> {
    match value {
        Value::Array(values) => values.iter().map(word).collect(),
        Value::Null => Vec::new(),
        one => vec![word(one)],
    }
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

fn prepare(
    root: &Path,
    case: &Value,
    columns: &Columns,
) -> Result<(Design, Option<Replicates>), Error> {
    let asked = &case["design"];
    let names = |key: &str| {
        let names = list(&asked[key]);
        (!names.is_empty()).then_some(Names::Many(names))
    };
    let spec = DesignSpec {
        weight: asked["weights"].as_str().map(str::to_owned),
        strata: names("strata"),
        psu: names("ids"),
        fpc: names("fpc"),
        nest: asked["nest"].as_bool().unwrap_or(false),
        lonely_psu: match asked["lonely_psu"].as_str().unwrap_or("fail") {
            "certainty" => LonelyPsu::Certainty,
            "remove" => LonelyPsu::Remove,
            "adjust" => LonelyPsu::Adjust,
            "average" => LonelyPsu::Average,
            _ => LonelyPsu::Fail,
        },
        adjust_domain_lonely: asked["adjust_domain_lonely"].as_bool().unwrap_or(false),
    };
    let mut design = Design::new(columns, &spec)?;
    for adjustment in case["adjust"].as_array().into_iter().flatten() {
        adjust(columns, &mut design, adjustment)?;
    }
    if asked["kind"] != "replicate" {
        return Ok((design, None));
    }
    let file = read(&root.join(text(&asked["rep_file"])), &[]);
    let multipliers: Vec<Vec<f64>> = file
        .names()
        .iter()
        .map(|name| file.get(name).unwrap().to_numbers(name).unwrap().decode())
        .collect();
    let factors = match &asked["rscales"] {
        Value::Array(factors) => factors
            .iter()
            .map(|factor| factor.as_f64().unwrap())
            .collect(),
        one => vec![one.as_f64().unwrap(); multipliers.len()],
    };
    let scale = asked["scale"].as_f64().unwrap();
    let mse = asked["mse"].as_bool().unwrap_or(false);
    let replicates =
        Replicates::from_multipliers(&design, &multipliers, scale, factors, mse, Freedom::Rank)?;
    Ok((design, Some(replicates)))
}

fn margin(spec: &Value) -> Margin {
    let variables = list(&spec["vars"]);
    let cells = spec["cells"]
        .as_array()
        .unwrap()
        .iter()
        .map(|cell| {
            (
                variables.iter().map(|name| word(&cell[name])).collect(),
                cell["freq"].as_f64().unwrap(),
            )
        })
        .collect();
    Margin { variables, cells }
}

fn adjust(columns: &Columns, design: &mut Design, spec: &Value) -> Result<(), Error> {
    let mut margins = Margins::new();
    let mut how = WeightingSpec {
        method: WeightingMethod::Rake,
        margins: None,
        dimensions: None,
        bounds: None,
        distance: Distance::Linear,
        max_sweeps: 2000,
        tolerance: 1e-8,
        rescale_margins: false,
        partial: spec["partial"].as_bool().unwrap_or(false),
        compat: None,
        trim: None,
        nonresponse: None,
    };
    if let Some(sweeps) = spec["maxit"].as_u64() {
        how.max_sweeps = u32::try_from(sweeps).unwrap();
    }
    match text(&spec["op"]) {
        "poststratify" => {
            how.method = WeightingMethod::Poststratify;
            margins.push(margin(&spec["population"]));
        }
        "rake" => {
            how.compat = Some(Compat::RRake);
            spec["margins"]
                .as_array()
                .unwrap()
                .iter()
                .for_each(|one| margins.push(margin(one)));
        }
        "calibrate" => {
            how.method = WeightingMethod::Calibrate;
            how.distance = match text(&spec["calfun"]) {
                "raking" => Distance::Exponential,
                "logit" => Distance::Logit,
                _ => Distance::Linear,
            };
            how.bounds = spec["bounds"].as_array().map(|bounds| {
                (
                    as_number(&bounds[0]).unwrap(),
                    as_number(&bounds[1]).unwrap(),
                )
            });
            margins = from_formula(columns, text(&spec["formula"]), &spec["population"]);
        }
        "trim" => {
            let limits = TrimSpec {
                upper: as_number(&spec["upper"]),
                lower: as_number(&spec["lower"]),
                strict: spec["strict"].as_bool().unwrap_or(false),
            };
            design.weights = Arc::new(trim::trim(&design.weights, &limits)?.0);
            return Ok(());
        }
        "freeze" => {
            design
                .adjustments
                .iter_mut()
                .for_each(|adjustment| adjustment.residual = Residual::Fixed);
            return Ok(());
        }
        other => panic!("unknown adjustment {other}"),
    }
    let adjustment = weighting::adjust(columns, &design.weights, &margins, &how)?;
    design.push(adjustment);
    Ok(())
}

/// Treatment contrasts to margins: the first level has what the others leave of the intercept.
fn from_formula(columns: &Columns, formula: &str, population: &Value) -> Margins {
    let mut margins = Margins::new();
    let total = population["(Intercept)"].as_f64().unwrap();
    for term in formula.trim_start_matches('~').split('+').map(str::trim) {
        let column = columns.get(term).unwrap();
        if let Some(sum) = population.get(term) {
            margins.push(Margin {
                variables: vec![term.to_owned()],
                cells: vec![(vec![String::new()], sum.as_f64().unwrap())],
            });
            continue;
        }
        let levels = column.to_category().levels.to_vec();
        let mut cells: Vec<(Vec<String>, f64)> = levels[1..]
            .iter()
            .map(|level| {
                (
                    vec![level.clone()],
                    population[format!("{term}{level}")].as_f64().unwrap(),
                )
            })
            .collect();
        let rest: f64 = cells.iter().map(|(_, sum)| sum).sum();
        cells.insert(0, (vec![levels[0].clone()], total - rest));
        margins.push(Margin {
            variables: vec![term.to_owned()],
            cells,
        });
    }
    if margins.dimensions().iter().all(Margin::is_numeric) {
        margins.push(Margin {
            variables: vec!["(Intercept)".to_owned()],
            cells: vec![(vec![String::new()], total)],
        });
    }
    margins
}

struct Tolerance {
    estimate: f64,
    error: f64,
}

struct Query<'a> {
    columns: &'a Columns,
    design: &'a Design,
    replicates: Option<&'a Replicates>,
    ask: &'a Value,
    tolerance: Tolerance,
}

impl Query<'_> {
    fn check(&self, mut expected: Expected<'_>) {
        if expected.values.get("error").is_some() {
            return;
        }
        match text(&self.ask["stat"]) {
            "weights" => self.weights(&mut expected),
            "mean" => self.mean(&mut expected, false),
            "total" => self.mean(&mut expected, true),
            "ratio" => self.ratio(&mut expected),
            "prop" => self.proportion(&mut expected),
            "by" | "by_ratio" => self.by(&mut expected),
            "var" => self.variance(&mut expected),
            "quantile" => self.quantile(&mut expected),
            "contrast" => self.contrast(&mut expected),
            "contrast_vars" => self.contrast_variables(&mut expected),
            "chisq" => self.chisq(&mut expected),
            other => expected
                .tally
                .skipped
                .push(format!("unknown statistic {other}")),
        }
        expected.finish();
    }

    fn sample(&self) -> Sample<'_> {
        Sample {
            design: self.design,
            replicates: self.replicates,
            member: self.domain(&self.ask["domain"]),
        }
    }

    fn domain(&self, domain: &Value) -> Vec<bool> {
        let mut member = vec![true; self.design.rows];
        for condition in domain.as_array().into_iter().flatten() {
            let wanted = list(&condition["value"]);
            let category = self
                .columns
                .get(text(&condition["var"]))
                .unwrap()
                .to_category();
            let keep: Vec<bool> = category
                .levels
                .iter()
                .map(|level| {
                    wanted.iter().any(|wanted| {
                        wanted == level
                            || (wanted.parse::<f64>().is_ok()
                                && wanted.parse::<f64>() == level.parse::<f64>())
                    })
                })
                .collect();
            for (member, code) in member.iter_mut().zip(category.decode()) {
                *member &= code != MISSING && keep[code as usize];
            }
        }
        member
    }

    fn variable(&self, name: &str) -> Vec<f64> {
        self.columns
            .get(name)
            .unwrap()
            .to_numbers(name)
            .unwrap()
            .decode()
    }

    /// The variables of `x`, a categorical one as indicators of its levels.
    fn variables(&self) -> (Vec<String>, Vec<Vec<f64>>) {
        let (mut names, mut values) = (Vec::new(), Vec::new());
        for name in list(&self.ask["x"]) {
            let column = self.columns.get(&name).unwrap();
            match column {
                minyi::estimation::Column::Category(_) => {
                    let (levels, columns) = indicators(column);
                    names.extend(levels.iter().map(|level| format!("{name}{level}")));
                    values.extend(columns);
                }
                minyi::estimation::Column::Numeric(_) => {
                    names.push(name.clone());
                    values.push(self.variable(&name));
                }
            }
        }
        (names, values)
    }

    fn common(&self, expected: &mut Expected<'_>, estimated: &Estimated) {
        let count = estimated.values.len();
        let errors: Vec<f64> = (0..count).map(|index| estimated.std_error(index)).collect();
        let t = interval::critical(self.ask["level"].as_f64().unwrap_or(0.95), estimated.df);
        let bound = |sign: f64| -> Vec<f64> {
            (0..count)
                .map(|index| estimated.values[index] + sign * t * errors[index])
                .collect()
        };
        expected.number("df", estimated.df, 1e-12);
        expected.numbers("estimate", &estimated.values, self.tolerance.estimate);
        // A variable that calibration fixed has an error of rounding only.
        expected.floor = 1e-9
            * estimated
                .values
                .iter()
                .fold(0.0, |largest: f64, value| largest.max(value.abs()));
        expected.numbers("se", &errors, self.tolerance.error);
        expected.numbers("ci_lower", &bound(-1.0), self.tolerance.error);
        expected.numbers("ci_upper", &bound(1.0), self.tolerance.error);
        expected.floor = 0.0;
        expected.number("n", estimated.n, 1e-12);
    }

    fn covariance(&self, expected: &mut Expected<'_>, estimated: &Estimated) {
        let count = estimated.values.len();
        for row in 0..count {
            for column in 0..count {
                let scale = estimated.std_error(row) * estimated.std_error(column);
                let rounding = 1e-20 * (estimated.values[row] * estimated.values[column]).abs()
                    + 1e-11
                        * scale.sqrt()
                        * estimated.values[row]
                            .abs()
                            .max(estimated.values[column].abs())
                            .sqrt()
                        * 1e-6;
                expected.floor = self.tolerance.error * scale
                    + rounding
                    + 1e-10
                        * (scale
                            * estimated.values[row]
                                .abs()
                                .max(estimated.values[column].abs()))
                        .min(scale)
                        .max(0.0);
                expected.floor += 1e-10 * estimated.values[row].abs() * estimated.std_error(column)
                    + 1e-10 * estimated.values[column].abs() * estimated.std_error(row);
                expected.number(
                    &format!("vcov.{row}.{column}"),
                    estimated.covariance[row * count + column],
                    self.tolerance.error,
                );
            }
        }
        expected.floor = 0.0;
    }

    fn weights(&self, expected: &mut Expected<'_>) {
        let weights: Vec<f64> = self.design.weights.to_vec();
        let nonzero: Vec<f64> = weights
            .iter()
            .copied()
            .filter(|weight| *weight != 0.0)
            .collect();
        let report = weighting::report(&self.design.base, &weights, None);
        expected.number("df", self.sample().degrees_of_freedom(), 1e-12);
        expected.number("sum", report.sum, 1e-8);
        expected.number(
            "min",
            weights.iter().copied().fold(f64::INFINITY, f64::min),
            1e-8,
        );
        expected.number("max", report.max_weight, 1e-8);
        expected.number("n_nonzero", weighting::count(nonzero.len()), 1e-12);
        expected.number("x_kish_deff", report.kish_deff, 1e-8);
        expected.number("x_kish_n_eff", report.n_effective, 1e-8);
    }

    fn mean(&self, expected: &mut Expected<'_>, total: bool) {
        let sample = self.sample();
        let (names, variables) = self.variables();
        let estimated = if total {
            sample.totals(&variables)
        } else {
            sample.means(&variables)
        };
        expected.words("names", &names);
        self.common(expected, &estimated);
        if expected.values.get("vcov").is_some() {
            self.covariance(expected, &estimated);
        }
        let count = names.len();
        let weight: f64 = {
            let ones = vec![1.0; self.design.rows];
            let masked: Vec<f64> = (0..self.design.rows)
                .map(|row| {
                    if variables.iter().all(|variable| !variable[row].is_nan()) {
                        ones[row]
                    } else {
                        f64::NAN
                    }
                })
                .collect();
            sample.totals(&[masked]).values[0]
        };
        let variance = |index: usize| estimated.covariance[index * count + index];
        let deff: Vec<f64> = (0..count)
            .map(|index| variance(index) / estimated.reference[index])
            .collect();
        let without: Vec<f64> = deff
            .iter()
            .map(|deff| deff / ((weight - estimated.n) / weight))
            .collect();
        let effective: Vec<f64> = deff.iter().map(|deff| estimated.n / deff).collect();
        let cv: Vec<f64> = (0..count)
            .map(|index| estimated.std_error(index) / estimated.values[index].abs())
            .collect();
        expected.floor = 1e-12;
        expected.numbers("deff_replace", &deff, self.tolerance.error);
        expected.numbers("deff_wor", &without, self.tolerance.error);
        expected.floor = 0.0;
        expected.numbers("x_n_eff", &effective, self.tolerance.error);
        expected.floor = 1e-10;
        expected.numbers("cv", &cv, self.tolerance.error);
        expected.floor = 0.0;
    }

    fn ratio(&self, expected: &mut Expected<'_>) {
        let estimated = self.sample().ratio(
            &self.variable(text(&self.ask["num"])),
            &self.variable(text(&self.ask["den"])),
        );
        self.common(expected, &estimated);
    }

    fn variance(&self, expected: &mut Expected<'_>) {
        let estimated = self
            .sample()
            .variance(&self.variable(&list(&self.ask["x"])[0]));
        self.common(expected, &estimated);
    }

    fn proportion(&self, expected: &mut Expected<'_>) {
        let sample = self.sample();
        let values = self.variable(&list(&self.ask["x"])[0]);
        let estimated = sample.means(std::slice::from_ref(&values));
        let level = self.ask["level"].as_f64().unwrap_or(0.95);
        let (estimate, variance, error) = (
            estimated.values[0],
            estimated.covariance[0],
            self.tolerance.error,
        );
        self.common(expected, &estimated);
        let p = Proportion {
            estimate,
            variance,
            n: estimated.n,
            df: estimated.df,
        };
        let rows = if self.design.is_calibrated() && self.replicates.is_none() {
            self.design.rows
        } else {
            sample.member.iter().filter(|member| **member).count()
        };
        expected.number("n_rows_design", weighting::count(rows), 1e-12);
        expected.number("level", level, 1e-12);
        if expected.values.get("degenerate").is_some() {
            return;
        }
        let edge = estimate <= 0.0 || estimate >= 1.0;
        let n_eff = if edge {
            estimated.n
        } else {
            estimate * (1.0 - estimate) / variance
        };
        let as_in_r = if edge { f64::NAN } else { n_eff };
        let mut pair = |path: &str, (lower, upper): (f64, f64), tolerance: f64| {
            expected.number(&format!("{path}.0"), lower, tolerance);
            expected.number(&format!("{path}.1"), upper, tolerance);
        };
        pair(
            "ci.mean",
            interval::wald(estimate, variance, estimated.df, level),
            error,
        );
        pair("x_ci_kg_nchs", interval::korn_graubard(p, level), error);
        // R's Wilson interval is NaN at 0 and 1, where ours falls back to n.
        if !edge {
            pair("x_ci_wilson", interval::wilson(p, level), error);
        }
        // R scales weights to mean 1 over the domain before it drops missing answers, and twice in a calibrated design.
        let in_domain: Vec<f64> = sample
            .member
            .iter()
            .map(|member| if *member { 1.0 } else { f64::NAN })
            .collect();
        let answered: Vec<f64> = values
            .iter()
            .map(|value| if value.is_nan() { f64::NAN } else { 1.0 })
            .collect();
        let (all, valid) = (sample.totals(&[in_domain]), sample.totals(&[answered]));
        let share = valid.values[0] / all.values[0];
        let times = if self.design.is_calibrated() { 2 } else { 1 };
        let dispersion = all.n * share.powi(times) / (estimated.n - 1.0);
        let log_odds_se = match self.replicates {
            None => variance.sqrt() / (estimate * (1.0 - estimate)),
            Some(replicates) => {
                let ones = vec![1.0; values.len()];
                let logit = |p: f64| (p / (1.0 - p)).ln();
                let spread = replicates.variance(logit(estimate), |weights| {
                    logit(
                        minyi::estimation::influence::ratio(
                            weights,
                            &values,
                            &ones,
                            &sample.member,
                        )
                        .0,
                    )
                });
                spread.sqrt()
            }
        };
        if !edge {
            pair(
                "ci.logit",
                interval::logit_with(estimate, log_odds_se, estimated.df, level),
                error.max(1e-6),
            );
            pair("ci.xlogit", interval::logit(p, level), error);
            pair("ci.asin", interval::arcsine(p, level), error.max(1e-7));
            pair(
                "ci.beta",
                interval::beta(p, weighting::count(rows), level),
                error,
            );
            // R reads its limits off a spline through a few points of the profile, so 1e-3 is of the estimate.
            let (lower, upper) = interval::likelihood_with(p, dispersion, level);
            expected.floor = 1e-3 * estimate;
            expected.number("ci.likelihood.0", lower, 1e-3);
            expected.number("ci.likelihood.1", upper, 1e-3);
            expected.floor = 0.0;
        } else {
            expected.leave(&["ci", "x_ci_wilson"]);
        }
        expected.number("n_eff", as_in_r, error);
        expected.number("x_n_eff_df_nchs", interval::effective_size(p, level), error);
        let (l, u) = interval::korn_graubard(p, level);
        let standard =
            judgement::proportion_standard(estimate, l, u, estimated.n, n_eff, estimated.df);
        let nchs = match (
            standard.presentation,
            standard.reasons.contains(&"complement_unreliable"),
        ) {
            (Presentation::Suppress, _) => "suppress",
            (Presentation::Review, _) => "review",
            (Presentation::Publish, true) => "present_complement_unreliable",
            (Presentation::Publish, false) => "present",
        };
        expected.words("x_nchs", &[nchs.to_owned()]);
        self.test_of_target(expected, &p, &sample, &values);
    }

    fn test_of_target(
        &self,
        expected: &mut Expected<'_>,
        p: &Proportion,
        sample: &Sample<'_>,
        values: &[f64],
    ) {
        let (target, alpha) = (
            self.ask["target"].as_f64().unwrap(),
            self.ask["alpha"].as_f64().unwrap(),
        );
        let error = self.tolerance.error;
        let t = (p.estimate - target) / p.variance.sqrt();
        expected.number("test.target", target, 1e-12);
        expected.number("test.alpha", alpha, 1e-12);
        // A difference of two close numbers: its own rounding counts, so the tolerance is that of the terms.
        expected.floor = self.tolerance.estimate * p.estimate / p.variance.sqrt();
        expected.number("test.t", t, error);
        expected.floor = 0.0;
        expected.number("test.df", p.df, 1e-12);
        expected.number("test.p_greater", t_upper(t, p.df), error.max(1e-6));
        expected.number("test.p_less", t_upper(-t, p.df), error.max(1e-6));
        let shifted: Vec<f64> = values.iter().map(|value| value - target).collect();
        let difference = sample.means(&[shifted]);
        let own = difference.values[0] / difference.std_error(0);
        expected.floor = self.tolerance.estimate * p.estimate / p.variance.sqrt();
        // Answers that are all equal leave rounding noise where R has a standard error of exactly zero.
        let own = if own.abs() > 1e12 {
            f64::INFINITY.copysign(own)
        } else {
            own
        };
        expected.number("test.svyttest_t", own, error);
        expected.floor = 0.0;
        expected.number("test.svyttest_df", p.df - 1.0, 1e-12);
        expected.number(
            "test.svyttest_p_two_sided",
            2.0 * t_upper(own.abs(), p.df - 1.0),
            error.max(1e-6),
        );
        let level = 1.0 - 2.0 * alpha;
        let bounds = [
            ("kg_nchs", interval::korn_graubard(*p, level)),
            ("logit", interval::logit(*p, level)),
            ("wald", interval::wald(p.estimate, p.variance, p.df, level)),
        ];
        let edge = p.estimate <= 0.0 || p.estimate >= 1.0;
        for (method, (lower, upper)) in bounds {
            if edge && method == "logit" {
                expected.leave(&["test.x_onesided_logit", "test.x_decision_logit"]);
                continue;
            }
            expected.number(&format!("test.x_onesided_{method}.0"), lower, error);
            expected.number(&format!("test.x_onesided_{method}.1"), upper, error);
            let verdict = match judgement::decide(
                Target {
                    side: Side::AtLeast,
                    value: target,
                },
                lower,
                upper,
            ) {
                Verdict::Met => "met",
                Verdict::NotMet => "not_met",
                _ => "inconclusive",
            };
            expected.words(&format!("test.x_decision_{method}"), &[verdict.to_owned()]);
        }
    }

    fn by(&self, expected: &mut Expected<'_>) {
        let names = list(&self.ask["by"]);
        let axes = names
            .iter()
            .map(|name| self.columns.get(name).unwrap().to_category())
            .collect();
        let crossing = Crossing::new(axes, self.design.rows);
        let group_of = crossing.decode(self.design.rows);
        let whole = self.sample();
        let is_ratio = self.ask["stat"] == "by_ratio";
        let mut found: BTreeMap<Vec<String>, (f64, f64)> = BTreeMap::new();
        for group in 0..crossing.len() {
            let member: Vec<bool> = whole
                .member
                .iter()
                .zip(&group_of)
                .map(|(member, own)| *member && usize::try_from(*own) == Ok(group))
                .collect();
            let sample = Sample {
                member,
                ..whole.clone()
            };
            let estimated = if is_ratio {
                sample.ratio(
                    &self.variable(text(&self.ask["num"])),
                    &self.variable(text(&self.ask["den"])),
                )
            } else if self.ask["inner"] == "total" {
                sample.totals(&self.variables().1)
            } else {
                sample.means(&self.variables().1)
            };
            if estimated.n > 0.0 {
                let labels = crossing
                    .labels(group)
                    .into_iter()
                    .map(str::to_owned)
                    .collect();
                found.insert(labels, (estimated.values[0], estimated.std_error(0)));
            }
        }
        expected.number("df", whole.degrees_of_freedom(), 1e-12);
        let wanted: Vec<Vec<String>> = names
            .iter()
            .map(|name| list(&expected.values["groups"][name]))
            .collect();
        expected.leave(&["groups"]);
        let count = wanted.first().map_or(0, Vec::len);
        let place = expected.place.clone();
        expected.tally.claim(found.len() == count, || {
            format!("{place}: {} groups, expected {count}", found.len())
        });
        for index in 0..count {
            let key: Vec<String> = wanted.iter().map(|levels| levels[index].clone()).collect();
            let (estimate, error) = found.get(&key).copied().unwrap_or((f64::NAN, f64::NAN));
            expected.number(
                &format!("estimate.{index}"),
                estimate,
                self.tolerance.estimate,
            );
            expected.floor = 1e-10 * estimate.abs();
            expected.number(&format!("se.{index}"), error, self.tolerance.error);
            expected.floor = 0.0;
        }
    }

    fn contrast(&self, expected: &mut Expected<'_>) {
        let category = self
            .columns
            .get(&list(&self.ask["by"])[0])
            .unwrap()
            .to_category();
        let groups = u32::try_from(category.levels.len()).unwrap();
        let estimated = self.sample().group_means(
            &self.variable(&list(&self.ask["x"])[0]),
            &category.decode(),
            groups,
        );
        expected.words("groups", &category.levels);
        let errors: Vec<f64> = (0..estimated.values.len())
            .map(|index| estimated.std_error(index))
            .collect();
        expected.numbers("group_se", &errors, self.tolerance.error);
        let (value, error) = self.contrast_of(expected, &estimated);
        let t = interval::critical(0.95, estimated.df);
        expected.number("ci_lower", value - t * error, self.tolerance.error);
        expected.number("ci_upper", value + t * error, self.tolerance.error);
        if estimated.values.len() == 2 {
            let (change, change_se) = estimated.relative_change();
            expected.number("relative_change", change, self.tolerance.error);
            expected.number("relative_change_se", change_se, self.tolerance.error);
        }
    }

    fn contrast_variables(&self, expected: &mut Expected<'_>) {
        let estimated = self.sample().means(&self.variables().1);
        self.contrast_of(expected, &estimated);
    }

    fn contrast_of(&self, expected: &mut Expected<'_>, estimated: &Estimated) -> (f64, f64) {
        let coefficients: Vec<f64> = self.ask["coef"]
            .as_array()
            .unwrap()
            .iter()
            .map(|c| c.as_f64().unwrap())
            .collect();
        let (value, error) = estimated.contrast(&coefficients);
        expected.number("df", estimated.df, 1e-12);
        expected.numbers("group_estimate", &estimated.values, self.tolerance.estimate);
        self.covariance(expected, estimated);
        expected.floor = self.tolerance.estimate * estimated.values[0].abs();
        expected.number("estimate", value, self.tolerance.estimate);
        expected.floor = 0.0;
        expected.number("se", error, self.tolerance.error);
        expected.number("t", value / error, self.tolerance.error);
        expected.number(
            "p_two_sided",
            2.0 * t_upper((value / error).abs(), estimated.df),
            self.tolerance.error.max(1e-6),
        );
        (value, error)
    }

    fn quantile(&self, expected: &mut Expected<'_>) {
        let sample = self.sample();
        let values = self.variable(&list(&self.ask["x"])[0]);
        let probs: Vec<f64> = match &self.ask["probs"] {
            Value::Array(probs) => probs.iter().map(|p| p.as_f64().unwrap()).collect(),
            one => vec![one.as_f64().unwrap()],
        };
        let method = match self.ask["interval"].as_str().unwrap_or("mean") {
            "beta" => Interval::Beta,
            "xlogit" => Interval::Logit,
            "quantile" => Interval::Replicate,
            _ => Interval::Woodruff,
        };
        expected.number("df", sample.degrees_of_freedom(), 1e-12);
        expected.numbers("probs", &probs, 1e-12);
        use QuantileRule::{Hf1, Hf2, Hf3, Hf4, Hf5, Hf6, Hf7, Hf8, Hf9, Math, School, Shahvaish};
        for (index, &p) in probs.iter().enumerate() {
            let found = quantile::quantile(&sample, &values, p, Math, method, 0.95);
            expected.number(
                &format!("estimate.{index}"),
                found.estimate,
                self.tolerance.estimate,
            );
            expected.number(&format!("ci_lower.{index}"), found.lower, 1e-6);
            expected.number(&format!("ci_upper.{index}"), found.upper, 1e-6);
            expected.number(&format!("se.{index}"), found.std_error, 1e-6);
            let distribution =
                quantile::Distribution::new(&values, &self.design.weights, &sample.member);
            for rule in [
                Math, School, Shahvaish, Hf1, Hf2, Hf3, Hf4, Hf5, Hf6, Hf7, Hf8, Hf9,
            ] {
                let name = format!("{rule:?}").to_lowercase();
                expected.number(
                    &format!("qrules.{name}.{index}"),
                    distribution.quantile(p, rule),
                    1e-8,
                );
            }
        }
    }

    fn chisq(&self, expected: &mut Expected<'_>) {
        let sample = self.sample();
        let row = self
            .columns
            .get(text(&self.ask["row"]))
            .unwrap()
            .to_category();
        let column = self
            .columns
            .get(text(&self.ask["col"]))
            .unwrap()
            .to_category();
        let (rows, columns) = (row.levels.len(), column.levels.len());
        let found = crosstab::independence(&sample, &row.decode(), rows, &column.decode(), columns)
            .unwrap();
        expected.words("row_levels", &row.levels);
        expected.words("col_levels", &column.levels);
        expected.number("df", found.df, 1e-12);
        for (r, counts) in found.counts.iter().enumerate() {
            for (c, &count) in counts.iter().enumerate() {
                expected.number(&format!("table.{r}.{c}"), count, self.tolerance.estimate);
            }
        }
        for (name, test) in [
            ("F", &found.f),
            ("Chisq", &found.chi_square),
            ("Wald", &found.wald),
            ("adjWald", &found.adjusted_wald),
            ("lincom", &found.linear_combination),
        ] {
            expected.number(&format!("tests.{name}.statistic"), test.statistic, 1e-6);
            expected.leave(&[&format!("tests.{name}.parameter")]);
            for (index, &parameter) in test.parameters.iter().enumerate() {
                expected.number(&format!("tests.{name}.parameter.{index}"), parameter, 1e-6);
            }
            expected.floor = 1e-14;
            expected.number(&format!("tests.{name}.p_value"), test.p_value, 1e-5);
            expected.floor = 0.0;
        }
    }
}
