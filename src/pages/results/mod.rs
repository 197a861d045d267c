//! The published figures of a survey: each finding as a sentence and a figure, with its data.
//!
//! | file | what |
//! |---|---|
//! | `page` | the page of one wave |
//! | `quality` | the quality report of a release |
//! | `release` | the two public pages of a release |
//! | `charts`, `cards` | its charts, and its pictures for shared links, as files |
//! | `glance` | which county, who answered, the dates |
//! | `pairs` | goods by item, in pieces and by weight |
//! | `wording` | the questions as they were asked |
//! | `quotation` | files to take, how to cite, whom to ask |
//! | `objection` | asking about a published number |
//! | `archive`, `calendar` | all releases; the release calendar |
//! | `page` | the provisional figures of one wave |
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
//! | `frame` | what a figure and a table are made of |
//! | `figure`, `comparison`, `table` | a chart with finding and legend; a chart of estimates; tables |
//! | [`number`] | the only file that rounds figures |
//! | `view` | what all parts need |

mod archive;
mod calendar;
mod cards;
mod channels;
mod charts;
mod comparison;
mod composition;
mod counties;
mod departments;
mod downloads;
mod evidence;
mod figure;
mod finding;
mod frame;
mod glance;
mod headline;
mod held;
mod history;
mod likert;
mod list;
mod method;
pub mod number;
mod objection;
mod page;
mod pairs;
mod parts;
mod people;
mod press;
mod quality;
mod quotation;
mod references;
mod release;
mod robustness;
mod sections;
mod table;
mod trend;
mod view;
mod wording;

pub use archive::{ArchiveEntry, ArchiveRelease, Awaited, archive, not_yet};
pub use calendar::{CalendarChange, CalendarLine, CalendarStatus, calendar};
pub use cards::{Cards, cards};
pub use charts::{Chart, charts};
pub use list::{Absence, Card, release_cards};
pub use objection::{About, ReleaseLine, form as objection_form, reply as objection_reply};
pub use page::{article, finding_of, page};
pub use quality::quality;
pub use release::{release, release_groups};
