//! A homogeneous city in which nine of ten are satisfied. For tests.
//!
//! Honest people: ratings on five points that agree within a section and within a person; one in
//! eight gives the same rating to everything; areas and channels differ; days differ, evenings are
//! busier, and an article in WeChat brings several hundred in some hours.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use minyi::quality::{Choice, Item, Labels, Responses};

pub const N_RATED: usize = 19;
pub const N_YES_NO: usize = 12;
pub(super) const N_BACKGROUND: usize = 14;
pub(super) const DAYS: f64 = 60.0;
pub(super) const HOUR: f64 = 3.6e9;
/// Choices of the background questions: sex, age, schooling, internet, registered, urban,
/// occupation, years here, surveyed before, civic group, aware, transport, household, compared.
pub(super) const BACKGROUND: [u8; N_BACKGROUND] = [2, 6, 6, 3, 2, 2, 8, 4, 2, 2, 3, 5, 5, 5];

#[derive(Clone)]
pub struct Form {
    pub answers: Vec<Choice>,
    /// Microseconds.
    pub received: f64,
    /// Seconds; `None` if unknown.
    pub seconds: Option<f64>,
    pub door: DoorKind,
    pub place: u32,
    pub flags: &'static str,
    pub is_fake: bool,
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub enum DoorKind {
    Onsite,
    Invited,
    Wechat,
    Site,
    Poster,
    Open,
}
use DoorKind::{Invited, Onsite, Open, Poster, Site, Wechat};

/// Doors, and their share of the honest responses.
const DOORS: [(DoorKind, f64); 6] = [
    (Onsite, 0.45),
    (Invited, 0.10),
    (Wechat, 0.225),
    (Site, 0.065),
    (Poster, 0.05),
    (Open, 0.11),
];
pub(super) const OPEN_DOORS: [DoorKind; 4] = [Wechat, Site, Poster, Open];

pub struct City {
    pub forms: Vec<Form>,
    pub(super) random: ChaCha8Rng,
    doors: Vec<DoorEffect>,
    days: Vec<f64>,
}

#[derive(Clone, Copy)]
struct DoorEffect {
    kind: DoorKind,
    satisfied: f64,
    same_rating: f64,
    young: f64,
}

impl City {
    pub fn honest(n: u32, seed: u64) -> City {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let doors = DOORS.iter().map(|(kind, _)| {
            let is_open = OPEN_DOORS.contains(kind);
            let spread = if is_open { 0.15 } else { 0.0 };
            DoorEffect {
                kind: *kind,
                satisfied: spread * normal(&mut random) + if *kind == Wechat { 0.2 } else { 0.0 },
                same_rating: 0.12 * (2.0 * spread * normal(&mut random)).exp(),
                young: if *kind == Onsite {
                    0.0
                } else {
                    0.6 + 2.0 * spread * random.random::<f64>()
                },
            }
        });
        let doors = doors.collect();
        let days = (0..60)
            .map(|_| (0.35 * normal(&mut random)).exp())
            .collect();
        let mut city = City {
            forms: Vec::new(),
            random,
            doors,
            days,
        };
        for (kind, share) in DOORS {
            let n_door = round(f64::from(n) * share);
            let n_article = if kind == Wechat { n_door / 5 } else { 0 };
            for number in 0..n_door {
                let form = city.honest_form(kind, number < n_article);
                city.forms.push(form);
            }
        }
        city
    }

    fn honest_form(&mut self, kind: DoorKind, is_article: bool) -> Form {
        let effect = *self.doors.iter().find(|door| door.kind == kind).unwrap();
        let place = self.random.random_range(0..150_u32);
        let area = 0.12 * f64::from(place % 10).sin();
        let mood = normal(&mut self.random);
        let mut answers = self.ratings(mood + effect.satisfied + area, effect.same_rating);
        let is_uniform = answers.iter().all(|answer| *answer == 5);
        answers.extend(self.participation(mood, is_uniform));
        answers.extend(self.background(effect.young, mood));
        let received = match is_article {
            true => {
                20.0 * 24.0 * HOUR + 19.5 * HOUR - 1.2 * HOUR * self.random.random::<f64>().ln()
            }
            false => self.usual_time(),
        };
        let median = if kind == Onsite { 400.0 } else { 210.0 };
        let hurry = if is_uniform { 0.75 } else { 1.0 };
        let seconds = median * hurry * (0.45 * normal(&mut self.random)).exp();
        let (seconds, flags) = match self.random.random::<f64>() {
            draw if kind == Onsite || draw > 0.0062 => (Some(seconds), ""),
            draw if draw > 0.0022 => (None, "no_time"),
            draw if draw > 0.0002 => (None, "bad_time"),
            _ => (Some(seconds), "honeypot"),
        };
        Form {
            answers,
            received,
            seconds,
            door: kind,
            place,
            flags,
            is_fake: false,
        }
    }

    fn ratings(&mut self, mood: f64, same_rating: f64) -> Vec<Choice> {
        let random = &mut self.random;
        if random.random::<f64>() < same_rating {
            let rating = if random.random_bool(0.75) { 5 } else { 4 };
            return vec![rating; N_RATED];
        }
        let mut section = 0.0;
        let ratings = (0..N_RATED).map(|item| {
            if item % 4 == 0 {
                section = normal(random);
            }
            if random.random_bool(0.03) {
                return 255;
            }
            let item = 0.15 * as_f64(item).sin();
            match 0.65 * mood + 0.45 * section + 0.6 * normal(random) + item {
                value if value > 0.05 => 5,
                value if value > -1.28 => 4,
                value if value > -1.9 => 3,
                value if value > -2.4 => 2,
                _ => 1,
            }
        });
        ratings.collect()
    }

    fn participation(&mut self, mood: f64, is_uniform: bool) -> Vec<Choice> {
        let random = &mut self.random;
        if is_uniform && random.random_bool(0.15) {
            return vec![1; N_YES_NO];
        }
        let person = 0.3 * mood + 1.1 * normal(random);
        let answers = (0..N_YES_NO).map(|item| {
            let level = 0.3 + 1.2 * (as_f64(item) * 1.7).sin();
            match random.random::<f64>() {
                draw if draw < 0.02 => 255,
                _ if random.random::<f64>() < 1.0 / (1.0 + (-level - person).exp()) => 1,
                _ => 2,
            }
        });
        answers.collect()
    }

    /// Age decides schooling, internet, occupation; the city decides registration and transport.
    fn background(&mut self, young: f64, mood: f64) -> Vec<Choice> {
        let random = &mut self.random;
        let tilt = |weights: &[f64], slope: f64| -> Vec<f64> {
            let steps = weights.iter().enumerate();
            steps
                .map(|(step, weight)| weight * (slope * as_f64(step)).exp())
                .collect()
        };
        let sex = pick(random, &[0.5, 0.5]);
        let age = pick(random, &tilt(&[0.12, 0.17, 0.2, 0.2, 0.17, 0.14], -young));
        let years = f64::from(age);
        let schooling = pick(
            random,
            &tilt(
                &[0.02, 0.1, 0.3, 0.5, 0.8, 0.7],
                1.2 - 0.55 * years + 0.2 * young,
            ),
        );
        let learned = f64::from(schooling);
        let internet = pick(
            random,
            &tilt(&[6.0, 1.0, 0.5], 0.9 * years - 0.5 * learned - 1.8 - young),
        );
        let urban = pick(random, &tilt(&[0.5, 0.5], 1.2 - 0.4 * learned));
        let registered = pick(
            random,
            &if urban == 1 {
                [0.35, 0.65]
            } else {
                [0.94, 0.06]
            },
        );
        let work = match (age, schooling) {
            (1, _) => [0.4, 0.02, 0.1, 0.2, 0.1, 0.08, 0.0, 0.1],
            (6, _) => [0.0, 0.3, 0.02, 0.05, 0.05, 0.03, 0.5, 0.05],
            (_, 5..) => [0.0, 0.03, 0.4, 0.2, 0.1, 0.17, 0.05, 0.05],
            _ => [0.0, 0.35, 0.03, 0.15, 0.25, 0.02, 0.1, 0.1],
        };
        let work = pick(random, &work);
        let here = pick(random, &tilt(&[0.1, 0.15, 0.25, 0.5], 0.25 * years - 0.7));
        let surveyed = pick(random, &[0.2, 0.8]);
        let civic = pick(
            random,
            &if learned > 4.0 {
                [0.25, 0.75]
            } else {
                [0.08, 0.92]
            },
        );
        let aware = pick(random, &tilt(&[0.5, 0.3, 0.2], 0.8 - 0.25 * learned));
        let transport = pick(
            random,
            &if urban == 1 {
                [0.3, 0.3, 0.2, 0.15, 0.05]
            } else {
                [0.15, 0.1, 0.45, 0.2, 0.1]
            },
        );
        let household = pick(random, &[0.08, 0.2, 0.3, 0.25, 0.17]);
        let compared = pick(random, &tilt(&[0.03, 0.05, 0.15, 0.4, 0.37], 0.4 * mood));
        vec![
            sex, age, schooling, internet, registered, urban, work, here, surveyed, civic, aware,
            transport, household, compared,
        ]
    }

    /// Days differ; few answer at night, most in the evening.
    pub(super) fn usual_time(&mut self) -> f64 {
        let day = pick(&mut self.random, &self.days);
        let hours: Vec<f64> = (0..24_u32)
            .map(|hour| match hour {
                0..=6 => 0.1,
                7..=18 => 1.0,
                19..=22 => 2.6,
                _ => 0.7,
            })
            .collect();
        let hour = pick(&mut self.random, &hours);
        let minute: f64 = self.random.random();
        (f64::from(day - 1) * 24.0 + f64::from(hour - 1) + minute) * HOUR
    }

    /// The responses in the order of their arrival, and which of them are fabricated.
    pub fn responses(mut self) -> (Responses, Vec<bool>) {
        self.forms.sort_by(|a, b| a.received.total_cmp(&b.received));
        let forms = &self.forms;
        let channel = |form: &Form| match form.door {
            Wechat => "wechat",
            Site => "site",
            Poster => "poster",
            Onsite | Invited | Open => "",
        };
        let is_sampled = |form: &Form| matches!(form.door, Onsite | Invited);
        let psu = |form: &Form| match is_sampled(form) {
            true => format!("psu{}", form.place),
            false => String::new(),
        };
        let enumerator = |form: &Form| match form.door {
            Onsite => format!("e{}", form.place / 3),
            _ => String::new(),
        };
        let columns = 0..N_RATED + N_YES_NO + N_BACKGROUND;
        let responses = Responses {
            items: items(),
            answers: columns
                .map(|item| forms.iter().map(|form| form.answers[item]).collect())
                .collect(),
            received_at: forms
                .iter()
                .map(|form| microseconds(form.received))
                .collect(),
            duration: forms
                .iter()
                .map(|form| form.seconds.map_or(Responses::NO_DURATION, round))
                .collect(),
            mode: labels(forms, |form| {
                if form.door == Onsite {
                    "onsite"
                } else {
                    "online"
                }
                .to_owned()
            }),
            channel: labels(forms, |form| channel(form).to_owned()),
            psu: labels(forms, psu),
            enumerator: labels(forms, enumerator),
            area: labels(forms, |form| format!("{}", form.place % 10)),
            flags: labels(forms, |form| form.flags.to_owned()),
        };
        let fakes = forms.iter().map(|form| form.is_fake).collect();
        (responses, fakes)
    }
}

fn items() -> Vec<Item> {
    let item = |code: String, scale, choices, section| Item {
        code,
        scale,
        choices,
        section,
        is_reversed: false,
    };
    let rated = (0..N_RATED).map(|i| item(format!("s{i}"), Some(0), 5, i / 4));
    let yes_no = (0..N_YES_NO).map(|i| item(format!("p{i}"), None, 2, 5 + i / 4));
    let background = BACKGROUND.iter().enumerate();
    let background = background.map(|(i, choices)| item(format!("b{i}"), None, *choices, 8));
    rated.chain(yes_no).chain(background).collect()
}

fn labels(forms: &[Form], of: impl Fn(&Form) -> String) -> Labels {
    let names: Vec<String> = forms.iter().map(of).collect();
    let mut labels = names.clone();
    labels.sort();
    labels.dedup();
    let code = |name: &String| u32::try_from(labels.binary_search(name).unwrap()).unwrap();
    let codes = names.iter().map(code).collect();
    Labels { labels, codes }
}

/// A choice from 1, drawn with chances proportional to `weights`.
fn pick(random: &mut ChaCha8Rng, weights: &[f64]) -> u8 {
    let mut left = random.random::<f64>() * weights.iter().sum::<f64>();
    let place = weights.iter().position(|weight| {
        left -= weight;
        left < 0.0
    });
    u8::try_from(place.unwrap_or(weights.len() - 1) + 1).unwrap()
}

/// A normal deviate (Box and Muller).
pub(super) fn normal(random: &mut ChaCha8Rng) -> f64 {
    let radius = (-2.0 * (1.0 - random.random::<f64>()).ln()).sqrt();
    radius * (std::f64::consts::TAU * random.random::<f64>()).cos()
}

fn as_f64(number: usize) -> f64 {
    f64::from(u32::try_from(number).unwrap())
}

fn round(value: f64) -> u32 {
    format!("{value:.0}").parse().unwrap()
}

fn microseconds(value: f64) -> i64 {
    format!("{value:.0}").parse().unwrap()
}
