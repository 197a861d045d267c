//! The fictional city in a data folder, made without a server.

use std::path::Path;

use minyi::demo::instruments;
use minyi::demo::populate::populate;
use minyi::store::{DatabaseUrl, Store};
use minyi::survey::Catalogue;

use super::Server;

/// Makes survey folders and `responses` responses over all waves in the folder `data`.
pub fn make(data: &Path, responses: u32) -> Catalogue {
    let surveys = data.join("surveys");
    instruments::write(&surveys).unwrap();
    let catalogue = Catalogue::load(&surveys).unwrap();
    let store = Store::open(&DatabaseUrl::Sqlite(data.join("minyi.sqlite"))).unwrap();
    populate(&catalogue, &store, 1, responses, &mut |_| ()).unwrap();
    catalogue
}

/// A server of the city in `data`; figures are computed again after each response.
pub fn serve(data: &Path) -> Server {
    Server::start(&["serve", "--batch", "1", "--data", data.to_str().unwrap()])
}
