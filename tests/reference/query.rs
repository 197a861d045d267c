//! A query of a case: what is asked of which rows.

use minyi::estimation::columns::MISSING;
use minyi::estimation::design::Design;
use minyi::estimation::estimated::Estimated;
use minyi::estimation::interval;
use minyi::estimation::replicate::Replicates;
use minyi::estimation::statistic::{Sample, indicators};
use minyi::estimation::{Column, Columns};
use serde_json::Value;

use super::expected::{Expected, list, text};

pub struct Tolerance {
    pub estimate: f64,
    pub error: f64,
}

pub struct Query<'a> {
    pub columns: &'a Columns,
    pub design: &'a Design,
    pub replicates: Option<&'a Replicates>,
    pub ask: &'a Value,
    pub tolerance: Tolerance,
}

impl Query<'_> {
    pub fn check(&self, mut expected: Expected<'_>) {
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

    pub fn sample(&self) -> Sample<'_> {
        Sample {
            design: self.design,
            replicates: self.replicates,
            member: self.domain(&self.ask["domain"]),
        }
    }

    pub fn domain(&self, domain: &Value) -> Vec<bool> {
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

    pub fn variable(&self, name: &str) -> Vec<f64> {
        self.columns
            .get(name)
            .unwrap()
            .to_numbers(name)
            .unwrap()
            .decode()
    }

    /// The variables of `x`, a categorical one as indicators of its levels.
    pub fn variables(&self) -> (Vec<String>, Vec<Vec<f64>>) {
        let (mut names, mut values) = (Vec::new(), Vec::new());
        for name in list(&self.ask["x"]) {
            let column = self.columns.get(&name).unwrap();
            match column {
                Column::Category(_) => {
                    let (levels, columns) = indicators(column);
                    names.extend(levels.iter().map(|level| format!("{name}{level}")));
                    values.extend(columns);
                }
                Column::Numeric(_) => {
                    names.push(name.clone());
                    values.push(self.variable(&name));
                }
            }
        }
        (names, values)
    }

    pub fn common(&self, expected: &mut Expected<'_>, estimated: &Estimated) {
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

    pub fn covariance(&self, expected: &mut Expected<'_>, estimated: &Estimated) {
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
}
