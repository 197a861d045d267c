//! The questionnaire as data: what is asked, of whom, in which words, and which answers are right.
//!
//! Pure: knows no web, database, clock or file system. The text of a file becomes a
//! [`Questionnaire`] or a list of mistakes; a form becomes [`answer::Complete`] or a list of
//! faults.
//!
//! | file | does |
//! |---|---|
//! | `instrument` | questionnaire, section, question, kind of answer |
//! | `text`, `choice`, `area` | texts in all languages; choices; areas |
//! | [`rule`] | the language of `ask_if`, `valid_if` and `screen_out_if` |
//! | [`mod@load`] | `questionnaire.toml` and `areas.toml`, with every mistake |
//! | [`answer`] | a form, a JSON object or a table row: complete answers, or all faults |
//! | [`conditions`] | simple rules as lists of conditions, for printing in words |
//! | [`codebook`] | the variables of the data, for exports |
//! | [`describe`] | the questionnaire as JSON |
//! | `compare`, `difference` | the differences between two questionnaires |
//! | `canonical` | the form from which a questionnaire version is known |
//! | `reach`, `candidate` | what can happen at a question, over all answers |
//! | `index`, `word` | positions of questions by code; the shape of codes |

pub mod answer;
mod area;
mod candidate;
mod canonical;
mod choice;
pub mod codebook;
mod compare;
pub mod conditions;
pub mod describe;
mod difference;
mod index;
mod instrument;
pub mod load;
mod reach;
pub mod rule;
mod text;
mod word;

pub use answer::is_reserved;
pub use area::{Area, Areas};
pub use canonical::{canonical, version_named};
pub use choice::{Choice, is_numeric};
pub use compare::differences;
pub use difference::{Change, Difference, Subject};
pub use instrument::{Kind, ObservationUnit, Question, Questionnaire, Section};
pub use load::{Mistake, load, load_areas, warnings};
pub use rule::Rule;
pub use text::Text;
