//! Has a locale file or a migration that comes or goes build the program anew: the macros that read the folders are not
//! seen to.

fn main() {
    println!("cargo:rerun-if-changed=src/locale");
    println!("cargo:rerun-if-changed=migrations");
}
