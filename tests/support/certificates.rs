//! Certificates for one test, made by the program `openssl`.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::Scratch;

/// A certificate and its key.
pub struct Pair {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

/// A CA, in a folder that is deleted when the test ends.
pub struct Authority {
    folder: Scratch,
    pub own: Pair,
}

impl Authority {
    /// Prints a line and returns `None` if there is no `openssl`.
    pub fn new(name: &str) -> Option<Authority> {
        if Command::new("openssl").arg("version").output().is_err() {
            println!("SKIPPED: there is no openssl; `bash tests/run` installs it");
            return None;
        }
        let folder = Scratch::new(name);
        let own = Pair {
            certificate: folder.path("ca.crt"),
            key: folder.path("ca.key"),
        };
        // Not the system's settings, which differ.
        folder.write(
            "settings",
            "[req]\ndistinguished_name = name\nx509_extensions = ca\n[name]\n\
             [ca]\nbasicConstraints = critical, CA:TRUE\n",
        );
        let authority = Authority { folder, own };
        let key = authority.own.key.clone();
        let made = ["-x509", "-days", "2", "-out", "ca.crt"];
        authority.request(&format!("/CN={name}"), &key, &made);
        Some(authority)
    }

    /// A certificate for a server or a user called `name`, valid from now on for `days`.
    pub fn sign(&self, name: &str, days: u32) -> Pair {
        let file = |ending: &str| self.folder.path(&format!("{name}-{days}.{ending}"));
        let pair = Pair {
            certificate: file("crt"),
            key: file("key"),
        };
        let names = format!("subjectAltName = DNS:{name}\n");
        let names = self.folder.write(&format!("{name}-{days}.names"), &names);
        let asked = file("csr");
        let asked = asked.to_str().unwrap();
        self.request(&format!("/CN={name}"), &pair.key, &["-out", asked]);
        let days = days.to_string();
        let signed = [
            "x509",
            "-req",
            "-in",
            asked,
            "-days",
            &days,
            "-CA",
            "ca.crt",
            "-CAkey",
            "ca.key",
            "-set_serial",
            "2",
            "-extfile",
        ];
        let mut command = self.openssl(&signed);
        command.arg(names).arg("-out").arg(&pair.certificate);
        succeed(command);
        pair
    }

    fn request(&self, subject: &str, key: &Path, more: &[&str]) {
        let kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"];
        let mut command = self.openssl(&["req", "-config", "settings", "-nodes"]);
        command.args(kind).args(["-subj", subject, "-keyout"]);
        command.arg(key).args(more);
        succeed(command);
    }

    fn openssl(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("openssl");
        command.args(arguments).current_dir(&self.folder.0);
        command
    }
}

fn succeed(mut command: Command) {
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
