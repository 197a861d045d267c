//! Downloads of the office: the same files as the command line writes, only with a reason, each in the
//! audit record.

use crate::support::field::Field;
use crate::support::office::Staff;

const FILES: [&str; 12] = [
    "data.xlsx",
    "data.sav",
    "data.dta",
    "data.csv",
    "data-gb18030.csv",
    "excluded.csv",
    "data.parquet",
    "data.json",
    "codebook.csv",
    "ddi.xml",
    "report.xlsx",
    "research.csv",
];

#[test]
fn every_file_leaves_with_a_reason_and_stands_in_the_record() {
    let field = Field::new("download").answered(3);
    let server = field.serve();
    let data = field.scratch.0.clone();
    let statistician = Staff::with_role(&server, &data, "statistician");
    let page = "/office/satisfaction-2026/download";
    let without = statistician.post(page, &[("file", "data.csv"), ("reason", " ")]);
    assert_eq!(without.status, 422);
    let unknown = statistician.post(page, &[("file", "../minyi.sqlite"), ("reason", "x")]);
    assert_eq!(unknown.status, 422);
    for name in FILES {
        let fields = [("file", name), ("cells", "codes"), ("reason", "质量检查")];
        let answer = statistician.post(page, &fields);
        if ["report.xlsx", "research.csv"].contains(&name) && answer.status == 422 {
            // Three responses are too few for tables and classes.
            continue;
        }
        assert_eq!(
            answer.status,
            200,
            "{name}: {}",
            String::from_utf8_lossy(&answer.body)
        );
        let place = answer.header("content-disposition").unwrap();
        assert!(
            place.contains(&format!("satisfaction-2026-{name}")),
            "{place}"
        );
        assert!(!answer.body.is_empty(), "{name}");
        let direct = format!("{page}/{name}");
        let again = statistician.post(&direct, &[("reason", "核对")]);
        assert_eq!(again.body.len(), answer.body.len(), "{name}");
        assert_eq!(
            statistician.get(&direct).status,
            303,
            "{name}: a link gives only the form"
        );
    }
    let auditor = Staff::with_role(&server, &data, "auditor");
    let record = auditor.get("/office/audit.csv?action=downloaded").text();
    for name in FILES
        .iter()
        .filter(|name| !["report.xlsx", "research.csv"].contains(name))
    {
        let lines = record
            .lines()
            .filter(|line| line.contains(&format!(",{name},")));
        assert_eq!(lines.count(), 2, "{name}: {record}");
    }
    assert!(record.contains("质量检查") && record.contains("statistician1"));
    // The same code as the command.
    let csv = statistician.post(page, &[("file", "data.csv"), ("reason", "核对")]);
    let out = field.scratch.path("own.csv");
    let arguments = [
        "export",
        "satisfaction-2026",
        "-o",
        out.to_str().unwrap(),
        "--data",
        &field.data,
        "--surveys",
        &field.surveys,
    ];
    let (exit, _, errors) = crate::support::run(&arguments);
    assert_eq!(exit, 0, "{errors}");
    assert_eq!(csv.body, std::fs::read(&out).unwrap());
    // Nothing of a download is left in the data folder.
    let left = std::fs::read_dir(&data).unwrap();
    let left = left.filter(|file| {
        file.as_ref()
            .unwrap()
            .file_name()
            .to_string_lossy()
            .starts_with("download-")
    });
    assert_eq!(left.count(), 0);
}
