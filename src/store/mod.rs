//! The database: one writer with group commit, many readers. The only module that names diesel.
