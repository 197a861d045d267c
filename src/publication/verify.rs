//! Whether a folder is right.
