//! A PostgreSQL server for one test, which the test may kill and start again without affecting
//! others.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::Scratch;

pub struct Cluster {
    folder: Scratch,
    bin: PathBuf,
}

impl Cluster {
    /// Creates and starts a server. Prints a line and returns `None` if PostgreSQL is not
    /// installed.
    pub fn start(name: &str) -> Option<Cluster> {
        let Some(bin) = programs() else {
            println!("SKIPPED: there is no initdb; `bash tests/run` installs PostgreSQL");
            return None;
        };
        let cluster = Cluster {
            folder: Scratch::new(name),
            bin,
        };
        // The server refuses to run as root, so root starts it as another user.
        if is_root() {
            let folder = cluster.folder.0.to_str().unwrap();
            assert!(
                Command::new("chown")
                    .args(["nobody", folder])
                    .status()
                    .unwrap()
                    .success()
            );
        }
        let data = cluster.data();
        let made = cluster
            .as_server("initdb")
            .args([
                "-D",
                &data,
                "-U",
                "minyi",
                "--auth=trust",
                "-E",
                "UTF8",
                "--locale=C",
            ])
            .stdout(Stdio::null())
            .status();
        assert!(made.unwrap().success(), "initdb failed");
        cluster.go();
        Some(cluster)
    }

    /// Starts the server again and waits until it answers.
    pub fn go(&self) {
        let options = format!(
            "-c listen_addresses='' -c unix_socket_directories='{}' -c max_connections=60",
            self.folder.0.display()
        );
        // Processes that a killed server left behind must end first.
        for _ in 0..100 {
            let started = self
                .as_server("pg_ctl")
                .args(["-D", &self.data(), "-w", "-s", "-l"])
                .arg(self.folder.path("log"))
                .args(["-o", &options, "start"])
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status();
            if started.unwrap().success() {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        panic!(
            "PostgreSQL does not start: {}",
            std::fs::read_to_string(self.folder.path("log")).unwrap()
        );
    }

    /// Stops all processes by SIGSTOP: connections stay open, but nothing answers.
    pub fn freeze(&self) {
        self.signal_all("-STOP");
    }

    pub fn thaw(&self) {
        self.signal_all("-CONT");
    }

    fn signal_all(&self, signal: &str) {
        let first = self.first_process();
        let send = |pid: &str| {
            let _ = Command::new("kill").args([signal, pid]).status();
        };
        // The first process starts the others.
        send(&first);
        for process in std::fs::read_dir("/proc").unwrap().flatten() {
            let status = std::fs::read_to_string(process.path().join("status")).unwrap_or_default();
            let mut lines = status.lines();
            if lines.any(|line| {
                line.strip_prefix("PPid:")
                    .is_some_and(|parent| parent.trim() == first)
            }) {
                send(process.file_name().to_str().unwrap());
            }
        }
    }

    fn first_process(&self) -> String {
        let pid = std::fs::read_to_string(self.folder.path("data/postmaster.pid")).unwrap();
        pid.lines().next().unwrap().to_owned()
    }

    /// Ends the server's first process by SIGKILL. The others end when they notice.
    pub fn kill(&self) {
        let pid = self.first_process();
        assert!(
            Command::new("kill")
                .args(["-9", &pid])
                .status()
                .unwrap()
                .success()
        );
    }

    /// Makes it a standby: it only reads, as the copy of a primary does.
    pub fn become_standby(&self) {
        self.kill();
        std::fs::write(self.folder.path("data/standby.signal"), "").unwrap();
        self.go();
    }

    /// Asks every user for a password from now on.
    pub fn ask_for_passwords(&self) {
        let rules = self.folder.path("data/pg_hba.conf");
        std::fs::write(rules, "local all all scram-sha-256\n").unwrap();
        self.kill();
        self.go();
    }

    /// The URL of its first database.
    pub fn url(&self) -> String {
        let folder = self.folder.0.to_str().unwrap().replace('/', "%2F");
        format!("postgres://minyi@{folder}/postgres")
    }

    fn data(&self) -> String {
        self.folder.path("data").to_str().unwrap().to_owned()
    }

    fn as_server(&self, program: &str) -> Command {
        let program = self.bin.join(program);
        if !is_root() {
            return Command::new(program);
        }
        let mut command = Command::new("runuser");
        command.args(["-u", "nobody", "--"]).arg(program);
        command.current_dir("/");
        command
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // A test that failed may have left it frozen.
        if self.folder.path("data/postmaster.pid").exists() {
            self.thaw();
        }
        let _ = self
            .as_server("pg_ctl")
            .args(["-D", &self.data(), "-m", "immediate", "-w", "stop"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
    }
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().unwrap();
    id.stdout == b"0\n"
}

/// The folder with PostgreSQL's programs.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok();
    let packaged = versions
        .into_iter()
        .flatten()
        .filter_map(|version| Some(version.ok()?.path().join("bin")));
    let on_path = std::env::var_os("PATH").unwrap_or_default();
    let on_path: Vec<PathBuf> = std::env::split_paths(&on_path).collect();
    packaged
        .chain(on_path)
        .find(|folder| folder.join("initdb").exists())
}
