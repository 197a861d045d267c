//! Runs the server: database, figures and pages together, until a signal or a failure of the disk.

use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::web::Data;
use jiff::Timestamp;

use crate::http::guard;
use crate::http::limits::{Announced, LimitSettings, Limits};
use crate::http::server::{bind, server};
use crate::release::refresh::{Refresher, Source};
use crate::store::{Failure, Store};
use crate::survey::Catalogue;
use crate::web::app::{App, Site, local_day};
use crate::web::{error, metrics, routes};

/// Time to store what is queued after the listener was closed. Init systems wait for a minute and a
/// half.
const END_DEADLINE: Duration = Duration::from_secs(20);

/// How often idle senders are removed from the limits.
const LIMITS_UPKEEP: Duration = Duration::from_secs(10);

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

/// Serves until it is stopped. Calls `ready` with the public URL when it listens.
///
/// # Errors
/// When it cannot listen, cannot prepare its state, or the network stack fails.
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
    let limits = Data::new(Limits::new(&listen.limits, announced(&app.catalogue)));
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
    let stopped: std::io::Result<()> = actix_web::rt::System::new().block_on(async move {
        ignore_signals()?;
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
        let server = builder.run();
        ready(&public_url);
        run_until_failure(server, failed).await
    });
    stopped?;
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

/// The announced channels of all surveys.
fn announced(catalogue: &Catalogue) -> impl Iterator<Item = Announced> {
    catalogue.surveys.values().flat_map(|survey| {
        let channels = survey.plan.iter().flat_map(|plan| &plan.channels);
        channels.map(|channel| Announced {
            survey: survey.id.clone(),
            channel: channel.code.clone(),
            an_hour: channel.an_hour,
        })
    })
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

/// Logs and ignores the signals whose default action would end the server silently.
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
                    "the signal is ignored; to read the surveys again, stop with SIGTERM and start \
                     again"
                );
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
