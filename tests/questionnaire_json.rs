//! The questionnaire as JSON: its shape, and that a client needs nothing else to respond.

use std::collections::HashMap;
use std::sync::LazyLock;

use minyi::questionnaire::answer::{JsonAnswers, Mode, Outcome, parse_json};
use minyi::questionnaire::describe::to_json;
use minyi::questionnaire::{Areas, Questionnaire};
use proptest::prelude::*;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use crate::questionnaire::{areas, real, real_areas, survey, surveys};

fn described(name: &str) -> Value {
    to_json(&survey(name), &areas(), "abc")
}

fn questions(survey: &Value) -> impl Iterator<Item = &Value> {
    let sections = survey["sections"].as_array().unwrap().iter();
    sections.flat_map(|section| section["questions"].as_array().unwrap())
}

fn question<'j>(survey: &'j Value, code: &str) -> &'j Value {
    questions(survey)
        .find(|question| question["code"] == code)
        .unwrap()
}

#[test]
fn the_head_says_which_version_of_which_questionnaire_it_is() {
    let page = described("front_page");
    assert_eq!(page["survey"], "front_page");
    assert_eq!(page["wave"], "2026");
    assert_eq!(page["version"], "abc");
    assert_eq!(page["title"], json!({"zh": "测试", "en": "Test"}));
    assert_eq!(
        (&page["opens"], &page["closes"]),
        (&json!("2026-06-01"), &json!("2026-08-31"))
    );
    assert_eq!(page["unit_of_observation"], "shop");
    assert_eq!(page["contact"]["en"], "Phone 12340");
    assert_eq!(
        page["modes"],
        json!(["online", "onsite", "paper", "phone", "intercept"])
    );
    assert_eq!(described("single")["contact"], Value::Null);
}

#[test]
fn choices_have_their_labels_notes_and_flags() {
    let single = described("single");
    let a1 = question(&single, "a1");
    assert_eq!(
        a1["choices"][1],
        json!({
            "code": "4",
            "label": {"zh": "满意", "en": "Satisfied"},
            "note": null,
            "missing": false,
            "exclusive": false,
        })
    );
    assert_eq!(a1["choices"][5]["missing"], true);
    assert_eq!(a1["kind"], "single");
    assert_eq!(a1["required"], true);
    assert_eq!(a1["ask_if"], Value::Null);
    assert_eq!(a1["ask_if_rule"], Value::Null);
    assert_eq!(a1["indicators"], json!([8, 38]));
    let blue = &question(&single, "c")["choices"][1];
    assert_eq!(blue["note"]["en"], "The colour of the sky");
    let multiple = described("multiple");
    assert_eq!(question(&multiple, "m")["choices"][3]["exclusive"], true);
}

#[test]
fn an_area_question_lists_the_areas_that_can_be_chosen() {
    let area = described("area");
    let codes = |code: &str| -> Vec<&str> {
        let choices = question(&area, code)["choices"].as_array().unwrap();
        choices
            .iter()
            .map(|choice| choice["code"].as_str().unwrap())
            .collect()
    };
    assert_eq!(codes("area"), ["411702", "411721", "411771"]);
    assert_eq!(codes("town"), ["411702001"]);
    let town = &question(&area, "town")["choices"][0];
    assert_eq!(town["label"]["en"], "Renmin");
}

#[test]
fn limits_are_those_of_the_file() {
    let integer = described("integer");
    let bags = question(&integer, "bags");
    assert_eq!((&bags["min"], &bags["max"]), (&json!(0), &json!(200)));
    assert_eq!(bags["unit"], "个", "one word for all languages");
    let change = question(&integer, "change");
    assert_eq!(change["unit"], json!({"zh": "人", "en": "people"}));
    assert_eq!(
        (&change["min"], &change["max"]),
        (&json!(-10), &Value::Null)
    );
    assert_eq!(question(&integer, "any")["unit"], Value::Null);
    let decimal = described("decimal");
    let decimal: Vec<_> = questions(&decimal).collect();
    assert_eq!(decimal[0]["max"], json!(99.5));
    assert_eq!(decimal[1]["decimals"], json!(4));
    assert_eq!(question(&described("text"), "long")["max_length"], 200);
    let multiple = described("multiple");
    let w = question(&multiple, "w");
    assert_eq!(
        (&w["min_choices"], &w["max_choices"]),
        (&json!(0), &json!(1))
    );
}

#[test]
fn rules_stand_as_text_and_in_compiled_form() {
    let ask_if = described("ask_if");
    let why = question(&ask_if, "why");
    assert_eq!(why["ask_if"], "b = 'no'");
    assert_eq!(why["ask_if_rule"], json!(["=", ["q", "b"], "no"]));
    let a1 = question(&ask_if, "a1");
    assert_eq!(a1["ask_if"], "b = 'yes'", "the condition of the section");
    let more = question(&ask_if, "more");
    assert_eq!(
        more["ask_if"],
        "(b = 'yes') and (bags * 2 > 10 or answered(why))"
    );
    assert_eq!(
        more["ask_if_rule"],
        json!([
            "and",
            ["=", ["q", "b"], "yes"],
            [
                "or",
                [">", ["*", ["q", "bags"], 2], 10],
                ["answered", "why"]
            ]
        ])
    );
    let valid_if = described("valid_if");
    let saving = question(&valid_if, "saving");
    assert_eq!(saving["valid_if"], "saving <= all");
    assert_eq!(
        saving["valid_if_rule"],
        json!(["<=", ["q", "saving"], ["q", "all"]])
    );
    assert_eq!(saving["valid_text"]["en"], "This cannot be more than all");
    let screen_out = described("screen_out");
    let ends = questions(&screen_out).find(|question| !question["screen_out_if"].is_null());
    let ends = ends.unwrap();
    assert!(ends["screen_out_if_rule"].is_array() && ends["screen_out_text"]["zh"].is_string());
}

#[test]
fn a_question_for_interviewers_is_not_asked_online() {
    let survey = described("interviewer_only");
    let only = questions(&survey).find(|question| question["interviewer_only"] == true);
    assert_eq!(
        only.unwrap()["modes"],
        json!(["onsite", "paper", "phone", "intercept"])
    );
    let other = questions(&survey).find(|question| question["interviewer_only"] == false);
    assert_eq!(
        other.unwrap()["modes"],
        json!(["online", "onsite", "paper", "phone", "intercept"])
    );
}

#[test]
fn openapi_describes_every_key() {
    fn keys(value: &Value) -> Vec<&String> {
        value.as_object().unwrap().keys().collect()
    }
    let openapi: Value = serde_json::from_str(include_str!("../src/web/openapi.json")).unwrap();
    let head = &openapi["components"]["schemas"]["Questionnaire"]["properties"];
    let section = &head["sections"]["items"]["properties"];
    let question = &section["questions"]["items"]["properties"];
    let choice = &question["choices"]["items"]["properties"];
    let described = described("single");
    let first = &described["sections"][0]["questions"][0];
    assert_eq!(keys(head), keys(&described));
    assert_eq!(keys(section), keys(&described["sections"][0]));
    assert_eq!(keys(question), keys(first));
    assert_eq!(keys(choice), keys(&first["choices"][0]));
}

/// A client that knows only the JSON of a questionnaire.
pub struct Client<'j> {
    random: ChaCha8Rng,
    /// The value of each answer in rules.
    values: HashMap<&'j str, Value>,
}

impl<'j> Client<'j> {
    /// Answers every question that is asked, in page order: the `answers` of a response.
    pub fn respond(survey: &'j Value, mode: &'j str, seed: u64) -> Vec<(String, Value)> {
        let mut client = Client {
            random: ChaCha8Rng::seed_from_u64(seed),
            values: HashMap::from([("mode", json!(mode))]),
        };
        let mut answers = Vec::new();
        for question in questions(survey) {
            let code = question["code"].as_str().unwrap();
            let in_mode = question["modes"].as_array().unwrap().contains(&json!(mode));
            let rule = &question["ask_if_rule"];
            let asked = in_mode && (rule.is_null() || client.holds(rule) == Some(true));
            let required = question["required"] == true;
            if !asked || question["kind"] == "note" || (!required && client.random.random_bool(0.3))
            {
                continue;
            }
            match client.answer(code, question) {
                Some(answer) => answers.push((code.to_owned(), answer)),
                None => assert!(!required, "no answer to {code} is valid"),
            }
        }
        answers
    }

    /// An answer that is valid and does not end the interview, if there seems to be one.
    fn answer(&mut self, code: &'j str, question: &Value) -> Option<Value> {
        for attempt in 0..200 {
            let answer = self.draw(question, attempt > 20);
            self.values.insert(code, value(question, &answer));
            if self.holds(&question["screen_out_if_rule"]) != Some(true)
                && self.holds(&question["valid_if_rule"]) != Some(false)
            {
                return Some(answer);
            }
        }
        self.values.remove(code);
        None
    }

    /// A random answer within the limits; small numbers if it must be `small`.
    fn draw(&mut self, question: &Value, small: bool) -> Value {
        let random = &mut self.random;
        match question["kind"].as_str().unwrap() {
            "single" | "area" => {
                let choices = question["choices"].as_array().unwrap();
                code(&choices[random.random_range(0..choices.len())], random)
            }
            "multiple" => several(question, random),
            "integer" => {
                let min = question["min"].as_i64().unwrap_or(-1_000);
                let max = question["max"].as_i64().unwrap_or(1_000);
                let most = if small { min + 3 } else { max };
                let number = random.random_range(min..=most.min(max));
                match random.random_bool(0.5) {
                    true => json!(number),
                    false => json!(number.to_string()),
                }
            }
            "decimal" => {
                let decimals = question["decimals"].as_u64().unwrap();
                let steps = 10_f64.powi(i32::try_from(decimals).unwrap());
                let min = question["min"].as_f64().unwrap_or(-1_000.0);
                let max = question["max"].as_f64().unwrap_or(1_000.0);
                let least = (min * steps).ceil() as i64;
                let most = (max * steps).floor() as i64;
                let number = random.random_range(least..=most) as f64 / steps;
                json!(format!(
                    "{number:.places$}",
                    places = usize::try_from(decimals).unwrap()
                ))
            }
            "text" => {
                let most = question["max_length"].as_u64().unwrap();
                let length = random.random_range(1..=most);
                let letters = ['a', '人', 'é', '𠮷', '1'];
                let text: String = (0..length)
                    .map(|_| letters[random.random_range(0..letters.len())])
                    .collect();
                json!(text)
            }
            other => panic!("unknown kind {other}"),
        }
    }

    /// Whether a rule is true; `None` if there is none or if it is unknown.
    fn holds(&self, rule: &Value) -> Option<bool> {
        self.evaluate(rule).as_bool()
    }

    /// The value of a compiled rule; null is unknown.
    fn evaluate(&self, rule: &Value) -> Value {
        let Some(parts) = rule.as_array() else {
            return rule.clone();
        };
        let operator = parts[0].as_str().unwrap();
        let of = |code: &Value| {
            let value = self.values.get(code.as_str().unwrap());
            value.cloned().unwrap_or(Value::Null)
        };
        match operator {
            "q" => return of(&parts[1]),
            "answered" => return json!(!of(&parts[1]).is_null()),
            "count" => return json!(of(&parts[1]).as_array().map_or(0, Vec::len)),
            "and" | "or" => {
                let values: Vec<_> = parts[1..].iter().map(|part| self.evaluate(part)).collect();
                let deciding = json!(operator == "or");
                return if values.contains(&deciding) {
                    deciding
                } else if values.contains(&Value::Null) {
                    Value::Null
                } else {
                    json!(operator == "and")
                };
            }
            _ => {}
        }
        let left = self.evaluate(&parts[1]);
        if left.is_null() {
            return Value::Null;
        }
        match operator {
            "not" => return json!(!left.as_bool().unwrap()),
            "neg" => return json!(-left.as_f64().unwrap()),
            "in" => {
                let listed = |one: &Value| {
                    let list = parts[2].as_array().unwrap();
                    list.iter().any(|other| same(one, other))
                };
                return json!(
                    left.as_array()
                        .map_or_else(|| listed(&left), |chosen| chosen.iter().any(listed))
                );
            }
            _ => {}
        }
        let right = self.evaluate(&parts[2]);
        if right.is_null() {
            return Value::Null;
        }
        match operator {
            "=" => return json!(same(&left, &right)),
            "!=" => return json!(!same(&left, &right)),
            _ => {}
        }
        let (left, right) = (left.as_f64().unwrap(), right.as_f64().unwrap());
        match operator {
            "<" => json!(left < right),
            "<=" => json!(left <= right),
            ">" => json!(left > right),
            ">=" => json!(left >= right),
            "+" => json!(left + right),
            "-" => json!(left - right),
            "*" => json!(left * right),
            "/" if right == 0.0 => Value::Null,
            "/" => json!(left / right),
            other => panic!("unknown operator {other}"),
        }
    }
}

fn same(left: &Value, right: &Value) -> bool {
    match (left.as_f64(), right.as_f64()) {
        (Some(left), Some(right)) => left == right,
        _ => left == right,
    }
}

/// The code of a choice: a number in half of the cases in which that is possible.
fn code(choice: &Value, random: &mut impl Rng) -> Value {
    let code = choice["code"].as_str().unwrap();
    match code.parse::<i64>() {
        Ok(number) if random.random_bool(0.5) && number.to_string() == code => json!(number),
        _ => json!(code),
    }
}

/// The choices of a `multiple`: an exclusive one alone, or as many others as the limits allow.
fn several(question: &Value, random: &mut impl Rng) -> Value {
    let choices = question["choices"].as_array().unwrap();
    let (alone, mut others): (Vec<&Value>, Vec<&Value>) = choices
        .iter()
        .partition(|choice| choice["exclusive"] == true);
    if !alone.is_empty() && random.random_bool(0.2) {
        return json!([code(alone[0], random)]);
    }
    let least = question["min_choices"].as_u64().unwrap().max(1) as usize;
    let most = (question["max_choices"].as_u64().unwrap() as usize).min(others.len());
    let count = random.random_range(least..=most);
    let mut chosen = Vec::new();
    for _ in 0..count {
        let one = others.swap_remove(random.random_range(0..others.len()));
        chosen.push(code(one, random));
    }
    json!(chosen)
}

/// The value of an answer in rules: codes are numbers if all codes of the question are integers.
fn value(question: &Value, answer: &Value) -> Value {
    let of_code = |code: &Value| {
        let codes = question["choices"].as_array().unwrap();
        let numeric = codes
            .iter()
            .all(|choice| choice["code"].as_str().unwrap().parse::<i32>().is_ok());
        let text = code
            .as_str()
            .map_or_else(|| code.to_string(), str::to_owned);
        if numeric && question["kind"] != "area" {
            json!(text.parse::<f64>().unwrap())
        } else {
            json!(text)
        }
    };
    match (question["kind"].as_str().unwrap(), answer) {
        ("multiple", Value::Array(codes)) => codes.iter().map(of_code).collect(),
        ("single" | "area", code) => of_code(code),
        ("integer" | "decimal", Value::String(digits)) => json!(digits.parse::<f64>().unwrap()),
        _ => answer.clone(),
    }
}

/// Whether the response of a client with that seed is valid and complete.
fn succeeds(
    (questionnaire, areas, described): &(Questionnaire, Areas, Value),
    mode: Mode,
    seed: u64,
) {
    let answers = Client::respond(described, mode.as_str(), seed);
    let count = answers.len();
    let answers: JsonAnswers = answers.into_iter().collect();
    match parse_json(questionnaire, areas, mode, &answers) {
        Outcome::Complete(complete) => assert_eq!(complete.len(), count),
        other => panic!("{} as {mode}: {other:?} of {answers:?}", questionnaire.id()),
    }
}

fn with_json(questionnaire: Questionnaire, areas: Areas) -> (Questionnaire, Areas, Value) {
    let described = to_json(&questionnaire, &areas, "1");
    (questionnaire, areas, described)
}

#[test]
fn a_client_that_knows_only_the_json_can_answer_every_kind_of_question() {
    for name in surveys(false) {
        let survey = with_json(survey(&name), areas());
        for (mode, seed) in Mode::ALL
            .into_iter()
            .flat_map(|mode| (0..40).map(move |seed| (mode, seed)))
        {
            succeeds(&survey, mode, seed);
        }
    }
}

/// The surveys that come with the program.
static REAL: LazyLock<Vec<(Questionnaire, Areas, Value)>> = LazyLock::new(|| {
    let real = real().into_iter();
    real.map(|(_, questionnaire)| with_json(questionnaire, real_areas()))
        .collect()
});

proptest! {
    #[test]
    fn a_client_that_knows_only_the_json_builds_valid_responses(
        seed in any::<u64>(),
        mode in prop::sample::select(Mode::ALL.to_vec()),
    ) {
        for survey in REAL.iter() {
            succeeds(survey, mode, seed);
        }
    }
}
