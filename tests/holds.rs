//! Holding responses: two people set a flood aside, the figures return to what they were, and everything
//! that is published says so. `MINYI_TEST_SLOW=1` floods with 3,000 forms instead of 300.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::process::Command;
use std::time::Duration;

use minyi::demo::instruments;
use minyi::demo::populate::populate;
use minyi::release::cells::Cells;
use minyi::release::public::public;
use minyi::release::scenarios::{VOLUNTEERS_WITH_HELD, WITH_HELD};
use minyi::release::stored::{self, Extent};
use minyi::store::{DatabaseUrl, Held, LeafRanges, Store};
use minyi::survey::Catalogue;
use serde_json::Value;

use crate::stuffing::fake;
use crate::support::database::Database;
use crate::support::office::{Staff, add_to, hidden};
use crate::support::site::Site;
use crate::support::{Answer, Scratch, Server, city, root, run, wait_for};

const SURVEY: &str = "satisfaction-2026";
const PAGE: &str = "/office/satisfaction-2026/quality";

/// The channel that the flood names.
const CHANNEL: &str = "flood";

type Figures = BTreeMap<Vec<String>, Vec<String>>;

/// A small city with a server, and people of the office.
struct Bureau {
    scratch: Scratch,
    database: Database,
    server: Server,
    secrets: BTreeMap<&'static str, String>,
    /// Cookies by name.
    sessions: RefCell<BTreeMap<String, String>>,
}

impl Bureau {
    /// The plan combines modes as `combine` says.
    fn open(name: &str, database: Database, combine: &str) -> Bureau {
        let scratch = Scratch::new(name);
        let surveys = scratch.path("surveys");
        instruments::write(&surveys).unwrap();
        let file = surveys.join(SURVEY).join("plan.toml");
        let plan = std::fs::read_to_string(&file).unwrap();
        let wanted = format!("combine = \"{combine}\"");
        std::fs::write(&file, plan.replace("combine = \"sampled\"", &wanted)).unwrap();
        let catalogue = Catalogue::load(&surveys).unwrap();
        std::fs::write(scratch.path("invitation.key"), "07".repeat(32)).unwrap();
        let store = database.open();
        populate(&city::fiction(&catalogue, 1, 2400), &store, &mut |_| ()).unwrap();
        store.close();
        drop(store);
        let (data, surveys) = (scratch.0.to_str().unwrap(), surveys.to_str().unwrap());
        let place = ["--data", data, "--surveys", surveys];
        let address = ["--database", &database.address()];
        let serve = [&["serve", "--batch", "1"][..], &place, &address].concat();
        let server = Server::start(&serve);
        let people = [
            ("wang", "statistician"),
            ("zhang", "supervisor"),
            ("li", "publisher"),
            ("sun", "auditor"),
        ];
        let secret = |(name, role)| {
            let secret = add_to(&scratch.0, Some(&database.address()), name, role);
            (name, secret)
        };
        let secrets = people.map(secret).into();
        Bureau {
            scratch,
            database,
            server,
            secrets,
            sessions: RefCell::default(),
        }
    }

    /// Logs a person in once: a one-time code works once in its half minute.
    fn log_in(&self, name: &str) -> Staff<'_> {
        let mut sessions = self.sessions.borrow_mut();
        if let Some(cookies) = sessions.get(name) {
            return Staff::with_cookies(&self.server, name, cookies);
        }
        let staff = Staff::log_in(&self.server, name, &self.secrets[name]);
        sessions.insert(name.to_owned(), staff.cookies.clone());
        staff
    }

    fn reader(&self) -> Store {
        Store::open_reader(&self.database.url).unwrap()
    }

    /// Runs a command on the city.
    fn run(&self, command: &[&str]) -> (i32, String, String) {
        let (data, surveys) = (
            self.scratch.0.to_str().unwrap(),
            self.scratch.path("surveys"),
        );
        let place = ["--data", data, "--surveys", surveys.to_str().unwrap()];
        let address = ["--database", &self.database.address()];
        run(&[command, &place, &address].concat())
    }

    fn flood(&self, n: usize) {
        let path = format!("/s/{SURVEY}");
        let headers = [("Content-Type", "application/x-www-form-urlencoded")];
        for _ in 0..n {
            let body = fake(CHANNEL);
            let sent = self
                .server
                .request("POST", &path, &headers, body.as_bytes());
            assert_eq!(sent.status, 303, "{}", sent.text());
        }
    }
}

/// The table of figures by indicator, dimension and level, once `is_wanted` holds for it.
fn figures(reader: &Staff<'_>, what: &str, is_wanted: &dyn Fn(&Figures) -> bool) -> Figures {
    let mut found = Figures::new();
    wait_for(what, Duration::from_secs(120), || {
        let answer = reader.get(&format!("/office/{SURVEY}/figures.csv"));
        let table = answer.text();
        let mut rows = csv::Reader::from_reader(table.trim_start_matches('\u{feff}').as_bytes());
        let rows = rows.records().filter_map(|row| {
            let cells: Vec<String> = row.ok()?.iter().map(str::to_owned).collect();
            Some((cells.get(1..4)?.to_vec(), cells.get(4..)?.to_vec()))
        });
        found = rows.collect();
        answer.status == 200 && is_wanted(&found)
    });
    found
}

fn key(parts: [&str; 3]) -> Vec<String> {
    parts.map(str::to_owned).to_vec()
}

fn number(figures: &Figures, parts: [&str; 3]) -> f64 {
    let cells = figures.get(&key(parts));
    let cells = cells.unwrap_or_else(|| panic!("{parts:?} is not there"));
    cells[3].parse().unwrap()
}

const VOLUNTEERS: [&str; 3] = ["satisfaction", "part", "volunteer"];
const HEADLINE: [&str; 3] = ["satisfaction", "", ""];

fn propose(person: &Staff<'_>, subject: &str, label: &str) -> Answer {
    let fields = [
        ("do", "preview"),
        ("subject", subject),
        ("label", label),
        ("reason", "3,000 in a night"),
    ];
    let preview = person.post(PAGE, &fields);
    assert_eq!(preview.status, 200, "{}", preview.text());
    confirm(person, &preview.text())
}

/// Sends the form of the page on which a proposal is confirmed.
fn confirm(person: &Staff<'_>, page: &str) -> Answer {
    let names = [
        "do",
        "id",
        "subject",
        "label",
        "rule",
        "rule_version",
        "reason",
        "log_size",
        "limit",
        "digest",
    ];
    // The first form of the page is that of logging out.
    let (_, form) = page.split_once("name=\"do\"").unwrap();
    let form = format!("name=\"do\"{form}");
    let values = names.map(|name| hidden(&form, name));
    let fields: Vec<(&str, &str)> = names
        .into_iter()
        .zip(values.iter().map(String::as_str))
        .collect();
    person.post(PAGE, &fields)
}

/// Decides about the newest proposal.
fn decide(person: &Staff<'_>, word: &str, reason: &str) -> Answer {
    let page = person.get(PAGE).text();
    let (_, rest) = page.split_once("id=\"hold-").unwrap();
    let rest = match rest.starts_with("subject") {
        true => page.rsplit_once("aria-labelledby=\"hold-").unwrap().1,
        false => rest,
    };
    let id = rest.split('"').next().unwrap();
    person.post(PAGE, &[("do", word), ("proposal", id), ("reason", reason)])
}

fn n_fakes() -> usize {
    match std::env::var("MINYI_TEST_SLOW").is_ok() {
        true => 3000,
        false => 300,
    }
}

/// A flood comes, is held by two people, and is freed again. Returns the bureau while it is held, with the
/// figures of the flood.
fn held_flood(bureau: &Bureau) -> (Figures, Figures) {
    let (wang, zhang, li) = (
        bureau.log_in("wang"),
        bureau.log_in("zhang"),
        bureau.log_in("li"),
    );
    let before = figures(&wang, "first figures", &|all| {
        all.contains_key(&key(VOLUNTEERS))
    });
    let honest = number(&before, VOLUNTEERS);
    bureau.flood(n_fakes());
    let count = bureau.reader().count(SURVEY).unwrap();
    let json = || wang.get(&format!("/office/{SURVEY}/figures.json")).json();
    let received = |n: u64| {
        wait_for("figures of all responses", Duration::from_secs(120), || {
            json()["extension"]["n_received"].as_u64() == Some(n)
        });
    };
    received(count);
    let flooded = figures(&wang, "figures of the flood", &|_| true);
    assert!(number(&flooded, VOLUNTEERS) > honest + 0.003, "{honest}");

    // One proposes, with the effect before; another consents, and sees the same effect.
    let preview = wang.post(
        PAGE,
        &[
            ("do", "preview"),
            ("subject", "channel"),
            ("label", CHANNEL),
            ("reason", "3,000 in a night"),
        ],
    );
    assert_eq!(preview.status, 200, "{}", preview.text());
    let percent = |value: f64| format!("{:.1}%", value * 100.0);
    let effect = [percent(number(&flooded, VOLUNTEERS)), percent(honest)];
    for value in &effect {
        assert!(preview.text().contains(value), "{value}");
    }
    let proposed = confirm(&wang, &preview.text());
    assert_eq!(proposed.status, 303, "{}", proposed.text());
    // A form that is sent twice is one proposal.
    assert_eq!(confirm(&wang, &preview.text()).status, 303);
    assert_eq!(bureau.reader().hold_reviews(SURVEY).unwrap().len(), 1);
    let own = decide(&wang, "consent", "");
    assert_eq!(own.status, 422);
    assert!(own.text().contains("需要另一人"), "{}", own.text());
    assert_eq!(decide(&zhang, "consent", "").status, 403);
    assert_eq!(bureau.reader().held(SURVEY, None).unwrap(), Held::default());
    let seen = li.get(PAGE).text();
    for value in &effect {
        assert!(seen.contains(value), "{value}");
    }
    // Those who do not read figures see none here either.
    let seen = zhang.get(PAGE).text();
    assert!(seen.contains(CHANNEL) && !seen.contains(&effect[0]));
    let consented = decide(&li, "consent", "");
    assert_eq!(consented.status, 303, "{}", consented.text());
    let again = decide(&li, "consent", "");
    assert_eq!(again.status, 422, "{}", again.text());

    // The figures are those from before, and say what they would be.
    let is_held =
        |all: &Figures| all.contains_key(&key(["satisfaction", "sensitivity", WITH_HELD]));
    let held = figures(&wang, "figures without the flood", &is_held);
    for (key, cells) in &before {
        assert_eq!(held.get(key), Some(cells), "{key:?}");
    }
    let with_held = number(&held, ["satisfaction", "part", "volunteer_with_held"]);
    assert!((with_held - number(&flooded, VOLUNTEERS)).abs() < 1e-9);
    let with_held = number(&held, ["satisfaction", "sensitivity", WITH_HELD]);
    assert!((with_held - number(&flooded, HEADLINE)).abs() < 1e-9);
    (flooded, held)
}

/// Whether all numbers of a table of figures are in what `minyi estimate` makes of an export.
fn assert_estimate_gives(estimates: &Value, held: &Figures) {
    let scenarios = estimates["sensitivity"]["scenarios"].as_array().unwrap();
    let whole = |estimates: &Value| -> f64 {
        let all = estimates.as_array().unwrap();
        let own = all
            .iter()
            .find(|own| own["name"] == "satisfaction")
            .unwrap();
        own["estimate"].as_f64().unwrap()
    };
    let scenario = |name: &str| {
        let own = scenarios.iter().find(|own| own["name"] == name).unwrap();
        whole(&own["estimates"])
    };
    let pairs = [
        (whole(&estimates["estimates"]), HEADLINE),
        (whole(&estimates["blend"]["volunteer"]), VOLUNTEERS),
        (
            scenario(WITH_HELD),
            ["satisfaction", "sensitivity", WITH_HELD],
        ),
        (
            scenario(VOLUNTEERS_WITH_HELD),
            ["satisfaction", "part", "volunteer_with_held"],
        ),
        (
            scenario("unflagged"),
            ["satisfaction", "sensitivity", "unflagged"],
        ),
    ];
    for (estimate, name) in pairs {
        let stated = number(held, name);
        assert!(
            (estimate - stated).abs() < 1e-9,
            "{name:?}: {estimate} {stated}"
        );
    }
}

#[test]
fn two_people_hold_a_flood_and_every_file_says_so() {
    let bureau = Bureau::open("holds", Database::sqlite("holds"), "calibrated");
    let (flooded, held) = held_flood(&bureau);
    assert!((number(&flooded, HEADLINE) - number(&held, HEADLINE)).abs() > 0.0005);

    // Later responses of the channel count until somebody proposes to hold them too.
    let (wang, li) = (bureau.log_in("wang"), bureau.log_in("li"));
    // Figures wait for four with several thousand responses.
    bureau.flood(8);
    assert_eq!(propose(&wang, "channel", CHANNEL).status, 303);
    let reviews = bureau.reader().hold_reviews(SURVEY).unwrap();
    assert_eq!(reviews[1].proposal.responses, 8);
    assert_eq!(decide(&wang, "withdraw", "").status, 303);

    // The export marks them; its spec and the second verifier give every number.
    let output = bureau.scratch.path("release");
    let output = output.to_str().unwrap();
    let (exit, _, errors) = bureau.run(&["release", SURVEY, "-o", output, "--with-microdata"]);
    assert_eq!(exit, 0, "{errors}");
    let file = |name: &str| std::fs::read_to_string(format!("{output}/{name}")).unwrap();
    let data = format!("{output}/microdata/{SURVEY}.csv");
    let rows = crate::support::site::rows(&data);
    let marked = rows.iter().filter(|row| row["held"] == "1");
    let marked: Vec<_> = marked.collect();
    assert_eq!(marked.len(), n_fakes());
    for row in marked {
        assert_eq!(
            (row["base_weight"].as_str(), row["weight"].as_str()),
            ("0", "0")
        );
    }
    let (exit, said, errors) = run(&["verify", output]);
    assert_eq!(exit, 0, "{said}{errors}");
    let estimates: Value = serde_json::from_str(&file("microdata/estimates.json")).unwrap();
    let now = figures(&wang, "figures of eight more", &|all| {
        all.get(&key(VOLUNTEERS)) != held.get(&key(VOLUNTEERS))
    });
    assert_estimate_gives(&estimates, &now);
    second_verifier(output);

    // What is published says how many, by which rule, and what they would change.
    let page = file("page.html");
    assert!(page.contains("审核后暂不计入"), "{page}");
    assert!(page.contains("人工发现（约"), "{page}");
    assert!(page.contains("若计入："), "{page}");
    assert!(file("figures.csv").contains("volunteer_with_held"));
    let quality = file("quality.json");
    assert!(quality.contains("held:by_person") && quality.contains("with_held:satisfaction"));
    assert!(!page.contains(CHANNEL));

    // A release rests on the holds of its own log: an earlier one stays as it was.
    let reader = bureau.reader();
    let first = reviews[0].proposal.clone();
    let leaves = LeafRanges::parse(&first.leaves).unwrap();
    let (_, last) = *leaves.ranges().last().unwrap();
    let then = reader
        .held(SURVEY, Some(u64::try_from(last).unwrap() + 1))
        .unwrap();
    assert!(then.is_empty());
    assert_eq!(reader.held(SURVEY, None).unwrap().leaves(), &leaves);

    // A backup has everything.
    let (backup, restored) = (
        bureau.scratch.path("backup"),
        bureau.scratch.path("restored"),
    );
    let (exit, _, errors) = bureau.run(&["backup", backup.to_str().unwrap()]);
    assert_eq!(exit, 0, "{errors}");
    let target = format!("sqlite:{}", restored.display());
    let (exit, _, errors) = run(&["restore", backup.to_str().unwrap(), "--database", &target]);
    assert_eq!(exit, 0, "{errors}");
    let copy = Store::open_reader(&DatabaseUrl::Sqlite(restored)).unwrap();
    assert_eq!(copy.held(SURVEY, None).unwrap().leaves(), &leaves);

    // Freeing goes the same way.
    let free = |person: &Staff<'_>, word: &str, reason: &str| {
        let fields = [
            ("do", word),
            ("proposal", first.id.as_str()),
            ("reason", reason),
        ];
        person.post(PAGE, &fields)
    };
    assert_eq!(free(&wang, "propose_free", "").status, 422);
    assert_eq!(
        free(&wang, "propose_free", "they were a school").status,
        303
    );
    assert_eq!(free(&wang, "consent_free", "").status, 422);
    assert!(!reader.held(SURVEY, None).unwrap().is_empty());
    assert_eq!(free(&li, "consent_free", "").status, 303);
    figures(&wang, "figures with the freed", &|all| {
        !all.contains_key(&key(["satisfaction", "sensitivity", WITH_HELD]))
            && number(all, VOLUNTEERS) > number(&held, VOLUNTEERS) + 0.003
    });

    // Who did what is in the audit record, and no answer.
    let audit = bureau.log_in("sun").get("/office/audit.csv").text();
    for word in [
        "hold_proposed",
        "hold_consented",
        "hold_withdrawn",
        "free_proposed",
        "free_consented",
    ] {
        assert!(audit.contains(word), "{word}: {audit}");
    }
    assert!(!audit.contains("\"a1\""));
    let (exit, said, _) = bureau.run(&["doctor"]);
    assert_eq!(exit, 0, "{said}");
}

fn second_verifier(folder: &str) {
    let python = std::env::var("MINYI_TEST_PYTHON").unwrap_or("python3".to_owned());
    let new_enough = Command::new(&python)
        .args(["-c", "import tomllib"])
        .output();
    if !new_enough.is_ok_and(|output| output.status.success()) {
        println!("SKIPPED: no python3 from version 3.11 on");
        return;
    }
    let script = root().join("tests/verifier/verify.py");
    let verified = Command::new(&python)
        .arg(script)
        .arg(folder)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&verified.stdout).into_owned();
    let errors = String::from_utf8_lossy(&verified.stderr);
    assert!(verified.status.success(), "{said}{errors}");
}

#[test]
fn where_the_drawn_alone_are_published_a_held_flood_moves_the_volunteers_only() {
    if std::env::var_os("MINYI_TEST_SLOW").is_none() {
        println!("skipped; set MINYI_TEST_SLOW=1 to run it");
        return;
    }
    let database = Database::postgres("holds").unwrap_or_else(|| Database::sqlite("holds-sampled"));
    let bureau = Bureau::open("holds-sampled", database, "sampled");
    let (flooded, held) = held_flood(&bureau);
    assert_eq!(flooded[&key(HEADLINE)], held[&key(HEADLINE)]);
    assert_few_are_not_published(&bureau);
    let (exit, said, _) = bureau.run(&["doctor"]);
    assert_eq!(exit, 0, "{said}");
}

/// Three held responses are in no published number, neither as a count nor by what they change.
fn assert_few_are_not_published(bureau: &Bureau) {
    let catalogue = Catalogue::load(&bureau.scratch.path("surveys")).unwrap();
    let survey = &catalogue.surveys[SURVEY];
    let plan = survey.plan.as_ref().unwrap();
    let store = bureau.reader();
    let sampled = store.scan(SURVEY, -1, 5000).unwrap().into_iter();
    let sampled = sampled
        .filter(|own| own.mode == "onsite")
        .map(|own| own.leaf_index);
    let all: Vec<i64> = sampled.collect();
    let published = |n: usize| {
        let leaves: LeafRanges = all.iter().take(n).copied().collect();
        let extent = Extent {
            held: Held::default().with(&leaves),
            ..Extent::now(&store, survey, u64::MAX).unwrap()
        };
        let snapshot = stored::snapshot(&catalogue, survey, &store, extent, &BTreeMap::new());
        let snapshot = snapshot.unwrap();
        let cells = Cells::of(survey, plan, &snapshot.dataset);
        let public = public(&snapshot.figures, &cells, &[], &[]).figures;
        let own = public.indicators.into_iter();
        let mut choices = own.flat_map(|own| own.sensitivity);
        let has_choice = choices.any(|own| own.code == WITH_HELD);
        (public.held.iter().map(|(_, n)| *n).sum::<u64>(), has_choice)
    };
    assert_eq!(published(3), (0, false));
    let (many, has_choice) = published(200);
    assert!((many, has_choice) == (200, true), "{many}");
}

#[test]
fn what_was_written_into_the_form_stays_and_the_fault_says_what_is_wrong() {
    let site = Site::start("holds-form");
    let supervisor = Staff::with_role(&site.server, &site.scratch.0, "supervisor");
    let publisher = Staff::with_role(&site.server, &site.scratch.0, "publisher");
    let send = |person: &Staff<'_>, subject: &str, label: &str, reason: &str| {
        let fields = [
            ("do", "preview"),
            ("subject", subject),
            ("label", label),
            ("reason", reason),
        ];
        person.post(PAGE, &fields)
    };
    for (subject, label, reason, fault) in [
        ("channel", "nobody", "why", "没有找到"),
        ("day", "yesterday", "why", "请填写日期"),
        ("enumerator", "", "why", "请填写渠道代码"),
        ("responses", "17-x", "why", "请填写回执码"),
        ("planet", "x", "why", "请填写渠道代码"),
        ("channel", "kept-value", "", "请"),
    ] {
        let answer = send(&supervisor, subject, label, reason);
        let page = answer.text();
        assert_eq!(answer.status, 422, "{subject} {label}");
        assert!(page.contains(fault), "{subject} {label}: {page}");
        assert!(page.contains(&format!("value=\"{label}\"")), "{page}");
    }
    assert_eq!(send(&publisher, "channel", "x", "why").status, 403);

    // A response by its receipt code. Without figures there is no effect, but it can be held.
    let fields = crate::support::site::complete();
    let sent = site.submit(&fields);
    let receipt = site.server.get(sent.header("location").unwrap()).text();
    let (_, code) = receipt.split_once("<strong><span>").unwrap();
    let code = code.split("</strong>").next().unwrap();
    let code = code.replace("<span>", "").replace("</span>", "");
    let proposed = propose(&supervisor, "responses", &code);
    assert_eq!(proposed.status, 303, "{}", proposed.text());
    // A changed digest is noticed: the person is asked again.
    let preview = send(&supervisor, "responses", &code, "why").text();
    let digest = hidden(&preview, "digest");
    let changed = confirm(&supervisor, &preview.replace(&digest, &"0".repeat(64)));
    assert_eq!(changed.status, 422);
    assert!(changed.text().contains("再次核对"), "{}", changed.text());
    assert_eq!(decide(&publisher, "consent", "").status, 303);
    let again = send(&supervisor, "responses", &code, "why");
    assert!(again.text().contains("都已暂不计入"), "{}", again.text());
    let rows = site.stored();
    assert_eq!(rows.len(), 1);
}
