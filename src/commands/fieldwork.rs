//! `minyi fieldwork`: opens, closes and extends a survey's fieldwork.

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use jiff::civil::Date;

use crate::collection::{Decision, Fieldwork};
use crate::commands::local::{Answer, Request, carry_out, unexpected};
use crate::commands::settings::Place;
use crate::commands::{Exit, open, reason};
use crate::store::FieldworkChange;
use crate::web::surveys::in_force;

/// Open, close or extend the fieldwork of a survey
#[derive(Debug, Args)]
#[command(after_help = "\
A survey takes responses on the days that its questionnaire.toml states, until something else is
decided here, with a reason. It may be decided while minyi serves, and takes effect at once. After
`close` no response is taken any more; `open` takes them again.

Examples:
  minyi fieldwork satisfaction-2026 show --data /var/lib/minyi
  minyi fieldwork satisfaction-2026 extend --until 2027-01-15 --reason 'floods' --data /var/lib/minyi
  minyi fieldwork satisfaction-2026 close --reason 'quota reached' --data /var/lib/minyi
  minyi fieldwork satisfaction-2026 open --until 2027-01-15 --reason 'too few' --data /var/lib/minyi

Exit code 0: done. 1: the survey, the day or the reason is at fault.")]
pub struct FieldworkArgs {
    /// Survey, such as satisfaction-2026
    pub survey: String,
    /// What is done
    #[arg(value_enum)]
    pub action: Action,
    /// The new last day, YYYY-MM-DD, of `open` and `extend`
    #[arg(long, value_name = "DAY")]
    pub until: Option<Date>,
    /// Why; kept with the change
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub reason: String,
    #[command(flatten)]
    #[expect(
        missing_docs,
        reason = "a doc comment here would become the help text of the whole command"
    )]
    pub place: Place,
}

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Action {
    /// Take responses from now on
    Open,
    /// Take no response from now on
    Close,
    /// Take responses until a later day
    Extend,
    /// Show the days in force and what was decided
    Show,
}

/// Does what the command line says.
pub fn run(args: &FieldworkArgs) -> Exit {
    let outcome = match (args.action, args.until) {
        (Action::Open, until) => decide(args, Decision::Open { until }),
        (Action::Close, None) => decide(args, Decision::Close),
        (Action::Extend, Some(until)) => decide(args, Decision::Extend { until }),
        (Action::Show, None) => show(args),
        (Action::Extend, None) => usage("extend needs --until DAY"),
        (Action::Close, Some(_)) => usage("close closes at once; leave --until out"),
        (Action::Show, Some(_)) => usage("show takes no --until"),
    };
    match outcome {
        Ok(()) => Exit::Fine,
        Err(exit) => exit,
    }
}

fn usage(message: &str) -> Result<(), Exit> {
    eprintln!("minyi fieldwork: {message}");
    Err(Exit::Usage)
}

fn decide(args: &FieldworkArgs, decision: Decision) -> Result<(), Exit> {
    let place = &args.place;
    let reason = reason::checked("minyi fieldwork", &args.reason)?;
    let catalogue = open::catalogue(place)?;
    let survey = catalogue.surveys.get(&args.survey);
    let survey = survey.ok_or_else(|| open::no_such_survey(&catalogue, &args.survey))?;
    let changes = open::fieldwork_changes(place)?;
    let now = Timestamp::now();
    let valid_until = &survey.questionnaire.valid_until;
    let period = in_force(survey, &changes).after(decision, valid_until, now);
    let period = period.map_err(|refused| {
        eprintln!("minyi fieldwork: {}: {refused}", survey.id);
        Exit::Input
    })?;
    let user = std::env::var("SUDO_USER").or_else(|_| std::env::var("USER"));
    let user = user.unwrap_or_else(|_| "command line".to_owned());
    let change = FieldworkChange::new(
        &survey.id,
        decision,
        &period,
        (&user, &reason),
        now.as_microsecond(),
    );
    println!("{}", line(&change));
    match carry_out(place, Request::ChangeFieldwork(Box::new(change)))? {
        Answer::Done => Ok(()),
        answer => Err(unexpected(&answer)),
    }
}

fn show(args: &FieldworkArgs) -> Result<(), Exit> {
    let place = &args.place;
    let catalogue = open::catalogue(place)?;
    let survey = catalogue.surveys.get(&args.survey);
    let survey = survey.ok_or_else(|| open::no_such_survey(&catalogue, &args.survey))?;
    let changes = open::fieldwork_changes(place)?;
    let period = in_force(survey, &changes);
    let state = match period.state(Timestamp::now()) {
        Fieldwork::NotYet => "not yet open",
        Fieldwork::Open => "open",
        Fieldwork::Closed => "closed",
    };
    let day = |day: Option<Date>| day.map_or_else(|| "?".to_owned(), |day| day.to_string());
    println!(
        "{}\t{state}\t{} to {}",
        survey.id,
        day(period.opens),
        day(period.closes)
    );
    for change in changes.iter().filter(|change| change.survey == survey.id) {
        println!("  {}", line(change));
    }
    Ok(())
}

fn line(change: &FieldworkChange) -> String {
    let at = open::utc(change.decided_at);
    format!(
        "{}\t{} to {}\t{at}\t{}\t{}",
        change.what, change.opens, change.closes, change.decided_by, change.reason
    )
}
