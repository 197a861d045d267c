//! Compares two questionnaires question by question.

use std::collections::{BTreeMap, BTreeSet};

use super::choice::Choice;
use super::difference::{Change, Difference, Subject};
use super::instrument::{Kind, ObservationUnit, Question, Questionnaire, Section};
use super::rule::compiled::Rule;
use super::text::Text;

/// The differences of `after` from `before`, such as the wave before: of the questionnaire as a
/// whole, of sections, then of questions, in page order; what is gone comes last.
///
/// Sections, questions and choices are the same if they have the same code. Not compared are the
/// names of survey and wave, the dates, and the numbers and the agency of the form, because every
/// wave has its own.
pub fn differences(before: &Questionnaire, after: &Questionnaire) -> Vec<Difference> {
    let mut found = Vec::new();
    whole(
        before,
        after,
        &mut Log::new(&mut found, Subject::Questionnaire),
    );
    sections(before, after, &mut found);
    questions(before, after, &mut found);
    found
}

fn sections(before: &Questionnaire, after: &Questionnaire, found: &mut Vec<Difference>) {
    let codes = |own: &Questionnaire| -> Vec<String> {
        own.sections.iter().map(|own| own.code.clone()).collect()
    };
    let (old_codes, codes) = (codes(before), codes(after));
    let moved = moved(&old_codes, &codes);
    for section in &after.sections {
        let mut log = Log::new(found, Subject::Section(section.code.clone()));
        let Some(old) = before.sections.iter().find(|own| own.code == section.code) else {
            log.add(Change::Added);
            continue;
        };
        log.moved(&moved, &section.code);
        log.text("title", &old.title, &section.title);
        log.text("intro", &old.intro, &section.intro);
        log.rule("ask_if", old.ask_if.as_ref(), section.ask_if.as_ref());
    }
    for code in old_codes.into_iter().filter(|code| !codes.contains(code)) {
        Log::new(found, Subject::Section(code)).add(Change::Removed);
    }
}

fn questions(before: &Questionnaire, after: &Questionnaire, found: &mut Vec<Difference>) {
    let old: BTreeMap<&str, (&Section, &Question)> = before
        .questions()
        .map(|(section, question)| (question.code.as_str(), (section, question)))
        .collect();
    let texts: Vec<_> = old
        .iter()
        .map(|(code, (_, question))| (*code, &question.text))
        .collect();
    for section in &after.sections {
        let codes = |own: &Section| -> Vec<String> {
            own.questions.iter().map(|own| own.code.clone()).collect()
        };
        let same = before.sections.iter().find(|own| own.code == section.code);
        let old_codes = same.map(codes).unwrap_or_default();
        let codes = codes(section);
        let moved = moved(&old_codes, &codes);
        for question in &section.questions {
            let mut log = Log::new(found, Subject::Question(question.code.clone()));
            let Some((old_section, old)) = old.get(question.code.as_str()) else {
                log.add(Change::Added);
                continue;
            };
            if old_section.code != section.code {
                log.add(Change::MovedToSection {
                    before: old_section.code.clone(),
                    after: section.code.clone(),
                });
            }
            log.moved(&moved, &question.code);
            log.text_of("text", (&old.text, &question.text), &texts, &question.code);
            compare_questions(old, question, &mut log);
        }
    }
    for (_, question) in before.questions() {
        if after.question(&question.code).is_none() {
            Log::new(found, Subject::Question(question.code.clone())).add(Change::Removed);
        }
    }
}

/// The differences found so far, and the part that is compared.
struct Log<'l> {
    found: &'l mut Vec<Difference>,
    subject: Subject,
}

impl Log<'_> {
    fn new(found: &mut Vec<Difference>, subject: Subject) -> Log<'_> {
        Log { found, subject }
    }

    fn add(&mut self, change: Change) {
        self.found.push(Difference {
            subject: self.subject.clone(),
            change,
        });
    }

    /// Adds that the section or question `code` is at another place, if it is one of the `moved`.
    fn moved(&mut self, moved: &[(&String, Option<&String>)], code: &str) {
        if let Some((_, behind)) = moved.iter().find(|(own, _)| *own == code) {
            self.add(Change::Moved {
                behind: behind.cloned(),
            });
        }
    }

    fn text(&mut self, part: &str, before: &Text, after: &Text) {
        self.text_of(part, (before, after), &[], "");
    }

    /// Compares a text of the question or choice `code`. `others` are all such texts before.
    fn text_of(
        &mut self,
        part: &str,
        (before, after): (&Text, &Text),
        others: &[(&str, &Text)],
        code: &str,
    ) {
        let languages: BTreeSet<&String> = before.0.keys().chain(after.0.keys()).collect();
        for language in languages {
            let in_language = |text: &Text| text.0.get(language).cloned().unwrap_or_default();
            let (before, after) = (in_language(before), in_language(after));
            if before != after {
                let words = words(&after);
                let same = others
                    .iter()
                    .find(|(own, text)| *own != code && self::words(&in_language(text)) == words);
                self.add(Change::Text {
                    part: part.to_owned(),
                    language: language.clone(),
                    before,
                    taken_from: same
                        .filter(|_| !words.is_empty())
                        .map(|(own, _)| (*own).to_owned()),
                    after,
                });
            }
        }
    }

    fn setting(&mut self, key: &'static str, before: Option<String>, after: Option<String>) {
        if before != after {
            self.add(Change::Setting { key, before, after });
        }
    }

    fn rule(&mut self, key: &'static str, before: Option<&Rule>, after: Option<&Rule>) {
        let before = before.map(ToString::to_string);
        let after = after.map(ToString::to_string);
        if before != after {
            self.add(Change::Rule { key, before, after });
        }
    }

    fn flag(&mut self, flag: &'static str, before: bool, now: bool) {
        if before != now {
            self.add(Change::Flag { flag, now });
        }
    }
}

/// A text without spaces, capitals and the stop at its end. Two labels that differ only in these mean
/// the same.
fn words(text: &str) -> String {
    const STOPS: [char; 10] = ['。', '.', '！', '!', '，', ',', '；', ';', '：', ':'];
    let letters = text.chars().filter(|letter| !letter.is_whitespace());
    let words: String = letters.flat_map(char::to_lowercase).collect();
    words.trim_end_matches(STOPS).to_owned()
}

fn whole(before: &Questionnaire, after: &Questionnaire, log: &mut Log<'_>) {
    for (part, before, after) in [
        ("title", &before.title, &after.title),
        ("intro", &before.intro, &after.intro),
        ("duration", &before.duration, &after.duration),
        ("eligibility", &before.eligibility, &after.eligibility),
        (
            "confidentiality",
            &before.confidentiality,
            &after.confidentiality,
        ),
        ("privacy", &before.privacy, &after.privacy),
        ("contact", &before.contact, &after.contact),
        ("thanks", &before.thanks, &after.thanks),
    ] {
        log.text(part, before, after);
    }
    let unit = |own: &Questionnaire| match own.unit {
        ObservationUnit::Person => Some("person".to_owned()),
        ObservationUnit::Shop => Some("shop".to_owned()),
    };
    log.setting("unit_of_observation", unit(before), unit(after));
}

fn compare_questions(before: &Question, after: &Question, log: &mut Log<'_>) {
    log.text("hint", &before.hint, &after.hint);
    if before.kind.name() != after.kind.name() {
        log.add(Change::Kind {
            before: before.kind.name(),
            after: after.kind.name(),
        });
    }
    if !before.choices().is_empty() && !after.choices().is_empty() {
        compare_choices(before.choices(), after.choices(), log);
    }
    if before.kind.name() == after.kind.name() {
        let old = settings(before);
        for (key, value) in settings(after) {
            log.setting(key, old.get(key).cloned().flatten(), value);
        }
    }
    for (key, before, after) in [
        ("ask_if", &before.ask_if, &after.ask_if),
        ("valid_if", &before.valid_if, &after.valid_if),
        ("screen_out_if", &before.screen_out_if, &after.screen_out_if),
    ] {
        log.rule(key, before.as_ref(), after.as_ref());
    }
    log.text("valid_text", &before.valid_text, &after.valid_text);
    log.text(
        "screen_out_text",
        &before.screen_out_text,
        &after.screen_out_text,
    );
    log.flag("required", before.required, after.required);
    log.flag(
        "interviewer_only",
        before.interviewer_only,
        after.interviewer_only,
    );
    let indicators = |own: &Question| (!own.indicators.is_empty()).then(|| list(&own.indicators));
    log.setting("indicators", indicators(before), indicators(after));
    log.setting("role", before.role.clone(), after.role.clone());
}

/// Key -> limit or unit; `None` if the questionnaire does not set it.
fn settings(question: &Question) -> BTreeMap<&'static str, Option<String>> {
    let (min, max) = question.kind.limits();
    let unit = |unit: &Text| {
        let words: BTreeSet<&String> = unit.0.values().collect();
        (!unit.is_empty()).then(|| list(&words.into_iter().collect::<Vec<_>>()))
    };
    match &question.kind {
        Kind::Single(_) | Kind::Note => BTreeMap::new(),
        Kind::Multiple {
            choices,
            min_choices,
            max_choices,
        } => {
            let all = usize::try_from(*max_choices) == Ok(choices.len());
            BTreeMap::from([
                ("min_choices", Some(min_choices.to_string())),
                ("max_choices", (!all).then(|| max_choices.to_string())),
            ])
        }
        Kind::Integer { unit: own, .. } => BTreeMap::from([
            ("min", min.map(|min| min.to_string())),
            ("max", max.map(|max| max.to_string())),
            ("unit", unit(own)),
        ]),
        Kind::Decimal {
            unit: own,
            decimals,
            ..
        } => BTreeMap::from([
            ("min", min.map(|min| min.to_string())),
            ("max", max.map(|max| max.to_string())),
            ("decimals", Some(decimals.to_string())),
            ("unit", unit(own)),
        ]),
        Kind::Text { max_length } => BTreeMap::from([("max_length", Some(max_length.to_string()))]),
        Kind::Area { kinds } => BTreeMap::from([("areas", Some(list(kinds)))]),
    }
}

fn list<T: ToString>(items: &[T]) -> String {
    let items: Vec<_> = items.iter().map(ToString::to_string).collect();
    items.join(", ")
}

fn compare_choices(before: &[Choice], after: &[Choice], log: &mut Log<'_>) {
    let find =
        |choices: &[Choice], code: &str| choices.iter().position(|choice| choice.code == code);
    let codes = |choices: &[Choice], other: Option<&[Choice]>| -> Vec<String> {
        let choices = choices.iter().map(|choice| choice.code.clone());
        choices
            .filter(|code| other.is_none_or(|other| find(other, code).is_some()))
            .collect()
    };
    let (kept, now) = (codes(before, Some(after)), codes(after, Some(before)));
    if kept.is_empty() {
        return log.add(Change::Scale {
            before: codes(before, None),
            after: codes(after, None),
        });
    }
    let labels: Vec<(&str, &Text)> = before
        .iter()
        .map(|choice| (choice.code.as_str(), &choice.label))
        .collect();
    for choice in after {
        let code = &choice.code;
        let Some(old) = before.iter().find(|own| own.code == *code) else {
            log.add(Change::ChoiceAdded {
                code: code.clone(),
                label: choice.label.get("zh").to_owned(),
            });
            continue;
        };
        let part = format!("label of choice {code}");
        log.text_of(&part, (&old.label, &choice.label), &labels, code);
        log.text(&format!("note of choice {code}"), &old.note, &choice.note);
        for (flag, before, now) in [
            ("missing", old.missing, choice.missing),
            ("exclusive", old.exclusive, choice.exclusive),
        ] {
            if before != now {
                log.add(Change::ChoiceFlag {
                    code: code.clone(),
                    flag,
                    now,
                });
            }
        }
    }
    for choice in before.iter().filter(|own| find(after, &own.code).is_none()) {
        log.add(Change::ChoiceRemoved {
            code: choice.code.clone(),
            label: choice.label.get("zh").to_owned(),
        });
    }
    if kept != now {
        log.add(Change::ChoiceOrder {
            before: kept,
            after: now,
        });
    }
}

/// The codes of both lists that have another place in the order, each with the code that is now
/// before it. As few as possible are said to have moved.
fn moved<'c>(before: &[String], after: &'c [String]) -> Vec<(&'c String, Option<&'c String>)> {
    let kept = in_order(before, after);
    let behind = std::iter::once(None).chain(after.iter().map(Some));
    after
        .iter()
        .zip(behind)
        .filter(|(code, _)| before.contains(code) && !kept.contains(code))
        .collect()
}

/// The longest list of codes that both lists have in the same order.
fn in_order<'c>(before: &[String], after: &'c [String]) -> Vec<&'c String> {
    // For each code, its place in `before` and the longest such list that ends with it.
    let mut longest: Vec<(usize, Vec<&String>)> = Vec::new();
    for code in after {
        let Some(place) = before.iter().position(|own| own == code) else {
            continue;
        };
        let earlier = longest.iter().filter(|(end, _)| *end < place);
        let mut list = earlier
            .max_by_key(|(_, list)| list.len())
            .map_or_else(Vec::new, |(_, list)| list.clone());
        list.push(code);
        longest.push((place, list));
    }
    let longest = longest.into_iter().map(|(_, list)| list);
    longest.max_by_key(Vec::len).unwrap_or_default()
}
