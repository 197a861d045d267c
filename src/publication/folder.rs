//! A release as a folder: all files, `release.json` with their hashes, and `SHA256SUMS`.

use std::path::Path;

use crate::publication::draft::Draft;
use crate::store::StoredFile;
use crate::survey::hex_digest;

/// The name of the manifest in a folder.
pub const MANIFEST: &str = "release.json";

/// The name of the list of hashes, as `sha256sum --check` reads it.
pub const SUMS: &str = "SHA256SUMS";

/// The name of the subfolder with the microdata.
pub const MICRODATA: &str = "microdata";

/// Writes the draft to `folder`, which is made; it must not exist or be empty.
///
/// # Errors
/// When the folder has files, or a file cannot be written.
pub fn write(folder: &Path, draft: &Draft) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    if std::fs::read_dir(folder)?.next().is_some() {
        return Err(std::io::Error::other(
            "the folder is not empty; name another, so that no file of another release stays in it",
        ));
    }
    for StoredFile { name, bytes, .. } in &draft.files {
        std::fs::write(folder.join(name), bytes)?;
    }
    std::fs::write(folder.join(MANIFEST), &draft.manifest_json)?;
    std::fs::write(folder.join(SUMS), sums(draft))
}

/// The list of hashes: `release.json` first, then the files by name.
#[must_use]
pub fn sums(draft: &Draft) -> String {
    let manifest = hex_digest(draft.manifest_json.as_bytes());
    let files = draft.manifest.files.iter();
    let files = files.map(|(name, file)| (file.sha256.as_str(), name.as_str()));
    let all = std::iter::once((manifest.as_str(), MANIFEST)).chain(files);
    all.map(|(hash, name)| format!("{hash}  {name}\n"))
        .collect()
}

/// Adds the hashes of the files under `microdata/` to `SHA256SUMS`.
///
/// # Errors
/// When a file cannot be read or written.
pub fn add_microdata(folder: &Path) -> std::io::Result<()> {
    let mut sums = std::fs::read_to_string(folder.join(SUMS))?;
    for name in names(&folder.join(MICRODATA))? {
        let path = format!("{MICRODATA}/{name}");
        let hash = hex_digest(&std::fs::read(folder.join(&path))?);
        sums.push_str(&format!("{hash}  {path}\n"));
    }
    std::fs::write(folder.join(SUMS), sums)
}

/// The names of what is in a folder, sorted.
///
/// # Errors
/// When it cannot be read.
pub fn names(folder: &Path) -> std::io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}
