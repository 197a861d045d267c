//! Makes cargo build the program again when a locale file or a migration is added or removed. Cargo
//! does not know that macros read these folders.

fn main() {
    println!("cargo:rerun-if-changed=src/locale");
    println!("cargo:rerun-if-changed=migrations");
}
