//! `minyi verify`: whether the folder of a release is complete, unchanged and right.

use std::path::{Path, PathBuf};

use clap::Args;
use jiff::Timestamp;

use crate::commands::estimate::estimates_json;
use crate::commands::release::failed;
use crate::commands::settings::Place;
use crate::commands::{Exit, file, open};
use crate::publication::draft::{Wanted, draft};
use crate::publication::verify::{Difference, verify};
use crate::release::imprint::Imprint;
use crate::release::register::{Manifest, Register};
use crate::survey::hex_digest;

/// Check that the folder of a release is complete, unchanged and right
#[derive(Debug, Args)]
#[command(after_help = "\
Compares every file with its hash in release.json, and release.json with SHA256SUMS. If the folder has
the subfolder microdata/, it computes every estimate again and compares all digits.

--rebuild makes the whole release again from the database under --data and compares every byte: only
the bureau can do that.

Another program for the same check, in Python and without any code of minyi, is in tests/verifier.

Examples:
  minyi verify release
  minyi verify release --rebuild --data /var/lib/minyi

Exit code 0: all is the same. 1: something differs; each difference is printed. 74: the folder cannot
be read.")]
pub struct VerifyArgs {
    /// Folder of a release
    pub folder: PathBuf,
    /// Make the release again from the database and compare every byte
    #[arg(long)]
    pub rebuild: bool,
    #[command(flatten)]
    #[expect(
        missing_docs,
        reason = "a doc comment here would become the help text of the whole command"
    )]
    pub place: Place,
}

/// Prints `same`, or every difference.
pub fn run(args: &VerifyArgs) -> Exit {
    let estimates = |data: &Path, spec: &Path| estimates_json(data, spec);
    let mut verified = match verify(&args.folder, &estimates) {
        Ok(verified) => verified,
        Err(error) => {
            eprintln!("minyi verify: {}", file::message(&args.folder, &error));
            return Exit::Io;
        }
    };
    if args.rebuild && verified.differences.is_empty() {
        match rebuilt(args) {
            Ok(differences) => verified.differences = differences,
            Err(exit) => return exit,
        }
    }
    for difference in &verified.differences {
        println!("{difference}");
    }
    if !verified.differences.is_empty() {
        return Exit::Input;
    }
    println!("digest {}", verified.digest);
    match verified.recomputed {
        Some(n) => println!("same: {} files, {n} numbers computed again", verified.files),
        None => println!("same: {} files", verified.files),
    }
    if args.rebuild {
        println!("same: made again from the database, every byte");
    }
    Exit::Fine
}

/// What differs if the release is made again from the database.
fn rebuilt(args: &VerifyArgs) -> Result<Vec<Difference>, Exit> {
    let read = |name: &str| {
        let path = args.folder.join(name);
        std::fs::read(&path).map_err(|error| {
            eprintln!("minyi verify: {}", file::message(&path, &error));
            file::exit(&error)
        })
    };
    let manifest: Manifest = serde_json::from_slice(&read("release.json")?).map_err(|error| {
        eprintln!("minyi verify: release.json: {error}");
        Exit::Input
    })?;
    let mut catalogue = open::catalogue(&args.place)?;
    let store = open::reader(&args.place)?;
    let named = (&args.place, manifest.survey.as_str());
    open::accept_wording("minyi verify", named, &store, &mut catalogue)?;
    let Some(survey) = catalogue.surveys.get(&manifest.survey) else {
        return Err(open::no_such_survey(&catalogue, &manifest.survey));
    };
    let register = Register::read(&store).map_err(|error| open::store_error(&error))?;
    let moment = |text: &str| {
        let time: Option<Timestamp> = text.parse().ok();
        time.map(Timestamp::as_microsecond)
    };
    let wanted = Wanted {
        survey,
        imprint: Imprint {
            number: manifest.number,
            published_at: moment(&manifest.published_at).unwrap_or(0),
            reason: manifest.reason.clone(),
            next: moment(&manifest.next),
            public_url: manifest.public_url.clone(),
        },
        responses: Some(manifest.responses),
        log_size: Some(manifest.log_size),
        is_provisional: true,
    };
    let made = draft(&catalogue, &store, &register, &wanted);
    let made = made.map_err(|error| failed("verify", &error))?;
    let mut differences = Vec::new();
    for stored in &made.files {
        let own = read(&stored.name)?;
        if own != stored.bytes {
            differences.push(Difference {
                file: stored.name.clone(),
                what: format!(
                    "made again it has the SHA-256 {}, not {}",
                    hex_digest(&stored.bytes),
                    hex_digest(&own)
                ),
            });
        }
    }
    if read("release.json")? != made.manifest_json.as_bytes() {
        differences.push(Difference {
            file: "release.json".to_owned(),
            what: "made again it is another".to_owned(),
        });
    }
    Ok(differences)
}
