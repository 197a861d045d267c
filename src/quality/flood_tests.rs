//! What the rules find in a simulated city: few honest responses, most fabricated ones.
//!
//! `MINYI_TEST_SLOW=1 cargo test --release --lib quality -- --nocapture` prints the tables.

use std::collections::BTreeSet;

use super::simulated_city::{Attack, City};
use super::{Limits, Responses, findings};

/// Shares of the fabricated and of the honest responses that are proposed for holding.
fn proposed(responses: &Responses, fakes: &[bool]) -> (f64, f64, String) {
    let mut rows = BTreeSet::new();
    let mut by_rule = String::new();
    for finding in findings(responses, &Limits::default()) {
        if finding.is_proposed {
            let n_fake = finding.rows.iter().filter(|row| fakes[usize::try_from(**row).unwrap()]).count();
            by_rule += &format!(" {}:{}/{}", finding.rule, n_fake, finding.rows.len());
            rows.extend(finding.rows);
        }
    }
    let share = |is_fake: bool| {
        let all = fakes.iter().filter(|fake| **fake == is_fake).count();
        let held = rows.iter().filter(|row| fakes[usize::try_from(**row).unwrap()] == is_fake).count();
        f64::from(u32::try_from(held).unwrap()) / f64::from(u32::try_from(all).unwrap()).max(1.0)
    };
    (share(true), share(false), by_rule)
}

fn is_slow() -> bool {
    std::env::var_os("MINYI_TEST_SLOW").is_some()
}

fn seeds() -> std::ops::Range<u64> {
    let first = std::env::var("MINYI_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
    let first = first.unwrap_or(1000);
    first..first + 10
}

#[test]
fn slow_honest_city() {
    if !is_slow() {
        return;
    }
    for seed in seeds() {
        let (responses, fakes) = City::honest(20_000, seed).responses();
        let (_, honest, rules) = proposed(&responses, &fakes);
        println!("honest seed {seed}: {:.2} % proposed{rules}", 100.0 * honest);
    }
}

#[test]
fn slow_attacks() {
    if !is_slow() {
        return;
    }
    let quick = std::env::var_os("QUICK").is_some();
    for attack in [
        Attack::Loop,
        Attack::Headless,
        Attack::Proxies,
        Attack::Stuffing,
        Attack::Random,
        Attack::Mimic,
        Attack::Insider,
    ] {
        if quick && !matches!(attack, Attack::Headless | Attack::Proxies | Attack::Stuffing) {
            continue;
        }
        for n in if quick { vec![300, 1000] } else { vec![300, 1000, 3000] } {
            for seed in seeds().take(if is_slow() { 3 } else { 1 }) {
                let mut city = City::honest(20_000, seed);
                city.attack(attack, n);
                let (responses, fakes) = city.responses();
                let (fake, honest, rules) = proposed(&responses, &fakes);
                println!("{attack:?} {n} seed {seed}: {:.1} % found, {:.2} % honest proposed{rules}", 100.0 * fake, 100.0 * honest);
            }
        }
    }
}
