//! Files and folders that commands are given: what they lead to, and what a command says of them.

use std::fs;
use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;

use minyi::store::{DatabaseUrl, Store};

use crate::support::{Scratch, minyi, run};

const SURVEY: &str = "appliances-2026";

/// Exit code, standard output, standard error.
type Outcome = (i32, String, String);

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A folder with an empty database in `data`.
fn installation(name: &str) -> Scratch {
    let scratch = Scratch::new(name);
    fs::create_dir(scratch.path("data")).unwrap();
    let url = DatabaseUrl::Sqlite(scratch.path("data/minyi.sqlite"));
    drop(Store::open(&url).unwrap());
    scratch
}

fn export(scratch: &Scratch, output: &Path) -> Outcome {
    let data = scratch.path("data");
    let place = ["--data", text(&data), "--surveys", "surveys"];
    run(&[&["export", SURVEY, "-o", text(output)], &place[..]].concat())
}

fn backup(scratch: &Scratch, file: &Path) -> Outcome {
    let data = scratch.path("data");
    run(&["backup", text(file), "--force", "--data", text(&data)])
}

/// Both commands that write a file.
const WRITERS: [fn(&Scratch, &Path) -> Outcome; 2] = [export, backup];

/// Names in the folder that a command has left unfinished.
fn unfinished(scratch: &Scratch) -> Vec<String> {
    let entries = fs::read_dir(&scratch.0).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.contains("unfinished")).collect()
}

#[test]
fn a_link_stays_a_link_and_the_file_that_it_leads_to_is_written() {
    for write in WRITERS {
        let scratch = installation("links");
        fs::create_dir(scratch.path("elsewhere")).unwrap();
        scratch.write("old.csv", "old");
        let links = [
            ("to-file.csv", "old.csv", "old.csv"),
            ("to-nothing.csv", "new.csv", "new.csv"),
            (
                "to-folder.csv",
                "elsewhere/there.csv",
                "elsewhere/there.csv",
            ),
            ("to-link.csv", "to-other.csv", "third.csv"),
        ];
        symlink("third.csv", scratch.path("to-other.csv")).unwrap();
        for (link, target, file) in links {
            symlink(target, scratch.path(link)).unwrap();
            let (code, _, errors) = write(&scratch, &scratch.path(link));
            assert_eq!(code, 0, "{link}: {errors}");
            assert_eq!(
                fs::read_link(scratch.path(link)).unwrap(),
                Path::new(target)
            );
            let file = scratch.path(file);
            let written = fs::symlink_metadata(&file).unwrap();
            assert!(written.is_file() && written.len() > 10, "{link}");
            assert_eq!(written.permissions().mode() & 0o777, 0o600, "{link}");
        }
        assert_eq!(unfinished(&scratch), Vec::<String>::new());
    }
}

#[test]
fn a_path_that_leads_to_no_regular_file_is_refused_and_left_as_it_is() {
    for write in WRITERS {
        let scratch = installation("special");
        let path = |name: &str| scratch.path(name);
        let fifo = std::process::Command::new("mkfifo")
            .arg(path("fifo"))
            .status();
        assert!(fifo.unwrap().success());
        let _socket = UnixListener::bind(path("socket")).unwrap();
        fs::create_dir(path("folder")).unwrap();
        symlink("/dev/null", path("to-device")).unwrap();
        symlink("fifo", path("to-fifo")).unwrap();
        symlink("folder", path("to-folder")).unwrap();
        symlink("round", path("circle")).unwrap();
        symlink("circle", path("round")).unwrap();
        let device = Path::new("/dev/null").to_owned();
        let names = [
            "fifo",
            "socket",
            "folder",
            "to-device",
            "to-fifo",
            "to-folder",
            "circle",
        ];
        for path in names.map(path).iter().chain([&device]) {
            let (code, _, errors) = write(&scratch, path);
            assert_eq!(code, 1, "{}: {errors}", path.display());
            assert!(errors.contains(text(path)), "{errors}");
            assert!(errors.contains("name a file"), "{errors}");
        }
        let kind = |path: &Path| fs::symlink_metadata(path).unwrap().file_type();
        assert!(kind(&device).is_char_device());
        assert!(kind(&path("fifo")).is_fifo() && kind(&path("socket")).is_socket());
        assert!(kind(&path("to-device")).is_symlink() && kind(&path("circle")).is_symlink());
        assert!(fs::read_dir(path("folder")).unwrap().next().is_none());
        assert_eq!(unfinished(&scratch), Vec::<String>::new());
    }
}

#[test]
fn a_path_into_a_folder_that_is_not_there_is_named_with_what_to_do() {
    for write in WRITERS {
        let scratch = installation("nowhere");
        scratch.write("file", "");
        symlink("gone/x.csv", scratch.path("to-gone.csv")).unwrap();
        for (name, cure) in [
            ("nodir/x.csv", "make it first"),
            ("nodir/deeper/x.csv", "make it first"),
            ("to-gone.csv", "make it first"),
            ("new/", "make it first"),
            ("file/x.csv", "make it first"),
        ] {
            let path = scratch.0.join(name);
            let (code, _, errors) = write(&scratch, &path);
            assert_eq!(code, 1, "{name}: {errors}");
            assert!(errors.contains(text(&path)), "{name}: {errors}");
            assert!(errors.contains(cure), "{name}: {errors}");
        }
    }
}

#[test]
fn a_wrong_path_or_address_is_named_with_what_to_do_and_is_exit_code_1_or_2() {
    let scratch = installation("paths");
    let held = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = held.local_addr().unwrap().to_string();
    let (file, gone) = (scratch.write("file", ""), scratch.path("gone"));
    let (data, fresh) = (scratch.path("data"), scratch.path("fresh"));
    let empty = scratch.path("empty");
    let serve = |data: &Path, surveys: &Path, listen: &str| {
        let place = ["--data", text(data), "--surveys", text(surveys)];
        let arguments = [&["serve", "--listen", listen], &place[..]].concat();
        (arguments.iter().map(|word| (*word).to_owned())).collect::<Vec<String>>()
    };
    let words = |line: &[&str]| line.iter().map(|word| (*word).to_owned()).collect();
    let surveys = Path::new("surveys");
    let cases: Vec<(Vec<String>, i32, &str, &str)> = vec![
        (
            serve(&fresh, surveys, &taken),
            1,
            &taken,
            "another --listen",
        ),
        (serve(&fresh, surveys, "foo"), 2, "`foo`", "127.0.0.1:8080"),
        (
            serve(&fresh, surveys, "127.0.0.1:99999"),
            2,
            "99999",
            "127.0.0.1:8080",
        ),
        (
            serve(&fresh, surveys, "localhost:8080"),
            2,
            "`localhost",
            "127.0.0.1:8080",
        ),
        (
            serve(&fresh, surveys, "192.0.2.1:8080"),
            1,
            "192.0.2.1",
            "no such address",
        ),
        (
            serve(&file, surveys, "127.0.0.1:0"),
            1,
            text(&file),
            "name a folder",
        ),
        (
            serve(&file.join("in"), surveys, "127.0.0.1:0"),
            1,
            text(&file),
            "name a folder",
        ),
        (
            serve(&fresh, &file, "127.0.0.1:0"),
            1,
            text(&file),
            "--surveys names",
        ),
        (
            serve(&fresh, &gone, "127.0.0.1:0"),
            1,
            text(&gone),
            "--surveys names",
        ),
        (
            words(&["demo", "--listen", "127.0.0.1:0", "--data", text(&file)]),
            1,
            text(&file),
            "name a folder",
        ),
        (
            words(&["import", SURVEY, text(&gone), "--data", text(&data)]),
            1,
            text(&gone),
            "check the path",
        ),
        (
            words(&["import", SURVEY, text(&data), "--data", text(&data)]),
            1,
            text(&data),
            "name a file",
        ),
        (
            words(&["restore", text(&gone), "--data", text(&empty)]),
            1,
            text(&gone),
            "check the path",
        ),
        (
            words(&["restore", text(&data), "--data", text(&empty)]),
            1,
            text(&data),
            "name a file",
        ),
        (
            words(&["restore", text(&file), "--data", text(&file)]),
            1,
            text(&file),
            "name a folder",
        ),
        (
            words(&["backup", "x.backup", "--data", text(&gone)]),
            1,
            text(&gone),
            "--data names its folder",
        ),
        (
            words(&["export", SURVEY, "-o", "x.csv", "--data", text(&file)]),
            1,
            text(&file),
            "--data names its folder",
        ),
    ];
    for (arguments, expected, path, cure) in cases {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let (code, _, errors) = run(&arguments);
        assert_eq!(code, expected, "{arguments:?}: {errors}");
        assert!(errors.contains(path), "{arguments:?}: {errors}");
        assert!(errors.contains(cure), "{arguments:?}: {errors}");
    }
}

#[test]
fn a_folder_that_may_not_be_read_or_written_is_named_with_what_to_do() {
    // Root may read and write everything.
    if rustix::process::geteuid().is_root() {
        return;
    }
    let scratch = installation("permissions");
    for name in ["surveys", "closed"] {
        fs::create_dir(scratch.path(name)).unwrap();
        fs::set_permissions(scratch.path(name), fs::Permissions::from_mode(0o000)).unwrap();
    }
    let (surveys, closed) = (scratch.path("surveys"), scratch.path("closed"));
    let output = minyi(&["export", SURVEY, "-o", "x.csv", "--surveys"])
        .arg(&surveys)
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert!(
        errors.contains(text(&surveys)) && errors.contains("permissions"),
        "{errors}"
    );
    for write in WRITERS {
        let (code, _, errors) = write(&scratch, &closed.join("x.csv"));
        assert_eq!(code, 1, "{errors}");
        assert!(
            errors.contains(text(&closed)) && errors.contains("permissions"),
            "{errors}"
        );
    }
    for name in ["surveys", "closed"] {
        fs::set_permissions(scratch.path(name), fs::Permissions::from_mode(0o700)).unwrap();
    }
}
