//! Runs the server: database, figures and pages together, until a signal or a failure of the disk.

use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::web::Data;
use jiff::Timestamp;

use crate::collection::fieldwork::local_day;
use crate::http::guard;
use crate::http::limits::{LimitSettings, Limits};
use crate::http::server::{bind, server};
use crate::release;
use crate::release::refresh::{Refresher, Source};
use crate::store::{Failure, Store};
use crate::web::app::{App, Site};
use crate::web::watch::{Folders, Look, Watch, Watched, Watcher};
use crate::web::{error, metrics, routes};

/// Time to store what is queued after the listener was closed. Init systems wait for a minute and a
/// half.
const END_DEADLINE: Duration = Duration::from_secs(20);

/// How often idle senders are removed from the limits.
const LIMITS_UPKEEP: Duration = Duration::from_secs(10);

/// How often the register of releases is read again.
const RELEASES_UPKEEP: Duration = Duration::from_secs(5);

/// How often it is checked whether the day of the address blocks is over.
const BLOCKS_UPKEEP: Duration = Duration::from_secs(60);

/// Where to listen, and whom to trust.
#[derive(Debug, Clone)]
pub struct Listen {
    /// `address:port` of the public pages; port 0 takes a free port.
    pub public: String,
    /// `address:port` of the operators' listener; `None` for no such listener.
    pub admin: Option<String>,
    /// The URL by which citizens reach the pages; `None` for `http://` and the address.
    pub public_url: Option<String>,
    /// Limits for senders, and trusted proxies.
    pub limits: LimitSettings,
}

/// Why the server stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopped {
    /// A signal asked for it.
    Asked,
    /// The database failed; nothing was acknowledged after that.
    StoreFailed,
}

/// The survey folders, and how their changes are found while the server runs.
pub struct Watching {
    /// The folders as they are at the start.
    pub folders: Folders,
    /// Looks at them again.
    pub look: Look,
    /// By which a check is asked for.
    pub watch: Arc<Watch>,
}

/// Serves until it is stopped. Calls `ready` with the public URL when it listens.
///
/// # Errors
/// When it cannot listen, cannot prepare its state, or the network stack fails.
pub fn serve(
    watching: Watching,
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
    let Watching {
        folders,
        look,
        watch,
    } = watching;
    let app = Data::new(
        App::new(folders, Arc::clone(&watch), store, site).map_err(std::io::Error::other)?,
    );
    let current = app.current().clone();
    let source = Source {
        catalogue: Arc::new(move || Arc::clone(&current.get().catalogue)),
        store: app.store.clone(),
        kept: app.kept(),
        provisional: Arc::clone(&app.provisional),
        batch: app.site.batch,
        back_check_key: app.back_check_key(),
    };
    let refresher = Refresher::start(source.clone());
    let watch_responses = release::watch::Watch::start(source.clone());
    let limits = Data::new(Limits::new(&listen.limits, app.surveys().announced()));
    let watched = Watched {
        current: app.current().clone(),
        store: app.store.clone(),
        provisional: Arc::clone(&app.provisional),
        limits: limits.clone(),
        source,
    };
    let watcher = Watcher::start(Arc::clone(&watch), watched, look);
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
    let (operated, counting, guarding) = (app.clone(), app.clone(), app.clone());
    let releasing = app.clone();
    let stopped: std::io::Result<()> = actix_web::rt::System::new().block_on(async move {
        handle_signals(watch)?;
        if let Some(listener) = admin {
            metrics::start(operated, listener)?;
        }
        actix_web::rt::spawn(async move {
            loop {
                actix_web::rt::time::sleep(LIMITS_UPKEEP).await;
                limits.remove_idle();
                guarding.office.remove_idle();
            }
        });
        actix_web::rt::spawn(store_blocks(counting));
        actix_web::rt::spawn(refresh_releases(releasing));
        let server = builder.run();
        ready(&public_url);
        run_until_failure(server, failed).await
    });
    stopped?;
    watcher.stop();
    watch_responses.stop();
    refresher.stop();
    Ok(end(app))
}

/// Stores the counts of address blocks after each day.
async fn store_blocks(app: Data<App>) {
    loop {
        actix_web::rt::time::sleep(BLOCKS_UPKEEP).await;
        let app = app.clone();
        let today = local_day(Timestamp::now());
        let stored = actix_web::web::block(move || app.blocks.store(&app.store, Some(today)));
        if stored.await.is_err() {
            tracing::warn!("the counts of address blocks are not stored yet");
        }
    }
}

/// Reads the register of releases again and again, because another server, a command or a person with
/// the database may have changed it.
async fn refresh_releases(app: Data<App>) {
    loop {
        actix_web::rt::time::sleep(RELEASES_UPKEEP).await;
        let app = app.clone();
        let read = actix_web::web::block(move || app.releases.refresh(&app.store));
        if !matches!(read.await, Ok(Ok(()))) {
            tracing::warn!("the releases could not be read again; the last state is served");
        }
    }
}

/// Runs the server until a signal stops it. Stops it when the store fails, since then nothing more may
/// be acknowledged.
async fn run_until_failure(server: Server, failure: Failure) -> std::io::Result<()> {
    let handle = server.handle();
    let watch = actix_web::rt::spawn(async move {
        failure.wait().await;
        handle.stop(false).await;
    });
    let outcome = server.await;
    watch.abort();
    outcome
}

/// SIGHUP asks for a check of the survey folders. Logs and ignores the other signals whose default
/// action would end the server silently.
fn handle_signals(watch: Arc<Watch>) -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut hangups = signal(SignalKind::hangup())?;
    actix_web::rt::spawn(async move {
        while hangups.recv().await.is_some() {
            tracing::info!(signal = "SIGHUP", "the survey folders are read again");
            watch.ask();
        }
    });
    let ignored = [
        ("SIGUSR1", SignalKind::user_defined1()),
        ("SIGUSR2", SignalKind::user_defined2()),
    ];
    for (name, kind) in ignored {
        let mut signals = signal(kind)?;
        actix_web::rt::spawn(async move {
            while signals.recv().await.is_some() {
                tracing::info!(signal = name, "the signal is ignored");
            }
        });
    }
    Ok(())
}

/// Stores what is queued and closes the database. After [`END_DEADLINE`] it no longer waits for a
/// database that does not answer: acknowledged responses are stored, and senders of all others send
/// them again.
fn end(app: Data<App>) -> Stopped {
    let (closing, (done, closed)) = (Arc::clone(&app), std::sync::mpsc::channel());
    std::thread::spawn(move || {
        closing.blocks.store(&closing.store, None);
        closing.store.close();
        // Dropping the last handle closes the database. The waiting thread must not do that.
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
