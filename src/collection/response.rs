//! A response that is ready to be stored.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::collection::invitation::InvitationHash;

/// One complete set of answers, and how it was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Response {
    /// Chosen by the sender, so that it can send the same response again without storing it twice.
    pub id: Uuid,
    /// `satisfaction-2026`.
    pub survey: String,
    /// The questionnaire version that was answered: SHA-256, hex.
    pub questionnaire_hash: String,
    /// `online`, `onsite`, `paper`, `phone` or `intercept`.
    pub mode: String,
    /// The channel inside the mode: a QR code or an invitation; empty for the open link.
    pub channel: String,
    /// The village or neighbourhood committee that the response was drawn in; empty if it was not
    /// drawn.
    pub psu: String,
    /// Area code of the respondent; empty if not asked.
    pub area: String,
    /// When it was started, finished and received.
    pub timing: Timing,
    /// Name or number of the enumerator; empty online.
    pub enumerator: String,
    /// The device; empty if unknown.
    pub device: String,
    /// Why the response may need a review; separated by spaces.
    pub flags: String,
    /// Canonical answers: compact JSON in question order.
    pub answers: String,
    /// The invitation that is spent with the response. It is not stored with it, so that nothing
    /// leads from a response to an invitation.
    #[serde(skip)]
    pub invitation: Option<InvitationHash>,
}

impl Response {
    /// Whether no text contains NUL, which PostgreSQL cannot store.
    pub fn is_text(&self) -> bool {
        [
            &self.survey,
            &self.questionnaire_hash,
            &self.mode,
            &self.channel,
            &self.psu,
            &self.area,
            &self.enumerator,
            &self.device,
            &self.flags,
            &self.answers,
        ]
        .iter()
        .all(|text| memchr::memchr(0, text.as_bytes()).is_none())
    }
}

/// When a response was received by the server, and started and finished by the device's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timing {
    /// Microseconds UTC.
    pub received_at: i64,
    /// Microseconds UTC by the device's clock.
    pub started_at: Option<i64>,
    /// Microseconds UTC by the device's clock.
    pub finished_at: Option<i64>,
}

impl Timing {
    /// Converts the times.
    pub fn new(
        received: Timestamp,
        started: Option<Timestamp>,
        finished: Option<Timestamp>,
    ) -> Timing {
        Timing {
            received_at: received.as_microsecond(),
            started_at: started.map(Timestamp::as_microsecond),
            finished_at: finished.map(Timestamp::as_microsecond),
        }
    }

    /// Seconds between start and finish; `None` if one is missing or the clock ran backwards.
    pub fn duration(&self) -> Option<i64> {
        let microseconds = self.finished_at?.checked_sub(self.started_at?)?;
        Some(microseconds / 1_000_000).filter(|seconds| *seconds >= 0)
    }
}
