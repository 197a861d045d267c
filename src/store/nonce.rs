//! Random keys of leaves.

use std::cell::RefCell;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha20Rng;

use crate::store::error::SubmitError;

/// Fresh random bytes under which a leaf is hashed.
///
/// From a generator of each thread that the system seeds (ChaCha20, RFC 8439): a system call for each
/// response costs as much as checking its answers.
pub(super) fn nonce() -> Result<[u8; 32], SubmitError> {
    thread_local! {
        static GENERATOR: RefCell<Option<ChaCha20Rng>> = const { RefCell::new(None) };
    }
    GENERATOR.with_borrow_mut(|generator| {
        if generator.is_none() {
            let mut seed = [0; 32];
            getrandom::fill(&mut seed).map_err(|_| SubmitError::Failed)?;
            *generator = Some(ChaCha20Rng::from_seed(seed));
        }
        let mut nonce = [0; 32];
        let generator = generator.as_mut().ok_or(SubmitError::Failed)?;
        generator.fill_bytes(&mut nonce);
        Ok(nonce)
    })
}
