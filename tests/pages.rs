//! Pages without a browser: their size, their texts, and nothing that browsers of 2017 lack.

use minyi::locale::{Language, text};
use minyi::pages::assets;
use minyi::questionnaire::answer::FaultKind;

use crate::support::root;
use crate::support::site::Site;

const SURVEYS: [&str; 4] = [
    "satisfaction-2026",
    "disposables-2026",
    "appliances-2026",
    "fixtures-2026",
];

/// Ten TCP segments of 1,460 bytes: a server sends as much before it waits for an acknowledgement.
const BUDGET: usize = 14_600;

/// Bytes of LimeSurvey 6 with its default theme until the first of 25 questions can be answered.
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
            let page = site
                .server
                .get(&format!("/s/{survey}?lang={language}"))
                .text();
            for outside in [
                "src=",
                "url(",
                "@import",
                "href=\"http",
                "rel=\"stylesheet\"",
            ] {
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
    assert!(
        !policy.contains("unsafe") && !policy.contains('*'),
        "{policy}"
    );
}

#[test]
fn the_front_page_shows_the_four_legal_marks_in_order_before_the_title() {
    let site = Site::start("marks");
    let page = site.server.get("/s/satisfaction-2026").text();
    let at = |what: &str| {
        page.find(what)
            .unwrap_or_else(|| panic!("{what} is missing"))
    };
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
    for (name, style) in [
        ("questionnaire", assets::form_style()),
        ("site", assets::all()[0].body.as_str()),
    ] {
        for feature in of_style {
            // A property counts at the start of its declaration: `grid-gap` is older than `gap`.
            assert!(
                !(style.contains(&format!("{{{feature}"))
                    || style.contains(&format!(";{feature}"))
                    || feature.ends_with('(') && style.contains(feature)),
                "{name}: {feature}"
            );
        }
    }
    let files = std::fs::read_dir(root().join("src/pages/assets/form")).unwrap();
    let files = files.map(|file| file.unwrap().path());
    let script: String = files
        .filter(|file| file.extension().is_some_and(|extension| extension == "js"))
        .map(|file| std::fs::read_to_string(file).unwrap())
        .collect();
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
        assert!(!used, "{feature}");
    }
}

#[test]
fn every_locale_file_is_a_language_with_the_same_keys_and_placeholders() {
    let mut files: Vec<String> = std::fs::read_dir(root().join("src/locale"))
        .unwrap()
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    files.sort_by_key(|code| (code != "zh", code.clone()));
    let known: Vec<&str> = Language::all()
        .iter()
        .map(|language| language.code())
        .collect();
    assert_eq!(known, files, "a file is all that a language needs");
    let keys = |language: &str| -> Vec<String> {
        let source =
            std::fs::read_to_string(root().join(format!("src/locale/{language}.toml"))).unwrap();
        let mut keys = Vec::new();
        for (section, entries) in &source.parse::<toml::Table>().unwrap() {
            if let Some(entries) = entries.as_table() {
                keys.extend(entries.keys().map(|key| format!("{section}.{key}")));
            }
        }
        keys.sort();
        keys
    };
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
    for language in Language::ZH.others() {
        assert_eq!(keys("zh"), keys(language.code()), "{}", language.code());
        for key in keys("zh") {
            let (chinese, own) = (text(Language::ZH, &key), text(language, &key));
            // Chinese has no space between sentences.
            let may_be_empty = key == "results.space";
            assert!(
                may_be_empty || !chinese.is_empty() && !own.is_empty(),
                "{key} is empty"
            );
            if !key.starts_with("results.") {
                assert_eq!(placeholders(&chinese), placeholders(&own), "{key}");
            }
        }
    }
}

#[test]
fn every_fault_has_its_words_in_every_language() {
    for language in Language::all().iter().copied() {
        for kind in FaultKind::KEYS {
            let key = format!("fault.{kind}");
            assert_ne!(text(language, &key), key, "{}", language.code());
        }
    }
}

#[test]
fn large_text_is_carried_from_page_to_page_by_address_alone() {
    let site = Site::start("large");
    for path in [
        "/?text=large",
        "/results?lang=en&text=large",
        "/nowhere?text=large",
    ] {
        let page = site.server.get(path).text();
        assert!(page.contains("<html class=\"large\""), "{path}");
        let links: Vec<&str> = page
            .split("href=\"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
            .filter(|address| address.starts_with('/') && !address.contains('.'))
            .collect();
        let standard = links
            .iter()
            .filter(|address| !address.contains("text=large"));
        assert!(links.len() > 4, "{path}: {links:?}");
        assert_eq!(
            standard.count(),
            1,
            "only the way back to standard text: {links:?}"
        );
    }
    let form = site.server.get("/s/satisfaction-2026?text=large").text();
    let switch = form
        .split("<input")
        .nth(1)
        .unwrap()
        .split('>')
        .next()
        .unwrap();
    assert!(
        switch.contains("id=\"large\"") && switch.contains("checked"),
        "{switch}"
    );
    let mut fields = crate::support::site::complete();
    fields.push(("text", "large"));
    let receipt = site.submit(&fields).header("location").unwrap().to_owned();
    assert!(receipt.ends_with("&text=large"), "{receipt}");
    assert!(
        site.server
            .get(&receipt)
            .text()
            .contains("<html class=\"large\"")
    );
}

/// The content of the first `start … end` in `page`.
pub fn between<'p>(page: &'p str, start: &str, end: &str) -> &'p str {
    let after = page.split(start).nth(1);
    let after = after.unwrap_or_else(|| panic!("{start} is missing"));
    after.split(end).next().unwrap()
}

#[test]
fn a_shared_link_shows_what_this_survey_is_about_and_how_long_it_takes() {
    let site = Site::start("share");
    for language in ["zh", "en"] {
        let mut descriptions = Vec::new();
        for survey in SURVEYS {
            let file = root().join(format!("surveys/{survey}/questionnaire.toml"));
            let file: toml::Table = std::fs::read_to_string(file).unwrap().parse().unwrap();
            let own = |key: &str| file[key][language].as_str().unwrap().to_owned();
            let page = site.server.get(&format!("/s/{survey}?lang={language}"));
            let page = page.text();
            let description = between(&page, "<meta name=\"description\" content=\"", "\"");
            let shared = between(&page, "<meta property=\"og:description\" content=\"", "\"");
            assert_eq!(description, shared, "{survey}");
            assert!(
                description.chars().count() <= 112,
                "{survey}: {description}"
            );
            assert!(
                description.contains(&own("duration")),
                "{survey}: {description}"
            );
            let intro = description.split(&own("duration")).next().unwrap();
            let intro = intro.trim_end().trim_end_matches('…').replace("&#39;", "'");
            assert!(own("intro").starts_with(&intro), "{survey}: {intro}");
            assert!(intro.chars().count() > 20, "{survey}: {intro}");
            descriptions.push(description.to_owned());
        }
        descriptions.dedup();
        assert_eq!(descriptions.len(), SURVEYS.len(), "each survey has its own");
    }
}

#[test]
fn a_chinese_title_breaks_between_words_and_stays_whole_in_the_head() {
    let site = Site::start("title");
    let broken = "2026年<wbr>驻马店市<wbr>生态<wbr>文明<wbr>建设<wbr>公众<wbr>满意度和<wbr>参与度<wbr>调查<wbr>问卷";
    let page = site.server.get("/s/satisfaction-2026").text();
    let plain = broken.replace("<wbr>", "");
    let heading = format!("<h1 aria-label=\"{plain}\">{broken}</h1>");
    assert!(page.contains(&heading));
    assert_eq!(between(&page, "<title>", "</title>"), plain);
    assert!(assets::form_style().contains("h1{word-break:keep-all}"));
    for path in [
        "/",
        "/results/satisfaction-2026",
        "/s/satisfaction-2026/poster",
    ] {
        assert!(site.server.get(path).text().contains(broken), "{path}");
    }
    assert!(
        assets::all()[0]
            .body
            .contains(".title{word-break:keep-all}")
    );
}

/// Fails if a heading of `page` skips a level.
pub fn headings_skip_no_level(page: &str, name: &str) {
    let levels: Vec<u32> = page
        .split("<h")
        .skip(1)
        .filter_map(|after| after.chars().next()?.to_digit(10))
        .collect();
    assert_eq!(levels.first(), Some(&1), "{name}: {levels:?}");
    for pair in levels.windows(2) {
        assert!(pair[1] <= pair[0] + 1, "{name}: {levels:?}");
    }
}

#[test]
fn no_heading_skips_a_level() {
    let site = Site::start("headings");
    for path in [
        "/",
        "/results",
        "/results/satisfaction-2026",
        "/s/satisfaction-2026",
        "/s/satisfaction-2025",
        "/s/satisfaction-2026/poster",
        "/nowhere",
    ] {
        headings_skip_no_level(&site.server.get(path).text(), path);
    }
}

#[test]
fn every_page_but_the_questionnaire_links_the_mark_of_the_site() {
    let site = Site::start("favicon");
    for path in ["/", "/results", "/s/satisfaction-2026/poster", "/nowhere"] {
        let page = site.server.get(path).text();
        assert!(
            page.contains("<link rel=\"icon\" href=\"/favicon.svg\""),
            "{path}"
        );
    }
    let mark = site.server.get("/favicon.svg");
    assert_eq!(mark.header("content-type"), Some("image/svg+xml"));
    assert!(mark.text().starts_with("<svg "));
    let form = site.server.get("/s/satisfaction-2026").text();
    assert!(form.contains("<link rel=\"icon\" href=\"data:,\""));
}
