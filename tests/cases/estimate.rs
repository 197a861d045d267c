//! `minyi estimate` on files, by the command and in this process.

use minyi::estimation::{Analysis, Error, Estimate, Margins, Spec, analyse, file};
use serde_json::Value;

use crate::support::{Scratch, root, run};

/// The text of `tests/cases/data/{name}`.
pub fn data(name: &str) -> String {
    std::fs::read_to_string(root().join("tests/cases/data").join(name)).unwrap()
}

/// Reads and analyses a file in this process, as the command does.
pub fn estimate(data: &str, spec: &str) -> Result<Analysis, Error> {
    let spec = Spec::parse(spec).unwrap_or_else(|error| panic!("{error}\n{spec}"));
    let margins = Margins::new();
    let columns = file::read(data.as_bytes(), &spec, &margins, &|_| {})?;
    analyse(&columns, &margins, &spec)
}

/// The error of [`estimate`].
pub fn refused(data: &str, spec: &str) -> Error {
    match estimate(data, spec) {
        Ok(_) => panic!("accepted:\n{data}\n{spec}"),
        Err(error) => error,
    }
}

/// The row, the column and the text of every fault that an error lists.
pub fn places(error: &Error) -> Vec<(u64, String, String)> {
    let faults = error.detail()["faults"].as_array().unwrap();
    let text = |fault: &Value, key: &str| fault[key].as_str().unwrap_or_default().to_owned();
    faults
        .iter()
        .map(|fault| {
            (
                fault["row"].as_u64().unwrap(),
                text(fault, "column"),
                text(fault, "value"),
            )
        })
        .collect()
}

/// The estimate of that name for the whole, or for the level of its one domain.
pub fn of<'a>(analysis: &'a Analysis, name: &str, level: Option<&str>) -> &'a Estimate {
    let found = analysis.estimates.iter().find(|estimate| {
        let own = estimate.domain.first().map(|(_, own)| own.as_str());
        estimate.name == name && own == level
    });
    found.unwrap_or_else(|| panic!("no estimate {name} of {level:?}"))
}

/// Exit code and output of the command on these files.
pub fn command(data: &str, spec: &str) -> (i32, Value) {
    let scratch = Scratch::new("cases");
    let (data, spec) = (
        scratch.write("data.csv", data),
        scratch.write("spec.toml", spec),
    );
    let paths = [data.to_str().unwrap(), spec.to_str().unwrap()];
    let (code, out, _) = run(&["estimate", "--data", paths[0], "--spec", paths[1]]);
    (code, serde_json::from_str(&out).unwrap())
}

/// Whether two numbers agree but for rounding.
pub fn same(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-14 * b.abs()
}
