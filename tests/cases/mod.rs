//! Small inputs on which minyi was wrong once, with others of the same kind.
//!
//! | file | cases |
//! |---|---|
//! | `commands` | links, devices and folders that commands write to; paths in error messages |
//! | `import` | CSV files as spreadsheet programs and people make them |
//! | `server` | signals, few open files, bodies that are too large |

mod commands;
mod import;
mod server;
