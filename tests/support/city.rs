//! The fictional city in a data folder, made without a server.

use std::path::Path;
use std::sync::LazyLock;

use minyi::collection::InvitationKey;
use minyi::demo::instruments;
use minyi::demo::populate::{Fiction, populate};
use minyi::store::{DatabaseUrl, Store};
use minyi::survey::Catalogue;

use super::{Scratch, Server};

/// The key of the city's invitations.
static KEY: LazyLock<InvitationKey> = LazyLock::new(|| InvitationKey::new([7; 32]));

/// A city of `responses` responses over all waves.
pub fn fiction(catalogue: &Catalogue, seed: u64, responses: u32) -> Fiction<'_> {
    Fiction {
        catalogue,
        seed,
        responses,
        invitation_key: &KEY,
    }
}

/// Makes survey folders and `responses` responses over all waves in the folder `data`.
pub fn make(data: &Path, responses: u32) -> Catalogue {
    let surveys = data.join("surveys");
    instruments::write(&surveys).unwrap();
    let catalogue = Catalogue::load(&surveys).unwrap();
    let store = Store::open(&DatabaseUrl::Sqlite(data.join("minyi.sqlite"))).unwrap();
    std::fs::write(data.join("invitation.key"), "07".repeat(32)).unwrap();
    populate(&fiction(&catalogue, 1, responses), &store, &mut |_| ()).unwrap();
    catalogue
}

/// A server of the city in `data`; figures are computed again after each response.
pub fn serve(data: &Path) -> Server {
    Server::start(&["serve", "--batch", "1", "--data", data.to_str().unwrap()])
}

/// A small city that nobody opens, so that it can be copied.
static SMALL: LazyLock<Scratch> = LazyLock::new(|| {
    let scratch = Scratch::new("small-city");
    make(&scratch.0, 1500);
    scratch
});

/// A copy of a city of 1,500 responses, which is made once.
pub fn copied(name: &str) -> Scratch {
    fn copy(from: &Path, to: &Path) {
        std::fs::create_dir_all(to).unwrap();
        for entry in std::fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            let to = to.join(entry.file_name());
            match entry.file_type().unwrap().is_dir() {
                true => copy(&entry.path(), &to),
                false => drop(std::fs::copy(entry.path(), to).unwrap()),
            }
        }
    }
    let scratch = Scratch::new(name);
    copy(&SMALL.0, &scratch.0);
    scratch
}
