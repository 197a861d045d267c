//! The import rules of `src/lib.rs` and the house rules that a compiler does not know.

use std::path::{Path, PathBuf};

/// Module, and the modules of ours it may name.
const MAY_IMPORT: [(&str, &[&str]); 8] = [
    ("questionnaire", &[]),
    ("estimation", &[]),
    ("locale", &["questionnaire"]),
    ("store", &["questionnaire"]),
    (
        "release",
        &["questionnaire", "estimation", "locale", "store"],
    ),
    ("pages", &["questionnaire", "release", "locale"]),
    (
        "web",
        &[
            "questionnaire",
            "estimation",
            "locale",
            "store",
            "release",
            "pages",
        ],
    ),
    (
        "commands",
        &[
            "questionnaire",
            "estimation",
            "locale",
            "store",
            "release",
            "pages",
            "web",
        ],
    ),
];

/// A crate, and the only module that may name it.
const ONLY_IN: [(&str, &str); 5] = [
    ("diesel", "store"),
    ("actix_web", "web"),
    ("maud", "pages"),
    ("clap", "commands"),
    ("rust_i18n", "locale"),
];

/// What pure modules never touch.
const IMPURE: [&str; 9] = [
    "std::fs",
    "std::net",
    "std::env",
    "std::time::SystemTime",
    "std::time::Instant",
    "jiff::Timestamp::now",
    "tokio::",
    "getrandom",
    "rand::rng(",
];

const PURE: [&str; 2] = ["questionnaire", "estimation"];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

fn module_of(path: &Path, root: &Path) -> String {
    let inside = path.strip_prefix(root).unwrap();
    let first = inside
        .components()
        .next()
        .unwrap()
        .as_os_str()
        .to_str()
        .unwrap();
    first.trim_end_matches(".rs").to_owned()
}

/// The lines of `source` that are code: no comments, nothing from `#[cfg(test)]` on.
fn code(source: &str) -> String {
    let product = source.split("#[cfg(test)]").next().unwrap_or_default();
    product
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n")
}

fn product() -> Vec<(PathBuf, String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    sources(&root)
        .into_iter()
        .map(|path| {
            let text = std::fs::read_to_string(&path).unwrap();
            let module = module_of(&path, &root);
            (path, module, text)
        })
        .collect()
}

#[test]
fn every_module_imports_only_what_the_map_allows() {
    let mut broken = Vec::new();
    for (path, module, text) in product() {
        let Some((_, allowed)) = MAY_IMPORT.iter().find(|(name, _)| *name == module) else {
            continue;
        };
        let text = code(&text);
        for (other, _) in MAY_IMPORT {
            let named = text.contains(&format!("crate::{other}::"))
                || text.contains(&format!("crate::{other};"));
            if named && other != module && !allowed.contains(&other) {
                broken.push(format!("{}: {module} names {other}", path.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn a_framework_is_named_in_one_module_only() {
    let mut broken = Vec::new();
    for (path, module, text) in product() {
        let text = code(&text);
        for (library, home) in ONLY_IN {
            let inside = module == home || (library == "rust_i18n" && module == "lib");
            if text.contains(&format!("{library}::")) && !inside {
                broken.push(format!("{}: {library} belongs to {home}", path.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn pure_modules_know_no_clock_no_files_and_no_randomness_of_their_own() {
    let mut broken = Vec::new();
    for (path, module, text) in product() {
        if !PURE.contains(&module.as_str()) {
            continue;
        }
        let text = code(&text);
        broken.extend(
            IMPURE
                .iter()
                .filter(|name| text.contains(*name))
                .map(|name| format!("{}: {name}", path.display())),
        );
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn every_file_says_in_its_first_line_what_it_is_for() {
    let silent: Vec<_> = product()
        .into_iter()
        .filter(|(_, _, text)| !text.starts_with("//!"))
        .map(|(path, _, _)| path)
        .collect();
    assert!(silent.is_empty(), "{silent:?}");
}

#[test]
fn nothing_is_called_util_or_common_or_helper_or_manager() {
    let named: Vec<_> = product()
        .into_iter()
        .filter(|(path, _, _)| {
            let name = path.file_stem().unwrap().to_str().unwrap();
            ["util", "utils", "common", "helper", "helpers", "manager"].contains(&name)
        })
        .map(|(path, _, _)| path)
        .collect();
    assert!(named.is_empty(), "{named:?}");
}

#[test]
fn markup_from_strings_stays_in_one_reviewed_place() {
    let places: std::collections::BTreeSet<_> = product()
        .into_iter()
        .filter(|(_, _, text)| code(text).contains("PreEscaped("))
        .map(|(path, _, _)| path.file_name().unwrap().to_str().unwrap().to_owned())
        .collect();
    assert!(places.len() <= 1, "unescaped markup in {places:?}");
}

/// Every migration that a database may have seen, and the SHA-256 of what it did.
const LANDED: [(&str, &str); 3] = [
    (
        "both/2026-11-23-000000_create_response",
        "843d229a10e5502dcae0bd4d670d9b09065da32609438f73b95181ae18a9c15c",
    ),
    (
        "postgres/2026-11-25-000000_responses_lie_in_the_logs_order",
        "c5989f2cd9a6bee9ca3a6547d623c0d5cc3c3f57f50523d1a12fd91861b00a70",
    ),
    (
        "sqlite/2026-11-25-000000_responses_lie_in_the_logs_order",
        "6e2cd764b4aa2fe7351f2ed3bcd591393b1732f0799c591627c1fb92f5128e61",
    ),
];

#[test]
fn a_migration_that_has_landed_never_changes() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let mut there = 0;
    for dialect in ["both", "postgres", "sqlite"] {
        there += std::fs::read_dir(folder.join(dialect)).unwrap().count();
    }
    assert_eq!(there, LANDED.len(), "add the new migration to LANDED");
    for (name, hash) in LANDED {
        let up = std::fs::read(folder.join(name).join("up.sql")).unwrap();
        assert_eq!(
            minyi::survey::hex_digest(&up),
            hash,
            "{name} has landed: databases have seen it; write another migration"
        );
    }
}

#[test]
fn a_migration_in_one_back_ends_own_words_has_its_twin_in_the_others() {
    let names = |back_end: &str| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("migrations")
            .join(back_end);
        let mut names: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    };
    assert_eq!(names("sqlite"), names("postgres"));
    for name in names("sqlite") {
        assert!(!names("both").contains(&name), "{name} stands twice");
    }
}
