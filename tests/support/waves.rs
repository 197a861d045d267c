//! Figures of whole waves, and the pages made of them.

use minyi::estimation::Verdict;
use minyi::estimation::comparison::{self, Direction};
use minyi::locale::Language;
use minyi::pages::results;
use minyi::questionnaire::Text;
use minyi::release::base_weights::Coverage;
use minyi::release::figures::*;
use minyi::survey::plan::{IndicatorKind, Target};

use crate::support::figures::{
    about, counties, hidden, judged, participation, reference, satisfaction, test, weighting, with,
    words, written,
};

/// Where the pages say they are.
pub const URL: &str = "https://survey.example.gov.cn";

/// A wave with a figure that is met, one that is inconclusive, and suppressed parts.
pub fn city() -> Figures {
    let indicators = vec![satisfaction(), participation(), reference()];
    let items = indicators[0].sections[0].items.clone();
    Figures {
        survey: "satisfaction-2026".into(),
        title: words(
            "2026年驻马店市生态文明建设公众满意度和参与度调查问卷",
            "Zhumadian 2026: public satisfaction and participation",
        ),
        wave: "2026".into(),
        period: ("2026-06-01".into(), "2026-08-31".into()),
        agency: words("驻马店市统计局", "Zhumadian Bureau of Statistics"),
        updated: "2026-11-20T08:00:00Z".into(),
        n_received: 7391,
        n: 7214,
        exclusions: vec![
            (
                words("填写用时不足30秒", "Filled in within less than 30 seconds"),
                161,
            ),
            (words("缺少加权所需的背景信息", "Background missing"), 16),
        ],
        n_by_mode: vec![
            ("onsite".into(), 3900),
            ("paper".into(), 200),
            ("online".into(), 3114),
        ],
        held: Vec::new(),
        issued: 0,
        n_by_flag: vec![("honeypot".to_owned(), 4), ("no_time".to_owned(), 31)],
        n_sampled: 4100,
        minimum_sampled: Some(3500),
        outcome_rates: Vec::new(),
        coverage: Some(Coverage {
            drawn: 120,
            reached: 118,
        }),
        population_unverified: true,
        population_sources: vec!["第七次全国人口普查公报（第二号）".into()],
        demonstration: true,
        weighting: Some(weighting()),
        indicators,
        by_plan_indicator: vec![PlanIndicatorFigures {
            number: 1,
            name: words("环境空气质量", "Air quality"),
            lead: words("市生态环境局", "Ecology and Environment Bureau"),
            items,
        }],
        evidence: None,
        plan_hash: "0f".repeat(32),
        population_hash: "1e".repeat(32),
        frame_hash: "2f".repeat(32),
        questionnaire_hash: "2d".repeat(32),
        wordings: Vec::new(),
        earlier_plans: Vec::new(),
        software: "0.1.0".into(),
    }
}

/// Means that must fall.
pub fn goods() -> Figures {
    let pieces = |zh: &str, en: &str, mean: f64, error: f64| SectionFigures {
        code: en.to_lowercase(),
        title: words(zh, en),
        estimate: about(mean, error, 960),
        items: vec![ItemFigures {
            code: en.to_lowercase(),
            text: words(zh, en),
            estimate: about(mean, error, 960),
            distribution: Vec::new(),
            n_missing: 0,
        }],
    };
    let whole = with(about(1182.4, 21.0, 960), |estimate| {
        estimate.verdict = Some(Verdict::Met);
    });
    let mut domains = vec![DomainTable {
        rows: counties(0.9)
            .rows
            .into_iter()
            .map(|row| {
                let share = row.estimate.shown().map_or(0.0, |shown| shown.estimate);
                DomainRow {
                    estimate: about(1000.0 + share * 200.0, 60.0, 96),
                    ..row
                }
            })
            .collect(),
        ..counties(0.9)
    }];
    domains[0].rows[9].estimate = hidden();
    let indicator = IndicatorFigures {
        code: "pieces".into(),
        number: Some(35),
        title: words("一次性消费品人均使用量", "Throw-away goods a person"),
        kind: IndicatorKind::Mean,
        unit: words("件/人·年", "pieces a person and year"),
        note: words(
            "过去7天的用量折算成一年。",
            "Use in the past 7 days, scaled to a year.",
        ),
        target: Some(Target::BelowPreviousWave),
        national_line: None,
        minimum_sample: None,
        unweighted: Some(1301.0),
        domains,
        channels: Vec::new(),
        block: None,
        parts: None,
        dont_know: None,
        sensitivity: Vec::new(),
        tipping: None,
        sections: vec![
            pieces(
                "塑料购物袋（含连卷袋）",
                "Plastic shopping bags (also from the roll)",
                412.0,
                9.0,
            ),
            pieces("一次性筷子", "Disposable chopsticks", 188.3, 6.0),
            pieces(
                "一次性餐盒、碗、盘（外卖打包）",
                "Disposable boxes, bowls and plates (take-away)",
                231.1,
                7.0,
            ),
            pieces("宾馆一次性洗漱用品", "Hotel toiletries", 11.2, 1.4),
        ],
        change: Some(Change {
            previous: "disposables-2025".into(),
            difference: comparison::Change {
                relative: -0.1002,
                relative_std_error: 0.02,
                ..test(-131.6, 30.0, Direction::Fallen)
            },
        }),
        contributions: Vec::new(),
        trend: vec![
            ("2025".into(), about(1314.0, 22.0, 950)),
            ("2026".into(), whole.clone()),
        ],
        whole,
    };
    Figures {
        survey: "disposables-2026".into(),
        title: words(
            "2026年驻马店市一次性消费品使用情况调查",
            "Zhumadian 2026: throw-away goods",
        ),
        indicators: vec![indicator],
        by_plan_indicator: Vec::new(),
        n: 960,
        n_received: 971,
        ..city()
    }
}

/// A ratio that is missed, with the failing models.
pub fn shops() -> Figures {
    let part = |code: &str, zh: &str, en: &str, share: f64| ItemFigures {
        code: code.into(),
        text: words(zh, en),
        estimate: about(share, 0.004, 118),
        distribution: Vec::new(),
        n_missing: 0,
    };
    let whole = judged(0.985_1, 0.0031, 118, 1.0);
    let indicator = IndicatorFigures {
        code: "fixtures".into(),
        number: Some(35),
        title: words(
            "在售用水器具中节水型器具占比",
            "Water-saving share of fixtures on sale",
        ),
        kind: IndicatorKind::Ratio,
        unit: Text::default(),
        note: Text::default(),
        target: Some(Target::AtLeast(1.0)),
        national_line: None,
        minimum_sample: None,
        unweighted: None,
        domains: Vec::new(),
        channels: Vec::new(),
        block: None,
        parts: None,
        dont_know: None,
        sensitivity: Vec::new(),
        tipping: None,
        sections: vec![SectionFigures {
            code: "parts".into(),
            title: words("分种类结果", "By kind"),
            estimate: whole.clone(),
            items: vec![
                part("toilet_saving", "坐便器", "Toilets", 0.991),
                part("tap_saving", "水嘴", "Taps", 0.978),
                part("shower_saving", "淋浴器", "Showers", 0.983),
            ],
        }],
        change: None,
        contributions: Vec::new(),
        trend: Vec::new(),
        whole,
    };
    Figures {
        survey: "fixtures-2026".into(),
        title: words(
            "2026年驻马店市在售用水器具调查",
            "Zhumadian 2026: fixtures on sale",
        ),
        weighting: None,
        population_unverified: false,
        population_sources: Vec::new(),
        indicators: vec![indicator.clone()],
        by_plan_indicator: vec![PlanIndicatorFigures {
            number: 35,
            name: words("绿色产品市场占有率", "Market share of green products"),
            lead: words("市水利局", "Water Bureau"),
            items: indicator.sections[0].items.clone(),
        }],
        evidence: Some(Evidence {
            title: words(
                "在售的非节水型型号",
                "Models on sale that are not water-saving",
            ),
            columns: vec![
                words("商店", "Shop"),
                words("种类", "Kind"),
                words("品牌", "Brand"),
                words("型号", "Model"),
            ],
            rows: vec![
                vec![
                    written("解放路建材城"),
                    words("水嘴", "Tap"),
                    written("甲"),
                    written("T-100"),
                ],
                vec![
                    written("乐山路五金店"),
                    words("淋浴器", "Shower"),
                    written("乙"),
                    written("S-7"),
                ],
            ],
        }),
        n: 118,
        n_received: 118,
        n_by_mode: vec![("onsite".into(), 118)],
        exclusions: Vec::new(),
        ..city()
    }
}

/// Everything that can be suppressed is.
pub fn thin() -> Figures {
    let mut figures = city();
    for indicator in &mut figures.indicators {
        indicator.whole = hidden();
        indicator.unweighted = None;
        indicator.dont_know = None;
        indicator.sensitivity.clear();
        indicator.tipping = None;
        indicator.change = None;
        indicator
            .trend
            .iter_mut()
            .for_each(|(_, estimate)| *estimate = hidden());
        if let Some(parts) = &mut indicator.parts {
            parts.volunteer = hidden();
            parts.difference = None;
        }
        for table in &mut indicator.domains {
            table
                .rows
                .iter_mut()
                .for_each(|row| row.estimate = hidden());
        }
        for section in &mut indicator.sections {
            section.estimate = hidden();
            for item in &mut section.items {
                item.estimate = hidden();
                item.n_missing = 0;
                item.distribution.clear();
            }
        }
    }
    for table in &mut figures.by_plan_indicator {
        table
            .items
            .iter_mut()
            .for_each(|item| item.estimate = hidden());
    }
    figures
}

pub fn page(language: Language, figures: &Figures) -> String {
    results::page(language, URL, figures).into_string()
}

pub fn everything() -> Vec<(String, String)> {
    let mut pages = Vec::new();
    for (name, figures) in [
        ("city", city()),
        ("goods", goods()),
        ("shops", shops()),
        ("thin", thin()),
    ] {
        for language in Language::all().iter().copied() {
            pages.push((
                format!("{name}-{}", language.code()),
                page(language, &figures),
            ));
        }
    }
    pages
}

/// Parts of `page` between `start` and `end`.
pub fn parts<'p>(page: &'p str, start: &str, end: &str) -> Vec<&'p str> {
    page.split(start)
        .skip(1)
        .map(|part| part.split(end).next().unwrap())
        .collect()
}

/// What a person or a screen reader gets of `page`: its text and its spoken attributes.
pub fn readable(page: &str) -> String {
    let text = page
        .split('<')
        .filter_map(|part| part.split_once('>').map(|(_, text)| text));
    let spoken = [" aria-label=\"", " content=\""].map(|start| parts(page, start, "\"").join("\n"));
    format!("{}{}", text.collect::<Vec<_>>().join("\n"), spoken.concat())
}
