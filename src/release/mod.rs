//! From stored responses to figures, by the plan; which figures are provisional and which published.
//!
//! | file | does |
//! |---|---|
//! | [`stored`] | the figures of a survey from its stored responses |
//! | [`dataset`] | responses to columns: exclusions, variables, sample design, base weights |
//! | [`kept`] | the responses of a wave as columns that are kept beside the database |
//! | [`label_numbers`] | labels, numbered |
//! | `placement`, `counted_columns` | what becomes of each response; the columns of those that count |
//! | [`row`], [`columns`] | one response as a row; column names |
//! | [`sample_design`], `base_weights` | stratum and PSU of each row; weights before raking |
//! | [`spec`], [`margins`] | the plan as an estimation specification; the margins it rakes to |
//! | `codes` | codes of answers, as a specification takes them |
//! | [`scenarios`] | the other choices under which the headlines are computed again |
//! | `analyses` | the analyses behind the figures |
//! | [`compute`] | columns to [`figures`] |
//! | `indicators`, `sections` | the figures of one indicator, and of its questions |
//! | [`channel_groups`], `channel_effects` | which responses came the same way; what they move |
//! | [`scores`], `block_effects` | what one response says, to the first order; what address blocks move |
//! | `composition`, `category_totals` | how far weighting went; rows and weight by category |
//! | [`agreement`], [`amendment`] | whether folders agree with what was answered; what an amendment changes |
//! | [`hold_effect`] | what holding responses changes |
//! | [`history`], [`headlines`] | wordings and plans that were in use before |
//! | [`versions`] | the stored versions of a questionnaire |
//! | [`public`], [`coarse`] | the figures of the office as the public gets them; rounding for it |
//! | [`cells`], `measures`, `layouts`, [`figure_cells`] | who is in which cell of a table, counted; where it is shown |
//! | [`hidden_cells`], `timeline`, [`published_cells`] | what may not be published; who was in which release; what releases published |
//! | [`imprint`] | number, time and reason of a release |
//! | [`marker`], [`moment`] | the shorthand where a number is missing; moments in words |
//! | [`public_lines`] | the lines of a release with their published numbers |
//! | [`sheets`], [`quality_report`] | the workbook and the quality report of a release, as values |
//! | `labels` | the words for variables and their categories |
//! | [`dispositions`], [`interviews`] | what became of the issued cases; response rates |
//! | [`back_checks`] | error rates of enumerators |
//! | [`change`] | waves and modes compared |
//! | [`rehearsal`], `rehearsal_forms` | figures from fictional responses, to find what a plan cannot compute |
//! | [`tables`] | the figures as lines of a table, for every format |
//! | [`report`] | the tables of the report, for the office |
//! | [`rounding`] | rounding for readers |
//! | [`provisional`] | the figures as they are now, for the office |
//! | [`register`] | drafts and releases, what was decided about them, which are public |
//! | [`refresh`] | computes provisional figures again as responses come in |
//! | [`watch`], `background`, [`fieldwork_counts`] | looks at the responses in the background; what fieldwork has brought |
//! | [`fieldwork_report`], `fieldwork_frame` | how fieldwork goes on a day; what the frame says of it |
//! | [`weighting`] | what the weights do step by step, and what other choices would do |
//! | [`quality_input`], [`quality_findings`] | the responses as the rules of quality see them; what they find |

pub mod agreement;
pub mod amendment;
mod analyses;
pub mod back_checks;
mod background;
pub mod base_weights;
mod block_effects;
mod category_totals;
pub mod cells;
pub mod change;
mod channel_effects;
pub mod channel_groups;
pub mod coarse;
mod codes;
pub mod columns;
mod composition;
pub mod compute;
mod counted_columns;
pub mod dataset;
pub mod dispositions;
pub mod fieldwork_counts;
mod fieldwork_frame;
pub mod fieldwork_report;
pub mod figure_cells;
pub mod figures;
pub mod headlines;
pub mod hidden_cells;
pub mod history;
pub mod hold_effect;
pub mod imprint;
mod indicators;
pub mod interviews;
pub mod kept;
pub mod label_numbers;
pub mod labels;
mod layouts;
pub mod margins;
pub mod marker;
mod measures;
pub mod moment;
mod placement;
pub mod provisional;
pub mod public;
pub mod public_lines;
pub mod published_cells;
pub mod quality_findings;
pub mod quality_input;
pub mod quality_report;
pub mod refresh;
pub mod register;
pub mod rehearsal;
mod rehearsal_forms;
pub mod report;
pub mod rounding;
pub mod row;
pub mod sample_design;
pub mod scenarios;
pub mod scores;
mod sections;
pub mod sheets;
pub mod spec;
pub mod stored;
pub mod tables;
mod timeline;
pub mod versions;
pub mod watch;
pub mod weighting;

pub use provisional::Provisional;
