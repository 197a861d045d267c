//! `minyi serve`: collect and publish in earnest.

use std::net::IpAddr;

use clap::Args;
use ipnet::IpNet;

use crate::commands::settings::Place;
use crate::commands::{Exit, open};
use crate::http::limits::LimitSettings;
use crate::store::Upkeep;
use crate::web::app::Site;
use crate::web::{self, Listen};

/// Collect responses and show figures, with the surveys of a folder
#[derive(Debug, Args)]
#[command(
    after_help = "The database is made on first start. Stop with Ctrl+C: what was acknowledged is on disk.\n\n\
                        Examples:\n  minyi serve\n  minyi serve --data /var/lib/minyi --surveys /etc/minyi/surveys --public-url https://survey.example.gov.cn\n  \
                        minyi serve --database postgres://minyi@db/minyi      (built with --features postgres)"
)]
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
    /// New responses that figures wait for, so that no one's answers can be told from two figures
    #[arg(long, env = "MINYI_BATCH", default_value_t = 50, value_name = "N")]
    pub batch: u64,
    #[command(flatten)]
    #[expect(
        missing_docs,
        reason = "a doc comment here would become the help text of the whole command"
    )]
    pub reserve: ReserveArgs,
}

/// Room kept back on the disk.
#[derive(Debug, Clone, Args)]
pub struct ReserveArgs {
    /// Room kept back beside a SQLite database, in MiB, given up when the disk is full; 0 for none
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
    /// Address of /metrics, for operators only
    #[arg(long, env = "MINYI_ADMIN_LISTEN", value_name = "ADDRESS:PORT")]
    pub admin_listen: Option<String>,
    /// Address that citizens reach the pages at [default: http:// and --listen]
    #[arg(long, env = "MINYI_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<String>,
    /// Submissions a second from one address, and through one channel, for ever (50 times as many at once); 0: no limit.
    /// This machine's own are never limited
    #[arg(long, env = "MINYI_RATE", default_value_t = 20, value_name = "N")]
    pub rate: u32,
    /// Network of proxies that are believed about who sends (X-Forwarded-For); repeatable, or with commas between
    #[arg(long, env = "MINYI_TRUSTED_PROXY", value_delimiter = ',', value_parser = network, value_name = "CIDR")]
    pub trusted_proxy: Vec<IpNet>,
}

/// A network, or one address as a network of its own.
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
                trusted_proxies: self.trusted_proxy.clone(),
            },
        }
    }
}

/// Serves until stopped.
pub fn run(args: &ServeArgs) -> Exit {
    let catalogue = match open::catalogue(&args.place) {
        Ok(catalogue) => catalogue,
        Err(exit) => return exit,
    };
    let store = match open::store_with(
        &args.place,
        &catalogue,
        Upkeep::serving(args.reserve.reserve_mib),
    ) {
        Ok(store) => store,
        Err(exit) => return exit,
    };
    let site = Site {
        public_url: String::new(),
        demonstration: false,
        batch: args.batch,
    };
    let surveys: Vec<String> = catalogue.surveys.keys().cloned().collect();
    serve(catalogue, store, site, &args.listen.listen(), |url| {
        println!("minyi is listening on {url}/");
        for survey in &surveys {
            println!("  questionnaire  {url}/s/{survey}      results  {url}/results/{survey}");
        }
    })
}

/// Serves with what was opened; `ready` is told the address once it listens.
pub fn serve(
    catalogue: crate::survey::Catalogue,
    store: crate::store::Store,
    site: Site,
    listen: &Listen,
    ready: impl FnOnce(&str),
) -> Exit {
    let watched = store.clone();
    match web::serve(catalogue, store, site, listen, ready) {
        Ok(web::Stopped::Asked) => Exit::Fine,
        Ok(web::Stopped::StoreFailed) => {
            eprintln!(
                "minyi: the database failed; nothing unsaved was acknowledged. Check the disk, then start again."
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
