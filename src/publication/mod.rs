//! Makes releases: the files of a release from its figures, a draft from the database, a folder that
//! anyone can verify.
//!
//! | file | does |
//! |---|---|
//! | [`draft`] | a draft of a release from the stored responses |
//! | [`files`] | all files of a release, from its figures and its imprint |
//! | [`evidence`] | evidence that may be shown |
//! | [`folder`] | a release as a folder |
//! | [`verify`] | whether such a folder is complete, unchanged and right |

pub mod draft;
pub mod evidence;
pub mod files;
pub mod folder;
pub mod verify;
