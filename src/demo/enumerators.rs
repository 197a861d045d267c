//! Who interviews and who types: twenty honest enumerators, one who writes down the same for nearly
//! everyone, and three typists, one of whom copies earlier forms.

use std::borrow::Cow;
use std::collections::BTreeMap;

use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::demo::answers::{Fields, rated};
use crate::demo::filled::Filled;
use crate::questionnaire::Kind;
use crate::questionnaire::answer::Mode;
use crate::survey::Survey;

/// Names of the enumerators, two for each county in the order of the frame.
const NAMES: [&str; 20] = [
    "周海燕",
    "吴建国",
    "郑雪梅",
    "冯志刚",
    "褚丽娜",
    "卫东升",
    "蒋玉兰",
    "沈国庆",
    "韩春霞",
    "杨振华",
    "朱秀英",
    "秦立新",
    "尤桂芳",
    "许文博",
    "何晓东",
    "吕淑珍",
    "施长河",
    "张巧云",
    "孔祥瑞",
    "曹金凤",
];

/// The enumerator who asks nearly nobody.
pub const CARELESS: &str = "严浩";

/// The county in which the careless enumerator helps out, and the share of its interviews that are
/// hers.
const CARELESS_IN: (&str, f64) = ("411728", 0.13);

/// The share of her interviews that she makes.
const CARELESS_ASKS: f64 = 0.06;

/// Who types paper forms. The last copies.
const TYPISTS: [&str; 3] = ["录入员甲", "录入员乙", COPIER];

/// The typist who copies.
pub const COPIER: &str = "录入员丙";

/// Share of the copier's forms that are copies.
const COPIED: f64 = 0.45;

/// Answers that are changed in a copy.
const CHANGED: usize = 3;

/// Counties in whose villages a part of the forms is on paper, and which part.
const ON_PAPER: ([&str; 2], f64) = (["411723", "411724"], 0.5);

/// Who works where.
pub struct Enumerators<'a> {
    survey: &'a Survey,
    posts: BTreeMap<&'a str, Post<'a>>,
    /// Forms that the copier typed, to copy from.
    typed: Vec<Fields<'a>>,
    is_troubled: bool,
    random: ChaCha8Rng,
}

struct Post<'a> {
    county: &'a str,
    is_rural: bool,
    /// Place in [`NAMES`].
    enumerator: usize,
}

impl<'a> Enumerators<'a> {
    /// The enumerators of a wave. Each has every second drawn PSU of a county.
    ///
    /// * `is_troubled`: whether one is careless and paper forms are typed, by a copier among others
    pub fn of(survey: &'a Survey, is_troubled: bool, seed: u64) -> Enumerators<'a> {
        let mut counties: BTreeMap<&str, usize> = BTreeMap::new();
        let mut posts = BTreeMap::new();
        for unit in survey.frame.iter().filter(|unit| unit.selected == 1) {
            let first = 2 * counties.len();
            let next = counties.entry(&unit.area).or_insert(first);
            let post = Post {
                county: &unit.area,
                is_rural: unit.urban == "rural",
                enumerator: *next % NAMES.len(),
            };
            posts.insert(unit.psu.as_str(), post);
            // From an even number to the next one and back.
            *next ^= 1;
        }
        Enumerators {
            survey,
            posts,
            typed: Vec::new(),
            is_troubled,
            random: ChaCha8Rng::seed_from_u64(seed),
        }
    }

    /// Lets somebody do the interview whose honest form is `filled`: names them, and changes what a
    /// careless one changes. Forms that no enumerator has are left alone.
    pub fn interview(&mut self, filled: &mut Filled<'a>) {
        let Some(post) = self.posts.get(filled.psu) else {
            return;
        };
        if filled.mode != Mode::Onsite {
            return;
        }
        let (careless_in, part) = CARELESS_IN;
        if self.is_troubled && post.county == careless_in && self.random.random_bool(part) {
            filled.enumerator = CARELESS;
            filled.seconds = self.random.random_range(95..150);
            if !self.random.random_bool(CARELESS_ASKS) {
                straight_line(self.survey, &mut filled.fields);
            }
            return;
        }
        let (on_paper, part) = ON_PAPER;
        let is_on_paper = self.is_troubled && post.is_rural && on_paper.contains(&post.county);
        if is_on_paper && self.random.random_bool(part) {
            filled.mode = Mode::Paper;
            filled.enumerator = TYPISTS.choose(&mut self.random).copied().unwrap_or(COPIER);
            filled.seconds = self.random.random_range(200..420);
            if filled.enumerator == COPIER {
                self.copy(filled);
            }
            return;
        }
        filled.enumerator = NAMES.get(post.enumerator).copied().unwrap_or_default();
        // Some are quicker than others.
        let pace = u32::try_from(post.enumerator % 7).unwrap_or(0);
        filled.seconds = filled.seconds * (90 + 4 * pace) / 100;
    }

    /// Replaces the answers of `filled` by those of an earlier form, a few of them changed.
    fn copy(&mut self, filled: &mut Filled<'a>) {
        if self.random.random_bool(COPIED)
            && let Some(earlier) = self.typed.choose(&mut self.random)
        {
            let own_area = area_of(self.survey, &filled.fields);
            let mut fields = earlier.clone();
            for (name, value) in &mut fields {
                if let Some((area, own)) = &own_area
                    && name == area
                {
                    value.clone_from(own);
                }
            }
            for _ in 0..CHANGED {
                let rated: Vec<&str> = rated(self.survey).collect();
                let item = rated.choose(&mut self.random).copied().unwrap_or_default();
                let answer = ["3", "4", "5"].choose(&mut self.random).copied();
                let found = fields.iter_mut().find(|(name, _)| *name == item);
                if let (Some((_, value)), Some(answer)) = (found, answer) {
                    *value = Cow::Borrowed(answer);
                }
            }
            filled.fields = fields;
            return;
        }
        self.typed.push(filled.fields.clone());
    }
}

/// Gives every rated item the same answer.
fn straight_line(survey: &Survey, fields: &mut Fields<'_>) {
    for item in rated(survey) {
        if let Some((_, value)) = fields.iter_mut().find(|(name, _)| *name == item) {
            *value = Cow::Borrowed("4");
        }
    }
}

/// The question about the place, and its answer.
fn area_of<'a>(survey: &Survey, fields: &Fields<'a>) -> Option<(&'a str, Cow<'a, str>)> {
    let mut fields = fields.iter();
    let found = fields.find(|(name, _)| {
        let question = survey.questionnaire.question(name);
        question.is_some_and(|own| matches!(own.kind, Kind::Area { .. }))
    });
    found.cloned()
}
