//! minyi is installed like any server program: a Debian package and a container file.
//!
//! `MINYI_TEST_DEB=1` needs root, debootstrap, an apt mirror and `cargo deb`. It makes the package,
//! installs, upgrades, removes and purges it in a fresh Debian root, and starts the program there;
//! with systemd-nspawn also as the service, confined as its unit says.
//! `MINYI_TEST_DEB=FILE.deb` takes a package that is there already. About five minutes, most of them
//! for the build. The mirror is `MINYI_TEST_MIRROR`, or deb.debian.org.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::support::site::complete;
use crate::support::{
    Scratch, exchange, form, free_address, minyi, root, run, try_exchange, wait_for,
};

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

/// The values of a key of the unit, in order.
fn unit(key: &str) -> Vec<String> {
    let unit = read("package/minyi.service");
    let lines = unit.lines().filter_map(|line| line.split_once('='));
    lines
        .filter(|(name, _)| *name == key)
        .map(|(_, value)| value.to_owned())
        .collect()
}

/// The settings of minyi.env, also those that are comments: name, value, whether it is in force.
fn settings() -> Vec<(String, String, bool)> {
    let text = read("package/minyi.env");
    let lines = text.lines().filter_map(|line| {
        let (name, value) = line.trim_start_matches('#').split_once('=')?;
        let is_setting = name.starts_with("MINYI_") && !name.contains(' ');
        is_setting.then(|| (name.to_owned(), value.to_owned(), !line.starts_with('#')))
    });
    lines.collect()
}

#[test]
fn the_settings_of_the_package_are_those_of_minyi_serve() {
    let (code, help, _) = run(&["serve", "--help"]);
    assert_eq!(code, 0);
    let of_serve: BTreeSet<String> = help
        .split("[env: ")
        .skip(1)
        .map(|rest| rest.split(['=', ']']).next().unwrap().to_owned())
        .collect();
    assert!(of_serve.len() > 8, "{of_serve:?}");
    let mut named: BTreeSet<String> = settings().into_iter().map(|(name, ..)| name).collect();
    // The log has no flag; the data folder is in the unit, because the unit allows no other.
    assert!(named.remove("MINYI_LOG"));
    named.insert("MINYI_DATA".to_owned());
    assert_eq!(named, of_serve);

    // The program accepts all values, also those in comments, but for addresses that may be in use.
    let scratch = Scratch::new("package");
    let mut command = minyi(&["serve", "--help"]);
    for (name, value, _) in settings() {
        command.env(name, value);
    }
    assert!(command.output().unwrap().status.success());
    let mut command = minyi(&["serve", "--surveys", "no-such-folder"]);
    for (name, value, _) in settings() {
        command.env(name, value);
    }
    let output = command
        .env("MINYI_DATA", scratch.path("data"))
        .output()
        .unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert!(errors.contains("no-such-folder"), "{errors}");
}

#[test]
fn the_unit_allows_the_folder_and_the_ports_that_the_settings_name() {
    assert_eq!(unit("ExecStart"), ["/usr/bin/minyi serve"]);
    assert_eq!(unit("Environment"), ["MINYI_DATA=/var/lib/minyi"]);
    assert_eq!(unit("StateDirectory"), ["minyi"]);
    assert_eq!(unit("EnvironmentFile"), ["/etc/minyi/minyi.env"]);
    let allowed = unit("SocketBindAllow");
    for name in ["MINYI_LISTEN", "MINYI_ADMIN_LISTEN"] {
        let all = settings();
        let (_, address, _) = all.iter().find(|(known, ..)| known == name).unwrap();
        let port = address.rsplit(':').next().unwrap();
        assert!(allowed.contains(&format!("tcp:{port}")), "{name}");
    }
    assert_eq!(allowed.len(), 2);
    // Exit codes that another start cannot mend, as `minyi --help` states them.
    assert_eq!(unit("RestartPreventExitStatus"), ["1 2 78"]);
    let manifest = read("Cargo.toml");
    for path in [
        "package/minyi.env",
        "surveys/**/*",
        "README.md",
        "README.zh.md",
    ] {
        assert!(manifest.contains(&format!("[\"{path}\"")), "{path}");
    }
    assert!(manifest.contains("conf-files = [\"/etc/minyi/minyi.env\"]"));
    for script in ["postinst", "postrm"] {
        let path = format!("package/debian/{script}");
        assert!(read(&path).contains("#DEBHELPER#"), "{script}");
        let status = Command::new("sh")
            .arg("-n")
            .arg(root().join(&path))
            .status();
        assert!(status.unwrap().success(), "{script}");
    }
}

#[test]
fn the_container_file_uses_what_the_program_and_the_repository_have() {
    let file = read("Containerfile");
    assert_eq!(file.matches("\nFROM ").count(), 2);
    let user = file.find("\nUSER minyi").unwrap();
    assert!(user < file.find("\nENTRYPOINT").unwrap());
    let env = file.split("\nENV ").nth(1).unwrap();
    let env = env.lines().next().unwrap().split(' ');
    for setting in env {
        let (name, value) = setting.split_once('=').unwrap();
        let (code, _, _) = run(&["serve", "--help"]);
        assert_eq!(code, 0);
        let known = settings().iter().any(|(known, ..)| known == name);
        assert!(known || name == "MINYI_DATA", "{name}");
        assert!(!value.is_empty());
    }
    // The check of health, as it is written, against a server.
    let check = file.split("[\"bash\", \"-c\", \\\n    \"").nth(1).unwrap();
    let check = check.split("\"]").next().unwrap().replace("\\\\", "\\");
    assert!(check.contains("127.0.0.1/8080"), "{check}");
    let scratch = Scratch::new("container");
    let surveys = root().join("surveys");
    let data = scratch.path("data");
    let server = crate::support::Server::start(&[
        "serve",
        "--data",
        data.to_str().unwrap(),
        "--surveys",
        surveys.to_str().unwrap(),
    ]);
    let port = server.address.rsplit(':').next().unwrap();
    let is_healthy = |port: &str| {
        let check = check.replace("/8080", &format!("/{port}"));
        let status = Command::new("bash")
            .args(["-c", &check])
            .stderr(Stdio::null())
            .status();
        status.unwrap().success()
    };
    assert!(is_healthy(port));
    let none = free_address();
    assert!(!is_healthy(none.rsplit(':').next().unwrap()));
}

#[test]
fn systemd_accepts_the_unit_and_rates_its_exposure_below_two() {
    let has_systemd = Command::new("systemd-analyze")
        .arg("--version")
        .stdout(Stdio::null())
        .status();
    if !has_systemd.is_ok_and(|status| status.success()) {
        eprintln!("SKIPPED: systemd-analyze is not installed");
        return;
    }
    // A copy whose program exists: this machine need not have minyi installed.
    let scratch = Scratch::new("unit");
    let program = env!("CARGO_BIN_EXE_minyi");
    let text = read("package/minyi.service").replace("/usr/bin/minyi", program);
    let copy = scratch.write("minyi.service", &text);
    let verified = Command::new("systemd-analyze")
        .args(["verify", "--man=no"])
        .arg(&copy)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&verified.stderr);
    let about_it: Vec<&str> = said.lines().filter(|line| line.contains("minyi")).collect();
    assert!(verified.status.success() && about_it.is_empty(), "{said}");
    let rated = Command::new("systemd-analyze")
        .args(["security", "--offline=true", "--threshold=19", "--no-pager"])
        .arg(&copy)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&rated.stdout);
    assert!(rated.status.success(), "{said}");
    eprintln!("{}", said.lines().last().unwrap_or_default());
}

/// A Debian root with what systemd systems have.
struct Debian {
    folder: PathBuf,
    _scratch: Scratch,
}

impl Debian {
    fn fresh() -> Debian {
        let scratch = Scratch::new("debian");
        let folder = scratch.path("root");
        let mirror = std::env::var("MINYI_TEST_MIRROR")
            .unwrap_or_else(|_| "http://deb.debian.org/debian".to_owned());
        let made = Command::new("debootstrap")
            .args(["--variant=minbase", "--include=systemd", "bookworm"])
            .arg(&folder)
            .arg(mirror)
            .stdout(Stdio::null())
            .status()
            .unwrap();
        assert!(made.success(), "debootstrap failed");
        // No service is started in a folder (`invoke-rc.d` asks this program).
        let policy = folder.join("usr/sbin/policy-rc.d");
        std::fs::write(&policy, "#!/bin/sh\nexit 101\n").unwrap();
        let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(&policy, executable).unwrap();
        Debian {
            folder,
            _scratch: scratch,
        }
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new("chroot");
        command.arg(&self.folder).args(words);
        command
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .env("DEBIAN_FRONTEND", "noninteractive");
        command
    }

    /// Runs `words` in the root; returns what they print.
    fn run(&self, words: &[&str]) -> String {
        let output = self.command(words).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{words:?}: {text}{errors}");
        text
    }

    fn install(&self, package: &Path) {
        std::fs::copy(package, self.folder.join("minyi.deb")).unwrap();
        self.run(&["apt-get", "install", "-y", "-qq", "/minyi.deb"]);
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.join(path.trim_start_matches('/'))
    }

    /// Starts the service's program as its unit does, without the confinement of systemd.
    fn serve(&self, address: &str) -> std::process::Child {
        let script = "set -a; . /etc/minyi/minyi.env; MINYI_DATA=/var/lib/minyi; MINYI_LISTEN=$1; \
                      cd /var/lib/minyi; umask 077; exec setpriv --reuid=minyi --regid=minyi \
                      --clear-groups --no-new-privs /usr/bin/minyi serve";
        let mut command = self.command(&["sh", "-c", script, "sh", address]);
        let child = command.stdout(Stdio::null()).spawn().unwrap();
        wait_for("the installed server", Duration::from_secs(60), || {
            try_exchange(address, "GET", "/healthz", &[], b"")
                .is_some_and(|answer| answer.status == 200)
        });
        child
    }

    /// Runs `then` while the installed program serves.
    fn while_serving(&self, then: impl FnOnce(&str)) {
        let address = free_address();
        let mut child = self.serve(&address);
        then(&address);
        let stopped = Command::new("kill").arg(child.id().to_string()).status();
        assert!(stopped.unwrap().success());
        assert_eq!(child.wait().unwrap().code(), Some(0));
    }
}

/// What the booted system does: asks the service that systemd started, and shows its confinement.
const PROBE: &str = r#"#!/bin/bash
exec > /probe.out 2>&1
ask() { exec 3<>/dev/tcp/127.0.0.1/8080 && printf "GET $1 HTTP/1.0\r\nHost: localhost\r\n\r\n" >&3 && head -1 <&3; }
for _ in {1..120}; do ask /healthz 2>/dev/null | grep -q 200 && break; sleep 1; done
ask /s/satisfaction-2026
grep -E 'NoNewPrivs|Seccomp:|CapEff' /proc/$(systemctl show -P MainPID minyi)/status
systemctl restart minyi
for _ in {1..120}; do ask /healthz 2>/dev/null | grep -q 200 && break; sleep 1; done
echo "$(systemctl show -P ActiveState minyi) $(systemctl show -P NRestarts minyi)"
systemctl stop minyi
echo "$(systemctl show -P ActiveState minyi) $(systemctl show -P Result minyi)"
echo end
systemctl poweroff 2>/dev/null
"#;

const PROBE_UNIT: &str = "[Unit]
After=minyi.service
[Service]
ExecStart=/probe
";

impl Debian {
    /// Boots the root with its own systemd and network; returns what [`PROBE`] printed.
    fn boot(&self) -> String {
        std::fs::remove_file(self.path("/usr/sbin/policy-rc.d")).unwrap();
        std::fs::write(self.path("/probe"), PROBE).unwrap();
        self.run(&["chmod", "755", "/probe"]);
        std::fs::write(self.path("/etc/systemd/system/probe.service"), PROBE_UNIT).unwrap();
        let wants = "/etc/systemd/system/multi-user.target.wants/probe.service";
        self.run(&["ln", "-s", "/etc/systemd/system/probe.service", wants]);
        // A machine without systemd has no cgroups; they are mounted for this process only.
        let script = "mount --make-rprivate /
            [ -e /sys/fs/cgroup/cgroup.controllers ] || mount -t cgroup2 none /sys/fs/cgroup
            [ -d /run/systemd/system ] || keep=--keep-unit
            exec timeout 300 systemd-nspawn $keep --register=no --private-network \
                --console=read-only -b -D \"$1\"";
        let booted = Command::new("unshare")
            .args(["-m", "sh", "-c", script, "sh"])
            .arg(&self.folder)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        std::fs::read_to_string(self.path("/probe.out")).unwrap_or_else(|error| {
            let said = String::from_utf8_lossy(&booted.stdout);
            panic!("{error}: {said}{}", String::from_utf8_lossy(&booted.stderr))
        })
    }
}

/// Submits a complete form, always the same; returns where its receipt is. A server that has the
/// response already gives the first receipt again.
fn submitted(address: &str) -> String {
    let mut fields = complete();
    fields.push(("response_id", "0190a000-0000-7000-8000-000000000001"));
    let media_type = [("Content-Type", "application/x-www-form-urlencoded")];
    let (path, body) = ("/s/satisfaction-2026", form(&fields));
    let answer = exchange(address, "POST", path, &media_type, body.as_bytes());
    assert_eq!(answer.status, 303, "{}", answer.text());
    answer.header("location").unwrap().to_owned()
}

/// The package that `MINYI_TEST_DEB` names, or a new one.
fn package(wanted: &str, scratch: &Scratch) -> PathBuf {
    if wanted != "1" {
        return PathBuf::from(wanted);
    }
    let package = scratch.path("minyi.deb");
    let made = Command::new("cargo")
        .args(["deb", "--locked", "-o"])
        .arg(&package)
        .current_dir(root())
        .status()
        .unwrap();
    assert!(made.success(), "cargo deb failed");
    package
}

/// The same package as a later version.
fn later(package: &Path, scratch: &Scratch) -> PathBuf {
    let (folder, later) = (scratch.path("later"), scratch.path("later.deb"));
    let script = "dpkg-deb -R \"$1\" \"$2\" && sed -i 's/^Version: .*/Version: 99.0.0-1/' \
                  \"$2/DEBIAN/control\" && dpkg-deb --root-owner-group -b \"$2\" \"$3\"";
    let made = Command::new("sh")
        .args(["-c", script, "sh"])
        .args([package, &folder, &later])
        .stdout(Stdio::null())
        .status()
        .unwrap();
    assert!(made.success());
    later
}

#[test]
fn the_package_is_installed_upgraded_and_removed_and_the_data_stay() {
    let Ok(wanted) = std::env::var("MINYI_TEST_DEB") else {
        eprintln!("SKIPPED: MINYI_TEST_DEB is not set");
        return;
    };
    let scratch = Scratch::new("deb");
    let first = package(&wanted, &scratch);
    let debian = Debian::fresh();
    debian.install(&first);
    let owner = |path: &str| {
        debian
            .run(&["stat", "-c", "%U:%G %a", path])
            .trim()
            .to_owned()
    };
    assert_eq!(owner("/var/lib/minyi"), "minyi:minyi 700");
    assert_eq!(owner("/etc/minyi/minyi.env"), "root:root 600");
    assert!(debian.path("/usr/share/minyi/surveys/areas.toml").is_file());
    assert!(
        debian
            .run(&["ls", "/etc/minyi/surveys/"])
            .contains("satisfaction-2026")
    );
    assert_eq!(
        debian.run(&["systemctl", "is-enabled", "minyi"]).trim(),
        "enabled"
    );
    debian.run(&["systemd-analyze", "verify", "--man=no", "minyi.service"]);
    let mut receipt = String::new();
    debian.while_serving(|address| receipt = submitted(address));
    // What an operator changed, and what the office added.
    let env = debian.path("/etc/minyi/minyi.env");
    let changed = std::fs::read_to_string(&env).unwrap() + "\nMINYI_BATCH=77\n";
    std::fs::write(&env, &changed).unwrap();
    std::fs::write(debian.path("/var/lib/minyi/surveys/note.txt"), "ours").unwrap();
    debian.run(&["rm", "-r", "/var/lib/minyi/surveys/fixtures-2026"]);
    let key = std::fs::read(debian.path("/var/lib/minyi/invitation.key")).unwrap();
    let is_kept = || {
        assert_eq!(
            std::fs::read(debian.path("/var/lib/minyi/invitation.key")).unwrap(),
            key
        );
        assert!(debian.path("/var/lib/minyi/minyi.sqlite").is_file());
        assert!(debian.path("/var/lib/minyi/surveys/note.txt").is_file());
        // An upgrade never brings back what the office removed.
        assert!(!debian.path("/var/lib/minyi/surveys/fixtures-2026").exists());
        assert_eq!(owner("/var/lib/minyi"), "minyi:minyi 700");
    };

    debian.install(&later(&first, &scratch));
    let version = debian.run(&["dpkg-query", "-W", "-f", "${Version} ${Status}", "minyi"]);
    assert_eq!(version, "99.0.0-1 install ok installed");
    is_kept();
    assert_eq!(std::fs::read_to_string(&env).unwrap(), changed);
    let receipt_is_kept = || {
        debian.while_serving(|address| assert_eq!(submitted(address), receipt));
    };
    receipt_is_kept();
    debian.run(&[
        "setpriv",
        "--reuid=minyi",
        "--regid=minyi",
        "--clear-groups",
        "minyi",
        "doctor",
        "--data",
        "/var/lib/minyi",
    ]);

    debian.run(&["apt-get", "remove", "-y", "-qq", "minyi"]);
    is_kept();
    assert!(!debian.path("/usr/bin/minyi").exists() && env.exists());
    let said = debian.run(&["apt-get", "purge", "-y", "-qq", "minyi"]);
    is_kept();
    assert!(!debian.path("/etc/minyi").exists());
    assert!(said.contains("rm -r /var/lib/minyi"), "{said}");

    debian.install(&first);
    is_kept();
    receipt_is_kept();

    let nspawn = Command::new("systemd-nspawn").arg("--version").output();
    if nspawn.is_err() {
        eprintln!("SKIPPED: the service under systemd; systemd-nspawn is not installed");
        return;
    }
    let said = debian.boot();
    let lines: Vec<String> = said
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    assert_eq!(
        lines,
        [
            "HTTP/1.0 200 OK",
            "CapEff: 0000000000000000",
            "NoNewPrivs: 1",
            "Seccomp: 2",
            "active 0",
            "inactive success",
            "end",
        ]
    );
}
