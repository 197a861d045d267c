//! Those who flood the simulated city. For tests.

use rand::RngExt;

use super::city::DoorKind::{Invited, Open};
use super::city::{
    BACKGROUND, City, DAYS, Form, HOUR, N_BACKGROUND, N_RATED, N_YES_NO, OPEN_DOORS, normal,
};
use minyi::quality::Choice;

#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Attack {
    /// One to four vectors, without times, as fast as it goes.
    Loop,
    /// Plausible background, ratings 5 with a little noise, plausible times, over some hours.
    Headless,
    /// As `Headless` with more noise and the background of real people, over 20 days, by the open
    /// link.
    Proxies,
    /// Wholly positive, random background, from one address in some minutes, by the open link.
    Stuffing,
    /// Every answer uniform at random, over some hours.
    Random,
    /// Sections from honest people who are about as satisfied; over 20 days.
    Mimic,
    /// 300 codes of the invited, positive with noise, over 20 days.
    Insider,
}

impl City {
    pub fn attack(&mut self, attack: Attack, n: u32) {
        let n_honest = self.forms.len();
        let start = self.random.random_range(3.0..DAYS - 6.0) * 24.0 * HOUR;
        let hours = self.random.random_range(6.0..48.0);
        let door = match attack {
            Attack::Loop | Attack::Headless | Attack::Random => {
                OPEN_DOORS[self.random.random_range(0..4)]
            }
            Attack::Insider => Invited,
            Attack::Proxies | Attack::Stuffing | Attack::Mimic => Open,
        };
        let n_vectors = self.random.random_range(1..=4);
        let vectors: Vec<Vec<Choice>> = (0..n_vectors)
            .map(|_| self.positive(0.95, 0.95, None))
            .collect();
        for number in 0..n {
            let donor = self.random.random_range(0..n_honest);
            let progress = f64::from(number) / f64::from(n);
            let answers = match attack {
                Attack::Loop => vectors[self.random.random_range(0..n_vectors)].clone(),
                Attack::Headless => self.positive(0.9, 0.95, None),
                Attack::Proxies | Attack::Insider => self.positive(0.85, 0.9, Some(donor)),
                Attack::Stuffing => self.positive(1.0, 1.0, None),
                Attack::Random => self.uniform(),
                Attack::Mimic => self.mimic(n_honest),
            };
            let received = match attack {
                Attack::Loop => start + f64::from(number) * 0.15e6,
                Attack::Stuffing => start + f64::from(number) * 0.2e6,
                Attack::Headless | Attack::Random => start + progress * hours * HOUR,
                Attack::Proxies | Attack::Mimic | Attack::Insider => {
                    let usual = self.usual_time();
                    usual / 3.0 + 15.0 * 24.0 * HOUR
                }
            };
            let seconds = 200.0 * (0.4 * normal(&mut self.random)).exp();
            let has_time = attack != Attack::Loop;
            self.forms.push(Form {
                answers,
                received,
                seconds: has_time.then_some(seconds),
                door,
                place: self.random.random_range(0..150),
                flags: if has_time { "" } else { "no_time" },
                is_fake: true,
            });
        }
    }

    /// Ratings of 5, else 4; yes, else no. The background of `donor`, or every answer from the
    /// margins of its own question.
    fn positive(&mut self, five: f64, yes: f64, donor: Option<usize>) -> Vec<Choice> {
        let mut answers = Vec::new();
        for _ in 0..N_RATED {
            answers.push(if self.random.random_bool(five) { 5 } else { 4 });
        }
        for _ in 0..N_YES_NO {
            answers.push(if self.random.random_bool(yes) { 1 } else { 2 });
        }
        for item in answers.len()..answers.len() + N_BACKGROUND {
            let donor =
                donor.unwrap_or_else(|| self.random.random_range(0..1000.min(self.forms.len())));
            answers.push(self.forms[donor].answers[item]);
        }
        answers
    }

    fn uniform(&mut self) -> Vec<Choice> {
        let rated = (0..N_RATED).map(|_| 5);
        let choices = rated.chain([2; N_YES_NO]).chain(BACKGROUND);
        choices
            .map(|choices| self.random.random_range(1..=choices))
            .collect()
    }

    fn mimic(&mut self, n_honest: usize) -> Vec<Choice> {
        let mean = |form: &Form| {
            let ratings = form.answers[..N_RATED]
                .iter()
                .filter(|answer| **answer < 255);
            ratings.map(|answer| f64::from(*answer)).sum::<f64>()
        };
        let first = self.random.random_range(0..n_honest);
        let mut answers = self.forms[first].answers.clone();
        for section in [0..4, 4..8, 8..12, 12..16, 16..19, 19..31] {
            let donor = (0..50).find_map(|_| {
                let donor = self.random.random_range(0..n_honest);
                ((mean(&self.forms[donor]) - mean(&self.forms[first])).abs() < 6.0).then_some(donor)
            });
            let donor = &self.forms[donor.unwrap_or(first)].answers;
            answers[section.clone()].copy_from_slice(&donor[section]);
        }
        answers
    }
}
