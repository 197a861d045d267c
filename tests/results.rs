//! The results page: every state in words, every chart with its table, nothing suppressed, nothing inline.

use std::collections::BTreeMap;

use minyi::locale::Language;
use minyi::pages::results;
use minyi::questionnaire::Text;
use minyi::release::figures::*;
use minyi::survey::plan::{IndicatorKind, Target};

/// Where the pages say they are.
const URL: &str = "https://survey.example.gov.cn";

/// What a respondent wrote: in one language only.
fn written(text: &str) -> Text {
    Text::from(BTreeMap::from([("zh".to_owned(), text.to_owned())]))
}

fn words(zh: &str, en: &str) -> Text {
    Text::from(BTreeMap::from([
        ("zh".to_owned(), zh.to_owned()),
        ("en".to_owned(), en.to_owned()),
    ]))
}

/// An estimate with a symmetric interval.
fn about(estimate: f64, std_error: f64, n: u64) -> Estimate {
    Estimate {
        n,
        estimate,
        std_error,
        df: 212.0,
        lower: estimate - 1.96 * std_error,
        upper: (estimate + 1.96 * std_error).min(if estimate <= 1.0 { 1.0 } else { f64::INFINITY }),
        level: 0.95,
        design_effect: Some(1.64),
        n_effective: Some(f64::from(u32::try_from(n).unwrap()) / 1.64),
        verdict: None,
        decision: None,
        presentation: Presentation::Publish,
    }
}

/// Judged against `line` by its one-sided bounds.
fn judged(estimate: f64, std_error: f64, n: u64, line: f64) -> Estimate {
    let found = about(estimate, std_error, n);
    let decision = (estimate - 1.645 * std_error, estimate + 1.645 * std_error);
    let verdict = if decision.0 >= line {
        Verdict::Met
    } else if decision.1 < line {
        Verdict::NotMet
    } else {
        Verdict::Inconclusive
    };
    Estimate {
        verdict: Some(verdict),
        decision: Some(decision),
        ..found
    }
}

/// What must never be printed: 0.77731 in any rounding.
const HIDDEN: f64 = 0.777_31;
/// Traces of it, and of its bounds, n and differences.
const TRACES: [&str; 7] = ["77.7", "77.73", "0.777", "61.6", "93.9", "7731", "7,731"];

fn hidden() -> Estimate {
    Estimate {
        presentation: Presentation::Suppress,
        verdict: Some(Verdict::Suppressed),
        decision: Some((0.616, 0.939)),
        ..about(HIDDEN, 0.08, 7731)
    }
}

const COUNTIES: [(&str, &str, &str, u16, u16, f64); 10] = [
    ("411702", "驿城区", "Yicheng District", 1, 2, 0.931),
    ("411721", "西平县", "Xiping County", 1, 0, 0.912),
    ("411722", "上蔡县", "Shangcai County", 2, 1, 0.887),
    ("411723", "平舆县", "Pingyu County", 3, 2, 0.905),
    ("411724", "正阳县", "Zhengyang County", 2, 3, 0.899_96),
    ("411725", "确山县", "Queshan County", 1, 3, 0.921),
    ("411726", "泌阳县", "Biyang County", 0, 2, 0.846),
    ("411727", "汝南县", "Runan County", 2, 2, 0.915),
    ("411728", "遂平县", "Suiping County", 1, 1, 0.952),
    ("411729", "新蔡县", "Xincai County", 3, 3, 0.0),
];

fn counties(line: f64) -> DomainTable {
    let rows = COUNTIES
        .iter()
        .enumerate()
        .map(|(index, (level, zh, en, x, y, estimate))| {
            let mut found = judged(*estimate, 0.011, 640, line);
            if index == 7 {
                found.presentation = Presentation::Review;
                found.lower = 0.862;
            }
            if index == 9 {
                found = hidden();
            }
            DomainRow {
                level: (*level).to_owned(),
                label: words(zh, en),
                grid: Some((*x, *y)),
                estimate: found,
            }
        })
        .collect();
    DomainTable {
        dimension: "county".into(),
        title: words("县（区）", "County"),
        rows,
    }
}

fn domain(dimension: &str, title: (&str, &str), rows: &[(&str, &str, f64)]) -> DomainTable {
    let rows = rows
        .iter()
        .enumerate()
        .map(|(index, (zh, en, estimate))| DomainRow {
            level: index.to_string(),
            label: words(zh, en),
            grid: None,
            estimate: judged(*estimate, 0.006, 1800, 0.9),
        })
        .collect();
    DomainTable {
        dimension: dimension.into(),
        title: words(title.0, title.1),
        rows,
    }
}

fn people() -> Vec<DomainTable> {
    vec![
        domain(
            "sex",
            ("性别", "Sex"),
            &[("男", "Men", 0.912), ("女", "Women", 0.916)],
        ),
        domain(
            "age",
            ("年龄", "Age"),
            &[
                ("18–29 岁", "18–29", 0.871),
                ("30–44 岁", "30–44", 0.902),
                ("45–59 岁", "45–59", 0.924),
                ("60 岁及以上", "60 or older", 0.945),
            ],
        ),
        domain(
            "education",
            ("文化程度", "Education"),
            &[
                ("小学及以下", "Primary or less", 0.942),
                ("初中", "Lower secondary", 0.921),
                ("高中、中专", "Upper secondary", 0.905),
                ("大专及以上", "College or more", 0.868),
            ],
        ),
        domain(
            "urban",
            ("城乡", "Urban and rural"),
            &[("城镇", "Urban", 0.906), ("乡村", "Rural", 0.921)],
        ),
    ]
}

const SCALE: [(&str, &str, &str); 5] = [
    ("5", "非常满意", "Very satisfied"),
    ("4", "比较满意", "Fairly satisfied"),
    ("3", "一般", "Neither"),
    ("2", "不太满意", "Not very satisfied"),
    ("1", "很不满意", "Not at all satisfied"),
];

fn scale_item(code: &str, zh: &str, en: &str, satisfied: f64) -> ItemFigures {
    let rest = 1.0 - satisfied;
    let shares = [
        satisfied * 0.42,
        satisfied * 0.58,
        rest * 0.62,
        rest * 0.27,
        rest * 0.11,
    ];
    ItemFigures {
        code: code.into(),
        text: words(zh, en),
        estimate: about(satisfied, 0.005, 6980),
        distribution: SCALE
            .iter()
            .zip(shares)
            .map(|((code, zh, en), share)| ((*code).to_owned(), words(zh, en), share))
            .collect(),
        n_missing: 142,
    }
}

fn section(
    code: &str,
    title: (&str, &str),
    estimate: f64,
    items: Vec<ItemFigures>,
) -> SectionFigures {
    SectionFigures {
        code: code.into(),
        title: words(title.0, title.1),
        estimate: judged(estimate, 0.004, 7100, 0.9),
        items,
    }
}

fn satisfaction_sections() -> Vec<SectionFigures> {
    let mut noise = scale_item(
        "a4",
        "您对居住地周围的噪声状况（交通、施工、广场舞等）是否满意？",
        "How satisfied are you with noise (traffic, building sites, loudspeakers) where you live?",
        0.842,
    );
    noise.n_missing = 31;
    let mut soil = scale_item(
        "a5",
        "您对农田土壤环境是否满意？",
        "How satisfied are you with farmland soil?",
        0.5,
    );
    soil.estimate = hidden();
    soil.distribution
        .iter_mut()
        .for_each(|(_, _, share)| *share = HIDDEN);
    vec![
        section(
            "environment",
            ("生态环境质量", "Environmental quality"),
            0.902,
            vec![
                scale_item(
                    "a1",
                    "您对空气质量是否满意？",
                    "How satisfied are you with the air?",
                    0.934,
                ),
                scale_item(
                    "a2",
                    "您对河流湖库水环境是否满意？",
                    "How satisfied are you with rivers and lakes?",
                    0.913,
                ),
                scale_item(
                    "a3",
                    "您对饮用水水质是否满意？",
                    "How satisfied are you with drinking water?",
                    0.921,
                ),
                noise,
                soil,
            ],
        ),
        section(
            "habitat",
            ("生态人居", "Living environment"),
            0.917,
            vec![
                scale_item(
                    "b1",
                    "您对生活垃圾分类与清运是否满意？",
                    "How satisfied are you with waste collection?",
                    0.911,
                ),
                scale_item(
                    "b3",
                    "您对公园绿地与道路绿化是否满意？",
                    "How satisfied are you with parks and street trees?",
                    0.948,
                ),
            ],
        ),
        section(
            "economy",
            ("生态经济发展", "Green economy"),
            0.909,
            vec![scale_item(
                "c1",
                "您对企业污染治理是否满意？",
                "How satisfied are you with pollution control by firms?",
                0.909,
            )],
        ),
        section(
            "education",
            ("生态文明教育", "Environmental education"),
            0.922,
            vec![scale_item(
                "d1",
                "您对宣传教育活动是否满意？",
                "How satisfied are you with campaigns?",
                0.922,
            )],
        ),
        section(
            "institutions",
            ("生态文明制度建设", "Institutions"),
            0.881,
            vec![scale_item(
                "e2",
                "您对环境问题举报受理与反馈是否满意？",
                "How satisfied are you with how reports are answered?",
                0.881,
            )],
        ),
    ]
}

fn yes_item(code: &str, zh: &str, en: &str, share: f64) -> ItemFigures {
    ItemFigures {
        code: code.into(),
        text: words(zh, en),
        estimate: about(share, 0.006, 7050),
        distribution: vec![
            ("1".into(), words("是", "Yes"), share),
            ("2".into(), words("否", "No"), 1.0 - share),
        ],
        n_missing: 20,
    }
}

fn change(difference: f64, std_error: f64, conclusion: ChangeConclusion) -> Change {
    Change {
        previous: "satisfaction-2025".into(),
        difference,
        std_error,
        interval: (difference - 1.96 * std_error, difference + 1.96 * std_error),
        p_value: if conclusion == ChangeConclusion::NoSignificantChange {
            0.32
        } else {
            0.0004
        },
        relative: (difference / 0.9, std_error / 0.9),
        conclusion,
    }
}

fn satisfaction() -> IndicatorFigures {
    let whole = judged(0.914_2, 0.0039, 7214, 0.9);
    let mut domains = vec![counties(0.9)];
    domains.extend(people());
    IndicatorFigures {
        code: "satisfaction".into(),
        number: Some(38),
        title: words(
            "公众对生态文明建设的满意度",
            "Public satisfaction with ecological work",
        ),
        kind: IndicatorKind::Share,
        unit: Text::default(),
        note: Text::default(),
        target: Some(Target::AtLeast(0.9)),
        national_line: Some(0.8),
        minimum_sample: Some(7009),
        unweighted: Some(0.942_7),
        domains,
        modes: Some(ModeComparison {
            onsite: judged(0.903, 0.005, 4100, 0.9),
            online: judged(0.934, 0.007, 3114, 0.9),
            difference: 0.031,
            std_error: 0.0086,
            interval: (0.0141, 0.0479),
            p_value: 0.000_31,
        }),
        sections: satisfaction_sections(),
        change: Some(change(0.0184, 0.0052, ChangeConclusion::Rose)),
        trend: vec![
            ("2025".into(), judged(0.895_8, 0.0044, 2600, 0.9)),
            ("2026".into(), whole.clone()),
        ],
        whole,
    }
}

fn participation() -> IndicatorFigures {
    let whole = judged(0.898_6, 0.0042, 7214, 0.9);
    IndicatorFigures {
        code: "participation".into(),
        title: words(
            "公众对生态文明建设的参与度",
            "Public participation in ecological work",
        ),
        unweighted: Some(0.921),
        sections: vec![
            section(
                "building",
                ("生态环境建设", "Building a better environment"),
                0.823,
                vec![
                    yes_item("p1", "植树护绿", "Planted or cared for trees", 0.612),
                    yes_item(
                        "p2",
                        "河湖、村庄清洁志愿服务",
                        "Volunteered to clean rivers or villages",
                        0.438,
                    ),
                    yes_item(
                        "p3",
                        "举报污染或提出建议",
                        "Reported pollution or made a proposal",
                        0.171,
                    ),
                ],
            ),
            section("creation", ("生态创建活动", "Campaigns"), 0.861, vec![]),
            section("living", ("绿色生活", "Green living"), 0.967, vec![]),
            section(
                "consumption",
                ("绿色消费", "Green consumption"),
                0.943,
                vec![],
            ),
        ],
        change: Some(change(
            0.0041,
            0.0058,
            ChangeConclusion::NoSignificantChange,
        )),
        trend: vec![
            ("2025".into(), judged(0.894_5, 0.0049, 2600, 0.9)),
            ("2026".into(), whole.clone()),
        ],
        whole,
        ..satisfaction()
    }
}

fn reference() -> IndicatorFigures {
    IndicatorFigures {
        code: "overall".into(),
        number: None,
        title: words("总体满意度（单题）", "Overall satisfaction (one question)"),
        target: None,
        national_line: None,
        whole: about(0.921, 0.004, 7190),
        domains: Vec::new(),
        modes: None,
        sections: Vec::new(),
        change: None,
        trend: Vec::new(),
        ..satisfaction()
    }
}

fn weighting() -> WeightingSummary {
    let row = |dimension: (&str, &str),
               category: (&str, &str),
               n: u64,
               unweighted: f64,
               population: f64| {
        CompositionRow {
            dimension: words(dimension.0, dimension.1),
            category: words(category.0, category.1),
            n,
            unweighted,
            weighted: population,
            population,
        }
    };
    let (sex, age) = (("性别", "Sex"), ("年龄", "Age"));
    WeightingSummary {
        onsite_share: None,
        onsite_alone: false,
        rake: vec![
            "county*urban".into(),
            "sex".into(),
            "age".into(),
            "education".into(),
        ],
        sweeps: 14,
        max_misfit: 3e-10,
        kish_deff: 1.52,
        n_effective: 4746.0,
        g_range: (0.41, 2.63),
        composition: vec![
            row(sex, ("男", "Men"), 3450, 0.478, 0.497),
            row(sex, ("女", "Women"), 3764, 0.522, 0.503),
            row(age, ("18–29 岁", "18–29"), 2410, 0.334, 0.158),
            row(age, ("30–44 岁", "30–44"), 2280, 0.316, 0.247),
            row(age, ("45–59 岁", "45–59"), 1600, 0.222, 0.311),
            row(age, ("60 岁及以上", "60 or older"), 924, 0.128, 0.284),
        ],
    }
}

/// A wave with a figure that is met, one that is inconclusive, and suppressed parts.
fn city() -> Figures {
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
        software: "0.1.0".into(),
    }
}

/// Means that must fall.
fn goods() -> Figures {
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
    let mut whole = about(1182.4, 21.0, 960);
    whole.verdict = Some(Verdict::Met);
    let mut domains = vec![DomainTable {
        rows: counties(0.9)
            .rows
            .into_iter()
            .map(|row| DomainRow {
                estimate: about(1000.0 + row.estimate.estimate * 200.0, 60.0, 96),
                ..row
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
        modes: None,
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
            relative: (-0.1002, 0.02),
            ..change(-131.6, 30.0, ChangeConclusion::Fell)
        }),
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
fn shops() -> Figures {
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
        modes: None,
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
fn thin() -> Figures {
    let mut figures = city();
    for indicator in &mut figures.indicators {
        indicator.whole = hidden();
        indicator.unweighted = Some(HIDDEN);
        indicator
            .trend
            .iter_mut()
            .for_each(|(_, estimate)| *estimate = hidden());
        if let Some(change) = &mut indicator.change {
            change.difference = HIDDEN;
        }
        if let Some(modes) = &mut indicator.modes {
            modes.online = hidden();
            modes.difference = HIDDEN;
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
                item.n_missing = 7731;
                item.distribution
                    .iter_mut()
                    .for_each(|(_, _, share)| *share = HIDDEN);
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

fn page(language: Language, figures: &Figures) -> String {
    results::page(language, URL, figures).into_string()
}

fn everything() -> Vec<(String, String)> {
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
fn parts<'p>(page: &'p str, start: &str, end: &str) -> Vec<&'p str> {
    page.split(start)
        .skip(1)
        .map(|part| part.split(end).next().unwrap())
        .collect()
}

/// What a person or a reading machine gets of `page`: text, and the words in attributes, without coordinates.
fn readable(page: &str) -> String {
    let text = page
        .split('<')
        .filter_map(|part| part.split_once('>').map(|(_, text)| text));
    let spoken = [" aria-label=\"", " content=\""].map(|start| parts(page, start, "\"").join("\n"));
    format!("{}{}", text.collect::<Vec<_>>().join("\n"), spoken.concat())
}

#[test]
fn every_chart_has_a_title_a_description_and_a_table() {
    for (name, page) in everything() {
        let charts = parts(&page, "<svg class=\"chart", "</svg>");
        assert!(!charts.is_empty() || name.starts_with("thin"), "{name}");
        for chart in charts {
            assert!(chart.contains("role=\"img\""), "{name}: {chart}");
            for tag in ["title", "desc"] {
                let words = parts(chart, &format!("<{tag}>"), "<");
                assert!(
                    words.len() == 1 && !words[0].trim().is_empty(),
                    "{name}: {tag} in {chart}"
                );
            }
        }
        for figure in parts(&page, "<figure class=\"figure\"", "</figure>") {
            for part in [
                "<h3>",
                "<svg",
                "<table",
                "<caption>",
                "scope=\"col\"",
                "scope=\"row\"",
            ] {
                assert!(figure.contains(part), "{name}: no {part} in {figure}");
            }
            assert!(
                !figure.contains("<h3></h3>"),
                "{name}: a figure without a headline"
            );
        }
    }
}

#[test]
fn a_page_has_no_inline_style_or_script_and_no_text_below_14_px() {
    for (name, page) in everything() {
        for inline in ["style=", "<style", "<script", "onclick", "javascript:"] {
            assert!(!page.contains(inline), "{name}: {inline}");
        }
        for size in parts(&page, "font-size=\"", "\"") {
            assert!(size.parse::<f64>().unwrap() >= 14.0, "{name}: {size}");
        }
    }
}

#[test]
fn a_suppressed_number_is_nowhere_on_the_page() {
    for figures in [city(), goods(), thin()] {
        for language in Language::all().iter().copied() {
            let words = readable(&page(language, &figures));
            for trace in TRACES {
                assert!(!words.contains(trace), "{} in {}", trace, language.code());
            }
        }
    }
}

#[test]
fn suppressed_groups_stand_last_and_their_order_says_nothing() {
    let mut figures = city();
    let rows = &mut figures.indicators[0].domains[0].rows;
    for (row, estimate) in rows.iter_mut().take(2).zip([0.1, 0.9]) {
        row.estimate = Estimate {
            estimate,
            ..hidden()
        };
    }
    let first = page(Language::ZH, &figures);
    let rows = &mut figures.indicators[0].domains[0].rows;
    for (row, estimate) in rows.iter_mut().take(2).zip([0.9, 0.1]) {
        row.estimate = Estimate {
            estimate,
            ..hidden()
        };
    }
    assert_eq!(first, page(Language::ZH, &figures));
}

#[test]
fn no_text_of_the_page_is_missing_in_any_language() {
    for (name, page) in everything() {
        for trace in ["results.", "%{", "home.", "NaN", "inf%"] {
            let outside = page.replace("/results", "");
            assert!(!outside.contains(trace), "{name}: {trace}");
        }
    }
    for (_, page) in everything()
        .into_iter()
        .filter(|(name, _)| name.ends_with("-en"))
    {
        let own = page.replace("第七次全国人口普查公报（第二号）", "");
        let own = parts(&own, "<main", "</main>").concat();
        let chinese: Vec<char> = own
            .chars()
            .filter(|letter| ('一'..='鿿').contains(letter))
            .collect();
        let evidence = "解放路建材城甲乐山五金店乙";
        assert!(
            chinese.iter().all(|letter| evidence.contains(*letter)),
            "{chinese:?}"
        );
    }
}

#[test]
fn the_sentence_is_right_in_every_state() {
    let sentence = |language, indicator: IndicatorFigures| {
        let figures = Figures {
            indicators: vec![indicator],
            ..city()
        };
        let page = page(language, &figures);
        parts(&page, "<p class=\"sentence\">", "</p>")[0].to_owned()
    };
    let zh = |indicator| sentence(Language::ZH, indicator);
    assert_eq!(
        zh(satisfaction()),
        "公众对生态文明建设的满意度为 91.4%，达到 90% 的目标（单侧 95% 置信下限 90.8% ≥ 90%），比 2025 年上升 1.84 个百分点，差异显著。"
    );
    assert_eq!(
        sentence(Language::EN, satisfaction()),
        "Public satisfaction with ecological work: 91.4%; the target of 90% is met (one-sided 95% lower bound 90.8% ≥ 90%); up 1.84 percentage points on 2025, a significant rise."
    );
    assert_eq!(
        zh(participation()),
        "公众对生态文明建设的参与度为 89.9%，尚不能判断是否达到 90% 的目标（判断区间 89.2%–90.6% 包含 90%），与 2025 年相比没有显著变化。"
    );
    let missed = IndicatorFigures {
        whole: judged(0.874, 0.004, 7214, 0.9),
        change: Some(change(-0.02, 0.005, ChangeConclusion::Fell)),
        ..satisfaction()
    };
    assert_eq!(
        zh(missed),
        "公众对生态文明建设的满意度为 87.4%，未达到 90% 的目标（单侧 95% 置信上限 88.1% &lt; 90%），比 2025 年下降 2.00 个百分点，差异显著。"
    );
    let near = IndicatorFigures {
        whole: judged(0.899_96, 0.000_01, 7214, 0.9),
        change: None,
        ..satisfaction()
    };
    assert_eq!(
        zh(near),
        "公众对生态文明建设的满意度为 89.996%，未达到 90% 的目标（单侧 95% 置信上限 89.998% &lt; 90%）。"
    );
    let hidden = IndicatorFigures {
        whole: hidden(),
        ..satisfaction()
    };
    assert_eq!(
        zh(hidden),
        "公众对生态文明建设的满意度：样本不足，数值不予公布，也不作判断。"
    );
    let unplanned = IndicatorFigures {
        target: None,
        whole: about(0.914, 0.004, 7214),
        change: None,
        ..satisfaction()
    };
    assert_eq!(zh(unplanned), "公众对生态文明建设的满意度为 91.4%。");
    assert_eq!(
        zh(goods().indicators[0].clone()),
        "一次性消费品人均使用量为 1,182.4 件/人·年，低于上一年，达到“逐步下降”的目标，比 2025 年下降 131.60 件/人·年，差异显著。"
    );
}

#[test]
fn too_small_a_sample_is_named_as_the_reason_for_no_verdict() {
    let mut figures = city();
    figures.n = 6000;
    figures.indicators[0].whole.verdict = Some(Verdict::Suppressed);
    let page = page(Language::ZH, &figures);
    assert!(page.contains("有效问卷 6,000 份，少于要求的 7,009 份，不判断是否达到 90% 的目标"));
}

#[test]
fn counties_say_who_differs_and_which_neighbours_do_not() {
    let page = page(Language::ZH, &city());
    assert!(page.contains("遂平县（95.2%）高于泌阳县（84.6%），差异显著。"));
    assert!(
        page.contains("名次相邻的县（区）之间都没有显著差异")
            || page.contains("名次相邻而差异显著的只有")
    );
    assert!(page.contains("10 个县（区）中，达标"));
    // A county just below the target is not printed as the target.
    assert!(page.contains("89.996%"));
    // Few answers: in brackets, with a note.
    assert!(page.contains("(91.5%)") && page.contains("样本较少，仅供参考"));
}

#[test]
fn ratios_are_percentages_in_every_table() {
    let page = page(Language::ZH, &shops());
    assert!(page.contains("99.10%") && !page.contains("<td>0.99</td>"));
    assert!(page.contains("解放路建材城") && page.contains("共 2 条"));
}

#[test]
fn markup_in_any_text_stays_text() {
    let corpus = [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "'-alert(1)-'",
        "<svg onload=alert(1)>",
        "]]><b>x</b>",
        "\u{202e}txt",
    ];
    for attack in corpus {
        let mut figures = shops();
        let text = words(attack, attack);
        figures.title = text.clone();
        figures.agency = text.clone();
        figures.population_sources = vec![attack.into()];
        figures.exclusions = vec![(text.clone(), 3)];
        figures.weighting = Some(WeightingSummary {
            onsite_share: Some(0.6),
            rake: vec![attack.into()],
            composition: vec![CompositionRow {
                dimension: text.clone(),
                category: text.clone(),
                ..weighting().composition[0].clone()
            }],
            ..weighting()
        });
        figures.indicators[0].title = text.clone();
        figures.indicators[0].unit = text.clone();
        figures.indicators[0].domains = vec![counties(0.9)];
        figures.indicators[0].domains[0].rows[0].label = text.clone();
        figures.indicators[0].domains[0].title = text.clone();
        figures.indicators[0].sections[0].items[0].text = text.clone();
        figures.indicators[0].sections[0].title = text.clone();
        figures.by_plan_indicator[0].lead = text.clone();
        figures.by_plan_indicator[0].name = text.clone();
        let evidence = figures.evidence.as_mut().unwrap();
        evidence.title = text.clone();
        evidence.columns[0] = text.clone();
        evidence.rows[0][0] = text;
        for language in Language::all().iter().copied() {
            let page = page(language, &figures);
            for live in ["<script", "<img", "<svg onload", "<b>"] {
                assert!(!page.contains(live), "{attack} came alive");
            }
        }
    }
}

#[test]
fn the_list_of_results_shows_each_headline_and_no_suppressed_number() {
    for language in Language::all().iter().copied() {
        let (city, thin) = (city(), thin());
        let list = results::index(language, &[&city, &thin]).into_string();
        assert!(list.contains("91.4%") && list.contains("89.9%"));
        assert!(TRACES.iter().all(|trace| !list.contains(trace)));
        let target = if language == Language::ZH {
            "/results/satisfaction-2026\""
        } else {
            "/results/satisfaction-2026?lang=en\""
        };
        assert!(list.contains(target));
    }
}

#[test]
fn evidence_speaks_the_pages_language_and_a_note_says_how_to_read_an_indicator() {
    let (chinese, english) = (page(Language::ZH, &shops()), page(Language::EN, &shops()));
    assert!(chinese.contains("<td>水嘴</td>") && !chinese.contains("<td>Tap</td>"));
    assert!(english.contains("<td>Tap</td>") && !english.contains("<td>水嘴</td>"));
    assert!(
        english.contains("<td>T-100</td>"),
        "what was written stands as it is"
    );
    assert!(page(Language::EN, &goods()).contains("Use in the past 7 days, scaled to a year."));
    assert!(page(Language::ZH, &goods()).contains("过去7天的用量折算成一年。"));
}

#[test]
fn what_someone_wrote_cannot_turn_its_line_round_nor_fill_the_page() {
    let mut figures = shops();
    let evidence = figures.evidence.as_mut().unwrap();
    evidence.rows[0][3] = written("T\u{202e}001-\u{200b}x");
    let row = evidence.rows[1].clone();
    evidence.rows.extend((0..20_000).map(|n| {
        let mut row = row.clone();
        row[3] = written(&format!("S-{n}"));
        row
    }));
    let page = page(Language::EN, &figures);
    assert!(page.contains("<td>T[U+202E]001-[U+200B]x</td>"));
    assert!(!page.contains(['\u{202e}', '\u{200b}']));
    assert!(
        page.contains("20002 entries") || page.contains("20,002 entries"),
        "all are counted"
    );
    assert!(page.contains("The first 500 are listed.") && page.matches("<td>S-").count() < 500);
}

#[test]
fn no_heading_of_a_results_page_skips_a_level() {
    for (name, page) in everything() {
        crate::pages::headings_skip_no_level(&page, &name);
    }
    let list = results::index(Language::ZH, &[&city(), &thin()]).into_string();
    crate::pages::headings_skip_no_level(&list, "list");
}

#[test]
fn a_citation_names_the_whole_url_of_the_results() {
    for language in Language::all().iter().copied() {
        let page = page(language, &city());
        let cited = format!("{URL}/results/satisfaction-2026");
        assert!(page.contains(&cited), "{}", language.code());
    }
}

#[test]
fn beside_the_downloads_stands_what_to_do_in_wechat() {
    let page = page(Language::ZH, &city());
    let downloads = page.find("download>").expect("a download");
    let hint = page.find("在浏览器打开").expect("the way out of WeChat");
    assert!(
        downloads < hint && hint - downloads < 800,
        "{downloads} {hint}"
    );
}

/// Writes the pages with their stylesheet to the folder `MINYI_PAGES`, to be looked at:
/// `MINYI_PAGES=folder cargo test --test main results::pages_to_look_at -- --ignored`.
#[test]
#[ignore = "writes files for the eye"]
fn pages_to_look_at() {
    let folder = std::path::PathBuf::from(std::env::var("MINYI_PAGES").unwrap());
    std::fs::create_dir_all(&folder).unwrap();
    let style = minyi::pages::assets::stylesheet_path();
    let asset = minyi::pages::assets::all()[0];
    std::fs::write(folder.join("style.css"), &asset.body).unwrap();
    let (city, goods, shops) = (city(), goods(), shops());
    let mut pages = everything();
    pages.push((
        "index-zh".into(),
        results::index(Language::ZH, &[&city, &goods, &shops]).into_string(),
    ));
    for (name, page) in pages {
        std::fs::write(
            folder.join(format!("{name}.html")),
            page.replace(&style, "style.css"),
        )
        .unwrap();
    }
}
