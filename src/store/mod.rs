//! The database: one writer with group commit, many readers. The only module that names diesel.
//!
//! A response is acknowledged only after the transaction with it and its leaf is on disk. When the
//! writer is free, it commits together everything that waits in the queue, so that one sync stores
//! many responses.
//!
//! | file | does |
//! |---|---|
//! | [`handle`] | `Store`, the handle that other modules use |
//! | [`open`] | opens a database: lock, checks, migrations, writer |
//! | [`url`] | database URLs |
//! | [`connection`] | connections to either back end |
//! | [`postgres`] | whether a PostgreSQL database may be used |
//! | [`readers`] | a small pool of connections for reading |
//! | [`migrations`] | creates and migrates the tables |
//! | [`psu`] | moves the PSUs of earlier responses to their column |
//! | [`upkeep`] | settings of an open store; lock file; priority of threads |
//! | [`disk`] | kind of file system, free space, a reserve for a full disk |
//! | [`locks`] | PostgreSQL's advisory locks |
//! | [`writer`] | the handle to the one writer: its queue and its state |
//! | [`writer_thread`] | the thread that commits what is queued |
//! | [`work`] | the work in the queue |
//! | [`insert`] | stores a batch of responses in one transaction |
//! | [`statements`] | the writer's statements for each back end |
//! | [`transaction`] | transactions for changes of other tables, with their leaves |
//! | [`response`] | a stored response, its leaf and its receipt |
//! | [`schema`] | the tables for diesel |
//! | [`nonce`] | random keys for the hashes of leaves |
//! | [`questionnaire_version`], [`plan_version`] | the questionnaires and plans that were in use |
//! | [`amendment`] | a new wording or plan of a survey that has responses |
//! | [`tables`] | all tables in one list |
//! | [`logged_table`] | tables whose every row has a leaf |
//! | [`device_token`] | tokens of devices and scripts |
//! | [`staff`] | accounts of the office |
//! | [`session`] | sessions, used codes and one-time links of the office |
//! | [`audit`] | who did what in the office |
//! | [`invitation`] | invitations that are not spent, and how many were issued |
//! | [`fieldwork_change`] | openings, closings and extensions of fieldwork |
//! | [`release`], [`release_decision`] | drafts of releases, their files, what was decided about them |
//! | [`announcement`] | the calendar; who may see a release before its second |
//! | [`objection`], [`evidence_review`] | questions about published numbers; which evidence may be shown |
//! | [`visit`], [`back_check`] | visits to cases; checks of interviews |
//! | [`hold`], [`subject`] | proposals to hold responses, and decisions; the responses of a channel, an enumerator, a day |
//! | [`leaf_ranges`] | a set of leaves |
//! | [`block_share`] | how much the largest address block of a day gave |
//! | [`questionnaire_version`] | the questionnaires that were answered |
//! | [`paper_entry`], [`paper_change`] | entries of paper forms, and the responses that they become |
//! | [`rows`] | reads responses in leaf order |
//! | [`lookup`] | looks up many responses by their ids |
//! | [`head`] | reads everything up to the head of the log |
//! | [`ledger`] | audits the log against the rows |
//! | [`discrepancy`] | the contradictions that an audit can find |
//! | [`audits`] | audits the log once a day |
//! | [`backup`] | makes and verifies backups |
//! | [`backup_file`] | the format of a backup file |
//! | [`restore`] | restores a backup |
//! | [`write_back`] | writes SQLite's log back into the database file |
//! | [`check`] | checks a SQLite file for damage |
//! | [`health`] | the state of the store, shared by its threads |
//! | [`error`] | errors |
//! | [`meter`] | metrics |
//! | [`inspect`] | facts for `minyi doctor` |

mod amendment;
mod announcement;
mod audit;
mod audits;
mod back_check;
mod backup;
mod backup_file;
mod block_share;
mod check;
mod connection;
mod device_token;
mod discrepancy;
mod disk;
mod error;
mod evidence_review;
mod fieldwork_change;
mod handle;
mod head;
mod health;
mod hold;
mod insert;
mod inspect;
mod invitation;
mod leaf_ranges;
mod ledger;
mod locks;
mod logged_table;
mod lookup;
mod meter;
mod migrations;
mod nonce;
mod objection;
mod open;
mod paper_change;
mod paper_entry;
mod plan_version;
#[cfg(feature = "postgres")]
mod postgres;
mod psu;
mod questionnaire_version;
mod readers;
mod release;
mod release_decision;
mod response;
mod restore;
mod rows;
mod schema;
mod session;
mod staff;
mod statements;
mod subject;
mod tables;
mod transaction;
mod upkeep;
mod url;
mod visit;
mod work;
mod write_back;
mod writer;
mod writer_thread;

pub use amendment::{Amendment, PlanChange};
pub use announcement::{Announcement, EarlyReader};
pub use audit::AuditFilter;
pub use back_check::{BackCheck, CheckOutcome};
pub use backup::verify;
pub use backup_file::{BackupError, Manifest};
pub use block_share::{BlockScores, BlockShare, Scores};
pub use connection::{is_safe_sqlite, sqlite_version};
pub use device_token::DeviceToken;
pub use discrepancy::Discrepancy;
pub use disk::{FileSystem, file_system, free_bytes, may_write};
pub use error::{StoreError, SubmitError};
pub use evidence_review::EvidenceReview;
pub use fieldwork_change::FieldworkChange;
pub use handle::{Failure, IMPORT_KEY, Store};
pub use hold::{Held, Hold, HoldProposal, HoldReview, HoldStep, NewHold, WantedHoldDecision};
pub use inspect::Server;
pub use invitation::InvitationCount;
pub use leaf_ranges::LeafRanges;
pub use ledger::Audit;
pub use lookup::StoredAnswers;
pub use migrations::schema_version;
pub use objection::{Objection, ObjectionReply};
pub use paper_change::PaperOutcome;
pub use paper_entry::{PaperEntry, PaperForm, PaperSettlement};
pub use plan_version::PlanVersion;
pub use questionnaire_version::{QuestionnaireVersion, in_force};
pub use release::{NewRelease, ReadFile, Release, StoredFile};
pub use release_decision::{StoredDecision, WantedDecision, decided};
pub use response::{Leaf, Receipt, StoredResponse};
pub use restore::restore;
pub use session::{EntryLink, LogIn};
pub use staff::Sessions;
pub use subject::ResponsesOf;
pub use upkeep::{Priority, PsuInChannel, Upkeep, lower_priority, with_priority};
pub use url::{DatabaseUrl, UrlError};
pub use visit::{Visit, VisitsOutcome};
