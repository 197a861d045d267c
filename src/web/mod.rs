//! Routes and thin handlers. The only module that names actix.

pub mod routes;

pub mod api;
pub mod questionnaire;
pub mod results;
pub mod site;

pub mod address;
pub mod app;
pub mod body;
pub mod connection;
pub mod document;
pub mod error;
pub mod figures;
pub mod form;
pub mod guard;
pub mod limits;
pub mod problem;
pub mod request_id;
pub mod server;

pub use server::{Listen, Stopped, serve};
