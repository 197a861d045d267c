//! Counts how much the largest address block of each day gives: an IPv4 /24 or an IPv6 /48.
//!
//! A block is known only by a keyed hash of its address, and only in memory. The key is made with the
//! first response of a day. When the day has ended, or after 24 hours, counts of the largest block are
//! stored, the hashes are dropped and the key is overwritten; so nobody can find the blocks of a day
//! again, and those of two days cannot be joined. Neither address nor hash is written anywhere.
//!
//! A server that stops in good order stores the counts so far; one that is killed loses those of the
//! day. Each server has its own key, so of several servers each counts the blocks that it saw.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use hmac::{Hmac, KeyInit, Mac};
use jiff::civil::Date;
use sha2::Sha256;

use crate::http::open_web::network;
use crate::store::{BlockScores, BlockShare, Scores, Store};

/// How long a key is kept at most. It is checked each minute.
const LONGEST_KEY: Duration = Duration::from_secs(24 * 60 * 60);

/// The counts of the day, and those of days before that are not stored yet.
#[derive(Default)]
pub struct Blocks {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    today: Option<Day>,
    /// Counts without hashes.
    ended: Vec<BlockShare>,
}

/// The counts of one day.
struct Day {
    date: Date,
    since: Instant,
    key: Key,
    surveys: HashMap<String, Counts>,
}

/// A key that is overwritten when it is dropped.
struct Key([u8; 32]);

impl Drop for Key {
    fn drop(&mut self) {
        self.0.fill(0);
        // Or the compiler could leave out the writes, since nobody reads them.
        std::hint::black_box(&self.0);
    }
}

/// The counts of one survey.
#[derive(Default)]
struct Counts {
    all: Tally,
    blocks: HashMap<[u8; 16], Tally>,
}

#[derive(Default)]
struct Tally {
    responses: u64,
    scores: HashMap<String, Scores>,
}

impl Tally {
    fn add(&mut self, scores: &[(&str, Option<f64>)]) {
        self.responses += 1;
        for (indicator, score) in scores {
            let Some(score) = score else { continue };
            let own = self.scores.entry((*indicator).to_owned()).or_default();
            own.n += 1;
            own.sum += millionths(*score);
        }
    }

    fn of(&self, indicator: &str) -> Scores {
        self.scores.get(indicator).copied().unwrap_or_default()
    }
}

/// A score from 0 to 1 in millionths.
fn millionths(score: f64) -> u64 {
    let rounded = (score.clamp(0.0, 1.0) * 1e6).round();
    format!("{rounded:.0}").parse().unwrap_or(0)
}

impl Day {
    /// `None` if the system gives no random key; then nothing is counted.
    fn new(date: Date) -> Option<Day> {
        let mut key = Key([0; 32]);
        getrandom::fill(&mut key.0).ok()?;
        Some(Day {
            date,
            since: Instant::now(),
            key,
            surveys: HashMap::new(),
        })
    }

    fn hash(&self, address: IpAddr) -> Option<[u8; 16]> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key.0).ok()?;
        mac.update(network(address).to_string().as_bytes());
        let digest = mac.finalize().into_bytes();
        digest.first_chunk().copied()
    }

    /// What is stored of the day.
    fn end(self) -> Vec<BlockShare> {
        let surveys = self.surveys.iter();
        let share = |(survey, counts): (&String, &Counts)| {
            let blocks = counts.blocks.values();
            let largest = blocks.max_by_key(|block| block.responses)?;
            let indicators = counts.all.scores.keys();
            let scores = indicators.map(|indicator| {
                let scores = BlockScores {
                    all: counts.all.of(indicator),
                    largest: largest.of(indicator),
                };
                (indicator.clone(), scores)
            });
            Some(BlockShare {
                survey: survey.clone(),
                day: self.date.to_string(),
                responses: counts.all.responses,
                largest: largest.responses,
                scores: scores.collect(),
            })
        };
        surveys.filter_map(share).collect()
    }
}

impl State {
    /// Ends the day if it is over on `today`, or always without one.
    fn end_day(&mut self, today: Option<Date>) {
        let goes_on = |day: &Day| Some(day.date) == today && day.since.elapsed() < LONGEST_KEY;
        if self.today.as_ref().is_some_and(|day| !goes_on(day))
            && let Some(day) = self.today.take()
        {
            self.ended.extend(day.end());
        }
    }
}

impl Blocks {
    /// Counts a response to `survey` from `address` that was stored on the day `today`, with its
    /// scores by indicator.
    pub fn count(
        &self,
        today: Date,
        address: IpAddr,
        survey: &str,
        scores: &[(&str, Option<f64>)],
    ) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.end_day(Some(today));
        if state.today.is_none() {
            state.today = Day::new(today);
        }
        let Some(day) = &mut state.today else { return };
        let Some(hash) = day.hash(address) else {
            return;
        };
        let counts = day.surveys.entry(survey.to_owned()).or_default();
        counts.all.add(scores);
        counts.blocks.entry(hash).or_default().add(scores);
    }

    /// Stores the counts of days that are over on `today`, or of all days without one. What cannot be
    /// stored is kept for the next time.
    pub fn store(&self, store: &Store, today: Option<Date>) {
        let lock = || self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let mut state = lock();
        state.end_day(today);
        let ended = std::mem::take(&mut state.ended);
        drop(state);
        if ended.is_empty() {
            return;
        }
        if let Err(error) = store.keep_block_shares(&ended) {
            tracing::warn!(%error, "the counts of address blocks are not stored yet");
            lock().ended.extend(ended);
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn the_largest_block_of_a_day_is_counted_and_its_key_is_gone_the_day_after() {
        let blocks = Blocks::default();
        let count = |day: i8, address: &str, score: f64| {
            let scores = [("satisfaction", Some(score)), ("participation", None)];
            let address = address.parse().unwrap();
            blocks.count(date(2026, 6, day), address, "satisfaction-2026", &scores);
        };
        for host in 0..5 {
            count(1, &format!("203.0.113.{host}"), 1.0);
        }
        for host in 0..3 {
            count(1, &format!("198.51.{host}.7"), 0.5);
            count(1, &format!("2001:db8:1:{host}::7"), 0.25);
        }
        let key = |blocks: &Blocks| blocks.state.lock().unwrap().today.as_ref().unwrap().key.0;
        let first = key(&blocks);
        count(2, "203.0.113.1", 1.0);
        assert_ne!(key(&blocks), first);
        let state = blocks.state.lock().unwrap();
        let [share] = &state.ended[..] else {
            panic!("{:?}", state.ended)
        };
        assert_eq!(
            (share.day.as_str(), share.responses, share.largest),
            ("2026-06-01", 11, 5)
        );
        let scores = share.scores["satisfaction"];
        assert_eq!((scores.all.n, scores.all.sum), (11, 7_250_000));
        assert_eq!((scores.largest.n, scores.largest.sum), (5, 5_000_000));
        assert!(!share.scores.contains_key("participation"));
    }
}
