//! The `answers` of a JSON response, read so that a key given twice is seen: ordinary maps keep the last one only.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value as Json;

/// Question codes and values in the order given, repetitions included.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct JsonAnswers(Vec<(String, Json)>);

impl JsonAnswers {
    /// The keys and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Json)> {
        self.0.iter().map(|(code, value)| (code.as_str(), value))
    }
}

impl FromIterator<(String, Json)> for JsonAnswers {
    fn from_iter<I: IntoIterator<Item = (String, Json)>>(answers: I) -> JsonAnswers {
        JsonAnswers(answers.into_iter().collect())
    }
}

impl<'de> Deserialize<'de> for JsonAnswers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<JsonAnswers, D::Error> {
        struct Answers;
        impl<'de> Visitor<'de> for Answers {
            type Value = JsonAnswers;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of answers by question code")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<JsonAnswers, A::Error> {
                let mut answers = Vec::new();
                while let Some(answer) = map.next_entry()? {
                    answers.push(answer);
                }
                Ok(JsonAnswers(answers))
            }
        }
        deserializer.deserialize_map(Answers)
    }
}
