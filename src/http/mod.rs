//! The HTTP server under the routes: connections, bodies, limits, the guard around every request.
//!
//! | file | does |
//! |---|---|
//! | [`server`] | the listener, and the server that calls the routes |
//! | [`connection`] | closes connections that make no progress |
//! | [`guard`] | wraps every request: its number, panics, the headers of the answer |
//! | [`sender`] | the address that a request comes from, also behind proxies |
//! | [`limits`] | limits how many submissions a sender or a channel may make |
//! | [`open_web`] | how many responses an address or a network of the open web may give |
//! | [`body`] | reads bodies within limits of size, time and memory |
//! | [`form`] | decodes forms strictly |
//! | [`document`] | documents that are compressed in advance, with ETags |
//! | [`origin`] | recognises requests that another website makes a browser send |
//! | [`request`] | number and URL of the current request |

pub mod body;
pub mod connection;
pub mod document;
pub mod form;
pub mod guard;
pub mod limits;
pub mod open_web;
pub mod origin;
pub mod request;
pub mod sender;
pub mod server;
