//! Answers parsed against the questionnaire: complete, or the list of all faults.
//!
//! A form, a JSON object and a row of a table all become one `sheet` of values by question, and one
//! `walk` through the questionnaire judges it.
//!
//! | file | does |
//! |---|---|
//! | `parse` | from a form or a JSON object to an [`Outcome`] |
//! | `row`, `cell` | from a row of a table to an [`Outcome`]; codes, labels and numbers in cells |
//! | `columns` | the columns of tables |
//! | `json` | the `answers` of a JSON response, with repeated keys |
//! | `sheet` | the values by question, before they are judged |
//! | `walk` | decides for each question whether it is asked and whether its answer is right |
//! | `read` | reads the values of one question as its kind demands |
//! | `fault` | what a respondent can correct |
//! | `complete`, `value` | the answers of a complete response |
//! | `asked` | whether stored answers lead to a question |
//! | `mode` | the modes of collection |
//! | `reserved` | names that no question may have |

mod asked;
mod cell;
pub(super) mod columns;
mod complete;
mod fault;
mod json;
pub(super) mod mode;
mod parse;
mod read;
pub(super) mod reserved;
mod row;
mod sheet;
mod value;
mod walk;

pub use asked::is_asked;
pub use columns::{check_header, columns};
pub use complete::Complete;
pub use fault::{Fault, FaultKind};
pub use json::{JsonAnswers, MOST_VALUES, TOO_MANY_VALUES};
pub use mode::Mode;
pub use parse::{Outcome, asked, parse, parse_json};
pub use read::half_width;
pub use reserved::{is_reserved, is_reserved_column};
pub use row::parse_row;
pub use value::{Code, Value};
