//! The import rules of `src/lib.rs`, and rules that the compiler does not check.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The modules that each module may import.
const MAY_IMPORT: [(&str, &[&str]); 19] = [
    ("questionnaire", &[]),
    ("estimation", &[]),
    ("quality", &["estimation"]),
    ("fieldwork", &["estimation"]),
    ("survey", &["questionnaire", "estimation"]),
    ("collection", &["questionnaire", "survey"]),
    ("disclosure", &["estimation"]),
    ("locale", &["questionnaire"]),
    ("staff", &["survey"]),
    ("store", &["collection", "staff"]),
    (
        "release",
        &[
            "questionnaire",
            "quality",
            "fieldwork",
            "survey",
            "collection",
            "estimation",
            "disclosure",
            "locale",
            "staff",
            "store",
        ],
    ),
    (
        "formats",
        &[
            "questionnaire",
            "quality",
            "fieldwork",
            "survey",
            "collection",
            "estimation",
            "disclosure",
            "locale",
            "staff",
            "store",
            "release",
        ],
    ),
    (
        "pages",
        &[
            "questionnaire",
            "quality",
            "fieldwork",
            "survey",
            "collection",
            "estimation",
            "disclosure",
            "locale",
            "staff",
            "release",
        ],
    ),
    ("http", &["questionnaire"]),
    (
        "publication",
        &[
            "questionnaire",
            "quality",
            "fieldwork",
            "estimation",
            "survey",
            "collection",
            "disclosure",
            "locale",
            "staff",
            "store",
            "release",
            "formats",
            "pages",
        ],
    ),
    (
        "web",
        &[
            "questionnaire",
            "quality",
            "fieldwork",
            "survey",
            "collection",
            "locale",
            "staff",
            "store",
            "release",
            "formats",
            "pages",
            "publication",
            "http",
        ],
    ),
    (
        "demo",
        &[
            "questionnaire",
            "quality",
            "fieldwork",
            "survey",
            "collection",
            "locale",
            "staff",
            "store",
            "release",
            "publication",
        ],
    ),
    (
        "commands",
        &[
            "questionnaire",
            "quality",
            "fieldwork",
            "survey",
            "collection",
            "estimation",
            "disclosure",
            "locale",
            "staff",
            "store",
            "release",
            "formats",
            "pages",
            "publication",
            "http",
            "web",
            "demo",
        ],
    ),
    ("main", &["commands"]),
];

/// Crates that only some modules may use.
const ONLY_IN: [(&str, &[&str]); 7] = [
    ("diesel", &["store"]),
    ("actix_web", &["web", "http"]),
    ("actix_http", &["http"]),
    ("actix_server", &["http"]),
    ("maud", &["pages"]),
    ("clap", &["commands"]),
    ("rust_i18n", &["locale", "lib"]),
];

/// What pure modules must not use.
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

const PURE: [&str; 7] = [
    "questionnaire",
    "estimation",
    "quality",
    "fieldwork",
    "collection",
    "disclosure",
    "staff",
];

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

/// The code of `source`: without comments, and without everything from `#[cfg(test)]` on.
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

/// The names in backticks in `text`.
fn names_in(text: &str) -> BTreeSet<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

#[test]
fn the_map_in_lib_rs_states_the_import_rules_and_names_files_that_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let lib = std::fs::read_to_string(root.join("lib.rs")).unwrap();
    let mut above: BTreeSet<&str> = BTreeSet::new();
    let mut pure = Vec::new();
    for row in lib.lines().filter(|line| line.starts_with("//! | [`")) {
        let [_, module, does, imports, start, _] = row.split('|').collect::<Vec<_>>()[..] else {
            panic!("{row}");
        };
        let module = *names_in(module).first().unwrap();
        let stated: BTreeSet<&str> = match imports.trim().strip_prefix("all above") {
            Some(except) => above.difference(&names_in(except)).copied().collect(),
            None => names_in(imports),
        };
        let (_, allowed) = MAY_IMPORT.iter().find(|(name, _)| *name == module).unwrap();
        assert_eq!(stated, allowed.iter().copied().collect(), "{module}");
        let start = *names_in(start).first().unwrap();
        assert!(
            root.join(module).join(start).is_file() || root.join(start).is_file(),
            "{module}: there is no {start}"
        );
        if does.contains("(pure)") {
            pure.push(module);
        }
        above.insert(module);
    }
    assert_eq!(pure, PURE);
    // `main` is not in the map.
    assert_eq!(above.len(), MAY_IMPORT.len() - 1);
}

/// The paths in `source`, such as `crate::store::rows` or `super::json`. A group in braces gives
/// one path for each item.
fn named_paths(source: &str) -> Vec<String> {
    let mut paths = Vec::new();
    for start in ["crate::", "super::"] {
        for (position, _) in source.match_indices(start) {
            let before = source[..position].chars().next_back();
            if before
                .is_some_and(|letter| letter.is_alphanumeric() || letter == '_' || letter == ':')
            {
                continue;
            }
            collect_paths(&source[position..], String::new(), &mut paths);
        }
    }
    paths
}

/// Adds the path, or the group of paths, at the start of `text` to `paths`, each after `prefix`.
/// Returns the number of bytes read.
fn collect_paths(text: &str, prefix: String, paths: &mut Vec<String>) -> usize {
    let end = text
        .find(|letter: char| !(letter.is_alphanumeric() || letter == '_' || letter == ':'))
        .unwrap_or(text.len());
    let path = format!("{prefix}{}", &text[..end]);
    if !path.ends_with("::") || !text[end..].starts_with('{') {
        paths.push(path.trim_end_matches(':').to_owned());
        return end;
    }
    let mut at = end + 1;
    while at < text.len() {
        let rest = &text[at..];
        match rest.chars().next() {
            Some('}') => return at + 1,
            Some(letter) if letter.is_whitespace() || letter == ',' => at += letter.len_utf8(),
            Some('*') => {
                paths.push(path.trim_end_matches(':').to_owned());
                at += 1;
            }
            _ => at += collect_paths(rest, path.clone(), paths).max(1),
        }
    }
    at
}

/// The file that a path in the file of module `from` refers to: the longest start of the path that
/// is a file.
fn file_of(
    path: &str,
    from: &[String],
    files: &BTreeMap<Vec<String>, PathBuf>,
) -> Option<Vec<String>> {
    let mut module: Vec<String> = match path.starts_with("super") {
        true => from.to_vec(),
        false => Vec::new(),
    };
    for part in path.split("::") {
        match part {
            "crate" => module.clear(),
            "super" => {
                module.pop();
            }
            part => module.push(part.to_owned()),
        }
    }
    while !module.is_empty() {
        if files.contains_key(&module) {
            return Some(module);
        }
        module.pop();
    }
    None
}

/// Files by the path of their module: `[store, rows]` for `store/rows.rs`, `[store]` for
/// `store/mod.rs`.
fn modules() -> BTreeMap<Vec<String>, PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let module = |path: &Path| -> Vec<String> {
        let inside = path.strip_prefix(&root).unwrap().with_extension("");
        let mut parts: Vec<String> = inside
            .components()
            .map(|part| part.as_os_str().to_str().unwrap().to_owned())
            .collect();
        if parts.last().is_some_and(|last| last == "mod") {
            parts.pop();
        }
        parts
    };
    sources(&root)
        .into_iter()
        .map(|path| (module(&path), path))
        .collect()
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let files = modules();
    let mut imports: BTreeMap<Vec<String>, BTreeSet<Vec<String>>> = BTreeMap::new();
    for (module, path) in &files {
        let text = code(&std::fs::read_to_string(path).unwrap());
        let paths = named_paths(&text);
        let named = paths
            .iter()
            .filter_map(|path| file_of(path, module, &files));
        imports.insert(
            module.clone(),
            named.filter(|named| named != module).collect(),
        );
    }
    // Removes files that are in no circle, until only circles are left.
    loop {
        let before = imports.len();
        let all: BTreeSet<Vec<String>> = imports.keys().cloned().collect();
        imports.retain(|_, named| named.iter().any(|named| all.contains(named)));
        let imported: BTreeSet<Vec<String>> = imports.values().flatten().cloned().collect();
        imports.retain(|module, _| imported.contains(module));
        if imports.len() == before {
            break;
        }
    }
    let left: BTreeSet<&Vec<String>> = imports.keys().collect();
    let lines: Vec<String> = imports
        .iter()
        .map(|(module, named)| {
            let named = named.iter().filter(|named| left.contains(named));
            let named: Vec<String> = named.map(|named| named.join("/")).collect();
            format!("{} -> {}", module.join("/"), named.join(", "))
        })
        .collect();
    assert!(
        lines.is_empty(),
        "files in circles, or between two circles:\n{}",
        lines.join("\n")
    );
}

#[test]
fn a_framework_is_used_only_in_its_own_modules() {
    let mut broken = Vec::new();
    for (path, module, text) in product() {
        let text = code(&text);
        for (library, homes) in ONLY_IN {
            if text.contains(&format!("{library}::")) && !homes.contains(&module.as_str()) {
                let homes = homes.join(" and ");
                broken.push(format!("{}: {library} belongs to {homes}", path.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn pure_modules_use_no_clock_no_files_and_no_randomness_of_their_own() {
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
fn every_file_begins_with_a_comment_that_says_what_it_is_for() {
    let without: Vec<_> = product()
        .into_iter()
        .filter(|(_, _, text)| !text.starts_with("//!"))
        .map(|(path, _, _)| path)
        .collect();
    assert!(without.is_empty(), "{without:?}");
}

#[test]
fn no_file_is_called_util_or_common_or_helper_or_manager() {
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
fn markup_is_made_from_strings_in_at_most_one_file() {
    let files: BTreeSet<_> = product()
        .into_iter()
        .filter(|(_, _, text)| code(text).contains("PreEscaped("))
        .map(|(path, _, _)| path.file_name().unwrap().to_str().unwrap().to_owned())
        .collect();
    assert!(files.len() <= 1, "unescaped markup in {files:?}");
}

/// Every migration that may have been applied to a database, and the SHA-256 of its SQL.
const LANDED: [(&str, &str); 18] = [
    (
        "both/2026-12-06-000000_dispositions",
        "128a076d6902489aea529469f7da1248e89740d31e97459e2a45e0fa192ae385",
    ),
    (
        "both/2026-12-07-000000_holds",
        "33d66ef0bfdc0e6cf5a3e20cc9a779822710a8d53b60b804eba8f5a294842602",
    ),
    (
        "both/2026-12-05-000000_releases",
        "c8eed09f24b824a55caa5f9299d6660a71d799792af4b04e5ceb5504f11420da",
    ),
    (
        "both/2026-12-04-000000_fieldwork_changes",
        "8671f10aaff899cf322bc272f7dde3da5012c1d25f6f199da4f71c78d837d153",
    ),
    (
        "both/2026-12-03-000000_paper_entries",
        "28f8496e5ae900b221f604fb83d7bb2a75c7ab90db0de05ae9c24881aa72ae2c",
    ),
    (
        "both/2026-12-02-000000_staff",
        "3448ba4d56249efd9cde280db34f3250149d82508f9b3568be3644cbe8d7b8bb",
    ),
    (
        "both/2026-12-01-000000_block_shares",
        "875c1c9bbc4c84fd20f638083ea75ba521d939e806cbde3f633723d255f2579a",
    ),
    (
        "postgres/2026-11-29-000001_invitations",
        "06751e69c97f754f80dfa91b0b5a81440269e1ab01caf23f897311a81b7316da",
    ),
    (
        "sqlite/2026-11-29-000001_invitations",
        "f9a4278e78daa824bf4b9d815413cb5f9033ba9fcd869e09176695b3f4b2018f",
    ),
    (
        "both/2026-11-30-000001_plan_versions",
        "a3bd38bc13c5c7231406cf69f60a3f46d93c4c0758cae48b16a69cf40ca1036a",
    ),
    (
        "both/2026-11-30-000000_a_questionnaire_version_may_return",
        "7e97100511fcb74dc2d11a3e215d17c78f00b2d7657ac77d1371301b12ea46c2",
    ),
    (
        "both/2026-11-29-000000_device_tokens",
        "a93d41388f4519d1ef03cb22e163a6483920023a87878f315f9269d015ad0a28",
    ),
    (
        "both/2026-11-28-000001_questionnaire_versions",
        "0cec461a2e9053df651d703cf3b2b57cd29a54daf2aecb302d0c3a81fb458bea",
    ),
    (
        "postgres/2026-11-28-000000_psu_has_a_column",
        "1505a4b3cb96c79767efddf10375181b7b3f18f51d1818a6e9d7353aa3502e57",
    ),
    (
        "sqlite/2026-11-28-000000_psu_has_a_column",
        "3c4f07b00bb450ad700cf82f4ddb2c9246839c566a2aba42b7f9e659fd49bcba",
    ),
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
    let mut n_migrations = 0;
    for back_end in ["both", "postgres", "sqlite"] {
        n_migrations += std::fs::read_dir(folder.join(back_end)).unwrap().count();
    }
    assert_eq!(
        n_migrations,
        LANDED.len(),
        "add the new migration to LANDED"
    );
    for (name, hash) in LANDED {
        let up = std::fs::read(folder.join(name).join("up.sql")).unwrap();
        assert_eq!(
            minyi::survey::hex_digest(&up),
            hash,
            "{name} may have been applied to databases; write another migration"
        );
    }
}

#[test]
fn a_migration_for_one_back_end_has_a_twin_for_the_other() {
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
        assert!(!names("both").contains(&name), "{name} is there twice");
    }
}

/// The README builds without features, and no other test does.
#[test]
fn what_only_postgres_needs_is_a_module_of_that_feature() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store");
    let modules = std::fs::read_to_string(root.join("mod.rs")).unwrap();
    assert!(modules.contains("#[cfg(feature = \"postgres\")]\nmod postgres;"));
    for path in sources(&root) {
        let text = std::fs::read_to_string(&path).unwrap();
        let uses = text.matches("PgConnection").count() + text.matches("postgres::").count();
        let is_guarded = text.contains("cfg(feature = \"postgres\")");
        let is_own = path.ends_with("postgres.rs") || path.ends_with("mod.rs");
        assert!(uses == 0 || is_guarded || is_own, "{}", path.display());
    }
}
