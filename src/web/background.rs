//! Work that takes long and must not slow the collection of responses.

use crate::store::{Priority, with_priority};

/// What `work` gives, done on threads of its own, with more of the processor than work that nobody waits
/// for, and less than the collection of responses. The threads of `actix_web::web::block` also serve
/// respondents. `None` if there is no thread for it, or if it panicked.
pub async fn in_background<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    let (done, result) = tokio::sync::oneshot::channel();
    let thread = std::thread::Builder::new().name("background".to_owned());
    let started = thread.spawn(move || {
        // Nobody waits any more if the client has gone.
        let _ = done.send(with_priority(Priority::Waited, work));
    });
    started.ok()?;
    result.await.ok()
}
