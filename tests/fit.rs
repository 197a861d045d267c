//! Survey folders that do not fit: each fault stays with its survey and is said.

use std::fs;

use crate::support::office::FiguresReader;
use crate::support::site::complete;
use crate::support::{Scratch, Server, minyi, root, run, wait_for};

/// The survey folders of this repository in a scratch folder.
fn surveys(scratch: &Scratch) -> String {
    let to = scratch.path("surveys");
    for folder in fs::read_dir(root().join("surveys")).unwrap() {
        let folder = folder.unwrap().path();
        let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
        if folder.is_file() {
            scratch.write(
                &format!("surveys/{name}"),
                &fs::read_to_string(&folder).unwrap(),
            );
            continue;
        }
        for file in fs::read_dir(&folder).unwrap() {
            let file = file.unwrap().path();
            let path = format!(
                "surveys/{name}/{}",
                file.file_name().unwrap().to_str().unwrap()
            );
            scratch.write(&path, &fs::read_to_string(&file).unwrap());
        }
    }
    to.to_str().unwrap().to_owned()
}

#[test]
fn a_broken_folder_keeps_no_other_survey_from_being_served() {
    let scratch = Scratch::new("broken-folder");
    let surveys = surveys(&scratch);
    scratch.write("surveys/fixtures-2026/plan.toml", "survey = 3\n");
    let data = scratch.path("data");
    let data = data.to_str().unwrap();
    let server = Server::start(&["serve", "--data", data, "--surveys", &surveys]);
    assert_eq!(server.get("/s/satisfaction-2026").status, 200);
    assert_eq!(server.get("/s/fixtures-2026").status, 404);
    drop(server);
    let (code, out, errors) = run(&["check", &surveys]);
    assert_eq!(code, 1);
    assert!(format!("{out}{errors}").contains("fixtures-2026/plan.toml:1"));
    // The areas are shared by all surveys.
    scratch.write("surveys/areas.toml", "[[area]]\ncode = 1\n");
    let output = minyi(&["serve", "--data", data, "--surveys", &surveys])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn responses_without_a_survey_folder_are_named() {
    let scratch = Scratch::new("without-folder");
    let surveys = surveys(&scratch);
    let data = scratch.path("data");
    let data = data.to_str().unwrap();
    let serve = ["serve", "--data", data, "--surveys", &surveys];
    let server = Server::start(&serve);
    assert_eq!(
        server.post_form("/s/satisfaction-2026", &complete()).status,
        303
    );
    drop(server);
    let doctor = ["doctor", "--data", data, "--surveys", &surveys];
    assert!(!run(&doctor).1.contains("orphans"));
    fs::remove_dir_all(scratch.path("surveys/satisfaction-2026")).unwrap();
    for other in ["disposables-2025", "disposables-2026", "satisfaction-2025"] {
        // They take frame and population from the folder that is gone.
        fs::remove_dir_all(scratch.path("surveys").join(other)).unwrap();
    }
    let (code, out, _) = run(&doctor);
    assert_eq!(code, 1);
    assert!(out.contains("1 responses to satisfaction-2026"), "{out}");
}

#[test]
fn a_page_does_not_blame_the_respondents_for_a_broken_plan() {
    let scratch = Scratch::new("broken-plan");
    let surveys = surveys(&scratch);
    // The row of the women is missing: none of them can be weighted.
    let file = scratch.path("surveys/satisfaction-2026/population.csv");
    let text = fs::read_to_string(&file).unwrap();
    let kept: Vec<&str> = text
        .lines()
        .filter(|line| !line.starts_with("sex,f"))
        .collect();
    let total = |line: &&&str| line.starts_with("sex,m");
    assert_eq!(kept.iter().filter(total).count(), 1);
    let kept: Vec<String> = kept
        .iter()
        .map(|line| match line.strip_prefix("sex,m,") {
            Some(rest) => format!("sex,m,5002086,{}", rest.split_once(',').unwrap().1),
            None => (*line).to_owned(),
        })
        .collect();
    fs::write(&file, kept.join("\n") + "\n").unwrap();
    let data = scratch.path("data");
    let server = Server::start(&[
        "serve",
        "--batch",
        "1",
        "--data",
        data.to_str().unwrap(),
        "--surveys",
        &surveys,
    ]);
    let token = crate::support::device_token(&data, "e07", &["--mode", "onsite"]);
    for number in 0..3 {
        let sent = serde_json::json!({
            "id": format!("0190a000-0000-7000-8000-{number:012}"),
            "survey": "satisfaction-2026", "mode": "onsite", "psu": "411702-U-06",
            "answers": crate::support::site::answers(),
            "started_at": "2026-11-01T08:00:00Z", "finished_at": "2026-11-01T08:05:00Z",
        });
        let sent = server.post_json_as(&token, "/api/v1/responses", &sent);
        assert_eq!(sent.status, 201, "{}", sent.text());
    }
    let reader = FiguresReader::of(&server, &data);
    let said = "The figures cannot be computed at present";
    wait_for("the reason", std::time::Duration::from_secs(30), || {
        let page = reader.get("/results/satisfaction-2026?lang=en");
        page.status == 200 && page.text().contains(said)
    });
}
