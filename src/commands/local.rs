//! The way from other commands to a server that is running: a socket in the data folder, which only
//! the owner of the folder may open.
//!
//! A SQLite file has one writer. So `minyi import`, `minyi token`, `minyi amend` and `minyi fieldwork`
//! let the server write, if one runs on the data folder. One request is one line of JSON, and so is its answer.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::collection::{InvitationHash, Response};
use crate::commands::accounts::{self, ActiveUser};
use crate::commands::settings::Place;
use crate::commands::{Exit, open};
use crate::staff::{Action, AuditEntry, Role};
use crate::store::{
    Amendment, FieldworkChange, IMPORT_KEY, Store, StoreError, SubmitError, Visit, VisitsOutcome,
};
use crate::web::Watch;
use crate::web::office::staff;

/// What another command asks of the server.
#[derive(Debug, Serialize, Deserialize)]
pub enum Request {
    /// Store all responses or none.
    Import(Vec<Response>),
    /// Store visits to cases of a survey, all or none.
    ImportVisits {
        /// The survey.
        survey: String,
        /// The visits.
        visits: Vec<Visit>,
    },
    /// Keep this key of the ids of imported rows, unless there is one.
    ImportKey(String),
    /// Issue a device token.
    IssueToken {
        /// Who or what gets it.
        name: String,
        /// The token.
        token: String,
        /// Modes that it may send.
        modes: Vec<String>,
        /// The only survey that it may send to.
        survey: Option<String>,
        /// Microseconds UTC.
        now: i64,
    },
    /// Store invitations.
    IssueInvitations {
        /// The survey.
        survey: String,
        /// Hashes of the codes by PSU.
        hashes: BTreeMap<String, Vec<InvitationHash>>,
        /// By which the key of the hashes is recognised.
        key_check: String,
        /// Microseconds UTC.
        now: i64,
    },
    /// Take a new wording or another plan into use.
    Amend(Box<Amendment>),
    /// Open, close or extend a survey's fieldwork.
    ChangeFieldwork(Box<FieldworkChange>),
    /// Read the survey folders again.
    ReadSurveys,
    /// Make an account and a link to choose its password.
    AddUser {
        /// Account name.
        name: String,
        /// Name of the person.
        full_name: String,
        /// Word of the role.
        role: String,
        /// Microseconds UTC.
        now: i64,
    },
    /// Make an account that can log in.
    AddActiveUser(Box<ActiveUser>),
    /// Disable or reset an account.
    ChangeUser {
        /// Account name.
        name: String,
        /// Word of the action.
        action: String,
        /// Microseconds UTC.
        now: i64,
    },
    /// Record that a backup was made.
    RecordBackup {
        /// Name of its file.
        file: String,
        /// Microseconds UTC.
        now: i64,
    },
    /// Revoke the token of a name.
    RevokeToken {
        /// The name.
        name: String,
        /// Microseconds UTC.
        now: i64,
    },
}

impl Request {
    /// Whether a running server has to take something over afterwards.
    fn changes_surveys(&self) -> bool {
        matches!(
            self,
            Request::Amend(_) | Request::ChangeFieldwork(_) | Request::ReadSurveys
        )
    }
}

/// What was done.
#[derive(Debug, Serialize, Deserialize)]
pub enum Answer {
    /// Rows stored, and rows that were stored already.
    Imported(usize, usize),
    /// The visits are stored, or what differs from stored ones.
    Visits(VisitsOutcome),
    /// The key of the ids of imported rows that the database keeps.
    ImportKey(String),
    /// The token is in force, or the invitations are stored.
    Issued,
    /// The new wording or plan, or the change of fieldwork, is stored; or the folders were read.
    Done,
    /// The token is no longer in force; false if the name had none.
    Revoked(bool),
    /// The account is stored or changed; the token of its link, if it has one.
    Link(Option<String>),
    /// It is in the audit record.
    Recorded,
    /// The request is at fault; a message with a cure.
    Refused(String),
    /// Two responses have one id and different answers; nothing was stored.
    Conflict,
    /// Nothing was done; a message with a cure.
    Failed(String),
}

/// Does what a request asks.
fn perform(store: &Store, request: Request) -> Answer {
    let failed = |error: &dyn std::fmt::Display| Answer::Failed(error.to_string());
    match request {
        Request::Import(responses) => match unknown_version(store, &responses) {
            Ok(false) => import(store, responses),
            Ok(true) => Answer::Failed(
                "the running server uses another questionnaire than the folder has; start it again"
                    .to_owned(),
            ),
            Err(error) => failed(&error),
        },
        Request::ImportVisits { survey, visits } => {
            let now = visits.first().map_or(0, |own| own.recorded_at);
            let entry = AuditEntry::by_terminal(Action::VisitsRecorded, "", now)
                .of_survey(&survey)
                .change("", &visits.len().to_string());
            match store.add_visits(visits, false, Some(entry)) {
                Ok(outcome) => Answer::Visits(outcome),
                Err(error) => failed(&error),
            }
        }
        Request::ImportKey(fresh) => match store.named_value(IMPORT_KEY, || fresh) {
            Ok(key) => Answer::ImportKey(key),
            Err(error) => failed(&error),
        },
        Request::IssueToken {
            name,
            token,
            modes,
            survey,
            now,
        } => {
            let entry = AuditEntry::by_terminal(Action::TokenIssued, &name, now)
                .of_survey(survey.as_deref().unwrap_or_default())
                .change("", &modes.join(" "));
            match store.issue_device_token(&name, &token, &modes, survey.as_deref(), entry) {
                Ok(()) => Answer::Issued,
                Err(error) => failed(&error),
            }
        }
        Request::IssueInvitations {
            survey,
            hashes,
            key_check,
            now,
        } => match store.issue_invitations(&survey, hashes, &key_check, now) {
            Ok(()) => Answer::Issued,
            Err(error) => failed(&error),
        },
        Request::Amend(amendment) => {
            let entry = AuditEntry::by_terminal(Action::Amended, "", amendment.since)
                .of_survey(&amendment.survey)
                .because(&amendment.reason);
            match store.amend(*amendment, entry) {
                Ok(()) => Answer::Done,
                Err(error) => failed(&error),
            }
        }
        Request::ChangeFieldwork(change) => {
            let entry = change.entry(AuditEntry::by_terminal(
                Action::FieldworkChanged,
                &change.what,
                change.decided_at,
            ));
            match store.change_fieldwork(*change, entry) {
                Ok(()) => Answer::Done,
                Err(error) => failed(&error),
            }
        }
        Request::ReadSurveys => Answer::Done,
        Request::AddUser { .. } | Request::AddActiveUser(_) | Request::ChangeUser { .. } => {
            perform_on_staff(store, request).unwrap_or_else(|error| failed(&error))
        }
        Request::RecordBackup { file, now } => {
            match store.record(AuditEntry::by_terminal(Action::BackedUp, &file, now)) {
                Ok(()) => Answer::Recorded,
                Err(error) => failed(&error),
            }
        }
        Request::RevokeToken { name, now } => {
            let entry = AuditEntry::by_terminal(Action::TokenRevoked, &name, now);
            match store.revoke_device_token(&name, entry) {
                Ok(had_one) => Answer::Revoked(had_one),
                Err(error) => failed(&error),
            }
        }
    }
}

/// Does what a request about accounts asks.
fn perform_on_staff(store: &Store, request: Request) -> Result<Answer, StoreError> {
    let taken = |name: &str| Answer::Refused(format!("there is an account `{name}` already"));
    Ok(match request {
        Request::AddUser {
            name,
            full_name,
            role,
            now,
        } => {
            let role = Role::parse(&role).unwrap_or(Role::Enumerator);
            let entry =
                AuditEntry::by_terminal(Action::AccountAdded, &name, now).change("", role.as_str());
            match staff::invite(store, &name, &full_name, role, entry)? {
                Some(token) => Answer::Link(Some(token)),
                None => taken(&name),
            }
        }
        Request::AddActiveUser(user) => {
            let name = user.name.clone();
            match accounts::add_active(store, *user)? {
                true => Answer::Link(None),
                false => taken(&name),
            }
        }
        Request::ChangeUser { name, action, now } => {
            let action = Action::parse(&action).unwrap_or(Action::AccountDisabled);
            match accounts::apply(store, &name, action, now)? {
                Some(token) => Answer::Link(token),
                None => {
                    Answer::Refused(format!("there is no account `{name}`; see minyi user list"))
                }
            }
        }
        _ => Answer::Failed("this is not a request about accounts".to_owned()),
    })
}

fn import(store: &Store, responses: Vec<Response>) -> Answer {
    match store.insert_all(responses) {
        Ok(receipts) => {
            let repeated = receipts.iter().filter(|receipt| receipt.repeated).count();
            Answer::Imported(receipts.len() - repeated, repeated)
        }
        Err(SubmitError::Conflict) => Answer::Conflict,
        Err(error) => Answer::Failed(error.to_string()),
    }
}

/// Whether a response names a questionnaire version that is not stored, though others are.
fn unknown_version(store: &Store, responses: &[Response]) -> Result<bool, StoreError> {
    let mut named: Vec<(&str, &str)> = responses
        .iter()
        .map(|response| {
            (
                response.survey.as_str(),
                response.questionnaire_hash.as_str(),
            )
        })
        .collect();
    named.sort_unstable();
    named.dedup();
    for (survey, hash) in named {
        let versions = store.versions(survey)?;
        if !versions.is_empty() && versions.iter().all(|version| version.hash != hash) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn socket(data: &Path) -> PathBuf {
    data.join("minyi.sock")
}

/// The answer of the server that runs on a data folder; `None` if none does.
///
/// # Errors
/// When the server ends before it has answered: the request may have been performed.
fn ask(data: &Path, request: &Request) -> io::Result<Option<Answer>> {
    let Ok(mut stream) = UnixStream::connect(socket(data)) else {
        return Ok(None);
    };
    let mut line = serde_json::to_vec(request)?;
    line.push(b'\n');
    stream.write_all(&line)?;
    let mut answer = String::new();
    BufReader::new(stream).read_line(&mut answer)?;
    Ok(Some(serde_json::from_str(&answer)?))
}

/// The socket of a running server. When it is dropped, the socket is removed and the store is let go
/// of, after the request that is being performed.
pub struct Socket {
    path: PathBuf,
    store: SharedStore,
}

/// The store that requests are performed on; `None` once the server stops.
type SharedStore = Arc<Mutex<Option<Store>>>;

fn lock(store: &SharedStore) -> MutexGuard<'_, Option<Store>> {
    store.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Drop for Socket {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
        // The thread of the socket never ends. A store that it kept would never be closed, and its
        // log never written back.
        *lock(&self.store) = None;
    }
}

/// How long a command may take to send its next bytes, or to receive them.
const PATIENCE: Duration = Duration::from_secs(10);

/// Answers other commands from a new thread, until the socket is dropped. What changes the surveys is
/// answered when the server that `watch` belongs to has taken it over.
///
/// # Errors
/// When the socket cannot be made.
pub fn listen(data: &Path, store: Store, watch: Arc<Watch>) -> io::Result<Socket> {
    let path = socket(data);
    // A server that was killed leaves its socket; the lock of the database says that none runs.
    let _ = std::fs::remove_file(&path);
    let listener = UnixListener::bind(&path)?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
    let store = Arc::new(Mutex::new(Some(store)));
    let shared = Arc::clone(&store);
    std::thread::Builder::new()
        .name("local".to_owned())
        .spawn(move || {
            for stream in listener.incoming().flatten() {
                if let Err(error) = answer(&shared, &watch, stream) {
                    tracing::warn!(%error, "a command on this machine was not answered");
                }
            }
        })?;
    Ok(Socket { path, store })
}

fn answer(store: &SharedStore, watch: &Watch, stream: UnixStream) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let request = serde_json::from_str(&line);
    let changes_surveys = request.as_ref().is_ok_and(Request::changes_surveys);
    let answer = match (request, &*lock(store)) {
        (Ok(request), Some(store)) => perform(store, request),
        (Ok(_), None) => Answer::Failed("the server is stopping; try again".to_owned()),
        (Err(_), _) => {
            Answer::Failed("the command is of another version than the server".to_owned())
        }
    };
    if changes_surveys && matches!(answer, Answer::Done) && !watch.ask_and_wait() {
        tracing::warn!("what a command changed is stored, but not in effect yet");
    }
    let mut line = serde_json::to_vec(&answer)?;
    line.push(b'\n');
    reader.get_mut().write_all(&line)
}

/// Tells the running server something. Nothing happens if none runs, or if it does not know the request.
pub fn tell(place: &Place, request: &Request) {
    let _ = ask(&place.data, request);
}

/// Lets the running server do it, or does it directly if none runs.
///
/// # Errors
/// The exit code when it could not be done; a message was printed.
pub fn carry_out(place: &Place, request: Request) -> Result<Answer, Exit> {
    match ask(&place.data, &request) {
        Ok(Some(answer)) => return Ok(answer),
        Ok(None) => {}
        Err(error) => {
            eprintln!("minyi: the running server ended before it answered: {error}; try again");
            return Err(Exit::Io);
        }
    }
    let catalogue = open::catalogue(place)?;
    let store = open::store(place, &catalogue)?;
    Ok(perform(&store, request))
}

/// Lets a running server read the survey folders again; does nothing if none runs.
///
/// # Errors
/// The exit code when the server does not answer; a message was printed.
pub fn read_surveys(place: &Place) -> Result<(), Exit> {
    match ask(&place.data, &Request::ReadSurveys) {
        Ok(None | Some(Answer::Done)) => Ok(()),
        Ok(Some(answer)) => Err(unexpected(&answer)),
        Err(error) => {
            eprintln!("minyi: the running server ended before it answered: {error}; try again");
            Err(Exit::Io)
        }
    }
}

/// Says what the server answered instead.
pub fn unexpected(answer: &Answer) -> Exit {
    match answer {
        Answer::Failed(why) => eprintln!("minyi: {why}"),
        other => eprintln!("minyi: unexpected answer of the server: {other:?}"),
    }
    Exit::Io
}
