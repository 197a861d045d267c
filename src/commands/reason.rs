//! The reason that changes in a running survey need.

use crate::collection::label;
use crate::commands::Exit;

/// Longest reason, characters.
pub const LONGEST: usize = 500;

/// The reason without spaces around it. Prints what is wrong with it in the name of `command`.
///
/// # Errors
/// The exit code for an unfit reason.
pub fn checked(command: &str, written: &str) -> Result<String, Exit> {
    label::reason(written, LONGEST)
        .map(str::to_owned).ok_or_else(|| {
        eprintln!(
            "{command}: --reason says in 1 to {LONGEST} visible characters why it changes; readers of \
             the figures see it"
        );
        Exit::Input
    })
}
