//! Simulated surveys: enumerators who invent or copy forms are found, honest ones are left alone.

use minyi::quality::enumerators::{
    self, ALLOWED_ERROR_RATE, BACK_CHECKS, BLANK_ANSWERS, BackCheck, COPIES, DONT_KNOW, LEVEL,
    PACE, Settings,
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
                responses
                    .received_at
                    .push((day * 86_400 + second) * 1_000_000);
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
        let answer = if is_straight && item > 0 {
            form[0]
        } else {
            answer
        };
        form.push(
            if rng.random::<f64>() < unknown * ignorance && !is_straight {
                UNKNOWN
            } else {
                answer
            },
        );
    }
    for choices in BACKGROUND {
        form.push(rng.random_range(1..=choices));
    }
    form
}

/// Surveys of a test: `few`, or `many` with MINYI_TEST_SLOW=1.
fn surveys(few: u64, many: u64) -> u64 {
    if std::env::var("MINYI_TEST_SLOW").is_ok_and(|value| value == "1") {
        many
    } else {
        few
    }
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

/// The share of cheats that was proposed, of honest enumerators that were, and of honest enumerators
/// with any finding.
#[derive(Debug)]
struct Rates {
    found: f64,
    honest_proposed: f64,
    honest_flagged: f64,
}

/// The rates over surveys of `city`, with two enumerators changed by `cheat` in each.
fn rates(city: City, surveys: u64, cheat: impl Fn(&mut Survey, usize, u64)) -> Rates {
    let cheats = [3, 11];
    let (mut found, mut proposed, mut flagged) = (0.0, 0.0, 0.0);
    for number in 0..surveys {
        let seed = city.seed + number;
        let mut survey = Survey::honest(City { seed, ..city });
        for enumerator in cheats {
            cheat(&mut survey, enumerator, number);
        }
        let findings = findings(&mut survey);
        for enumerator in 0..city.enumerators {
            let subject = Subject::Enumerator(format!("E{enumerator:03}"));
            let has_finding = findings.iter().any(|finding| finding.subject == subject);
            let is_proposed = is_proposed(&findings, enumerator);
            if cheats.contains(&enumerator) {
                found += f64::from(u8::from(is_proposed));
            } else {
                proposed += f64::from(u8::from(is_proposed));
                flagged += f64::from(u8::from(has_finding));
            }
        }
    }
    let honest = (city.enumerators - cheats.len()) as f64 * surveys as f64;
    Rates {
        found: found / (cheats.len() as f64 * surveys as f64),
        honest_proposed: proposed / honest,
        honest_flagged: flagged / honest,
    }
}

/// Cities that the rates must hold in. In those with one PSU, areas and enumerators are the same.
fn cities(seed: u64) -> Vec<(&'static str, City)> {
    let city = City::new(seed);
    let all = vec![
        (
            "20 items, 2 PSUs, 16 enumerators",
            City {
                psus: 2,
                enumerators: 16,
                ..city
            },
        ),
        ("20 items, 3 PSUs", city),
        ("20 items, 1 PSU", City { psus: 1, ..city }),
        (
            "40 items, 2 PSUs",
            City {
                rated: 40,
                psus: 2,
                ..city
            },
        ),
    ];
    let few = usize::try_from(surveys(1, 9)).unwrap();
    all.into_iter().take(few).collect()
}

/// Few enumerators tell less about what is usual.
const fn least_found(city: City) -> f64 {
    if city.enumerators < 20 { 0.85 } else { 0.95 }
}

#[test]
fn enumerators_who_write_nearly_the_same_into_every_form_are_found() {
    for (name, city) in cities(100) {
        for kind in 0..3 {
            for changed in [0.0, 0.1] {
                let found = rates(city, surveys(1, 40), |survey, enumerator, _| {
                    survey.straight_lines(enumerator, kind, changed);
                });
                println!("{name}, template {kind}, {changed} changed: {found:?}");
                assert!(found.found >= least_found(city), "{found:?}");
                assert!(found.honest_proposed <= 0.01, "{found:?}");
                assert!(found.honest_flagged <= 0.02, "{found:?}");
            }
        }
    }
}

#[test]
fn typists_who_copy_forms_are_found() {
    for (name, city) in cities(200) {
        for (share, changes) in [(0.3, 2), (0.5, 4), (0.9, 4)] {
            let found = rates(city, surveys(1, 40), |survey, enumerator, number| {
                survey.copies(enumerator, share, changes, number % 2 == 0);
            });
            println!("{name}, {share} copied, {changes} changes: {found:?}");
            assert!(found.found >= least_found(city), "{found:?}");
            assert!(found.honest_proposed <= 0.01, "{found:?}");
            assert!(found.honest_flagged <= 0.02, "{found:?}");
        }
    }
}

#[test]
fn honest_enumerators_are_left_alone() {
    let mut all = cities(300);
    let city = all[0].1;
    all.insert(
        0,
        (
            "half of the people give one answer throughout",
            City {
                straight: 0.5,
                ..city
            },
        ),
    );
    if all.len() > 2 {
        all.push((
            "twice the clustering",
            City {
                icc: 0.2,
                psus: 1,
                ..city
            },
        ));
    }
    for (name, city) in all {
        let number = surveys(4, 100);
        let (mut proposed, mut flagged) = (0.0, 0.0);
        for seed in 0..number {
            let seed = city.seed + seed;
            let findings = findings(&mut Survey::honest(City { seed, ..city }));
            let count = |which: &dyn Fn(&&Finding) -> bool| findings.iter().filter(which).count();
            for finding in findings.iter().filter(|finding| finding.is_proposed) {
                println!(
                    "{name}, seed {seed}: {} {:?}",
                    finding.rule, finding.measures
                );
            }
            proposed += count(&|finding| finding.is_proposed) as f64;
            flagged += findings.len() as f64;
        }
        let honest = city.enumerators as f64 * number as f64;
        println!(
            "{name}: {:.4} proposed, {:.4} flagged, of {honest} enumerators",
            proposed / honest,
            flagged / honest
        );
        assert!(proposed / honest <= 0.01, "{name}: {proposed} of {honest}");
        assert!(flagged / honest <= 0.02, "{name}: {flagged} of {honest}");
    }
}

#[test]
fn a_finding_holds_all_rows_of_the_enumerator_and_no_others() {
    let mut survey = Survey::honest(City {
        enumerators: 10,
        ..City::new(1)
    });
    survey.copies(5, 0.9, 2, false);
    let responses = survey.responses();
    let found = enumerators::findings(&responses, &Settings::default());
    let copies = found.iter().find(|finding| finding.rule == COPIES).unwrap();
    assert_eq!(copies.subject, Subject::Enumerator("E005".to_owned()));
    let expected: Vec<u32> = (0..)
        .zip(&responses.enumerator.codes)
        .filter(|(_, code)| responses.enumerator.labels[**code as usize] == "E005")
        .map(|(row, _)| row)
        .collect();
    assert_eq!(copies.rows, expected);
    let measure = |key| {
        copies
            .measures
            .iter()
            .find(|one| one.key == key)
            .unwrap()
            .value
    };
    assert_eq!(measure("forms") as usize, expected.len());
    assert!(measure("close_matches") >= measure("close_matches_limit"));
    assert!(measure("close_matches_limit") > measure("close_matches_usual"));
    let again = enumerators::findings(&responses, &Settings::default());
    assert_eq!(found, again);
}

/// One typist, and everyone else online: there are no other sets to compare with.
#[test]
fn the_only_typist_is_compared_with_everyone_else() {
    for is_copying in [false, true] {
        let mut survey = Survey::honest(City {
            enumerators: 12,
            ..City::new(2)
        });
        if is_copying {
            survey.copies(4, 0.5, 3, true);
        }
        let mut responses = survey.responses();
        for label in &mut responses.enumerator.labels {
            if label != "E004" {
                label.clear();
            }
        }
        let found = enumerators::findings(&responses, &Settings::default());
        let rules: Vec<_> = found.iter().map(|finding| finding.rule).collect();
        assert_eq!(rules, if is_copying { vec![COPIES] } else { vec![] });
    }
}

#[test]
fn habits_are_flagged_and_not_proposed() {
    let mut survey = Survey::honest(City::new(3));
    let rated = survey.items.len() - BACKGROUND.len();
    for form in &mut survey.sets[1] {
        for answer in form[..rated].iter_mut().step_by(3) {
            *answer = UNKNOWN;
        }
    }
    for form in &mut survey.sets[2] {
        for answer in form[..rated].iter_mut().step_by(3) {
            *answer = BLANK;
        }
    }
    for answer in survey.sets[4]
        .iter_mut()
        .flat_map(|form| &mut form[..rated])
    {
        if *answer != UNKNOWN {
            *answer = answer.saturating_sub(2).max(1);
        }
    }
    let mut responses = survey.responses();
    for (row, code) in responses.enumerator.codes.iter().enumerate() {
        if responses.enumerator.labels[*code as usize] == "E006" {
            responses.duration[row] /= 5;
        }
    }
    let found = enumerators::findings(&responses, &Settings::default());
    for (rule, enumerator) in [(DONT_KNOW, 1), (BLANK_ANSWERS, 2), (LEVEL, 4), (PACE, 6)] {
        let subject = Subject::Enumerator(format!("E{enumerator:03}"));
        let of_rule: Vec<_> = found
            .iter()
            .filter(|finding| finding.rule == rule)
            .collect();
        assert_eq!(of_rule.len(), 1, "{rule}: {of_rule:?}");
        assert_eq!(of_rule[0].subject, subject);
        assert!(!of_rule[0].is_proposed);
    }
}

#[test]
fn small_sets_and_few_enumerators_are_left_out() {
    let mut survey = Survey::honest(City {
        enumerators: 12,
        ..City::new(4)
    });
    survey.straight_lines(7, 1, 0.0);
    survey.sets[7].truncate(9);
    assert!(!is_proposed(&findings(&mut survey), 7));

    let mut survey = Survey::honest(City {
        enumerators: 7,
        ..City::new(4)
    });
    survey.straight_lines(5, 1, 0.0);
    assert!(
        findings(&mut survey)
            .iter()
            .all(|finding| finding.rule == COPIES)
    );
}

#[test]
fn back_checks_flag_error_rates_that_chance_does_not_explain() {
    let responses = Survey::honest(City::new(5)).responses();
    let mut checks: Vec<BackCheck> = (0..30)
        .map(|number| BackCheck {
            enumerator: format!("E{number:03}"),
            checked: 30,
            wrong: 2 + number % 3,
        })
        .collect();
    let found = |checks: &[BackCheck]| {
        enumerators::back_checks(&responses, checks, ALLOWED_ERROR_RATE, 0.01)
    };
    assert!(found(&checks).is_empty());
    checks[8].wrong = 15;
    let found_one = found(&checks);
    assert_eq!(found_one.len(), 1);
    assert_eq!(found_one[0].rule, BACK_CHECKS);
    assert_eq!(found_one[0].subject, Subject::Enumerator("E008".to_owned()));
    assert!(found_one[0].is_proposed && !found_one[0].rows.is_empty());
    // Two wrong of three are no proof.
    checks[8] = BackCheck {
        checked: 3,
        wrong: 2,
        ..checks[8].clone()
    };
    assert!(found(&checks).is_empty());
    checks[8].checked = 0;
    assert!(found(&checks).is_empty());
}

#[test]
fn many_enumerators_are_done_in_a_few_seconds() {
    if surveys(0, 1) == 0 {
        return;
    }
    let city = City {
        enumerators: 2_500,
        rated: 41,
        ..City::new(6)
    };
    let responses = Survey::honest(city).responses();
    let start = std::time::Instant::now();
    let found = enumerators::findings(&responses, &Settings::default());
    println!(
        "{} forms: {:?}, {} findings",
        responses.len(),
        start.elapsed(),
        found.len()
    );
    assert!(found.len() < 25);
}
