//! `minyi demo`: makes a fictional city whose true values are known, and serves it.

use std::path::{Path, PathBuf};

use clap::Args;
use jiff::Timestamp;

use crate::collection::{InvitationCode, InvitationKey};
use crate::commands::serve::{ListenArgs, ReserveArgs, serve};
use crate::commands::settings::Place;
use crate::commands::watched_folder::stamp;
use crate::commands::{Exit, file, invitation_key, open, progress, terminal};
use crate::demo::populate::{Fiction, PopulateError, populate};
use crate::demo::report::report;
use crate::demo::waves::WAVES;
use crate::demo::{instruments, office, paper, releases};
use crate::publication::draft::NoDraft;
use crate::staff::Role;
use crate::store::{Store, Upkeep};
use crate::survey::Catalogue;
use crate::web::Folders;
use crate::web::app::Site;

/// Make a repeatable fictional city and serve it
#[derive(Debug, Args)]
#[command(after_help = "\
Makes survey folders and responses under --data, prints the true values of the city beside the raw,
the pooled and the published figures, and serves. Started again on the same folder, it keeps what
is there.

Examples:
  minyi demo
  minyi demo --responses 1000000 --listen 0.0.0.0:8080")]
pub struct DemoArgs {
    /// Folder of the demonstration
    #[arg(
        long,
        env = "MINYI_DATA",
        default_value = "demo-data",
        value_name = "DIR"
    )]
    pub data: PathBuf,
    /// Responses to make, over all surveys and waves
    #[arg(
        long,
        env = "MINYI_RESPONSES",
        default_value_t = 12_000,
        value_name = "N"
    )]
    pub responses: u32,
    /// The same seed makes the same city
    #[arg(long, env = "MINYI_SEED", default_value_t = 1, value_name = "N")]
    pub seed: u64,
    /// Leave out the releases, which take some seconds to draw
    #[arg(long)]
    pub no_releases: bool,
    /// Database: sqlite:PATH or postgres://… [default: minyi.sqlite in --data]
    #[arg(long, env = "MINYI_DATABASE", value_name = "URL")]
    pub database: Option<String>,
    #[command(flatten)]
    #[expect(
        missing_docs,
        reason = "a doc comment here would become the help text of the whole command"
    )]
    pub listen: ListenArgs,
    #[command(flatten)]
    #[expect(
        missing_docs,
        reason = "a doc comment here would become the help text of the whole command"
    )]
    pub reserve: ReserveArgs,
}

impl DemoArgs {
    fn fiction<'a>(
        &self,
        catalogue: &'a Catalogue,
        invitation_key: &'a InvitationKey,
    ) -> Fiction<'a> {
        Fiction {
            catalogue,
            seed: self.seed,
            responses: self.responses,
            invitation_key,
        }
    }
}

/// Makes the city, unless it is there, and serves it.
pub fn run(args: &DemoArgs) -> Exit {
    let surveys = args.data.join("surveys");
    let place = Place {
        data: args.data.clone(),
        surveys: Some(surveys.clone()),
        database: args.database.clone(),
    };
    if let Err(error) = instruments::write(&surveys) {
        eprintln!("minyi demo: {}", file::message(&surveys, &error));
        return file::exit(&error);
    }
    let files = stamp(&surveys);
    let mut folders = match open::catalogue(&place) {
        Ok(catalogue) => Folders {
            catalogue,
            mistakes: Vec::new(),
        },
        Err(exit) => return exit,
    };
    let upkeep = Upkeep::serving(args.reserve.reserve_mib);
    let store = match open::store_with(&place, &folders.catalogue, upkeep) {
        Ok(store) => store,
        Err(exit) => return exit,
    };
    let invitation_key = match invitation_key::of(&args.data) {
        Ok(key) => key,
        Err(exit) => return exit,
    };
    if let Err(exit) = open::leave_out_changed(&place, &store, &mut folders) {
        return exit;
    }
    let catalogue = &folders.catalogue;
    if let Err(exit) = fill(args, catalogue, &store, &invitation_key) {
        return exit;
    }
    print_report(args.seed, catalogue, &store);
    if !args.no_releases
        && let Err(exit) = publish(args, catalogue, &store)
    {
        return exit;
    }
    let fiction = args.fiction(catalogue, &invitation_key);
    let invitation = fiction.unspent_code(&store).ok().flatten();
    let links = match staff(&fiction, &store) {
        Ok(links) => links,
        Err(exit) => return exit,
    };
    let site = Site {
        public_url: String::new(),
        demonstration: true,
        batch: 1,
        data: args.data.clone(),
        surveys: surveys.clone(),
        invitation_key,
    };
    let data = args.data.clone();
    serve(
        (folders, files),
        store,
        site,
        &place,
        &args.listen.listen(),
        |url| print_addresses(url, &data, invitation.as_ref(), &links),
    )
}

/// Stores the responses that are missing, with a progress bar.
fn fill(
    args: &DemoArgs,
    catalogue: &Catalogue,
    store: &Store,
    invitation_key: &InvitationKey,
) -> Result<(), Exit> {
    let waves = WAVES.iter();
    let bar = progress::bar(waves.map(|wave| wave.n_responses(args.responses)).sum());
    let city = args.fiction(catalogue, invitation_key);
    let populated = populate(&city, store, &mut |made| bar.set_position(made));
    bar.finish_and_clear();
    populated.map_err(|error| failed(&error))
}

/// Stores the releases that are missing.
fn publish(args: &DemoArgs, catalogue: &Catalogue, store: &Store) -> Result<(), Exit> {
    let listen = args.listen.listen();
    let url = listen
        .public_url
        .unwrap_or(format!("http://{}", listen.public));
    let now = Timestamp::now().as_microsecond();
    let url = url.trim_end_matches('/');
    releases::publish(catalogue, store, url, now).map_err(|error| match error {
        NoDraft::Store(error) => open::store_error(&error),
        error => {
            eprintln!("minyi demo: {error}");
            Exit::Software
        }
    })
}

/// Says why the city could not be stored.
fn failed(error: &PopulateError) -> Exit {
    match error {
        PopulateError::Store(error) => open::store_error(error),
        PopulateError::Submit(error) => open::submit_error("minyi demo", error),
        PopulateError::Invalid { .. } => {
            eprintln!("minyi demo: {error}");
            Exit::Software
        }
    }
}

/// Stores who works in the office, and forms that they typed. A one-time link for each role.
fn staff(fiction: &Fiction<'_>, store: &Store) -> Result<Vec<(Role, String)>, Exit> {
    let now = Timestamp::now().as_microsecond();
    let links = office::enter(store, now).map_err(|error| open::store_error(&error))?;
    paper::type_forms(fiction, store, now).map_err(|error| failed(&error))?;
    Ok(links)
}

/// Prints the true values beside the raw, the pooled and the published figures.
fn print_report(seed: u64, catalogue: &Catalogue, store: &Store) {
    terminal::say("city", &[("seed", &seed.to_string())]);
    let language = terminal::language();
    for (survey, lines) in report(catalogue, store) {
        match lines {
            Ok(lines) => lines
                .iter()
                .for_each(|line| println!("{}", line.text(language))),
            Err(error) => eprintln!("minyi demo: {survey}: {error}"),
        }
    }
}

/// Prints where the pages are, with a QR code to open the questionnaire on a phone.
fn print_addresses(
    url: &str,
    data: &Path,
    invitation: Option<&(String, InvitationCode)>,
    links: &[(Role, String)],
) {
    println!();
    terminal::say("demo_data", &[("folder", &data.display().to_string())]);
    terminal::say("home", &[("url", url)]);
    terminal::say("questionnaire", &[("url", url)]);
    if let Some((survey, code)) = invitation {
        let values = [("url", url), ("survey", survey), ("code", code.as_str())];
        terminal::say("invitation", &values);
    }
    terminal::say("results", &[("url", url)]);
    terminal::say("tables", &[("url", url)]);
    if !links.is_empty() {
        terminal::say("office_links", &[]);
    }
    for (role, token) in links {
        println!("  office   {url}/office/enter/{token}   {}", role.as_str());
    }
    if let Ok(code) = fast_qr::QRBuilder::new(format!("{url}/s/satisfaction-2026")).build() {
        println!("\n{}", code.to_str());
    }
    terminal::say("demo_end", &[]);
}
