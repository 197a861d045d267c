//! Texts from outside on the results pages: they stay texts, and none can change how others read.

use minyi::locale::Language;
use minyi::release::figures::{CompositionRow, WeightingSummary};

use crate::support::figures::{counties, weighting, words, written};
use crate::support::waves::{goods, page, shops};

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
            sampled_share: Some(0.6),
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
