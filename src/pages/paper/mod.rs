//! Paper forms: printed, typed by two people, compared, decided, uploaded.
//!
//! | file | page |
//! |---|---|
//! | [`print`] | the form to print on A4 |
//! | `items` | its questions, with code boxes |

mod items;
pub mod print;
