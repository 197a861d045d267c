//! Nobody's answer can be computed from the public tables of several releases.
//!
//! `MINYI_TEST_SLOW=1` attacks 200 cities instead of a few; in a release build that takes minutes.

use std::collections::{BTreeMap, BTreeSet};

use minyi::release::cells::{Unit, WHOLE};
use minyi::release::hidden_cells::is_sensitive;
use minyi::release::published_cells::PublishedCells;

use crate::support::attacker::{
    Fact, Sums, Unknowns, interval, number_of_shops, ratio_of_shops, share_of_persons,
};
use crate::support::releases::{City, Row, seeded};

/// What an attack on one city found: cells known exactly, intervals narrower than the rule, and how
/// many cells and differences were attacked.
#[derive(Debug, Default)]
struct Found {
    exact: Vec<String>,
    narrow: Vec<String>,
    attacked: usize,
}

/// Who came or went between two releases, each counted once.
fn change(unknowns: &Unknowns, newer: &[usize], older: &[usize]) -> Vec<(usize, f64)> {
    let (newer, older): (BTreeSet<_>, BTreeSet<_>) = (
        newer.iter().copied().collect(),
        older.iter().copied().collect(),
    );
    let all = 0..unknowns.kinds.len();
    all.filter_map(|own| match (newer.contains(&own), older.contains(&own)) {
        (true, false) => Some((own, 1.0)),
        (false, true) => Some((own, -1.0)),
        _ => None,
    })
    .collect()
}

/// What the attacker wants to know: the kinds of respondents with their factors.
struct Wanted {
    name: String,
    sum: Vec<(usize, f64)>,
    /// Whether its interval must be wide. A large cell that is hidden for another's sake is no secret,
    /// but not known either.
    is_secret: bool,
}

/// What all releases say, and what they say of the number of shops.
fn facts(city: &City, unknowns: &Unknowns, records: &[PublishedCells]) -> [Vec<Fact>; 2] {
    let mut facts: Vec<Fact> = Vec::new();
    let mut numbers: Vec<Fact> = Vec::new();
    for (release, record) in records.iter().enumerate() {
        for (name, place) in city.places() {
            let members = unknowns.members(place, release);
            if members.is_empty() || !record.has("figure", &name) {
                continue;
            }
            let sums = unknowns.sums(&members);
            match city.unit {
                Unit::Person => facts.extend(share_of_persons(&members, sums)),
                Unit::Shop => {
                    facts.extend(ratio_of_shops(&members, sums));
                    numbers.extend(number_of_shops(&members, sums));
                }
            }
        }
    }
    [facts, numbers]
}

/// The hidden cells, and the differences of two releases that are of few.
fn wanted(city: &City, unknowns: &Unknowns, records: &[PublishedCells]) -> Vec<Wanted> {
    let mut all: Vec<Wanted> = Vec::new();
    for (release, record) in records.iter().enumerate() {
        let measure = &record.cells.measures[0];
        let contents = measure.contents();
        for (name, place) in city.places() {
            let members = unknowns.members(place, release);
            if !members.is_empty() && !record.has("figure", &name) {
                let at = measure.cells.iter().position(|own| *own == name).unwrap();
                all.push(Wanted {
                    name: format!("{name} of release {}", release + 1),
                    sum: members.iter().map(|own| (*own, 1.0)).collect(),
                    is_secret: is_sensitive(city.unit, measure.scale, &contents[at]),
                });
            }
            for before in 0..release {
                let sum = change(unknowns, &members, &unknowns.members(place, before));
                let who: Vec<usize> = sum.iter().map(|(own, _)| *own).collect();
                let is_few = is_few(city.unit, unknowns.sums(&who));
                // A response in the place of one with the same answers changes nothing.
                if amount(unknowns, &sum) > 0.0 && is_few {
                    all.push(Wanted {
                        name: format!("{name} between {} and {}", before + 1, release + 1),
                        sum,
                        is_secret: true,
                    });
                }
            }
        }
    }
    all
}

fn attack(city: &City) -> Found {
    let records = city.published();
    let unknowns = city.unknowns();
    let kinds = unknowns.kinds.len();
    let [facts, numbers] = facts(city, &unknowns, &records);
    let mut found = Found::default();
    for Wanted {
        name,
        sum,
        is_secret,
    } in wanted(city, &unknowns, &records)
    {
        found.attacked += 1;
        let side = |offset: usize| -> Vec<(usize, f64)> {
            let terms = sum.iter();
            terms
                .map(|(own, factor)| (2 * own + offset, *factor))
                .collect()
        };
        let tenth = (0.1 * amount(&unknowns, &sum)).max(1.0);
        let mut judge = |what: &str, (least, most): (f64, f64), rule: f64| {
            if most - least < 1e-6 {
                found.exact.push(format!("{what} of {name}: {least}"));
            } else if is_secret && most - least < rule - 1e-4 {
                found
                    .narrow
                    .push(format!("{what} of {name}: {least:.2} to {most:.2}"));
            }
        };
        let of_side = |offset| interval(2 * kinds, &facts, &side(offset));
        match city.unit {
            Unit::Person => {
                let both = [side(0), side(1)].concat();
                judge("n", interval(2 * kinds, &facts, &both), 9.0);
                judge("yes", of_side(0), 3.0);
                judge("no", of_side(1), 3.0);
            }
            Unit::Shop => {
                judge("n", interval(kinds, &numbers, &sum), 9.0);
                judge("saving", of_side(0), tenth);
                judge("other", of_side(1), tenth);
            }
        }
    }
    found
}

/// What shops sell that came or went. One that came in the place of a like one is not told from it.
fn amount(unknowns: &Unknowns, sum: &[(usize, f64)]) -> f64 {
    let kinds: Vec<_> = unknowns.kinds.iter().collect();
    let mut by_levels: BTreeMap<&[usize], [f64; 2]> = BTreeMap::new();
    for (place, factor) in sum {
        let ((levels, _), sums) = kinds[*place];
        let own = by_levels.entry(levels).or_default();
        own[0] += factor * sums.counted;
        own[1] += factor * sums.other;
    }
    by_levels.values().flatten().map(|own| own.abs()).sum()
}

/// Whether those who came or went are too few.
fn is_few(unit: Unit, sums: Sums) -> bool {
    match unit {
        Unit::Person => sums.n < 30.0 || sums.counted < 10.0 || sums.other < 10.0,
        Unit::Shop => sums.n < 10.0,
    }
}

#[test]
fn an_attacker_with_all_tables_of_three_releases_learns_nothing_of_few() {
    let cities = match std::env::var("MINYI_TEST_SLOW").is_ok() {
        true => 200,
        false => 2,
    };
    let mut attacked = 0;
    let mut shown = 0;
    for seed in 0..cities {
        for unit in [Unit::Person, Unit::Shop] {
            let city = seeded(seed, unit);
            let found = attack(&city);
            assert!(
                found.exact.is_empty(),
                "city {seed} {unit:?}: {:?}",
                found.exact
            );
            assert!(
                found.narrow.is_empty(),
                "city {seed} {unit:?}: {:?}",
                found.narrow
            );
            attacked += found.attacked;
            let published = city.published();
            let cells = published.iter().flat_map(|own| &own.published);
            shown += cells.filter(|own| own.value.is_some()).count();
        }
    }
    // A release that shows nothing would be safe too.
    println!("{attacked} targets attacked, {shown} cells shown");
    assert!(attacked > 0 && shown > 20 * usize::try_from(cities).unwrap());
}

fn respondents(n: usize, levels: &[usize], yes: usize, releases: &[bool]) -> Vec<Row> {
    let row = |place: usize| Row {
        levels: levels.to_vec(),
        releases: releases.to_vec(),
        counted: f64::from(u8::from(place < yes)),
        other: f64::from(u8::from(place >= yes)),
    };
    (0..n).map(row).collect()
}

#[test]
fn who_knows_49_of_50_new_respondents_does_not_learn_of_the_50th() {
    let first = [true, true];
    let late = [false, true];
    let city = City {
        unit: Unit::Person,
        dimensions: vec![2],
        rows: [
            respondents(300, &[0], 250, &first),
            respondents(200, &[1], 150, &first),
            // The 49 all say yes; the 50th, in the second county, does not.
            respondents(49, &[0], 49, &late),
            respondents(1, &[1], 0, &late),
        ]
        .concat(),
        releases: 2,
    };
    let found = attack(&city);
    assert!(
        found.exact.is_empty() && found.narrow.is_empty(),
        "{found:?}"
    );
    let published = city.published();
    assert!(
        published[0].has("figure", WHOLE),
        "the first release is safe"
    );
    assert!(!published[1].has("figure", "d0:1"), "one person came");
}

#[test]
fn a_18th_shop_is_not_found_in_the_difference() {
    let shop = |saving: f64, other: f64, releases: &[bool]| Row {
        levels: vec![0],
        releases: releases.to_vec(),
        counted: saving,
        other,
    };
    let mut rows = vec![shop(12.0, 20.0, &[true, true]); 17];
    rows.push(shop(11.0, 26.0, &[false, true]));
    let city = City {
        unit: Unit::Shop,
        dimensions: vec![1],
        rows,
        releases: 2,
    };
    let found = attack(&city);
    assert!(
        found.exact.is_empty() && found.narrow.is_empty(),
        "{found:?}"
    );
    let published = city.published();
    assert!(published[0].has("figure", WHOLE), "17 shops are enough");
}

#[test]
fn a_suppressed_rest_does_not_follow_from_the_whole() {
    let shop = |level: usize| Row {
        levels: vec![level],
        releases: vec![true],
        counted: 10.0,
        other: 20.0,
    };
    // 119 shops in three kinds, and one other.
    let mut rows: Vec<Row> = (0..119).map(|own| shop(own % 3)).collect();
    rows.push(shop(3));
    let city = City {
        unit: Unit::Shop,
        dimensions: vec![4],
        rows,
        releases: 1,
    };
    let published = city.published();
    assert!(published[0].has("figure", WHOLE));
    let kinds = ["d0:0", "d0:1", "d0:2", "d0:3"].map(|own| published[0].has("figure", own));
    assert!(!kinds[3], "one shop");
    assert_eq!(
        kinds.iter().filter(|is_shown| **is_shown).count(),
        2,
        "one more is hidden"
    );
    let found = attack(&city);
    assert!(
        found.exact.is_empty() && found.narrow.is_empty(),
        "{found:?}"
    );
}

#[test]
fn a_release_of_the_same_responses_hides_no_more_than_the_one_before() {
    let mut city = seeded(7, Unit::Person);
    for row in &mut city.rows {
        row.releases = vec![true; 3];
    }
    let published = city.published();
    assert_eq!(published[0].published, published[1].published);
    assert_eq!(published[1].published, published[2].published);
}

#[test]
fn small_cells_are_never_published_and_the_choice_is_the_same_each_time() {
    for seed in 20..23 {
        for unit in [Unit::Person, Unit::Shop] {
            let city = seeded(seed, unit);
            let records = city.published();
            assert_eq!(records, city.published(), "city {seed}");
            for record in &records {
                let measure = &record.cells.measures[0];
                for (cell, content) in measure.cells.iter().zip(measure.contents()) {
                    let is_small = is_sensitive(unit, measure.scale, &content);
                    assert!(
                        !is_small || !record.has("figure", cell),
                        "city {seed}: {cell}"
                    );
                }
                let json = record.to_json();
                assert_eq!(&PublishedCells::from_json(&json).unwrap(), record);
            }
        }
    }
}
