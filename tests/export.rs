//! `minyi export` and the published figures: the same responses, the same weights, the same
//! figures.

use minyi::collection::{Response, Timing};
use minyi::formats::microdata::{self, Cells};
use minyi::store::{DatabaseUrl, Store};
use minyi::survey::Catalogue;

use crate::support::published::{estimate, wait_for_figures};
use crate::support::site::{rows, stored};
use crate::support::{Scratch, Server, run};

#[test]
fn people_who_are_met_away_from_home_count_where_they_were_met_and_stop_no_figure() {
    let scratch = Scratch::new("away");
    let data = scratch.0.to_str().unwrap();
    let server = Server::start(&["demo", "--data", data, "--responses", "6000"]);
    let path = "/results/satisfaction-2026.json";
    let received = |json: &serde_json::Value| json["extension"]["n_received"].as_u64().unwrap();
    let before = received(&wait_for_figures(&server, path));
    let store = Store::open_reader(&DatabaseUrl::Sqlite(scratch.path("minyi.sqlite"))).unwrap();
    let some = store.scan("satisfaction-2026", -1, 1).unwrap().remove(0);
    // Interviewed in a PSU of the sample, but living elsewhere; and in a place outside the frame.
    let met = [
        ("411702-U-06", "411722", "rural"),
        ("411702-U-06", "411702", "rural"),
        ("market", "411723", "urban"),
    ];
    for number in 0..12 {
        let (psu, area, urban) = met[number % 3];
        let mut answers: serde_json::Value = serde_json::from_str(&some.answers).unwrap();
        answers["area"] = area.into();
        answers["urban"] = urban.into();
        let sent = serde_json::json!({
            "id": format!("0190a000-0000-7000-8000-{number:012}"),
            "survey": "satisfaction-2026", "mode": "onsite", "psu": psu, "answers": answers,
            "started_at": "2026-11-01T08:00:00Z", "finished_at": "2026-11-01T08:05:00Z",
        });
        assert_eq!(server.post_json("/api/v1/responses", &sent).status, 201);
    }
    let after = (0..600).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(50));
        received(&server.get(path).json()) == before + 12
    });
    assert!(after, "the figures are not computed again");
    let away: std::collections::BTreeSet<_> = stored(&scratch, "satisfaction-2026")
        .into_iter()
        .filter(|row| row["response_id"].starts_with("0190a000-0000-7000-8000-"))
        .map(|row| (row["stratum"].clone(), row["psu"].clone()))
        .collect();
    let place = |stratum: &str, psu: &str| (stratum.to_owned(), psu.to_owned());
    assert_eq!(
        away,
        [
            place("411702*urban*onsite", "411702-U-06"),
            place("411723*urban*onsite", "411723*urban*onsite#market"),
        ]
        .into()
    );
}

#[test]
fn the_demo_shows_that_weighting_mends_what_the_open_web_bends_and_export_gives_the_same_figures() {
    let scratch = Scratch::new("demo");
    let data = scratch.path("data");
    let server = Server::start(&[
        "demo",
        "--data",
        data.to_str().unwrap(),
        "--responses",
        "6000",
        "--seed",
        "7",
    ]);
    let path = "/results/satisfaction-2026";
    let json = wait_for_figures(&server, &format!("{path}.json"));
    let raw = json["extension"]["indicators"]["satisfaction"]["unweighted"]
        .as_f64()
        .unwrap();
    let weighted = estimate(&json, "satisfaction", "all", "estimate");
    let error = estimate(&json, "satisfaction", "all", "std_error");
    // The truth of the city in this wave is 0.913.
    assert!(
        (raw - 0.913).abs() > 0.015,
        "the raw figure is visibly wrong: {raw}"
    );
    assert!(
        (weighted - 0.913).abs() < 3.0 * error,
        "the weighted one is not: {weighted} ± {error}"
    );

    let compared = same_figures_again(&scratch, &data, &json);
    assert!(compared > 200, "{compared} figures compared");
    assert_eq!(
        rows(scratch.path("out-codebook.csv").to_str().unwrap())
            .iter()
            .filter(|row| row["variable"] == "a1")
            .count(),
        7
    );
    let page = server.get(path).text();
    for needed in [
        "<svg",
        "<title>",
        "<desc>",
        "达标",
        "设计效应",
        "Korn",
        ".csv",
    ] {
        assert!(page.contains(needed), "{needed}");
    }
    assert!(!page.contains("style="), "no inline style");
}

#[test]
fn modes_weighted_apart_and_mixed_give_figures_between_both_that_the_export_gives_again() {
    let scratch = Scratch::new("composite");
    let data = scratch.path("data");
    let demo = [
        "demo",
        "--data",
        data.to_str().unwrap(),
        "--responses",
        "6000",
    ];
    let path = "/results/satisfaction-2026";
    drop(Server::start(&demo));
    for (combine, said) in [("composite", "先各自加权"), ("onsite", "只出自现场样本")] {
        let plan = data.join("surveys/satisfaction-2026/plan.toml");
        let text = std::fs::read_to_string(&plan).unwrap();
        let lines = text
            .lines()
            .map(|line| match line.starts_with("combine = \"") {
                true if line.contains("pool") || line.contains("composite") => {
                    format!("combine = \"{combine}\"")
                }
                _ => line.to_owned(),
            });
        let text: Vec<String> = lines.collect();
        std::fs::write(&plan, text.join("\n")).unwrap();
        let server = Server::start(&demo);
        let json = wait_for_figures(&server, &format!("{path}.json"));
        let part =
            |part: &str| estimate(&json, "satisfaction", &format!("part:{part}"), "estimate");
        let (whole, onsite, online) = (
            estimate(&json, "satisfaction", "all", "estimate"),
            part("onsite"),
            part("online"),
        );
        if combine == "onsite" {
            assert_eq!(whole, onsite);
        } else {
            assert!(
                whole > onsite.min(online) && whole < onsite.max(online),
                "{onsite} {whole} {online}"
            );
        }
        let compared = same_figures_again(&scratch, &data, &json);
        assert!(compared > 200, "{combine}: {compared} figures compared");
        let page = server.get(path).text();
        assert!(page.contains(said), "{combine}");
    }
}

/// Compares the figures of `minyi estimate`, from the files of `minyi export`, with the published
/// figures, to the last digit; returns how many were compared.
fn same_figures_again(
    scratch: &Scratch,
    data: &std::path::Path,
    json: &serde_json::Value,
) -> usize {
    let file = scratch.path("out.csv");
    let (code, _, errors) = run(&[
        "export",
        "satisfaction-2026",
        "--format",
        "csv",
        "-o",
        file.to_str().unwrap(),
        "--data",
        data.to_str().unwrap(),
    ]);
    assert_eq!(code, 0, "{errors}");
    let spec = scratch.path("out-spec.toml");
    let (code, out, errors) = run(&[
        "estimate",
        "--data",
        file.to_str().unwrap(),
        "--spec",
        spec.to_str().unwrap(),
    ]);
    assert_eq!(code, 0, "{out}{errors}");
    let again: serde_json::Value = serde_json::from_str(&out).unwrap();
    let mut compared = 0;
    for found in again["estimates"].as_array().unwrap() {
        let name = found["name"].as_str().unwrap();
        if name.contains('/') {
            continue;
        }
        let domain = match found["domain"].as_object().unwrap().iter().next() {
            None => "all".to_owned(),
            Some((variable, level)) => format!("{variable}:{}", level.as_str().unwrap()),
        };
        for measure in ["estimate", "std_error", "lower", "upper", "df"] {
            let published = estimate(json, name, &domain, measure);
            if !published.is_nan() {
                assert_eq!(
                    found[measure].as_f64().unwrap(),
                    published,
                    "{name} {domain} {measure}"
                );
                compared += 1;
            }
        }
    }
    compared
}

#[test]
fn an_export_holds_what_was_stored_when_it_began_whatever_comes_in_meanwhile() {
    let scratch = Scratch::new("export-meanwhile");
    let data = scratch.path("city");
    drop(Server::start(&[
        "demo",
        "--responses",
        "6000",
        "--data",
        data.to_str().unwrap(),
    ]));
    let catalogue = Catalogue::load(&data.join("surveys")).unwrap();
    let survey = &catalogue.surveys["satisfaction-2026"];
    let store = Store::open(&DatabaseUrl::Sqlite(data.join("minyi.sqlite"))).unwrap();
    let before = store.count(&survey.id).unwrap();
    let more: Vec<Response> = store
        .scan(&survey.id, -1, 500)
        .unwrap()
        .into_iter()
        .map(|row| Response {
            id: uuid::Uuid::new_v4(),
            survey: row.survey,
            questionnaire_hash: row.questionnaire_hash,
            mode: row.mode,
            channel: row.channel,

            psu: String::new(),
            area: row.area,
            timing: Timing {
                received_at: row.received_at,
                started_at: row.started_at,
                finished_at: row.finished_at,
            },
            enumerator: row.enumerator,
            device: row.device,
            flags: row.flags,
            answers: row.answers,
        })
        .collect();
    let mut more = Some(more);
    let (mut used, mut excluded) = (Vec::new(), Vec::new());
    let exported = microdata::csv(
        &catalogue,
        survey,
        &store,
        Cells::Codes,
        &mut used,
        &mut excluded,
        &mut |_| {
            if let Some(more) = more.take() {
                store.insert_all(more).unwrap();
            }
        },
    )
    .unwrap();
    assert_eq!(store.count(&survey.id).unwrap(), before + 500);
    assert_eq!(exported.rows + exported.excluded, before);
    let mut rows = csv::Reader::from_reader(used.as_slice());
    let weight = rows
        .headers()
        .unwrap()
        .iter()
        .position(|name| name == "weight")
        .unwrap();
    let weights: Vec<f64> = rows
        .records()
        .map(|row| row.unwrap()[weight].parse().unwrap())
        .collect();
    assert_eq!(weights.len() as u64, exported.rows);
    assert!(weights.iter().all(|weight| *weight > 0.0));
}
