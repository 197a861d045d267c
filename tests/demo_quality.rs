//! The fictional city has a slow county, a flooded channel, a careless enumerator and a typist who
//! copies. The page of fieldwork and the rules of quality find all four, and nearly nobody else.
//!
//! `MINYI_TEST_SLOW=1` takes as many responses as `minyi demo` makes by default, else half as many.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use minyi::collection::back_check::BackCheckKey;
use minyi::collection::fieldwork::local_day;
use minyi::demo::enumerators::{CARELESS, COPIER};
use minyi::fieldwork::attention::Attention;
use minyi::quality::Subject;
use minyi::release::back_checks::CheckedInterviews;
use minyi::release::fieldwork_counts::FieldworkCounts;
use minyi::release::fieldwork_report::fieldwork_report;
use minyi::release::kept::{KeptColumns, WaveColumns};
use minyi::release::quality_findings::quality_findings;
use minyi::release::stored::{self, Extent};
use minyi::store::{DatabaseUrl, Held, LeafRanges, Store};

use crate::support::office::Staff;
use crate::support::{Scratch, Server, city, wait_for};

const SURVEY: &str = "satisfaction-2026";

/// The slow county, 确山县.
const SLOW: &str = "411725";

fn responses() -> u32 {
    match std::env::var_os("MINYI_TEST_SLOW") {
        Some(_) => 12_000,
        None => 6_000,
    }
}

/// Rows of the fabricated responses: nobody else answers online in less than 100 seconds.
fn fabricated(wave: &WaveColumns) -> BTreeSet<u32> {
    let channels = wave.channel.decode_all();
    let rows = (0..).zip(channels.iter().zip(&wave.duration));
    rows.filter(|(_, (channel, seconds))| {
        wave.channel.label(**channel) == "poster" && **seconds < 100
    })
    .map(|(row, _)| row)
    .collect()
}

#[test]
fn the_rules_and_the_report_find_whom_the_city_has_and_nearly_nobody_else() {
    let scratch = Scratch::new("demo-quality");
    let catalogue = city::make(&scratch.0, responses());
    let (survey, areas) = (&catalogue.surveys[SURVEY], &catalogue.areas);
    let store = Store::open(&DatabaseUrl::Sqlite(scratch.0.join("minyi.sqlite"))).unwrap();
    let wave = stored::wave_from(survey, (&store, &KeptColumns::nowhere()), u64::MAX).unwrap();

    let found = quality_findings(survey, areas, &wave);
    let proposed = found.findings.iter().filter(|own| own.is_proposed);
    let proposed: Vec<(&str, &Subject)> = proposed.map(|own| (own.rule, &own.subject)).collect();
    let poster = Subject::Channel("poster".to_owned());
    let [careless, copier] = [CARELESS, COPIER].map(|name| Subject::Enumerator(name.to_owned()));
    let expected = [
        ("flood", &poster),
        ("enumerator_variance", &careless),
        ("enumerator_copies", &copier),
    ];
    for own in expected {
        assert!(proposed.contains(&own), "{own:?} in {proposed:?}");
    }
    let accused = proposed
        .iter()
        .filter(|(_, subject)| matches!(subject, Subject::Enumerator(_)));
    assert!(
        accused
            .clone()
            .all(|(_, subject)| [&careless, &copier].contains(subject)),
        "{proposed:?}"
    );

    let enumerators = wave.enumerator.decode_all();
    let is_cheat = |row: &u32| {
        let code = enumerators[usize::try_from(*row).unwrap()];
        [CARELESS, COPIER].contains(&wave.enumerator.label(code))
    };
    let rows: BTreeSet<u32> = found.leaves.keys().copied().collect();
    let fabricated = fabricated(&wave);
    let caught = fabricated.intersection(&rows).count();
    assert!(fabricated.len() > 200, "{}", fabricated.len());
    assert!(
        caught * 100 >= fabricated.len() * 95,
        "{caught} of {}",
        fabricated.len()
    );
    let honest = |row: &&u32| !fabricated.contains(*row) && !is_cheat(row);
    let honest = rows.iter().filter(honest).count();
    assert!(honest * 100 <= wave.len(), "{honest} of {}", wave.len());

    let plan = survey.plan.as_ref().unwrap();
    let counts = FieldworkCounts::new(survey, plan, areas, (&wave, &Held::default())).unwrap();
    // What is held counts nowhere.
    let leaves: LeafRanges = found.leaves.values().copied().collect();
    let held = Held::default().with(&leaves);
    let without = FieldworkCounts::new(survey, plan, areas, (&wave, &held)).unwrap();
    assert_eq!(without.n_received, counts.n_received);
    let n_held = u64::try_from(found.leaves.len()).unwrap();
    assert_eq!(without.n_valid, counts.n_valid - n_held);
    let interviews = |held: &Held| -> u64 {
        let found = stored::interviews_of(survey, areas, (&wave, held)).unwrap();
        found.values().sum()
    };
    assert!(interviews(&held) < interviews(&Held::default()));
    // Back-checks that are chosen bit by bit are those that are chosen at once.
    let key = BackCheckKey::new("secret");
    let half = u64::try_from(wave.len() / 2).unwrap();
    let half = stored::wave_from(survey, (&store, &KeptColumns::nowhere()), half).unwrap();
    let at_once = CheckedInterviews::default().with(&wave, &key);
    let by_bits = CheckedInterviews::default().with(&half, &key);
    assert!(!at_once.chosen.is_empty());
    assert_eq!(by_bits.with(&wave, &key), at_once);

    let last = jiff::Timestamp::from_microsecond(counts.last_received).unwrap();
    let today = local_day(last).tomorrow().unwrap();
    let all = Extent::now(&store, survey, u64::MAX).unwrap();
    let figures = stored::figures(&catalogue, survey, &store, all, &BTreeMap::new()).unwrap();
    let none = BTreeMap::new();
    let report = fieldwork_report((survey, areas), &counts, Some(&figures), &none, today);
    let mut behind: Vec<(&str, f64)> = report
        .attention
        .iter()
        .filter_map(|own| match own {
            Attention::CountyBehind { county, behind, .. } => Some((county.as_str(), *behind)),
            _ => None,
        })
        .collect();
    behind.sort_by(|one, other| other.1.total_cmp(&one.1));
    assert_eq!(behind.first().map(|own| own.0), Some(SLOW), "{behind:?}");
    assert_eq!(report.forecasts.len(), 2);
    for own in &report.forecasts {
        let forecast = own.forecast.as_ref().unwrap();
        assert!(forecast.half_width_at_close > 0.0 && forecast.half_width_at_close < 0.05);
    }
}

#[test]
fn the_page_of_a_demonstration_takes_the_day_after_the_last_response_as_today() {
    let scratch = Scratch::new("demo-fieldwork");
    let data = scratch.0.to_str().unwrap();
    city::make(&scratch.0, 600);
    let page = |arguments: &[&str]| {
        let server = Server::start(arguments);
        let role = if arguments[0] == "demo" {
            "supervisor"
        } else {
            "statistician"
        };
        let staff = Staff::with_role(&server, &scratch.0, role);
        let mut page = String::new();
        wait_for("counts", Duration::from_secs(60), || {
            page = staff
                .get(&format!("/office/{SURVEY}/fieldwork?lang=en"))
                .text();
            page.contains("responses received")
        });
        page
    };
    let demo = [
        "demo",
        "--no-releases",
        "--responses",
        "600",
        "--data",
        data,
    ];
    let demonstration = page(&demo);
    assert!(
        demonstration.contains("the day after the last response (2026-10-19) as today"),
        "{demonstration}"
    );
    assert!(demonstration.contains("Queshan County"), "{demonstration}");
    let real = page(&["serve", "--data", data]);
    assert!(!real.contains("as today"), "{real}");
}
