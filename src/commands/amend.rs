//! `minyi amend`: takes a new wording, or another plan, into use while responses are stored.

use clap::Args;
use jiff::Timestamp;

use crate::commands::local::{Answer, Request, carry_out, unexpected};
use crate::commands::settings::Place;
use crate::commands::{Exit, open, reason};
use crate::release::amendment::{Proposal, Refused};
use crate::release::history::Headlines;
use crate::store::Store;

/// Take a new wording of a questionnaire, or another plan, into use after the first responses
#[derive(Debug, Args)]
#[command(after_help = "\
The first response freezes the questionnaire and the plan. After that the texts of the questionnaire
may change, with a reason: correct questionnaire.toml, then run this. Codes, kinds, scales, their
order, rules and limits may not change, and a text may not move to another choice or question: answers
would get another meaning. To go back to an earlier wording, put its file back and amend again.

If plan.toml, population.csv or frame.csv changed, the headline figures under the old plan are computed
first, from the responses that the published figures rest on, and stay on the results page.

It may run while minyi serves, and takes effect at once. A form that was loaded before is stored
under the wording that the person saw.

Examples:
  minyi amend satisfaction-2026 --reason 'a3 said 公园 twice' --data /var/lib/minyi
  minyi amend satisfaction-2026 --stored --data /var/lib/minyi > old.toml    print the stored file

Exit code 0: done. 1: nothing changed, no reason, or the change is more than wording.")]
pub struct AmendArgs {
    /// Survey, such as satisfaction-2026
    pub survey: String,
    /// Why it changes; readers of the figures see it
    #[arg(long, value_name = "TEXT", required_unless_present = "stored")]
    pub reason: Option<String>,
    /// Print the questionnaire.toml that is in use, and change nothing
    #[arg(long, conflicts_with = "reason")]
    pub stored: bool,
    /// As of `minyi serve`: the figures under the old plan rest on the responses that the published
    /// ones rest on
    #[arg(long, env = "MINYI_BATCH", default_value_t = 50, value_name = "N")]
    pub batch: u64,
    #[command(flatten)]
    #[expect(
        missing_docs,
        reason = "a doc comment here would become the help text of the whole command"
    )]
    pub place: Place,
}

/// Checks what changed and stores it with the reason.
pub fn run(args: &AmendArgs) -> Exit {
    match args.stored {
        true => print_stored(args),
        false => amend(args).unwrap_or_else(|exit| exit),
    }
}

fn print_stored(args: &AmendArgs) -> Exit {
    let store = match reader(args) {
        Ok(store) => store,
        Err(exit) => return exit,
    };
    match store.versions(&args.survey) {
        Ok(versions) => match versions.last() {
            Some(newest) => {
                print!("{}", newest.source);
                Exit::Fine
            }
            None => {
                eprintln!(
                    "minyi amend: no questionnaire of `{}` is stored; correct the name, or --data",
                    args.survey
                );
                Exit::Input
            }
        },
        Err(error) => open::store_error(&error),
    }
}

fn reader(args: &AmendArgs) -> Result<Store, Exit> {
    if !open::has_database(&args.place) {
        eprintln!(
            "minyi amend: there is no database in {}; --data names the folder of the server",
            args.place.data.display()
        );
        return Err(Exit::Input);
    }
    open::reader(&args.place)
}

fn amend(args: &AmendArgs) -> Result<Exit, Exit> {
    let reason = reason::checked("minyi amend", args.reason.as_deref().unwrap_or_default())?;
    let mut catalogue = open::catalogue(&args.place)?;
    let store = reader(args)?;
    let proposal = match Proposal::of(&mut catalogue, &store, &args.survey, args.batch) {
        Ok(proposal) => proposal,
        Err(Refused::NoSurvey) => return Err(open::no_such_survey(&catalogue, &args.survey)),
        Err(refused) => return Err(explain(args, refused)),
    };
    if let Some(why) = proposal
        .plan
        .as_ref()
        .and_then(|plan| plan.before.as_ref().err())
    {
        eprintln!("minyi amend: no figures under the plan before: {why}");
    }
    let amendment = proposal.amendment(&reason, Timestamp::now().as_microsecond());
    match carry_out(&args.place, Request::Amend(Box::new(amendment)))? {
        Answer::Done => {}
        answer => return Err(unexpected(&answer)),
    }
    if let Some(changed) = &proposal.wording {
        for (difference, n) in &changed.changes {
            println!("{difference}; {n} stored answers keep the earlier wording");
        }
    }
    if let Some(plan) = &proposal.plan {
        println!("another plan is in use; what came out by the plan before stays visible:");
        print_headlines(plan.before.as_ref().ok());
    }
    eprintln!("minyi amend: stored; a server that runs uses the new files from now on");
    Ok(Exit::Fine)
}

/// Says why nothing can be amended.
fn explain(args: &AmendArgs, refused: Refused) -> Exit {
    let survey = &args.survey;
    match refused {
        Refused::Store(error) => return open::store_error(&error),
        Refused::NotWording(changed) => {
            for line in changed.lines(&args.place.surveys()) {
                println!("{line}");
            }
            eprintln!("minyi amend: more than the wording changed; nothing was stored");
        }
        Refused::Nothing | Refused::NoSurvey => eprintln!(
            "minyi amend: nothing to amend: the files of {survey} are those that are in use, or it \
             has no responses yet and may change freely"
        ),
        Refused::NoPlan => {
            eprintln!("minyi amend: plan.toml of {survey} is gone; put a plan there, then amend")
        }
    }
    Exit::Input
}

fn print_headlines(headlines: Option<&Headlines>) {
    let Some(headlines) = headlines else {
        println!("  no figures");
        return;
    };
    for headline in &headlines.indicators {
        let verdict = headline.verdict.as_deref().unwrap_or("no target");
        match headline.estimate {
            Some([estimate, lower, upper]) => println!(
                "  {}: {estimate:.4} ({lower:.4} to {upper:.4}), {verdict}, {} responses",
                headline.code, headlines.n
            ),
            None => println!("  {}: suppressed", headline.code),
        }
    }
}
