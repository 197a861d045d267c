//! The HTTP server under the routes: connections, bodies, limits, the guard around every request.
//!
//! | file | does |
//! |---|---|
//! | [`server`] | listens, and stops without losing anything |
//! | [`connection`] | closes connections that do not move |
//! | [`guard`] | what every request passes, and the headers of every answer |
//! | [`limits`] | who sends, and how much one sender may send |
//! | [`body`] | reads bodies within limits of size, time and memory |
//! | [`form`] | strict decoding of forms |
//! | [`document`] | documents compressed ahead, with validators |
//! | [`origin`] | refuses what other websites make browsers send |
//! | [`request`] | the request under way: its number, its address |

pub mod body;
pub mod connection;
pub mod document;
pub mod form;
pub mod guard;
pub mod limits;
pub mod origin;
pub mod request;
pub mod server;
