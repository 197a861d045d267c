//! The rule language of `ask_if`, `valid_if` and `screen_out_if`.
//!
//! Three-valued logic (Kleene): what depends on an unanswered question is unknown, neither true nor
//! false. Browsers evaluate the same compiled form ([`Rule::json`]); `tests/journeys/rules.json`
//! checks that both give the same answers.
//!
//! | file | does |
//! |---|---|
//! | `compiled` | a checked rule: its text and its tree |
//! | `expression` | the tree: operators, variables, constants |
//! | `scope` | the variables that a rule may name, with their types |
//! | `token`, `cursor`, `parse`, `check` | from the text to the tree, with types checked |
//! | `evaluate` | the value of a rule |
//! | `print` | the tree as text and as JSON |
//! | `mistake` | a mistake in a rule |

mod check;
pub(super) mod compiled;
mod cursor;
pub(super) mod evaluate;
pub(super) mod expression;
mod mistake;
mod parse;
mod print;
pub(super) mod scope;
mod token;

pub use compiled::Rule;
pub use evaluate::{Chosen, Operand};
pub use expression::{Literal, Variable};
pub use mistake::RuleMistake;
pub use scope::{Scope, Type};
