//! Command line -> one command -> exit code.

fn main() {}
