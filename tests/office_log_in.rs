//! Log-in: the first link, passwords, one-time codes, limits, and what a stolen cookie or database is
//! worth.

use crate::support::office::{PASSWORD, Staff, add, code, cookies, hidden, post_log_in};
use crate::support::site::Site;
use crate::support::{root, run};

/// The path of the link that a command prints.
fn link(printed: &str) -> String {
    let (_, rest) = printed.split_once("/office/enter/").unwrap();
    format!("/office/enter/{}", rest.split_whitespace().next().unwrap())
}

fn invite(site: &Site, name: &str, role: &str) -> String {
    let surveys = root().join("surveys");
    let (data, surveys) = (site.scratch.0.to_str().unwrap(), surveys.to_str().unwrap());
    let place = ["--data", data, "--surveys", surveys];
    let arguments = [&["user", "add", name, "--role", role], &place[..]].concat();
    let (exit, out, errors) = run(&arguments);
    assert_eq!(exit, 0, "{errors}");
    link(&out)
}

#[test]
fn a_link_leads_once_to_a_password_a_second_factor_and_the_office() {
    let site = Site::start("link");
    let server = &site.server;
    let path = invite(&site, "li.na", "statistician");
    // A preview of the link does not spend it.
    for _ in 0..2 {
        assert!(server.get(&path).text().contains("<button"));
    }
    let entered = server.post_form(&path, &[]);
    assert_eq!(entered.header("location"), Some("/office/set-up"));
    assert_eq!(server.post_form(&path, &[]).status, 404, "a second time");
    let cookie = cookies(&entered);
    let cookie = [("Cookie", cookie.as_str())];
    let office = server.request("GET", "/office", &cookie, b"");
    assert_eq!(
        office.header("location"),
        Some("/office/set-up"),
        "nothing else before"
    );
    let page = server.request("GET", "/office/set-up", &cookie, b"").text();
    let (token, seed) = (hidden(&page, "form_token"), hidden(&page, "seed"));
    let (_, secret) = page.split_once("<code class=\"secret\">").unwrap();
    let secret: String = secret.split('<').next().unwrap().replace(' ', "");
    let set_up = |password: &str, again: &str, code: &str| {
        let fields = [
            ("form_token", token.as_str()),
            ("seed", &seed),
            ("password", password),
            ("again", again),
            ("code", code),
        ];
        let headers = [
            cookie[0],
            ("Content-Type", "application/x-www-form-urlencoded"),
        ];
        let body = crate::support::form(&fields);
        server.request("POST", "/office/set-up", &headers, body.as_bytes())
    };
    let good = code(&secret, 0);
    for (password, again, code) in [
        ("short", "short", good.as_str()),
        ("passwordpassword", "passwordpassword", &good),
        (PASSWORD, "another quiet river", &good),
        (PASSWORD, PASSWORD, "000000"),
    ] {
        let refused = set_up(password, again, code);
        assert_eq!(refused.status, 422, "{password}");
        assert_eq!(
            hidden(&refused.text(), "seed"),
            seed,
            "the phone keeps its entry"
        );
    }
    let done = set_up(PASSWORD, PASSWORD, &good);
    assert_eq!(done.status, 200);
    let page = done.text();
    let (_, codes) = page.split_once("<ul class=\"codes\">").unwrap();
    let recovery: Vec<&str> = codes
        .split("<code>")
        .skip(1)
        .map(|code| &code[..14])
        .collect();
    assert_eq!(recovery.len(), 10);
    // The session of the link has ended.
    let ended = server.request("GET", "/office/set-up", &cookie, b"");
    assert_eq!(ended.status, 303);
    // Each code works once.
    assert_eq!(
        post_log_in(server, "li.na", PASSWORD, &good, &[]).status,
        422
    );
    let next = code(&secret, 1);
    assert_eq!(
        post_log_in(server, "LI.NA", PASSWORD, &next, &[]).status,
        303
    );
    assert_eq!(
        post_log_in(server, "li.na", PASSWORD, recovery[3], &[]).status,
        303
    );
    assert_eq!(
        post_log_in(server, "li.na", PASSWORD, recovery[3], &[]).status,
        422
    );
}

#[test]
fn sessions_end_on_log_out_on_changes_and_when_there_are_too_many() {
    let site = Site::start("sessions");
    let server = &site.server;
    let administrator = Staff::with_role(server, &site.scratch.0, "administrator");
    add(&site.scratch.0, "liu", "enumerator");
    let sessions: Vec<Staff<'_>> = (0..4).map(|_| Staff::log_in(server, "liu", "")).collect();
    let is_in = |staff: &Staff<'_>| staff.get("/office").status == 200;
    let states: Vec<bool> = sessions.iter().map(is_in).collect();
    assert_eq!(states, [false, true, true, true], "at most three");
    // Fixation: a cookie that was there before the log-in is worth nothing after it.
    let before = sessions[3].cookies.clone();
    let again = post_log_in(server, "liu", PASSWORD, "", &[("Cookie", &before)]);
    assert_ne!(cookies(&again), before);
    assert!(!is_in(&sessions[3]));
    // Log-out, then the same cookie again.
    assert_eq!(sessions[2].post("/office/logout", &[]).status, 303);
    assert!(!is_in(&sessions[2]));
    // Another role, and a disabled account.
    let change = |what: &str| {
        let fields = [("do", what), ("role", "supervisor"), ("reason", "moved")];
        administrator.post("/office/staff/liu", &fields).status
    };
    let fresh = Staff::with_cookies(server, "liu", &cookies(&again));
    assert_eq!(change("role"), 303);
    assert!(!is_in(&fresh));
    assert_eq!(change("disable"), 303);
    assert_eq!(post_log_in(server, "liu", PASSWORD, "", &[]).status, 422);
    let own = administrator.post(
        "/office/staff/administrator1",
        &[("do", "disable"), ("reason", "x")],
    );
    assert_eq!(own.status, 422, "nobody shuts themselves out");
    let without = administrator.post("/office/staff/liu", &[("do", "enable")]);
    assert_eq!(without.status, 422, "a reason is asked for");
}

#[test]
fn known_and_unknown_accounts_are_refused_alike_and_guessing_is_limited() {
    let site = Site::start("guess");
    let server = &site.server;
    let secret = add(&site.scratch.0, "wang", "statistician");
    let device = post_log_in(server, "wang", PASSWORD, &code(&secret, 0), &[]);
    let cookie = cookies(&device);
    let mut answers = Vec::new();
    for name in ["wang", "wu.ming"] {
        for guess in 0..8 {
            let answer = post_log_in(
                server,
                name,
                &format!("quiet rivers {guess}"),
                "123456",
                &[],
            );
            let text = answer.text().replace(name, "NAME");
            answers.push((
                answer.status,
                text,
                answer.header("retry-after").map(str::to_owned),
            ));
        }
    }
    let (known, unknown) = answers.split_at(8);
    // One of the five at once was the log-in above.
    let statuses = |answers: &[(u16, String, Option<String>)]| {
        answers
            .iter()
            .map(|(status, ..)| *status)
            .collect::<Vec<_>>()
    };
    assert_eq!(statuses(known), [422, 422, 422, 422, 429, 429, 429, 429]);
    assert_eq!(statuses(unknown), [422, 422, 422, 422, 422, 429, 429, 429]);
    assert_eq!(known[0], unknown[0]);
    assert_eq!(known[7], unknown[7]);
    // From the device on which the person logged in before, the right password still works.
    let next = code(&secret, 1);
    assert_eq!(
        post_log_in(server, "wang", PASSWORD, &next, &[]).status,
        429
    );
    let welcome = post_log_in(server, "wang", PASSWORD, &next, &[("Cookie", &cookie)]);
    assert_eq!(welcome.status, 303);
}

#[test]
fn a_stolen_database_opens_no_session_and_no_link() {
    let site = Site::start("stolen");
    let server = &site.server;
    let person = Staff::with_role(server, &site.scratch.0, "statistician");
    let path = invite(&site, "zhao", "auditor");
    let token = path.rsplit('/').next().unwrap();
    let bytes = std::fs::read_dir(&site.scratch.0).unwrap();
    let bytes: Vec<u8> = bytes
        .filter_map(|file| std::fs::read(file.unwrap().path()).ok())
        .flatten()
        .collect();
    let holds = |text: &str| memchr::memmem::find(&bytes, text.as_bytes()).is_some();
    let session = person.cookies.split(['=', ';']).nth(1).unwrap();
    assert_eq!(session.len(), 64);
    for secret in [session, token, PASSWORD] {
        assert!(!holds(secret), "a secret is stored as it is");
    }
    let stored = minyi::staff::session::token_hash(session);
    assert!(holds(&stored));
    let cookie = format!("minyi-session={stored}");
    let answer = server.request("GET", "/office", &[("Cookie", &cookie)], b"");
    assert_eq!(answer.status, 303, "the stored value is no session");
    let stored = minyi::staff::session::token_hash(token);
    assert_eq!(server.get(&format!("/office/enter/{stored}")).status, 404);
}
