//! Makes the questionnaire's style and script smaller, so that its page fits into ten TCP segments.
//!
//! | file | what |
//! |---|---|
//! | `style` | CSS without comments and white space |
//! | `script` | a script without comments and white space, with short names |
//! | `tokens` | the words, literals and signs of a script |
//! | `scopes` | the functions of a script, their variables, and short names for these |

mod scopes;
mod script;
mod style;
mod tokens;

pub use script::script;
pub use style::style;
