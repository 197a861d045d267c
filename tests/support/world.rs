//! Small cities with a known truth, drawn again for each seed: what the method is simulated on.

use std::fmt::Write;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Counties; each has an urban and a rural stratum.
const COUNTIES: usize = 5;
/// PSUs of a stratum in the frame.
const UNITS: usize = 20;
/// Items of the indicator.
pub const ITEMS: usize = 6;
/// Share of the population in each age group, with its effect.
const AGES: [(f64, f64); 3] = [(0.3, -0.025), (0.4, 0.0), (0.3, 0.025)];
/// A trait: share of the population, share of those who open the link, effect.
type Trait = (f64, f64, f64);
/// The trait that the questionnaire asks about.
const ASKED: Trait = (0.3, 0.6, 0.03);
/// The trait that nobody asks about.
const UNASKED: Trait = (0.3, 0.6, 0.04);
/// Chance that an answer follows the person's mood.
const PERSON_SHARE: f64 = 0.5;

/// How a city is surveyed.
#[derive(Debug, Clone, Copy)]
pub struct World {
    /// Truth of the indicator, 0 to 1.
    pub truth: f64,
    /// Drawn PSUs of each stratum.
    pub drawn: usize,
    /// Mean interviews of a PSU.
    pub take: f64,
    /// Volunteers.
    pub volunteers: usize,
    /// Share of the volunteers whose forms are fabricated, all positive.
    pub fabricated: f64,
}

/// One city with its sample: files of a survey folder, rows to import, forms to post.
pub struct Drawn {
    pub frame: String,
    pub population: String,
    /// Sampled responses as CSV.
    pub rows: String,
    /// Volunteers' forms.
    pub forms: Vec<Vec<(String, String)>>,
}

/// A PSU of the frame.
struct Unit {
    size: f64,
    effect: f64,
    is_drawn: bool,
}

/// The codes of places: county and zone of living.
fn area(county: usize) -> String {
    format!("41170{county}")
}

impl World {
    /// The city of a seed.
    pub fn draw(self, seed: u64) -> Drawn {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut strata: Vec<Vec<Unit>> = (0..2 * COUNTIES)
            .map(|_| (0..UNITS).map(|_| Unit::new(&mut random)).collect())
            .collect();
        for units in &mut strata {
            draw_units(units, self.drawn, &mut random);
        }
        let base = self.base(&strata);
        let mut frame = "psu,area,urban,population,selected\n".to_owned();
        let mut rows = "psu,area,urban,age,asked".to_owned();
        for item in 0..ITEMS {
            write!(rows, ",q{item}").unwrap();
        }
        rows.push('\n');
        let mut sizes = vec![0.0; strata.len()];
        for (stratum, units) in strata.iter().enumerate() {
            let (county, urban) = (area(stratum / 2), place(stratum));
            for (number, unit) in units.iter().enumerate() {
                let psu = format!("S{stratum}-{number}");
                let selected = u8::from(unit.is_drawn);
                writeln!(frame, "{psu},{county},{urban},{},{selected}", unit.size).unwrap();
                sizes[stratum] += unit.size;
                if !unit.is_drawn {
                    continue;
                }
                // Villages with more satisfied people give more interviews.
                let spread = 0.5 * unit.effect / EFFECT + 0.35 * normal(&mut random);
                let take = (self.take * spread.exp()).round().max(2.0) as usize;
                for _ in 0..take {
                    let person = Person::drawn(base + unit.effect, &mut random);
                    let answers = person.answers(&mut random).join(",");
                    let (age, asked) = (person.age, u8::from(person.asked));
                    writeln!(rows, "{psu},{county},{urban},{age},{asked},{answers}").unwrap();
                }
            }
        }
        let forms = (0..self.volunteers)
            .map(|_| {
                let stratum = random.random_range(0..strata.len());
                let mut person = Person::volunteer(base, &mut random);
                if random.random_bool(self.fabricated) {
                    person.chance = 1.0;
                }
                person.form(stratum, &mut random)
            })
            .collect();
        Drawn {
            frame,
            population: population(&sizes),
            rows,
            forms,
        }
    }

    /// The base chance at which the truth of the whole city is that of the world: the mean of the
    /// chances over all PSUs, ages and traits, found by bisection.
    fn base(self, strata: &[Vec<Unit>]) -> f64 {
        let units: Vec<&Unit> = strata.iter().flatten().collect();
        let total: f64 = units.iter().map(|unit| unit.size).sum();
        let truth = |base: f64| {
            let mut sum = 0.0;
            for unit in &units {
                for (share, effect) in profiles() {
                    let chance = (base + unit.effect + effect).clamp(0.0, 1.0);
                    sum += unit.size * share * chance;
                }
            }
            sum / total
        };
        let (mut low, mut high) = (0.5, 1.2);
        for _ in 0..60 {
            let middle = (low + high) / 2.0;
            if truth(middle) < self.truth {
                low = middle;
            } else {
                high = middle;
            }
        }
        (low + high) / 2.0
    }
}

/// Largest effect of a PSU, up or down.
const EFFECT: f64 = 0.1;

impl Unit {
    fn new(random: &mut ChaCha8Rng) -> Unit {
        Unit {
            size: (1000.0 * (0.5 * normal(random)).exp()).round(),
            effect: random.random_range(-EFFECT..EFFECT),
            is_drawn: false,
        }
    }
}

/// Draws PSUs with probability proportional to size, systematically in random order.
fn draw_units(units: &mut [Unit], count: usize, random: &mut ChaCha8Rng) {
    let mut order: Vec<usize> = (0..units.len()).collect();
    for at in (1..order.len()).rev() {
        order.swap(at, random.random_range(0..=at));
    }
    let total: f64 = units.iter().map(|unit| unit.size).sum();
    let step = total / count as f64;
    let (mut next, mut sum) = (random.random::<f64>() * step, 0.0);
    for at in order {
        sum += units[at].size;
        if sum > next {
            units[at].is_drawn = true;
            next += step;
        }
    }
}

/// Share and effect of every combination of age and traits in the population.
fn profiles() -> Vec<(f64, f64)> {
    let mut profiles = Vec::new();
    for (share, effect) in AGES {
        for asked in [false, true] {
            for unasked in [false, true] {
                let (a, b) = (part(ASKED, asked), part(UNASKED, unasked));
                profiles.push((share * a.0 * b.0, effect + a.1 + b.1));
            }
        }
    }
    profiles
}

/// Share of the population with or without a trait, and the effect, which has mean zero.
fn part((share, _, effect): Trait, has: bool) -> (f64, f64) {
    match has {
        true => (share, effect * (1.0 - share)),
        false => (1.0 - share, -effect * share),
    }
}

struct Person {
    age: usize,
    asked: bool,
    chance: f64,
    mood: f64,
}

impl Person {
    fn drawn(base: f64, random: &mut ChaCha8Rng) -> Person {
        let (asked, unasked) = (random.random_bool(ASKED.0), random.random_bool(UNASKED.0));
        Person::new(base, asked, unasked, random)
    }

    fn volunteer(base: f64, random: &mut ChaCha8Rng) -> Person {
        let (asked, unasked) = (random.random_bool(ASKED.1), random.random_bool(UNASKED.1));
        Person::new(base, asked, unasked, random)
    }

    fn new(base: f64, asked: bool, unasked: bool, random: &mut ChaCha8Rng) -> Person {
        let mut left = random.random::<f64>();
        let age = AGES.iter().position(|(share, _)| {
            left -= share;
            left < 0.0
        });
        let age = age.unwrap_or(AGES.len() - 1);
        let effect = AGES[age].1 + part(ASKED, asked).1 + part(UNASKED, unasked).1;
        Person {
            age,
            asked,
            chance: (base + effect).clamp(0.0, 1.0),
            mood: random.random(),
        }
    }

    /// 5, 3, or 9 for "don't know" in one of 25.
    fn answers(&self, random: &mut ChaCha8Rng) -> Vec<String> {
        let mut answers = Vec::new();
        for _ in 0..ITEMS {
            let value = match random.random_bool(PERSON_SHARE) {
                true => self.mood,
                false => random.random(),
            };
            let code = match (random.random_bool(0.04), value < self.chance) {
                (true, _) => "9",
                (false, true) => "5",
                (false, false) => "3",
            };
            answers.push(code.to_owned());
        }
        answers
    }

    fn form(&self, stratum: usize, random: &mut ChaCha8Rng) -> Vec<(String, String)> {
        let id = uuid::Builder::from_random_bytes(random.random()).into_uuid();
        let mut form = vec![
            ("response_id".to_owned(), id.to_string()),
            ("area".to_owned(), area(stratum / 2)),
            ("urban".to_owned(), place(stratum).to_owned()),
            ("age".to_owned(), self.age.to_string()),
            ("asked".to_owned(), u8::from(self.asked).to_string()),
        ];
        let answers = self.answers(random).into_iter().enumerate();
        form.extend(answers.map(|(item, code)| (format!("q{item}"), code)));
        form
    }
}

fn place(stratum: usize) -> &'static str {
    ["urban", "rural"][stratum % 2]
}

/// A number from a standard normal distribution (Box & Muller 1958).
fn normal(random: &mut ChaCha8Rng) -> f64 {
    let (u, v): (f64, f64) = (random.random(), random.random());
    (-2.0 * (1.0 - u).ln()).sqrt() * (std::f64::consts::TAU * v).cos()
}

/// population.csv of strata of these sizes.
fn population(sizes: &[f64]) -> String {
    let mut file = "dimension,category,population,source,verified\n".to_owned();
    for (stratum, size) in sizes.iter().enumerate() {
        let (county, urban) = (area(stratum / 2), place(stratum));
        writeln!(file, "county*urban,{county}*{urban},{size},simulated,1").unwrap();
    }
    let total: f64 = sizes.iter().sum();
    for (age, (share, _)) in AGES.iter().enumerate() {
        writeln!(file, "age,{age},{},simulated,1", share * total).unwrap();
    }
    file
}

/// areas.toml of the counties.
pub fn areas() -> String {
    (0..COUNTIES)
        .map(|county| {
            let code = area(county);
            format!(
                "[[area]]\ncode = \"{code}\"\nname.zh = \"县{county}\"\nname.en = \"County {county}\"\n\
                 kind = \"county\"\n"
            )
        })
        .collect()
}
