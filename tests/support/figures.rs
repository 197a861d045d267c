//! Parts of figures for tests of the results pages: estimates, tables, indicators.

use std::collections::BTreeMap;

use minyi::disclosure::{Disclosed, disclose};
use minyi::estimation::comparison::{self, Direction};
use minyi::estimation::sensitivity::{Fabrication, MarginTipping, Tipping};
use minyi::estimation::spec::{EstimateSpec, Kind};
use minyi::estimation::{Estimate, Presentation, Spec, Verdict};
use minyi::questionnaire::Text;
use minyi::release::figures::*;
use minyi::survey::plan::{IndicatorKind, Target};

/// What a respondent wrote: in one language only.
pub fn written(text: &str) -> Text {
    Text::from(BTreeMap::from([("zh".to_owned(), text.to_owned())]))
}

/// A text in both languages.
pub fn words(zh: &str, en: &str) -> Text {
    Text::from(BTreeMap::from([
        ("zh".to_owned(), zh.to_owned()),
        ("en".to_owned(), en.to_owned()),
    ]))
}

/// An estimate with a symmetric interval.
pub fn estimate(estimate: f64, std_error: f64, n: u64) -> Estimate {
    Estimate {
        index: Spec::default().add(EstimateSpec::new("whole", Kind::Mean)),
        name: "whole".into(),
        domain: Vec::new(),
        kind: Kind::Mean,
        probability: None,
        census: false,
        variance_factor: 1.0,
        target: None,
        p_value: None,
        reasons: Vec::new(),
        n,
        estimate,
        std_error,
        df: 212.0,
        lower: estimate - 1.96 * std_error,
        upper: (estimate + 1.96 * std_error).min(if estimate <= 1.0 { 1.0 } else { f64::INFINITY }),
        level: 0.95,
        design_effect: 1.64,
        n_effective: f64::from(u32::try_from(n).unwrap()) / 1.64,
        verdict: None,
        decision_lower: None,
        decision_upper: None,
        presentation: Presentation::Publish,
    }
}

/// [`estimate`], shown.
pub fn about(value: f64, std_error: f64, n: u64) -> Disclosed {
    Disclosed::Shown(Box::new(estimate(value, std_error, n)))
}

/// A shown figure with something changed.
pub fn with(figure: Disclosed, change: impl FnOnce(&mut Estimate)) -> Disclosed {
    let mut estimate = figure.shown().unwrap().clone();
    change(&mut estimate);
    Disclosed::Shown(Box::new(estimate))
}

/// Judged against `line` by its one-sided bounds.
pub fn judged(value: f64, std_error: f64, n: u64, line: f64) -> Disclosed {
    let (lower, upper) = (value - 1.645 * std_error, value + 1.645 * std_error);
    let verdict = if lower >= line {
        Verdict::Met
    } else if upper < line {
        Verdict::NotMet
    } else {
        Verdict::Inconclusive
    };
    Disclosed::Shown(Box::new(Estimate {
        verdict: Some(verdict),
        decision_lower: Some(lower),
        decision_upper: Some(upper),
        ..estimate(value, std_error, n)
    }))
}

/// What must never be printed: 0.77731 in any rounding.
pub const HIDDEN: f64 = 0.777_31;
/// Traces of it, and of its bounds, n and differences.
pub const TRACES: [&str; 7] = ["77.7", "77.73", "0.777", "61.6", "93.9", "7731", "7,731"];

/// [`HIDDEN`] after the disclosure rule.
pub fn hidden() -> Disclosed {
    disclose(&Estimate {
        presentation: Presentation::Suppress,
        verdict: Some(Verdict::Suppressed),
        decision_lower: Some(0.616),
        decision_upper: Some(0.939),
        ..estimate(HIDDEN, 0.08, 7731)
    })
}

pub const COUNTIES: [(&str, &str, &str, u16, u16, f64); 10] = [
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

pub fn counties(line: f64) -> DomainTable {
    let rows = COUNTIES
        .iter()
        .enumerate()
        .map(|(index, (level, zh, en, x, y, estimate))| {
            let mut found = judged(*estimate, 0.011, 640, line);
            if index == 7 {
                found = with(found, |estimate| {
                    estimate.presentation = Presentation::Review;
                    estimate.lower = 0.862;
                });
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

pub fn domain(dimension: &str, title: (&str, &str), rows: &[(&str, &str, f64)]) -> DomainTable {
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

pub fn people() -> Vec<DomainTable> {
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

pub const SCALE: [(&str, &str, &str); 5] = [
    ("5", "非常满意", "Very satisfied"),
    ("4", "比较满意", "Fairly satisfied"),
    ("3", "一般", "Neither"),
    ("2", "不太满意", "Not very satisfied"),
    ("1", "很不满意", "Not at all satisfied"),
];

pub fn scale_item(code: &str, zh: &str, en: &str, satisfied: f64) -> ItemFigures {
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

pub fn section(
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

pub fn satisfaction_sections() -> Vec<SectionFigures> {
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
    soil.distribution.clear();
    soil.n_missing = 0;
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

pub fn yes_item(code: &str, zh: &str, en: &str, share: f64) -> ItemFigures {
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

pub fn change(difference: f64, std_error: f64, direction: Direction) -> Change {
    Change {
        previous: "satisfaction-2025".into(),
        difference: test(difference, std_error, direction),
    }
}

/// A difference with its test.
pub fn test(difference: f64, std_error: f64, direction: Direction) -> comparison::Change {
    comparison::Change {
        difference,
        std_error,
        df: 212.0,
        p_value: match direction {
            Direction::Unchanged => 0.32,
            Direction::Risen | Direction::Fallen => 0.0004,
        },
        lower: difference - 1.96 * std_error,
        upper: difference + 1.96 * std_error,
        relative: difference / 0.9,
        relative_std_error: std_error / 0.9,
        direction,
    }
}

fn choice(code: &str, estimate: f64) -> OtherChoice {
    OtherChoice {
        code: code.into(),
        estimate: judged(estimate, 0.004, 4100, 0.9),
    }
}

pub fn satisfaction() -> IndicatorFigures {
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
        dont_know: Some(DontKnow {
            share: about(0.031, 0.002, 4100),
            all_against: judged(0.886, 0.004, 4100, 0.9),
            all_for: judged(0.917, 0.0038, 4100, 0.9),
        }),
        sensitivity: vec![
            choice("sampled", 0.914_2),
            choice("calibrated", 0.918),
            choice("pooled", 0.935),
            choice("all_against", 0.886),
        ],
        tipping: Some((
            Tipping {
                index: Spec::default().add(EstimateSpec::new("whole", Kind::Mean)),
                name: "satisfaction".into(),
                verdict: Verdict::Met,
                margin: Some(MarginTipping {
                    dimension: "age".into(),
                    category: "a18".into(),
                    share: 0.158,
                    tipping_share: 0.402,
                    verdict: Verdict::Inconclusive,
                }),
                fabrication: Some(Fabrication {
                    volunteers: 3114,
                    published: None,
                    pooled: Some(212),
                }),
            },
            words("18–29 岁", "18–29"),
        )),
        channels: vec![flooded()],
        block: Some(BlockEffect {
            days: 3,
            n: 340,
            of: 2_100,
            with: 0.94,
            without: 0.93,
        }),
        parts: Some(PartComparison {
            sampled: judged(0.914_2, 0.0039, 4100, 0.9),
            volunteer: judged(0.934, 0.007, 3114, 0.9),
            blend: judged(0.918, 0.0041, 7214, 0.9),
            volunteer_with_held: None,
            difference: Some(comparison::Change {
                lower: 0.0141,
                upper: 0.0479,
                p_value: 0.000_31,
                ..test(0.0198, 0.0086, Direction::Risen)
            }),
        }),
        sections: satisfaction_sections(),
        change: Some(change(0.0184, 0.0052, Direction::Risen)),
        contributions: Vec::new(),
        trend: vec![
            ("2025".into(), judged(0.895_8, 0.0044, 2600, 0.9)),
            ("2026".into(), whole.clone()),
        ],
        whole,
    }
}

pub fn participation() -> IndicatorFigures {
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
        change: Some(change(0.0041, 0.0058, Direction::Unchanged)),
        contributions: Vec::new(),
        trend: vec![
            ("2025".into(), judged(0.894_5, 0.0049, 2600, 0.9)),
            ("2026".into(), whole.clone()),
        ],
        whole,
        ..satisfaction()
    }
}

pub fn reference() -> IndicatorFigures {
    IndicatorFigures {
        code: "overall".into(),
        number: None,
        title: words("总体满意度（单题）", "Overall satisfaction (one question)"),
        target: None,
        national_line: None,
        whole: about(0.921, 0.004, 7190),
        domains: Vec::new(),
        channels: Vec::new(),
        block: None,
        parts: None,
        dont_know: None,
        sensitivity: Vec::new(),
        tipping: None,
        sections: Vec::new(),
        change: None,
        contributions: Vec::new(),
        trend: Vec::new(),
        ..satisfaction()
    }
}

/// A channel that moves the volunteers' figure.
fn flooded() -> ChannelEffect {
    ChannelEffect {
        code: "channel:poster".into(),
        label: words("海报", "Posters"),
        n: 1203,
        of: 3114,
        busiest_hour: 240,
        with: about(0.945, 0.005, 3114),
        without: about(0.921, 0.006, 1911),
        moved: 0.024,
        headline_without: Some(about(0.9112, 0.006, 4100)),
        headline_moved: 0.0,
    }
}

pub fn weighting() -> WeightingSummary {
    let row = |dimension: (&str, &str),
               category: (&str, &str),
               n: u64,
               unweighted: f64,
               population: f64| {
        CompositionRow {
            dimension: words(dimension.0, dimension.1),
            category: words(category.0, category.1),
            n,
            unweighted: Some(unweighted),
            weighted: population,
            population,
        }
    };
    let (sex, age) = (("性别", "Sex"), ("年龄", "Age"));
    WeightingSummary {
        sampled_share: None,
        is_sampled_alone: true,
        is_from_frame: true,
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
