//! One file per command of the `minyi` program.
