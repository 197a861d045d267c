//! `minyi token`: the secrets with which devices and scripts prove themselves.

use clap::{Args, Subcommand, ValueEnum};
use jiff::Timestamp;

use crate::collection::label::is_label;
use crate::commands::local::{Answer, Request, carry_out, unexpected};
use crate::commands::settings::Place;
use crate::commands::{Exit, open};
use crate::survey::hex;

/// Issue, list and revoke the tokens of enumerators' devices and of scripts
#[derive(Debug, Args)]
#[command(after_help = "\
The open web may send online responses only. A device that sends interviews or paper forms proves
itself with a token; its name is the enumerator of what it sends. The token is printed once and
stored only as a hash. It may be issued and revoked while minyi serves.

Examples:
  minyi token add enumerator-07 --mode onsite --survey satisfaction-2026 --data /var/lib/minyi
  minyi token list --data /var/lib/minyi
  minyi token revoke enumerator-07 --data /var/lib/minyi

A device sends it with every request:  Authorization: Bearer TOKEN

Exit code 0: done. 1: the name or the survey is at fault. 74, 75: the database cannot be written, or
is busy.")]
pub struct TokenArgs {
    #[command(subcommand)]
    #[expect(
        missing_docs,
        reason = "a doc comment here would become the help text of the whole command"
    )]
    pub action: Action,
}

/// What is done.
#[derive(Debug, Subcommand)]
pub enum Action {
    /// Issue a token and print it; an earlier token of the name is no longer in force
    Add {
        /// Who or what gets it; the enumerator of the responses
        name: String,
        /// What it may send, or read; repeatable
        #[arg(long, value_enum, required = true)]
        mode: Vec<TokenMode>,
        /// The only survey that it may send to [default: all]
        #[arg(long)]
        survey: Option<String>,
        #[command(flatten)]
        #[expect(missing_docs, reason = "a doc comment here would become a help text")]
        place: Place,
    },
    /// List the tokens in force, without the tokens themselves
    List {
        #[command(flatten)]
        #[expect(missing_docs, reason = "a doc comment here would become a help text")]
        place: Place,
    },
    /// Revoke a token at once
    Revoke {
        /// Who or what has it
        name: String,
        #[command(flatten)]
        #[expect(missing_docs, reason = "a doc comment here would become a help text")]
        place: Place,
    },
}

/// What a token may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TokenMode {
    /// Interviews on site
    Onsite,
    /// Paper forms that were typed in
    Paper,
    /// Interviews by telephone
    Phone,
    /// Interviews of people who pass by
    Intercept,
    /// Read figures that are not published yet
    Read,
}

impl TokenMode {
    fn name(self) -> &'static str {
        match self {
            TokenMode::Onsite => "onsite",
            TokenMode::Paper => "paper",
            TokenMode::Phone => "phone",
            TokenMode::Intercept => "intercept",
            TokenMode::Read => "read",
        }
    }
}

/// Does what the command line says.
pub fn run(args: &TokenArgs) -> Exit {
    let now = Timestamp::now().as_microsecond();
    match &args.action {
        Action::Add {
            name,
            mode,
            survey,
            place,
        } => add(name, mode, survey.as_deref(), place, now),
        Action::List { place } => list(place),
        Action::Revoke { name, place } => {
            let name = name.clone();
            match carry_out(place, Request::RevokeToken { name, now }) {
                Ok(Answer::Revoked(true)) => {
                    println!("revoked");
                    Exit::Fine
                }
                Ok(Answer::Revoked(false)) => {
                    eprintln!(
                        "minyi token: this name has no token in force; `minyi token list` shows \
                         those that are"
                    );
                    Exit::Input
                }
                Ok(answer) => unexpected(&answer),
                Err(exit) => exit,
            }
        }
    }
}

fn add(name: &str, modes: &[TokenMode], survey: Option<&str>, place: &Place, now: i64) -> Exit {
    if name.trim().is_empty() || !is_label(name) {
        eprintln!("minyi token: the name has 1 to 64 visible characters");
        return Exit::Input;
    }
    if let Some(survey) = survey {
        let catalogue = match open::catalogue(place) {
            Ok(catalogue) => catalogue,
            Err(exit) => return exit,
        };
        if !catalogue.surveys.contains_key(survey) {
            return open::no_such_survey(&catalogue, survey);
        }
    }
    let mut bytes = [0; 32];
    if let Err(error) = getrandom::fill(&mut bytes) {
        eprintln!("minyi token: the system gives no random numbers: {error}");
        return Exit::Io;
    }
    let token = format!("minyi_{}", hex(bytes));
    let request = Request::IssueToken {
        name: name.to_owned(),
        token: token.clone(),
        modes: modes.iter().map(|mode| mode.name().to_owned()).collect(),
        survey: survey.map(str::to_owned),
        now,
    };
    match carry_out(place, request) {
        Ok(Answer::Issued) => {
            println!("{token}");
            eprintln!("minyi token: this is shown once; store it on the device of {name}");
            Exit::Fine
        }
        Ok(answer) => unexpected(&answer),
        Err(exit) => exit,
    }
}

fn list(place: &Place) -> Exit {
    let store = match open::reader(place) {
        Ok(store) => store,
        Err(exit) => return exit,
    };
    match store.device_tokens() {
        Ok(tokens) => {
            for token in tokens {
                let issued = open::utc(token.issued_at);
                let survey = token.survey.as_deref().unwrap_or("all surveys");
                let modes = token.modes.join(",");
                println!("{}\t{modes}\t{survey}\t{issued}", token.name);
            }
            Exit::Fine
        }
        Err(error) => open::store_error(&error),
    }
}
