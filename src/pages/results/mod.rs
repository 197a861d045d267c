//! The published figures of a survey: each finding as a sentence and a figure, with its data.
//!
//! | file | what |
//! |---|---|
//! | `page` | the page of one wave |
//! | `quality` | the quality report of a release |
//! | `list` | the list of all results; the page of a survey without figures |
//! | `headline` | the card of an indicator |
//! | `finding` | the findings in sentences |
//! | `counties` | an indicator by county, with the tile map |
//! | `sections`, `likert` | an indicator by section, and by question |
//! | `trend`, `people` | an indicator by wave, by group of people |
//! | `robustness` | other choices, "don't know", tipping points |
//! | `parts` | the sampled beside the volunteers |
//! | `channels` | which channels move a figure, and by how much |
//! | `references` | other ways to compute an indicator |
//! | `departments` | the questions by plan indicator |
//! | `composition` | the sample before and after weighting, beside the census |
//! | `evidence` | the products that prove a missed target of 100 % |
//! | `history` | the wordings and plans that were in use before |
//! | `method` | how the figures were made, how precise they are |
//! | `downloads`, `press` | downloads, citation, hashes; a paragraph for the press |
//! | `figure`, `comparison`, `table` | a chart with finding and legend; a chart of estimates; tables |
//! | [`number`] | the only file that rounds figures |
//! | `view` | what all parts need |

mod channels;
mod comparison;
mod composition;
mod counties;
mod departments;
mod downloads;
mod evidence;
mod figure;
mod finding;
mod headline;
mod history;
mod likert;
mod list;
mod method;
pub mod number;
mod page;
mod parts;
mod people;
mod press;
mod quality;
mod references;
mod robustness;
mod sections;
mod table;
mod trend;
mod view;

pub use list::{Absence, Card, cards, index, none_yet};
pub use page::{article, finding_of, page};
pub use list::{Absence, cards, index, none_yet};
pub use page::{article, page};
pub use quality::quality;
