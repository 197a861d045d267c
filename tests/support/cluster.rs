//! A PostgreSQL server for one test, which the test may kill and start again without affecting
//! others.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::certificates::Pair;
use super::{Scratch, free_address};

pub struct Cluster {
    folder: Scratch,
    bin: PathBuf,
    /// Where it listens besides its socket, if anywhere.
    network: Option<String>,
}

impl Cluster {
    /// Creates and starts a server. Prints a line and returns `None` if PostgreSQL is not
    /// installed.
    pub fn start(name: &str) -> Option<Cluster> {
        Cluster::start_at(name, None)
    }

    /// The same, and it also listens on the network of this machine.
    pub fn start_on_network(name: &str) -> Option<Cluster> {
        Cluster::start_at(name, Some(free_address()))
    }

    fn start_at(name: &str, network: Option<String>) -> Option<Cluster> {
        let Some(bin) = programs() else {
            println!("SKIPPED: there is no initdb; `bash tests/run` installs PostgreSQL");
            return None;
        };
        let cluster = Cluster {
            folder: Scratch::new(name),
            bin,
            network,
        };
        // The server refuses to run as root, so root starts it as another user.
        if is_root() {
            cluster.give(&cluster.folder.0);
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
        let (address, port) = self.listens();
        let options = format!(
            "-c listen_addresses='{address}' -c port={port} -c unix_socket_directories='{}' \
             -c max_connections=60",
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

    /// Takes only encrypted connections from the network from now on, as `rule` says: the end of a
    /// line of pg_hba.conf. It has `certificate`, and asks for those that `ca` signed.
    pub fn encrypt(&self, certificate: &Pair, rule: &str, ca: Option<&Path>) {
        let place = |name: &str| self.folder.path("data").join(name);
        let mut settings = "ssl = on\n".to_owned();
        let mut files = vec![
            (certificate.certificate.as_path(), "server.crt"),
            (certificate.key.as_path(), "server.key"),
        ];
        if let Some(ca) = ca {
            files.push((ca, "client-ca.crt"));
            settings.push_str("ssl_ca_file = 'client-ca.crt'\n");
        }
        for (from, name) in files {
            std::fs::copy(from, place(name)).unwrap();
            let mode = std::fs::Permissions::from_mode(0o600);
            std::fs::set_permissions(place(name), mode).unwrap();
            self.give(&place(name));
        }
        let rules = format!("local all all trust\nhostssl all all 127.0.0.1/32 {rule}\n");
        std::fs::write(place("pg_hba.conf"), rules).unwrap();
        std::fs::write(place("postgresql.auto.conf"), settings).unwrap();
        self.kill();
        self.go();
    }

    /// Gives a file to the user as whom the server runs.
    fn give(&self, path: &Path) {
        if is_root() {
            let given = Command::new("chown").arg("nobody").arg(path).status();
            assert!(given.unwrap().success());
        }
    }

    /// Address and port.
    fn listens(&self) -> (&str, &str) {
        match &self.network {
            Some(address) => address.split_once(':').unwrap(),
            None => ("", "5432"),
        }
    }

    /// The URL of its first database.
    pub fn url(&self) -> String {
        let folder = self.folder.0.to_str().unwrap().replace('/', "%2F");
        let port = match &self.network {
            Some(_) => format!(":{}", self.listens().1),
            None => String::new(),
        };
        format!("postgres://minyi@{folder}{port}/postgres")
    }

    /// Its URL by a name of another machine, with more parameters. The name is only compared with
    /// that of the certificate; `hostaddr` says where the server is.
    pub fn url_elsewhere(&self, host: &str, parameters: &str) -> String {
        let (address, port) = self.listens();
        format!("postgres://minyi@{host}:{port}/postgres?hostaddr={address}{parameters}")
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
