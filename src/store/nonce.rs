//! Random keys for the hashes of leaves.

use std::cell::RefCell;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha20Rng;

use crate::store::error::SubmitError;

/// A new random key.
///
/// It comes from a generator (ChaCha20, RFC 8439) that each thread has and the system seeds. A
/// system call for each key would cost as much as checking the answers of a response.
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
