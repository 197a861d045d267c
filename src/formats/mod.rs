//! One file for each format in which figures and microdata leave.
//!
//! | file | does |
//! |---|---|
//! | [`csv`] | CSV for spreadsheets: published tables, and how every CSV is written |
//! | [`json_stat`] | published tables as JSON-stat 2.0 |
//! | [`number`] | how numbers are written in files |
//! | [`report_xlsx`] | the tables of the report as a workbook |
//! | [`column`], [`columns`], [`column_names`] | a column of the microdata, its cells, and what writes them; all columns; short names |
//! | [`microdata`], [`row_cells`], [`design_columns`] | responses as rows of cells, the same for all formats; their columns of the design |
//! | [`cell_labels`] | labels of codes by version |
//! | [`microdata_csv`] | microdata as CSV |
//! | [`codebook_csv`] | the files beside microdata: codebook, frame, areas |
//! | [`labelled_spec`] | the specification of an export with labels in its cells |
//! | [`research_csv`] | a file for researchers, in which nobody can be recognised |
//! | [`ddi`], [`xml`] | the documentation of microdata as DDI-Codebook 2.5; how XML is written |
//! | [`datapackage`] | the description of a CSV file as a Frictionless data package |
//! | [`export_error`] | why an export stopped |

pub mod cell_labels;
pub mod codebook_csv;
pub mod column;
pub mod column_names;
pub mod columns;
pub mod csv;
pub mod datapackage;
pub mod ddi;
pub mod design_columns;
pub mod export_error;
pub mod json_stat;
pub mod labelled_spec;
pub mod microdata;
pub mod microdata_csv;
pub mod number;
pub mod report_xlsx;
pub mod research_csv;
pub mod row_cells;
pub mod xml;
