//! Serving: the database, the figures and the pages together, until a signal or a failed disk.

use std::sync::Arc;
use std::time::Duration;

use actix_web::web::Data;

use crate::http::guard;
use crate::http::limits::{LimitSettings, Limits};
use crate::http::server::{bind, server};
use crate::release::refresh::{Refresher, Source};
use crate::store::Store;
use crate::survey::Catalogue;
use crate::web::app::{App, Site};
use crate::web::{error, metrics, routes};

/// Time to store what is queued, once nothing more comes in; init systems wait for a minute and a
/// half.
const END_DEADLINE: Duration = Duration::from_secs(20);

/// How often senders that have not sent for long are removed from the limits.
const LIMITS_UPKEEP: Duration = Duration::from_secs(10);

/// Where to listen.
#[derive(Debug, Clone)]
pub struct Listen {
    /// `address:port` of the public pages; port 0 takes a free one.
    pub public: String,
    /// `address:port` for operators; `None` without one.
    pub admin: Option<String>,
    /// How citizens reach the pages; `http://` and the address where missing.
    pub public_url: Option<String>,
    /// How much one sender may send, and which proxies are believed about senders.
    pub limits: LimitSettings,
}

/// Why the server stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopped {
    /// By a signal.
    Asked,
    /// The database failed: nothing more was acknowledged.
    StoreFailed,
}

/// Serves until stopped; calls `ready` with the public address once it listens.
///
/// # Errors
/// An address that cannot be listened on; a failure of the network stack.
pub fn serve(
    catalogue: Catalogue,
    store: Store,
    mut site: Site,
    listen: &Listen,
    ready: impl FnOnce(&str),
) -> std::io::Result<Stopped> {
    let listener = bind(&listen.public)?;
    site.public_url = match &listen.public_url {
        Some(url) => url.trim_end_matches('/').to_owned(),
        None => format!("http://{}", listener.local_addr()?),
    };
    let public_url = site.public_url.clone();
    let app = Data::new(App::new(catalogue, store, site).map_err(std::io::Error::other)?);
    let refresher = Refresher::start(Source {
        catalogue: Arc::clone(&app.catalogue),
        store: app.store.clone(),
        publication: Arc::clone(&app.publication),
        batch: app.site.batch,
    });
    let limits = Data::new(Limits::new(listen.limits.clone()));
    let guarded = guard::Site {
        is_https: public_url.starts_with("https://"),
        panicked: error::panicked,
        coded_body: error::coded_body,
    };
    let served = app.clone();
    let builder = server(listener, limits.clone(), guarded, move |config| {
        config.app_data(served.clone());
        routes::mount(config);
    })?;
    let admin = listen.admin.as_deref().map(bind).transpose()?;
    let failed = app.store.failed();
    let operated = app.clone();
    let stopped: std::io::Result<()> = actix_web::rt::System::new().block_on(async move {
        ignore_signals()?;
        if let Some(listener) = admin {
            metrics::start(operated, listener)?;
        }
        actix_web::rt::spawn(async move {
            loop {
                actix_web::rt::time::sleep(LIMITS_UPKEEP).await;
                limits.remove_idle();
            }
        });
        let server = builder.run();
        let handle = server.handle();
        let watch = actix_web::rt::spawn(async move {
            // After a failed disk nothing more may be acknowledged.
            failed.wait().await;
            handle.stop(false).await;
        });
        ready(&public_url);
        let outcome = server.await;
        watch.abort();
        outcome
    });
    stopped?;
    refresher.stop();
    Ok(end(app))
}

/// Logs and ignores the signals whose default action would end the server without a word.
fn ignore_signals() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let ignored = [
        ("SIGHUP", SignalKind::hangup()),
        ("SIGUSR1", SignalKind::user_defined1()),
        ("SIGUSR2", SignalKind::user_defined2()),
    ];
    for (name, kind) in ignored {
        let mut signals = signal(kind)?;
        actix_web::rt::spawn(async move {
            while signals.recv().await.is_some() {
                tracing::info!(
                    signal = name,
                    "ignored; the surveys are read at start: stop with SIGTERM and start again"
                );
            }
        });
    }
    Ok(())
}

/// Stores what is queued and closes the database, but does not wait for a database that no longer
/// answers: what was acknowledged is stored, and what was not is sent again by its sender.
fn end(app: Data<App>) -> Stopped {
    let (closing, (done, closed)) = (Arc::clone(&app), std::sync::mpsc::channel());
    std::thread::spawn(move || {
        closing.store.close();
        // Whoever drops the last handle closes the database, which must not be the waiting thread.
        drop(closing);
        let _ = done.send(());
    });
    if closed.recv_timeout(END_DEADLINE).is_err() {
        tracing::error!(
            seconds = END_DEADLINE.as_secs(),
            "the database does not answer: the server ends without closing it"
        );
        return Stopped::StoreFailed;
    }
    match app.store.failure() {
        Some(_) => Stopped::StoreFailed,
        None => Stopped::Asked,
    }
}
