//! Paper forms: printing, typing, comparing, uploading.
//!
//! | file | pages |
//! |---|---|
//! | [`list`] | the forms, the printed form, the template |
//! | [`typing`] | typing a form |
//! | [`compare`] | a form: its differences and the decision |
//! | [`upload`] | uploading a file |
//! | [`pending`] | files that were checked and wait for the confirmation |
//! | [`date`] | date and time as they are typed |

pub mod compare;
pub mod date;
pub mod list;
pub mod pending;
pub mod typing;
pub mod upload;
