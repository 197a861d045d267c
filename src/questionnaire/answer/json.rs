//! The `answers` of a JSON response. A repeated key is kept, because it is a fault; an ordinary map
//! would keep only the last one.

use std::fmt;

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde_json::{Map, Value as Json};

/// Most answers of one response, counting each item of a list; also the most fields of a form.
pub const MOST_VALUES: usize = 512;

/// The start of the error message for more than [`MOST_VALUES`].
pub const TOO_MANY_VALUES: &str = "too many answers";

/// Question codes and values in the order given, with repetitions.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct JsonAnswers(Vec<(String, Json)>);

impl JsonAnswers {
    /// The question codes and values.
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
    /// # Errors
    /// More than [`MOST_VALUES`] answers and items of lists. No questionnaire asks for so many.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<JsonAnswers, D::Error> {
        deserializer.deserialize_map(Answers)
    }
}

struct Answers;

impl<'de> Visitor<'de> for Answers {
    type Value = JsonAnswers;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of answers by question code")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<JsonAnswers, A::Error> {
        let mut answers = Vec::new();
        let mut room = MOST_VALUES;
        while let Some(code) = map.next_key()? {
            take(&mut room)?;
            let value = map.next_value_seed(Given {
                room: &mut room,
                is_item: false,
            })?;
            answers.push((code, value));
        }
        Ok(JsonAnswers(answers))
    }
}

/// Counts one more value.
fn take<E: Error>(room: &mut usize) -> Result<(), E> {
    *room = room
        .checked_sub(1)
        .ok_or_else(|| Error::custom(TOO_MANY_VALUES))?;
    Ok(())
}

/// One value. An object, or a list in a list, cannot be an answer and is read as an empty one,
/// because it can be as large as the request.
struct Given<'r> {
    room: &'r mut usize,
    is_item: bool,
}

impl<'de> DeserializeSeed<'de> for Given<'_> {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Given<'_> {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an answer")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Json, A::Error> {
        if self.is_item {
            while list.next_element::<IgnoredAny>()?.is_some() {}
            return Ok(Json::Array(Vec::new()));
        }
        let mut items = Vec::new();
        while let Some(item) = list.next_element_seed(Given {
            room: self.room,
            is_item: true,
        })? {
            take(self.room)?;
            items.push(item);
        }
        Ok(Json::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Json, A::Error> {
        while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Json::Object(Map::new()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<JsonAnswers, serde_json::Error> {
        serde_json::from_str(text)
    }

    #[test]
    fn values_are_read_as_they_are_and_what_can_be_no_answer_as_an_empty_one() {
        let text = concat!(
            r#"{"a":1,"a":-2,"b":0.5,"c":"好\n","d":null,"e":true,"#,
            r#""f":["x",2,null,[1,2],{"y":1}],"g":{"z":[1]}}"#
        );
        let read = read(text).unwrap();
        let values: Vec<(&str, String)> = read
            .iter()
            .map(|(code, value)| (code, value.to_string()))
            .collect();
        let expected = [
            ("a", "1"),
            ("a", "-2"),
            ("b", "0.5"),
            ("c", r#""好\n""#),
            ("d", "null"),
            ("e", "true"),
            ("f", r#"["x",2,null,[],{}]"#),
            ("g", "{}"),
        ];
        assert_eq!(
            values,
            expected.map(|(code, value)| (code, value.to_owned()))
        );
    }

    #[test]
    fn a_flood_of_values_is_refused_whether_as_answers_or_in_one_list() {
        let answers = |n: usize| format!("{{{}}}", vec![r#""a":0"#; n].join(","));
        let list = |n: usize| format!("{{\"a\":[{}]}}", vec!["0"; n].join(","));
        assert!(read(&answers(MOST_VALUES)).is_ok());
        assert!(read(&list(MOST_VALUES - 1)).is_ok());
        for flood in [answers(MOST_VALUES + 1), list(MOST_VALUES)] {
            let error = read(&flood).unwrap_err();
            assert!(error.is_data() && error.to_string().starts_with(TOO_MANY_VALUES));
        }
    }
}
