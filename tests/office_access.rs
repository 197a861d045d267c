//! Who may use which route of the office: every route, every method, every role and nobody. Forms of
//! other sites and of other sessions are refused everywhere.

use minyi::staff::Role;
use minyi::web::office::access::Access;
use minyi::web::routes::ROUTES;

use crate::support::office::Staff;
use crate::support::site::Site;

/// The path of a pattern, with values that exist where there are some.
fn path_of(pattern: &str) -> String {
    pattern
        .replace("{survey}", "satisfaction-2026")
        .replace("{name}", "nobody")
        .replace("{token}", "none")
        .replace("{file}", "data.csv")
        .replace("{form}", "0")
        .replace("{number}", "0")
}

/// Method, path and access of every handler behind the gate.
fn guarded() -> impl Iterator<Item = (&'static str, String, Access)> {
    ROUTES.iter().flat_map(|listed| {
        let methods = listed.methods.iter();
        methods.map(|(method, access)| (*method, path_of(listed.path), *access))
    })
}

#[test]
fn each_role_may_use_its_routes_and_no_other() {
    let site = Site::start("access");
    let server = &site.server;
    let staff = Role::ALL.map(|role| {
        (
            role,
            Staff::with_role(server, &site.scratch.0, role.as_str()),
        )
    });
    let mut n_cells = 0;
    for (method, path, access) in guarded() {
        let Access::Staff(_) = access else { continue };
        let nobody = match method {
            "get" => server.get(&path),
            _ => server.post_form(&path, &[]),
        };
        match method {
            "get" => {
                assert_eq!(nobody.status, 303, "{path}");
                let place = nobody.header("location").unwrap();
                assert!(place.starts_with("/office/login"), "{path}: {place}");
            }
            _ => assert_eq!(nobody.status, 401, "{path}"),
        }
        // Logging out would end the session that the next lines need.
        for (role, person) in staff.iter().filter(|_| path != "/office/logout") {
            let answer = match method {
                "get" => person.get(&path),
                _ => person.post(&path, &[]),
            };
            n_cells += 1;
            match access.admits(*role) {
                true => assert!(
                    ![401, 403, 500, 503].contains(&answer.status)
                        && !answer
                            .header("location")
                            .is_some_and(|to| to.contains("login")),
                    "{method} {path} {role:?}: {}",
                    answer.status
                ),
                false => assert_eq!(answer.status, 403, "{method} {path} {role:?}"),
            }
        }
    }
    assert!(n_cells >= 50, "{n_cells}");
}

#[test]
fn forms_of_other_sites_other_sessions_and_without_a_token_are_refused() {
    let site = Site::start("forms");
    let server = &site.server;
    let staff = Role::ALL.map(|role| {
        (
            role,
            Staff::with_role(server, &site.scratch.0, role.as_str()),
        )
    });
    for (method, path, access) in guarded().filter(|(method, ..)| *method == "post") {
        if access == Access::Public {
            continue;
        }
        let cross = [("Sec-Fetch-Site", "cross-site")];
        let origin = [("Origin", "https://evil.example")];
        for headers in [&cross, &origin] {
            let mut all = vec![("Content-Type", "application/x-www-form-urlencoded")];
            all.extend(headers);
            let refused = server.request("POST", &path, &all, b"");
            assert_eq!(refused.status, 403, "{method} {path} {headers:?}");
        }
        let Access::Staff(_) = access else { continue };
        let (_, person) = staff.iter().find(|(role, _)| access.admits(*role)).unwrap();
        let (_, another) = staff
            .iter()
            .find(|(_, other)| other.name != person.name)
            .unwrap();
        for headers in [&cross, &origin] {
            let token = [("form_token", person.form_token.as_str())];
            let refused = person.post_as_it_is(&path, &token, headers);
            assert_eq!(refused.status, 403, "{path} {headers:?}");
        }
        assert_eq!(
            person.post_as_it_is(&path, &[], &[]).status,
            403,
            "{path}: no token"
        );
        let token = [("form_token", another.form_token.as_str())];
        let refused = person.post_as_it_is(&path, &token, &[]);
        assert_eq!(refused.status, 403, "{path}: a token of another session");
    }
}
