//! Work that takes long and must not slow the collection of responses.

/// What `work` gives, done on a thread of its own with low priority. The threads of
/// `actix_web::web::block` also serve respondents, and a priority that was lowered cannot be raised
/// again. `None` if there is no thread for it, or if it panicked.
pub async fn in_background<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    let (done, result) = tokio::sync::oneshot::channel();
    let thread = std::thread::Builder::new().name("background".to_owned());
    let started = thread.spawn(move || {
        crate::store::lower_priority();
        // Nobody waits any more if the client has gone.
        let _ = done.send(work());
    });
    started.ok()?;
    result.await.ok()
}
