//! No bytes from outside may stop the program: the doors of `fuzz/entries.rs`, here by random bytes, by random words of each
//! language and by true files with pieces lost, doubled and exchanged. Coverage-guided runs: see `fuzz/Cargo.toml`.

use proptest::prelude::*;

use crate::support::database::Database;
use crate::support::root;

#[path = "../fuzz/entries.rs"]
mod entries;

/// Words of all the languages that come in.
fn words() -> Vec<String> {
    let file = std::fs::read_to_string(root().join("fuzz/words.dict")).unwrap();
    file.lines()
        .map(|line| line.trim_matches('"').replace("\\x22", "\""))
        .collect()
}

/// True inputs of every door.
fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = vec![
        crate::support::form(&crate::support::site::complete()).into_bytes(),
        br#"{"a1":4,"area":"411702","uses":["a","b"],"opinion":"\u597d"}"#.to_vec(),
        b"age >= 18 and (county in ['411702', 'x'] or count(uses) > 1) and not answered(age)".to_vec(),
        b"[design]\nweight=\"w\"\nstrata=\"cu\"\npsu=\"psu\"\n[[estimate]]\nname=\"s\"\nkind=\"proportion\"\nvariable=\"s1\"\ncounts=[4,5]\nby=[\"sex\"]\n".to_vec(),
        b"a,w\n\"x, \"\"y\"\"\",1\nz,2\r\n".to_vec(),
        b"c=%E6%B5%B7%E6%8A%A5+7&lang=en&text=large&from=singlemessage".to_vec(),
        b"unknown, 198.51.100.7:49152, [2001:db8::7]:443,10.9.9.9".to_vec(),
        b"area,age,a1,uses\n411702,30-39,4,a;b\n\xe9\xa9\xbf\xe5\x9f\x8e\xe5\x8c\xba,18,\xe6\xbb\xa1\xe6\x84\x8f,\n".to_vec(),
        backup(),
    ];
    for file in [
        "surveys/areas.toml",
        "surveys/fixtures-2026/questionnaire.toml",
        "surveys/fixtures-2026/plan.toml",
        "surveys/satisfaction-2026/population.csv",
    ] {
        seeds.push(std::fs::read(root().join(file)).unwrap());
    }
    seeds
}

/// A backup of three responses.
fn backup() -> Vec<u8> {
    let database = Database::sqlite("door");
    let store = database.open();
    let crowd = (0..3)
        .map(crate::support::responses::of_two_surveys)
        .collect();
    store.insert_all(crowd).unwrap();
    crate::support::responses::backup_of(&store)
}

fn through_every_door(bytes: &[u8]) {
    for (_, door) in entries::ALL {
        door(bytes);
    }
}

/// Found by coverage: with blanks around its operators a rule is longer than one may be; a long chain exhausted the stack.
#[test]
fn a_rule_nearly_as_long_as_one_may_be_stops_nothing() {
    through_every_door(format!("{}1 < 1", "12345678*".repeat(190)).as_bytes());
    for operators in [500, 990] {
        through_every_door(format!("{}1 < 1", "1*".repeat(operators)).as_bytes());
    }
}

proptest! {
    #[test]
    fn random_bytes_stop_nothing(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        through_every_door(&bytes);
    }

    #[test]
    fn random_words_stop_nothing(
        chosen in prop::collection::vec((prop::sample::select(words()), prop::sample::select(vec!["", " ", "\n", "=", "&", ","])), 0..40),
    ) {
        let text: String = chosen.iter().flat_map(|(word, joint)| [word.as_str(), joint]).collect();
        through_every_door(text.as_bytes());
    }

    #[test]
    fn true_inputs_with_pieces_lost_doubled_and_exchanged_stop_nothing(
        mut seed in prop::sample::select(seeds()),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<u8>(), 0..4), 1..8),
    ) {
        for (one, other, byte, change) in changes {
            if seed.is_empty() {
                break;
            }
            let (from, to) = (one.index(seed.len()), other.index(seed.len()));
            let (from, to) = (from.min(to), from.max(to).min(from.min(to) + 200));
            match change {
                0 => { seed.drain(from..to); }
                1 => { let piece = seed[from..to].to_vec(); seed.splice(from..from, piece); }
                2 => seed[from] = byte,
                _ => seed[from..to].reverse(),
            }
        }
        through_every_door(&seed);
    }
}
