//! One file for each format in which figures and microdata leave.
//!
//! | file | does |
//! |---|---|
//! | [`csv`] | CSV for spreadsheets: published tables, and how every CSV is written |
//! | [`json_stat`] | published tables as JSON-stat 2.0 |
//! | [`audit_csv`] | the audit record |
//! | [`number`] | how numbers are written in files |
//! | [`microdata`], [`design_columns`] | responses; their columns of the design |
//! | [`codebook_csv`] | the files beside microdata: codebook, frame, areas |
//! | [`labelled_spec`] | the specification of an export with labels in its cells |
//! | [`export_error`] | why an export stopped |

pub mod audit_csv;
pub mod codebook_csv;
pub mod csv;
pub mod design_columns;
pub mod export_error;
pub mod json_stat;
pub mod labelled_spec;
pub mod microdata;
pub mod number;
