//! What the pages promise without a browser: their weight, their words, and nothing that old engines lack.

use minyi::locale::{Language, text};
use minyi::pages::assets;
use minyi::questionnaire::answer::FaultKind;

use crate::respond::Site;
use crate::support::root;

const SURVEYS: [&str; 4] = [
    "satisfaction-2026",
    "disposables-2026",
    "appliances-2026",
    "fixtures-2026",
];

/// Ten TCP segments of 1,460 bytes: what a server sends before it waits for the first acknowledgement.
const BUDGET: usize = 14_600;

/// LimeSurvey 6 with its default theme, before the first of 25 questions can be answered.
const LIMESURVEY: usize = 704_000;

#[test]
fn every_questionnaire_arrives_whole_within_the_first_window() {
    let site = Site::start("weight");
    for survey in SURVEYS {
        for language in ["zh", "en"] {
            for coding in ["br", "gzip"] {
                let path = format!("/s/{survey}?lang={language}");
                let answer = site
                    .server
                    .request("GET", &path, &[("Accept-Encoding", coding)], b"");
                let head: usize = answer
                    .headers
                    .iter()
                    .map(|(name, value)| name.len() + value.len() + 4)
                    .sum();
                let bytes = "HTTP/1.1 200 OK\r\n\r\n".len() + head + answer.body.len();
                println!(
                    "{path} {coding}: {bytes} bytes in one response, 1/{} of LimeSurvey",
                    LIMESURVEY / bytes
                );
                assert_eq!(answer.status, 200);
                assert_eq!(answer.header("content-encoding"), Some(coding));
                assert!(bytes <= BUDGET, "{path} {coding}: {bytes} bytes");
            }
            let page = site.server.get(&format!("/s/{survey}?lang={language}")).text();
            for outside in ["src=", "url(", "@import", "href=\"http", "rel=\"stylesheet\""] {
                assert!(!page.contains(outside), "{survey}: {outside} asks for more");
            }
            assert!(
                !page.contains(" style=\""),
                "{survey}: a style outside the policy"
            );
        }
    }
}

#[test]
fn the_policy_names_the_inline_style_and_script_by_hash_and_nothing_else() {
    let site = Site::start("policy");
    let answer = site.server.get("/s/satisfaction-2026");
    let policy = answer.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
    assert!(policy.contains(&format!(
        "style-src {}",
        assets::policy_hash(assets::form_style())
    )));
    assert!(policy.contains(&format!(
        "script-src {}",
        assets::policy_hash(assets::form_script())
    )));
    assert!(!policy.contains("unsafe") && !policy.contains('*'), "{policy}");
}

#[test]
fn the_front_page_shows_the_four_legal_marks_in_order_before_the_title() {
    let site = Site::start("marks");
    let page = site.server.get("/s/satisfaction-2026").text();
    let at = |what: &str| page.find(what).unwrap_or_else(|| panic!("{what} is missing"));
    let marks = [
        "表　　号：",
        "制定机关：",
        "批准文号：",
        "有效期至：",
        "<h1",
        "试填演示",
        "个人信息处理告知",
    ];
    assert!(
        marks.windows(2).all(|pair| at(pair[0]) < at(pair[1])),
        "{:?}",
        marks.map(at)
    );
}

#[test]
fn the_pages_ask_nothing_of_an_engine_that_chrome_61_and_safari_11_lack() {
    let read = |name: &str| std::fs::read_to_string(root().join("src/pages/assets").join(name)).unwrap();
    // Feature, and the year that engines learnt it.
    let of_style = [
        ":has(",
        ":is(",
        ":where(",
        "clamp(",
        "min(",
        "max(",
        "inset:",
        "aspect-ratio:",
        "@container",
        "@layer",
        ":focus-visible",
        "place-items:",
        "color-mix(",
        "dvh",
        "gap:",
        "&:",
        "& ",
    ];
    for name in ["form.css", "site.css", "tokens.css"] {
        let style = read(name);
        for feature in of_style {
            // Grid and media queries know `gap` and ranges of old; flex does not.
            assert!(
                !(style.contains(&format!("{{{feature}"))
                    || style.contains(&format!(";{feature}"))
                    || feature.ends_with('(') && style.contains(feature)),
                "{name}: {feature}"
            );
        }
    }
    let script = read("form.js");
    let of_script = [
        "?.",
        "??",
        "**",
        "=>",
        "`",
        "async ",
        "await ",
        "let ",
        "const ",
        "class ",
        "fromEntries",
        ".flat(",
        "flatMap",
        ".matchAll(",
        ".replaceAll(",
        ".at(",
        "globalThis",
        "catch {",
        "structuredClone",
        "randomUUID",
        "URLSearchParams",
        "import ",
        "AbortController",
        ".closest(",
        "replaceChildren",
        ".finally(",
    ];
    for feature in of_script {
        let used = script
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
            .any(|line| line.contains(feature) && !(feature == "?." && line.contains("\\d")));
        assert!(!used, "form.js: {feature}");
    }
}

#[test]
fn both_languages_have_the_same_keys_and_placeholders() {
    let read = |language: &str| {
        let source = std::fs::read_to_string(root().join(format!("src/locale/{language}.toml"))).unwrap();
        source.parse::<toml::Table>().unwrap()
    };
    let (zh, en) = (read("zh"), read("en"));
    let keys = |table: &toml::Table| -> Vec<String> {
        let mut keys = Vec::new();
        for (section, entries) in table {
            if let Some(entries) = entries.as_table() {
                keys.extend(entries.keys().map(|key| format!("{section}.{key}")));
            }
        }
        keys.sort();
        keys
    };
    assert_eq!(keys(&zh), keys(&en));
    let placeholders = |text: &str| {
        let mut names: Vec<String> = text
            .split("%{")
            .skip(1)
            .filter_map(|rest| rest.split_once('}'))
            .map(|(name, _)| name.to_owned())
            .collect();
        names.sort();
        names.dedup();
        names
    };
    for key in keys(&zh) {
        let (chinese, english) = (text(Language::ZH, &key), text(Language::EN, &key));
        // Between a number and its word Chinese puts nothing.
        let may_be_empty = key == "results.space";
        assert!(
            may_be_empty || !chinese.is_empty() && !english.is_empty(),
            "{key} is empty"
        );
        if !key.starts_with("results.") {
            assert_eq!(placeholders(&chinese), placeholders(&english), "{key}");
        }
    }
}

#[test]
fn every_fault_has_its_words_in_every_language() {
    for language in Language::ALL {
        for kind in FaultKind::KEYS {
            let key = format!("fault.{kind}");
            assert_ne!(text(language, &key), key, "{}", language.code());
        }
    }
}
