//! Invitations: issued, printed, spent once with one response, and not linked to it.
//!
//! `MINYI_TEST_GUESSES` sets how many codes are issued and how many wrong ones are tried (100
//! without it).

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use serde_json::json;

use crate::support::browser::{Browser, PHONE};
use crate::support::database::{self, Database};
use crate::support::responses::{backup_of, response};
use crate::support::site::{Site, answers, complete, rows, stored};
use crate::support::{Answer, Scratch, Server, form as encoded, run, try_exchange, wait_for};
use minyi::collection::{InvitationCode, InvitationKey};

const PSU: &str = "411702-U-06";
const FORM: &str = "/s/satisfaction-2026";

/// Issues `count` invitations for `psu`; returns the codes as they are printed.
fn invite(data: &Path, more: &[&str], psu: &str, count: usize) -> Vec<String> {
    let file = data.join("codes.csv");
    let (count, file) = (count.to_string(), file.to_str().unwrap());
    let arguments = ["invite", "satisfaction-2026", "--count", &count, "-o", file];
    let place = ["--data", data.to_str().unwrap(), "--surveys", "surveys"];
    let target: &[&str] = if psu.is_empty() {
        &["--all"]
    } else {
        &["--psu", psu]
    };
    let (code, _, errors) = run(&[&arguments[..], &place, target, more].concat());
    assert_eq!(code, 0, "{errors}");
    assert!(errors.contains("issue again with --public-url"), "{errors}");
    rows(file).iter().map(|row| row["code"].clone()).collect()
}

/// [`complete`] with a code and an id.
fn form<'f>(code: &'f str, id: &'f str) -> Vec<(&'f str, &'f str)> {
    let mut fields = complete();
    fields.extend([("invitation", code), ("response_id", id)]);
    fields
}

fn id(number: usize) -> String {
    format!("0190a000-0000-7000-8000-{number:012}")
}

/// A code that has the right form but was never issued.
fn wrong(number: u64) -> String {
    InvitationCode::from_bits(number.wrapping_mul(0x9E37_79B9_7F4A_7C15)).to_string()
}

/// Issued and used of a PSU, as `minyi invite` prints them.
fn counts(data: &Path, more: &[&str]) -> BTreeMap<String, (u64, u64)> {
    let place = ["--data", data.to_str().unwrap(), "--surveys", "surveys"];
    let (code, out, errors) = run(&[&["invite", "satisfaction-2026"][..], &place, more].concat());
    assert_eq!(code, 0, "{errors}");
    let lines = out.lines().skip(1).map(|line| {
        let cells: Vec<&str> = line.split('\t').collect();
        (
            cells[0].to_owned(),
            (cells[1].parse().unwrap(), cells[2].parse().unwrap()),
        )
    });
    lines.collect()
}

/// A page without what the sender typed.
fn without(page: &Answer, code: &str) -> String {
    page.text().replace(code, "")
}

#[test]
fn an_invited_response_has_its_psu_and_spends_its_code() {
    let site = Site::start("invited");
    let data = &site.scratch.0;
    let codes = invite(data, &[], PSU, 4);
    // By the QR code, typed carelessly, and by a program.
    let by_link = format!("{FORM}?i={}", codes[0].replace('-', ""));
    let sent = site.server.post_form(&by_link, &form("", &id(1)));
    assert_eq!(sent.status, 303);
    let typed = codes[1].to_lowercase().replace('-', " ");
    assert_eq!(site.submit(&form(&typed, &id(2))).status, 303);
    let program = json!({
        "id": id(3), "survey": "satisfaction-2026", "mode": "online", "invitation": codes[2],
        "answers": answers(),
    });
    let path = "/api/v1/responses";
    assert_eq!(site.server.post_json(path, &program).status, 201);
    for row in site.stored() {
        assert_eq!((row["mode"].as_str(), row["psu"].as_str()), ("online", PSU));
    }
    assert_eq!(counts(data, &[])[PSU], (4, 3));
    // A phone that received no answer sends again, with a code that is spent by now.
    assert_eq!(site.submit(&form(&codes[1], &id(2))).status, 303);
    assert_eq!(site.server.post_json(path, &program).status, 200);
    assert_eq!(site.stored().len(), 3);
    // The same code for another person.
    let mut other = program.clone();
    other["id"] = json!(id(9));
    let refused = site.server.post_json(path, &other);
    assert_eq!(refused.status, 422);
    assert_eq!(refused.json()["faults"][0]["pointer"], "/invitation");
    // An id that is stored keeps an unspent code unspent.
    assert_eq!(site.submit(&form(&codes[3], &id(2))).status, 303);
    assert_eq!(counts(data, &[])[PSU], (4, 3));
    let place = ["--data", data.to_str().unwrap(), "--surveys", "surveys"];
    let (code, out, _) = run(&[&["doctor"][..], &place].concat());
    assert!(out.contains("invitations") && code == 0, "{out}");
}

#[test]
fn wrong_spent_and_foreign_codes_are_answered_alike_and_the_answers_are_kept() {
    let site = Site::start("alike");
    let data = &site.scratch.0;
    let spent = invite(data, &[], PSU, 1).remove(0);
    assert_eq!(site.submit(&form(&spent, &id(1))).status, 303);
    let key = std::fs::read_to_string(data.join("invitation.key")).unwrap();
    assert_eq!(key.trim().len(), 64);
    // A code of another survey with the same key.
    let foreign = wrong(7);
    {
        let bytes: Vec<u8> = (0..32)
            .map(|at| u8::from_str_radix(&key[at * 2..at * 2 + 2], 16).unwrap())
            .collect();
        let key = InvitationKey::new(bytes.try_into().unwrap());
        let code = InvitationCode::parse(&foreign).unwrap();
        let hash = key.hash("satisfaction-2025", &code);
        drop(site.server);
        let store = minyi::store::Store::open(&minyi::store::DatabaseUrl::Sqlite(
            data.join("minyi.sqlite"),
        ))
        .unwrap();
        let by_psu = [(PSU.to_owned(), vec![hash])].into();
        let check = key.check_value();
        store
            .issue_invitations("satisfaction-2025", by_psu, &check, 0)
            .unwrap();
    }
    let data_text = data.to_str().unwrap();
    let server = Server::start(&["serve", "--data", data_text, "--surveys", "surveys"]);
    let mut pages = BTreeSet::new();
    for (number, code) in [&wrong(1), &spent, &foreign, "not a code 12345"]
        .into_iter()
        .enumerate()
    {
        let refused = server.post_form(FORM, &form(code, &id(10 + number)));
        assert_eq!(refused.status, 422, "{code}");
        let text = refused.text();
        assert!(
            text.contains("这个邀请码不能使用") && text.contains(code),
            "{text}"
        );
        assert!(
            text.contains(r#"value="411702" selected"#),
            "the answers are kept"
        );
        pages.insert(without(&refused, code).replace(&id(10 + number), ""));
    }
    assert_eq!(pages.len(), 1, "the pages differ only in the code");
    assert_eq!(stored(&site.scratch, "satisfaction-2026").len(), 1);
    // Whoever agrees is stored as a volunteer.
    let mut alone = form(&spent, "0190a000-0000-7000-8000-000000000077");
    alone.push(("without_invitation", "1"));
    assert_eq!(server.post_form(FORM, &alone).status, 303);
    // The export gives every volunteer a PSU of its own.
    let rows = stored(&site.scratch, "satisfaction-2026");
    let invited = rows.iter().filter(|row| row["psu"] == PSU).count();
    assert_eq!((rows.len(), invited), (2, 1));
}

/// A server on either back end with the surveys of this repository.
fn serve(database: &Database, data: &Scratch) -> Server {
    let place = ["--data", data.0.to_str().unwrap(), "--surveys", "surveys"];
    let database = ["--database", &database.address()];
    Server::start(&[&["serve"][..], &place, &database].concat())
}

#[test]
fn a_code_that_64_connections_send_at_the_same_instant_is_spent_once() {
    database::each("at_once", |database| {
        let data = Scratch::new("at-once-data");
        let server = serve(database, &data);
        let address = ["--database", &database.address()];
        let mut codes = invite(&data.0, &address, PSU, 2);
        codes.extend(invite(&data.0, &address, PSU, 1));
        for code in codes {
            let barrier = std::sync::Barrier::new(64);
            let statuses: Vec<u16> = std::thread::scope(|scope| {
                let threads: Vec<_> = (0..64)
                    .map(|_| {
                        scope.spawn(|| {
                            let id = uuid::Uuid::new_v4().to_string();
                            barrier.wait();
                            server.post_form(FORM, &form(&code, &id)).status
                        })
                    })
                    .collect();
                threads
                    .into_iter()
                    .map(|thread| thread.join().unwrap())
                    .collect()
            });
            let stored = statuses.iter().filter(|status| **status == 303).count();
            let refused = statuses.iter().filter(|status| **status == 422).count();
            assert_eq!((stored, refused), (1, 63), "{statuses:?}");
        }
        assert_eq!(counts(&data.0, &address)[PSU], (3, 3));
        assert_eq!(database.reopen().count("satisfaction-2026").unwrap(), 3);
    });
}

#[test]
fn after_a_kill_every_spent_code_has_its_response_and_no_other() {
    database::each("spent", |database| {
        let data = Scratch::new("spent-data");
        let server = serve(database, &data);
        let address = ["--database", &database.address()];
        let mut codes = invite(&data.0, &address, PSU, 3_000);
        let mut server = Some(server);
        for round in 0..4 {
            let n_sent = Arc::new(AtomicUsize::new(0));
            let own: Vec<String> = codes.split_off(codes.len().saturating_sub(600));
            let running = server.take().unwrap();
            let listening = running.address.clone();
            let threads: Vec<_> = own
                .chunks(40)
                .map(|codes| {
                    let (codes, address) = (codes.to_vec(), listening.clone());
                    let n_sent = Arc::clone(&n_sent);
                    std::thread::spawn(move || {
                        for code in codes {
                            let id = uuid::Uuid::new_v4().to_string();
                            let body = encoded(&form(&code, &id));
                            let kind = ("Content-Type", "application/x-www-form-urlencoded");
                            let body = body.as_bytes();
                            match try_exchange(&address, "POST", FORM, &[kind], body) {
                                Some(_) => n_sent.fetch_add(1, Relaxed),
                                None => return,
                            };
                        }
                    })
                })
                .collect();
            wait_for("a receipt", Duration::from_secs(60), || {
                n_sent.load(Relaxed) > round
            });
            running.kill();
            threads
                .into_iter()
                .for_each(|thread| thread.join().unwrap());
            server = Some(serve(database, &data));
            let counts = database
                .reopen()
                .invitation_counts("satisfaction-2026")
                .unwrap();
            let count = &counts[PSU];
            assert_eq!(count.used(), count.responses, "round {round}");
            assert!(count.used() > 0, "nothing was sent before the kill");
        }
    });
}

/// Spearman's rank correlation of distinct numbers.
fn rank_correlation(pairs: &[(i64, i64)]) -> f64 {
    let ranks = |values: Vec<i64>| -> Vec<f64> {
        let mut order: Vec<usize> = (0..values.len()).collect();
        order.sort_by_key(|at| values[*at]);
        let mut ranks = vec![0.0; values.len()];
        for (rank, at) in order.into_iter().enumerate() {
            ranks[at] = rank as f64;
        }
        ranks
    };
    let first = ranks(pairs.iter().map(|(a, _)| *a).collect());
    let second = ranks(pairs.iter().map(|(_, b)| *b).collect());
    let n = pairs.len() as f64;
    let squares: f64 = first
        .iter()
        .zip(&second)
        .map(|(a, b)| (a - b).powi(2))
        .sum();
    1.0 - 6.0 * squares / (n * (n * n - 1.0))
}

#[test]
fn the_whole_database_does_not_tell_which_code_gave_which_response() {
    database::each("unlinked", |database| {
        let store = database.open();
        let key = InvitationKey::new([7; 32]);
        let codes: Vec<_> = (0..10_000)
            .map(|number| InvitationCode::parse(&wrong(number)).unwrap())
            .map(|code| key.hash("satisfaction-2026", &code))
            .collect();
        let by_psu = [(PSU.to_owned(), codes.clone())].into();
        store
            .issue_invitations("satisfaction-2026", by_psu, &key.check_value(), 0)
            .unwrap();
        let places: BTreeMap<String, i64> = database
            .texts("SELECT code_hash AS value FROM invitation")
            .into_iter()
            .zip(0..)
            .collect();
        // Spent in the order of issue: the least favourable one.
        let responses: Vec<_> = (0..10_000_u32)
            .zip(&codes)
            .map(|(number, code)| {
                let mut response = response(number);
                response.mode = "online".into();
                response.psu = PSU.into();
                response.invitation = Some(code.clone());
                response
            })
            .collect();
        let mut pairs = Vec::new();
        for (codes, responses) in codes.chunks(1_000).zip(responses.chunks(1_000)) {
            let receipts = store.insert_all(responses.to_vec()).unwrap();
            let spent = codes.iter().zip(receipts);
            pairs.extend(spent.map(|(code, receipt)| (places[code.as_str()], receipt.leaf_index)));
        }
        let correlation = rank_correlation(&pairs);
        assert!(correlation.abs() < 0.03, "{correlation}");
        assert!(
            database
                .texts("SELECT code_hash AS value FROM invitation")
                .is_empty()
        );
        let text = String::from_utf8(backup_of(&store)).unwrap();
        assert!(!text.contains(r#"{"invitations""#), "none is left");
    });
}

#[test]
fn a_restored_database_has_the_unspent_codes_and_not_the_spent_ones() {
    let site = Site::start("restored-codes");
    let data = &site.scratch.0;
    let codes = invite(data, &[], "", 2);
    assert!(codes.len() > 100, "every drawn PSU has two");
    assert_eq!(site.submit(&form(&codes[0], &id(1))).status, 303);
    let place = ["--data", data.to_str().unwrap(), "--surveys", "surveys"];
    let backup = site.scratch.path("backup.minyi");
    let backup = backup.to_str().unwrap();
    let (code, _, errors) = run(&[&["backup", backup][..], &place].concat());
    assert_eq!(code, 0, "{errors}");
    let elsewhere = Scratch::new("restored-codes-to");
    let place = [
        "--data",
        elsewhere.0.to_str().unwrap(),
        "--surveys",
        "surveys",
    ];
    let (code, _, errors) = run(&[&["restore", backup][..], &place].concat());
    assert_eq!(code, 0, "{errors}");
    let server = Server::start(&[&["serve"][..], &place].concat());
    let again = elsewhere.path("again.csv");
    let issue = ["invite", "satisfaction-2026", "--psu", PSU, "--count", "1"];
    let (code, _, errors) = run(&[&issue[..], &["-o", again.to_str().unwrap()], &place].concat());
    assert!(
        code != 0 && errors.contains("copy invitation.key"),
        "{errors}"
    );
    assert!(!again.exists());
    // Without the key nobody is told that the code is wrong: the answers wait on the phone.
    assert_eq!(server.post_form(FORM, &form(&codes[1], &id(2))).status, 503);
    let (code, out, _) = run(&[&["doctor"][..], &place].concat());
    assert!(code == 1 && out.contains("invitation.key"), "{out}");
    drop(server);
    std::fs::copy(
        data.join("invitation.key"),
        elsewhere.path("invitation.key"),
    )
    .unwrap();
    let server = Server::start(&[&["serve"][..], &place].concat());
    assert_eq!(server.post_form(FORM, &form(&codes[1], &id(2))).status, 303);
    assert_eq!(server.post_form(FORM, &form(&codes[0], &id(3))).status, 422);
}

#[test]
fn what_cannot_be_issued_is_refused_with_its_cure() {
    let scratch = Scratch::new("refused-invitations");
    let place = [
        "--data",
        scratch.0.to_str().unwrap(),
        "--surveys",
        "surveys",
    ];
    let file = scratch.path("slips.html");
    let file = file.to_str().unwrap();
    let text = scratch.path("slips.txt");
    let text = text.to_str().unwrap();
    let cases: [(&[&str], &str); 6] = [
        (&["nothing-2026"], "the surveys are"),
        (&["satisfaction-2026", "--count", "1", "-o", file], "--all"),
        (
            &[
                "satisfaction-2026",
                "--psu",
                "411702-U-01",
                "--count",
                "1",
                "-o",
                file,
            ],
            "whose column selected is 1",
        ),
        (
            &["fixtures-2026", "--all", "--count", "1", "-o", file],
            "add frame.csv",
        ),
        (
            &["satisfaction-2026", "--all", "--count", "1", "-o", text],
            ".html to print",
        ),
        (
            &["satisfaction-2026", "--all", "--count", "9000", "-o", file],
            "too many for a browser",
        ),
    ];
    for (arguments, cure) in cases {
        let (code, _, errors) = run(&[&["invite"][..], arguments, &place].concat());
        assert_eq!(code, 1, "{arguments:?}: {errors}");
        assert!(errors.contains(cure), "{errors}");
    }
    assert!(!std::fs::exists(file).unwrap());
    for arguments in [&["--all"][..], &["--count", "0", "-o", file]] {
        let (code, _, _) = run(&[&["invite", "satisfaction-2026"], arguments, &place].concat());
        assert_eq!(code, 2, "{arguments:?}");
    }
}

#[test]
fn slips_are_printed_eight_to_a_page_in_both_languages() {
    let site = Site::start("slips");
    let data = site.scratch.0.to_str().unwrap();
    let place = ["--data", data, "--surveys", "surveys"];
    let url = ["--public-url", "https://survey.example.gov.cn/"];
    for (layout, pages) in [("slips", 2), ("letters", 10)] {
        let file = site.scratch.path(&format!("{layout}.html"));
        let file = file.to_str().unwrap();
        let what = [
            "invite",
            "satisfaction-2026",
            "--psu",
            PSU,
            "--count",
            "10",
            "-o",
            file,
        ];
        let (code, _, errors) = run(&[&what[..], &["--layout", layout], &place, &url].concat());
        assert_eq!(code, 0, "{errors}");
        assert!(!errors.contains("--public-url"), "{errors}");
        let page = std::fs::read_to_string(file).unwrap();
        assert_eq!(page.matches(r#"<section class="page">"#).count(), pages);
        assert_eq!(page.matches("<svg").count(), 10);
        assert!(page.contains("survey.example.gov.cn/s/satisfaction-2026"));
        assert!(page.contains("邀请码只能用一次") && page.contains("The code works once"));
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(file).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "only the owner may read the codes");
    }
    assert_eq!(counts(&site.scratch.0, &[])[PSU], (20, 0));
}

fn walk(browser: &Browser, site: &Site, query: &str) {
    browser.go(&format!("http://{}{FORM}{query}", site.server.address));
    browser.walk_to_review(1);
}

#[test]
fn a_citizen_with_a_slip_answers_on_a_phone() {
    let site = Site::start("slip-on-a-phone");
    let codes = invite(&site.scratch.0, &[], PSU, 3);
    let browser = Browser::open(PHONE);
    walk(
        &browser,
        &site,
        &format!("?i={}", codes[0].replace('-', "")),
    );
    assert!(browser.is_shown("#invitation") && !browser.is_shown("#alone"));
    browser.send();
    browser.wait_for_receipt();
    // The next person types the code of a slip that is used already, then the one of their own.
    walk(&browser, &site, "");
    browser.press("#invitation", &codes[0]);
    browser.send();
    browser.wait_until(
        "the refusal",
        "return !!document.querySelector('#q-invitation.bad')",
    );
    assert!(browser.text("#sum").contains("这个邀请码不能使用"));
    assert!(browser.is_shown("#alone") && browser.is_shown("#send"));
    browser.run("document.getElementById('invitation').value = ''");
    browser.press("#invitation", &codes[1].to_lowercase());
    browser.send();
    browser.wait_for_receipt();
    // A third has a used one and agrees to be a volunteer.
    walk(&browser, &site, "?lang=en");
    browser.press("#invitation", &codes[0]);
    browser.send();
    browser.wait_until(
        "the refusal",
        "return !!document.querySelector('#q-invitation.bad')",
    );
    browser.tap("#alone");
    browser.wait_for_receipt();
    assert_eq!(site.stored().len(), 3);
    assert_eq!(counts(&site.scratch.0, &[])[PSU], (3, 2));
}

#[test]
fn without_script_a_used_code_is_corrected_on_the_page_that_comes_back() {
    let site = Site::start("slip-without-script");
    let codes = invite(&site.scratch.0, &[], PSU, 2);
    assert_eq!(site.submit(&form(&codes[0], &id(1))).status, 303);
    let browser = Browser::without_script(PHONE);
    let link = format!("{FORM}?i={}", codes[0].replace('-', ""));
    let back = site.server.post_form(&link, &complete());
    assert_eq!(back.status, 422);
    let page = back.text();
    assert!(
        page.contains(r##"href="#q-invitation""##),
        "the summary leads to the field"
    );
    assert!(page.contains(r#"name="without_invitation""#));
    browser.go(&format!("http://{}{link}", site.server.address));
    assert!(browser.is_shown("#invitation") && !browser.is_shown("#alone"));
    let mut corrected = complete();
    corrected.push(("invitation", &codes[1]));
    assert_eq!(site.server.post_form(&link, &corrected).status, 303);
    assert_eq!(counts(&site.scratch.0, &[])[PSU], (2, 2));
    // The language button keeps the code of the link.
    let mut in_english = complete();
    in_english.push(("lang", "en"));
    let page = site.server.post_form(&link, &in_english).text();
    assert!(page.contains(&format!("lang=en&amp;i={}", codes[0].replace('-', ""))));
}

#[test]
fn no_wrong_guess_finds_a_code() {
    let guesses: usize =
        std::env::var("MINYI_TEST_GUESSES").map_or(100, |guesses| guesses.parse().unwrap());
    let site = Site::start("guesses");
    let issued = invite(&site.scratch.0, &[], "", guesses.div_ceil(100));
    assert!(issued.len() >= guesses);
    let next = AtomicUsize::new(0);
    let lengths: BTreeSet<usize> = std::thread::scope(|scope| {
        let guess = || {
            let mut lengths = BTreeSet::new();
            loop {
                let number = next.fetch_add(1, Relaxed);
                if number >= guesses {
                    return lengths;
                }
                let (code, id) = (wrong(number as u64), id(number));
                let answer = site.submit(&form(&code, &id));
                assert_eq!(answer.status, 422);
                lengths.insert(answer.body.len());
            }
        };
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(guess)).collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap())
            .collect()
    });
    assert_eq!(lengths.len(), 1, "{lengths:?}");
    assert!(counts(&site.scratch.0, &[])["total"].1 == 0);
}
