//! The listener and the server of the public pages.

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

/// Seconds for a client to take the last answer before its connection is closed.
const DISCONNECT_DEADLINE: std::time::Duration = std::time::Duration::from_secs(1);

/// Most connections at once of each worker: enough for a city, too few for a flood of slow ones to
/// exhaust the machine.
const MOST_CONNECTIONS: usize = 2_000;

/// Fewest connections of each worker: with one, an idle client would keep out all others.
const FEWEST_CONNECTIONS: usize = 2;

/// Files that are open beside connections where many are allowed: the database by writer, readers
/// and checks, listeners.
const OTHER_FILES: usize = 128;

/// Files that the server opens after its start: runtimes, signals, the listener for operators.
const LATER_FILES: usize = 14;

/// Files that each worker opens for its runtime.
const FILES_OF_A_WORKER: usize = 3;

/// Files of a connection where few are allowed: its socket, and the database and its log while it
/// is read.
const FILES_OF_A_CONNECTION: usize = 3;

/// Time for requests in flight when the server is asked to stop.
const SHUTDOWN_SECONDS: u64 = 10;

/// A server at `listener` that answers by `routes`, with one worker for each processor. It must run
/// inside a system.
///
/// # Errors
/// When the listener cannot be used; when too few files may be open.
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
            .on_connect_ext(Connection::attach_watch)
            .h1(map_config(service, |()| AppConfig::default()));
        fn_service(move |stream: TcpStream| async move {
            let peer = stream.peer_addr().ok();
            Ok((Connection::watched(stream, most), peer))
        })
        .and_then(http)
    })
}

/// Connections that each worker may have open: [`MOST_CONNECTIONS`], or fewer if the system allows
/// few open files.
///
/// The limit that a shell or an init system sets is often 1,024 files, for programs that use
/// `select(2)`; a process may raise it itself (`getrlimit(2)`).
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
            "only {allowed} files may be open; allow at least {needed}, better 4096: ulimit -n 4096"
        )));
    }
    let left = allowed.saturating_sub(others);
    // With many files left, readers of the database are few beside connections.
    let connections = (left / FILES_OF_A_CONNECTION).max(allowed.saturating_sub(OTHER_FILES));
    let of_a_worker = (connections / workers).max(FEWEST_CONNECTIONS);
    tracing::warn!(
        allowed,
        wanted,
        connections = of_a_worker * workers,
        "few files may be open; with more connections than that, idle ones are closed (ulimit -n)"
    );
    Ok(of_a_worker)
}

/// Files that this process has open; 16 where the system does not say it.
fn open_files() -> usize {
    std::fs::read_dir("/proc/self/fd").map_or(16, Iterator::count)
}

/// Size of the kernel's receive buffer of a connection, bytes: several whole forms. By default the
/// kernel keeps up to megabytes of bodies that will be refused.
const RECEIVE_BUFFER: usize = 8 * 1024;

/// Connections that wait to be accepted, as many as the system allows: when a link is sent to
/// everyone, a phone that finds no place tries again after a second, then after two.
const BACKLOG: i32 = 4_096;

/// A listener at `address:port`; port 0 takes a free one.
///
/// # Errors
/// `InvalidInput` for a text that is no address; an address that cannot be listened on. The message
/// has the address and a cure.
pub fn bind(address: &str) -> std::io::Result<TcpListener> {
    let parsed: SocketAddr = address.parse().map_err(|_| {
        let message = format!(
            "`{address}` is not an address and a port; write for instance 127.0.0.1:8080 or \
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
        // As std does: a server that is started again finds its port at once.
        socket.set_reuse_address(true)?;
        // Before it listens: connections inherit it.
        socket.set_recv_buffer_size(RECEIVE_BUFFER)?;
        socket.bind(&parsed.into())?;
        socket.listen(BACKLOG)?;
        Ok(socket.into())
    };
    listen().map_err(|error: std::io::Error| {
        let cure = match error.kind() {
            std::io::ErrorKind::AddrInUse => {
                "; another program listens there: stop it, or give another --listen"
            }
            std::io::ErrorKind::PermissionDenied => {
                "; ports below 1024 need privileges: give another --listen, with a proxy in front"
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
