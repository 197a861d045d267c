//! Files that were checked and wait for the confirmation. They are kept in memory for a while, so
//! that what is stored is what was checked; after a restart a file is uploaded again.

use std::sync::{Mutex, MutexGuard, PoisonError};

use actix_web::web::Bytes;

use crate::questionnaire::answer::Mode;

/// How long a file waits, microseconds.
const LASTS: i64 = 15 * 60 * 1_000_000;

/// Most files that wait at once; the oldest gives way. A file has at most 6 MiB.
const MOST: usize = 8;

/// A file that was checked.
#[derive(Debug, Clone)]
pub struct Pending {
    /// Known only to the page of the person who uploaded it.
    pub token: String,
    /// Id of that person's account.
    pub account: String,
    /// The survey.
    pub survey: String,
    /// How the forms were filled in.
    pub mode: Mode,
    /// The name of the file.
    pub name: String,
    /// Its content.
    pub content: Bytes,
    /// When it was uploaded, microseconds UTC.
    pub uploaded_at: i64,
}

/// The files that wait.
#[derive(Debug, Default)]
pub struct PendingUploads(Mutex<Vec<Pending>>);

impl PendingUploads {
    fn lock(&self) -> MutexGuard<'_, Vec<Pending>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a file. Those that have waited too long are dropped, and the oldest if there are many.
    pub fn keep(&self, file: Pending) {
        let mut files = self.lock();
        let now = file.uploaded_at;
        files.retain(|own| own.uploaded_at + LASTS > now);
        if files.len() >= MOST {
            files.remove(0);
        }
        files.push(file);
    }

    /// Takes the file with this token, if the account uploaded it for the survey and it has not
    /// waited too long at `now`, microseconds UTC.
    pub fn take(&self, token: &str, account: &str, survey: &str, now: i64) -> Option<Pending> {
        let mut files = self.lock();
        files.retain(|own| own.uploaded_at + LASTS > now);
        let is_wanted =
            |own: &Pending| own.token == token && own.account == account && own.survey == survey;
        let place = files.iter().position(is_wanted)?;
        Some(files.remove(place))
    }
}
