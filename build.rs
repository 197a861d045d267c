//! Has a locale file that comes or goes build the program anew: the macro that reads the folder is not seen to.

fn main() {
    println!("cargo:rerun-if-changed=src/locale");
}
