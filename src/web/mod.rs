//! Routes and thin handlers. The only module that names actix.
