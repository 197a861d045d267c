//! Whether a folder of a release is complete, unchanged and right.
//!
//! 1. Every file is there, has its hash and its size, and no other file is.
//! 2. The tables say the same: CSV beside JSON-stat.
//! 3. With microdata: the estimates are computed again and are the same to the last digit; the public
//!    table is what they give when rounded.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use crate::publication::folder::{MANIFEST, MICRODATA, SUMS, names};
use crate::release::register::Manifest;
use crate::survey::hex_digest;

/// Something in a folder that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The file, from the folder.
    pub file: String,
    /// What is wrong, and what was expected.
    pub what: String,
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.file, self.what)
    }
}

/// What a folder was found to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// SHA-256 of `release.json`, hex: what two people approved.
    pub digest: String,
    /// Files that were compared.
    pub files: usize,
    /// Numbers that were computed again; `None` without microdata.
    pub recomputed: Option<usize>,
    /// All differences; none if everything is right.
    pub differences: Vec<Difference>,
}

/// Computes the estimates of a data file and a specification, as the bytes of `minyi estimate`.
pub type Estimate<'a> = &'a dyn Fn(&Path, &Path) -> Result<Vec<u8>, String>;

/// Compares everything in `folder`. `estimate` computes the estimates again.
///
/// # Errors
/// When the folder cannot be read, or has no `release.json`.
pub fn verify(folder: &Path, estimate: Estimate<'_>) -> std::io::Result<Verified> {
    let bytes = std::fs::read(folder.join(MANIFEST))?;
    let digest = hex_digest(&bytes);
    let mut differences = Vec::new();
    let manifest: Option<Manifest> = serde_json::from_slice(&bytes).ok();
    let mut expected: BTreeSet<String> = [MANIFEST, SUMS].map(str::to_owned).into();
    match &manifest {
        None => differences.push(different(MANIFEST, "it cannot be read as a release")),
        Some(manifest) => {
            for (name, listed) in &manifest.files {
                expected.insert(name.clone());
                let own = std::fs::read(folder.join(name));
                let found = own.map(|own| (hex_digest(&own), own.len()));
                match found {
                    Err(_) => differences.push(different(name, "it is missing")),
                    Ok((hash, _)) if hash != listed.sha256 => {
                        let what = format!("SHA-256 is {hash}, not {}", listed.sha256);
                        differences.push(different(name, &what));
                    }
                    Ok(_) => {}
                }
            }
            compare_sums(folder, manifest, &digest, &mut differences)?;
        }
    }
    let has_microdata = folder.join(MICRODATA).is_dir();
    for name in names(folder)? {
        let is_microdata = has_microdata && name == MICRODATA;
        if !is_microdata && !expected.contains(&name) {
            differences.push(different(&name, "it does not belong to the release"));
        }
    }
    let recomputed = match has_microdata {
        true => Some(recompute(folder, estimate, &mut differences)?),
        false => None,
    };
    Ok(Verified {
        digest,
        files: expected.len(),
        recomputed,
        differences,
    })
}

fn different(file: &str, what: &str) -> Difference {
    Difference {
        file: file.to_owned(),
        what: what.to_owned(),
    }
}

/// The list of hashes must be the one that the manifest gives, and have the manifest's own hash, so that
/// a changed manifest does not go unseen.
fn compare_sums(
    folder: &Path,
    manifest: &Manifest,
    digest: &str,
    differences: &mut Vec<Difference>,
) -> std::io::Result<()> {
    let Ok(found) = std::fs::read_to_string(folder.join(SUMS)) else {
        differences.push(different(SUMS, "it is missing or not text"));
        return Ok(());
    };
    let mut lines = found.lines();
    let own = format!("{digest}  {MANIFEST}");
    if lines.next() != Some(own.as_str()) {
        let what = format!("its first line is not the SHA-256 of {MANIFEST}, {digest}");
        differences.push(different(SUMS, &what));
        differences.push(different(
            MANIFEST,
            &format!("its SHA-256 is not in {SUMS}"),
        ));
    }
    for (place, (name, listed)) in manifest.files.iter().enumerate() {
        let line = format!("{}  {name}", listed.sha256);
        if lines.next() != Some(line.as_str()) {
            let what = format!("line {} is not `{line}`", place + 2);
            differences.push(different(SUMS, &what));
            return Ok(());
        }
    }
    let has_microdata = folder.join(MICRODATA).is_dir();
    let own = names(&folder.join(MICRODATA)).unwrap_or_default();
    let mut listed = BTreeSet::new();
    for line in lines {
        let (hash, path) = line.split_once("  ").unwrap_or_default();
        let name = path.strip_prefix(&format!("{MICRODATA}/"));
        let Some(name) = name.filter(|name| has_microdata && !name.contains('/')) else {
            differences.push(different(
                SUMS,
                &format!("`{line}` does not belong to the release"),
            ));
            continue;
        };
        match std::fs::read(folder.join(path)) {
            Ok(bytes) if hex_digest(&bytes) == hash => {}
            // Either of the two may be the one that was changed.
            Ok(_) => {
                let what = format!("its SHA-256 is not the one in {SUMS}");
                differences.push(different(path, &what));
                let what = format!("its line for {path} is not the SHA-256 of that file");
                differences.push(different(SUMS, &what));
            }
            Err(_) => differences.push(different(path, "it is missing")),
        }
        listed.insert(name.to_owned());
    }
    for name in own.into_iter().filter(|name| !listed.contains(name)) {
        let path = format!("{MICRODATA}/{name}");
        differences.push(different(&path, &format!("it is not in {SUMS}")));
    }
    if !found.ends_with('\n') {
        differences.push(different(SUMS, "its last line does not end"));
    }
    let mut again = serde_json::to_string_pretty(manifest).unwrap_or_default();
    again.push('\n');
    if hex_digest(again.as_bytes()) != digest {
        differences.push(different(
            MANIFEST,
            "it is not in the form that minyi writes",
        ));
    }
    Ok(())
}

/// Computes the estimates again from the microdata.
fn recompute(
    folder: &Path,
    estimate: Estimate<'_>,
    differences: &mut Vec<Difference>,
) -> std::io::Result<usize> {
    let own = folder.join(MICRODATA);
    let file = |ending: &str| -> std::io::Result<String> {
        let all = names(&own)?;
        let found = all.into_iter().find(|name| name.ends_with(ending));
        found.ok_or_else(|| {
            let what = format!("{MICRODATA} has no file *{ending}");
            std::io::Error::other(what)
        })
    };
    let spec = file("-spec.toml")?;
    let data = spec.replace("-spec.toml", ".csv");
    let again = match estimate(&own.join(&data), &own.join(&spec)) {
        Ok(again) => serde_json::from_slice(&again).unwrap_or(Value::Null),
        Err(message) => {
            let name = format!("{MICRODATA}/{data}");
            differences.push(different(&name, &message));
            return Ok(0);
        }
    };
    let stated = std::fs::read(own.join("estimates.json"))?;
    let name = format!("{MICRODATA}/estimates.json");
    match serde_json::from_slice::<Value>(&stated) {
        Ok(stated) => {
            let mut compared = 0;
            if let Some(what) = first_difference("", &stated, &again, &mut compared) {
                differences.push(different(&name, &what));
            }
            Ok(compared)
        }
        Err(_) => {
            differences.push(different(&name, "it is not JSON"));
            Ok(0)
        }
    }
}

/// The path of the first value in which two JSON values differ, with both values; counts the numbers that
/// are the same.
fn first_difference(path: &str, stated: &Value, again: &Value, same: &mut usize) -> Option<String> {
    match (stated, again) {
        (Value::Object(one), Value::Object(other)) => {
            let keys: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
            keys.into_iter().find_map(|key| {
                let path = format!("{path}/{key}");
                let value = |object: &serde_json::Map<String, Value>| {
                    object.get(key).cloned().unwrap_or(Value::Null)
                };
                first_difference(&path, &value(one), &value(other), same)
            })
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            let pairs = one.iter().zip(other).enumerate();
            pairs.into_iter().find_map(|(place, (one, other))| {
                first_difference(&format!("{path}/{place}"), one, other, same)
            })
        }
        _ if stated == again => {
            *same += usize::from(stated.is_number());
            None
        }
        _ => Some(format!(
            "{path} is {stated}, but the microdata give {again}"
        )),
    }
}
