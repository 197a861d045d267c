//! Exports that are imported: the responses are recognised, and nothing that is stored changes.

use minyi::store::{DatabaseUrl, Store, StoredResponse};

use crate::cases::import::Desk;
use crate::support::field::{Field, SURVEY};
use crate::support::site::complete;
use crate::support::{root, run};

/// The export of the survey t-2026 of a desk.
fn exported(desk: &Desk, more: &[&str]) -> String {
    let (file, data) = (desk.scratch.path("out.csv"), desk.scratch.path("data"));
    let surveys = root().join("tests/cases/data/import/surveys");
    let words = [
        "export",
        "t-2026",
        "-o",
        file.to_str().unwrap(),
        "--data",
        data.to_str().unwrap(),
        "--surveys",
        surveys.to_str().unwrap(),
    ];
    let (code, _, errors) = run(&[&words, more].concat());
    assert_eq!(code, 0, "{errors}");
    std::fs::read_to_string(file).unwrap()
}

/// Every stored response, with all its columns.
fn all(database: std::path::PathBuf, survey: &str) -> Vec<StoredResponse> {
    let store = Store::open_reader(&DatabaseUrl::Sqlite(database)).unwrap();
    store.scan(survey, -1, 1_000).unwrap()
}

/// A desk with texts that look like formulas, and every kind of question.
fn desk(name: &str) -> Desk {
    let desk = Desk::new(name);
    let file = "channel,enumerator,area,a1,age,m,m_other,bags,kg,note\n\
        =c,-e,411721,5,a18,1;other,@home,0,1.50,=1+1\n\
        c,,411722,4,,none,,,,'=2\n\
        ,,411723,9,a30,3,,12,0.5,\"''quoted\"\n\
        ,,411721,1,,2,,,,\"＋好, \"\"x\"\"\nsecond line\"\n\
        ,,411721,1,,2,,,,''-3\n";
    let (code, out, errors) = desk.import(file.as_bytes(), &[]);
    assert_eq!(code, 0, "{out}{errors}");
    desk
}

#[test]
fn an_export_with_codes_or_labels_is_recognised_and_changes_nothing() {
    let desk = desk("own-export");
    let database = || desk.scratch.path("data/minyi.sqlite");
    let before = all(database(), "t-2026");
    assert!(before[1].answers.contains("\"'=2\""), "{before:?}");
    for more in [&[][..], &["--labels"]] {
        let export = exported(&desk, more);
        assert!(
            export.contains("'=1+1") && export.contains("'@home"),
            "{export}"
        );
        let gb18030 = encoding_rs::GB18030.encode(export.trim_start_matches('\u{feff}'));
        for (bytes, mode) in [
            (export.as_bytes(), "paper"),
            (&gb18030.0, "paper"),
            (export.as_bytes(), "onsite"),
        ] {
            let (code, out, errors) = desk.import(bytes, &["--mode", mode]);
            assert_eq!(
                (code, out.as_str()),
                (0, "0 rows stored, 5 were stored already\n"),
                "{more:?} {errors}"
            );
        }
        assert_eq!(all(database(), "t-2026"), before);
    }
}

#[test]
fn an_export_with_one_answer_changed_is_refused_with_its_line() {
    let desk = desk("changed-export");
    for (more, from, to, line) in [
        (&[][..], "411722,4,", "411722,5,", 3),
        (&[], "'=1+1", "'=1+2", 2),
        (&[], "'=1+1", "", 2),
        (&["--labels"], "比较满意", "不满意", 3),
    ] {
        let export = exported(&desk, more);
        assert_eq!(export.matches(from).count(), 1, "{export}");
        let (code, out, errors) = desk.import(export.replace(from, to).as_bytes(), &[]);
        assert_eq!(code, 1, "{out}{errors}");
        let expected = format!(
            "row {line}, column response_id: this questionnaire is stored with other answers; \
             stored answers are never changed\n"
        );
        assert!(
            out.ends_with(&expected) && out.lines().count() == 1,
            "{out}"
        );
    }
    // What cannot be an answer is named with its own column.
    let export = exported(&desk, &[]).replace("411722,4,", "411722,7,");
    let (code, out, _) = desk.import(export.as_bytes(), &[]);
    assert_eq!(code, 1);
    assert!(
        out.contains("row 3, column a1: ") && out.lines().count() == 1,
        "{out}"
    );
    assert_eq!(desk.n_stored(), 5);
}

#[test]
fn an_export_is_imported_into_another_database_with_the_same_answers() {
    let desk = desk("moved-from");
    for more in [&[][..], &["--labels"]] {
        let export = exported(&desk, more);
        let other = Desk::new("moved-to");
        let (code, out, _) = other.import(export.as_bytes(), &["--mode", "onsite"]);
        assert_eq!(code, 1);
        assert_eq!(out.lines().count(), 5);
        let cure = "row 2, column mode: the mode of this row is paper, and only rows of the mode onsite can be imported";
        assert!(out.contains(cure), "{out}");
        assert!(out.contains("minyi backup and minyi restore"), "{out}");
        let (code, out, errors) = other.import(export.as_bytes(), &[]);
        assert_eq!(
            (code, out.as_str()),
            (0, "5 rows stored, 0 were stored already\n"),
            "{errors}"
        );
        let of = |desk: &Desk| {
            let rows = all(desk.scratch.path("data/minyi.sqlite"), "t-2026").into_iter();
            rows.map(|row| {
                (
                    row.id,
                    row.channel,
                    row.enumerator,
                    row.questionnaire_hash,
                    row.answers,
                )
            })
            .collect::<Vec<_>>()
        };
        assert_eq!(of(&other), of(&desk));
        let (_, out, _) = other.import(export.as_bytes(), &[]);
        assert_eq!(out, "0 rows stored, 5 were stored already\n");
    }
}

/// Imports a file of a folder: the exit code and what was said, on both outputs.
fn import(field: &Field, name: &str, more: &[&str]) -> (i32, String) {
    let file = field.scratch.path(name);
    let words = ["import", SURVEY, file.to_str().unwrap(), "--language", "en"];
    let (code, out, errors) = field.run(&[&words, more].concat());
    (code, format!("{out}{errors}"))
}

/// A survey with a plan: two answers of the web, and three on paper of two drawn PSUs.
fn with_plan(name: &str) -> Field {
    let field = Field::new(name).answered(2);
    let (names, values): (Vec<&str>, Vec<&str>) = complete().into_iter().unzip();
    let heading = format!("psu,enumerator,{}\n", names.join(","));
    let values = values.join(",");
    let rows = ["411702-U-06,e1", "411702-U-06,e2", "411702-U-12,e1"];
    let rows = rows.map(|own| format!("{own},{values}\n"));
    field
        .scratch
        .write("paper.csv", &format!("{heading}{}", rows.concat()));
    let (code, said) = import(&field, "paper.csv", &[]);
    assert_eq!(code, 0, "{said}");
    field
}

#[test]
fn an_export_with_design_weights_and_derived_columns_is_recognised_beside_a_server_and_without() {
    let field = with_plan("export-plan");
    let before = all(field.scratch.path("minyi.sqlite"), SURVEY);
    assert_eq!(before.len(), 5);
    let known = "0 rows stored, 5 were stored already\n";
    let both = |more: &[&str]| {
        assert_eq!(field.export(more).len(), 5);
        let excluded = field.scratch.path("out-excluded.csv").exists();
        assert!(!excluded, "the plan leaves none out");
        let header = std::fs::read_to_string(field.scratch.path("out.csv")).unwrap();
        let header = header.lines().next().unwrap().to_owned();
        for column in ["county", "flagged", "base_weight", "weight", "psu"] {
            assert!(header.split(',').any(|name| name == column), "{header}");
        }
        import(&field, "out.csv", &[])
    };
    for more in [&[][..], &["--labels"]] {
        assert_eq!(both(more), (0, known.to_owned()));
        let server = field.serve();
        assert_eq!(both(more), (0, known.to_owned()));
        assert_eq!(server.terminate(), Some(0));
    }
    assert_eq!(all(field.scratch.path("minyi.sqlite"), SURVEY), before);
}

#[test]
fn the_file_of_excluded_responses_is_recognised_too() {
    let field = Field::new("export-excluded");
    let server = field.serve();
    let mut fields = complete();
    let id = uuid::Uuid::new_v4().to_string();
    fields.extend([
        ("response_id", id.as_str()),
        ("started_at", "2026-07-01T08:00:00Z"),
        ("finished_at", "2026-07-01T08:00:05Z"),
    ]);
    let sent = server.post_form(&format!("/s/{SURVEY}"), &fields);
    assert_eq!(sent.status, 303, "{}", sent.text());
    assert_eq!(field.export(&[])[0]["excluded"], "too_fast");
    let (code, said) = import(&field, "out-excluded.csv", &[]);
    assert_eq!(
        (code, said.as_str()),
        (0, "0 rows stored, 1 were stored already\n")
    );
}

#[test]
fn labels_are_those_of_the_wording_that_was_answered() {
    let field = with_plan("export-wording");
    field.edit(
        "questionnaire.toml",
        "5.zh = \"非常满意\"",
        "5.zh = \"十分满意\"",
    );
    field.edit(
        "questionnaire.toml",
        "4.zh = \"比较满意\"",
        "4.zh = \"相当满意\"",
    );
    field.amend("plainer");
    let rows = field.export(&["--labels"]);
    assert!(rows.iter().all(|row| row["a1"] == "比较满意"), "{rows:?}");
    let (code, said) = import(&field, "out.csv", &[]);
    assert_eq!(
        (code, said.as_str()),
        (0, "0 rows stored, 5 were stored already\n")
    );
}

#[test]
fn paper_rows_of_an_export_go_into_another_database_with_their_psu_and_those_of_the_web_do_not() {
    let field = with_plan("export-move");
    field.export(&[]);
    let other = field.scratch.path("other");
    let into_other = |name: &str| {
        let file = field.scratch.path(name);
        let (code, out, errors) = run(&[
            "import",
            SURVEY,
            file.to_str().unwrap(),
            "--create",
            "--language",
            "en",
            "--data",
            other.to_str().unwrap(),
            "--surveys",
            &field.surveys,
        ]);
        (code, format!("{out}{errors}"))
    };
    let (code, said) = into_other("out.csv");
    assert_eq!(code, 1);
    let online = "column mode: the mode of this row is online, and only rows of the mode paper";
    assert_eq!(said.matches(online).count(), 2, "{said}");
    assert!(said.contains("2 faults, nothing stored"), "{said}");
    assert!(!other.exists());
    let text = std::fs::read_to_string(field.scratch.path("out.csv")).unwrap();
    let is_left = |(number, line): &(usize, &str)| *number == 0 || line.contains(",paper,");
    let paper = text.lines().enumerate().filter(is_left);
    let paper: Vec<&str> = paper.map(|(_, line)| line).collect();
    field.scratch.write("paper-only.csv", &paper.join("\r\n"));
    let (code, said) = into_other("paper-only.csv");
    assert_eq!(
        (code, said.as_str()),
        (0, "3 rows stored, 0 were stored already\n")
    );
    let of = |rows: Vec<StoredResponse>| {
        let rows = rows.into_iter().filter(|row| row.mode == "paper");
        rows.map(|row| (row.id, row.psu, row.enumerator, row.area, row.answers))
            .collect::<Vec<_>>()
    };
    let moved = of(all(other.join("minyi.sqlite"), SURVEY));
    assert_eq!(moved, of(all(field.scratch.path("minyi.sqlite"), SURVEY)));
    assert_eq!(moved[2].1, "411702-U-12");
}
