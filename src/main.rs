//! Command line -> one command -> exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    minyi::commands::run(std::env::args_os())
}
