//! The fictional city: repeatable by its seed, also after an interruption.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use minyi::demo::populate::populate;
use minyi::demo::waves::WAVES;
use minyi::store::{DatabaseUrl, Store};
use minyi::survey::Catalogue;

use crate::support::city::fiction;
use crate::support::{Scratch, root};

/// Responses over all waves: one wave then needs more than one batch.
const RESPONSES: u32 = 4_000;

/// The id, times and answers of every response of every wave, in the order of storing.
fn stored(store: &Store) -> Vec<String> {
    let mut rows = Vec::new();
    for wave in WAVES {
        for row in store.scan(wave.id, -1, 10_000).unwrap() {
            let (id, psu, channel) = (row.id, row.psu, row.channel);
            let (at, answers) = (row.received_at, row.answers);
            rows.push(format!("{id} {psu} {channel} {at} {answers}"));
        }
    }
    rows
}

fn open(folder: &Path) -> Store {
    Store::open(&DatabaseUrl::Sqlite(folder.join("minyi.sqlite"))).unwrap()
}

#[test]
fn one_seed_makes_one_city_also_after_an_interruption_and_another_seed_makes_another() {
    let catalogue = Catalogue::load(&root().join("surveys")).unwrap();
    let (whole, cut, other) = (
        Scratch::new("whole"),
        Scratch::new("cut"),
        Scratch::new("other"),
    );
    let store = open(&whole.0);
    let mut made = Vec::new();
    populate(&fiction(&catalogue, 7, RESPONSES), &store, &mut |n| {
        made.push(n)
    })
    .unwrap();
    let city = stored(&store);
    assert_eq!(city.len(), 4_000);
    assert_eq!(made.last(), Some(&4_000));

    let store = open(&cut.0);
    let mut batches = 0;
    let interrupted = catch_unwind(AssertUnwindSafe(|| {
        populate(&fiction(&catalogue, 7, RESPONSES), &store, &mut |_| {
            batches += 1;
            assert!(batches < 2, "interrupted");
        })
    }));
    assert!(interrupted.is_err());
    let begun = stored(&store).len();
    assert!(begun > 0 && begun < 4_000, "{begun}");
    populate(&fiction(&catalogue, 7, RESPONSES), &store, &mut |_| ()).unwrap();
    assert_eq!(stored(&store), city);
    // A whole city stays as it is.
    populate(&fiction(&catalogue, 7, RESPONSES), &store, &mut |_| {
        panic!("nothing is missing")
    })
    .unwrap();

    let store = open(&other.0);
    populate(&fiction(&catalogue, 8, 200), &store, &mut |_| ()).unwrap();
    let answers = |row: &String| row.split_once(' ').unwrap().1.to_owned();
    let first: Vec<String> = city.iter().take(40).map(answers).collect();
    assert_ne!(
        stored(&store)
            .iter()
            .take(40)
            .map(answers)
            .collect::<Vec<_>>(),
        first
    );
}
