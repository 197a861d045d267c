//! Small inputs on which minyi was wrong once, with others of the same kind.
//!
//! | file | cases |
//! |---|---|
//! | `absent_codes` | codes that count and are in no row |
//! | `census` | samples that are the whole population |
//! | `commands` | links, devices and folders that commands write to; paths in error messages |
//! | `data_files` | quotes, line breaks, records that are too long, the lines in errors |
//! | `estimate` | not cases: runs of `minyi estimate` for the others |
//! | `import` | CSV files as spreadsheet programs and people make them |
//! | `import_again` | files that come again, saved in another way or with more rows |
//! | `import_export` | exports that are imported |
//! | `large_values` | values of very different size |
//! | `not_a_number` | texts that stand for missing values |
//! | `server` | signals, few open files, bodies that are too large |
//! | `weights` | weights that are too small or too large to be squared |

mod absent_codes;
mod census;
mod commands;
mod data_files;
mod estimate;
pub mod import;
mod import_again;
mod import_export;
mod large_values;
mod not_a_number;
mod server;
mod weights;
