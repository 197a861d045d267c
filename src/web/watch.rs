//! Takes over changes of the surveys while the server runs: of their folders and of their fieldwork.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use actix_web::web::Data;

use crate::http::limits::Limits;
use crate::release::Provisional;
use crate::release::refresh::Source;
use crate::store::{Store, StoreError};
use crate::survey::Catalogue;
use crate::web::surveys::{Current, Surveys};

/// How often it is looked whether something changed.
const PAUSE: Duration = Duration::from_secs(3);

/// How long [`Watch::ask_and_wait`] waits.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long [`Watch::stop`] waits for a check under way.
const STOP_DEADLINE: Duration = Duration::from_secs(3);

/// The survey folders as they were read.
pub struct Folders {
    /// The surveys that can be served.
    pub catalogue: Catalogue,
    /// What is wrong with the others, each line as `file:line: what; cure`.
    pub mistakes: Vec<String>,
}

/// Looks at the survey folders. It gets the surveys that are served and whether somebody asks for it.
/// `None` if nothing changed since it looked last.
pub type Look = Box<dyn FnMut(&Catalogue, bool) -> Option<Folders> + Send>;

/// By which other threads ask for a check.
#[derive(Default)]
pub struct Watch {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// How often a check was asked for.
    asked: u64,
    /// How many of these requests are done.
    done: u64,
    is_stopping: bool,
}

impl Watch {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks for a check, at once.
    pub fn ask(&self) {
        self.lock().asked += 1;
        self.changed.notify_all();
    }

    /// Asks for a check and waits until it is done. Returns whether it was, within [`PATIENCE`].
    pub fn ask_and_wait(&self) -> bool {
        let mut state = self.lock();
        state.asked += 1;
        let own = state.asked;
        self.changed.notify_all();
        let waits = |state: &mut State| state.done < own && !state.is_stopping;
        let waited = self.changed.wait_timeout_while(state, PATIENCE, waits);
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.done >= own
    }

    /// Waits for the next check. The number of requests that it answers, and whether there are new
    /// ones; `None` when the server stops.
    fn next(&self) -> Option<(u64, bool)> {
        let waits = |state: &mut State| state.asked == state.done && !state.is_stopping;
        let waited = self.changed.wait_timeout_while(self.lock(), PAUSE, waits);
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        (!state.is_stopping).then_some((state.asked, state.asked > state.done))
    }

    fn done(&self, asked: u64) {
        self.lock().done = asked;
        self.changed.notify_all();
    }
}

/// What is changed.
pub(super) struct Watched {
    pub(super) current: Current,
    pub(super) store: Store,
    pub(super) provisional: Arc<Provisional>,
    pub(super) limits: Data<Limits>,
    /// Finds out whether a new survey has figures to wait for.
    pub(super) source: Source,
}

/// The thread that checks.
pub(super) struct Watcher {
    watch: Arc<Watch>,
    thread: Option<JoinHandle<()>>,
}

impl Watcher {
    /// Starts the thread.
    pub(super) fn start(watch: Arc<Watch>, watched: Watched, mut look: Look) -> Watcher {
        let own = Arc::clone(&watch);
        let thread = std::thread::Builder::new()
            .name("surveys".into())
            .spawn(move || {
                while let Some((asked, is_asked)) = own.next() {
                    if let Err(error) = watched.check(&mut look, is_asked) {
                        tracing::warn!(%error, "changes of the surveys could not be read");
                    }
                    own.done(asked);
                }
            });
        if let Err(error) = &thread {
            tracing::error!(%error, "changes of the surveys are not noticed");
        }
        Watcher {
            watch,
            thread: thread.ok(),
        }
    }

    /// Stops the thread after the check under way, but does not wait for it longer than
    /// [`STOP_DEADLINE`].
    pub(super) fn stop(self) {
        self.watch.lock().is_stopping = true;
        self.watch.changed.notify_all();
        let until = Instant::now() + STOP_DEADLINE;
        let thread = self.thread.as_ref();
        while thread.is_some_and(|thread| !thread.is_finished()) && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Watched {
    /// Takes over what changed.
    fn check(&self, look: &mut Look, is_asked: bool) -> Result<(), StoreError> {
        let served = self.current.get();
        let folders = match look(&served.catalogue, is_asked) {
            Some(folders) => folders,
            None if served.is_fieldwork_changed(&self.store)? => Folders {
                catalogue: Catalogue::clone(&served.catalogue),
                mistakes: served.mistakes.clone(),
            },
            None => return Ok(()),
        };
        for line in &folders.mistakes {
            if !served.mistakes.contains(line) {
                tracing::warn!("{line}");
            }
        }
        let Folders {
            catalogue,
            mistakes,
        } = folders;
        let surveys = Surveys::new(catalogue, mistakes, &self.store, Some(&served))?;
        self.provisional.add(&surveys.catalogue);
        for (id, survey) in &surveys.catalogue.surveys {
            if served.survey(id).is_none() {
                tracing::info!(survey = id, "a survey was added");
                self.source.examine(survey);
            }
        }
        for id in served.catalogue.surveys.keys() {
            if surveys.survey(id).is_none() {
                tracing::info!(survey = id, "a survey is gone; it had no responses");
            }
        }
        self.limits.announce(surveys.announced());
        self.current.replace(surveys);
        Ok(())
    }
}
