//! `minyi next-wave`: makes next year's wave of a survey from this one.

use clap::Args;

use crate::commands::settings::Place;
use crate::commands::{Exit, local};
use crate::locale::{Language, text};
use crate::survey::written::make_next_wave;

/// Make next year's wave of a survey from this one
#[derive(Debug, Args)]
#[command(after_help = "\
Makes the folder of the new wave beside the old: the days move, scales, population and frame are
shared, each indicator is compared with the wave before, and the approval is empty, so that every page
has a trial watermark. Prints what has to be decided, with file and key. A server that runs serves it.

Example:
  minyi next-wave satisfaction-2026 --data /var/lib/minyi

Exit code 0: done. 1: the survey or the year is at fault; nothing was made.")]
pub struct NextWaveArgs {
    /// Survey, such as satisfaction-2026
    pub survey: String,
    /// The year of the new wave [default: the year after]
    #[arg(long, value_name = "N")]
    pub year: Option<i16>,
    #[command(flatten)]
    #[expect(
        missing_docs,
        reason = "a doc comment here would become the help text of the whole command"
    )]
    pub place: Place,
}

/// Makes it.
pub fn run(args: &NextWaveArgs) -> Exit {
    let surveys = args.place.surveys();
    let (id, open) = match make_next_wave(&surveys, &args.survey, args.year) {
        Ok(made) => made,
        Err(mistakes) => {
            eprintln!("{}", mistakes.join("\n"));
            return Exit::Input;
        }
    };
    let folder = surveys.join(&id);
    println!("{}", folder.display());
    println!("to be decided:");
    for item in open {
        let what = text(Language::EN, &format!("running.open_{}", item.text));
        println!("  {}: {}: {what}", item.file, item.key);
    }
    match local::read_surveys(&args.place) {
        Ok(()) => Exit::Fine,
        Err(exit) => exit,
    }
}
