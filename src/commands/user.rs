//! `minyi user`: makes, lists, disables and resets accounts of the office.

use std::io::Read;

use clap::{Args, Subcommand};
use jiff::Timestamp;
use uuid::Uuid;

use crate::commands::accounts::ActiveUser;
use crate::commands::local::{Answer, Request, carry_out, unexpected};
use crate::commands::settings::Place;
use crate::commands::{Exit, invitation_key, open};
use crate::staff::account::{is_account_name, is_full_name};
use crate::staff::one_time_code::CodeSecret;
use crate::staff::{Action, Role, password};
use crate::web::office::state::OfficeState;

/// Make, list, disable and reset accounts of the office
#[derive(Debug, Args)]
#[command(after_help = "\
A new account gets a one-time link, valid for 72 hours, with which the person chooses a password and
sets up the second factor. With --password-stdin the account can log in at once. It then prints the
address of its one-time codes (otpauth://…) for an authenticator app. Enumerators have no such codes.

Roles: administrator, statistician, publisher, supervisor, enumerator, auditor.

Examples:
  minyi user add li.na --role statistician --data /var/lib/minyi
  minyi user list --data /var/lib/minyi
  minyi user reset li.na --data /var/lib/minyi

Exit code 0: done. 1: the name is taken or unknown, or a value is wrong. 74, 75: the database cannot be
written, or is busy.")]
pub struct UserArgs {
    #[command(subcommand)]
    #[expect(
        missing_docs,
        reason = "a doc comment here would become the help text of the whole command"
    )]
    pub command: UserCommand,
}

/// What to do with accounts.
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Make an account and print its one-time link
    Add {
        /// Account name: lower-case letters, Chinese characters, digits, dots, hyphens
        name: String,
        /// Role
        #[arg(long, value_parser = role)]
        role: Role,
        /// Name of the person [default: NAME]
        #[arg(long, value_name = "TEXT")]
        full_name: Option<String>,
        /// Read the password from standard input
        #[arg(long)]
        password_stdin: bool,
        /// URL of the pages, for the printed link
        #[arg(long, env = "MINYI_PUBLIC_URL", value_name = "URL", default_value = "")]
        public_url: String,
        #[command(flatten)]
        #[expect(missing_docs, reason = "a doc comment here would become a help text")]
        place: Place,
    },
    /// List accounts: name, role, state, time of the last change, name of the person
    List {
        #[command(flatten)]
        #[expect(missing_docs, reason = "a doc comment here would become a help text")]
        place: Place,
    },
    /// End the sessions of an account; it can no longer log in
    Disable {
        /// Account name
        name: String,
        #[command(flatten)]
        #[expect(missing_docs, reason = "a doc comment here would become a help text")]
        place: Place,
    },
    /// End the sessions of an account and print a link to choose a new password
    Reset {
        /// Account name
        name: String,
        /// Remove the second factor too: the phone is lost, and so are the recovery codes
        #[arg(long)]
        second_factor: bool,
        /// URL of the pages, for the printed link
        #[arg(long, env = "MINYI_PUBLIC_URL", value_name = "URL", default_value = "")]
        public_url: String,
        #[command(flatten)]
        #[expect(missing_docs, reason = "a doc comment here would become a help text")]
        place: Place,
    },
}

fn role(word: &str) -> Result<Role, String> {
    let words = Role::ALL.map(Role::as_str).join(", ");
    Role::parse(word).ok_or_else(|| format!("write one of {words}"))
}

/// Does it and prints what was done.
pub fn run(args: &UserArgs) -> Exit {
    match &args.command {
        UserCommand::Add {
            name,
            role,
            full_name,
            password_stdin,
            public_url,
            place,
        } => {
            let full_name = full_name.as_deref().unwrap_or(name);
            match password_stdin {
                true => add_with_password(place, name, full_name, *role),
                false => add(place, name, full_name, *role, public_url),
            }
        }
        UserCommand::List { place } => list(place),
        UserCommand::Disable { name, place } => change(place, name, Action::AccountDisabled, ""),
        UserCommand::Reset {
            name,
            second_factor,
            public_url,
            place,
        } => {
            let action = match second_factor {
                true => Action::FactorReset,
                false => Action::PasswordReset,
            };
            change(place, name, action, public_url)
        }
    }
}

fn names_are_good(name: &str, full_name: &str) -> bool {
    if !is_account_name(name) {
        eprintln!(
            "minyi user: `{name}` is not an account name; use 2 to 40 lower-case letters, Chinese \
             characters, digits, dots or hyphens, the first one a letter"
        );
        return false;
    }
    if !is_full_name(full_name) {
        eprintln!("minyi user: the name of the person has at most 60 characters and is not blank");
        return false;
    }
    true
}

fn add(place: &Place, name: &str, full_name: &str, role: Role, public_url: &str) -> Exit {
    if !names_are_good(name, full_name) {
        return Exit::Input;
    }
    let request = Request::AddUser {
        name: name.to_owned(),
        full_name: full_name.to_owned(),
        role: role.as_str().to_owned(),
        now: Timestamp::now().as_microsecond(),
    };
    print_link(carry_out(place, request), name, public_url)
}

fn print_link(answer: Result<Answer, Exit>, name: &str, public_url: &str) -> Exit {
    match answer {
        Ok(Answer::Link(Some(token))) => {
            println!("{}/office/enter/{token}", public_url.trim_end_matches('/'));
            eprintln!("minyi user: the link is for {name}, works once and is shown only now");
            Exit::Fine
        }
        Ok(Answer::Link(None)) => {
            println!("{name}");
            Exit::Fine
        }
        Ok(Answer::Refused(why)) => {
            eprintln!("minyi user: {why}");
            Exit::Input
        }
        Ok(other) => unexpected(&other),
        Err(exit) => exit,
    }
}

/// Makes an account that can log in with the password on standard input.
fn add_with_password(place: &Place, name: &str, full_name: &str, role: Role) -> Exit {
    let mut chosen = String::new();
    if let Err(error) = std::io::stdin().take(4096).read_to_string(&mut chosen) {
        eprintln!("minyi user: the password cannot be read: {error}");
        return Exit::Input;
    }
    let chosen = chosen.trim_end_matches(['\n', '\r']);
    if !names_are_good(name, full_name) {
        return Exit::Input;
    }
    if let Some(fault) = password::fault(chosen, &[name, full_name]) {
        eprintln!("minyi user: the password is refused: {}", why(fault));
        return Exit::Input;
    }
    let key = match invitation_key::of(&place.data) {
        Ok(key) => key,
        Err(exit) => return exit,
    };
    let (mut salt, mut seed) = ([0; 16], [0; 32]);
    if getrandom::fill(&mut salt)
        .and_then(|()| getrandom::fill(&mut seed))
        .is_err()
    {
        eprintln!("minyi user: the system has no random numbers");
        return Exit::Software;
    }
    let Some(password_hash) = password::hash(chosen, salt) else {
        eprintln!("minyi user: the password cannot be hashed");
        return Exit::Software;
    };
    let now = Timestamp::now().as_microsecond();
    let needs_factor = role.needs_second_factor();
    let id = Uuid::new_v4().to_string();
    let factor_seed = if needs_factor {
        crate::survey::hex(seed)
    } else {
        String::new()
    };
    let secret = CodeSecret::derive(OfficeState::new(&key, "").key(), &id, &factor_seed);
    let request = Request::AddActiveUser(Box::new(ActiveUser {
        id,
        name: name.to_owned(),
        full_name: full_name.to_owned(),
        role: role.as_str().to_owned(),
        password_hash,
        factor_seed,
        now,
    }));
    match carry_out(place, request) {
        Ok(Answer::Link(_)) => {
            match needs_factor {
                true => println!(
                    "{}",
                    secret.address("minyi", &crate::http::form::encode(name))
                ),
                false => println!("{name}"),
            }
            Exit::Fine
        }
        other => print_link(other, name, ""),
    }
}

fn why(fault: password::PasswordFault) -> &'static str {
    use password::PasswordFault::{Common, Monotonous, OwnWord, TooLong, TooShort};
    match fault {
        TooShort => "use at least 12 characters",
        TooLong => "use at most 128 characters",
        Common => "it is a common one",
        OwnWord => "it contains the name of the account, the person or minyi",
        Monotonous => "it has too few different characters",
    }
}

fn change(place: &Place, name: &str, action: Action, public_url: &str) -> Exit {
    let request = Request::ChangeUser {
        name: name.to_owned(),
        action: action.as_str().to_owned(),
        now: Timestamp::now().as_microsecond(),
    };
    print_link(carry_out(place, request), name, public_url)
}

fn list(place: &Place) -> Exit {
    let store = match open::reader(place) {
        Ok(store) => store,
        Err(exit) => return exit,
    };
    match store.accounts() {
        Ok(accounts) => {
            for account in accounts {
                let changed = open::utc(account.changed_at);
                println!(
                    "{}\t{}\t{}\t{changed}\t{}",
                    account.name,
                    account.role.as_str(),
                    account.state.as_str(),
                    account.full_name
                );
            }
            Exit::Fine
        }
        Err(error) => open::store_error(&error),
    }
}
