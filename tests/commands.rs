//! The commands as a bureau uses them.

use crate::respond::{complete, rows, stored};
use minyi::collection::{Response, Timing};
use minyi::formats::microdata::{self, Cells};
use minyi::store::{DatabaseUrl, Store};
use minyi::survey::Catalogue;

use crate::support::{Scratch, Server, root, run};

/// A CSV of `count` filled-in questionnaires.
fn paper(count: usize) -> Vec<Vec<String>> {
    let fields = complete();
    let mut table = vec![
        fields
            .iter()
            .map(|(name, _)| (*name).to_owned())
            .collect::<Vec<_>>(),
    ];
    table.extend((0..count).map(|_| {
        fields
            .iter()
            .map(|(_, value)| (*value).to_owned())
            .collect()
    }));
    table
}

fn csv_text(table: &[Vec<String>]) -> String {
    table.iter().map(|row| row.join(",") + "\n").collect()
}

#[test]
fn three_bad_rows_among_500_store_nothing_and_are_named_corrected_500_are_stored() {
    let scratch = Scratch::new("import");
    let mut table = paper(500);
    let column = |name: &str| table[0].iter().position(|known| known == name).unwrap();
    let (a1, area, sex) = (column("a1"), column("area"), column("sex"));
    table[41][a1] = "6".into();
    table[200][area] = "999999".into();
    table[480][sex] = String::new();
    let file = scratch.write("paper.csv", &csv_text(&table));
    let data = scratch.path("data");
    let import = |extra: &[&str]| {
        let mut arguments = vec![
            "import",
            "satisfaction-2026",
            file.to_str().unwrap(),
            "--mode",
            "paper",
        ];
        arguments.extend([
            "--data",
            data.to_str().unwrap(),
            "--surveys",
            "surveys",
            "--language",
            "en",
        ]);
        arguments.extend(extra);
        run(&arguments)
    };
    let (code, faults, _) = import(&[]);
    assert_eq!(code, 1);
    let lines: Vec<&str> = faults.lines().collect();
    assert_eq!(lines.len(), 3, "{faults}");
    for (line, place) in lines.iter().zip([
        "row 42, column a1",
        "row 201, column area",
        "row 481, column sex",
    ]) {
        assert!(line.contains(place), "{line}");
    }
    table[41][a1] = "5".into();
    table[200][area] = "411722".into();
    table[480][sex] = "m".into();
    std::fs::write(&file, csv_text(&table)).unwrap();
    assert_eq!(import(&["--dry-run"]).0, 0);
    let (code, out, errors) = import(&[]);
    assert_eq!(code, 0, "{errors}");
    assert!(out.contains("500 rows stored"), "{out}");
    let (code, out, _) = import(&[]);
    assert_eq!(
        (code, out.contains("0 rows stored, 500 were stored already")),
        (0, true),
        "{out}"
    );
    let scratch = Scratch(data);
    assert_eq!(stored(&scratch, "satisfaction-2026").len(), 500);
}

#[test]
fn check_finds_the_instruments_of_this_repository_fit_for_the_field() {
    let (code, out, errors) = run(&["check"]);
    assert_eq!(code, 0, "{out}{errors}");
    assert_eq!(out.lines().count(), 6, "{out}");
}

#[test]
fn every_kind_of_mistake_has_exit_code_1_file_line_and_cure_and_no_server_starts_on_it() {
    let folder = root().join("tests/surveys");
    let mut mistakes = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if !path
            .file_name()
            .unwrap()
            .to_str()
            .unwrap()
            .starts_with("mistake_")
            || !path.join("questionnaire.toml").exists()
        {
            continue;
        }
        mistakes += 1;
        let (code, out, _) = run(&["check", path.to_str().unwrap()]);
        assert_eq!(code, 1, "{}", path.display());
        let first = out.lines().next().unwrap_or_default();
        let place = first
            .split("questionnaire.toml:")
            .nth(1)
            .unwrap_or_else(|| panic!("no place: {out}"));
        assert!(
            place.split(':').next().unwrap().parse::<u32>().is_ok(),
            "{first}"
        );
        assert!(first.contains(';'), "a cure after the mistake: {first}");
    }
    assert!(mistakes >= 7, "{mistakes}");
    let scratch = Scratch::new("mistake");
    let source =
        std::fs::read_to_string(root().join("surveys/satisfaction-2026/questionnaire.toml"))
            .unwrap();
    let broken = source.replacen("choices = \"satisfaction\"", "choices = \"satisfied\"", 1);
    scratch.write("surveys/satisfaction-2026/questionnaire.toml", &broken);
    std::fs::copy(
        root().join("surveys/areas.toml"),
        scratch.path("surveys/areas.toml"),
    )
    .unwrap();
    let (surveys, data) = (scratch.path("surveys"), scratch.path("data"));
    let (code, _, errors) = run(&[
        "serve",
        "--surveys",
        surveys.to_str().unwrap(),
        "--data",
        data.to_str().unwrap(),
        "--listen",
        "127.0.0.1:0",
    ]);
    assert_eq!(code, 1, "{errors}");
    assert!(errors.contains("questionnaire.toml:"), "{errors}");
}

#[test]
fn a_frame_that_contradicts_itself_or_the_areas_is_refused_with_its_line() {
    let scratch = Scratch::new("frame");
    let folder = scratch.path("surveys/satisfaction-2026");
    std::fs::create_dir_all(&folder).unwrap();
    let source = root().join("surveys");
    std::fs::copy(
        source.join("areas.toml"),
        scratch.path("surveys/areas.toml"),
    )
    .unwrap();
    for file in ["questionnaire.toml", "plan.toml", "population.csv"] {
        std::fs::copy(
            source.join("satisfaction-2026").join(file),
            folder.join(file),
        )
        .unwrap();
    }
    let rows = "psu,area,urban,population,selected\n\
                411702-U-01,411702,urban,10502,0\n411702-U-01,411702,urban,10502,1\n\
                X,999999,urban,1,0\nY,411702,town,1,0\nZ,411702,rural,0,2\n";
    std::fs::write(folder.join("frame.csv"), rows).unwrap();
    let (code, out, _) = run(&["check", folder.to_str().unwrap()]);
    assert_eq!(code, 1, "{out}");
    for (line, what) in [
        (3, "occurs twice"),
        (4, "`999999`"),
        (5, "`town`"),
        (6, "selected"),
    ] {
        assert!(
            out.lines()
                .any(|told| told.contains(&format!("frame.csv:{line}:")) && told.contains(what)),
            "{line}, {what}: {out}"
        );
    }
}

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
    // In a committee of the sample, from elsewhere; and where no committee of the frame is.
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
            "id": format!("0190a000-0000-7000-8000-{number:012}"), "survey": "satisfaction-2026", "mode": "onsite",
            "psu": psu, "answers": answers,
            "started_at": "2026-11-01T08:00:00Z", "finished_at": "2026-11-01T08:05:00Z",
        });
        assert_eq!(server.post_json("/api/v1/responses", &sent).status, 201);
    }
    let after = (0..600).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(50));
        received(&server.get(path).json()) == before + 12
    });
    assert!(after, "the figures stand still");
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

/// Compares what `minyi estimate` says of `minyi export` with the published figures, to the last digit; returns how many.
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

/// The figures, once they are computed.
pub fn wait_for_figures(server: &Server, path: &str) -> serde_json::Value {
    for _ in 0..600 {
        let answer = server.get(path);
        if answer.status == 200 {
            return answer.json();
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    panic!("no figures");
}

/// A number of the JSON-stat dataset; NaN where it has none.
pub fn estimate(json: &serde_json::Value, indicator: &str, domain: &str, measure: &str) -> f64 {
    let place = |dimension: &str, code: &str| {
        let index = json["dimension"][dimension]["category"]["index"]
            .as_array()
            .unwrap();
        index.iter().position(|known| known == code)
    };
    let (Some(i), Some(d), Some(m)) = (
        place("indicator", indicator),
        place("domain", domain),
        place("measure", measure),
    ) else {
        return f64::NAN;
    };
    let size: Vec<usize> = json["size"]
        .as_array()
        .unwrap()
        .iter()
        .map(|n| usize::try_from(n.as_u64().unwrap()).unwrap())
        .collect();
    json["value"][(i * size[1] + d) * size[2] + m]
        .as_f64()
        .unwrap_or(f64::NAN)
}

#[test]
fn every_command_teaches_by_its_help_and_misuse_is_exit_code_2() {
    for command in ["demo", "serve", "check", "import", "export", "estimate"] {
        let (code, out, _) = run(&[command, "--help"]);
        assert_eq!(code, 0, "{command}");
        assert!(
            out.contains("minyi ") && out.len() > 400,
            "{command}: {out}"
        );
    }
    assert_eq!(run(&["import"]).0, 2);
    assert_eq!(run(&["nonsense"]).0, 2);
    assert_eq!(
        run(&[
            "export",
            "satisfaction-2026",
            "--data",
            "/nonexistent",
            "-o",
            "/tmp/never.csv"
        ])
        .0,
        1
    );
}

#[test]
fn settings_come_from_flag_environment_and_file_in_that_order() {
    let scratch = Scratch::new("settings");
    let config = scratch.write("minyi.toml", "surveys = \"/nonexistent/from-file\"\n");
    let check = |environment: &[(&str, &str)], flags: &[&str]| {
        let mut command = crate::support::minyi(&["export", "x", "-o", "x.csv"]);
        command
            .args(flags)
            .env("MINYI_CONFIG", &config)
            .envs(environment.iter().copied());
        String::from_utf8(command.output().unwrap().stderr).unwrap()
    };
    assert!(check(&[], &[]).contains("from-file"));
    assert!(
        check(&[("MINYI_SURVEYS", "/nonexistent/from-environment")], &[])
            .contains("from-environment")
    );
    let both = check(
        &[("MINYI_SURVEYS", "/nonexistent/from-environment")],
        &["--surveys", "/nonexistent/from-flag"],
    );
    assert!(both.contains("from-flag"), "{both}");
    std::fs::write(&config, "no_such_key = 1\n").unwrap();
    assert!(check(&[], &[]).contains("unknown key `no_such_key`"));
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
