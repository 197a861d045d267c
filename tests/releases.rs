//! From a draft to a release: two people, an announced second, bytes that never change.

use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use diesel::prelude::*;
use minyi::demo::instruments;
use minyi::demo::populate::populate;
use minyi::store::{DatabaseUrl, Store};
use minyi::survey::{Catalogue, hex_digest};

use crate::support::office::{PASSWORD, Staff, add, code, cookies, hidden, post_log_in};
use crate::support::{Scratch, Server, city, compiled, minyi, run, wait_for};

const SURVEY: &str = "satisfaction-2026";
const DAY: i64 = 24 * 3600;

/// A server of a city whose questionnaire is approved, with a clock that the test sets.
struct Bureau {
    scratch: Scratch,
    server: Server,
    offset: std::cell::Cell<i64>,
    secrets: Vec<(&'static str, String)>,
}

impl Bureau {
    fn open(name: &str) -> Bureau {
        let scratch = Scratch::new(name);
        let surveys = scratch.path("surveys");
        instruments::write(&surveys).unwrap();
        let file = surveys.join(SURVEY).join("questionnaire.toml");
        let text = std::fs::read_to_string(&file).unwrap();
        let text = text.replace(
            "approval_number = \"\"",
            "approval_number = \"国统制〔2026〕1号\"",
        );
        std::fs::write(&file, text).unwrap();
        let catalogue = Catalogue::load(&surveys).unwrap();
        let store = Store::open(&DatabaseUrl::Sqlite(scratch.path("minyi.sqlite"))).unwrap();
        std::fs::write(scratch.path("invitation.key"), "07".repeat(32)).unwrap();
        populate(&city::fiction(&catalogue, 1, 4000), &store, &mut |_| ()).unwrap();
        drop(store);
        let clock = scratch.write("clock", "0");
        let mut command = minyi(&["serve", "--data", scratch.0.to_str().unwrap()]);
        command.args(["--listen", "127.0.0.1:0"]);
        command.env("LD_PRELOAD", compiled("false_clock", &scratch));
        command.env("FALSE_CLOCK", &clock);
        let server = Server::start_by(&mut command);
        let people = [
            ("wang", "statistician"),
            ("zhang", "statistician"),
            ("li", "publisher"),
            ("sun", "auditor"),
        ];
        let secrets = people.map(|(name, role)| (name, add(&scratch.0, name, role)));
        Bureau {
            scratch,
            server,
            offset: std::cell::Cell::new(0),
            secrets: secrets.into(),
        }
    }

    /// The time that the server sees, seconds.
    fn now(&self) -> i64 {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        i64::try_from(now.as_secs()).unwrap() + self.offset.get()
    }

    fn set_now(&self, seconds: i64) {
        self.offset.set(self.offset.get() + seconds - self.now());
        std::fs::write(self.scratch.path("clock"), self.offset.get().to_string()).unwrap();
    }

    fn log_in(&self, name: &str) -> Staff<'_> {
        let (_, secret) = self.secrets.iter().find(|(own, _)| *own == name).unwrap();
        let code = code(secret, self.offset.get() / 30);
        let answer = post_log_in(&self.server, name, PASSWORD, &code, &[]);
        assert_eq!(answer.status, 303, "{name}: {}", answer.text());
        Staff::with_cookies(&self.server, name, &cookies(&answer))
    }

    fn path(&self) -> String {
        format!("/office/{SURVEY}/releases")
    }

    /// Announces release `number` for a time, in seconds; the status of the answer.
    fn announce(&self, by: &Staff<'_>, number: u32, at: i64, reason: &str) -> u16 {
        let local = jiff::Timestamp::from_second(at).unwrap();
        let local = jiff::tz::offset(8).to_datetime(local);
        let (number, at) = (
            number.to_string(),
            local.strftime("%Y-%m-%dT%H:%M:%S").to_string(),
        );
        let fields = [
            ("do", "announce"),
            ("number", &number),
            ("at", &at),
            ("reason", reason),
        ];
        by.post(&self.path(), &fields).status
    }

    /// Id and digest of the draft on the page.
    fn draft(&self, by: &Staff<'_>) -> (String, String) {
        let page = by.get(&self.path()).text();
        (hidden(&page, "release"), hidden(&page, "digest"))
    }

    fn decide(&self, by: &Staff<'_>, decision: &str, (id, digest): &(String, String)) -> u16 {
        let fields = [
            ("do", decision),
            ("release", id.as_str()),
            ("digest", digest.as_str()),
        ];
        by.post(&self.path(), &fields).status
    }
}

#[test]
fn a_release_needs_two_people_comes_at_its_second_and_never_changes() {
    let bureau = Bureau::open("bureau");
    let get = |path: &str| bureau.server.get(path);
    let page = format!("/results/{SURVEY}");
    let first = format!("{page}/r/1");

    // Before the first release: who asks, until when; no number.
    let before = get(&page);
    assert_eq!(before.status, 200);
    let shown = before.text();
    assert!(
        shown.contains("驻马店市统计局") && !shown.contains('%'),
        "{shown}"
    );
    assert_eq!(get(&format!("{page}.csv")).status, 404);

    let (wang, li) = (bureau.log_in("wang"), bureau.log_in("li"));
    let releases = bureau.path();
    let post = |by: &Staff<'_>, fields: &[(&str, &str)]| by.post(&releases, fields).status;
    let draft_form = [("do", "draft"), ("close", "yes"), ("reason", "调查结束")];
    assert_eq!(post(&wang, &draft_form), 422, "no date is announced");
    let second = bureau.now() + 40 * DAY;
    assert_eq!(bureau.announce(&wang, 1, second, ""), 403);
    assert_eq!(bureau.announce(&li, 1, bureau.now() + 3 * DAY, ""), 422);
    assert_eq!(bureau.announce(&li, 1, second, ""), 303);
    assert!(get("/calendar").text().contains("公众满意度"));

    assert_eq!(post(&li, &draft_form), 403);
    assert_eq!(
        post(&wang, &[("do", "draft"), ("reason", "x")]),
        422,
        "fieldwork is open"
    );
    let drafted = wang.post(&releases, &draft_form);
    assert_eq!(drafted.status, 303, "{}", drafted.text());
    assert_eq!(
        get(&format!("/s/{SURVEY}")).status,
        403,
        "fieldwork is closed"
    );

    let zhang = bureau.log_in("zhang");
    let sun = bureau.log_in("sun");
    let draft = bureau.draft(&wang);
    assert_eq!(
        bureau.decide(&wang, "approve", &draft),
        422,
        "not submitted"
    );
    assert_eq!(bureau.decide(&li, "submit", &draft), 422);
    assert_eq!(bureau.decide(&wang, "submit", &draft), 303);
    assert_eq!(bureau.decide(&sun, "approve", &draft), 403);
    let other = (draft.0.clone(), "0".repeat(64));
    assert_eq!(
        bureau.decide(&wang, "approve", &other),
        422,
        "another digest"
    );
    assert_eq!(bureau.decide(&wang, "approve", &draft), 303);
    assert_eq!(
        bureau.decide(&wang, "approve", &draft),
        422,
        "the same person"
    );
    assert_eq!(
        bureau.decide(&zhang, "approve", &draft),
        422,
        "no publisher"
    );
    assert_eq!(bureau.decide(&li, "approve", &draft), 303);
    assert_eq!(bureau.decide(&zhang, "approve", &draft), 422, "complete");

    // Who may see it before, and every look is recorded.
    let early = format!("{releases}/{}/page.html", draft.0);
    assert_eq!(get(&early).status, 303);
    assert_eq!(sun.get(&early).status, 403);
    let seen = li.get(&early);
    assert_eq!(seen.status, 200);
    let grant = [
        ("do", "grant"),
        ("account", "sun"),
        ("post", "市审计局局长"),
        ("reason", "审计"),
    ];
    assert_eq!(post(&wang, &grant), 303);
    let audit = sun.get("/office/audit.csv").text();
    assert!(
        audit.contains("release_seen") && audit.contains("1 page.html"),
        "{audit}"
    );

    // To the second.
    assert_eq!(get(&first).status, 404);
    bureau.set_now(second - 2);
    loop {
        let before = bureau.now();
        let status = get(&first).status;
        let after = bureau.now();
        match status {
            200 => {
                assert!(after >= second, "{} s early", second - after);
                break;
            }
            404 => assert!(before < second, "{} s late", before - second),
            other => panic!("{other}"),
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    let manifest = get(&format!("{first}/release.json"));
    assert_eq!(hex_digest(&manifest.body), draft.1);
    let files = manifest.json()["files"].as_object().unwrap().clone();
    for name in [
        "figures.csv",
        "figures.xlsx",
        "bulletin.pdf",
        "card.png",
        "figure-1.svg",
    ] {
        let file = get(&format!("{first}/{name}"));
        assert_eq!(file.status, 200, "{name}");
        assert_eq!(
            files[name]["sha256"],
            hex_digest(&file.body).as_str(),
            "{name}"
        );
        assert_eq!(
            file.header("access-control-allow-origin"),
            Some("*"),
            "{name}"
        );
        assert!(file.header("etag").is_some(), "{name}");
    }
    let html = get(&first);
    assert_eq!(
        files["page.html"]["sha256"],
        hex_digest(&html.body).as_str()
    );
    assert!(html.body.len() < 100_000, "{} bytes", html.body.len());
    assert_eq!(get(&page).body, html.body);
    assert_eq!(get(&format!("{page}.json")).json()["version"], "2.0");
    assert_eq!(get(&format!("{first}/status.css")).text(), "");
    assert!(
        get("/results.atom")
            .text()
            .contains(&format!("{SURVEY}/r/1#"))
    );
    assert!(
        get("/results")
            .text()
            .contains(&format!("/results/{SURVEY}/r/1"))
    );
    assert!(get("/").text().contains(&page));

    // A revision.
    let (wang, li) = (bureau.log_in("wang"), bureau.log_in("li"));
    let later = second + 40 * DAY;
    assert_eq!(bureau.announce(&li, 2, later, ""), 303);
    assert_eq!(
        post(&wang, &[("do", "draft")]),
        422,
        "a revision has a reason"
    );
    assert_eq!(
        post(&wang, &[("do", "draft"), ("reason", "更正一处分类")]),
        303
    );
    let draft = bureau.draft(&wang);
    for (by, decision) in [(&wang, "submit"), (&wang, "approve"), (&li, "approve")] {
        assert_eq!(bureau.decide(by, decision, &draft), 303);
    }
    bureau.set_now(later);
    let revised = get(&format!("{page}/r/2"));
    assert_eq!(revised.status, 200);
    assert!(revised.text().contains("更正一处分类"));
    let old = get(&first);
    assert_eq!(old.body, html.body, "the first release changed");
    assert!(
        old.header("link")
            .unwrap()
            .contains("/r/2>; rel=\"successor-version\"")
    );
    assert!(
        get(&format!("{first}/status.css"))
            .text()
            .contains(".superseded")
    );
    assert_eq!(get(&page).body, revised.body);

    // A question about a number.
    let asked = format!("{first}/objection");
    assert!(get(&asked).text().contains("satisfaction//"));
    let fields = [("line", "satisfaction//"), ("question", "样本量是多少？")];
    let sent = bureau.server.post_form(&asked, &fields);
    assert_eq!(sent.status, 303, "{}", sent.text());
    let reply = sent.header("location").unwrap().to_owned();
    assert!(get(&reply).text().contains("样本量是多少？"));
    let wang = bureau.log_in("wang");
    let office = wang.get(&releases).text();
    let id = hidden(&office, "objection");
    let fields = [
        ("do", "reply"),
        ("objection", id.as_str()),
        ("reply", "见表一。"),
    ];
    assert_eq!(post(&wang, &fields), 303);
    assert!(get(&reply).text().contains("见表一。"));

    // Bytes that somebody changes in the database.
    let file = bureau.scratch.path("minyi.sqlite");
    let mut connection = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
    let change = "UPDATE release_file SET content = (SELECT other.content FROM release_file AS other \
                  WHERE other.name = 'figures.en.json' AND other.release_id = release_file.release_id) \
                  WHERE name = 'figures.csv'";
    diesel::sql_query("PRAGMA busy_timeout = 10000")
        .execute(&mut connection)
        .unwrap();
    diesel::sql_query(change).execute(&mut connection).unwrap();
    let altered = format!("{first}/figures.csv");
    wait_for("the altered file", Duration::from_secs(20), || {
        get(&altered).status == 500
    });
    assert_eq!(get(&altered).json()["type"], "/problems/altered");
    let data = bureau.scratch.0.to_str().unwrap();
    let (exit, said, _) = run(&["doctor", "--data", data]);
    assert_ne!(exit, 0);
    assert!(said.contains("release_file"), "{said}");
}

/// A folder of a release of a small city.
fn folder(name: &str, with_microdata: bool) -> (Scratch, String) {
    let scratch = Scratch::new(name);
    city::make(&scratch.0, 3000);
    let (data, output) = (scratch.0.to_str().unwrap(), scratch.path("release"));
    let output = output.to_str().unwrap().to_owned();
    let mut all = vec!["release", SURVEY, "-o", &output, "--data", data];
    all.extend(with_microdata.then_some("--with-microdata"));
    let (exit, _, errors) = run(&all);
    assert_eq!(exit, 0, "{errors}");
    (scratch, output)
}

#[test]
fn a_folder_is_the_same_again_and_every_change_of_it_is_named() {
    let (scratch, output) = folder("folder", true);
    let data = scratch.0.to_str().unwrap();
    let (exit, said, errors) = run(&["verify", &output, "--rebuild", "--data", data]);
    assert_eq!(exit, 0, "{said}{errors}");
    assert!(
        said.contains("numbers computed again") && said.contains("every byte"),
        "{said}"
    );
    let n: usize = match std::env::var("MINYI_TEST_SLOW") {
        Ok(_) => 1000,
        Err(_) => 40,
    };
    let mut names: Vec<String> = ["", "microdata"]
        .iter()
        .flat_map(|folder| {
            let read = std::fs::read_dir(scratch.path("release").join(folder)).unwrap();
            let files = read
                .map(|entry| entry.unwrap().path())
                .filter(|path| path.is_file());
            files
                .map(|path| path.to_str().unwrap().to_owned())
                .collect::<Vec<_>>()
        })
        .collect();
    names.sort();
    let no_estimate = |_: &std::path::Path, _: &std::path::Path| Err("not needed".to_owned());
    for number in 0..n {
        // Spread over all files, and over all places of a file.
        let path = &names[number * 7919 % names.len()];
        let whole = std::fs::read(path).unwrap();
        let place = number * 104_729 % whole.len();
        let mut changed = whole.clone();
        match number % 3 {
            0 => changed[place] ^= 1 << (number % 8),
            1 => drop(changed.remove(place)),
            _ => changed.insert(place, b'0'),
        }
        std::fs::write(path, &changed).unwrap();
        let name = std::path::Path::new(path)
            .file_name()
            .unwrap()
            .to_str()
            .unwrap();
        let verified =
            minyi::publication::verify::verify(scratch.path("release").as_path(), &no_estimate);
        let named = verified.map(|own| own.differences).unwrap_or_default();
        let is_named = named.iter().any(|own| own.file.ends_with(name));
        assert!(is_named, "{path} at {place}: {named:?}");
        std::fs::write(path, whole).unwrap();
    }
    println!("{n} changes, all named");
}

#[test]
fn the_second_verifier_computes_every_number_again() {
    let python = std::env::var("MINYI_TEST_PYTHON").unwrap_or("python3".to_owned());
    let new_enough = Command::new(&python)
        .args(["-c", "import tomllib"])
        .output();
    if !new_enough.is_ok_and(|output| output.status.success()) {
        println!("SKIPPED: no python3 from version 3.11 on");
        return;
    }
    let (_scratch, output) = folder("second", true);
    let script = crate::support::root().join("tests/verifier/verify.py");
    let verified = Command::new(&python)
        .arg(script)
        .arg(&output)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&verified.stdout).into_owned();
    let errors = String::from_utf8_lossy(&verified.stderr);
    assert!(verified.status.success(), "{said}{errors}");
    println!("{said}");
}
