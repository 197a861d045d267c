//! The bulletin of a release: what stands in the PDF, and that it is always the same.
//!
//! The text is read back by `pdftotext` (Debian: poppler-utils).

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

use minyi::disclosure::{Disclosed, Reason};
use minyi::formats::bulletin::press::press;
use minyi::formats::bulletin::{BulletinChart, ChartPlace, bulletin};
use minyi::formats::pdf::document::{Block, Document, Made, Run};
use minyi::formats::pdf::{PdfError, pdf};
use minyi::locale::Language;
use minyi::questionnaire::Text;
use minyi::release::figures::Figures;
use minyi::release::imprint::Imprint;
use minyi::release::stored::{self, Extent};
use minyi::store::{DatabaseUrl, Store};
use sha2::{Digest, Sha256};

use crate::support::{Scratch, city};

const CHART: &str = r##"<svg viewBox="0 0 672 320" width="672" height="320"
    xmlns="http://www.w3.org/2000/svg" font-family="system-ui, sans-serif" font-size="15.5">
    <text x="0" y="20">驻马店市示意</text><rect x="0" y="40" width="600" height="240"/></svg>"##;

/// The fictional city's figures of 2026.
static FIGURES: LazyLock<Figures> = LazyLock::new(|| {
    let scratch = Scratch::new("bulletin");
    let catalogue = city::make(&scratch.0, 2400);
    let store = Store::open(&DatabaseUrl::Sqlite(scratch.0.join("minyi.sqlite"))).unwrap();
    let survey = &catalogue.surveys["satisfaction-2026"];
    let before = stored::figures_before(&catalogue, survey, &store);
    stored::figures(
        &catalogue,
        survey,
        &store,
        Extent::now(&store, survey, u64::MAX).unwrap(),
        &before,
    )
    .unwrap()
});

/// Its bulletin in Chinese.
static CHINESE: LazyLock<Vec<u8>> = LazyLock::new(|| made(&FIGURES, Language::ZH));

/// The text of [`CHINESE`].
static TEXT: LazyLock<Option<String>> = LazyLock::new(|| text(&CHINESE));

fn imprint() -> Imprint {
    Imprint {
        number: 1,
        published_at: 1_795_829_400_000_000,
        reason: String::new(),
        next: Some(1_827_365_400_000_000),
        public_url: "https://survey.example".to_owned(),
    }
}

fn charts() -> Vec<BulletinChart> {
    let chart = |place, caption: &str| BulletinChart {
        place,
        svg: CHART.to_owned(),
        caption: caption.to_owned(),
        alt: "图的说明".to_owned(),
    };
    vec![
        chart(ChartPlace::Findings, "历次满意度"),
        chart(ChartPlace::Counties, "分县（区）满意度"),
    ]
}

fn made(figures: &Figures, language: Language) -> Vec<u8> {
    bulletin(figures, &imprint(), language, &charts()).unwrap()
}

fn has(bytes: &[u8], wanted: &str) -> bool {
    bytes
        .windows(wanted.len())
        .any(|own| own == wanted.as_bytes())
}

fn pages(bytes: &[u8]) -> usize {
    let page = b"/Type/Page/";
    bytes.windows(page.len()).filter(|own| own == page).count()
}

/// The text of a PDF, page by page; `None` without `pdftotext`.
fn text(bytes: &[u8]) -> Option<String> {
    let scratch = Scratch::new("bulletin_text");
    let file = scratch.0.join("own.pdf");
    std::fs::write(&file, bytes).unwrap();
    let output = Command::new("pdftotext")
        .args(["-layout"])
        .arg(&file)
        .arg("-")
        .output();
    let Ok(output) = output else {
        println!("SKIPPED: pdftotext is not installed (Debian: apt-get install poppler-utils)");
        return None;
    };
    assert!(output.status.success(), "{output:?}");
    Some(String::from_utf8(output.stdout).unwrap())
}

/// Without the spaces that the program adds where a gap is.
fn dense(text: &str) -> String {
    text.chars().filter(|own| !own.is_whitespace()).collect()
}

#[test]
fn the_bulletin_has_four_to_six_pages_tags_language_and_outline() {
    let english = made(&FIGURES, Language::EN);
    for (language, own) in [(Language::ZH, &*CHINESE), (Language::EN, &english)] {
        assert!(
            (4..=6).contains(&pages(own)),
            "{language:?}: {}",
            pages(own)
        );
        for wanted in [
            "/StructTreeRoot",
            "/Outlines",
            "/Table",
            "/TH",
            "/Figure",
            "/Marked true",
        ] {
            assert!(has(own, wanted), "{language:?}: {wanted}");
        }
        assert!(has(own, &format!("/Lang({})", language.tag())));
        // Archives and screen readers: what the file says of itself.
        assert!(has(own, "<pdfaid:part>2</pdfaid:part>"));
        assert!(has(own, "<pdfuaid:part>1</pdfuaid:part>"));
    }
}

#[test]
fn the_same_release_gives_the_same_bytes() {
    assert!(*CHINESE == made(&FIGURES, Language::ZH));
}

#[test]
fn the_text_can_be_read_and_has_every_section_and_county() {
    let Some(text) = &*TEXT else {
        return;
    };
    let all = dense(text);
    for wanted in [
        "2026年驻马店市生态文明建设公众满意度和参与度调查公报",
        "一、调查基本情况",
        "二、主要结论",
        "三、样本构成",
        "四、公众对生态文明建设的满意度",
        "五、分县（区）结果",
        "六、分人群结果",
        "七、公众对生态文明建设的参与度",
        "八、公众意见较集中的问题",
        "九、调查方法与数据质量",
        "十、口径、修订与查询",
        "2026年11月28日9:30（北京时间）发布",
        "https://survey.example/results/satisfaction-2026/r/1",
        "下次发布。2027年11月28日",
        "驻马店市示意",
    ] {
        assert!(all.contains(wanted), "{wanted}\n{text}");
    }
    for county in &FIGURES.indicators[0].domains[0].rows {
        assert!(
            all.contains(county.label.get("zh")),
            "{}",
            county.label.get("zh")
        );
    }
    for hash in [
        &FIGURES.plan_hash,
        &FIGURES.population_hash,
        &FIGURES.frame_hash,
    ] {
        assert!(all.contains(hash.as_str()));
    }
    let pages: Vec<&str> = text.split('\u{c}').collect();
    let of = pages.len() - 1;
    for (index, page) in pages.iter().take(of).enumerate() {
        let own = format!("第{}页共{of}页", index + 1);
        assert!(dense(page).contains(&own), "{own}: {page}");
    }
}

#[test]
fn a_suppressed_cell_is_a_star_and_is_explained() {
    let mut figures = FIGURES.clone();
    for indicator in &mut figures.indicators {
        for row in indicator.domains.iter_mut().flat_map(|own| &mut own.rows) {
            if row.level == "411721" {
                row.estimate = Disclosed::Suppressed {
                    reason: Reason::FewAnswers,
                    is_judged: true,
                };
            }
        }
    }
    let Some(text) = text(&made(&figures, Language::ZH)) else {
        return;
    };
    let line = text
        .lines()
        .find(|line| line.trim_start().starts_with("西平县") && line.contains('*'));
    let line = line.unwrap_or_else(|| panic!("{text}"));
    assert!(!line.contains('%'), "{line}");
    assert!(dense(&text).contains("*表示样本不足或为保护受访者而不公布"));
}

#[test]
fn a_value_below_its_target_is_not_printed_as_the_target() {
    let mut figures = FIGURES.clone();
    let own = figures
        .indicators
        .iter_mut()
        .find(|own| own.number.is_some())
        .unwrap();
    let Disclosed::Shown(estimate) = &mut own.whole else {
        panic!()
    };
    estimate.estimate = 0.899_6;
    let text = press(&figures, &imprint(), Language::ZH);
    assert!(
        text.contains("89.96%") && !text.contains("为 90.0%"),
        "{text}"
    );
}

#[test]
fn a_revision_says_why() {
    let mut revised = imprint();
    revised.number = 2;
    revised.reason = "更正确山县的人口数".to_owned();
    let own = bulletin(&FIGURES, &revised, Language::ZH, &[]).unwrap();
    let Some(text) = text(&own) else { return };
    let all = dense(&text);
    assert!(all.contains("修订说明：更正确山县的人口数"), "{text}");
    assert!(all.contains("第2号") && all.contains("/r/2"));
}

#[test]
fn a_character_without_glyph_stops_the_bulletin_and_is_named() {
    let mut figures = FIGURES.clone();
    let agency = ["zh", "en"].map(|own| (own.to_owned(), "统计局😀".to_owned()));
    figures.agency = Text::from(BTreeMap::from(agency));
    let error = bulletin(&figures, &imprint(), Language::ZH, &[]).unwrap_err();
    assert!(matches!(error, PdfError::Glyph(_)), "{error}");
    assert!(error.to_string().contains("U+1F600"), "{error}");
    let mut wrong = charts();
    wrong[0].svg = "<p>".to_owned();
    let error = bulletin(&FIGURES, &imprint(), Language::ZH, &wrong).unwrap_err();
    assert!(matches!(error, PdfError::Drawing(_)), "{error}");
}

#[test]
fn the_media_get_three_sentences_and_the_address() {
    let own = press(&FIGURES, &imprint(), Language::ZH);
    let lines: Vec<&str> = own.lines().collect();
    let text = lines
        .iter()
        .find(|line| line.contains("调查结果显示"))
        .unwrap();
    assert_eq!(text.matches('。').count(), 3, "{text}");
    assert!(text.contains("公众对生态文明建设的满意度为 "), "{text}");
    assert!(own.contains("https://survey.example/results/satisfaction-2026/r/1"));
    let english = press(&FIGURES, &imprint(), Language::EN);
    assert!(english.contains("95% confidence level"), "{english}");
}

/// A golden hash: debug and release builds, and every machine, must give it.
#[test]
fn a_document_gives_the_same_bytes_everywhere() {
    let own = Document {
        title: "公报".to_owned(),
        language: "zh-CN".to_owned(),
        author: "统计局".to_owned(),
        running: ("公报".to_owned(), "第 1 号".to_owned()),
        page_words: "第 %{page} 页　共 %{pages} 页".to_owned(),
        continued: "续表".to_owned(),
        made: Made {
            year: 2026,
            month: 11,
            day: 28,
            hour: 1,
            minute: 30,
            second: 0,
        },
        blocks: vec![
            Block::Heading("一、结论".to_owned()),
            Block::Paragraph(vec![Run::plain(
                "公众对“生态文明建设”的满意度为 92.3%（目标 90%）。".repeat(12),
            )]),
        ],
    };
    let hash = Sha256::digest(pdf(&own).unwrap());
    let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(
        hash,
        "f5e758c18f7daf769d3d6afedeb0c5d01fabd1531bc36d1ef5f56af900dfa485"
    );
}

/// No line of a paragraph begins or ends with punctuation that must not stand there.
#[test]
fn lines_begin_and_end_as_chinese_type_demands() {
    let Some(text) = &*TEXT else {
        return;
    };
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        assert!(
            !line.starts_with(['，', '。', '、', '；', '：', '）', '》', '”', '%']),
            "{line}"
        );
        assert!(!line.ends_with(['（', '《', '“']), "{line}");
    }
}

/// The folder of the fonts says where they come from and has the licence.
#[test]
fn the_fonts_have_their_licence() {
    let fonts = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/formats/fonts");
    let licence = std::fs::read_to_string(fonts.join("OFL.txt")).unwrap();
    assert!(licence.contains("SIL OPEN FONT LICENSE Version 1.1"));
    for font in ["minyi-sans-regular.otf", "minyi-sans-bold.otf"] {
        let size = std::fs::metadata(fonts.join(font)).unwrap().len();
        assert!(size < 2_500_000, "{font}: {size}");
    }
}
