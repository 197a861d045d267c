//! A survey is run in the office: fieldwork, approval, next wave, preview, devices.

use serde_json::json;

use crate::support::field::{Field, SURVEY, post};
use crate::support::office::Staff;
use crate::support::site::complete;

#[test]
fn a_statistician_takes_a_new_wording_into_use() {
    let field = Field::new("office-amend");
    let server = field.serve();
    let statistician = Staff::with_role(&server, &field.scratch.0, "statistician");
    let supervisor = Staff::with_role(&server, &field.scratch.0, "supervisor");
    let auditor = Staff::with_role(&server, &field.scratch.0, "auditor");
    assert_eq!(post(&server, &complete()).status, 303);
    let (office, amend) = (
        format!("/office/{SURVEY}"),
        format!("/office/{SURVEY}/amend"),
    );
    let page = || server.get(&format!("/s/{SURVEY}")).text();
    let because = [("reason", "写错了")];
    let nothing = statistician.post(&amend, &because);
    assert_eq!(nothing.status, 422);
    assert!(
        nothing.text().contains("没有可采用的修改"),
        "{}",
        nothing.text()
    );
    let original = field.read("questionnaire.toml");
    // More than the wording.
    field.edit("questionnaire.toml", "max_length = 200", "max_length = 100");
    let refused = statistician.post(&amend, &because);
    assert_eq!(refused.status, 422);
    assert!(refused.text().contains("不只是文字"), "{}", refused.text());
    std::fs::write(field.file("questionnaire.toml"), original).unwrap();
    field.edit(
        "questionnaire.toml",
        "text.zh = \"空气质量\"",
        "text.zh = \"空气的质量\"",
    );
    assert_eq!(supervisor.post(&amend, &because).status, 403);
    assert_eq!(statistician.post(&amend, &[]).status, 422);
    assert!(!page().contains("空气的质量"));
    let amended = statistician.post(&amend, &because);
    assert_eq!(amended.status, 303, "{}", amended.text());
    assert!(page().contains("空气的质量"));
    assert!(statistician.get(&office).text().contains("写错了"));
    assert!(auditor.get("/office/audit").text().contains("写错了"));
    assert_eq!(server.terminate(), Some(0));
    assert_eq!(field.run(&["doctor"]).0, 0);
}

#[test]
fn a_statistician_runs_a_survey_without_a_terminal() {
    let field = Field::new("office-running");
    let server = field.serve();
    let statistician = Staff::with_role(&server, &field.scratch.0, "statistician");
    let publisher = Staff::with_role(&server, &field.scratch.0, "publisher");
    let auditor = Staff::with_role(&server, &field.scratch.0, "auditor");
    let office = format!("/office/{SURVEY}");
    let page = statistician.get(&office).text();
    assert!(
        page.contains("/s/satisfaction-2026") && page.contains("<svg"),
        "{page}"
    );
    assert!(!publisher.get(&office).text().contains("value=\"close\""));
    // Without a reason nothing changes.
    assert_eq!(statistician.post(&office, &[("do", "close")]).status, 422);
    assert_eq!(post(&server, &complete()).status, 303);
    let close = [("do", "close"), ("reason", "<b>够了</b>")];
    assert_eq!(publisher.post(&office, &close).status, 403);
    assert_eq!(statistician.post(&office, &close).status, 303);
    assert_eq!(post(&server, &complete()).status, 403);
    let page = statistician.get(&office).text();
    assert!(page.contains("&lt;b&gt;够了&lt;/b&gt;"), "{page}");
    for day in ["2026-01-01", "2029-01-01", "soon"] {
        let open = [("do", "open"), ("until", day), ("reason", "x")];
        assert_eq!(statistician.post(&office, &open).status, 422, "{day}");
    }
    let open = [
        ("do", "open"),
        ("until", "2027-01-09"),
        ("reason", "回收不足"),
    ];
    assert_eq!(statistician.post(&office, &open).status, 303);
    assert_eq!(post(&server, &complete()).status, 303);
    // The approval.
    let path = format!("{office}/approval");
    let marks = |until| {
        [
            ("form_number", "ZMD701表"),
            ("agency_zh", "驻马店市统计局"),
            ("agency_en", "Bureau"),
            ("approval_number", "国统制〔2026〕3号"),
            ("valid_until", until),
            ("reason", "已批准"),
        ]
    };
    assert_eq!(statistician.post(&path, &marks("2026-12")).status, 422);
    assert_eq!(statistician.post(&path, &marks("2027-05")).status, 303);
    let form = server.get(&format!("/s/{SURVEY}")).text();
    assert!(
        form.contains("国统制〔2026〕3号") && form.contains("ZMD701表"),
        "{form}"
    );
    // The next wave.
    let path = format!("{office}/next-wave");
    let made = statistician.post(&path, &[("reason", "下一年")]);
    assert_eq!(made.status, 200, "{}", made.text());
    assert!(made.text().contains("approval_number"));
    assert_eq!(
        server.get("/s/satisfaction-2027").status,
        403,
        "not open yet"
    );
    assert_eq!(statistician.post(&path, &[("reason", "again")]).status, 422);
    // All of it is in the audit record.
    let record = auditor.get("/office/audit").text();
    for said in ["够了", "回收不足", "已批准", "下一年", "statistician1"] {
        assert!(record.contains(said), "{said}: {record}");
    }
    assert_eq!(server.terminate(), Some(0));
    assert_eq!(field.run(&["doctor"]).0, 0);
}

#[test]
fn the_preview_may_be_framed_by_the_office_only_and_cannot_be_sent() {
    let field = Field::new("preview");
    let server = field.serve();
    let statistician = Staff::with_role(&server, &field.scratch.0, "statistician");
    let page = statistician.get(&format!("/office/{SURVEY}/preview?form=en&size=large"));
    let policy = page.header("content-security-policy").unwrap().to_owned();
    assert!(policy.contains("frame-src 'self'") && policy.contains("frame-ancestors 'none'"));
    assert!(page.text().contains("sandbox=\"allow-scripts\""));
    assert!(
        page.text().contains("/preview/form?lang=en&amp;text=large"),
        "{}",
        page.text()
    );
    let path = format!("/office/{SURVEY}/preview/form?lang=en&text=large");
    let form = statistician.get(&path);
    let policy = form.header("content-security-policy").unwrap();
    for part in [
        "frame-ancestors 'self'",
        "form-action 'none'",
        "connect-src 'none'",
    ] {
        assert!(policy.contains(part), "{policy}");
    }
    assert_eq!(form.header("x-frame-options"), Some("SAMEORIGIN"));
    assert_eq!(server.get(&path).status, 303);
    let public = server.get(&format!("/s/{SURVEY}"));
    assert_eq!(public.header("x-frame-options"), Some("DENY"));
}

#[test]
fn a_device_token_is_shown_once_and_revoked_at_once() {
    let field = Field::new("devices");
    let server = field.serve();
    let administrator = Staff::with_role(&server, &field.scratch.0, "administrator");
    let add = [
        ("do", "add"),
        ("name", "e07"),
        ("mode", "onsite"),
        ("survey", SURVEY),
        ("reason", "新设备"),
    ];
    assert_eq!(administrator.post("/office/devices", &add[..4]).status, 422);
    let shown = administrator.post("/office/devices", &add).text();
    let (_, rest) = shown.split_once("minyi_").unwrap();
    let token = format!("minyi_{}", rest.split('<').next().unwrap());
    assert!(shown.contains("<svg"));
    let list = administrator.get("/office/devices").text();
    assert!(list.contains("e07") && !list.contains(&token));
    let send = || {
        let sent = json!({
            "id": "0196f5f0-0000-7000-8000-000000000007", "survey": SURVEY, "mode": "onsite",
            "answers": {}
        });
        server
            .post_json_as(&token, "/api/v1/responses", &sent)
            .status
    };
    assert_eq!(send(), 422, "the token is good, the answers are not");
    let revoke = [("do", "revoke"), ("name", "e07"), ("reason", "丢失")];
    assert_eq!(administrator.post("/office/devices", &revoke).status, 303);
    assert_eq!(send(), 401);
    assert_eq!(field.run(&["doctor"]).0, 0);
}
