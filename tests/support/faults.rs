//! A child process that stores responses on a faulty disk.
//!
//! `faulty_disk.c` is compiled and put between the child and its files. The child is this test
//! binary itself: it runs `durability_faults::child_that_stores`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use super::Scratch;

/// The library for `LD_PRELOAD`, compiled once.
pub fn faulty_disk() -> &'static Path {
    static BUILT: OnceLock<(Scratch, PathBuf)> = OnceLock::new();
    let (_, path) = BUILT.get_or_init(|| {
        let folder = Scratch::new("faulty-disk");
        let library = super::compiled("faulty_disk", &folder);
        (folder, library)
    });
    path
}

/// The lines that the child printed while it stored `groups` groups of eight responses under
/// `fault`.
pub fn store_under(fault: &str, groups: u32, folder: &Scratch) -> Vec<String> {
    let output = Command::new(std::env::current_exe().unwrap())
        .args([
            "--ignored",
            "--exact",
            "--nocapture",
            "durability_faults::child_that_stores",
        ])
        .env("LD_PRELOAD", faulty_disk())
        .env("FAULT", fault)
        .env("FAULT_GROUPS", groups.to_string())
        .env("FAULT_FILES", folder.path("minyi.sqlite"))
        .env("FAULT_ROOM", folder.path("room"))
        .env("FAULT_AFTER", folder.path("after"))
        .stderr(Stdio::null())
        .output()
        .unwrap();
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(str::to_owned)
        .collect()
}
