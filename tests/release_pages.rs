//! The public pages of a release: what they show, what they hide, their charts as files, their
//! weight, and access for everyone.

use minyi::disclosure::{Disclosed, Reason};
use minyi::estimation::Verdict;
use minyi::estimation::comparison::Direction;
use minyi::locale::Language;
use minyi::pages::results;
use minyi::release::figures::{Figures, IndicatorFigures};
use minyi::release::imprint::Imprint;

use crate::browser_access::{axe, findings};
use crate::pages::headings_skip_no_level;
use crate::support::Scratch;
use crate::support::browser::{Browser, DESK, PHONE};
use crate::support::figures::{TRACES, change, judged, satisfaction};
use crate::support::waves::{URL, city, goods, parts, readable, shops, thin};

/// 28 November 2026, 9:30 in China.
pub const PUBLISHED: i64 = 1_795_829_400_000_000;
/// The same time 30 days later.
pub const NEXT: i64 = PUBLISHED + 30 * 24 * 3600 * 1_000_000;

fn imprint() -> Imprint {
    Imprint {
        number: 1,
        published_at: PUBLISHED,
        reason: String::new(),
        next: Some(NEXT),
        public_url: URL.into(),
    }
}

/// Figures as the public may have them, as far as the pages look at it.
pub fn public(mut figures: Figures) -> Figures {
    for indicator in &mut figures.indicators {
        indicator.unweighted = None;
        indicator.contributions.clear();
    }
    figures
}

fn waves() -> [(&'static str, Figures); 4] {
    [
        ("city", public(city())),
        ("goods", public(goods())),
        ("shops", public(shops())),
        ("thin", public(thin())),
    ]
}

fn main_page(language: Language, figures: &Figures) -> String {
    results::release(language.into(), &imprint(), figures, "").into_string()
}

fn groups_page(language: Language, figures: &Figures) -> String {
    results::release_groups(language.into(), &imprint(), figures).into_string()
}

/// Both pages of every wave in every language.
fn everything() -> Vec<(String, String)> {
    let mut pages = Vec::new();
    for (name, figures) in waves() {
        for language in Language::all().iter().copied() {
            let code = language.code();
            pages.push((format!("{name}-{code}"), main_page(language, &figures)));
            pages.push((
                format!("{name}-groups-{code}"),
                groups_page(language, &figures),
            ));
        }
    }
    pages
}

/// The heading of the page of one indicator, without line break marks.
fn heading(language: Language, indicator: IndicatorFigures) -> String {
    let figures = Figures {
        indicators: vec![indicator],
        ..city()
    };
    let page = main_page(language, &public(figures));
    parts(&page, "<h1 class=\"title\" aria-label=\"", "\"")[0].to_owned()
}

#[test]
fn the_title_is_the_finding_with_its_trend_in_at_most_15_words() {
    let risen = satisfaction();
    assert_eq!(
        heading(Language::ZH, risen.clone()),
        "公众对生态文明建设的满意度升至 91.4%，达到 90% 的目标"
    );
    assert_eq!(
        heading(Language::EN, risen.clone()),
        "Public satisfaction with ecological work rose to 91.4%, meeting the 90% target"
    );
    let verdicts = [0.914, 0.899, 0.874].map(|value| judged(value, 0.004, 7214, 0.9));
    let changes = [
        Some(change(0.02, 0.005, Direction::Risen)),
        Some(change(-0.02, 0.005, Direction::Fallen)),
        Some(change(0.001, 0.005, Direction::Unchanged)),
        None,
    ];
    let mut seen = Vec::new();
    for whole in &verdicts {
        seen.extend(whole.verdict());
        for change in &changes {
            let own = IndicatorFigures {
                whole: whole.clone(),
                change: change.clone(),
                ..risen.clone()
            };
            let title = heading(Language::EN, own.clone());
            assert!(title.split_whitespace().count() <= 15, "{title}");
            assert!(heading(Language::ZH, own).contains('%'));
        }
    }
    assert_eq!(
        seen,
        [Verdict::Met, Verdict::Inconclusive, Verdict::NotMet],
        "every verdict has a title"
    );
    let mut long = risen;
    long.title = crate::support::figures::words(
        "很长",
        "Public satisfaction with everything that the city has done for air and water",
    );
    let title = heading(Language::EN, long);
    assert!(!title.contains("target"), "{title}");
}

#[test]
fn a_release_is_the_same_bytes_each_time() {
    for (name, figures) in waves() {
        for language in Language::all().iter().copied() {
            let make = || {
                (
                    main_page(language, &figures),
                    groups_page(language, &figures),
                    results::charts(language, &imprint(), &figures),
                    results::cards(language, &imprint(), &figures),
                )
            };
            assert!(make() == make(), "{name}");
        }
    }
}

#[test]
fn the_main_page_is_under_100_kb() {
    for (name, page) in everything() {
        assert!(page.len() < 100_000, "{name}: {} bytes", page.len());
    }
}

#[test]
fn the_public_sees_no_unweighted_share_no_suppressed_number_and_no_bare_star() {
    for (name, page) in everything() {
        let words = readable(&page);
        for trace in TRACES {
            assert!(!words.contains(trace), "{trace} in {name}");
        }
        for trace in ["未加权", "unweighted", "Unweighted", "Kish"] {
            assert!(!words.contains(trace), "{trace} in {name}");
        }
        assert!(!page.contains(">*<"), "a star without a reason in {name}");
        for trace in ["release_page.", "%{", "NaN", "style=", "onclick"] {
            assert!(!page.contains(trace), "{trace} in {name}");
        }
        headings_skip_no_level(&page, &name);
    }
}

#[test]
fn every_suppressed_cell_says_why() {
    let mut figures = public(city());
    let reasons = [
        Reason::FewAnswers,
        Reason::WideInterval,
        Reason::NoPrecision,
    ];
    let table = &mut figures.indicators[0].domains[0];
    for (row, reason) in table.rows.iter_mut().zip(reasons) {
        row.estimate = Disclosed::Suppressed {
            reason,
            is_judged: true,
        };
    }
    let page = main_page(Language::ZH, &figures);
    for reason in ["回答太少", "区间太宽", "精度不明"] {
        let cells = page.matches(&format!("<td>{reason}</td>")).count();
        assert!(cells >= 3, "{reason} in {cells} cells");
    }
}

#[test]
fn a_journalist_finds_every_answer_before_the_first_chart() {
    let figures = public(city());
    let page = main_page(Language::ZH, &figures);
    let top = page.split("<figure").next().unwrap();
    for answer in [
        "91.4%",
        "目标 90%",
        "达标",
        "无法判断",
        "遂平县",
        "约 7,214 人",
        "2026年11月28日 9:30",
        "2026年12月28日 9:30",
        "数据截至 2026年11月20日",
        "能否引用",
        "比 2025 年上升 1.8 个百分点",
    ] {
        assert!(top.contains(answer), "{answer}");
    }
    assert!(page.contains(&format!("{URL}/results/satisfaction-2026/r/1")));
    assert!(page.contains("2023 年度指标任务分解计划"));
}

#[test]
fn the_notice_of_a_revision_needs_no_change_of_the_page() {
    let page = main_page(Language::ZH, &public(city()));
    assert!(page.contains(
        "<p class=\"superseded\" role=\"note\"><a href=\"/results/satisfaction-2026\">这次发布已被修订，请看最新发布</a></p>"
    ));
    assert!(
        page.contains(
            "<link rel=\"stylesheet\" href=\"/results/satisfaction-2026/r/1/status.css\">"
        )
    );
    let style = minyi::pages::assets::all()[0].body.as_str();
    assert!(
        style.contains(".superseded{display:none"),
        "hidden until then"
    );
}

#[test]
fn the_head_tells_other_sites_what_the_page_is() {
    let figures = public(city());
    let json = "{\"name\":\"</script><b>\"}";
    let page = results::release(Language::EN.into(), &imprint(), &figures, json).into_string();
    let address = format!("{URL}/results/satisfaction-2026/r/1");
    for part in [
        format!("<link rel=\"canonical\" href=\"{address}?lang=en\">"),
        format!("property=\"og:image\" content=\"{address}/card.png?lang=en\""),
        format!("type=\"text/csv\" href=\"{address}/figures.csv?lang=en\""),
        format!("type=\"application/json\" href=\"{address}/figures.json?lang=en\""),
        "<script type=\"application/ld+json\">{\"name\":\"\\u003c/script>\\u003cb>\"}</script>"
            .to_owned(),
    ] {
        assert!(page.contains(&part), "{part}");
    }
}

#[test]
fn every_chart_can_be_taken_and_stands_alone() {
    for (name, figures) in waves() {
        for language in Language::all().iter().copied() {
            let both = [
                main_page(language, &figures),
                groups_page(language, &figures),
            ]
            .concat();
            let charts = results::charts(language, &imprint(), &figures);
            let numbers: Vec<usize> = charts.iter().map(|chart| chart.k).collect();
            assert_eq!(numbers, (1..=charts.len()).collect::<Vec<_>>(), "{name}");
            let shown = parts(&both, "<figure class=\"figure\" id=\"figure-", "\"");
            let of_pages: Vec<String> = numbers.iter().map(usize::to_string).collect();
            assert_eq!(shown, of_pages, "{name}: the numbers of the pages");
            for chart in &charts {
                stands_alone(&chart.svg, &chart.title);
                let file = format!("/r/1/figure-{}", chart.k);
                assert!(chart.svg.contains(&format!("{file}.svg")), "its address");
                for kind in ["svg", "png", "csv"] {
                    assert!(
                        both.contains(&format!("{file}.{kind}")),
                        "{name}: {file}.{kind}"
                    );
                }
                let widths: Vec<usize> = chart.table.iter().map(Vec::len).collect();
                assert!(widths.len() > 1 && widths.iter().all(|width| *width == widths[0]));
            }
        }
    }
}

/// Fails unless `svg` is a well-formed picture that needs nothing from outside.
fn stands_alone(svg: &str, title: &str) {
    assert!(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\""));
    let options = resvg::usvg::Options::default();
    let tree = resvg::usvg::Tree::from_str(svg, &options).expect("a well-formed SVG");
    assert!(tree.size().width() >= 720.0);
    for outside in ["href", "url(", "<style", "<script", "foreignObject", "var("] {
        assert!(!svg.contains(outside), "{outside} in {svg}");
    }
    assert!(svg.contains("font-family=\"'Noto Sans SC'"));
    assert!(svg.contains("fill=\"#ffffff\""), "a white ground");
    let start: String = title.chars().take(6).collect();
    let start = start.replace('&', "&amp;").replace('<', "&lt;");
    assert!(
        svg.contains(&format!("font-weight=\"bold\">{start}")),
        "{title}"
    );
    assert!(svg.contains("驻马店市统计局") || svg.contains("Zhumadian Bureau of Statistics"));
    // Without an ink a shape is black, without a line it is not seen.
    for path in parts(svg, "<path ", ">") {
        assert!(
            path.contains("fill=\"#") || path.contains("stroke=\"#"),
            "{path}"
        );
    }
    for group in parts(svg, "<g ", ">") {
        assert!(
            group.contains("fill=\"#") || group.contains("translate("),
            "{group}"
        );
    }
}

#[test]
fn a_drawn_interval_ends_where_the_number_says() {
    let figures = public(city());
    for chart in results::charts(Language::ZH, &imprint(), &figures) {
        for interval in parts(&chart.svg, "class=\"interval", ">") {
            assert!(!interval.contains("linecap"), "{interval}");
        }
    }
    // 89.2 to 90.6 % around a target of 90 %: the bar crosses the line of the target, and no other
    // part of it does more.
    let page = main_page(Language::ZH, &figures);
    assert!(!page.contains("class=\"interval\" stroke-linecap"));
}

#[test]
fn the_answers_of_a_scale_can_be_told_apart_without_colours() {
    let charts = results::charts(Language::ZH, &imprint(), &public(city()));
    let scales: Vec<_> = charts
        .iter()
        .filter(|chart| chart.svg.contains("scale s4"))
        .collect();
    assert!(!scales.is_empty());
    for chart in scales {
        let [worse, worst] = ["hatch3", "hatch4"].map(|class| parts(&chart.svg, class, ">").len());
        assert!(
            worse > 1 && worst > 1,
            "hatched in the legend and in the bars"
        );
    }
}

#[test]
fn the_pictures_for_shared_links_have_the_finding_the_verdict_and_the_source() {
    for (name, figures) in waves() {
        for language in Language::all().iter().copied() {
            let cards = results::cards(language, &imprint(), &figures);
            for (svg, size) in [
                (cards.wide, (1200.0, 630.0)),
                (cards.square, (1080.0, 1080.0)),
            ] {
                let options = resvg::usvg::Options::default();
                let tree = resvg::usvg::Tree::from_str(&svg, &options).unwrap();
                assert_eq!((tree.size().width(), tree.size().height()), size, "{name}");
                assert!(svg.contains("example.gov.cn/results/"), "{name}");
                let date = ["2026年11月28日", "28 November 2026"];
                assert!(date.iter().any(|date| svg.contains(date)), "{name}");
            }
        }
    }
    let svg = results::cards(Language::ZH, &imprint(), &public(city())).wide;
    for words in ["91.4%", "达标", "目标 90%", "驻马店市统计局", "演示结果"] {
        assert!(svg.contains(words), "{words}");
    }
}

#[test]
fn axe_finds_nothing_on_the_pages_of_a_release() {
    let Some(axe) = axe() else { return };
    let folder = Scratch::new("release-pages");
    let style = minyi::pages::assets::stylesheet_path();
    folder.write("style.css", &minyi::pages::assets::all()[0].body);
    let checked = ["city-zh", "city-groups-en", "goods-en"];
    let mut pages: Vec<(String, String)> = everything()
        .into_iter()
        .filter(|(name, _)| checked.contains(&name.as_str()))
        .collect();
    let calendar = crate::release_archive::calendar_page(Language::EN.into());
    pages.push(("calendar".into(), calendar));
    let browsers = [(PHONE, false), (DESK, true)].map(|(size, dark)| {
        let browser = Browser::open(size);
        if dark {
            browser.dark();
        }
        browser
    });
    for (name, page) in pages {
        // The path of the state names no host, so a file cannot have it.
        let page = page.replace(&style, "style.css");
        let file = folder.write(&format!("{name}.html"), &page);
        for browser in &browsers {
            browser.go(&format!("file://{}", file.display()));
            browser.run("document.querySelectorAll('details').forEach(d => d.open = true)");
            assert_eq!(findings(browser, axe), serde_json::json!([]), "{name}");
            assert_eq!(
                browser.run("return document.documentElement.scrollWidth <= innerWidth"),
                true,
                "{name} is wider than the screen"
            );
        }
    }
}
