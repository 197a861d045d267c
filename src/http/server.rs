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

/// Files that are open beside connections: the database by writer, readers and checks, the log,
/// listeners.
const OTHER_FILES: usize = 128;

/// Time for requests in flight when the server is asked to stop.
const SHUTDOWN_SECONDS: u64 = 10;

/// A server at `listener` that answers by `routes`, one worker for each processor; to be run inside a
/// system.
///
/// # Errors
/// When the listener cannot be used.
pub fn server(
    listener: TcpListener,
    limits: Data<Limits>,
    site: Site,
    routes: impl Fn(&mut ServiceConfig) + Clone + Send + 'static,
) -> std::io::Result<ServerBuilder> {
    let address = listener.local_addr()?;
    let workers = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    let builder = Server::build()
        .workers(workers)
        .max_concurrent_connections(most_connections(workers))
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
        fn_service(async |stream: TcpStream| {
            let peer = stream.peer_addr().ok();
            Ok((Connection::watched(stream), peer))
        })
        .and_then(http)
    })
}

/// Connections that each worker may have open: what is wanted, or what the system allows.
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

/// A listener at `address:port`; port 0 takes a free one.
///
/// # Errors
/// `InvalidInput` for a text that is no address; an address that cannot be listened on. The message
/// has the address and a cure.
pub fn bind(address: &str) -> std::io::Result<TcpListener> {
    let parsed: SocketAddr = address.parse().map_err(|_| {
        let message = format!(
            "`{address}` is not an address and a port; write for instance 127.0.0.1:8080 or [::]:8080"
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
