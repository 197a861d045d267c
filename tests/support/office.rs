//! People of the office, by HTTP as a browser would.

use std::io::Write;
use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::{AtomicU32, Ordering};

use totp_rs::{Algorithm, Builder};

use super::{Answer, Server, form, minyi, root};

/// A password that the rules accept.
pub const PASSWORD: &str = "seven quiet rivers";

/// Someone with a session.
pub struct Staff<'s> {
    pub server: &'s Server,
    pub name: String,
    pub cookies: String,
    pub form_token: String,
}

/// Makes an account that can log in. Returns the secret of its one-time codes in base 32; empty for an
/// enumerator.
pub fn add(data: &Path, name: &str, role: &str) -> String {
    add_to(data, None, name, role)
}

/// As [`add`], in a database that is not the one of the data folder.
pub fn add_to(data: &Path, database: Option<&str>, name: &str, role: &str) -> String {
    let surveys = root().join("surveys");
    let (data, surveys) = (data.to_str().unwrap(), surveys.to_str().unwrap());
    let arguments = [
        "user",
        "add",
        name,
        "--role",
        role,
        "--password-stdin",
        "--data",
        data,
        "--surveys",
        surveys,
    ];
    let mut command = minyi(&arguments);
    if let Some(database) = database {
        command.args(["--database", database]);
    }
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(PASSWORD.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let printed = String::from_utf8(output.stdout).unwrap();
    match printed.split_once("secret=") {
        Some((_, rest)) => rest.split('&').next().unwrap().to_owned(),
        None => String::new(),
    }
}

/// The 20 bytes that a text in base 32 (RFC 4648) stands for.
fn from_base32(text: &str) -> [u8; 20] {
    let bits = text.bytes().flat_map(|letter| {
        let place = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
            .iter()
            .position(|known| *known == letter);
        let place = place.unwrap();
        (0..5).rev().map(move |bit| place >> bit & 1)
    });
    let bits: Vec<usize> = bits.collect();
    let byte = |bits: &[usize]| {
        bits.iter()
            .fold(0, |byte, bit| byte << 1 | u8::try_from(*bit).unwrap())
    };
    let bytes: Vec<u8> = bits.chunks_exact(8).map(byte).collect();
    bytes.try_into().unwrap()
}

/// The one-time code of a secret `steps` steps from now.
pub fn code(secret: &str, steps: i64) -> String {
    if secret.is_empty() {
        return String::new();
    }
    let totp = Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_secret(from_base32(secret))
        .build()
        .unwrap();
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let then = now.checked_add_signed(steps * 30).unwrap();
    totp.generate(then).to_string()
}

/// The value of a hidden field of a page.
pub fn hidden(page: &str, name: &str) -> String {
    let start = format!("name=\"{name}\" value=\"");
    let (_, rest) = page
        .split_once(&start)
        .unwrap_or_else(|| panic!("no {name} in {page}"));
    rest.split('"').next().unwrap().to_owned()
}

/// The cookies that an answer sets, as the browser sends them back.
pub fn cookies(answer: &Answer) -> String {
    let set = answer
        .headers
        .iter()
        .filter(|(name, _)| name == "set-cookie");
    let pairs = set.map(|(_, value)| value.split(';').next().unwrap().to_owned());
    pairs.collect::<Vec<_>>().join("; ")
}

/// Posts the log-in form.
pub fn post_log_in(
    server: &Server,
    name: &str,
    password: &str,
    code: &str,
    headers: &[(&str, &str)],
) -> Answer {
    let fields = [("name", name), ("password", password), ("code", code)];
    let mut all = vec![("Content-Type", "application/x-www-form-urlencoded")];
    all.extend(headers);
    server.request("POST", "/office/login", &all, form(&fields).as_bytes())
}

impl<'s> Staff<'s> {
    /// Makes an account with `role`, named after it, and logs in.
    pub fn with_role(server: &'s Server, data: &Path, role: &str) -> Staff<'s> {
        let name = format!("{role}1");
        let secret = add(data, &name, role);
        Staff::log_in(server, &name, &secret)
    }

    /// Logs in by password and one-time code.
    pub fn log_in(server: &'s Server, name: &str, secret: &str) -> Staff<'s> {
        let answer = post_log_in(server, name, PASSWORD, &code(secret, 0), &[]);
        assert_eq!(answer.status, 303, "{name}: {}", answer.text());
        Staff::with_cookies(server, name, &cookies(&answer))
    }

    pub fn with_cookies(server: &'s Server, name: &str, cookies: &str) -> Staff<'s> {
        let mut staff = Staff {
            server,
            name: name.to_owned(),
            cookies: cookies.to_owned(),
            form_token: String::new(),
        };
        staff.form_token = hidden(&staff.get("/office").text(), "form_token");
        staff
    }

    pub fn get(&self, path: &str) -> Answer {
        self.server
            .request("GET", path, &[("Cookie", &self.cookies)], b"")
    }

    /// Posts a form with the token of the session.
    pub fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mut all = vec![("form_token", self.form_token.as_str())];
        all.extend(fields);
        self.post_as_it_is(path, &all, &[])
    }

    /// Posts a form without adding a token.
    pub fn post_as_it_is(
        &self,
        path: &str,
        fields: &[(&str, &str)],
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut all = vec![
            ("Content-Type", "application/x-www-form-urlencoded"),
            ("Cookie", self.cookies.as_str()),
        ];
        all.extend(headers);
        self.server
            .request("POST", path, &all, form(fields).as_bytes())
    }
}

/// A statistician who reads the provisional figures.
pub struct FiguresReader<'s>(Staff<'s>);

impl<'s> FiguresReader<'s> {
    /// Makes a new account in the database of the data folder, and logs in.
    pub fn of(server: &'s Server, data: &Path) -> FiguresReader<'s> {
        FiguresReader::of_database(server, data, None)
    }

    /// As [`FiguresReader::of`], in another database.
    pub fn of_database(
        server: &'s Server,
        data: &Path,
        database: Option<&str>,
    ) -> FiguresReader<'s> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("reader{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let secret = add_to(data, database, &name, "statistician");
        FiguresReader(Staff::log_in(server, &name, &secret))
    }

    /// `/results/SURVEY`, `.csv` or `.json` as the office has it before it is published.
    pub fn get(&self, path: &str) -> Answer {
        let rest = path.strip_prefix("/results/").expect("a path of results");
        let end = rest.find(['.', '?']).unwrap_or(rest.len());
        let (survey, ending) = rest.split_at(end);
        self.0.get(&format!("/office/{survey}/figures{ending}"))
    }

    /// The figures, once they are computed.
    pub fn wait_for(&self, path: &str) -> serde_json::Value {
        for _ in 0..600 {
            let answer = self.get(path);
            if answer.status == 200 {
                return answer.json();
            }
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        panic!("no figures");
    }
}
