//! Looks up the invitation that a sender names.

use crate::collection::{InvitationCode, InvitationHash};
use crate::store::{StoreError, SubmitError};
use crate::web::app::{App, SUBMIT_DEADLINE};

/// An invitation that is not spent.
pub struct Invitation {
    /// The drawn PSU that it was issued for.
    pub psu: String,
    /// What is spent with the response.
    pub hash: InvitationHash,
}

impl App {
    /// The invitation to `survey` with the code that a person typed or that a QR code held. `None`
    /// for a wrong code, a spent one and one of another survey: they are not told apart, and take
    /// the same steps.
    ///
    /// # Errors
    /// [`SubmitError::Busy`] when the database does not answer, or when this server does not have
    /// the key of the invitations: then the answers stay on the phone until it has.
    pub async fn invitation(
        &self,
        survey: &str,
        written: &str,
    ) -> Result<Option<Invitation>, SubmitError> {
        let code = InvitationCode::parse(written);
        let is_code = code.is_some();
        // A text that is no code is looked up as well, so that it takes as long.
        let code = code.unwrap_or_else(|| InvitationCode::from_bits(0));
        let hash = self.site.invitation_key.hash(survey, &code);
        let key = self.site.invitation_key.clone();
        let store = self.store.clone();
        let lookup = actix_web::web::block(move || {
            let psu = store.invitation_psu(&hash)?;
            // A hash that is found was made with the key of the database.
            let has_key = match psu {
                Some(_) => true,
                None => {
                    let known = store.invitation_key_check()?;
                    known.is_none_or(|known| known == key.check_value())
                }
            };
            Ok::<_, StoreError>((psu, hash, has_key))
        });
        let found = tokio::time::timeout(SUBMIT_DEADLINE, lookup).await;
        let Ok(Ok(Ok((psu, hash, has_key)))) = found else {
            return Err(SubmitError::Busy);
        };
        if !has_key {
            tracing::error!(
                "the invitations were issued with another key; copy invitation.key from the data \
                 folder where they were issued, and start again"
            );
            return Err(SubmitError::Busy);
        }
        Ok(psu.filter(|_| is_code).map(|psu| Invitation { psu, hash }))
    }
}
