//! A thread that runs beside the server until it is told to stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::store::{Priority, lower_priority};

/// How long [`Background::stop`] waits for what is under way. It only reads, so it may be cut off.
const STOP_DEADLINE: Duration = Duration::from_secs(3);

/// A thread of low priority.
pub(super) struct Background {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Background {
    /// Starts a thread that calls `pass` again and again, with a `pause` after each. `pass` gets
    /// whether it should end.
    ///
    /// # Errors
    /// When the thread cannot be started.
    pub(super) fn start(
        name: &str,
        pause: Duration,
        mut pass: impl FnMut(&AtomicBool) + Send + 'static,
    ) -> std::io::Result<Background> {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::Builder::new().name(name.into());
        let thread = thread.spawn(move || {
            lower_priority(Priority::Background);
            while !stopped.load(Ordering::Relaxed) {
                pass(&stopped);
                std::thread::sleep(pause);
            }
        })?;
        Ok(Background { stop, thread })
    }

    /// Stops the thread after what is under way, but does not wait for it longer than
    /// [`STOP_DEADLINE`].
    pub(super) fn stop(self) {
        self.stop.store(true, Ordering::Relaxed);
        let until = Instant::now() + STOP_DEADLINE;
        while !self.thread.is_finished() && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}
