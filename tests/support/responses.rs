//! Responses that a test makes and stores itself, without a server.

use minyi::collection::{Response, Timing};
use minyi::store::{Receipt, Store, StoredResponse, SubmitError};
use uuid::Uuid;

/// A response to satisfaction-2026; its id and answers follow from `number`.
pub fn response(number: u32) -> Response {
    Response {
        id: Uuid::from_u128(u128::from(number) << 80 | 0x4000_8000_0000_0000_0000),
        survey: "satisfaction-2026".into(),
        questionnaire_hash: "ab".repeat(32),
        mode: ["online", "onsite", "paper"][number as usize % 3].into(),
        channel: "open".into(),

        psu: String::new(),
        area: "411702".into(),
        invitation: None,
        timing: Timing {
            received_at: 1_780_000_000_000_000 + i64::from(number),
            started_at: Some(1_779_999_000_000_000),
            finished_at: Some(1_779_999_090_000_000),
        },
        enumerator: String::new(),
        device: "手机".into(),
        flags: String::new(),
        answers: format!(r#"{{"a1":"5","n":"{number}","t":"路灯坏了 \"三天\""}}"#),
    }
}

/// [`response`] to one of two surveys, by turns; some devices report no start.
pub fn of_two_surveys(number: u32) -> Response {
    let mut response = response(number);
    response.survey = ["satisfaction-2026", "disposables-2026"][number as usize % 2].into();
    response.timing.started_at = None;
    response
}

/// Submits all at once and returns the outcomes in order.
pub fn submit(store: &Store, responses: Vec<Response>) -> Vec<Result<Receipt, SubmitError>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async {
        let waiting: Vec<_> = responses
            .into_iter()
            .map(|response| {
                let store = store.clone();
                tokio::spawn(async move { store.submit(response).await })
            })
            .collect();
        let mut outcomes = Vec::new();
        for outcome in waiting {
            outcomes.push(outcome.await.unwrap());
        }
        outcomes
    })
}

/// Submits all at once, and again those that found the queue full.
pub fn submit_again(store: &Store, responses: Vec<Response>) -> Vec<Result<Receipt, SubmitError>> {
    let mut outcomes = submit(store, responses.clone());
    for (outcome, response) in outcomes.iter_mut().zip(responses) {
        while *outcome == Err(SubmitError::Busy) {
            *outcome = submit_one(store, response.clone());
        }
    }
    outcomes
}

/// Submits one response.
pub fn submit_one(store: &Store, response: Response) -> Result<Receipt, SubmitError> {
    submit(store, vec![response]).remove(0)
}

/// Every stored response of the survey.
pub fn stored(store: &Store) -> Vec<StoredResponse> {
    let mut all = Vec::new();
    loop {
        let after = all.last().map_or(-1, |row: &StoredResponse| row.leaf_index);
        let page = store.scan("satisfaction-2026", after, 97).unwrap();
        if page.is_empty() {
            return all;
        }
        all.extend(page);
    }
}

/// Asserts that the log has exactly `n` leaves, one for each row, without a gap.
pub fn assert_dense(store: &Store, n: usize) {
    let rows = stored(store);
    let of_rows: Vec<i64> = rows.iter().map(|row| row.leaf_index).collect();
    let leaves = store.leaves(0, 1_000_000).unwrap();
    let of_leaves: Vec<i64> = leaves.iter().map(|leaf| leaf.idx).collect();
    let dense: Vec<i64> = (0..n as i64).collect();
    assert_eq!(of_rows, dense);
    assert_eq!(of_leaves, dense);
    assert!(
        rows.iter()
            .zip(&leaves)
            .all(|(row, leaf)| row.is_logged_by(leaf))
    );
}

/// A backup of everything in `store`.
pub fn backup_of(store: &Store) -> Vec<u8> {
    let mut bytes = Vec::new();
    store
        .backup(&mut bytes, "2026-07-01T00:00:00Z", &mut |_| ())
        .unwrap();
    bytes
}
