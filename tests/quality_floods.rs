//! What the rules find in a simulated city: few honest responses, most fabricated ones.
//!
//! `MINYI_TEST_SLOW=1 cargo test --release --all-features --test main -- quality_floods:: --nocapture` prints the tables.
//! `MINYI_TEST_SEED` is the first seed. Limits were chosen on seeds below 100.

use std::collections::BTreeSet;
use std::ops::Range;

use minyi::quality::{Limits, NearDuplicateRates, RULES, assess};

use city::City;
use flood::Attack;

mod city;
mod flood;

/// What is proposed for holding in a city.
struct Proposed {
    /// Share of the fabricated responses, 0 to 1.
    fake: f64,
    /// Share of the honest responses, 0 to 1.
    honest: f64,
    /// By rule: fabricated responses of all.
    rules: String,
    near_duplicates: NearDuplicateRates,
}

fn proposed(city: City) -> Proposed {
    let (responses, fakes) = city.responses();
    let is_fake = |row: &u32| fakes[usize::try_from(*row).unwrap()];
    let mut rows = BTreeSet::new();
    let mut rules = String::new();
    let found = assess(&responses, &Limits::default());
    for finding in found
        .findings
        .into_iter()
        .filter(|finding| finding.is_proposed)
    {
        let n_fake = finding.rows.iter().filter(|row| is_fake(row)).count();
        rules += &format!(" {} {n_fake}/{}", finding.rule, finding.rows.len());
        rows.extend(finding.rows);
    }
    let share = |wanted: bool| {
        let all = fakes.iter().filter(|fake| **fake == wanted).count();
        let held = rows.iter().filter(|row| is_fake(row) == wanted).count();
        let [all, held] = [all, held].map(|n| f64::from(u32::try_from(n).unwrap()));
        held / all.max(1.0)
    };
    Proposed {
        fake: share(true),
        honest: share(false),
        rules,
        near_duplicates: found.near_duplicates.unwrap(),
    }
}

fn is_slow() -> bool {
    std::env::var_os("MINYI_TEST_SLOW").is_some()
}

fn seeds(n: u64) -> Range<u64> {
    let first = std::env::var("MINYI_TEST_SEED");
    let first = first
        .ok()
        .and_then(|seed| seed.parse().ok())
        .unwrap_or(1000);
    first..first + n
}

#[test]
fn a_flood_is_proposed_and_honest_people_are_not() {
    let mut city = City::honest(800, 5);
    city.attack(Attack::Stuffing, 300);
    let found = proposed(city);
    assert!(found.fake >= 0.95, "{} found:{}", found.fake, found.rules);
    assert!(
        found.honest <= 0.01,
        "{} honest:{}",
        found.honest,
        found.rules
    );
}

#[test]
fn no_two_rules_have_one_id() {
    let ids: BTreeSet<&str> = RULES.iter().map(|rule| rule.id).collect();
    assert_eq!(ids.len(), RULES.len());
}

#[test]
fn at_most_one_percent_of_an_honest_city_is_proposed() {
    for seed in seeds(10).take_while(|_| is_slow()) {
        let found = proposed(City::honest(20_000, seed));
        println!(
            "honest, seed {seed}: {:.2} %{}",
            100.0 * found.honest,
            found.rules
        );
        println!("{:?}", found.near_duplicates);
        assert!(found.honest <= 0.01, "seed {seed}");
    }
}

/// The last two are printed only: nobody claims that they are found.
#[test]
fn naive_floods_are_proposed() {
    for (attack, claimed) in [
        (Attack::Loop, 0.95),
        (Attack::Stuffing, 0.95),
        (Attack::Headless, 0.90),
        (Attack::Random, 0.90),
        (Attack::Proxies, 0.0),
        (Attack::Insider, 0.0),
        (Attack::Mimic, 0.0),
    ] {
        let cases = [300, 3000]
            .into_iter()
            .flat_map(|n| seeds(2).map(move |seed| (n, seed)));
        for (n, seed) in cases.take_while(|_| is_slow()) {
            let mut city = City::honest(20_000, seed);
            city.attack(attack, n);
            let found = proposed(city);
            let percent = [found.fake, found.honest].map(|share| 100.0 * share);
            println!(
                "{attack:?} {n}, seed {seed}: {:.1} % found, {:.2} % of the honest;{}",
                percent[0], percent[1], found.rules
            );
            assert!(found.fake >= claimed, "{attack:?} {n}, seed {seed}");
        }
    }
}
