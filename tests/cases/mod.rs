//! Inputs on which minyi was wrong, and further ones of the same kinds.

mod absent_codes;
mod census;
mod data_files;
mod estimate;
mod large_values;
mod not_a_number;
mod weights;
