//! Weights, means, totals, ratios, proportions and variances.

use minyi::estimation::count::count;
use minyi::estimation::distribution::t_upper;
use minyi::estimation::influence;
use minyi::estimation::interval::{self, Proportion};
use minyi::estimation::judgement::{self, Presentation, Side, Target, Verdict};
use minyi::estimation::simple_random::{ratio_variance, total_variance};
use minyi::estimation::statistic::Sample;
use minyi::estimation::weighting;

use super::expected::{Expected, list, text};
use super::query::Query;

impl Query<'_> {
    pub fn weights(&self, expected: &mut Expected<'_>) {
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
        expected.number("n_nonzero", count(nonzero.len()), 1e-12);
        expected.number("x_kish_deff", report.kish_deff, 1e-8);
        expected.number("x_kish_n_eff", report.n_effective, 1e-8);
    }

    pub fn mean(&self, expected: &mut Expected<'_>, total: bool) {
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
        let complete: Vec<bool> = (0..self.design.rows)
            .map(|row| sample.member[row] && variables.iter().all(|own| !own[row].is_nan()))
            .collect();
        let (weights, ones) = (&self.design.weights, vec![1.0; self.design.rows]);
        let weight = influence::total(weights, &ones, &complete).0;
        let variance = |index: usize| estimated.covariance[index * count + index];
        let srs_variance = |index: usize| {
            let (a, n) = (&variables[index], estimated.n);
            if total {
                total_variance(weights, a, &complete, n)
            } else {
                ratio_variance(weights, a, &ones, &complete, n, estimated.values[index])
            }
        };
        let deff: Vec<f64> = (0..count)
            .map(|index| variance(index) / srs_variance(index))
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

    pub fn ratio(&self, expected: &mut Expected<'_>) {
        let estimated = self.sample().ratio(
            &self.variable(text(&self.ask["num"])),
            &self.variable(text(&self.ask["den"])),
        );
        self.common(expected, &estimated);
    }

    pub fn variance(&self, expected: &mut Expected<'_>) {
        let estimated = self
            .sample()
            .variance(&self.variable(&list(&self.ask["x"])[0]));
        self.common(expected, &estimated);
    }

    pub fn proportion(&self, expected: &mut Expected<'_>) {
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
        expected.number("n_rows_design", count(rows), 1e-12);
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
        // R scales weights to mean 1 over the domain before it drops missing answers, and twice in
        // a calibrated design.
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
                    logit(influence::ratio(weights, &values, &ones, &sample.member).0)
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
            pair("ci.beta", interval::beta(p, count(rows), level), error);
            // R interpolates its limits between a few points of the profile, so the tolerance is
            // 1e-3 of the estimate.
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

    pub fn test_of_target(
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
        // The difference of two close numbers has the rounding errors of both.
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
        // If all answers are equal, R has a standard error of exactly zero and ours has a rounding
        // error.
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
}
