//! What the handlers share.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::Sha256;
use tokio::sync::Semaphore;
use uuid::Uuid;

use crate::collection::back_check::BackCheckKey;
use crate::collection::fieldwork::local_day;
use crate::collection::{InvitationCode, InvitationKey, Response};
use crate::http::body::BodyReader;
use crate::http::document::{Document, Effort};
use crate::pages;
use crate::release::Provisional;
use crate::release::kept::KeptColumns;
use crate::store::{Receipt, Store, StoreError, SubmitError};
use crate::web::blocks::Blocks;
use crate::web::office::paper::pending::PendingUploads;
use crate::web::office::state::OfficeState;
use crate::web::receipt_token::ReceiptTokens;
use crate::web::releases::Releases;
use crate::web::surveys::{Current, Surveys};
use crate::web::watch::{Folders, Watch};

/// How long a submission waits for a database that does not answer. Then its sender is asked to
/// send it again.
pub(super) const SUBMIT_DEADLINE: Duration = Duration::from_secs(20);

/// Most responses from arrays that wait for the writer at once: a quarter of its queue. So there is
/// room for forms, however many devices send at once.
const MOST_IN_ARRAYS: usize = 256;

/// The state that all handlers share.
pub struct App {
    /// The database.
    pub store: Store,
    /// Settings of this server.
    pub site: Site,
    /// The figures.
    pub provisional: Arc<Provisional>,
    /// The releases.
    pub releases: Releases,
    /// Files of paper forms that wait for a confirmation.
    pub(super) uploads: PendingUploads,
    current: Current,
    /// By which a check of the surveys is asked for.
    watch: Arc<Watch>,
    assets: BTreeMap<&'static str, Document>,
    /// Key from which the ids of forms without an id are derived.
    form_key: Vec<u8>,
    /// Counts of address blocks.
    pub(super) blocks: Blocks,
    /// Keys and limits of the office.
    pub office: OfficeState,
    /// The tokens in the addresses of receipts.
    pub receipt_tokens: ReceiptTokens,
    /// Reads forms: 64 KiB each, within the time that a phone needs to send one.
    pub(super) form_bodies: BodyReader,
    /// Reads uploads of devices: a day's interviews of one enumerator, within the time that a
    /// village's network needs for them.
    pub(super) upload_bodies: BodyReader,
    /// Permits for responses from arrays to wait for the writer.
    pub(super) array_permits: Semaphore,
}

/// Settings of a server.
#[derive(Debug, Clone)]
pub struct Site {
    /// The URL by which citizens reach it, without a slash at the end, such as
    /// `https://survey.example.gov.cn`.
    pub public_url: String,
    /// Whether the data are fictional. Then figures follow every response at once, and every page
    /// says that they are fictional.
    pub demonstration: bool,
    /// Number of new responses after which figures are computed again. With fewer, the difference
    /// of two figures could reveal a person's answers.
    pub batch: u64,
    /// The data folder.
    pub data: PathBuf,
    /// The folder of the survey folders.
    pub surveys: PathBuf,
    /// The key under which the codes of invitations are hashed.
    pub invitation_key: InvitationKey,
}

impl App {
    /// The columns of large waves that are kept in the data folder.
    pub fn kept(&self) -> KeptColumns {
        KeptColumns::in_folder(&self.site.data)
    }

    /// Chooses the interviews that are back-checked. It is derived from a key that is not in the database.
    pub fn back_check_key(&self) -> BackCheckKey {
        BackCheckKey::new(&self.site.invitation_key.derived("back-check"))
    }

    /// Prepares the documents.
    ///
    /// # Errors
    /// When the key that all servers of a database share cannot be read or stored.
    pub fn new(
        folders: Folders,
        watch: Arc<Watch>,
        store: Store,
        site: Site,
    ) -> Result<App, StoreError> {
        let fresh = || Uuid::new_v4().simple().to_string() + &Uuid::new_v4().simple().to_string();
        // Stored in the database, so that all servers derive the same ids, also after a restart.
        let form_key = store.named_value("form_key", fresh)?.into_bytes();
        let releases = Releases::default();
        releases.refresh(&store)?;
        let surveys = Surveys::new(folders.catalogue, folders.mistakes, &store, None)?;
        Ok(App {
            provisional: Arc::new(Provisional::new(&surveys.catalogue)),
            releases,
            current: Current::new(surveys),
            watch,
            office: OfficeState::new(&site.invitation_key, &site.public_url),
            store,
            site,
            assets: assets(),
            uploads: PendingUploads::default(),
            blocks: Blocks::default(),
            receipt_tokens: ReceiptTokens::new(&form_key),
            form_key,
            form_bodies: BodyReader::new(64 * 1024, Duration::from_secs(20), 1024 * 1024),
            upload_bodies: BodyReader::new(1024 * 1024, Duration::from_secs(120), 64 * 1024 * 1024),
            array_permits: Semaphore::new(MOST_IN_ARRAYS),
        })
    }

    /// The file with this name under `/assets/`.
    pub fn asset(&self, name: &str) -> Option<&Document> {
        self.assets.get(name)
    }

    /// An id for a form without one, which was sent without script. It is a keyed hash of survey,
    /// channel, day, browser, body and invitation, so that a double tap makes only one response.
    ///
    /// With an invitation, the hash also depends on a secret that is not in the database. Else
    /// whoever has the database and the codes could find out by trial which code gave which response.
    pub fn derived_id(
        &self,
        survey: &str,
        channel: &str,
        now: Timestamp,
        body: &[u8],
        agent: &[u8],
        invitation: Option<&InvitationCode>,
    ) -> Uuid {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.form_key) else {
            return Uuid::new_v4();
        };
        let day = local_day(now).to_string();
        for part in [
            survey.as_bytes(),
            channel.as_bytes(),
            day.as_bytes(),
            agent,
            body,
        ] {
            mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            mac.update(part);
        }
        if let Some(code) = invitation {
            mac.update(self.site.invitation_key.derived("form").as_bytes());
            mac.update(code.as_str().as_bytes());
        }
        let digest = mac.finalize().into_bytes();
        let mut bytes = [0; 16];
        bytes
            .iter_mut()
            .zip(digest)
            .for_each(|(to, from)| *to = from);
        uuid::Builder::from_custom_bytes(bytes).into_uuid()
    }

    /// Stores a response.
    ///
    /// # Errors
    /// See [`SubmitError`]. After [`SUBMIT_DEADLINE`] the response may still be stored; then a
    /// sender that sends it again gets its receipt.
    ///
    /// A response whose id is stored already gets the receipt of the first, whatever it holds. Else
    /// whoever holds the phone after sending could find out by trial what was answered. Other content
    /// is counted.
    pub async fn submit(&self, response: Response) -> Result<Receipt, SubmitError> {
        let (survey, id) = (response.survey.clone(), response.id);
        let stored = tokio::time::timeout(SUBMIT_DEADLINE, self.store.submit(response)).await;
        match stored.unwrap_or(Err(SubmitError::Busy)) {
            Err(SubmitError::Conflict) => {
                metrics::counter!("minyi_repeats_with_other_content_total").increment(1);
                // Without a receipt the id belongs to another survey.
                self.first_receipt(survey, id, SubmitError::Conflict).await
            }
            Err(SubmitError::InvitationSpent) => self.refuse_invitation(survey, id).await,
            stored => stored,
        }
    }

    /// What to answer to a response whose invitation cannot be used: the receipt, if the same
    /// response was stored before and its sender did not receive the answer.
    ///
    /// # Errors
    /// [`SubmitError::InvitationSpent`]; [`SubmitError::Busy`] when the database does not answer.
    pub async fn refuse_invitation(
        &self,
        survey: String,
        id: Uuid,
    ) -> Result<Receipt, SubmitError> {
        self.first_receipt(survey, id, SubmitError::InvitationSpent)
            .await
    }

    /// The receipt of the response that is stored under `id`; `otherwise`, if there is none.
    async fn first_receipt(
        &self,
        survey: String,
        id: Uuid,
        otherwise: SubmitError,
    ) -> Result<Receipt, SubmitError> {
        let store = self.store.clone();
        let lookup = actix_web::web::block(move || store.receipt_in(&survey, id));
        match tokio::time::timeout(SUBMIT_DEADLINE, lookup).await {
            Ok(Ok(Ok(Some(receipt)))) => Ok(Receipt {
                repeated: true,
                ..receipt
            }),
            Ok(Ok(Ok(None))) => Err(otherwise),
            _ => Err(SubmitError::Busy),
        }
    }

    /// The surveys of this moment. A request takes them once and uses them to its end.
    pub fn surveys(&self) -> Arc<Surveys> {
        self.current.get()
    }

    /// What replaces the surveys while requests use them.
    pub(super) fn current(&self) -> &Current {
        &self.current
    }

    /// Takes over what was just changed of the surveys, in their folders or in the database. Blocks.
    pub fn take_over_changes(&self) {
        if !self.watch.ask_and_wait() {
            tracing::warn!("a change of the surveys is stored, but not in effect yet");
        }
    }

    /// What is wrong with the survey folders, each line as `file:line: what; cure`.
    pub fn folder_mistakes(&self) -> Vec<String> {
        self.surveys().mistakes.clone()
    }
}

/// The files under `/assets/`. Each name contains a hash of the content, so browsers may cache them
/// without limit.
fn assets() -> BTreeMap<&'static str, Document> {
    let immutable = "public, max-age=31536000, immutable";
    let assets = pages::assets::all().into_iter().map(|asset| {
        let body = asset.body.clone().into_bytes();
        let document = Document::new(body, asset.content_type, immutable, None, Effort::Best);
        (asset.name.as_str(), document)
    });
    assets.collect()
}
