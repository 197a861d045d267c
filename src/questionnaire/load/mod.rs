//! `questionnaire.toml` and `areas.toml`, each checked as a whole: every mistake with file, line
//! and cure, not only the first.
//!
//! | file | reads |
//! |---|---|
//! | `questionnaire` | the top level of `questionnaire.toml` |
//! | `areas` | `areas.toml` |
//! | `sections`, `question`, `choices` | `[[section]]`, `[[section.question]]`, `[choices.NAME]` |
//! | `draft` | sections and questions whose rules are not compiled yet |
//! | `rules` | the rules, once all questions are known |
//! | `dates`, `texts` | dates; texts in all languages |
//! | `reader` | a TOML table key by key |
//! | `mistake` | a mistake in a file |
//! | `warnings` | what is allowed, but is probably a mistake |

mod areas;
mod choices;
mod dates;
mod draft;
mod mistake;
mod question;
mod questionnaire;
mod reader;
mod rules;
mod sections;
mod texts;
mod warnings;

pub use areas::load_areas;
pub use mistake::Mistake;
pub use questionnaire::load;
pub use warnings::warnings;
