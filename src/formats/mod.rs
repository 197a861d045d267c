//! One file for each format in which figures and microdata leave, and in which questionnaires come in.
//!
//! | file | does |
//! |---|---|
//! | [`csv`] | CSV for spreadsheets: published tables, and how every CSV is written |
//! | [`json_stat`] | published tables as JSON-stat 2.0 |
//! | [`release_csv`], [`release_json_stat`], [`release_xlsx`] | the estimates of a release as files |
//! | [`release_feed`] | the releases as an Atom feed |
//! | [`quality_json`], [`json_ld`], [`release_package`] | its quality report; descriptions for search engines and for programs |
//! | [`heading_style`] | marks the titles in a workbook as headings |
//! | [`audit_csv`] | the audit record |
//! | [`number`] | how numbers are written in files |
//! | [`report_xlsx`] | the tables of the report as a workbook |
//! | [`column`], [`columns`], [`column_names`] | a column of the microdata, its cells, and what writes them; all columns; short names |
//! | [`microdata`], [`row_cells`], [`design_columns`] | responses as rows of cells, the same for all formats; their columns of the design |
//! | [`cell_labels`] | labels of codes by version |
//! | [`microdata_csv`], [`gb18030`] | microdata as CSV; CSV in GB18030 |
//! | [`sav`], [`sav_dictionary`], [`sav_variable`], [`sav_labels`], [`sav_cases`] | SPSS |
//! | [`dta`], [`dta_dictionary`] | Stata |
//! | [`parquet`], [`json`] | Parquet, JSON |
//! | [`xlsx`], [`xlsx_sheet`], [`xlsx_tables`] | the workbook for statisticians |
//! | [`stored_number`] | numbers and texts as binary formats store them |
//! | [`microdata_file`] | microdata as one file of any of these formats |
//! | [`codebook_csv`] | the files beside microdata: codebook, frame, areas |
//! | [`labelled_spec`] | the specification of an export with labels in its cells |
//! | [`research_csv`] | a file for researchers, in which nobody can be recognised |
//! | [`ddi`], [`xml`] | the documentation of microdata as DDI-Codebook 2.5; how XML is written |
//! | [`datapackage`] | the description of a CSV file as a Frictionless data package |
//! | [`fonts`] | the fonts of charts and bulletins, and the characters that they lack |
//! | [`drawing`], [`png`], [`svg_outlines`] | an SVG that has been read; as PNG; as SVG without fonts |
//! | [`pdf`], [`bulletin`] | documents as PDF; the bulletin of a release |
//! | [`download`] | the files that the office offers |
//! | [`export_error`] | why an export stopped |
//! | [`imported`] | files of filled-in questionnaires |
//! | [`import_template`] | the workbook in which questionnaires are typed |

pub mod audit_csv;
pub mod bulletin;
pub mod cell_labels;
pub mod codebook_csv;
pub mod column;
pub mod column_names;
pub mod columns;
pub mod csv;
pub mod datapackage;
pub mod ddi;
pub mod design_columns;
pub mod download;
pub mod drawing;
pub mod dta;
pub mod dta_dictionary;
pub mod export_error;
pub mod fonts;
pub mod gb18030;
pub mod heading_style;
pub mod import_template;
pub mod imported;
pub mod json;
pub mod json_ld;
pub mod json_stat;
pub mod labelled_spec;
pub mod microdata;
pub mod microdata_csv;
pub mod microdata_file;
pub mod number;
pub mod parquet;
pub mod pdf;
pub mod png;
pub mod quality_json;
pub mod release_csv;
pub mod release_feed;
pub mod release_json_stat;
pub mod release_package;
pub mod release_xlsx;
pub mod report_xlsx;
pub mod research_csv;
pub mod row_cells;
pub mod sav;
pub mod sav_cases;
pub mod sav_dictionary;
pub mod sav_labels;
pub mod sav_variable;
pub mod stored_number;
pub mod svg_outlines;
pub mod xlsx;
pub mod xlsx_sheet;
pub mod xlsx_tables;
pub mod xml;
