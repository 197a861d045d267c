//! The reason that changes in a running survey need.

use crate::collection::label::is_hidden;
use crate::commands::Exit;

/// Longest reason, characters.
pub const LONGEST: usize = 500;

/// The reason without spaces around it; `None` if it is empty, too long, or has control characters or
/// ones that are not seen.
#[must_use]
pub fn fit(written: &str) -> Option<&str> {
    let reason = written.trim();
    let is_unfit = |letter: char| letter.is_control() || is_hidden(letter);
    let is_fit =
        !reason.is_empty() && reason.chars().count() <= LONGEST && !reason.contains(is_unfit);
    is_fit.then_some(reason)
}

/// The reason without spaces around it. Prints what is wrong with it in the name of `command`.
///
/// # Errors
/// The exit code for an unfit reason.
pub fn checked(command: &str, written: &str) -> Result<String, Exit> {
    fit(written).map(str::to_owned).ok_or_else(|| {
        eprintln!(
            "{command}: --reason says in 1 to {LONGEST} visible characters why it changes; readers of \
             the figures see it"
        );
        Exit::Input
    })
}
