//! Routes and thin handlers. The only module that names actix.

pub mod document;
pub mod form;
pub mod guard;
pub mod problem;
