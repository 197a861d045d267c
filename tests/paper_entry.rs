//! Double entry: every difference between two entries is found, a form is one response, and the record
//! of both entries stays.

use std::collections::BTreeSet;

use minyi::staff::{Action, AuditEntry};
use minyi::store::{PaperEntry, PaperOutcome};

use crate::support::database::each;
use crate::support::paper::{Office, SURVEY, answers, says};
use crate::support::responses::of_two_surveys;
use crate::support::run;

/// Differences planted into each form, and the number of forms: 200 in all.
const PLANTED: usize = 10;
const FORMS: usize = 20;

#[test]
fn two_hundred_planted_differences_are_all_found_and_nothing_else() {
    let office = Office::start("paper-differences");
    let (first, second) = (office.log_in("anna"), office.log_in("bo"));
    let base = answers();
    let codes: Vec<&str> = base.iter().map(|(code, _)| *code).skip(3).collect();
    let mut found = 0;
    for form in 0..FORMS {
        let number = format!("F-{form}");
        assert!(says(&first.type_form(&number, &base), "first"));
        let places = (0..PLANTED).map(|n| codes[(form * 7 + n * 3) % codes.len()]);
        let planted: BTreeSet<&str> = places.collect();
        assert_eq!(planted.len(), PLANTED);
        let changed: Vec<(&str, &str)> = base
            .iter()
            .map(|(code, value)| match (planted.contains(code), *value) {
                (false, value) => (*code, value),
                (true, "1" | "0") => (*code, if *value == "1" { "2" } else { "1" }),
                (true, _) => (*code, "1"),
            })
            .map(|(code, value)| {
                let is_yes_no = code.starts_with('p') && value == "2";
                (code, if is_yes_no { "9" } else { value })
            })
            .collect();
        let typed = second.type_form(&number, &changed);
        assert!(says(&typed, "differs"), "{} {}", typed.status, typed.text());
        let page = first.get(&format!("/form/{number}")).text();
        let shown: BTreeSet<&str> = page
            .split("name=\"right.")
            .skip(1)
            .map(|rest| rest.split('"').next().unwrap())
            .collect();
        assert_eq!(shown, planted, "form {number}");
        found += shown.len();
    }
    assert_eq!(found, PLANTED * FORMS);
    assert_eq!(office.reader().count(SURVEY).unwrap(), 0);
}

#[test]
fn a_form_that_two_people_type_at_once_is_one_response() {
    let office = Office::start("paper-at-once");
    let (first, second) = (office.log_in("anna"), office.log_in("bo"));
    let base = answers();
    for number in 1..=10 {
        let number = number.to_string();
        let (one, other) = std::thread::scope(|scope| {
            let one = scope.spawn(|| first.type_form(&number, &base));
            let other = scope.spawn(|| second.type_form(&format!("00{number}"), &base));
            (one.join().unwrap(), other.join().unwrap())
        });
        let done = [&one, &other].map(|answer| says(answer, "done"));
        let waiting = [&one, &other].map(|answer| says(answer, "first"));
        assert_ne!(done[0], done[1], "{}{}", one.text(), other.text());
        assert_ne!(waiting[0], waiting[1]);
    }
    let store = office.reader();
    assert_eq!(store.count(SURVEY).unwrap(), 10);
    let rows = store.scan(SURVEY, -1, 100).unwrap();
    assert!(
        rows.iter()
            .all(|row| row.mode == "paper" && row.enumerator == "17")
    );
    // Typed again, by either or by a third person: nothing more is stored.
    let third = office.log_in("chen");
    for person in [&first, &second, &third] {
        assert_eq!(person.type_form("3", &base).status, 409);
    }
    assert_eq!(store.count(SURVEY).unwrap(), 10);
}

#[test]
fn the_second_typist_sees_nothing_of_the_first_entry_and_nobody_is_both() {
    let office = Office::start("paper-blind");
    let (first, second) = (office.log_in("anna"), office.log_in("bo"));
    let mut base = answers();
    base.push(("opinion", "quiet-marker"));
    assert!(says(&first.type_form("7", &base), "first"));
    for path in ["", "/form/7", "/type", "/type?done=7&as=first"] {
        let page = second.get(path).text();
        assert!(
            !page.contains("quiet-marker") && !page.contains("right."),
            "{path}"
        );
    }
    // The same person again: a repeat is harmless, other answers are refused.
    assert!(says(&first.type_form("7", &base), "first"));
    assert_eq!(first.type_form("7", &answers()).status, 409);
    // A wrong code, a PSU that was not drawn, no number: refused with the field, nothing stored.
    for (field, value) in [
        ("a1", "6"),
        ("psu", "411702-U-01"),
        ("id", ""),
        ("started_at", "x"),
    ] {
        let mut wrong = answers();
        wrong.retain(|(code, _)| *code != field);
        let head = [("id", "8"), ("psu", "411702-U-06"), ("started_at", "")];
        let head = head.into_iter().filter(|(name, _)| *name != field);
        let fields: Vec<_> = head.chain(wrong).chain([(field, value)]).collect();
        let refused = second.post("/type", &fields);
        assert_eq!(refused.status, 422, "{field}");
        assert!(refused.text().contains("class=\"wrong\""), "{field}");
    }
    assert_eq!(second.get("/form/8").status, 404);
}

#[test]
fn a_third_look_decides_and_the_record_of_both_entries_survives_a_backup() {
    let office = Office::start("paper-decides");
    let (first, second) = (office.log_in("anna"), office.log_in("bo"));
    let third = office.log_in("chen");
    let with = |changes: &[(&'static str, &'static str)]| {
        let mut all = answers();
        for (code, value) in changes {
            all.retain(|(own, _)| own != code);
            all.push((*code, *value));
        }
        all
    };
    assert!(says(&first.type_form("12", &with(&[])), "first"));
    let differing = with(&[("a1", "1"), ("area", "02"), ("sex", "1")]);
    assert!(says(&second.type_form("12", &differing), "differs"));
    let undecided = third.post("/form/12", &[("do", "decide"), ("right.a1", "first")]);
    assert_eq!(undecided.status, 422);
    assert!(
        undecided.text().contains("area, sex"),
        "{}",
        undecided.text()
    );
    let decided = [
        ("do", "decide"),
        ("right.a1", "third"),
        ("third.a1", "3"),
        ("right.area", "second"),
        ("right.sex", "first"),
    ];
    let wrong = decided.iter().map(|(name, value)| match *name {
        "third.a1" => (*name, "7"),
        _ => (*name, *value),
    });
    let wrong: Vec<_> = wrong.collect();
    assert_eq!(third.post("/form/12", &wrong).status, 422);
    assert_eq!(third.post("/form/12", &decided).status, 303);
    assert_eq!(third.post("/form/12", &decided).status, 303);
    let store = office.reader();
    let rows = store.scan(SURVEY, -1, 100).unwrap();
    assert_eq!(rows.len(), 1);
    for part in ["\"a1\":3", "\"area\":\"411721\"", "\"sex\":\"f\""] {
        assert!(rows[0].answers.contains(part), "{}", rows[0].answers);
    }
    let form = store.paper_form(SURVEY, "12").unwrap();
    assert_eq!(form.entries.len(), 2);
    let settled = form.settled.clone().unwrap();
    assert_eq!(settled.decided_by.as_deref(), Some("chen"));
    assert_eq!(settled.response_id.to_string(), rows[0].id);
    assert!(third.get("/form/12").text().contains("chen"));

    let data = office.scratch.0.to_str().unwrap().to_owned();
    let file = office.scratch.path("backup");
    let file = file.to_str().unwrap();
    let (code, _, errors) = run(&["backup", file, "--data", &data]);
    assert_eq!(code, 0, "{errors}");
    let restored = office.scratch.path("restored");
    let (code, _, errors) = run(&["restore", file, "--data", restored.to_str().unwrap()]);
    assert_eq!(code, 0, "{errors}");
    let url = minyi::store::DatabaseUrl::Sqlite(restored.join("minyi.sqlite"));
    let copy = minyi::store::Store::open_reader(&url).unwrap();
    assert_eq!(copy.paper_form(SURVEY, "12").unwrap(), form);
    assert_eq!(copy.audit(&mut |_| {}).unwrap().n_discrepancies, 0);
    let filter = minyi::store::AuditFilter::default();
    let audited = copy.audit_entries(&filter, 100).unwrap();
    let actions: Vec<&str> = audited.iter().map(|(_, own)| own.action.as_str()).collect();
    for (action, n) in [("paper_entered", 2), ("paper_settled", 1)] {
        assert_eq!(
            actions.iter().filter(|own| **own == action).count(),
            n,
            "{action}"
        );
    }
}

#[test]
fn an_entry_under_a_wrong_number_is_withdrawn_with_a_reason() {
    let office = Office::start("paper-withdrawn");
    let (first, second) = (office.log_in("anna"), office.log_in("bo"));
    assert!(says(&first.type_form("1", &answers()), "first"));
    let ask = |reason: &'static str| [("do", "withdraw"), ("reason", reason)];
    assert_eq!(first.post("/form/1", &ask("")).status, 422);
    assert_eq!(second.post("/form/1", &ask("not mine")).status, 303);
    assert_eq!(
        office
            .reader()
            .paper_form(SURVEY, "1")
            .unwrap()
            .entries
            .len(),
        1
    );
    assert_eq!(first.post("/form/1", &ask("wrong number")).status, 303);
    assert_eq!(first.get("/form/1").status, 404);
    assert!(says(&second.type_form("1", &answers()), "first"));
    assert!(says(&first.type_form("1", &answers()), "done"));
}

#[test]
fn on_either_back_end_twenty_pairs_of_entries_at_once_become_twenty_responses() {
    each("paper_pairs", |database| {
        let store = database.open();
        let enter = |form: u32, typist: &str, id: u32| {
            let mut response = of_two_surveys(2 * (1_000 * form + id));
            response.mode = "paper".into();
            response.answers = format!("{{\"a1\":{}}}", form % 5 + 1);
            let (psu, enumerator) = ("p".to_owned(), "17".to_owned());
            (response.psu, response.enumerator) = (psu, enumerator);
            let number = form.to_string();
            let entry = PaperEntry::new(&number, typist, "2026-06-01", 9, &response);
            let audited = AuditEntry::by_terminal(Action::PaperEntered, &number, 1);
            store.enter_paper(entry, response, audited).unwrap()
        };
        let enter = &enter;
        std::thread::scope(|scope| {
            for form in 0..20 {
                let one = scope.spawn(move || enter(form, "anna", 1));
                let other = scope.spawn(move || enter(form, "bo", 2));
                let outcomes = [one.join().unwrap(), other.join().unwrap()];
                assert!(outcomes.contains(&PaperOutcome::First), "{outcomes:?}");
                let stored = |own: &PaperOutcome| matches!(own, PaperOutcome::Stored(_));
                assert!(outcomes.iter().any(stored), "{outcomes:?}");
            }
        });
        assert_eq!(enter(3, "chen", 3), PaperOutcome::Complete);
        assert_eq!(store.count(SURVEY).unwrap(), 20);
        assert_eq!(store.paper_forms(SURVEY).unwrap().len(), 20);
        assert_eq!(store.audit(&mut |_| {}).unwrap().n_discrepancies, 0);
    });
}
