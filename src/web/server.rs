//! Listening, and stopping without losing anything.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_http::{HttpService, KeepAlive};
use actix_server::Server;
use actix_service::{IntoServiceFactory, ServiceFactoryExt, fn_service, map_config};
use actix_web::dev::AppConfig;
use actix_web::middleware::from_fn;
use actix_web::rt::net::TcpStream;
use actix_web::web::{Data, get};
use actix_web::{App as Service, HttpResponse, HttpServer};
use metrics_exporter_prometheus::{
    BuildError, Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder,
};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use socket2::{Domain, Protocol, Socket, Type};

use crate::release::survey::Catalogue;
use crate::store::Store;
use crate::web::app::{App, Site};
use crate::web::connection::{Connection, HEAD_DEADLINE};
use crate::web::limits::{LimitSettings, Limits};
use crate::web::{figures, guard, routes};

/// Time for a client to take the last answer before its connection is closed under it.
const DISCONNECT_DEADLINE: Duration = Duration::from_secs(1);

/// Most connections at once of each worker: enough for a city, too few for a flood of slow ones to exhaust the machine.
const MOST_CONNECTIONS: usize = 2_000;

/// Files that are open beside connections: the database by writer, readers and checks, the log, listeners.
const OTHER_FILES: usize = 128;

/// Time for requests in flight when the server is asked to stop.
const SHUTDOWN_SECONDS: u64 = 10;

/// Time to store what is queued, once nothing more comes in; init systems wait for a minute and a half.
const END_DEADLINE: Duration = Duration::from_secs(20);

/// How long the counts of responses are waited for when someone asks for the metrics.
const COUNTS_DEADLINE: Duration = Duration::from_secs(2);

/// Where to listen.
#[derive(Debug, Clone)]
pub struct Listen {
    /// `address:port` of the public pages; port 0 takes a free one.
    pub public: String,
    /// `address:port` for operators; none without one.
    pub admin: Option<String>,
    /// How citizens reach the pages; `http://` and the address where missing.
    pub public_url: Option<String>,
    /// How much one sender may send, and who is believed about senders.
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

/// Serves until stopped; `ready` is told the public address once it listens.
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
    let address = listener.local_addr()?;
    site.public_url = match &listen.public_url {
        Some(url) => url.trim_end_matches('/').to_owned(),
        None => format!("http://{address}"),
    };
    let public_url = site.public_url.clone();
    let app = Data::new(App::new(catalogue, store, site).map_err(std::io::Error::other)?);
    let failed = app.store.failed();
    let refresher = figures::Refresher::start(Arc::clone(&app));
    let served = Arc::clone(&app);
    let limits = Data::new(Limits::new(listen.limits.clone()));
    let limited = limits.clone();
    let workers = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    let builder = Server::build()
        .workers(workers)
        .max_concurrent_connections(most_connections(workers))
        .shutdown_timeout(SHUTDOWN_SECONDS);
    let ending = builder.graceful_shutdown_signal();
    let server = builder.listen("public", listener, move || {
        let service = Service::new()
            .app_data(Data::from(Arc::clone(&served)))
            .app_data(limited.clone())
            .wrap(from_fn(guard::guard))
            .configure(routes::mount)
            .into_factory()
            .map_err(|error| error.error_response());
        let ending = ending.clone();
        let http = HttpService::build()
            .graceful_shutdown_signal(move || {
                let ending = ending.clone();
                async move { ending.notified().await }
            })
            .keep_alive(KeepAlive::Os)
            .client_request_timeout(HEAD_DEADLINE)
            .client_disconnect_timeout(DISCONNECT_DEADLINE)
            .local_addr(address)
            .on_connect_ext(Connection::tell)
            .h1(map_config(service, |()| AppConfig::default()));
        fn_service(async |stream: TcpStream| {
            let peer = stream.peer_addr().ok();
            Ok((Connection::watched(stream), peer))
        })
        .and_then(http)
    })?;
    let admin = listen.admin.as_deref().map(bind).transpose()?;
    let operated = Arc::clone(&app);
    let stopped: std::io::Result<()> = actix_web::rt::System::new().block_on(async move {
        if let Some(listener) = admin {
            let recorder = recorder().map_err(std::io::Error::other)?;
            let handle = Data::new(recorder.handle());
            let kept_small = handle.clone();
            actix_web::rt::spawn(async move {
                // Times wait in memory until they are put into their buckets, whether or not anyone asks for them.
                loop {
                    actix_web::rt::time::sleep(Duration::from_secs(5)).await;
                    kept_small.run_upkeep();
                }
            });
            // A second server of the same process keeps the first one's recorder.
            let _ = metrics::set_global_recorder(recorder);
            let operators = HttpServer::new(move || {
                Service::new()
                    .app_data(Data::from(Arc::clone(&operated)))
                    .app_data(handle.clone())
                    .route("/metrics", get().to(metrics))
            });
            actix_web::rt::spawn(
                operators
                    .workers(1)
                    .disable_signals()
                    .listen(listener)?
                    .run(),
            );
        }
        actix_web::rt::spawn(async move {
            loop {
                actix_web::rt::time::sleep(Duration::from_secs(10)).await;
                limits.forget_the_quiet();
            }
        });
        let server = server.run();
        let handle = server.handle();
        let watch = actix_web::rt::spawn(async move {
            // The store tells of a failed disk once; then nothing more may be acknowledged.
            failed.wait().await;
            handle.stop(false).await;
        });
        ready(&public_url);
        let outcome = server.await;
        watch.abort();
        outcome
    });
    stopped?;
    // A database or a disk that does not come back must not keep the server from ending: what it acknowledged is stored,
    // what it did not is sent again.
    let (ending, (done, ended)) = (Arc::clone(&app), std::sync::mpsc::channel());
    refresher.stop();
    std::thread::spawn(move || {
        ending.store.close();
        // The last one to go closes the database, and it should not be this thread, for which no one waits.
        drop(ending);
        let _ = done.send(());
    });
    if ended.recv_timeout(END_DEADLINE).is_err() {
        tracing::error!(
            seconds = END_DEADLINE.as_secs(),
            "the database does not come back: the server ends without it"
        );
        return Ok(Stopped::StoreFailed);
    }
    Ok(match app.store.failure() {
        Some(_) => Stopped::StoreFailed,
        None => Stopped::Asked,
    })
}

/// Buckets for what is measured: times from a tenth of a millisecond to five seconds, sizes from 1 to the most rows of a commit.
fn recorder() -> Result<PrometheusRecorder, BuildError> {
    const SECONDS: [f64; 15] = [
        0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0,
        2.5, 5.0,
    ];
    const RESPONSES: [f64; 10] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0];
    Ok(PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".into()), &SECONDS)?
        .set_buckets_for_metric(Matcher::Suffix("_commit_responses".into()), &RESPONSES)?
        .build_recorder())
}

/// GET `/metrics` on the operators' listener, in Prometheus' text format. Counts only: no answer, address or channel.
async fn metrics(app: Data<App>, recorder: Data<PrometheusHandle>) -> HttpResponse {
    let counted = app.clone();
    // A database that does not come back must not keep operators from reading that it does not.
    let counts = actix_web::web::block(move || {
        let surveys = counted.catalogue.surveys.keys();
        surveys
            .map(|survey| {
                (
                    survey.clone(),
                    counted.store.counts(survey).unwrap_or_default(),
                )
            })
            .collect::<Vec<_>>()
    });
    if let Ok(Ok(counts)) = tokio::time::timeout(COUNTS_DEADLINE, counts).await {
        for (survey, modes) in counts {
            for (mode, n) in modes {
                let total = metrics::counter!("minyi_responses_total", "survey" => survey.clone(), "mode" => mode);
                total.absolute(n);
            }
        }
    }
    app.store.tell_state();
    HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4; charset=utf-8")
        .body(recorder.render())
}

/// Connections that each worker may have open: what is wanted, or what the system lets this process have.
///
/// The limit that a shell or an init system sets is often 1,024 files, for the sake of programs that use `select(2)`; a
/// process may raise it itself (`getrlimit(2)`).
fn most_connections(workers: usize) -> usize {
    let wanted = MOST_CONNECTIONS * workers + OTHER_FILES;
    let limit = getrlimit(Resource::Nofile);
    let files = |limit: Option<u64>| {
        limit.map_or(usize::MAX, |files| {
            usize::try_from(files).unwrap_or(usize::MAX)
        })
    };
    let mut allowed = files(limit.current);
    let raised = wanted.min(files(limit.maximum));
    if allowed < raised {
        let current = u64::try_from(raised).ok();
        if setrlimit(Resource::Nofile, Rlimit { current, ..limit }).is_ok() {
            allowed = raised;
        }
    }
    if allowed < wanted {
        tracing::warn!(
            allowed,
            wanted,
            "few files may be open: others wait for a connection when many come (ulimit -n)"
        );
    }
    (allowed.min(wanted).saturating_sub(OTHER_FILES) / workers).max(16)
}

/// Bytes that wait in the kernel for one connection before its sender has to: a whole form many times over. Left to itself
/// the kernel keeps up to megabytes for every sender of what is going to be refused.
const RECEIVE_BUFFER: usize = 8 * 1024;

/// Connections that wait to be taken, as many as the system allows: when a link is sent to everyone, phones that find no
/// place try again only a second later, and then two.
const BACKLOG: i32 = 4_096;

fn bind(address: &str) -> std::io::Result<TcpListener> {
    let parsed: SocketAddr = address.parse().map_err(|_| {
        let message = format!("`{address}` is no address; write for instance 127.0.0.1:8080");
        std::io::Error::new(std::io::ErrorKind::InvalidInput, message)
    })?;
    let listen = || {
        let socket = Socket::new(
            Domain::for_address(parsed),
            Type::STREAM,
            Some(Protocol::TCP),
        )?;
        // As std does: a server that is started again finds its port at once.
        socket.set_reuse_address(true)?;
        // Before it listens: connections inherit it.
        socket.set_recv_buffer_size(RECEIVE_BUFFER)?;
        socket.bind(&parsed.into())?;
        socket.listen(BACKLOG)?;
        Ok(socket.into())
    };
    listen().map_err(|error: std::io::Error| {
        std::io::Error::new(error.kind(), format!("{address}: {error}"))
    })
}
