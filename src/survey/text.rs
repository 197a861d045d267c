//! Texts in TOML files.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::questionnaire::Text;

pub(super) fn text<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Text, D::Error> {
    Ok(TextForm::deserialize(deserializer)?.into())
}

pub(super) fn optional_text<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Text>, D::Error> {
    Ok(Some(TextForm::deserialize(deserializer)?.into()))
}

pub(super) fn texts<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<Text>, D::Error> {
    let forms = Vec::<TextForm>::deserialize(deserializer)?;
    Ok(forms.into_iter().map(Text::from).collect())
}

pub(super) fn texts_by_code<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, Text>, D::Error> {
    let forms = BTreeMap::<String, TextForm>::deserialize(deserializer)?;
    let texts = forms.into_iter().map(|(code, form)| (code, form.into()));
    Ok(texts.collect())
}

/// A text as it is written: by language, or one string for all languages.
#[derive(Deserialize)]
#[serde(untagged)]
enum TextForm {
    Same(String),
    ByLanguage(BTreeMap<String, String>),
}

impl From<TextForm> for Text {
    fn from(form: TextForm) -> Text {
        match form {
            TextForm::Same(text) => Text::from(BTreeMap::from([
                ("zh".into(), text.clone()),
                ("en".into(), text),
            ])),
            TextForm::ByLanguage(texts) => Text::from(texts),
        }
    }
}
