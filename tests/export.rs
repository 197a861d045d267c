//! `minyi export` and the published figures: the same responses, the same weights, the same
//! figures.

use minyi::collection::{Response, Timing};
use minyi::formats::microdata::Cells;
use minyi::formats::microdata_csv;
use minyi::store::{DatabaseUrl, Store};

use crate::support::city;
use crate::support::office::FiguresReader;
use crate::support::published::estimate;
use crate::support::site::{rows, stored};
use crate::support::{Scratch, Server, device_token, run};

#[test]
fn people_interviewed_away_from_home_count_in_the_psu_of_the_interview() {
    let scratch = Scratch::new("away");
    city::make(&scratch.0, 6000);
    let server = city::serve(&scratch.0);
    let path = "/results/satisfaction-2026.json";
    let received = |json: &serde_json::Value| json["extension"]["n_received"].as_u64().unwrap();
    let token = device_token(&scratch.0, "e07", &["--mode", "onsite"]);
    let reader = FiguresReader::of(&server, &scratch.0);
    let before = received(&reader.wait_for(path));
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
        let sent = server.post_json_as(&token, "/api/v1/responses", &sent);
        // The people at the market were not drawn.
        assert_eq!(sent.status, if psu == "market" { 422 } else { 201 });
    }
    let after = (0..600).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(50));
        received(&reader.get(path).json()) == before + 8
    });
    assert!(after, "the figures are not computed again");
    let away: std::collections::BTreeSet<_> = stored(&scratch, "satisfaction-2026")
        .into_iter()
        .filter(|row| row["response_id"].starts_with("0190a000-0000-7000-8000-"))
        .map(|row| (row["stratum"].clone(), row["psu"].clone()))
        .collect();
    let place = |stratum: &str, psu: &str| (stratum.to_owned(), psu.to_owned());
    assert_eq!(away, [place("411702*urban*sampled", "411702-U-06"),].into());
}

#[test]
fn the_demo_is_wrong_pooled_and_right_as_published_and_its_export_gives_every_figure_again() {
    let scratch = Scratch::new("demo");
    let data = scratch.path("data");
    let server = Server::start(&[
        "demo",
        "--data",
        data.to_str().unwrap(),
        "--responses",
        "12000",
        "--no-releases",
        "--seed",
        "7",
    ]);
    let path = "/results/satisfaction-2026";
    let reader = FiguresReader::of(&server, &data);
    let json = reader.wait_for(&format!("{path}.json"));
    // The truth of the city in this wave is 0.913 and 0.896.
    for (indicator, truth) in [("satisfaction", 0.913), ("participation", 0.896)] {
        let figure = |domain: &str, measure: &str| estimate(&json, indicator, domain, measure);
        let pooled = figure("sensitivity:pooled", "estimate");
        assert!((pooled - truth) > 0.015, "{indicator}: pooled {pooled}");
        let (published, error) = (figure("all", "estimate"), figure("all", "std_error"));
        assert!(
            (published - truth).abs() < 3.0 * error,
            "{indicator}: {published} ± {error}"
        );
        assert_eq!(published, figure("part:sampled", "estimate"));
    }
    for cells in ["--codes", "--labels"] {
        let compared = same_figures_again(&scratch, &data, &json, cells);
        assert!(compared > 600, "{cells}: {compared} figures compared");
    }
    assert_eq!(
        rows(scratch.path("out-codebook.csv").to_str().unwrap())
            .iter()
            .filter(|row| row["variable"] == "a1")
            .count(),
        7
    );
    let page = reader.get(path).text();
    for needed in [
        "<svg",
        "<title>",
        "<desc>",
        "达标",
        "设计效应",
        "自愿填答者",
        "换一种做法",
        "不清楚",
        "伪造",
        ".csv",
    ] {
        assert!(page.contains(needed), "{needed}");
    }
    assert!(!page.contains("style="), "no inline style");
}

#[test]
fn a_blend_is_a_figure_between_both_parts_and_the_export_gives_it_again() {
    let scratch = Scratch::new("calibrated");
    let data = scratch.path("data");
    city::make(&data, 6000);
    let path = "/results/satisfaction-2026";
    let plan = data.join("surveys/satisfaction-2026/plan.toml");
    let text = std::fs::read_to_string(&plan).unwrap();
    let text = text.replace("combine = \"sampled\"", "combine = \"calibrated\"");
    std::fs::write(&plan, text).unwrap();
    let server = city::serve(&data);
    let reader = FiguresReader::of(&server, &data);
    let json = reader.wait_for(&format!("{path}.json"));
    let part = |part: &str| estimate(&json, "satisfaction", &format!("part:{part}"), "estimate");
    let whole = estimate(&json, "satisfaction", "all", "estimate");
    let (sampled, volunteer) = (part("sampled"), part("volunteer"));
    assert!(
        whole > sampled.min(volunteer) && whole < sampled.max(volunteer),
        "{sampled} {whole} {volunteer}"
    );
    let compared = same_figures_again(&scratch, &data, &json, "--codes");
    assert!(compared > 600, "{compared} figures compared");
    let page = reader.get(path).text();
    assert!(page.contains("先各自加权"));
}

/// Compares every figure and verdict of `minyi estimate`, from the files of `minyi export`, with the
/// published ones, to the last digit; returns how many were compared.
fn same_figures_again(
    scratch: &Scratch,
    data: &std::path::Path,
    json: &serde_json::Value,
    cells: &str,
) -> usize {
    let file = scratch.path("out.csv");
    let (code, _, errors) = run(&[
        "export",
        "satisfaction-2026",
        "--format",
        "csv",
        cells,
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
    for (set, found) in sets(&again) {
        for found in found {
            let Some((indicator, domain)) = published_place(&set, found) else {
                continue;
            };
            for measure in ["estimate", "std_error", "lower", "upper", "df", "n"] {
                let published = estimate(json, &indicator, &domain, measure);
                if !published.is_nan() {
                    let found = found[measure].as_f64().unwrap();
                    // Published numbers have 12 significant digits.
                    let found: f64 = format!("{found:.11e}").parse().unwrap();
                    assert_eq!(found, published, "{cells} {indicator} {domain} {measure}");
                    compared += 1;
                }
            }
        }
    }
    for indicator in ["satisfaction", "participation"] {
        let whole = again["estimates"].as_array().unwrap().iter();
        let whole = whole.clone().find(|found| {
            found["name"] == indicator && found["domain"].as_object().unwrap().is_empty()
        });
        let about = &json["extension"]["indicators"][indicator];
        assert_eq!(whole.unwrap()["verdict"], about["verdict"], "{indicator}");
        let tipping = again["sensitivity"]["tipping"].as_array().unwrap().iter();
        let forms = tipping
            .clone()
            .find(|found| found["name"] == indicator)
            .map_or(serde_json::Value::Null, |found| {
                found["fabrication"].clone()
            });
        assert_eq!(forms, about["tipping"]["fabrication"], "{indicator}");
    }
    compared
}

/// The sets of estimates in the output of `minyi estimate`, by the domain that they are published as.
fn sets(again: &serde_json::Value) -> Vec<(String, &Vec<serde_json::Value>)> {
    let blend = &again["blend"];
    let mut sets = vec![(String::new(), again["estimates"].as_array().unwrap())];
    for (set, domain) in [
        ("reference", "part:sampled"),
        ("volunteer", "part:volunteer"),
        ("blended", "part:blend"),
    ] {
        sets.push((domain.to_owned(), blend[set].as_array().unwrap()));
    }
    for scenario in again["sensitivity"]["scenarios"].as_array().unwrap() {
        let name = scenario["name"].as_str().unwrap();
        let estimates = scenario["estimates"].as_array().unwrap();
        sets.push((format!("sensitivity:{name}"), estimates));
    }
    sets
}

/// Indicator and domain of an estimate on the page; `None` if it is not shown there.
fn published_place(set: &str, found: &serde_json::Value) -> Option<(String, String)> {
    let name: Vec<&str> = found["name"].as_str().unwrap().split('/').collect();
    let domain = found["domain"].as_object().unwrap().iter().next();
    let place = match (name.as_slice(), domain) {
        ([indicator], None) if set.is_empty() => (*indicator, "all".to_owned()),
        ([indicator], None) => (*indicator, set.to_owned()),
        _ if !set.is_empty() => return None,
        ([indicator], Some((variable, level))) => (
            *indicator,
            format!("{variable}:{}", level.as_str().unwrap()),
        ),
        ([indicator, "reading", "dont_know"], None) => (*indicator, "dont_know:share".to_owned()),
        ([indicator, "reading", reading], None) => (*indicator, format!("sensitivity:{reading}")),
        ([indicator, section], None) => (*indicator, format!("section:{section}")),
        ([indicator, _, item], None) => (*indicator, format!("item:{item}")),
        _ => return None,
    };
    Some((place.0.to_owned(), place.1))
}

#[test]
fn an_export_holds_what_was_stored_when_it_began_whatever_comes_in_meanwhile() {
    let scratch = Scratch::new("export-meanwhile");
    let data = scratch.path("city");
    let catalogue = city::make(&data, 6000);
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
            invitation: None,
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
    let exported = microdata_csv::csv(
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
    let header = rows.headers().unwrap().clone();
    let position = |column: &str| header.iter().position(|name| name == column).unwrap();
    let (weight, part) = (position("weight"), position("part"));
    let weights: Vec<(bool, f64)> = rows
        .records()
        .map(|row| row.unwrap())
        .map(|row| (&row[part] == "sampled", row[weight].parse().unwrap()))
        .collect();
    assert_eq!(weights.len() as u64, exported.rows);
    // Volunteers have no weight in the published figures.
    let is_right = |(is_sampled, weight): &(bool, f64)| *is_sampled == (*weight > 0.0);
    assert!(weights.iter().all(is_right));
}
