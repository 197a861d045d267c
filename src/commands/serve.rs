//! `minyi serve`: collects responses and publishes figures.

use std::net::IpAddr;
use std::sync::Arc;

use clap::Args;
use ipnet::IpNet;
use jiff::Timestamp;

use crate::commands::settings::Place;
use crate::commands::watched_folder::{Stamp, WatchedFolder, stamp};
use crate::commands::{Exit, accounts, invitation_key, local, open, terminal};
use crate::http::limits::LimitSettings;
use crate::http::open_web::NetworkRate;
use crate::store::{Store, Upkeep};
use crate::web::app::Site;
use crate::web::{self, Folders, Listen, Watch};

/// Collect responses and show figures, with the surveys of a folder
#[derive(Debug, Args)]
#[command(after_help = "\
The database is made on the first start. Stop with Ctrl+C: every response that was acknowledged is
on the disk.
A survey whose folder has mistakes, or whose questionnaire is not the one that stored responses
answered, is not served and named; the others are. See `minyi amend --help`.

Examples:
  minyi serve --data /var/lib/minyi
  minyi serve --data /var/lib/minyi --public-url https://survey.example.gov.cn
  minyi serve --data /var/lib/minyi --surveys /etc/minyi/surveys
  minyi serve --database 'postgres://minyi@db/minyi?sslrootcert=/etc/minyi/ca.crt'
                                              (built with --features postgres)

Exit code 0: stopped. 1, 2: a survey folder, an address or a flag is wrong. 74, 75, 78: the disk or
the database failed, another server uses the database, or this version does not fit it.")]
pub struct ServeArgs {
    #[command(flatten)]
    #[expect(
        missing_docs,
        reason = "a doc comment here would become the help text of the whole command"
    )]
    pub place: Place,
    #[command(flatten)]
    #[expect(
        missing_docs,
        reason = "a doc comment here would become the help text of the whole command"
    )]
    pub listen: ListenArgs,
    /// New responses before the figures are computed again, so that two figures never differ by one
    /// person's answers
    #[arg(long, env = "MINYI_BATCH", default_value_t = 50, value_name = "N")]
    pub batch: u64,
    #[command(flatten)]
    #[expect(
        missing_docs,
        reason = "a doc comment here would become the help text of the whole command"
    )]
    pub reserve: ReserveArgs,
}

/// Space kept free on the disk.
#[derive(Debug, Clone, Args)]
pub struct ReserveArgs {
    /// Space kept beside a SQLite database, in MiB, and used when the disk is full; 0: none
    #[arg(
        long = "reserve",
        env = "MINYI_RESERVE",
        default_value_t = 64,
        value_name = "MIB"
    )]
    pub reserve_mib: u64,
}

/// Where a server listens and how it is reached.
#[derive(Debug, Clone, Args)]
pub struct ListenArgs {
    /// Address of the public pages
    #[arg(
        long,
        env = "MINYI_LISTEN",
        default_value = "127.0.0.1:8080",
        value_name = "ADDRESS:PORT"
    )]
    pub listen: String,
    /// Address of /metrics, for operators only [default: no such address]
    #[arg(long, env = "MINYI_ADMIN_LISTEN", value_name = "ADDRESS:PORT")]
    pub admin_listen: Option<String>,
    /// URL at which citizens reach the pages [default: http:// and --listen]
    #[arg(long, env = "MINYI_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<String>,
    /// Submissions per second from one address (50 times as many at once); 0: no limit. Submissions
    /// from this machine are never limited
    #[arg(long, env = "MINYI_RATE", default_value_t = 20, value_name = "N")]
    pub rate: u32,
    /// Responses per minute from one address of the open web (5 times as many at once); per hour 100
    /// times as many from one network (IPv4 /24, IPv6 /48) and through one channel that plan.toml
    /// announces; 0: no limit. Invited responses and device tokens are not counted
    #[arg(long, env = "MINYI_OPEN_RATE", default_value_t = 6, value_name = "N")]
    pub open_rate: u32,
    /// Responses per hour from one network of the open web, instead of --open-rate, such as a
    /// township behind one address of its carrier; repeatable, or separated by commas
    #[arg(
        long,
        env = "MINYI_NETWORK_RATE",
        value_delimiter = ',',
        value_name = "CIDR=N"
    )]
    pub network_rate: Vec<NetworkRate>,
    /// Network of proxies whose X-Forwarded-For is believed; repeatable, or separated by commas
    #[arg(
        long,
        env = "MINYI_TRUSTED_PROXY",
        value_delimiter = ',',
        value_parser = network,
        value_name = "CIDR"
    )]
    pub trusted_proxy: Vec<IpNet>,
}

/// A network; one address is a network of one.
fn network(written: &str) -> Result<IpNet, String> {
    let address = || written.parse::<IpAddr>().map(IpNet::from);
    written
        .parse()
        .or_else(|_| address())
        .map_err(|_| "write a network such as 10.0.0.0/8 or an address".to_owned())
}

impl ListenArgs {
    /// The listeners.
    pub fn listen(&self) -> Listen {
        Listen {
            public: self.listen.clone(),
            admin: self.admin_listen.clone(),
            public_url: self.public_url.clone(),
            limits: LimitSettings {
                rate: self.rate,
                open_rate: self.open_rate,
                network_rates: self.network_rate.clone(),
                trusted_proxies: self.trusted_proxy.clone(),
            },
        }
    }
}

/// Serves until stopped.
pub fn run(args: &ServeArgs) -> Exit {
    let files = stamp(&args.place.surveys());
    let mut folders = match open::servable_catalogue(&args.place) {
        Ok(folders) => folders,
        Err(exit) => return exit,
    };
    let store = match open::store_with(
        &args.place,
        &folders.catalogue,
        Upkeep::serving(args.reserve.reserve_mib),
    ) {
        Ok(store) => store,
        Err(exit) => return exit,
    };
    let invitation_key = match invitation_key::of(&args.place.data) {
        Ok(key) => key,
        Err(exit) => return exit,
    };
    for (survey, n) in open::orphans(&store, &folders.catalogue).unwrap_or_default() {
        eprintln!(
            "minyi: {n} responses to {survey} are stored, but the survey has no folder that can be \
             served; put the folder back"
        );
    }
    if let Err(exit) = open::leave_out_changed(&args.place, &store, &mut folders) {
        return exit;
    }
    let site = Site {
        public_url: String::new(),
        demonstration: false,
        batch: args.batch,
        data: args.place.data.clone(),
        surveys: args.place.surveys(),
        invitation_key,
    };
    let surveys: Vec<String> = folders.catalogue.surveys.keys().cloned().collect();
    let first = match accounts::first_administrator(&store, Timestamp::now().as_microsecond()) {
        Ok(first) => first,
        Err(error) => {
            // A full disk must not stop the collection of responses: it goes on when there is room.
            eprintln!(
                "minyi: a log-in link for the first administrator could not be stored: {error}; \
                 start the server again for a link"
            );
            None
        }
    };
    serve(
        (folders, files),
        store,
        site,
        &args.place,
        &args.listen.listen(),
        |url| {
            terminal::say("listening", &[("url", url)]);
            for survey in &surveys {
                terminal::say("survey", &[("url", url), ("survey", survey)]);
            }
            match first {
                Some(token) => terminal::say("first_link", &[("url", url), ("token", &token)]),
                None => terminal::say("office", &[("url", url)]),
            }
        },
    )
}

/// Serves until stopped; `ready` is called with the public URL once the server listens. `files` are
/// those of the survey folders, as they were just before `folders` were read.
pub fn serve(
    (folders, files): (Folders, Stamp),
    store: Store,
    site: Site,
    place: &Place,
    listen: &Listen,
    ready: impl FnOnce(&str),
) -> Exit {
    let watched = store.clone();
    let watch = Arc::new(Watch::default());
    let mut watched_folder = WatchedFolder::new(place.surveys(), store.clone(), files);
    let watching = web::Watching {
        folders,
        look: Box::new(move |served, is_asked| watched_folder.look(served, is_asked)),
        watch: Arc::clone(&watch),
    };
    let _socket = match local::listen(&place.data, store.clone(), watch) {
        Ok(socket) => Some(socket),
        Err(error) => {
            tracing::warn!(%error, "minyi import, token and amend cannot reach this server");
            None
        }
    };
    match web::serve(watching, store, site, listen, ready) {
        Ok(web::Stopped::Asked) => Exit::Fine,
        Ok(web::Stopped::StoreFailed) => {
            eprintln!(
                "minyi: the database failed; every acknowledged response is stored. Check the \
                 disk, then start again."
            );
            watched
                .failure()
                .map_or(Exit::Io, |reason| open::store_error(&reason))
        }
        Err(error) => {
            eprintln!("minyi: {error}");
            use std::io::ErrorKind::{AddrInUse, AddrNotAvailable, InvalidInput, PermissionDenied};
            match error.kind() {
                InvalidInput => Exit::Usage,
                AddrInUse | AddrNotAvailable | PermissionDenied => Exit::Input,
                _ => Exit::Io,
            }
        }
    }
}
