//! Next year's wave, made from this one: what can be taken over, and what people have to decide.

use jiff::ToSpan;
use jiff::civil::Date;
use toml_edit::{DocumentMut, Item, TableLike, value};

use crate::survey::approval::replace;

/// The files of a wave.
#[derive(Debug, Clone, Copy)]
pub struct Wave<'a> {
    /// The name of its folder, such as `satisfaction-2026`.
    pub id: &'a str,
    /// questionnaire.toml.
    pub questionnaire: &'a str,
    /// plan.toml, if it has one.
    pub plan: Option<&'a str>,
    /// Whether the folder has a population.csv.
    pub has_population: bool,
    /// Whether the folder has a frame.csv.
    pub has_frame: bool,
}

/// The files of the new wave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextWave {
    /// questionnaire.toml.
    pub questionnaire: String,
    /// plan.toml, if the wave before has one.
    pub plan: Option<String>,
    /// What has to be decided before fieldwork.
    pub open: Vec<Open>,
}

/// Something that has to be decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open {
    /// The file.
    pub file: &'static str,
    /// Its key, such as `valid_until`; `Open::text` names the text about it.
    pub key: &'static str,
    /// The name of its text in the section `running` of the locale files, after `open_`.
    pub text: &'static str,
}

/// Why no wave can be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoNextWave {
    /// The wave is no year, and no other is given.
    NoYear(String),
    /// The year is not after that of the wave.
    NotLater,
    /// A file is not TOML; its message.
    NotToml(String),
}

impl std::fmt::Display for NoNextWave {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            NoNextWave::NoYear(wave) => {
                write!(
                    f,
                    "the wave `{wave}` is no year, so no next one follows from it"
                )
            }
            NoNextWave::NotLater => f.write_str("the new year must come after that of the wave"),
            NoNextWave::NotToml(message) => f.write_str(message),
        }
    }
}

/// The next wave of `wave`, in `year` or the year after.
///
/// Days move by the difference of the years, scales, population and frame are shared by relative
/// paths, each indicator is compared with the wave before, and the approval is empty: until the new
/// one is entered, every page has a trial watermark.
///
/// # Errors
/// See [`NoNextWave`].
pub fn next_wave(wave: Wave<'_>, year: Option<i16>) -> Result<(i16, NextWave), NoNextWave> {
    let not_toml = |error: toml_edit::TomlError| NoNextWave::NotToml(error.to_string());
    let mut questionnaire: DocumentMut = wave.questionnaire.parse().map_err(not_toml)?;
    let before = text_of(&questionnaire, "wave");
    let from: i16 = before
        .parse()
        .map_err(|_| NoNextWave::NoYear(before.clone()))?;
    let year = year.unwrap_or(from.saturating_add(1));
    if year <= from {
        return Err(NoNextWave::NotLater);
    }
    let years = year - from;
    set(&mut questionnaire, "wave", &year.to_string());
    set(&mut questionnaire, "approval_number", "");
    for key in ["opens", "closes"] {
        let moved = moved(&text_of(&questionnaire, key), years);
        set(&mut questionnaire, key, &moved);
    }
    let month = moved(
        &format!("{}-01", text_of(&questionnaire, "valid_until")),
        years,
    );
    set(
        &mut questionnaire,
        "valid_until",
        month.get(..7).unwrap_or_default(),
    );
    for key in ["title", "privacy"] {
        if let Some(texts) = questionnaire.get_mut(key).and_then(Item::as_table_like_mut) {
            rename_year(texts, &before, &year.to_string());
        }
    }
    // Scales of an even older wave are shared already.
    if questionnaire.get("choices_from").is_none() && questionnaire.remove("choices").is_some() {
        let file = format!("../{}/questionnaire.toml", wave.id);
        questionnaire.insert("choices_from", value(file));
    }
    let plan = match wave.plan {
        Some(plan) => Some(next_plan(wave, plan, year).map_err(not_toml)?),
        None => None,
    };
    let open = open(plan.as_ref());
    let next = NextWave {
        questionnaire: questionnaire.to_string(),
        plan: plan.map(|plan| plan.to_string()),
        open,
    };
    Ok((year, next))
}

fn next_plan(wave: Wave<'_>, plan: &str, year: i16) -> Result<DocumentMut, toml_edit::TomlError> {
    let mut plan: DocumentMut = plan.parse()?;
    set(&mut plan, "wave", &year.to_string());
    for (key, is_there) in [
        ("population", wave.has_population),
        ("frame", wave.has_frame),
    ] {
        if is_there && plan.get(key).is_none() {
            plan.insert(key, value(format!("../{}/{key}.csv", wave.id)));
        }
    }
    let indicators = plan.get_mut("indicator");
    if let Some(indicators) = indicators.and_then(Item::as_array_of_tables_mut) {
        for indicator in indicators.iter_mut() {
            replace(indicator.entry("previous").or_insert(Item::None), wave.id);
        }
    }
    Ok(plan)
}

fn open(plan: Option<&DocumentMut>) -> Vec<Open> {
    let of = |file, keys: &[(&'static str, &'static str)]| -> Vec<Open> {
        let keys = keys.iter();
        keys.map(|(key, text)| Open { file, key, text }).collect()
    };
    let mut open = of(
        "questionnaire.toml",
        &[
            ("approval_number", "approval"),
            ("valid_until", "validity"),
            ("opens, closes", "days"),
            ("title, intro, privacy", "texts"),
        ],
    );
    let Some(plan) = plan else {
        return open;
    };
    let has = |key: &str| plan.get(key).is_some();
    let has_indicator_key = |key: &str| {
        let indicators = plan.get("indicator").and_then(Item::as_array_of_tables);
        indicators.is_some_and(|all| all.iter().any(|indicator| indicator.contains_key(key)))
    };
    if has_indicator_key("target") {
        open.extend(of("plan.toml", &[("target, national_line", "target")]));
    }
    open.extend(of(
        "plan.toml",
        &[("minimum_sampled, minimum_sample", "sample")],
    ));
    if has("population") {
        open.extend(of("plan.toml", &[("population", "population")]));
    }
    if has("frame") {
        open.extend(of("plan.toml", &[("frame", "frame")]));
    }
    if has("channel") {
        open.extend(of("plan.toml", &[("channel", "channels")]));
    }
    if has("evidence") {
        open.extend(of("plan.toml", &[("evidence", "evidence")]));
    }
    open
}

fn text_of(document: &DocumentMut, key: &str) -> String {
    let text = document.get(key).and_then(Item::as_str);
    text.unwrap_or_default().to_owned()
}

fn set(document: &mut DocumentMut, key: &str, text: &str) {
    replace(document.entry(key).or_insert(Item::None), text);
}

/// A day some years later; the text itself if it is none. The 29th of February becomes the 28th.
fn moved(day: &str, years: i16) -> String {
    let parsed: Option<Date> = day.parse().ok();
    let later = parsed.and_then(|day| day.checked_add(i64::from(years).years()).ok());
    later.map_or_else(|| day.to_owned(), |later| later.to_string())
}

/// Writes the new year in the place of the old in every text.
fn rename_year(texts: &mut dyn TableLike, before: &str, year: &str) {
    for (_, item) in texts.iter_mut() {
        if let Some(text) = item.as_str().map(|text| text.replace(before, year)) {
            replace(item, &text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wave<'a>(questionnaire: &'a str, plan: Option<&'a str>) -> Wave<'a> {
        Wave {
            id: "s-2026",
            questionnaire,
            plan,
            has_population: true,
            has_frame: true,
        }
    }

    const QUESTIONNAIRE: &str = "survey = \"s\"\nwave = \"2026\" # the year\ntitle.zh = \"2026年调查\"\n\
        approval_number = \"国统制〔2026〕1号\"\nvalid_until = \"2027-01\"\nopens = \"2026-06-01\"\n\
        closes = \"2026-12-31\"\n\n[choices.x]\n1.zh = \"是\"\n";

    #[test]
    fn days_move_scales_are_shared_and_the_approval_is_empty() {
        let (year, next) = next_wave(wave(QUESTIONNAIRE, None), None).unwrap();
        assert_eq!(year, 2027);
        let text = &next.questionnaire;
        for line in [
            "wave = \"2027\" # the year",
            "title.zh = \"2027年调查\"",
            "approval_number = \"\"",
            "valid_until = \"2028-01\"",
            "opens = \"2027-06-01\"",
            "closes = \"2027-12-31\"",
            "choices_from = \"../s-2026/questionnaire.toml\"",
        ] {
            assert!(text.contains(line), "{line}: {text}");
        }
        assert!(!text.contains("[choices"), "{text}");
        assert!(next.plan.is_none());
    }

    #[test]
    fn the_plan_shares_frame_and_population_and_is_compared_with_the_wave_before() {
        let plan = "wave = \"2026\"\n\n[modes]\nonline = [\"online\"]\n\n[[indicator]]\ncode = \"a\"\n\
                    previous = \"s-2025\"\n\n[[indicator]]\ncode = \"b\"\n";
        let (_, next) = next_wave(wave(QUESTIONNAIRE, Some(plan)), Some(2028)).unwrap();
        let text = next.plan.unwrap();
        assert!(text.starts_with("wave = \"2028\"\n"), "{text}");
        let modes = text.find("[modes]").unwrap();
        assert!(text.find("frame = \"../s-2026/frame.csv\"").unwrap() < modes);
        assert!(
            text.find("population = \"../s-2026/population.csv\"")
                .unwrap()
                < modes
        );
        assert_eq!(text.matches("previous = \"s-2026\"").count(), 2);
        assert!(next.open.iter().any(|open| open.key == "frame"));
    }

    #[test]
    fn a_wave_that_is_no_year_and_a_year_before_are_refused() {
        let spring = QUESTIONNAIRE.replace("wave = \"2026\"", "wave = \"spring\"");
        let refused = next_wave(wave(&spring, None), None);
        assert_eq!(refused, Err(NoNextWave::NoYear("spring".to_owned())));
        let refused = next_wave(wave(QUESTIONNAIRE, None), Some(2026));
        assert_eq!(refused, Err(NoNextWave::NotLater));
    }
}
