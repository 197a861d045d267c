//! The audit record: what is in it, who reads it, and that a change by SQL is found.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;

use crate::support::office::Staff;
use crate::support::run;
use crate::support::site::Site;

#[test]
fn what_is_done_stands_in_the_record_with_who_when_what_before_after_and_why() {
    let site = Site::start("audit");
    let server = &site.server;
    let administrator = Staff::with_role(server, &site.scratch.0, "administrator");
    let auditor = Staff::with_role(server, &site.scratch.0, "auditor");
    let fields = [
        ("name", "sun"),
        ("full_name", "=1+1 孙伟"),
        ("role", "supervisor"),
    ];
    assert_eq!(administrator.post("/office/staff", &fields).status, 200);
    let fields = [
        ("do", "role"),
        ("role", "enumerator"),
        ("reason", "<b>调岗</b>"),
    ];
    assert_eq!(administrator.post("/office/staff/sun", &fields).status, 303);
    let page = auditor.get("/office/audit").text();
    assert!(page.contains("&lt;b&gt;调岗&lt;/b&gt;"));
    let one = auditor
        .get("/office/audit?action=role_changed&who=administrator1")
        .text();
    let (_, rows) = one.split_once("<tbody>").unwrap();
    assert_eq!(rows.matches("<tr>").count(), 1);
    for cell in ["administrator1", "supervisor", "enumerator", "sun"] {
        assert!(rows.contains(cell), "{cell}");
    }
    assert!(
        auditor
            .get("/office/audit?since=2999-01-01")
            .text()
            .contains("没有符合条件的记录")
    );
    let csv = auditor.get("/office/audit.csv?action=role_changed").text();
    assert_eq!(csv.lines().count(), 2);
    assert!(csv.starts_with('\u{feff}'));
}

#[test]
fn an_entry_that_is_changed_by_sql_is_found() {
    let site = Site::start("audit-sql");
    let database = site.scratch.0.join("minyi.sqlite");
    let auditor = Staff::with_role(&site.server, &site.scratch.0, "auditor");
    assert_eq!(auditor.get("/office/audit").status, 200);
    let data = site.scratch.0.to_str().unwrap().to_owned();
    assert_eq!(site.server.terminate(), Some(0));
    let surveys = crate::support::root().join("surveys");
    let doctor = [
        "doctor",
        "--data",
        &data,
        "--surveys",
        surveys.to_str().unwrap(),
    ];
    let (_, whole, _) = run(&doctor);
    let mut connection = SqliteConnection::establish(database.to_str().unwrap()).unwrap();
    connection
        .batch_execute("UPDATE audit SET who = 'nobody' WHERE action = 'logged_in'")
        .unwrap();
    drop(connection);
    let (exit, broken, errors) = run(&doctor);
    assert_ne!(whole, broken);
    assert_ne!(exit, 0, "{broken}{errors}");
    assert!(
        format!("{broken}{errors}").contains("audit"),
        "{broken}{errors}"
    );
}
