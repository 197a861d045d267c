//! An office in which two people type paper forms and a third decides.

use minyi::staff::session::{Stage, form_token, token_hash};
use minyi::staff::{Account, AccountState, Action, AuditEntry, Role};
use minyi::store::{DatabaseUrl, EntryLink, Store};

use super::{Answer, Scratch, Server, form};

/// The survey.
pub const SURVEY: &str = "satisfaction-2026";

/// A drawn PSU.
pub const PSU: &str = "411702-U-06";

/// The people: two typists and one who decides.
pub const PEOPLE: [(&str, Role); 3] = [
    ("anna", Role::Supervisor),
    ("bo", Role::Statistician),
    ("chen", Role::Supervisor),
];

/// A server with the accounts of [`PEOPLE`].
pub struct Office {
    pub scratch: Scratch,
    pub server: Server,
}

/// Someone who has logged in.
pub struct Person<'s> {
    server: &'s Server,
    cookie: String,
    token: String,
}

/// The token of a person's one-time link.
pub fn link_of(name: &str) -> String {
    format!("{name:0>64}")
}

impl Office {
    pub fn start(name: &str) -> Office {
        let scratch = Scratch::new(name);
        let store = Store::open(&DatabaseUrl::Sqlite(scratch.path("minyi.sqlite"))).unwrap();
        let now = jiff::Timestamp::now().as_microsecond();
        for (name, role) in PEOPLE {
            let account = Account {
                id: uuid::Uuid::new_v4().to_string(),
                name: name.to_owned(),
                full_name: name.to_owned(),
                role,
                state: AccountState::Active,
                password_hash: "none".to_owned(),
                factor_seed: String::new(),
                recovery_hashes: Vec::new(),
                changed_at: now,
            };
            let id = account.id.clone();
            let entry = AuditEntry::by_terminal(Action::AccountAdded, name, now);
            assert!(store.add_account(account, entry).unwrap());
            let link = EntryLink {
                token_hash: token_hash(&link_of(name)),
                account: id,
                stage: Stage::Full,
                ends_at: now + 3_600_000_000,
            };
            store.add_entry_link(link).unwrap();
        }
        store.close();
        drop(store);
        let data = scratch.0.to_str().unwrap().to_owned();
        let server = Server::start(&["serve", "--data", &data, "--surveys", "surveys"]);
        Office { scratch, server }
    }

    pub fn reader(&self) -> Store {
        Store::open_reader(&DatabaseUrl::Sqlite(self.scratch.path("minyi.sqlite"))).unwrap()
    }

    pub fn log_in(&self, name: &str) -> Person<'_> {
        let path = format!("/office/enter/{}", link_of(name));
        let entered = self.server.post_form(&path, &[]);
        assert_eq!(entered.status, 303, "{}", entered.text());
        let cookies = entered.headers.iter();
        let cookies = cookies.filter(|(header, _)| header == "set-cookie");
        let mut cookies = cookies.map(|(_, value)| value.split(';').next().unwrap());
        let cookie = cookies
            .find(|cookie| cookie.starts_with("minyi-session="))
            .unwrap();
        Person {
            server: &self.server,
            cookie: cookie.to_owned(),
            token: form_token(cookie.split_once('=').unwrap().1),
        }
    }
}

impl Person<'_> {
    pub fn get(&self, path: &str) -> Answer {
        let headers = [("Cookie", self.cookie.as_str())];
        let path = format!("/office/{SURVEY}/paper{path}");
        self.server.request("GET", &path, &headers, b"")
    }

    pub fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let fields = [&[("form_token", self.token.as_str())], fields].concat();
        let headers = [
            ("Cookie", self.cookie.as_str()),
            ("Content-Type", "application/x-www-form-urlencoded"),
        ];
        let path = format!("/office/{SURVEY}/paper{path}");
        let body = form(&fields);
        self.server
            .request("POST", &path, &headers, body.as_bytes())
    }

    /// Sends fields and a file.
    pub fn upload(&self, fields: &[(&str, &str)], file: Option<(&str, &[u8])>) -> Answer {
        let fields = [&[("form_token", self.token.as_str())], fields].concat();
        let mut body = Vec::new();
        for (name, value) in fields {
            body.extend(
                format!(
                    "--limit\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
                )
                .bytes(),
            );
        }
        if let Some((name, content)) = file {
            let head = format!(
                "--limit\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n"
            );
            body.extend(head.bytes());
            body.extend(content);
            body.extend(b"\r\n");
        }
        body.extend(b"--limit--\r\n");
        let headers = [
            ("Cookie", self.cookie.as_str()),
            ("Content-Type", "multipart/form-data; boundary=limit"),
        ];
        let path = format!("/office/{SURVEY}/paper/upload");
        self.server.request("POST", &path, &headers, &body)
    }

    /// Types a form of `answers`, with the codes of the paper.
    pub fn type_form(&self, number: &str, answers: &[(&str, &str)]) -> Answer {
        let head = [
            ("id", number),
            ("psu", PSU),
            ("enumerator", "17"),
            ("started_at", "20260601"),
        ];
        self.post("/type", &[&head, answers].concat())
    }
}

/// Whether the answer leads to a page that says `state` of the form: `first`, `done`, `differs`.
pub fn says(answer: &Answer, state: &str) -> bool {
    let place = answer.header("location").unwrap_or_default();
    answer.status == 303 && place.ends_with(&format!("as={state}"))
}

/// A complete form, with the codes of the paper.
pub fn answers() -> Vec<(&'static str, &'static str)> {
    let mut answers = vec![
        ("adult", "1"),
        ("residence", "1"),
        ("area", "01"),
        ("urban", "1"),
    ];
    let items = [
        "a1", "a2", "a3", "a4", "a5", "b1", "b2", "b3", "b4", "b5", "c1", "c2", "c3", "d1", "d2",
        "d3", "e1", "e2", "e3", "z1",
    ];
    answers.extend(items.map(|item| (item, "4")));
    let acts = [
        "p1", "p2", "p3", "p4", "p5", "p6", "p7", "p8", "p9", "p10", "p11", "p12",
    ];
    answers.extend(acts.map(|act| (act, "1")));
    answers.extend([
        ("sex", "2"),
        ("age", "4"),
        ("education", "2"),
        ("internet", "1"),
    ]);
    answers.extend([("surveyed", "0"), ("civic", "0")]);
    answers
}
