//! Ballot stuffing on the demonstration city: 3,000 wholly positive forms through the open link move
//! neither a headline nor a verdict, the page names what moved the volunteers, and no other door is
//! open.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::support::office::FiguresReader;
use crate::support::site::complete;
use crate::support::{Answer, Scratch, Server, city, form, wait_for};

/// Fabricated forms.
const FAKES: usize = 3000;

/// The channel that they name. Nobody announced it.
const INVENTED: &str = "see http://elsewhere.example/x";

const SURVEY: &str = "satisfaction-2026";

/// A wholly positive form of one of many people, with a fresh id, as the page's script sends it after
/// three minutes.
pub fn fake(channel: &str) -> String {
    let id = uuid::Uuid::new_v4();
    let now = jiff::Timestamp::now();
    let started = (now - jiff::SignedDuration::from_mins(3)).to_string();
    let finished = now.to_string();
    // The population's mix, so that weighting does not take the forms back.
    let pick = |byte: usize, values: &[&'static str]| {
        let random = usize::from(id.as_bytes()[byte]);
        values[random % values.len()]
    };
    let counties = [
        "411702", "411721", "411722", "411723", "411724", "411725", "411726", "411727", "411728",
        "411729",
    ];
    let positive = complete().into_iter().map(|(code, value)| match code {
        "area" => (code, pick(0, &counties)),
        "urban" => (code, pick(1, &["urban", "rural"])),
        "sex" => (code, pick(2, &["f", "m"])),
        "age" => (code, pick(3, &["a18", "a30", "a45", "a60"])),
        "education" => (code, pick(4, &["junior", "senior", "college"])),
        "internet" => (code, pick(5, &["daily", "sometimes"])),
        "surveyed" => (code, pick(10, &["0", "1"])),
        "civic" => (code, pick(11, &["0", "1"])),
        _ if value == "4" => (code, "5"),
        _ => (code, value),
    });
    let (id, mut fields): (_, Vec<(&str, &str)>) = (id.to_string(), positive.collect());
    fields.extend([
        ("response_id", id.as_str()),
        ("channel", channel),
        ("started_at", &started),
        ("finished_at", &finished),
    ]);
    form(&fields)
}

fn post(server: &Server, body: &str, from: Option<&str>) -> u16 {
    let mut headers = vec![("Content-Type", "application/x-www-form-urlencoded")];
    headers.extend(from.map(|from| ("X-Forwarded-For", from)));
    let path = format!("/s/{SURVEY}");
    server
        .request("POST", &path, &headers, body.as_bytes())
        .status
}

/// The table of figures by indicator, dimension and level, once it has all `n` responses.
fn figures(reader: &FiguresReader<'_>, n: usize) -> BTreeMap<Vec<String>, Vec<String>> {
    let received = format!("{},{:03}", n / 1000, n % 1000);
    let path = format!("/results/{SURVEY}");
    wait_for("figures of all responses", Duration::from_secs(300), || {
        reader.get(&path).text().contains(&received)
    });
    let table = reader.get(&format!("{path}.csv")).text();
    let mut reader = csv::Reader::from_reader(table.trim_start_matches('\u{feff}').as_bytes());
    let rows = reader.records().map(|row| {
        let cells: Vec<String> = row.unwrap().iter().map(str::to_owned).collect();
        (cells[1..4].to_vec(), cells[4..].to_vec())
    });
    rows.collect()
}

/// Whether a line is one that volunteers may move: their own figure, and what it would be if they
/// counted.
fn is_of_volunteers(key: &[String]) -> bool {
    match key[1].as_str() {
        "part" => key[2] != "sampled",
        "sensitivity" => ["calibrated", "pooled"].contains(&key[2].as_str()),
        "without" => true,
        _ => false,
    }
}

#[test]
fn three_thousand_fakes_move_neither_headline_nor_verdict_and_the_page_names_what_they_moved() {
    let scratch = Scratch::new("stuffing");
    city::make(&scratch.0, 12_000);
    let data = scratch.0.to_str().unwrap();
    let arguments = ["--batch", "1", "--trusted-proxy", "127.0.0.1"];
    let mut all = vec!["serve", "--data", data];
    all.extend(arguments);
    let server = Server::start(&all);
    let reader = FiguresReader::of(&server, &scratch.0);
    let before = figures(&reader, 7200);

    // From one address: a few at once, and then as many as a person can fill in.
    let foreign = (0..60).map(|_| post(&server, &fake(INVENTED), Some("198.51.100.7")));
    let taken = foreign.filter(|status| *status == 303).count();
    assert!((30..40).contains(&taken), "{taken} of 60 were stored");
    assert_other_doors_are_closed(&server);

    // From this machine, which is not limited.
    let left = AtomicUsize::new(FAKES - taken);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let more = |n: usize| n.checked_sub(1);
                while left
                    .fetch_update(Ordering::Relaxed, Ordering::Relaxed, more)
                    .is_ok()
                {
                    assert_eq!(post(&server, &fake(INVENTED), None), 303);
                }
            });
        }
    });
    let after = figures(&reader, 7200 + FAKES);
    for (key, cells) in &before {
        if !is_of_volunteers(key) {
            assert_eq!(after.get(key), Some(cells), "{key:?}");
        }
    }
    let number =
        |key: [&str; 3]| -> f64 { after[&key.map(str::to_owned).to_vec()][3].parse().unwrap() };
    let volunteers = number(["satisfaction", "part", "volunteer"]);
    let without = number(["satisfaction", "without", "unannounced"]);
    assert!(volunteers - without > 0.005, "{volunteers} {without}");
    let key = ["satisfaction", "part", "volunteer"].map(str::to_owned);
    let honest: f64 = before[&key.to_vec()][3].parse().unwrap();
    assert!((without - honest).abs() < 1e-6, "{without} {honest}");

    let page = |language: &str| {
        reader
            .get(&format!("/results/{SURVEY}?lang={language}"))
            .text()
    };
    for (language, marks) in [
        (
            "en",
            [
                "Volunteers (moved by one channel)",
                "channels that were not announced: 3,000 of",
            ],
        ),
        ("zh", ["自愿填答（受某一渠道左右）", "没有登记的渠道：在"]),
    ] {
        let page = page(language);
        for mark in marks {
            assert!(page.contains(mark), "{mark}");
        }
        let shown = format!("{:.1}%", volunteers * 100.0);
        assert!(page.contains(&shown), "{shown}");
        // What a stranger wrote is on no official page.
        assert!(!page.contains("elsewhere.example"));
    }
}

/// Interviews and paper forms need a token, and a form cannot say that it is one.
fn assert_other_doors_are_closed(server: &Server) {
    let frame = std::fs::read_to_string("surveys/satisfaction-2026/frame.csv").unwrap();
    let drawn = frame.lines().find(|line| line.ends_with(",1")).unwrap();
    let psu = drawn.split(',').next().unwrap();
    let send = |mode: &str, psu: &str| -> Answer {
        let body = serde_json::json!({
            "id": uuid::Uuid::new_v4().to_string(), "survey": SURVEY, "mode": mode, "psu": psu,
            "answers": crate::support::site::answers(),
        });
        let headers = [("Content-Type", "application/json")];
        let body = body.to_string();
        server.request("POST", "/api/v1/responses", &headers, body.as_bytes())
    };
    for mode in ["onsite", "paper"] {
        assert_eq!(send(mode, psu).status, 401, "{mode}");
    }
    assert_eq!(send("online", psu).status, 422);
}
