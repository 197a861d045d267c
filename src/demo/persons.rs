//! The persons who answer: where they live, how they are reached, what their background is.
//!
//! Each background variable changes the chance of a positive answer by a value that is linear in
//! the category and has mean zero over the population, so that the true share of the city stays
//! what the wave says.
//!
//! The city has what a wrong method trips over:
//!
//! - Villages with more satisfied people give more interviews.
//! - Some of the drawn people are invited and answer online instead of at the door.
//! - The open link reaches the young, the urban and the educated more often, and people whom their
//!   work unit asked to open it, which no question asks about.
//! - One channel of the open link is flooded with fabricated, wholly positive forms within two days.
//! - One county began late and is slow.

use std::collections::BTreeMap;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::demo::backgrounds::{Background, backgrounds, pick};
use crate::demo::calendar::Day;
use crate::demo::villages::{Village, villages};
use crate::questionnaire::Areas;
use crate::survey::Survey;

/// How much likelier an urban resident is to answer the open link.
const URBAN_ONLINE: f64 = 2.5;

/// Largest effect of a county, up or down.
const COUNTY_EFFECT: f64 = 0.012;

/// Share of the honest responses that come from drawn PSUs: on Sundays, and on other days. Over all
/// days 0.6.
const SAMPLED_SHARE: (f64, f64) = (0.35, 0.631);

/// The county that began late and is slow: its code, the share of the days before it began, and its
/// interviews then as a share of what other counties have.
const SLOW: (&str, f64, f64) = ("411725", 0.25, 0.25);

/// People whose work unit asked them to open the link, which no question asks about: share of the
/// population, share of those who open the link, change of the chance of a positive answer.
const MOBILISED: (f64, f64, f64) = (0.15, 0.6, 0.09);

/// Share of the forms of a wave with an open link that are fabricated.
const FABRICATED_SHARE: f64 = 0.066;

/// Of this many urban residents of a county, one lives in each of its zones.
const URBAN_PER_ZONE: usize = 8;

/// One person's circumstances.
pub struct Person<'a> {
    /// Whether an enumerator asks.
    pub onsite: bool,
    /// The PSU in which the person was drawn; `None` for those who open the link.
    pub psu: Option<&'a str>,
    /// Whether the form is fabricated: nobody answers, and every answer is positive.
    pub is_fabricated: bool,
    /// Code of the county or zone.
    pub area: &'a str,
    /// Background questions and the codes of their answers.
    pub background: Vec<(&'a str, &'a str)>,
    /// Sum of the effects: what is added to every chance of a positive answer.
    pub effect: f64,
    /// A number from 0 to 1 that decides a part of the person's answers, so that they agree.
    pub mood: f64,
}

/// Everybody who can answer in one wave.
pub struct Residents<'a> {
    villages: Vec<Village<'a>>,
    parts: Vec<CountyPart<'a>>,
    backgrounds: Vec<Background<'a>>,
    county_effects: BTreeMap<&'a str, f64>,
    counties: Vec<&'a str>,
    /// The zones of each county.
    zones: BTreeMap<&'a str, Vec<&'a str>>,
}

/// The urban or the rural part of a county.
struct CountyPart<'a> {
    county: &'a str,
    urban: &'a str,
    population: f64,
}

impl<'a> Residents<'a> {
    /// The residents for the wave `survey`. The effects of counties follow from `seed` alone, not
    /// from the wave: counties differ in the same way every year.
    pub fn of(survey: &'a Survey, areas: &'a Areas, seed: u64) -> Residents<'a> {
        let parts = county_parts(survey);
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut county_effects = BTreeMap::new();
        for part in &parts {
            county_effects
                .entry(part.county)
                .or_insert_with(|| random.random_range(-COUNTY_EFFECT..COUNTY_EFFECT));
        }
        centre(&mut county_effects, &parts);
        let mut zones: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for area in &areas.0 {
            if let (Some(parent), "zone") = (&area.parent, area.kind.as_str()) {
                zones.entry(parent).or_default().push(&area.code);
            }
        }
        let counties = areas.0.iter().filter(|area| area.kind == "county");
        Residents {
            villages: villages(&survey.frame, &mut random),
            parts,
            backgrounds: backgrounds(survey),
            county_effects,
            counties: counties.map(|area| area.code.as_str()).collect(),
            zones,
        }
    }

    /// The share of the forms that are fabricated: none where there is no open link.
    pub fn fabricated(&self) -> f64 {
        match self.villages.is_empty() {
            true => 0.0,
            false => FABRICATED_SHARE,
        }
    }

    /// Draws a person who answers on `day`, in a wave that has a slow county or not.
    pub fn draw(&self, (day, is_slow): (&Day, bool), random: &mut ChaCha8Rng) -> Person<'a> {
        // Where there is no frame, every shop of a register is visited.
        let has_frame = !self.villages.is_empty();
        let is_fabricated = has_frame && random.random_bool(day.fabricated);
        let sampled = match day.is_sunday() {
            true => SAMPLED_SHARE.0,
            false => SAMPLED_SHARE.1,
        };
        let is_sampled = !has_frame || (!is_fabricated && random.random_bool(sampled));
        let (psu, county, urban, mut effect) = match is_sampled && has_frame {
            true => self.draw_village(is_slow.then_some(day), random),
            false => self.draw_part(random),
        };
        effect += self.county_effects.get(county).copied().unwrap_or(0.0);
        let (population, link, change) = MOBILISED;
        let is_mobilised = random.random_bool(if is_sampled { population } else { link });
        effect += change * (f64::from(u8::from(is_mobilised)) - population);
        let mut invited = 0.0;
        let mut background = Vec::with_capacity(self.backgrounds.len());
        for variable in &self.backgrounds {
            if let Some(category) = variable.draw(urban, is_sampled, random) {
                if variable.variable == "age" {
                    invited = category.invited;
                }
                effect += category.effect;
                background.push((variable.question, category.code));
            }
        }
        let county = match county {
            // Without a population file every county is as likely as the others.
            "" => {
                let place = random.random_range(0..self.counties.len().max(1));
                self.counties.get(place).copied().unwrap_or_default()
            }
            county => county,
        };
        let zones = self.zones.get(county).map_or(&[][..], Vec::as_slice);
        let area = match zones.get(random.random_range(0..URBAN_PER_ZONE)) {
            Some(zone) if urban == "urban" => zone,
            _ => county,
        };
        let is_invited = has_frame && is_sampled && random.random_bool(invited);
        Person {
            onsite: is_sampled && !is_invited,
            psu,
            is_fabricated,
            area,
            background,
            effect: if is_fabricated { 1.0 } else { effect },
            mood: random.random(),
        }
    }

    /// The PSU, county, urban part and village effect of a drawn person. Villages give interviews by
    /// their take, not by their size.
    fn draw_village(&self, slow_day: Option<&Day>, random: &mut ChaCha8Rng) -> Place<'a> {
        let (slow, begins, pace) = SLOW;
        let takes = self.villages.iter().map(|village| {
            let pace = match slow_day.filter(|_| village.unit.area == slow) {
                Some(day) if day.elapsed < begins => 0.0,
                Some(_) => pace,
                None => 1.0,
            };
            village.take * pace
        });
        let takes: Vec<f64> = takes.collect();
        match self.villages.get(pick(random, &takes)) {
            Some(Village { unit, effect, .. }) => {
                (Some(&unit.psu), &unit.area, &unit.urban, *effect)
            }
            None => (None, "", "", 0.0),
        }
    }

    /// The county and urban part of somebody who opens the link; empty without a population file.
    fn draw_part(&self, random: &mut ChaCha8Rng) -> Place<'a> {
        let weights = self.parts.iter().map(|part| {
            let urban = if part.urban == "urban" {
                URBAN_ONLINE
            } else {
                1.0
            };
            part.population * urban
        });
        let weights: Vec<f64> = weights.collect();
        match self.parts.get(pick(random, &weights)) {
            Some(part) => (None, part.county, part.urban, 0.0),
            None => (None, "", "", 0.0),
        }
    }
}

/// PSU, county, urban part, and the effect of the place.
type Place<'a> = (Option<&'a str>, &'a str, &'a str, f64);

/// The county parts of the population; none where the wave is not weighted.
fn county_parts(survey: &Survey) -> Vec<CountyPart<'_>> {
    let crossed = survey.population.dimensions.get("county*urban");
    let parts = crossed
        .into_iter()
        .flatten()
        .filter_map(|(category, figure)| {
            let (county, urban) = category.split_once('*')?;
            Some(CountyPart {
                county,
                urban,
                population: figure.population,
            })
        });
    parts.collect()
}

/// Shifts the effects so that their mean over the population is zero.
fn centre(effects: &mut BTreeMap<&str, f64>, parts: &[CountyPart<'_>]) {
    let total: f64 = parts.iter().map(|part| part.population).sum();
    let weighted = parts
        .iter()
        .map(|part| part.population * effects.get(part.county).copied().unwrap_or(0.0));
    let mean = weighted.sum::<f64>() / total.max(1.0);
    effects.values_mut().for_each(|effect| *effect -= mean);
}
