//! Paper forms: printed, typed by two people, compared, decided, uploaded.
//!
//! | file | page |
//! |---|---|
//! | [`print`] | the form to print on A4 |
//! | `items` | its questions, with code boxes |
//! | [`list`] | the forms of a survey: which wait, differ, are done |
//! | [`typing`] | typing a form by keyboard |
//! | [`compare`] | what differs between two entries, and what is right |
//! | [`upload`] | uploading a file of forms |

pub mod compare;
mod items;
pub mod list;
pub mod print;
pub mod typing;
pub mod upload;
