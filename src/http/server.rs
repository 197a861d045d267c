//! The listener of the public pages, and the server behind it.

use std::net::{SocketAddr, TcpListener};

use actix_http::{HttpService, KeepAlive};
use actix_server::{Server, ServerBuilder};
use actix_service::{IntoServiceFactory, ServiceFactoryExt, fn_service, map_config};
use actix_web::App as Service;
use actix_web::dev::AppConfig;
use actix_web::middleware::from_fn;
use actix_web::rt::net::TcpStream;
use actix_web::web::{Data, ServiceConfig};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use socket2::{Domain, Protocol, Socket, Type};

use crate::http::connection::{Connection, HEAD_DEADLINE};
use crate::http::guard::{self, Site};
use crate::http::limits::Limits;

/// Time for a client to read the last answer before its connection is closed.
const DISCONNECT_DEADLINE: std::time::Duration = std::time::Duration::from_secs(1);

/// Most connections of each worker at once: enough for a city, but too few for slow clients to
/// exhaust the machine.
const MOST_CONNECTIONS: usize = 2_000;

/// Fewest connections of each worker. With one, an idle client would keep out all others.
const FEWEST_CONNECTIONS: usize = 2;

/// Open files other than connections, if many files are allowed: the database by writer, readers
/// and checks; the listeners.
const OTHER_FILES: usize = 128;

/// Files that the server opens after its start: runtimes, signals, the operators' listener.
const LATER_FILES: usize = 14;

/// Files that each worker opens for its runtime.
const FILES_OF_A_WORKER: usize = 3;

/// Files of a connection, if few files are allowed: the socket, and while a request reads, the
/// database file and the WAL.
const FILES_OF_A_CONNECTION: usize = 3;

/// Time for unfinished requests after the server is asked to stop, seconds.
const SHUTDOWN_SECONDS: u64 = 10;

/// Makes a server at `listener` that answers by `routes`, with one worker for each processor. It
/// must run inside an actix system.
///
/// # Errors
/// When the listener cannot be used; when the limit of open files is too low.
pub fn server(
    listener: TcpListener,
    limits: Data<Limits>,
    site: Site,
    routes: impl Fn(&mut ServiceConfig) + Clone + Send + 'static,
) -> std::io::Result<ServerBuilder> {
    let address = listener.local_addr()?;
    let workers = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    let most = most_connections(workers)?;
    let builder = Server::build()
        .workers(workers)
        .max_concurrent_connections(most)
        .shutdown_timeout(SHUTDOWN_SECONDS);
    let ending = builder.graceful_shutdown_signal();
    builder.listen("public", listener, move || {
        let service = Service::new()
            .app_data(limits.clone())
            .wrap(from_fn(move |request, next| {
                guard::guard(site, request, next)
            }))
            .configure(routes.clone())
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
            .on_connect_ext(Connection::attach_progress)
            .h1(map_config(service, |()| AppConfig::default()));
        fn_service(move |stream: TcpStream| async move {
            let peer = stream.peer_addr().ok();
            Ok((Connection::new(stream, most), peer))
        })
        .and_then(http)
    })
}

/// Most connections of each worker: [`MOST_CONNECTIONS`], or fewer if the system allows fewer
/// files.
///
/// Raises the limit of open files if it is too low. Shells and init systems often set it to 1,024,
/// for programs that use `select(2)`, and a process may raise it itself (`getrlimit(2)`).
///
/// # Errors
/// When not even [`FEWEST_CONNECTIONS`] are possible.
fn most_connections(workers: usize) -> std::io::Result<usize> {
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
    if allowed >= wanted {
        return Ok(MOST_CONNECTIONS);
    }
    let others = open_files() + LATER_FILES + FILES_OF_A_WORKER * workers;
    let needed = others + FEWEST_CONNECTIONS * workers;
    if allowed < needed {
        return Err(std::io::Error::other(format!(
            "only {allowed} open files are allowed; allow at least {needed}, better 4096: \
             ulimit -n 4096"
        )));
    }
    let left = allowed.saturating_sub(others);
    // With many files left, only a few of them are needed for readers of the database.
    let connections = (left / FILES_OF_A_CONNECTION).max(allowed.saturating_sub(OTHER_FILES));
    let of_a_worker = (connections / workers).max(FEWEST_CONNECTIONS);
    tracing::warn!(
        allowed,
        wanted,
        connections = of_a_worker * workers,
        "the limit of open files is low: when there are more connections, idle ones are closed; \
         raise it (ulimit -n)"
    );
    Ok(of_a_worker)
}

/// Number of files that this process has open; 16 if the system does not show it.
fn open_files() -> usize {
    std::fs::read_dir("/proc/self/fd").map_or(16, Iterator::count)
}

/// Bytes that the kernel buffers for one connection: several forms. By default the kernel would
/// buffer megabytes for each client, even of a body that is going to be refused.
const RECEIVE_BUFFER: usize = 8 * 1024;

/// Connections that may wait to be accepted: the maximum of the system. When a link is sent to
/// everyone and this queue is full, phones try again only after one second, then after two.
const BACKLOG: i32 = 4_096;

/// Listens at `address:port`; port 0 takes a free port.
///
/// # Errors
/// `InvalidInput` for a text that is not an address; the system's error if it cannot listen there.
/// The message has the address and a cure.
pub fn bind(address: &str) -> std::io::Result<TcpListener> {
    let parsed: SocketAddr = address.parse().map_err(|_| {
        let message = format!(
            "`{address}` is not an address and a port; write for example 127.0.0.1:8080 or \
             [::]:8080"
        );
        std::io::Error::new(std::io::ErrorKind::InvalidInput, message)
    })?;
    let listen = || {
        let socket = Socket::new(
            Domain::for_address(parsed),
            Type::STREAM,
            Some(Protocol::TCP),
        )?;
        // As std does, so that a server that is started again gets its port at once.
        socket.set_reuse_address(true)?;
        // Must be set before listening: connections inherit it.
        socket.set_recv_buffer_size(RECEIVE_BUFFER)?;
        socket.bind(&parsed.into())?;
        socket.listen(BACKLOG)?;
        Ok(socket.into())
    };
    listen().map_err(|error: std::io::Error| {
        let cure = match error.kind() {
            std::io::ErrorKind::AddrInUse => {
                "; another program listens there: stop it, or use another --listen"
            }
            std::io::ErrorKind::PermissionDenied => {
                "; ports below 1024 need privileges: use another --listen behind a proxy"
            }
            std::io::ErrorKind::AddrNotAvailable => "; this machine has no such address",
            _ => "",
        };
        std::io::Error::new(
            error.kind(),
            format!("cannot listen on {address}: {error}{cure}"),
        )
    })
}
