//! Charts as SVG: values in, markup out.
//!
//! | file | what |
//! |---|---|
//! | [`rows`] | one row for each group on a common axis: points, bars, or several marks |
//! | [`stacked`] | a 100 % bar of the answers to each question on one scale |
//! | [`tiles`] | a tile map of areas |
//! | [`trend`] | the waves of an indicator from left to right |
//! | [`span`] | one estimate with its interval, the target and the national line |
//! | [`drawing`] | any of them, on a page |
//! | [`plate`] | any of them as a file of its own, with title, legend and source |
//! | [`card`] | the pictures for shared links |
//! | [`marks`], [`legend`] | the marks of rows; what marks mean |
//! | [`icon`] | the shapes of verdicts |
//! | [`axis`], [`text_metrics`] | round ticks; widths and line breaks of labels |
//! | [`canvas`] | the SVG element, its alternative text, sizes and coordinates |
//!
//! Every chart has a title and a description with its finding. On a page colours come from the
//! stylesheet by class, and a chart is drawn twice, for phones and for desktops, so that no text is
//! smaller than 14 px. A file of its own has colours and fonts in its attributes.

pub mod axis;
pub mod canvas;
pub mod card;
pub mod drawing;
pub mod icon;
pub mod legend;
pub mod marks;
pub mod plate;
pub mod rows;
pub mod span;
pub mod stacked;
pub mod text_metrics;
pub mod tiles;
pub mod trend;

pub use axis::Axis;
pub use canvas::{AltText, Line};
pub use card::{Card, CardFigure, card};
pub use drawing::Drawing;
pub use legend::{Sign, legend};
pub use marks::Mark;
pub use plate::{Plate, plate};
pub use rows::{Group, Row, Rows};
pub use span::{Span, span};
pub use stacked::{Bar, Stacked};
pub use tiles::Tile;
pub use trend::{Trend, Wave};
