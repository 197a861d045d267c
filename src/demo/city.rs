//! One wave of the fictional city: a person is drawn, answers, and leaves a filled-in form.

use jiff::{Timestamp, civil};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::demo::answers::Answers;
use crate::demo::calendar::{Calendar, began};
use crate::demo::enumerators::Enumerators;
use crate::demo::filled::Filled;
use crate::demo::persons::Residents;
use crate::demo::shops;
use crate::demo::truth::Truth;
use crate::demo::waves::Wave;
use crate::questionnaire::Areas;
use crate::questionnaire::answer::Mode;
use crate::survey::Survey;

/// Channels of the open link.
const CHANNELS: [&str; 3] = ["wechat", "site", "poster"];

/// The channel of the open link that is flooded with fabricated forms.
const FLOODED_CHANNEL: &str = "poster";

/// Forms below which no county is slow and nobody careless: too few would be left for figures.
const FEWEST_TROUBLED: f64 = 2_000.0;

/// The city in one wave. The same survey and seed give the same forms in the same order.
pub struct City<'a> {
    survey: &'a Survey,
    truth: Truth<'a>,
    residents: Residents<'a>,
    answers: Answers<'a>,
    is_troubled: bool,
    enumerators: Enumerators<'a>,
    calendar: Calendar,
    /// Forms that were made, and that will be.
    made: f64,
    forms: f64,
    random: ChaCha8Rng,
    /// The random numbers of times, so that those of persons do not depend on them.
    times: ChaCha8Rng,
}

impl<'a> City<'a> {
    /// The city of `seed` in the wave `survey`, of `responses` over all waves.
    pub fn new(
        survey: &'a Survey,
        areas: &'a Areas,
        seed: u64,
        (wave, responses): (&Wave, u32),
    ) -> City<'a> {
        // Every wave has its own random numbers.
        let seed_of_wave = survey.id.bytes().fold(seed ^ 0x6d69_6e79, |hash, byte| {
            hash.rotate_left(7).wrapping_mul(0x0000_0100_0000_01b3) ^ u64::from(byte)
        });
        let residents = Residents::of(survey, areas, seed);
        let forms = wave.forms(responses);
        let is_troubled = wave.is_troubled && forms >= FEWEST_TROUBLED;
        let first = survey.questionnaire.opens.parse();
        let first = first.unwrap_or(civil::date(2026, 6, 1));
        City {
            survey,
            truth: Truth::of(survey, wave.levels),
            calendar: Calendar::new(first, wave.days, residents.fabricated()),
            residents,
            is_troubled,
            enumerators: Enumerators::of(survey, is_troubled, seed_of_wave ^ 1),
            made: 0.0,
            forms,
            times: ChaCha8Rng::seed_from_u64(seed_of_wave ^ 2),
            answers: Answers::of(survey),
            random: ChaCha8Rng::seed_from_u64(seed_of_wave),
        }
    }

    /// One more filled-in form; `None` if the calendar of the wave has no day.
    pub fn respond(&mut self) -> Option<Filled<'a>> {
        let day = self.calendar.day(self.made / self.forms)?;
        self.made += 1.0;
        let random = &mut self.random;
        let person = self.residents.draw((&day, self.is_troubled), random);
        let mut fields = self.answers.of_person(&person, &self.truth, random);
        let sales = shops::sales(self.survey, &self.truth, random).into_iter();
        fields.extend(sales.map(|(question, value)| (question, value.into())));
        let seconds = random.random_range(match (person.onsite, person.is_fabricated) {
            (true, _) => 240..600,
            (false, true) => 60..90,
            (false, false) => 120..420,
        });
        let channel = match person.psu {
            Some(_) => "",
            None if person.is_fabricated => FLOODED_CHANNEL,
            None => {
                let place = random.random_range(0..CHANNELS.len());
                CHANNELS.get(place).copied().unwrap_or_default()
            }
        };
        let mut filled = Filled {
            mode: match person.onsite {
                true => Mode::Onsite,
                false => Mode::Online,
            },
            channel,
            psu: person.psu.unwrap_or_default(),
            fields,
            enumerator: "",
            is_fabricated: person.is_fabricated,
            began: Timestamp::UNIX_EPOCH,
            seconds,
        };
        self.enumerators.interview(&mut filled);
        let times = &mut self.times;
        filled.began = began(day.date, filled.mode, filled.is_fabricated, times)?;
        Some(filled)
    }
}
