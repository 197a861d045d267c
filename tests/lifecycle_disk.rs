//! A full disk: a server on a small filesystem, which is filled while respondents send.
//!
//! It needs root for the mount. Without root only `durability_faults.rs` tests a full disk, which
//! it simulates.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use minyi::store::{DatabaseUrl, Store};

use crate::support::respondents::{Crowd, Form, SURVEY, write_survey};
use crate::support::{Scratch, Server};

/// A filesystem of 64 MiB that is unmounted when the test ends.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(at: PathBuf) -> Option<SmallDisk> {
        std::fs::create_dir_all(&at).unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=64m", "tmpfs"])
            .arg(&at)
            .status();
        if mounted.is_ok_and(|status| status.success()) {
            return Some(SmallDisk(at));
        }
        println!("SKIPPED: no right to mount a small disk; run as root");
        None
    }

    fn filler(&self) -> PathBuf {
        self.0.join("filler")
    }

    /// Fills every byte, also those that the database frees meanwhile.
    fn fill(&self) {
        let mut file = std::fs::File::options()
            .create(true)
            .append(true)
            .open(self.filler())
            .unwrap();
        for size in [1 << 16, 1] {
            while file.write_all(&vec![b'x'; size]).is_ok() {}
        }
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

fn post(server: &Server) -> crate::support::Answer {
    server.request(
        "POST",
        &format!("/s/{SURVEY}"),
        &[("Content-Type", "application/x-www-form-urlencoded")],
        Form::new(true).body().as_bytes(),
    )
}

/// Waits up to five seconds for `there`.
fn soon(what: &str, there: impl FnMut() -> bool) {
    crate::support::wait_for(what, Duration::from_secs(5), there);
}

#[test]
fn a_full_disk_refuses_with_503_reads_on_loses_nothing_and_goes_on_by_itself_when_there_is_room() {
    let scratch = Scratch::new("small-disk");
    let Some(disk) = SmallDisk::mount(scratch.path("disk")) else {
        return;
    };
    write_survey(&scratch.path("surveys"));
    let (data, surveys) = (disk.0.join("data"), scratch.path("surveys"));
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    let server = Server::start(&[
        "serve",
        "--data",
        &text(&data),
        "--surveys",
        &text(&surveys),
        "--reserve",
        "8",
    ]);
    assert_eq!(server.get("/readyz").status, 200);
    let reserve = data.join("minyi.reserve");
    assert_eq!(std::fs::metadata(&reserve).unwrap().len(), 8 << 20);
    for _ in 0..2 {
        let playing = Crowd::at(&server.address, 16).start(Vec::new());
        std::thread::sleep(Duration::from_millis(200));
        disk.fill();
        // Checkpoints free space too: fill until nothing more is freed.
        soon("the refusal", || {
            disk.fill();
            (0..5).all(|_| post(&server).status == 503)
        });
        let refused = post(&server);
        assert_eq!(refused.status, 503);
        assert!(refused.header("retry-after").is_some());
        assert_eq!(server.get("/readyz").status, 503);
        assert!(!reserve.exists(), "the reserve was freed");
        // Pages can be read as before.
        for path in [&format!("/s/{SURVEY}"), "/", "/results", "/healthz"] {
            assert_eq!(server.get(path).status, 200, "{path}");
        }
        std::thread::sleep(Duration::from_millis(200));
        std::fs::remove_file(disk.filler()).unwrap();
        soon("the recovery", || post(&server).status == 303);
        soon("readiness", || server.get("/readyz").status == 200);
        assert!(reserve.exists(), "the reserve was made again");
        std::thread::sleep(Duration::from_millis(100));
        let journal = playing.stop();
        assert!(journal.statuses.get(&503).is_some_and(|n| *n > 0));
        let store = Store::open_reader(&DatabaseUrl::Sqlite(data.join("minyi.sqlite"))).unwrap();
        journal.assert_kept(&store, -1);
        let audit = store.audit(&mut |_| ()).unwrap();
        assert_eq!(audit.n_discrepancies, 0, "{:?}", audit.discrepancies);
    }
    // A server that starts without room for its reserve serves pages, and waits for room.
    assert_eq!(server.terminate(), Some(0));
    let _ = std::fs::remove_file(&reserve);
    let stored = std::fs::read(data.join("minyi.sqlite")).unwrap().len();
    assert!(stored > 0);
    let free = minyi::store::free_bytes(&data).unwrap();
    std::fs::write(disk.filler(), vec![b'x'; (free - (4 << 20)) as usize]).unwrap();
    let server = Server::start(&[
        "serve",
        "--data",
        &text(&data),
        "--surveys",
        &text(&surveys),
        "--reserve",
        "8",
    ]);
    assert_eq!(server.get("/readyz").status, 503);
    assert_eq!(post(&server).status, 503);
    assert_eq!(server.get(&format!("/s/{SURVEY}")).status, 200);
    std::fs::remove_file(disk.filler()).unwrap();
    soon("the recovery", || post(&server).status == 303);
}
