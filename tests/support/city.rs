//! The fictional city in a data folder, made without a server.

use std::path::Path;
use std::sync::LazyLock;

use minyi::collection::InvitationKey;
use minyi::demo::instruments;
use minyi::demo::populate::{Fiction, populate};
use minyi::store::{DatabaseUrl, Store};
use minyi::survey::Catalogue;

use super::Server;

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
