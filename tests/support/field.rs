//! A survey in the field: a data folder with its own survey folders, which a test changes.

use std::fs::File;
use std::path::PathBuf;
use std::process::Stdio;

use super::{Answer, Scratch, Server, minyi, root, run};

/// The survey that the tests change.
pub const SURVEY: &str = "satisfaction-2026";

/// A data folder with survey folders.
pub struct Field {
    pub scratch: Scratch,
    pub data: String,
    pub surveys: String,
}

impl Field {
    /// With the surveys of this repository and no responses.
    pub fn new(name: &str) -> Field {
        let scratch = Scratch::new(name);
        copy_surveys(&scratch);
        Field::in_folder(scratch)
    }

    /// Of a data folder that has a folder `surveys`.
    pub fn in_folder(scratch: Scratch) -> Field {
        let folder = |name: &str| scratch.path(name).to_str().unwrap().to_owned();
        let (data, surveys) = (scratch.0.to_str().unwrap().to_owned(), folder("surveys"));
        Field {
            scratch,
            data,
            surveys,
        }
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.scratch.path(&format!("surveys/{SURVEY}/{name}"))
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.file(name)).unwrap()
    }

    /// Replaces the first `from` of a file by `to`.
    pub fn edit(&self, name: &str, from: &str, to: &str) {
        let text = self.read(name);
        assert!(text.contains(from), "{name} has no {from}");
        std::fs::write(self.file(name), text.replacen(from, to, 1)).unwrap();
    }

    fn arguments<'a>(&'a self, command: &[&'a str]) -> Vec<&'a str> {
        let place = ["--data", &self.data, "--surveys", &self.surveys];
        [command, &place].concat()
    }

    /// What a command left: exit code, standard output, standard error.
    pub fn run(&self, command: &[&str]) -> (i32, String, String) {
        run(&self.arguments(command))
    }

    /// Amends the survey; fails if it is refused.
    pub fn amend(&self, reason: &str) -> String {
        let (code, out, errors) = self.run(&["amend", SURVEY, "--reason", reason]);
        assert_eq!(code, 0, "{out}{errors}");
        out
    }

    /// Why `minyi amend` refuses.
    pub fn refused(&self, reason: &str) -> String {
        let (code, out, errors) = self.run(&["amend", SURVEY, "--reason", reason]);
        assert_eq!(code, 1, "{out}{errors}");
        format!("{out}{errors}")
    }

    /// Everything that `minyi check --data` says, with its exit code.
    pub fn check(&self) -> (i32, String) {
        let (code, out, errors) = run(&["check", &self.surveys, "--data", &self.data]);
        (code, format!("{out}{errors}"))
    }

    /// A running server.
    pub fn serve(&self) -> Server {
        self.serve_logged().0
    }

    /// A running server, and the file with its messages.
    pub fn serve_logged(&self) -> (Server, PathBuf) {
        let log = self.scratch.path("log");
        let mut command = minyi(&self.arguments(&["serve", "--batch", "1"]));
        command.args(["--listen", "127.0.0.1:0"]);
        command.stderr(Stdio::from(File::create(&log).unwrap()));
        (Server::start_by(&mut command), log)
    }

    /// What a server says that ends at once because it has nothing to serve.
    pub fn serve_in_vain(&self) -> String {
        let (code, out, errors) = self.run(&["serve", "--listen", "127.0.0.1:0"]);
        assert_eq!(code, 1, "{out}{errors}");
        errors
    }

    /// Stores `n` complete forms under the questionnaire as it is now.
    pub fn answered(self, n: usize) -> Field {
        let server = self.serve();
        for _ in 0..n {
            let sent = post(&server, &super::site::complete());
            assert_eq!(sent.status, 303, "{}", sent.text());
        }
        assert_eq!(server.terminate(), Some(0));
        self
    }

    /// The rows of an export, the excluded ones too, by column.
    pub fn export(&self, more: &[&str]) -> Vec<std::collections::BTreeMap<String, String>> {
        let file = self.scratch.path("out.csv");
        let file = file.to_str().unwrap();
        let (code, _, errors) = self.run(&[&["export", SURVEY, "-o", file], more].concat());
        assert_eq!(code, 0, "{errors}");
        let mut rows = super::site::rows(file);
        let excluded = self.scratch.path("out-excluded.csv");
        if excluded.exists() {
            rows.extend(super::site::rows(excluded.to_str().unwrap()));
        }
        rows
    }
}

/// Sends a form with a new id.
pub fn post(server: &Server, fields: &[(&str, &str)]) -> Answer {
    let id = uuid::Uuid::new_v4().to_string();
    let mut fields = fields.to_vec();
    fields.push(("response_id", &id));
    server.post_form(&format!("/s/{SURVEY}"), &fields)
}

/// The version that the page of a server carries.
pub fn version_of_page(server: &Server) -> String {
    version_in(&server.get(&format!("/s/{SURVEY}")).text())
}

/// The version that a page carries.
pub fn version_in(page: &str) -> String {
    let (_, rest) = page.split_once("name=\"version\" value=\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

/// The survey folders of this repository in `surveys` of a scratch folder.
fn copy_surveys(scratch: &Scratch) {
    for folder in std::fs::read_dir(root().join("surveys")).unwrap() {
        let folder = folder.unwrap().path();
        let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
        let files = match folder.is_file() {
            true => vec![(name, folder)],
            false => std::fs::read_dir(&folder)
                .unwrap()
                .map(|file| file.unwrap().path())
                .map(|file| {
                    let own = file.file_name().unwrap().to_str().unwrap();
                    (format!("{name}/{own}"), file.clone())
                })
                .collect(),
        };
        for (name, file) in files {
            let text = std::fs::read_to_string(file).unwrap();
            scratch.write(&format!("surveys/{name}"), &text);
        }
    }
}
