//! Who may send what: the open web, devices with a token, import beside a running server.

use serde_json::json;

use crate::support::site::{Site, answers, complete, stored};
use crate::support::{device_token, root, run};

const PATH: &str = "/api/v1/responses";

fn response(mode: &str, psu: &str, number: u32) -> serde_json::Value {
    json!({
        "id": format!("0190a000-0000-7000-8000-{number:012}"),
        "survey": "satisfaction-2026", "mode": mode, "psu": psu, "answers": answers(),
        "started_at": "2026-11-01T08:00:00Z", "finished_at": "2026-11-01T08:05:00Z",
    })
}

#[test]
fn the_open_web_sends_online_only_and_claims_no_psu() {
    let site = Site::start("open-web");
    for (number, mode) in [(1, "onsite"), (2, "paper")] {
        let sent = response(mode, "411702-U-06", number);
        let refused = site.server.post_json(PATH, &sent);
        assert_eq!(refused.status, 401, "{mode}");
        assert_eq!(refused.json()["type"], "/problems/unauthorized");
        for token in ["", "minyi_00", "Basic"] {
            let refused = site.server.post_json_as(token, PATH, &sent);
            assert_eq!(refused.status, 401, "{mode} {token}");
        }
    }
    let drawn = site
        .server
        .post_json(PATH, &response("online", "411702-U-06", 3));
    assert_eq!(drawn.status, 422);
    assert_eq!(drawn.json()["faults"][0]["pointer"], "/psu");
    assert_eq!(
        site.server
            .post_json(PATH, &response("online", "", 4))
            .status,
        201
    );
    let rows = site.stored();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["mode"], "online");
}

#[test]
fn a_token_is_for_its_modes_its_survey_and_drawn_psus_and_a_revoked_one_is_refused_at_once() {
    let site = Site::start("tokens");
    let data = &site.scratch.0;
    let survey = ["--mode", "onsite", "--survey", "satisfaction-2026"];
    let token = device_token(data, "e07", &survey);
    let other = device_token(
        data,
        "e08",
        &["--mode", "onsite", "--survey", "fixtures-2026"],
    );
    let paper = device_token(data, "desk", &["--mode", "paper"]);
    let post =
        |token: &str, sent: &serde_json::Value| site.server.post_json_as(token, PATH, sent).status;
    assert_eq!(post(&token, &response("onsite", "411702-U-06", 1)), 201);
    assert_eq!(post(&token, &response("paper", "411702-U-06", 2)), 403);
    assert_eq!(post(&other, &response("onsite", "411702-U-06", 3)), 403);
    assert_eq!(post(&paper, &response("onsite", "411702-U-06", 4)), 403);
    assert_eq!(post(&paper, &response("paper", "411702-U-06", 5)), 201);
    for psu in ["", "411702-U-01", "411702-u-06", "4.11702E+11", "—"] {
        assert_eq!(post(&token, &response("onsite", psu, 6)), 422, "{psu}");
    }
    let rows = site.stored();
    assert_eq!(rows.len(), 2);
    let mut enumerators: Vec<&str> = rows.iter().map(|row| row["enumerator"].as_str()).collect();
    enumerators.sort_unstable();
    assert_eq!(enumerators, ["desk", "e07"]);
    let place = ["--data", data.to_str().unwrap()];
    let (code, out, _) = run(&[&["token", "list"][..], &place].concat());
    assert!(
        code == 0 && out.contains("e07\tonsite\tsatisfaction-2026"),
        "{out}"
    );
    assert!(!out.contains(&token), "a token is shown once");
    let revoke = [
        &["token", "revoke", "e07", "--surveys", "surveys"][..],
        &place,
    ]
    .concat();
    assert_eq!(run(&revoke).0, 0);
    assert_eq!(post(&token, &response("onsite", "411702-U-06", 7)), 401);
    assert_eq!(run(&revoke).0, 1, "it has no token any more");
}

#[test]
fn a_token_stolen_from_the_database_opens_nothing() {
    let site = Site::start("stolen");
    device_token(&site.scratch.0, "e07", &["--mode", "onsite"]);
    let database = std::fs::read(site.scratch.path("minyi.sqlite")).unwrap();
    let wal = std::fs::read(site.scratch.path("minyi.sqlite-wal")).unwrap_or_default();
    let text = String::from_utf8_lossy(&[database, wal].concat()).into_owned();
    assert!(!text.contains("minyi_"), "no token is in the file");
}

#[test]
fn import_goes_through_a_running_server_and_makes_no_database_by_itself() {
    let site = Site::start("import-beside");
    let answers = answers();
    let answers = answers.as_object().unwrap();
    let cell = |value: &serde_json::Value| match value {
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let header: Vec<&str> = answers.keys().map(String::as_str).collect();
    let cells: Vec<String> = answers.values().map(cell).collect();
    let file = |psu: &str| {
        let text = format!("psu,{}\n{psu},{}\n", header.join(","), cells.join(","));
        site.scratch.write("paper.csv", &text)
    };
    let surveys = root().join("surveys");
    let import = |psu: &str, data: &std::path::Path| {
        let file = file(psu);
        run(&[
            "import",
            "satisfaction-2026",
            file.to_str().unwrap(),
            "--mode",
            "paper",
            "--language",
            "en",
            "--data",
            data.to_str().unwrap(),
            "--surveys",
            surveys.to_str().unwrap(),
        ])
    };
    for psu in ["", "nonsense", "411702-U-01", "411702-u-06"] {
        let (code, out, _) = import(psu, &site.scratch.0);
        assert_eq!(code, 1, "{psu}");
        assert!(out.contains("row 2, column psu"), "{out}");
    }
    let (code, out, errors) = import("411702-U-06", &site.scratch.0);
    assert_eq!(code, 0, "{out}{errors}");
    assert!(out.contains("1 row stored"), "{out}");
    assert_eq!(stored(&site.scratch, "satisfaction-2026").len(), 1);
    let nowhere = site.scratch.path("elsewhere");
    let (code, _, errors) = import("411702-U-06", &nowhere);
    assert_eq!(code, 1);
    assert!(errors.contains("--create"), "{errors}");
    assert!(!nowhere.exists());
}

#[test]
fn a_receipt_tells_nobody_what_was_answered_and_belongs_to_its_survey() {
    let site = Site::start("receipts");
    let id = "0190a000-0000-7000-8000-0000000000cc";
    let fields = |a1: &'static str| {
        let mut fields = complete();
        fields.retain(|(name, _)| *name != "a1");
        fields.extend([("response_id", id), ("a1", a1)]);
        fields
    };
    let first = site.submit(&fields("5"));
    assert_eq!(first.status, 303);
    let receipt = first.header("location").unwrap().to_owned();
    assert!(!receipt.contains(id) && !receipt.contains(&id.replace('-', "")));
    for guess in ["5", "4", "1"] {
        let again = site.submit(&fields(guess));
        assert_eq!(again.status, 303, "{guess}");
        assert_eq!(again.header("location"), Some(receipt.as_str()), "{guess}");
    }
    assert_eq!(site.stored().len(), 1);
    let page = site.server.get(&receipt);
    assert_eq!(page.status, 200);
    assert!(!page.text().contains("pass-on"), "the survey is open");
    let other = receipt.replace("satisfaction-2026", "disposables-2026");
    assert_eq!(site.server.get(&other).status, 404);
    for token in [
        id.replace('-', ""),
        id.to_owned(),
        "0".repeat(32),
        "x".repeat(32),
    ] {
        let path = format!("/s/satisfaction-2026/thanks?r={token}");
        assert_eq!(site.server.get(&path).status, 404, "{token}");
    }
}
