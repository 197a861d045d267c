//! The description that search engines and shared links show.

use super::view::View;
use crate::locale::text_with;

/// Most characters of a description. Search engines and messengers cut longer ones off.
const MOST: usize = 110;

impl View<'_> {
    /// What the survey is about and how long it takes.
    pub(super) fn description(&self) -> String {
        let duration = self.translated(&self.questionnaire.duration);
        let room = MOST.saturating_sub(duration.chars().count());
        let intro = shortened(self.translated(&self.questionnaire.intro), room);
        let values = [("intro", intro.as_str()), ("duration", duration)];
        text_with(self.language, "form.share", &values)
    }
}

/// At most `most` characters of `text`: whole sentences where they fill half of that, else whole
/// words and an ellipsis.
fn shortened(text: &str, most: usize) -> String {
    let text = text.trim();
    let Some((fits, _)) = text.char_indices().nth(most) else {
        return text.to_owned();
    };
    let head = text.get(..fits).unwrap_or(text);
    let sentence = head
        .rmatch_indices(['。', '！', '？', '.', '!', '?'])
        .map(|(place, end)| place + end.len())
        .next();
    if let Some(sentence) = sentence.and_then(|end| head.get(..end))
        && sentence.chars().count() * 2 >= most
    {
        return sentence.to_owned();
    }
    // Latin words end at a space, Chinese clauses at a comma.
    let word = head.rfind([' ', '，', '、', '；', '：']);
    let words = word.and_then(|end| head.get(..end)).unwrap_or(head);
    format!("{}…", words.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_fits_stays_whole() {
        assert_eq!(shortened(" 您好！请填写。", 10), "您好！请填写。");
    }

    #[test]
    fn whole_sentences_are_kept_where_they_fill_half() {
        let text = "您好！请清点店里在售的型号。本调查所说的节水型，是指有水效标识。";
        assert_eq!(shortened(text, 20), "您好！请清点店里在售的型号。");
    }

    #[test]
    fn a_long_sentence_ends_between_words_with_an_ellipsis() {
        let text = "Hello! Every year the bureau asks residents what they think of it.";
        assert_eq!(shortened(text, 30), "Hello! Every year the bureau…");
        assert_eq!(
            shortened("您好！每年开展这项调查，想听听您的看法", 16),
            "您好！每年开展这项调查…"
        );
    }
}
