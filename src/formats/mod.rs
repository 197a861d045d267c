//! One file for each format in which figures and microdata leave.
//!
//! | file | does |
//! |---|---|
//! | [`csv`] | CSV for spreadsheets: published tables, and how every CSV is written |
//! | [`json_stat`] | published tables as JSON-stat 2.0 |
//! | [`number`] | how numbers are rounded in published files |
//! | [`microdata`] | responses with codebook, design and weights |

pub mod csv;
pub mod json_stat;
pub mod labelled_spec;
pub mod microdata;
pub mod number;
