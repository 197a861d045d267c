//! The expected values of a query, and what was checked of them.

use serde_json::Value;

/// What was checked of a case.
#[derive(Default)]
pub struct Tally {
    pub checked: usize,
    pub failures: Vec<String>,
    pub skipped: Vec<String>,
}

impl Tally {
    pub fn claim(&mut self, holds: bool, failure: impl FnOnce() -> String) {
        self.checked += 1;
        if !holds {
            self.failures.push(failure());
        }
    }
}

/// The expected values of one query; every key must be asked for.
pub struct Expected<'a> {
    pub tally: &'a mut Tally,
    pub place: String,
    pub values: &'a Value,
    pub newer: Option<&'a Value>,
    pub seen: Vec<String>,
    pub floor: f64,
}

impl Expected<'_> {
    /// Compares ours with the value at `path`, to a relative tolerance and an absolute floor.
    pub fn number(&mut self, path: &str, ours: f64, relative: f64) {
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

    pub fn numbers(&mut self, path: &str, ours: &[f64], relative: f64) {
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

    pub fn words(&mut self, path: &str, ours: &[String]) {
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
    pub fn leave(&mut self, paths: &[&str]) {
        self.seen
            .extend(paths.iter().map(|path| (*path).to_owned()));
    }

    pub fn finish(self) {
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

pub fn collect(value: &Value, path: String, leaves: &mut Vec<String>) {
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

pub fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    let key = |value: &'a Value, key: &str| match value {
        Value::Array(list) => key.parse::<usize>().ok().and_then(|index| list.get(index)),
        // A vector of one may be stored as the number itself.
        Value::Object(map) => map.get(key),
        other => (key == "0").then_some(other),
    };
    path.split('.').try_fold(value, key)
}

pub fn as_number(value: &Value) -> Option<f64> {
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

pub fn word(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

pub fn list(value: &Value) -> Vec<String> {
    match value {
        Value::Array(values) => values.iter().map(word).collect(),
        Value::Null => Vec::new(),
        one => vec![word(one)],
    }
}
