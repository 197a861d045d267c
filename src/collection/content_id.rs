//! Ids of questionnaires that came without one. They depend on the content, so that the same
//! questionnaire is recognised when its file comes again.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use uuid::Uuid;

use crate::collection::response::Response;

/// What tells one questionnaire from another: a keyed hash of everything in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Content([u8; 32]);

/// The key of the ids of one database.
///
/// Without a key, whoever guesses the answers of a person could make the id and send a form with it:
/// the server says whether an id is stored, and so whether the guess is right.
#[derive(Clone)]
pub struct ContentKey(Vec<u8>);

impl ContentKey {
    /// The key with this text.
    #[must_use]
    pub fn new(text: &str) -> ContentKey {
        ContentKey(text.as_bytes().to_vec())
    }

    /// The content of a response: everything but its id and the time of receipt.
    #[must_use]
    pub fn content(&self, response: &Response) -> Content {
        let time = |time: Option<i64>| time.map_or_else(String::new, |time| time.to_string());
        let timing = &response.timing;
        let (started, finished) = (time(timing.started_at), time(timing.finished_at));
        let parts = [
            &response.survey,
            &response.mode,
            &response.psu,
            &response.channel,
            &response.enumerator,
            &started,
            &finished,
            &response.questionnaire_hash,
            &response.answers,
        ];
        Content(self.mac(&parts.map(String::as_bytes)))
    }

    /// The id of the questionnaire that is number `occurrence`, from 0, among those with `content`.
    #[must_use]
    pub fn id(&self, content: &Content, occurrence: u64) -> Uuid {
        let digest = self.mac(&[&content.0, &occurrence.to_be_bytes()]);
        let mut bytes = [0; 16];
        bytes
            .iter_mut()
            .zip(digest)
            .for_each(|(own, byte)| *own = byte);
        uuid::Builder::from_custom_bytes(bytes).into_uuid()
    }

    /// HMAC-SHA256 of `parts`, each after its length (u64, big-endian).
    fn mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        // A key may have any length: no error.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else {
            return [0; 32];
        };
        for part in parts {
            mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
}

impl fmt::Debug for ContentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ContentKey")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collection::Timing;

    fn response() -> Response {
        Response {
            id: Uuid::nil(),
            survey: "t-2026".into(),
            questionnaire_hash: "ab".into(),
            mode: "paper".into(),
            channel: "c".into(),
            psu: "p".into(),
            area: "411721".into(),
            timing: Timing {
                received_at: 1,
                started_at: Some(2),
                finished_at: None,
            },
            enumerator: String::new(),
            device: String::new(),
            flags: String::new(),
            answers: "{\"a1\":5}".into(),
            invitation: None,
        }
    }

    #[test]
    fn an_id_depends_on_the_content_the_occurrence_and_the_key_and_on_nothing_else() {
        let key = ContentKey::new("key");
        let id = |response: &Response| key.id(&key.content(response), 0);
        let mut same = response();
        (same.id, same.timing.received_at) = (Uuid::max(), 9);
        assert_eq!(id(&same), id(&response()));
        let changes: [fn(&mut Response); 9] = [
            |own| own.survey.push('x'),
            |own| own.mode = "onsite".into(),
            |own| own.psu.push('x'),
            |own| own.channel.push('x'),
            |own| own.enumerator.push('x'),
            |own| own.timing.started_at = None,
            |own| (own.timing.started_at, own.timing.finished_at) = (None, Some(2)),
            |own| own.questionnaire_hash.push('x'),
            |own| own.answers = "{\"a1\":4}".into(),
        ];
        for change in changes {
            let mut other = response();
            change(&mut other);
            assert_ne!(id(&other), id(&response()), "{other:?}");
        }
        let content = key.content(&response());
        assert_ne!(key.id(&content, 1), key.id(&content, 0));
        let other = ContentKey::new("other");
        assert_ne!(other.id(&other.content(&response()), 0), id(&response()));
        assert_eq!(format!("{key:?}"), "ContentKey");
    }
}
