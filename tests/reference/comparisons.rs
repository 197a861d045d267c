//! Domains, contrasts, quantiles and crosstabs.

use std::collections::BTreeMap;

use minyi::estimation::columns::Category;
use minyi::estimation::cross_classification::CrossClassification;
use minyi::estimation::crosstab::{Variable, independence};
use minyi::estimation::distribution::t_upper;
use minyi::estimation::estimated::Estimated;
use minyi::estimation::interval;
use minyi::estimation::quantile::{self, Interval};
use minyi::estimation::spec::QuantileRule;
use minyi::estimation::statistic::Sample;
use serde_json::Value;

use super::expected::{Expected, list, text};
use super::query::Query;

impl Query<'_> {
    pub fn by(&self, expected: &mut Expected<'_>) {
        let names = list(&self.ask["by"]);
        let axes = names
            .iter()
            .map(|name| self.columns.get(name).unwrap().to_category())
            .collect();
        let crossing = CrossClassification::new(axes, self.design.rows);
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

    pub fn contrast(&self, expected: &mut Expected<'_>) {
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

    pub fn contrast_variables(&self, expected: &mut Expected<'_>) {
        let estimated = self.sample().means(&self.variables().1);
        self.contrast_of(expected, &estimated);
    }

    pub fn contrast_of(&self, expected: &mut Expected<'_>, estimated: &Estimated) -> (f64, f64) {
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

    pub fn quantile(&self, expected: &mut Expected<'_>) {
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

    pub fn chisq(&self, expected: &mut Expected<'_>) {
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
        let variable = |category: &Category| Variable {
            name: String::new(),
            levels: category.levels.to_vec(),
            codes: category.decode(),
        };
        let found = independence(&sample, &variable(&row), &variable(&column));
        expected.words("row_levels", &found.rows);
        expected.words("col_levels", &found.columns);
        expected.number("df", found.df, 1e-12);
        for (at, cell) in found.cells.iter().enumerate() {
            let (r, c) = (at / found.columns.len(), at % found.columns.len());
            let path = format!("table.{r}.{c}");
            expected.number(&path, cell.total, self.tolerance.estimate);
        }
        let tests = found.tests.unwrap();
        for (name, test) in [
            ("F", &tests.rao_scott_second_order),
            ("Chisq", &tests.rao_scott_first_order),
            ("Wald", &tests.wald),
            ("adjWald", &tests.adjusted_wald),
            ("lincom", &tests.saddle_point),
        ] {
            expected.number(&format!("tests.{name}.statistic"), test.statistic, 1e-6);
            expected.leave(&[&format!("tests.{name}.parameter")]);
            for (index, &parameter) in test.df.iter().enumerate() {
                expected.number(&format!("tests.{name}.parameter.{index}"), parameter, 1e-6);
            }
            expected.floor = 1e-14;
            expected.number(&format!("tests.{name}.p_value"), test.p_value, 1e-5);
            expected.floor = 0.0;
        }
    }
}
