//! How often verdicts and intervals are wrong:
//! `cargo test --release simulation -- --ignored --nocapture`.
//!
//! Two-stage samples from a population whose true share is known: PSU shares are beta with an
//! intraclass correlation of 0.03, weights have a coefficient of variation of 0.4 and are unrelated
//! to the answers. It prints the table of the methods chapter.

use minyi::estimation::spec::{DesignSpec, EstimateSpec, Kind, Names, Spec};
use minyi::estimation::{Column, Columns, Margins, Verdict, analyse};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

const SAMPLES: u64 = 20_000;
const TRUTH: f64 = 0.90;
const ICC: f64 = 0.03;

/// (interviews, PSUs, strata): df = PSUs − strata.
const DESIGNS: [(usize, usize, usize); 6] = [
    (60, 6, 2),
    (60, 12, 2),
    (144, 12, 2),
    (300, 22, 2),
    (300, 42, 2),
    (600, 42, 2),
];

#[derive(Default, Clone, Copy)]
struct Count {
    met: f64,
    not_met: f64,
    covered: f64,
    suppressed: f64,
}

#[test]
#[ignore = "takes minutes; the methods chapter holds its table"]
fn simulation_of_verdicts_and_intervals() {
    println!(
        "{:>5} {:>4}  {:>12} {:>14} {:>14} {:>12}",
        "n", "df", "false met %", "false not met %", "95 % covers %", "suppressed %"
    );
    for (n, psus, strata) in DESIGNS {
        let total = (0..SAMPLES)
            .into_par_iter()
            .map(|seed| one(n, psus, strata, seed))
            .reduce(Count::default, |a, b| Count {
                met: a.met + b.met,
                not_met: a.not_met + b.not_met,
                covered: a.covered + b.covered,
                suppressed: a.suppressed + b.suppressed,
            });
        let percent = |count: f64| 100.0 * count / SAMPLES as f64;
        let df = psus - strata;
        println!(
            "{n:>5} {df:>4}  {:>12.2} {:>14.2} {:>14.2} {:>12.2}",
            percent(total.met),
            percent(total.not_met),
            percent(total.covered),
            percent(total.suppressed)
        );
        let limit = 5.0 + 3.0 * 100.0 * (0.05_f64 * 0.95 / SAMPLES as f64).sqrt();
        assert!(
            percent(total.met) <= limit && percent(total.not_met) <= limit,
            "n {n} df {df}"
        );
        if df >= 10 {
            assert!(
                (94.0..=97.5).contains(&percent(total.covered)),
                "n {n} df {df}: {}",
                percent(total.covered)
            );
        }
    }
}

fn one(n: usize, psus: usize, strata: usize, seed: u64) -> Count {
    let mut random = ChaCha8Rng::seed_from_u64(seed.wrapping_mul(1000) + n as u64 + psus as u64);
    let (mut stratum, mut psu, mut weight, mut answer) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut share = 0.0;
    let mut current = usize::MAX;
    for row in 0..n {
        let own = row * psus / n;
        if own != current {
            current = own;
            share = beta(
                &mut random,
                TRUTH * (1.0 / ICC - 1.0),
                (1.0 - TRUTH) * (1.0 / ICC - 1.0),
            );
        }
        stratum.push((own % strata) as u32);
        psu.push(own as u32);
        // Uniform on 1 ± 0.4·√3: mean 1, coefficient of variation 0.4.
        weight.push(1.0 + 0.4 * 3.0_f64.sqrt() * (2.0 * random.random::<f64>() - 1.0));
        answer.push(f64::from(u8::from(random.random::<f64>() < share)));
    }
    let labels = |count: usize| (0..count).map(|code| code.to_string()).collect();
    let mut columns = Columns::new();
    columns
        .push("stratum", Column::codes(stratum, labels(strata)))
        .unwrap();
    columns
        .push("psu", Column::codes(psu, labels(psus)))
        .unwrap();
    columns.push("w", Column::numbers(weight)).unwrap();
    columns.push("y", Column::numbers(answer)).unwrap();
    let one = |name: &str| Some(Names::One(name.to_owned()));
    let spec = Spec {
        design: DesignSpec {
            weight: Some("w".to_owned()),
            strata: one("stratum"),
            psu: one("psu"),
            ..DesignSpec::default()
        },
        estimates: vec![EstimateSpec {
            variable: one("y"),
            target: minyi::estimation::judgement::Target::parse(">= 0.90"),
            ..EstimateSpec::new("y", Kind::Proportion)
        }],
        ..Spec::default()
    };
    let found = analyse(&columns, &Margins::new(), &spec)
        .unwrap()
        .estimates
        .remove(0);
    let is = |verdict: Verdict| f64::from(u8::from(found.verdict == Some(verdict)));
    // The true share is exactly the target, so "not met" is false and "met" is what α limits.
    Count {
        met: is(Verdict::Met),
        not_met: is(Verdict::NotMet),
        covered: f64::from(u8::from(found.lower <= TRUTH && TRUTH <= found.upper)),
        suppressed: is(Verdict::Suppressed),
    }
}

/// A beta variate from two gamma variates (Marsaglia & Tsang 2000).
fn beta(random: &mut ChaCha8Rng, a: f64, b: f64) -> f64 {
    let (x, y) = (gamma(random, a), gamma(random, b));
    x / (x + y)
}

fn gamma(random: &mut ChaCha8Rng, shape: f64) -> f64 {
    let d = shape - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    loop {
        let (u1, u2): (f64, f64) = (random.random::<f64>().max(1e-300), random.random());
        let normal = (-2.0 * u1.ln()).sqrt() * (2.0 * std::f64::consts::PI * u2).cos();
        let v = (1.0 + c * normal).powi(3);
        if v > 0.0 && random.random::<f64>().ln() < 0.5 * normal * normal + d - d * v + d * v.ln() {
            return d * v;
        }
    }
}
