//! Simulated surveys: enumerators who invent or copy forms are found, honest ones are left alone.

use minyi::quality::enumerators::{
    self, ALLOWED_ERROR_RATE, BACK_CHECKS, BackCheck, COPIES, DONT_KNOW, LEVEL, PACE, Settings,
    VARIANCE,
};
use minyi::quality::responses::{BLANK, DONT_KNOW as UNKNOWN};
use minyi::quality::{Choice, Finding, Item, Labels, Responses, Subject};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A simulated survey: answers correlated inside people, PSUs and sections; nine in ten satisfied.
#[derive(Clone, Copy)]
struct City {
    seed: u64,
    enumerators: usize,
    /// Items on the scale of satisfaction, 1 to 5.
    rated: usize,
    /// PSUs of an enumerator. 1: areas and enumerators cannot be told apart.
    psus: usize,
    /// Share of the answers' variance between PSUs.
    icc: f64,
    /// Share of people who give one answer to everything.
    straight: f64,
}

impl City {
    const fn new(seed: u64) -> Self {
        Self {
            seed,
            enumerators: 40,
            rated: 20,
            psus: 3,
            icc: 0.1,
            straight: 0.15,
        }
    }
}

/// Background items: sex, age band, education, urban.
const BACKGROUND: [u8; 4] = [2, 6, 5, 2];

fn normal(rng: &mut ChaCha8Rng) -> f64 {
    let (u, v): (f64, f64) = (rng.random(), rng.random());
    (-2.0 * (1.0 - u).ln()).sqrt() * (2.0 * std::f64::consts::PI * v).cos()
}

/// A survey with the forms of its enumerators, one row a form: the answers, then what is known of it.
struct Survey {
    rng: ChaCha8Rng,
    items: Vec<Item>,
    /// Forms of each enumerator.
    sets: Vec<Vec<Vec<Choice>>>,
    psus: usize,
}

impl Survey {
    fn honest(city: City) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(city.seed);
        let items = items(city.rated);
        let shift: Vec<f64> = (0..city.rated).map(|_| 0.3 * normal(&mut rng)).collect();
        let mut sets = Vec::new();
        for _ in 0..city.enumerators {
            let forms: usize = rng.random_range(20..=60);
            let habit = 0.1 * normal(&mut rng);
            let unknown = 0.04 * (0.4 * normal(&mut rng)).exp();
            let mut set = Vec::new();
            let mut psu = (0.0, vec![0.0; city.rated]);
            for form in 0..forms {
                if form % forms.div_ceil(city.psus) == 0 {
                    // Most of the PSU's part is common to all items.
                    let (common, own) = ((0.8 * city.icc).sqrt(), (0.2 * city.icc).sqrt());
                    psu.0 = common * normal(&mut rng);
                    for effect in &mut psu.1 {
                        *effect = own * normal(&mut rng);
                    }
                }
                set.push(form_of(&mut rng, city, &shift, &psu, habit, unknown));
            }
            sets.push(set);
        }
        Self {
            rng,
            items,
            sets,
            psus: city.psus,
        }
    }

    /// An enumerator who writes nearly the same answers into every form, but invents different people.
    fn straight_lines(&mut self, enumerator: usize, kind: usize, changed: f64) {
        let rated = self.items.len() - BACKGROUND.len();
        let template: Vec<Choice> = match kind % 3 {
            0 => vec![5; rated],
            1 => vec![4; rated],
            // The answers of one real person.
            _ => self.sets[enumerator][0][..rated].to_vec(),
        };
        for form in &mut self.sets[enumerator] {
            for (answer, template) in form.iter_mut().zip(&template) {
                *answer = if self.rng.random::<f64>() < changed {
                    self.rng.random_range(3..=5)
                } else {
                    *template
                };
            }
        }
    }

    /// A typist who makes a share of the forms from earlier ones, each with a few answers changed.
    fn copies(&mut self, enumerator: usize, share: f64, changes: usize, is_consecutive: bool) {
        for form in 1..self.sets[enumerator].len() {
            if self.rng.random::<f64>() >= share {
                continue;
            }
            let source = if is_consecutive {
                form - 1
            } else {
                self.rng.random_range(0..form)
            };
            let mut copy = self.sets[enumerator][source].clone();
            for _ in 0..changes {
                let item = self.rng.random_range(0..copy.len());
                // The new answer is that of the form that the copy replaces.
                copy[item] = if self.rng.random::<f64>() < 0.5 {
                    self.sets[enumerator][form][item]
                } else {
                    self.rng.random_range(1..=self.items[item].choices)
                };
            }
            self.sets[enumerator][form] = copy;
        }
    }

    fn responses(&mut self) -> Responses {
        let mut responses = Responses {
            items: self.items.clone(),
            answers: vec![Vec::new(); self.items.len()],
            ..Responses::default()
        };
        responses.mode.labels.push("onsite".to_owned());
        responses.channel.labels.push(String::new());
        responses.flags.labels.push(String::new());
        for (number, set) in self.sets.iter().enumerate() {
            let enumerator = code(&mut responses.enumerator, format!("E{number:03}"));
            let area = code(&mut responses.area, format!("A{}", number / 8));
            let pace = 1.0 + 0.1 * normal(&mut self.rng);
            for (at, form) in set.iter().enumerate() {
                let psu_name = format!("P{number}-{}", at * self.psus / set.len());
                let psu = code(&mut responses.psu, psu_name);
                for (column, answer) in responses.answers.iter_mut().zip(form) {
                    column.push(*answer);
                }
                let day = i64::try_from(at).unwrap() / 8;
                let second = self.rng.random_range(0..28_800);
                responses.received_at.push((day * 86_400 + second) * 1_000_000);
                let seconds = 600.0 * pace * (0.3 * normal(&mut self.rng)).exp();
                responses.duration.push(seconds as u32);
                responses.enumerator.codes.push(enumerator);
                responses.area.codes.push(area);
                responses.psu.codes.push(psu);
                responses.mode.codes.push(0);
                responses.channel.codes.push(0);
                responses.flags.codes.push(0);
            }
        }
        responses
    }
}

fn items(rated: usize) -> Vec<Item> {
    let rating = (0..rated).map(|at| Item {
        code: format!("q{at}"),
        scale: Some(0),
        choices: 5,
        section: at / 5,
        is_reversed: false,
    });
    let background = BACKGROUND.iter().enumerate().map(|(at, choices)| Item {
        code: format!("b{at}"),
        scale: None,
        choices: *choices,
        section: 99,
        is_reversed: false,
    });
    rating.chain(background).collect()
}

fn code(labels: &mut Labels, label: String) -> u32 {
    let at = labels.labels.iter().rposition(|other| *other == label);
    let at = at.unwrap_or_else(|| {
        labels.labels.push(label);
        labels.labels.len() - 1
    });
    u32::try_from(at).unwrap()
}

/// The form of a person: 50 % very satisfied, 40 % satisfied, and 4 % of answers "don't know".
fn form_of(
    rng: &mut ChaCha8Rng,
    city: City,
    shift: &[f64],
    psu: &(f64, Vec<f64>),
    habit: f64,
    unknown: f64,
) -> Vec<Choice> {
    let person = 0.35_f64.sqrt() * normal(rng);
    let is_straight = rng.random::<f64>() < city.straight;
    let ignorance = (0.8 * normal(rng)).exp();
    let mut section = 0.0;
    let rest = (1.0 - city.icc - 0.35 - 0.1 - 0.01_f64).sqrt();
    let mut form = Vec::new();
    for (item, (shift, effect)) in shift.iter().zip(&psu.1).enumerate() {
        if item % 5 == 0 {
            section = 0.1_f64.sqrt() * normal(rng);
        }
        let latent = shift + psu.0 + effect + habit + person + section + rest * normal(rng);
        let answer = match latent {
            x if x > 0.0 => 5,
            x if x > -1.28 => 4,
            x if x > -1.75 => 3,
            x if x > -2.33 => 2,
            _ => 1,
        };
        let answer = if is_straight && item > 0 { form[0] } else { answer };
        form.push(if rng.random::<f64>() < unknown * ignorance && !is_straight {
            UNKNOWN
        } else {
            answer
        });
    }
    for choices in BACKGROUND {
        form.push(rng.random_range(1..=choices));
    }
    form
}

fn is_slow() -> bool {
    std::env::var("MINYI_TEST_SLOW").is_ok_and(|value| value == "1")
}

fn findings(survey: &mut Survey) -> Vec<Finding> {
    enumerators::findings(&survey.responses(), &Settings::default())
}

fn is_proposed(findings: &[Finding], enumerator: usize) -> bool {
    let subject = Subject::Enumerator(format!("E{enumerator:03}"));
    findings
        .iter()
        .any(|finding| finding.is_proposed && finding.subject == subject)
}

/// How often each cheat was proposed, and how many of the honest enumerators were, over surveys with
/// two cheats each.
struct Rates {
    found: f64,
    honest: f64,
    honest_flagged: f64,
}

fn rates(city: City, surveys: u64, cheat: impl Fn(&mut Survey, usize, usize)) -> Rates {
    let (mut found, mut cheats, mut proposed, mut flagged, mut honest) = (0, 0, 0, 0, 0);
    for seed in 0..surveys {
        let mut survey = Survey::honest(City {
            seed: city.seed + seed,
            ..city
        });
        for (number, enumerator) in [3, 17].into_iter().enumerate() {
            cheat(&mut survey, enumerator, usize::try_from(seed).unwrap() * 2 + number);
        }
        let findings = findings(&mut survey);
        for enumerator in 0..city.enumerators {
            let is_found = is_proposed(&findings, enumerator);
            if [3, 17].contains(&enumerator) {
                cheats += 1;
                found += i32::from(is_found);
            } else {
                honest += 1;
                proposed += i32::from(is_found);
                let subject = Subject::Enumerator(format!("E{enumerator:03}"));
                flagged += i32::from(findings.iter().any(|finding| finding.subject == subject));
            }
        }
    }
    Rates {
        found: f64::from(found) / f64::from(cheats),
        honest: f64::from(proposed) / f64::from(honest),
        honest_flagged: f64::from(flagged) / f64::from(honest),
    }
}

#[test]
fn explore() {
    let n = 50;
    for (rated, psus, en) in [(20, 3, 40), (20, 1, 40), (12, 1, 40), (40, 1, 40), (20, 2, 100), (20, 2, 10)] {
        let city = City { rated, psus, enumerators: en.max(18), ..City::new(7) };
        let t = std::time::Instant::now();
        for changed in [0.0, 0.1, 0.2, 0.3] {
            for kind in 0..3 {
            let r = rates(city, n, |s, e, _| s.straight_lines(e, kind, changed));
            println!("rated {rated} psus {psus} E {en} straight kind {kind} {changed}: found {:.3} honest {:.4} flagged {:.4}", r.found, r.honest, r.honest_flagged);
            }
        }
        for (share, changes) in [(0.3, 2), (0.3, 4), (0.5, 4), (0.9, 4)] {
            let r = rates(city, n, |s, e, k| s.copies(e, share, changes, k % 2 == 0));
            println!("rated {rated} psus {psus} E {en} copies {share} {changes}: found {:.3} honest {:.4} flagged {:.4}", r.found, r.honest, r.honest_flagged);
        }
        println!("{:?}", t.elapsed());
    }
}

#[test]
fn explore_honest() {
    for (rated, psus, icc) in [(20, 3, 0.1), (20, 1, 0.1), (12, 1, 0.1), (40, 2, 0.1), (20, 1, 0.2)] {
        let mut by = std::collections::BTreeMap::new();
        let n = 150;
        for seed in 0..n {
            let mut s = Survey::honest(City { rated, psus, icc, ..City::new(seed + 5000) });
            for f in findings(&mut s) {
                *by.entry((f.rule, f.measures[1].key)).or_insert(0) += 1;
            }
        }
        println!("honest rated {rated} psus {psus} icc {icc}: of {n} surveys x 40: {by:?}");
    }
}
